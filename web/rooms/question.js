// The question that the page asks, made from the state in one place.

import { DEFAULT_ENDS, SENT_CHARS } from "../base/constants.js";
import { clip, langOf } from "../base/dom.js";

/** The part of a text that is sent: megabytes are not worth sending at every key. @param {string} text */
export const sent = (text) => clip(text, SENT_CHARS).toWellFormed();

/** A template without a place for the label would make all labels the same. @param {string} template */
export const usable = (template) => (template.includes("{}") ? template : "");

/** @param {Ends} ends @returns {"ok" | "same" | "endless"} */
export function endsState({ pos, neg }) {
  if (!pos.trim() || !neg.trim()) return "endless";
  return pos.trim() === neg.trim() ? "same" : "ok";
}

/** @param {SentimentState} state */
export const realLabels = (state) => state.labels.filter((label) => label.trim());

/** @param {SentimentState} state @returns {SentimentQuestion | null} null where there is nothing to ask */
export function question(state) {
  if (!state.text.trim()) return null;
  const template = usable(state.template);
  if (state.mode === "labels") {
    const labels = realLabels(state);
    return new Set(labels.map((label) => label.trim())).size < 2 ? null : { texts: [sent(state.text)], labels, template };
  }
  return endsState(state) === "ok" ? { texts: [sent(state.text)], labels: [state.pos, state.neg], template } : null;
}

/** The ends for texts of one language: the person's own where they are of that language. @param {Lang} lang @param {SentimentState} state @returns {Ends} */
export function endsFor(lang, state) {
  const own = langOf(state.pos + state.neg) === "zh-CN" ? "zh" : "en";
  return own === lang ? { pos: state.pos, neg: state.neg, template: state.template } : DEFAULT_ENDS[lang];
}

/** Which way the shown ends point: 1 as shipped, −1 swapped, 0 someone's own. @param {Ends} ends */
export function direction({ pos, neg }) {
  for (const ends of Object.values(DEFAULT_ENDS)) {
    if (pos === ends.pos && neg === ends.neg) return 1;
    if (pos === ends.neg && neg === ends.pos) return -1;
  }
  return 0;
}
