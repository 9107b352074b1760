// Vectors of texts and pictures, kept while the page is open: what comes back costs nothing.

import { LINK_TEXT_CHARS } from "../base/constants.js";
import { clip } from "../base/dom.js";
import { keptChoice } from "../early.js";

/** Texts of one question: small enough that a cancel takes effect at once. */
const CHUNK = 32;
const POLL_MILLIS = 120;
const KEPT = 20_000;

/** @param {MapRoom} room @param {() => boolean} usesClip */
export function createVectors(room, usesClip) {
  const { session } = room;
  /** By model and text. @type {Map<string, Float32Array>} */
  const known = new Map();
  /** Someone has asked for pictures in this visit; a link or a draft alone fetches no second model. */
  let wanted = false;

  /** Which model it is when the question is asked; it may change before the answer. @param {"encoder" | "clip"} model */
  const namer = (model) => {
    const { own } = session.status.models[model];
    return (/** @type {string} */ text) => `${model} ${own} ${text}`;
  };

  const clipReady = () => session.status.models.clip.phase === "ready";

  /** @param {"encoder" | "clip"} model @param {string[]} texts @param {AbortSignal} signal @param {(done: number) => void} [tell] @returns {Promise<Float32Array[] | null>} */
  async function texts(model, texts, signal, tell) {
    const sent = texts.map((text) => clip(text, LINK_TEXT_CHARS).toWellFormed());
    const distinct = [...new Set(sent)];
    const named = namer(model);
    if (known.size + distinct.length > KEPT) known.clear();
    const missing = distinct.filter((text) => !known.has(named(text)));
    for (let at = 0; at < missing.length; at += CHUNK) {
      const chunk = missing.slice(at, at + CHUNK);
      const answer = await session.request(model === "clip" ? "embedLabels" : "embed", { texts: chunk }, { signal });
      const width = answer.length / chunk.length;
      chunk.forEach((text, place) => known.set(named(text), answer.slice(place * width, (place + 1) * width)));
      tell?.(Math.min(texts.length, texts.length - missing.length + at + chunk.length));
    }
    return sent.map((text) => /** @type {Float32Array} */ (known.get(named(text))));
  }

  /** The second model, once someone has asked for it. @param {AbortSignal} signal @returns {Promise<boolean>} */
  async function clipModel(signal) {
    if (clipReady()) return true;
    if (!wanted) return false;
    session.load("clip", keptChoice());
    for (;;) {
      const { phase, error } = session.status.models.clip;
      if (phase === "ready") return true;
      if (phase === "failed") throw error ?? { kind: "no_model", message: "CLIP did not load", detail: {} };
      signal.throwIfAborted();
      room.emit("work");
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    }
  }

  /** null where the model is not here and nobody has asked for it; a row is null where the picture is unreadable. @param {MapPoint[]} points @param {Gallery} gallery @param {AbortSignal} signal @param {(done: number) => void} tell @returns {Promise<(Float32Array | null)[] | null>} */
  async function pictures(points, gallery, signal, tell) {
    if (!(await clipModel(signal))) {
      room.emit("work");
      return null;
    }
    const captions = await texts("clip", points.filter(({ picture }) => !picture).map(({ text }) => text ?? ""), signal);
    const ours = points.flatMap(({ picture }) => (picture ? [picture] : []));
    gallery.go();
    while (ours.some(({ phase }) => phase === "waiting")) {
      signal.throwIfAborted();
      tell(points.length - ours.filter(({ phase }) => phase === "waiting").length);
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
      if (!gallery.running) gallery.go();
    }
    let caption = 0;
    return points.map(({ picture }) => (picture ? (picture.answer?.vector ?? null) : (captions?.[caption++] ?? null)));
  }

  return {
    texts, pictures,
    /** Whether the map waits for somebody to ask for the second model. */
    get asks() {
      return usesClip() && !wanted && !clipReady();
    },
    wantClip: () => void (wanted = true),
  };
}
