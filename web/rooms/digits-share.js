// What a link of the digits lab holds: every knob, and the drawing on the pad. Files of one's own stay here.

import { FIELD_NAMES, FIELDS, MAX_INK, readState, readStrokes } from "./digits-settings.js";

/** Two letters a number, strokes apart by a point: "0a1f0b22.8030…" @param {number[][]} strokes */
const printStrokes = (strokes) => strokes.map((stroke) => stroke.map((one) => one.toString(16).padStart(2, "0")).join("")).join(".");
const INK_CHARS = MAX_INK * 4 + 60;
/** @param {string} raw */
const parseStrokes = (raw) => readStrokes(raw.split(".").map((one) => (one.match(/[0-9a-f]{2}/g) ?? []).map((pair) => parseInt(pair, 16))));

/** @type {ShareCodec<DigitsState>} */
export const digitsCodec = {
  write(state, put, leftOut) {
    for (const name of FIELD_NAMES) {
      const value = state[name];
      put(FIELDS[name].key, value === null ? "off" : typeof value === "boolean" ? String(Number(value)) : String(value), 24);
    }
    if (state.strokes.length) put("ink", printStrokes(state.strokes), INK_CHARS);
    if (state.own !== null) leftOut("noDigits");
  },
  read(take, params, note) {
    const clamped = () => note("clamped");
    const state = readState((_, { key, read }) => {
      const raw = take(key, 24);
      if (raw === null || raw.trim() === "") return undefined;
      const value = read(raw.trim());
      return value === undefined ? NaN : value; // null is a value: off
    }, clamped);
    const raw = take("ink", INK_CHARS);
    if (raw !== null) {
      const strokes = parseStrokes(raw);
      if (printStrokes(strokes) !== raw) clamped();
      if (strokes.length) Object.assign(state, { strokes, example: null });
    }
    // A seed that someone sends is meant to be kept.
    if (state.seed !== undefined && !params.has("keep")) state.locked = true;
    return state;
  },
  readDraft(draft) {
    const state = readState((name) => (Object.hasOwn(draft, name) ? draft[name] : undefined), () => {});
    const strokes = readStrokes(draft.strokes);
    if (strokes.length) state.strokes = strokes;
    return state;
  },
};
