// One token's row as arcs: down the text, from the token to those it looks at, as wide as the weight.

import { fill, h, s } from "../base/dom.js";
import { weightText } from "./attention-numbers.js";

/** Height of a line, in CSS pixels: the stylesheet says the same. */
const LINE = 28;
/** A weight of 1 is this wide. */
const WIDEST = 14;
/** Less than this is too thin to draw; its number stands there all the same. */
const FAINT = 0.01;
/** How far out the longest arc reaches, in the drawing's own units. */
const REACH = 100;
/** What a token keeps for itself goes nowhere: a stub. */
const STUB = 14;

/** @param {number} weight */
const pen = (weight) => ({ "stroke-width": Math.max(0.75, weight * WIDEST).toFixed(2), "vector-effect": "non-scaling-stroke" });

/**
 * @param {{onPoint: (row: number) => void, onLeave: () => void, onChoose: (row: number) => void}} options
 */
export function attentionArcs({ onPoint, onLeave, onChoose }) {
  const list = h("ol", { id: "attention-tokens" });
  const svg = s("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
  const element = h("div", { class: "att-arcs" }, list, svg);
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  let names = /** @type {string[]} */ ([]);
  let chosen = 0;

  /** @param {string} name @param {number} row */
  function line(name, row) {
    const button = h("button", { type: "button", tabindex: "-1", "aria-pressed": "false", onclick: () => onChoose(row), onfocus: () => onPoint(row), onblur: onLeave },
      h("span", { dir: "auto" }, name), h("b", null));
    buttons.push(button);
    return h("li", { onpointerenter: () => onPoint(row), onpointerleave: onLeave }, button);
  }

  list.addEventListener("keydown", (event) => {
    const from = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: buttons.length - 1 };
    const to = steps[event.key];
    if (from < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    buttons[to]?.focus();
  });

  /** @param {number} from @param {number} to @param {number} weight */
  function arc(from, to, weight) {
    const y = (/** @type {number} */ row) => (row + 0.5) * LINE;
    if (from === to) return s("path", { d: `M0 ${y(from)}H${STUB}`, ...pen(weight) });
    const far = Math.abs(to - from) / Math.max(1, names.length - 1);
    // A curve comes three quarters of the way to its control points. Near neighbours still get an arc that can be seen.
    const out = ((0.18 + 0.82 * Math.sqrt(far)) * REACH) / 0.75;
    return s("path", { d: `M0 ${y(from)}C${out} ${y(from)} ${out} ${y(to)} 0 ${y(to)}`, ...pen(weight) });
  }

  return {
    element,
    /** @param {string} name */
    name: (name) => list.setAttribute("aria-label", name),
    /** @param {string[]} next @param {number} row @param {(to: number) => number} weight what the row takes from each */
    set(next, row, weight) {
      if (next.length !== names.length || next.some((name, at) => name !== names[at])) {
        const focused = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
        names = next;
        buttons = [];
        fill(list, ...next.map(line));
        svg.setAttribute("viewBox", `0 0 ${REACH} ${next.length * LINE}`);
        svg.style.height = `${next.length * LINE}px`;
        if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)]?.focus();
      }
      chosen = row;
      buttons.forEach((button, at) => {
        const text = weightText(weight(at));
        /** @type {HTMLElement} */ (button.lastElementChild).textContent = text;
        button.classList.toggle("faint", weight(at) < FAINT);
        button.setAttribute("aria-pressed", String(at === chosen));
        button.tabIndex = at === chosen ? 0 : -1;
      });
      const drawn = next.map((_, to) => to).filter((to) => weight(to) >= FAINT).sort((a, b) => weight(b) - weight(a));
      fill(svg, ...drawn.map((to) => arc(row, to, weight(to))), s("path", { class: "att-dot", d: `M0 ${(row + 0.5) * LINE}h0`, "vector-effect": "non-scaling-stroke" }));
    },
    /** @param {number} row −1 for none */
    mark: (row) => buttons.forEach((button, at) => button.classList.toggle("on", at === row)),
  };
}
