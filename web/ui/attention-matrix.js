// Token by token: one tinted cell a weight. Cells are pixels of a canvas, so that 128 × 128 of them can follow the typing.

import { fill, h } from "../base/dom.js";
import { largestOf, strongestOf } from "./attention-numbers.js";

/** Side of a cell, in CSS pixels. Below the smallest, the matrix scrolls inside its figure. */
const LEAST = 12, MOST = 30;
/** The darkest cell's share of ink. Where numbers stand in the cells it must be pale; here none does, and one large weight would hide the others. */
const TINT = 0.7;

/**
 * Paints weights as shares of the largest one.
 * @param {HTMLCanvasElement} canvas its colour is the ink
 * @param {Float32Array} plane @param {number} tokens
 */
export function paintPlane(canvas, plane, tokens) {
  canvas.width = canvas.height = Math.max(1, tokens);
  const pen = canvas.getContext("2d");
  if (!pen || !tokens) return;
  pen.fillStyle = getComputedStyle(canvas).color;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  const image = pen.createImageData(tokens, tokens);
  const scale = (255 * TINT) / (largestOf(plane) || 1);
  for (let at = 0; at < plane.length; at++) image.data.set([red, green, blue, plane[at] * scale], 4 * at);
  pen.putImageData(image, 0, 0);
}

/**
 * @param {{onPoint: (row: number, column: number, spoken: boolean) => void, onLeave: () => void, onChoose: (row: number) => void}} options
 * `onPoint` is told whether a key did it: then it wants to be read out.
 */
export function attentionMatrix({ onPoint, onLeave, onChoose }) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const band = h("i", { class: "att-band" }), frame = h("i", { class: "att-frame", hidden: true });
  const hint = h("p", { class: "hidden", id: "attention-keys" });
  const field = h("div", { class: "att-plane", id: "attention-plane", tabindex: "0", role: "application", "aria-describedby": "attention-keys" }, canvas, band, frame);
  const rows = h("div", { class: "att-rows", "aria-hidden": "true" }), columns = h("div", { class: "att-columns", "aria-hidden": "true" });
  const grid = h("div", { class: "att-grid" }, h("div", { class: "att-corner" }), columns, rows, field);
  const element = h("div", { class: "att-scroll" }, grid, hint);
  /** @type {Float32Array} */
  let plane = new Float32Array();
  let tokens = 0, cell = LEAST, chosen = 0;
  let at = { row: 0, column: 0 };

  const names = (/** @type {string[]} */ list) => list.map((name) => h("span", { dir: "auto" }, name));
  const clamp = (/** @type {number} */ place) => Math.max(0, Math.min(tokens - 1, place));

  function size() {
    if (!element.clientWidth || !tokens) return;
    cell = Math.max(LEAST, Math.min(MOST, Math.floor((element.clientWidth - rows.offsetWidth) / tokens)));
    grid.style.setProperty("--cell", `${cell}px`);
    grid.style.setProperty("--side", `${cell * tokens}px`);
    place();
  }

  function place() {
    band.style.translate = `0 ${chosen * cell}px`;
    frame.style.translate = `${at.column * cell}px ${at.row * cell}px`;
  }

  /** @param {number} row @param {number} column −1 for none */
  function light(row, column) {
    for (const label of grid.querySelectorAll(".on")) label.classList.remove("on");
    rows.children[row]?.classList.add("on");
    columns.children[column]?.classList.add("on");
    rows.children[chosen]?.classList.add("chosen");
  }

  /** @param {number} row @param {number} column @param {boolean} spoken */
  function point(row, column, spoken) {
    if (!tokens) return;
    at = { row: clamp(row), column: clamp(column) };
    frame.hidden = false;
    place();
    light(at.row, at.column);
    onPoint(at.row, at.column, spoken);
    if (spoken) reveal();
  }

  /** Keeps the cell in sight, beside the names that stay. */
  function reveal() {
    const left = rows.offsetWidth, top = columns.offsetHeight;
    const x = at.column * cell, y = at.row * cell;
    element.scrollLeft = Math.min(x, Math.max(element.scrollLeft, x + cell + left - element.clientWidth));
    element.scrollTop = Math.min(y, Math.max(element.scrollTop, y + cell + top - element.clientHeight));
  }

  function leave() {
    if (document.activeElement === field) return point(at.row, at.column, false);
    frame.hidden = true;
    light(-1, -1);
    onLeave();
  }

  /** @param {MouseEvent} event */
  function under(event) {
    const box = field.getBoundingClientRect();
    return { row: Math.floor((event.clientY - box.top) / cell), column: Math.floor((event.clientX - box.left) / cell) };
  }

  field.addEventListener("pointermove", (event) => {
    const { row, column } = under(event);
    if (frame.hidden || row !== at.row || column !== at.column) point(row, column, false);
  });
  field.addEventListener("pointerleave", leave);
  field.addEventListener("click", (event) => {
    const { row, column } = under(event);
    onChoose(clamp(row));
    point(row, column, false);
  });
  field.addEventListener("focus", () => {
    if (field.matches(":focus-visible")) point(at.row, at.column, true);
  });
  field.addEventListener("blur", leave);
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = at;
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], Home: [row, 0], End: [row, tokens - 1], PageUp: [0, column], PageDown: [tokens - 1, column] };
    const to = moves[event.key];
    if (to) point(...to, true);
    else if (event.key === "Enter" || event.key === " ") onChoose(at.row);
    else return;
    event.preventDefault();
  });
  for (const labels of [rows, columns]) {
    const index = (/** @type {Event} */ event) => [...labels.children].indexOf(/** @type {Element} */ (event.target));
    labels.addEventListener("pointerover", (event) => {
      const which = index(event);
      if (which < 0) return;
      point(labels === rows ? which : chosen, labels === rows ? strongestOf(plane, tokens, which) : which, false);
    });
    labels.addEventListener("pointerleave", leave);
    labels.addEventListener("click", (event) => {
      if (labels === rows && index(event) >= 0) onChoose(index(event));
    });
  }
  new ResizeObserver(size).observe(element);

  return {
    element,
    point,
    leave,
    draw: () => paintPlane(canvas, plane, tokens),
    /** @param {{name: string, keys: string}} words */
    name(words) {
      field.setAttribute("aria-label", words.name);
      hint.textContent = words.keys;
    },
    /** @param {string[]} list @param {Float32Array} next */
    set(list, next) {
      plane = next;
      if (list.length !== tokens || list.some((name, which) => rows.children[which]?.textContent !== name)) {
        tokens = list.length;
        fill(rows, ...names(list));
        fill(columns, ...names(list));
        at = { row: clamp(at.row), column: clamp(at.column) };
        size();
      }
      this.draw();
      if (!frame.hidden) point(at.row, at.column, false);
    },
    /** The row that the arcs show. @param {number} row */
    choose(row) {
      chosen = row;
      if (frame.hidden) at = { row, column: strongestOf(plane, tokens, row) };
      for (const label of rows.querySelectorAll(".chosen")) label.classList.remove("chosen");
      rows.children[row]?.classList.add("chosen");
      place();
    },
  };
}
