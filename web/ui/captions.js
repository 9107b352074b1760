// Ranked labels that can be edited where they stand: caption, share, cosine, bar. The order rests
// while someone types, and sorts on leaving.

import { h } from "../base/dom.js";
import { cosine as cosineText, percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { ranked } from "../rooms/similarity.js";
import { grow, oneLine, onSettled } from "./field.js";

const SHOWN = 12;

/**
 * @param {{onEdit: (at: number, label: string) => void, onPaste: (at: number, lines: string[]) => void, onRemove: (at: number) => void, onAdd: () => void, max: number}} options
 */
export function captions({ onEdit, onPaste, onRemove, onAdd, max }) {
  const head = h("p", { class: "rank-head", "aria-hidden": "true" });
  const list = h("ol", { class: "rank captions" });
  const add = h("button", { type: "button", class: "plain", id: "add-label", onclick: onAdd });
  const more = h("button", { type: "button", class: "plain", onclick: () => { open = !open; draw(); } });
  const element = h("div", null, head, list, h("div", { class: "acts" }, add, more));
  /** @type {{labels: string[], cosines: (number | null)[], shares: (number | null)[], best: number}} */
  let now = { labels: [], cosines: [], shares: [], best: -1 };
  /** Row → position of its label. @type {number[]} */
  let order = [];
  let open = false;
  list.addEventListener("focusout", (event) => {
    if (list.contains(/** @type {Node | null} */ (event.relatedTarget))) return;
    queueMicrotask(() => { order = []; draw(); });
  });

  /** @param {number} at the label's position */
  function row(at) {
    const field = h("textarea", { rows: "1", maxlength: "400", dir: "auto", spellcheck: "false", "data-at": String(at), value: now.labels[at] });
    oneLine(field);
    onSettled(field, (value) => onEdit(at, value));
    field.addEventListener("paste", (event) => {
      const lines = (event.clipboardData?.getData("text/plain") ?? "").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
      if (lines.length < 2) return;
      event.preventDefault();
      onPaste(at, lines);
    });
    const remove = h("button", { type: "button", class: "plain small", onclick: () => onRemove(at) });
    return h("li", null, field, h("span", { class: "val" }), remove, h("span", { class: "bar", "aria-hidden": "true" }, h("i", null)), h("span", { class: "cos" }));
  }

  function draw() {
    const { labels, cosines, shares, best } = now;
    const typing = list.contains(document.activeElement) && document.activeElement instanceof HTMLTextAreaElement;
    if (order.length !== labels.length || !typing) order = ranked(cosines);
    const shown = open ? order : order.slice(0, SHOWN);
    const same = shown.length === list.children.length && shown.every((at, row) => fieldOf(list.children[row]).dataset.at === String(at));
    if (!same) list.replaceChildren(...shown.map(row));
    shown.forEach((at, row) => {
      const item = /** @type {HTMLElement} */ (list.children[row]);
      const field = fieldOf(item);
      if (field.value !== labels[at] && field !== document.activeElement) field.value = labels[at];
      if (!same) grow(field);
      field.setAttribute("aria-label", t().images.answer.label(at + 1));
      const [value, remove, , cos] = [...item.children].slice(1);
      const share = shares[at], cosine = cosines[at];
      value.textContent = share === null || share === undefined ? "·" : percent(share);
      cos.textContent = cosine === null || cosine === undefined ? "" : `cos ${cosineText(cosine)}`;
      remove.textContent = t().live.remove;
      remove.setAttribute("aria-label", t().images.answer.removeLabel(labels[at]));
      item.classList.toggle("top", at === best);
      item.style.setProperty("--p", String(Math.max(0, share ?? 0) * 100));
    });
    add.textContent = t().images.answer.add;
    add.disabled = labels.length >= max;
    more.hidden = labels.length <= SHOWN;
    more.textContent = open ? t().images.answer.fewer : t().images.answer.more(labels.length - SHOWN);
    head.replaceChildren(h("span", null, t().images.answer.shares));
  }

  return {
    element,
    /** @param {typeof now} next */
    set(next) {
      if (next.labels.length !== now.labels.length) order = [];
      now = next;
      draw();
    },
    /** The label that was added last, wherever it ranks. */
    focusLast() {
      open ||= now.labels.length > SHOWN;
      draw();
      /** @type {HTMLTextAreaElement | null} */
      const field = list.querySelector(`[data-at="${now.labels.length - 1}"]`);
      field?.focus();
      field?.select();
    },
  };
}

/** @param {Element} item */
const fieldOf = (item) => /** @type {HTMLTextAreaElement} */ (item.querySelector("textarea"));
