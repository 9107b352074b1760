// What a share link of the sentiment lab holds.

import { FIELD_CHARS, LINK_BATCH_CHARS, LINK_LABEL_CHARS, LINK_TEXT_CHARS, MAX_LABELS } from "../base/constants.js";
import { clip } from "../base/dom.js";
import { oneLine, readLabels } from "../share.js";

/** @typedef {"text" | "pos" | "neg" | "template" | "pairEn" | "pairZh"} Words */
/** @type {[Words, string, number][]} */
const FIELDS = [
  ["text", "text", LINK_TEXT_CHARS], ["pos", "pos", LINK_LABEL_CHARS], ["neg", "neg", LINK_LABEL_CHARS],
  ["template", "template", LINK_LABEL_CHARS], ["pairEn", "pair_en", LINK_TEXT_CHARS], ["pairZh", "pair_zh", LINK_TEXT_CHARS],
];
const LONG = ["text", "pairEn", "pairZh"];

/** @type {ShareCodec<SentimentState>} */
export const sentimentCodec = {
  write(state, put, leftOut) {
    for (const [field, name, limit] of FIELDS) put(name, state[field], limit);
    const labels = state.labels.slice(0, MAX_LABELS).map((label) => clip(oneLine(label), LINK_LABEL_CHARS)).join("\n");
    put("labels", labels, labels.length);
    put("mode", state.mode, 10);
    // Half a table would be another table, so it travels whole or not at all.
    if (state.batch.length > LINK_BATCH_CHARS) leftOut("noBatch");
    else if (state.batch.trim()) put("batch", state.batch, LINK_BATCH_CHARS);
  },
  read(take, params, note) {
    /** @type {Partial<SentimentState>} */
    const state = {};
    for (const [field, name, limit] of FIELDS) {
      const value = take(name, limit);
      if (value !== null) state[field] = LONG.includes(field) ? value : oneLine(value);
    }
    const labels = readLabels(params.get("labels"), { most: MAX_LABELS, chars: LINK_LABEL_CHARS, note });
    if (labels.length >= 2) state.labels = labels;
    const mode = params.get("mode");
    if (mode === "labels" || mode === "ends") state.mode = mode;
    const batch = take("batch", LINK_BATCH_CHARS);
    if (batch !== null) state.batch = batch;
    return state;
  },
  readDraft(draft) {
    /** @type {Partial<SentimentState>} */
    const state = {};
    for (const [field] of FIELDS) {
      const value = draft[field];
      if (typeof value === "string") state[field] = clip(value, FIELD_CHARS);
    }
    if (typeof draft.batch === "string") state.batch = draft.batch;
    if (Array.isArray(draft.labels)) state.labels = draft.labels.filter((label) => typeof label === "string").slice(0, MAX_LABELS);
    if (draft.mode === "labels" || draft.mode === "ends") state.mode = draft.mode;
    return state;
  },
};
