// What a link of the overfitting lab holds: every knob, and points of one's own where they are few enough.

import { FIELDS, LINK_POINTS, MAX_POINTS, readPoint } from "./overfit-settings.js";
import { knobCodec } from "./training-settings.js";

/** "-0.5,0.25,1,0;…" @param {OwnPoint[]} own */
const printPoints = (own) => own.map((point) => point.join(",")).join(";");
/** Characters of so many points at the most. */
const POINT_CHARS = LINK_POINTS * 20;

/** @type {ShareCodec<OverfitState>} */
export const overfitCodec = knobCodec(FIELDS, {
  write(/** @type {OverfitState} */ { own }, put, leftOut) {
    if (!own) return;
    if (own.length > LINK_POINTS) leftOut("noPoints");
    else put("points", printPoints(own), POINT_CHARS);
  },
  read(state, take, clamped) {
    const raw = take("points", POINT_CHARS);
    if (raw === null) return;
    const asked = raw.split(";").filter(Boolean);
    const own = asked.map((one) => readPoint(one.split(",").map(Number))).filter((point) => point !== null).slice(0, LINK_POINTS);
    if (own.length < asked.length) clamped();
    if (own.length) state.own = own;
  },
  readDraft(state, draft) {
    if (!Array.isArray(draft.own)) return;
    const own = draft.own.slice(0, MAX_POINTS).map(readPoint).filter((point) => point !== null);
    if (own.length) state.own = own;
  },
});
