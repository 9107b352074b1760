// Ranked bars with editable captions. The order rests while someone types and sorts on leaving.

import { h } from "../base/dom.js";
import { cosine as cosineText } from "../base/format.js";
import { t } from "../i18n/index.js";
import { grow, oneLine, onSettled } from "./field.js";

/**
 * @param {{onEdit: (labels: string[]) => void, onAdd: () => void, onSort: () => void, max: number}} options
 */
export function rankedBars({ onEdit, onAdd, onSort, max }) {
  const list = h("ol", { class: "rank" });
  const add = h("button", { type: "button", class: "plain", onclick: onAdd });
  const element = h("div", null, list, add);
  /** @type {string[]} */
  let labels = [];
  list.addEventListener("focusout", (event) => {
    if (!list.contains(/** @type {Node | null} */ (event.relatedTarget))) onSort();
  });

  /** @param {string} label @param {number} at */
  function row(label, at) {
    const field = h("textarea", { rows: "1", maxlength: "400", dir: "auto", "aria-label": t().live.label(at + 1), value: label, spellcheck: "false" });
    oneLine(field);
    onSettled(field, (value) => onEdit((labels = labels.map((old, other) => (other === at ? value : old)))));
    const remove = h("button", { type: "button", class: "plain small", "aria-label": t().live.removeLabel(label), onclick: () => onEdit(labels.filter((_, other) => other !== at)) }, t().live.remove);
    return h("li", null, field, h("span", { class: "val" }), h("span", { class: "bar", "aria-hidden": "true" }, h("i", null)), labels.length > 2 ? remove : h("span", null));
  }

  return {
    element,
    /** @param {string[]} next @param {number[] | null} cosines @param {number | null} best */
    set(next, cosines, best) {
      add.textContent = t().live.addLabel;
      add.disabled = next.length >= max;
      if (next.length !== list.children.length || next.some((label, at) => field(list.children[at]).value !== label)) {
        labels = next;
        list.replaceChildren(...next.map(row));
        for (const item of list.children) grow(field(item));
      }
      [...list.children].forEach((item, at) => {
        const value = cosines?.[at] ?? null;
        item.classList.toggle("top", at === best);
        const text = /** @type {HTMLElement} */ (item.querySelector(".val"));
        text.textContent = value === null ? "·" : cosineText(value);
        /** @type {HTMLElement} */ (item).style.setProperty("--p", String(Math.max(0, value ?? 0) * 100));
      });
    },
    focusLast() {
      const last = list.lastElementChild;
      if (last) {
        field(last).focus();
        field(last).select();
      }
    },
  };
}

/** @param {Element} item */
const field = (item) => /** @type {HTMLTextAreaElement} */ (item.querySelector("textarea"));
