// What a sum is made of, as one bar with its numbers, over a second bar that it should meet.

import { fill, h } from "../base/dom.js";

/** @param {string} id */
export function stackedBars(id) {
  const element = h("dl", { class: "stacked", id });
  return {
    element,
    /**
     * @param {{name: string, value: number, colour: string}[]} parts
     * @param {{name: string, value: number | null}} whole what was measured; null where it is not known
     * @param {(value: number) => string} print
     * @param {string} sumName
     */
    set(parts, whole, print, sumName) {
      const sum = parts.reduce((all, { value }) => all + value, 0);
      const most = Math.max(sum, whole.value ?? 0) || 1;
      const bar = (/** @type {{value: number, colour: string}[]} */ pieces) => {
        const made = h("span", { class: "stack", "aria-hidden": "true" }, ...pieces.map(({ colour }) => h("i", { class: colour })));
        pieces.forEach(({ value }, at) => (/** @type {HTMLElement} */ (made.children[at]).style.width = `${(100 * Math.max(0, value)) / most}%`));
        return made;
      };
      const row = (/** @type {string} */ name, /** @type {string} */ value, /** @type {HTMLElement | null} */ mark = null, kind = "") => h("div", { class: kind || null }, h("dt", null, mark, name), h("dd", null, value));
      fill(element,
        bar(parts), ...parts.map(({ name, value, colour }) => row(name, print(value), h("i", { class: `swatch ${colour}`, "aria-hidden": "true" }))),
        parts.length > 1 ? row(sumName, print(sum), null, "sum") : null,
        whole.value === null ? null : bar([{ value: whole.value, colour: "ink-2" }]), whole.value === null ? null : row(whole.name, print(whole.value), h("i", { class: "swatch ink-2", "aria-hidden": "true" })));
    },
  };
}
