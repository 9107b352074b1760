// A slider with its name and its value in words.

import { h } from "../base/dom.js";

/** @param {{id: string, least: number, most: number, step: number, changed: (value: number) => void}} options */
export function rangeField({ id, least, most, step, changed }) {
  const label = h("label", { for: id });
  const value = h("output", { for: id });
  const slider = h("input", { type: "range", id, min: String(least), max: String(most), step: String(step) });
  slider.addEventListener("input", () => changed(Number(slider.value)));
  return {
    element: h("div", { class: "field range" }, h("p", { class: "over" }, label, value), slider),
    slider,
    /** @param {string} name @param {number} now @param {string} words */
    set(name, now, words) {
      label.textContent = name;
      value.textContent = words;
      slider.value = String(now);
      slider.setAttribute("aria-valuetext", words);
    },
  };
}
