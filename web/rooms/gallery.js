// The pictures: what they are called, where their bytes come from, and the one pass over each that
// makes its vector. Bytes go to the worker as they are and are not kept; vectors are.

import { PICTURE_FILE_BYTES } from "../base/constants.js";

/** While pictures are being looked at, the page is drawn at most this often. */
const DRAW_MILLIS = 120;

/** @param {Pixels} pixels */
export function paint({ width, height, rgba }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.putImageData(new ImageData(/** @type {Uint8ClampedArray<ArrayBuffer>} */ (rgba), width, height), 0, 0);
  return canvas;
}

/** @param {string} code @param {object} [detail] @returns {KindlingError} */
const refusal = (code, detail = {}) => ({ kind: "image", message: code, detail: { code, ...detail } });

/** @param {Room<ImagesState>} room @returns {Gallery} */
export function createGallery(room) {
  /** Also those that were taken off the page: undo brings them back with their vectors. @type {Map<string, Picture>} */
  const known = new Map();
  let lastId = 0;
  /** @type {AbortController | null} */
  let controller = null;
  /** @type {Gallery["running"]} */
  let running = null;
  let cancelled = false;
  /** A picture has ended the worker. It is set aside, so the rest may go on in the next one. */
  let broke = false;

  /** Vectors of another model say nothing to this one's words. */
  const byNow = () => room.session.status.models.clip.own;
  const listed = () => room.store.state.pictures.map((id) => known.get(id)).filter((picture) => picture !== undefined);
  const inPhase = (/** @type {Picture["phase"]} */ phase) => listed().filter((picture) => picture.phase === phase);

  /** @param {Picture} picture @param {AbortSignal} signal @returns {Promise<"next" | "stop">} */
  async function compute(picture, signal) {
    try {
      if (picture.bytes > PICTURE_FILE_BYTES) throw refusal("image_bytes", { bytes: picture.bytes, limit: PICTURE_FILE_BYTES });
      const bytes = await picture.read().catch((error) => Promise.reject(refusal("unreadable", { reason: String(error?.message ?? error) })));
      signal.throwIfAborted();
      const by = byNow();
      const answer = await room.session.request("embedImage", { bytes }, { signal, transfer: [bytes.buffer] });
      picture.face = paint(answer.thumbnail);
      Object.assign(picture, { answer: { ...answer, thumbnail: { ...answer.thumbnail, rgba: new Uint8ClampedArray() } }, phase: "done", error: null, by });
      return "next";
    } catch (caught) {
      const error = /** @type {KindlingError} */ (caught);
      if (signal.aborted || error.kind === "cancelled" || error.kind === "no_model") return "stop";
      Object.assign(picture, { phase: "failed", error });
      if (error.kind !== "panic" && error.kind !== "worker") return "next";
      broke = true;
      return "stop";
    }
  }

  let lastMillis = 0, restMillis = 0;
  /** Tells the page of what is done, as often as drawing leaves it time for anything else. */
  function tell() {
    const now = performance.now();
    if (now - lastMillis < restMillis) return;
    lastMillis = now;
    restMillis = Infinity; // until this one is on the screen
    room.emit("pictures");
    setTimeout(() => requestAnimationFrame(() => setTimeout(() => {
      const done = performance.now();
      restMillis = Math.max(DRAW_MILLIS, (done - now) * 4);
    })));
  }

  async function run() {
    const { signal } = (controller = new AbortController());
    running = { done: 0, total: inPhase("waiting").length, startMillis: performance.now() };
    for (;;) {
      const [next] = inPhase("waiting");
      if (!next || signal.aborted) break;
      const after = await compute(next, signal);
      if (signal.aborted) break;
      running.done += 1;
      running.total = running.done + inPhase("waiting").length;
      tell();
      if (after === "stop") break;
    }
    if (controller?.signal === signal) {
      controller = null;
      running = null;
    }
    room.emit("pictures");
  }

  return {
    get: (id) => known.get(id),
    shown: () => inPhase("done").filter(({ by }) => by === byNow()),
    waiting: () => inPhase("waiting"),
    failed: () => inPhase("failed"),
    get running() {
      return running;
    },
    get cancelled() {
      return cancelled;
    },
    know(sources) {
      return sources.map((source) => {
        const id = source.id ?? `own:${++lastId}`;
        if (!known.has(id)) known.set(id, { ...source, id, phase: "waiting", error: null, answer: null, face: null, by: "" });
        return id;
      });
    },
    recovered() {
      const was = broke;
      broke = false;
      return was;
    },
    retry(id) {
      const picture = known.get(id);
      if (picture?.phase === "failed") Object.assign(picture, { phase: "waiting", error: null });
      this.go();
    },
    go() {
      cancelled = false;
      if (room.ready) for (const picture of known.values()) if (picture.phase === "done" && picture.by !== byNow()) Object.assign(picture, { phase: "waiting", answer: null });
      if (!controller && room.ready && inPhase("waiting").length) void run();
      room.emit("pictures");
    },
    cancel() {
      if (!controller) return;
      cancelled = true;
      controller.abort();
      controller = null;
      running = null;
      room.emit("pictures");
    },
  };
}
