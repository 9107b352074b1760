// One dot a wording on a common axis; its side of zero carries the colour and the number beside it.

import { h } from "../base/dom.js";
import { score as scoreText } from "../base/format.js";
import { langOf } from "../base/dom.js";
import { numeral } from "./scale.js";

/**
 * @param {{label: string, value: number}[]} rows
 * @param {number} span
 * @param {number} undecided
 */
export function dotPlot(rows, span, undecided) {
  const items = rows.map(({ label, value }) => {
    const dot = h("span", { class: "dots", "aria-hidden": "true" }, h("i", { class: Math.abs(value) < undecided ? "none" : value > 0 ? "plus" : "minus" }));
    dot.style.setProperty("--v", String(Math.max(-1, Math.min(1, value / span))));
    return h("li", null, h("span", { class: "say", lang: langOf(label), dir: "auto" }, label), dot, h("span", { class: "val" }, scoreText(value)));
  });
  const axis = h("li", { class: "axis", "aria-hidden": "true" }, h("span", null), h("span", { class: "numerals" }, ...[-span, 0, span].map((mark) => h("span", null, numeral(mark)))), h("span", null));
  return h("ol", { class: "plot" }, ...items, axis);
}
