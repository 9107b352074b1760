// A number under its name. Typing is free; leaving the field clamps it, and the field shows what is used.

import { h } from "../base/dom.js";

/**
 * @param {{id: string, least: number, most: number, step?: number, changed: (value: number) => void, clamped?: (least: number, most: number) => void}} options
 */
export function numberField({ id, least, most, step = 1, changed, clamped }) {
  const label = h("label", { for: id });
  const input = h("input", { type: "number", id, min: String(least), max: String(most), step: String(step), autocomplete: "off", inputmode: Number.isInteger(step) ? "numeric" : "decimal" });
  let current = least;
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  input.addEventListener("input", () => {
    const value = Number(input.value);
    if (input.value.trim() && value >= least && value <= most) changed((current = Number(value.toFixed(digits))));
  });
  input.addEventListener("change", () => {
    const value = input.value.trim() ? Number(input.value) : current;
    const fitting = Number(Math.min(most, Math.max(least, value)).toFixed(digits));
    if (fitting !== value) clamped?.(least, most);
    changed((current = fitting));
    input.value = String(fitting);
  });
  return {
    element: h("p", { class: "field num" }, label, input),
    input,
    /** @param {string} name */
    name: (name) => void (label.textContent = name),
    /** @param {number} value */
    set(value) {
      current = value;
      if (document.activeElement !== input || Number(input.value) !== value) input.value = String(value);
    },
  };
}

/**
 * A choice under its name.
 * @param {{id: string, changed: (value: string) => void}} options
 */
export function selectField({ id, changed }) {
  const label = h("label", { for: id });
  const select = h("select", { id, onchange: () => changed(select.value) });
  return {
    element: h("p", { class: "field" }, label, select),
    select,
    /** @param {string} name @param {[string, string][]} options value and words @param {string} value */
    set(name, options, value) {
      label.textContent = name;
      const now = JSON.stringify(options);
      if (select.dataset.options !== now) {
        select.dataset.options = now;
        select.replaceChildren(...options.map(([one, words]) => h("option", { value: one }, words)));
      }
      select.value = value;
    },
  };
}

/** A switch with its words. @param {{id: string, changed: (on: boolean) => void}} options */
export function checkField({ id, changed }) {
  const words = h("span", null);
  const input = h("input", { type: "checkbox", id, onchange: () => changed(input.checked) });
  return {
    element: h("label", { class: "option" }, input, words),
    input,
    /** @param {string} name @param {boolean} on @param {boolean} [usable] */
    set(name, on, usable = true) {
      words.textContent = name;
      input.checked = on;
      input.disabled = !usable;
    },
  };
}
