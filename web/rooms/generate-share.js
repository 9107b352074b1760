// What a link of the text-to-image lab holds: every knob, never a picture.

import { FIELD_NAMES, FIELDS, readState } from "./generate-settings.js";

/** @type {ShareCodec<GenerateState>} */
export const generateCodec = {
  write(state, put, leftOut) {
    for (const name of FIELD_NAMES) {
      const { key, chars, print } = FIELDS[name];
      const value = print(state[name]);
      if (value || name === "negative") put(key, value, chars);
    }
    if (state.start === "picture" || state.edges) leftOut("noPictures");
  },
  read(take, params, note) {
    const state = readState((_, { key, chars }) => take(key, chars) ?? undefined, () => note("clamped"));
    if (state.start === "picture" || state.edges) note("noPictures");
    // A seed that someone sends is meant to be kept.
    if (state.seed !== undefined && !params.has("locked")) state.locked = true;
    return state;
  },
  readDraft: (draft) => readState((name) => (Object.hasOwn(draft, name) ? draft[name] : undefined), () => {}),
};
