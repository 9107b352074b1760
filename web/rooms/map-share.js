// What a share link of the map lab holds: how the map is made, and of what, but for pictures and long tables.

import { LINK_LABEL_CHARS } from "../base/constants.js";
import { clip } from "../base/dom.js";
import { oneLine } from "../share.js";
import { EXAMPLE_IDS } from "./map-examples.js";
import { LIMITS } from "./map-knobs.js";
import { MOST_CLUSTERS } from "./map-clusters.js";

/** A link carries so many texts, of so many characters together. */
const LINK_TEXTS = 60;
const LINK_TEXTS_CHARS = 6_000;
const DRAFT_CHARS = 20_000;

const METHODS = ["pca", "tsne", "umap"];
const COLOURS = ["group", "cluster", "kept"];
const READINGS = ["auto", "texts", "numbers"];
/** Field, name in the link, least, most. @type {["perplexity" | "neighbours" | "minDist" | "steps" | "seed", string, number[]][]} */
const NUMBERS = [["perplexity", "perp", LIMITS.perplexity], ["neighbours", "nb", LIMITS.neighbours], ["minDist", "md", LIMITS.minDist], ["steps", "steps", LIMITS.steps], ["seed", "seed", LIMITS.seed]];
/** @type {("query" | "a" | "b" | "c")[]} */
const WORDS = ["query", "a", "b", "c"];

/** @param {string} field @param {unknown} value @param {number[]} limits @returns {number | null} */
function clamped(field, value, [least, most]) {
  const number = typeof value === "string" && !value.trim() ? NaN : Number(value);
  if (!Number.isFinite(number)) return null;
  const fitting = Math.min(most, Math.max(least, number));
  return field === "minDist" ? Math.round(fitting * 100) / 100 : Math.round(fitting);
}
/** @param {string} text */
const travels = (text) => text.length <= LINK_TEXTS_CHARS && text.trim().split("\n").length <= LINK_TEXTS + 1; // a header may stand above

/** @param {(name: string) => unknown} get @param {() => void} [cut] @returns {Partial<MapState>} */
function settings(get, cut) {
  /** @type {Partial<MapState>} */
  const state = {};
  const method = get("method"), colour = get("colour"), readAs = get("readAs");
  if (METHODS.includes(String(method))) state.method = /** @type {Projection} */ (method);
  if (COLOURS.includes(String(colour))) state.colour = /** @type {MapColour} */ (colour);
  if (READINGS.includes(String(readAs))) state.readAs = /** @type {MapState["readAs"]} */ (readAs);
  for (const [field, , limits] of NUMBERS) {
    const raw = get(field);
    if (raw === null || raw === undefined) continue;
    const value = clamped(field, raw, limits);
    if (value === null || value !== Number(raw)) cut?.();
    if (value !== null) state[field] = value;
  }
  for (const field of /** @type {const} */ (["k", "textColumn", "groupColumn"])) {
    const raw = get(field);
    if (raw === null || raw === undefined || raw === "") continue;
    const limits = field === "k" ? [2, MOST_CLUSTERS] : [-1, 63];
    const value = clamped(field, raw, limits);
    if (value === null || value !== Number(raw)) cut?.();
    if (value !== null) state[field] = value;
  }
  return state;
}

/** @type {Record<string, string>} */
const NAMES = { method: "m", colour: "c", readAs: "read", k: "k", textColumn: "tc", groupColumn: "gc", ...Object.fromEntries(NUMBERS.map(([field, name]) => [field, name])) };
const WORD_NAMES = { query: "q", a: "wa", b: "wb", c: "wc" };

/** @type {ShareCodec<MapState>} */
export const mapCodec = {
  write(state, put, leftOut) {
    if (EXAMPLE_IDS.includes(state.source)) put("src", state.source, 20);
    else if (state.source === "text" && travels(state.text)) {
      put("src", "text", 20);
      put("texts", state.text, LINK_TEXTS_CHARS);
      put("read", state.readAs, 10);
      if (state.textColumn !== null) put("tc", String(state.textColumn), 3);
      if (state.groupColumn !== null) put("gc", String(state.groupColumn), 3);
    } else {
      leftOut(state.source === "pictures" ? "noPictures" : "noTexts");
      put("own", state.source === "pictures" ? "pictures" : "texts", 10);
    }
    put("m", state.method, 5);
    for (const [field, name] of NUMBERS) put(name, String(state[field]), 12);
    put("c", state.colour, 10);
    if (state.k !== null) put("k", String(state.k), 3);
    for (const field of WORDS) if (state[field]) put(WORD_NAMES[field], state[field], LINK_LABEL_CHARS);
  },
  read(take, params, note) {
    const state = settings((name) => params.get(NAMES[name]), () => note("clamped"));
    const source = params.get("src");
    if (source !== null && EXAMPLE_IDS.includes(source)) state.source = source;
    const texts = source === "text" ? take("texts", LINK_TEXTS_CHARS) : null;
    if (texts !== null) {
      const lines = texts.split("\n");
      if (lines.length > LINK_TEXTS + 1) note("clamped");
      Object.assign(state, { source: "text", text: lines.slice(0, LINK_TEXTS + 1).join("\n") });
    }
    const own = params.get("own");
    if (own === "pictures") note("noPictures");
    else if (own === "texts") note("noTexts");
    for (const field of WORDS) {
      const value = take(WORD_NAMES[field], LINK_LABEL_CHARS);
      if (value !== null) state[field] = oneLine(value);
    }
    return state;
  },
  readDraft(draft) {
    const state = settings((name) => (Object.hasOwn(draft, name) ? draft[name] : null));
    if (typeof draft.text === "string") state.text = clip(draft.text, DRAFT_CHARS);
    if (typeof draft.captions === "string") state.captions = clip(draft.captions, DRAFT_CHARS);
    // A reload keeps examples and what was typed; files and pictures must be given again.
    if (typeof draft.source === "string" && (EXAMPLE_IDS.includes(draft.source) || (draft.source === "text" && state.text))) state.source = draft.source;
    for (const field of WORDS) {
      const value = draft[field];
      if (typeof value === "string") state[field] = clip(value, LINK_LABEL_CHARS);
    }
    return state;
  },
};
