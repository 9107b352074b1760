// What a link of the digits lab holds: every knob, and the drawing on the pad. Files of one's own stay here.

import { FIELDS, MAX_INK, readStrokes } from "./digits-settings.js";
import { knobCodec } from "./training-settings.js";

/** Two letters a number, strokes apart by a point: "0a1f0b22.8030…" @param {number[][]} strokes */
const printStrokes = (strokes) => strokes.map((stroke) => stroke.map((one) => one.toString(16).padStart(2, "0")).join("")).join(".");
const INK_CHARS = MAX_INK * 4 + 60;
/** @param {string} raw */
const parseStrokes = (raw) => readStrokes(raw.split(".").map((one) => (one.match(/[0-9a-f]{2}/g) ?? []).map((pair) => parseInt(pair, 16))));

/** @type {ShareCodec<DigitsState>} */
export const digitsCodec = knobCodec(FIELDS, {
  write(/** @type {DigitsState} */ state, put, leftOut) {
    if (state.strokes.length) put("ink", printStrokes(state.strokes), INK_CHARS);
    if (state.own !== null) leftOut("noDigits");
  },
  read(state, take, clamped) {
    const raw = take("ink", INK_CHARS);
    if (raw === null) return;
    const strokes = parseStrokes(raw);
    if (printStrokes(strokes) !== raw) clamped();
    if (strokes.length) Object.assign(state, { strokes, example: null });
  },
  readDraft(state, draft) {
    const strokes = readStrokes(draft.strokes);
    if (strokes.length) state.strokes = strokes;
  },
});
