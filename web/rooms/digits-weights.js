// The first weights as pictures: where ink speaks for a unit, and where against it.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { mountFigure } from "./digits-figure.js";
import { weightCanvas } from "./digits-paint.js";

/** @param {HTMLElement} place @param {DigitsRoom} room */
export function mountWeights(place, room) {
  const { store, run } = room;
  const list = h("ul", { class: "digit-list weights", id: "digits-weights" });
  const key = h("p", { class: "note" });

  function draw() {
    const words = t().digits.weights;
    const { count = 0, side = 28, values = new Float32Array() } = run.frame?.filters ?? {};
    const size = side * side;
    const outputs = store.state.net === "none";
    // One scale for all, so that a unit that has learned nothing looks it.
    const most = spread(values);
    fill(list, ...Array.from({ length: count }, (_, unit) => h("li", null, weightCanvas(values.slice(unit * size, (unit + 1) * size), side, most), h("span", null, outputs ? String(unit) : String(unit + 1)))));
    list.setAttribute("aria-label", words.label(count, side));
    key.textContent = words.key(store.state.net, count, most.toFixed(2), store.state.width > count);
  }
  mountFigure(place, room, { words: () => t().digits.weights, parts: [list, key], png: "kindling-digits-weights.png", draw });
}

/** What 98 of 100 weights stay under in size: a single one must not fade all others. @param {Float32Array} values */
function spread(values) {
  if (!values.length) return 1;
  const sizes = Float32Array.from(values, Math.abs).sort();
  return sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * 0.98))] || 1;
}
