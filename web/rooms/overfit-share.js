// What a link of the overfitting lab holds: every knob, and points of one's own where they are few enough.

import { FIELD_NAMES, FIELDS, LINK_POINTS, MAX_POINTS, readPoint, readState } from "./overfit-settings.js";

/** "-0.5,0.25,1,0;…" @param {OwnPoint[]} own */
const printPoints = (own) => own.map((point) => point.join(",")).join(";");
/** Characters of so many points at the most. */
const POINT_CHARS = LINK_POINTS * 20;

/** @type {ShareCodec<OverfitState>} */
export const overfitCodec = {
  write(state, put, leftOut) {
    for (const name of FIELD_NAMES) {
      const value = state[name];
      put(FIELDS[name].key, value === null ? "off" : typeof value === "boolean" ? String(Number(value)) : String(value), 24);
    }
    if (!state.own) return;
    if (state.own.length > LINK_POINTS) leftOut("noPoints");
    else put("points", printPoints(state.own), POINT_CHARS);
  },
  read(take, params, note) {
    const clamped = () => note("clamped");
    const state = readState((_, { key, read }) => {
      const raw = take(key, 24);
      if (raw === null || raw.trim() === "") return undefined;
      const value = read(raw.trim());
      return value === undefined ? NaN : value; // null is a value: patience that is off
    }, clamped);
    const raw = take("points", POINT_CHARS);
    if (raw !== null) {
      const asked = raw.split(";").filter(Boolean);
      const own = asked.map((one) => readPoint(one.split(",").map(Number))).filter((point) => point !== null).slice(0, LINK_POINTS);
      if (own.length < asked.length) clamped();
      if (own.length) state.own = own;
    }
    // A seed that someone sends is meant to be kept.
    if (state.seed !== undefined && !params.has("keep")) state.locked = true;
    return state;
  },
  readDraft(draft) {
    const state = readState((name) => (Object.hasOwn(draft, name) ? draft[name] : undefined), () => {});
    if (Array.isArray(draft.own)) {
      const own = draft.own.slice(0, MAX_POINTS).map(readPoint).filter((point) => point !== null);
      if (own.length) state.own = own;
    }
    return state;
  },
};
