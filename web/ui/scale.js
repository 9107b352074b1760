// The diverging score bar: one big meter, and the small rows that repeat it.

import { UNDECIDED } from "../base/constants.js";
import { h } from "../base/dom.js";
import { score as scoreText } from "../base/format.js";

/**
 * @param {HTMLElement} scale
 * @param {number | null} value null hides the needle
 * @param {number} span
 * @param {string} words what a screen reader is told
 */
export function setScale(scale, value, span, words) {
  scale.toggleAttribute("data-empty", value === null);
  const shown = value === null ? 0 : Math.max(-1, Math.min(1, value / span));
  scale.style.setProperty("--v", String(shown));
  scale.dataset.neg = String(shown < 0);
  scale.toggleAttribute("data-undecided", value !== null && Math.abs(value) < UNDECIDED);
  scale.setAttribute("aria-valuemin", String(-span));
  scale.setAttribute("aria-valuemax", String(span));
  scale.setAttribute("aria-valuenow", (value ?? 0).toFixed(3));
  scale.setAttribute("aria-valuetext", words);
}

/** The figures under the meter. @param {HTMLElement} row @param {number} span */
export function setNumerals(row, span) {
  const marks = [-1, -0.5, 0, 0.5, 1].map((part) => part * span);
  row.replaceChildren(...marks.map((mark) => h("span", null, mark === 0 ? "0" : numeral(mark))));
}

/** @param {number} mark */
export function numeral(mark) {
  const text = String(Math.abs(Number(mark.toFixed(3))));
  return mark < 0 ? `\u2212${text}` : mark > 0 ? `+${text}` : "0";
}

/** A small bar with its value; the text beside it says the same. @param {number | null} value @param {number} span */
export function smallBar(value, span) {
  const track = h("span", { class: "track", "aria-hidden": "true" }, h("i", null));
  setSmallBar(track, value, span);
  return track;
}

/** @param {HTMLElement} track @param {number | null} value @param {number} span */
export function setSmallBar(track, value, span) {
  const shown = value === null ? 0 : Math.max(-1, Math.min(1, value / span));
  track.style.setProperty("--v", String(shown));
  track.dataset.neg = String(shown < 0);
}

/** @param {number | null} value */
export const valueText = (value) => (value === null ? "·" : scoreText(value));
