// A table of numbers under a cursor: arrow keys move it, headings included, and only one cell is a
// stop for Tab. Rows and columns are whatever the caller makes them.

import { h } from "../base/dom.js";

/** So many cells are made in one go; the rest waits for the next frame, so that a large table never holds up the page. */
const CELLS_AT_ONCE = 2_000;

/**
 * @typedef {{key: string, content: Node, label: string, act: () => void, pressed?: boolean}} Heading
 * @typedef {{text: string, heat: number, framed: boolean}} Cell
 */

/**
 * @param {{id: string, onPoint: (row: number, column: number) => void, onLeave: () => void, onAct: (row: number, column: number) => void}} options
 */
export function heatGrid({ id, onPoint, onLeave, onAct }) {
  const head = h("thead", null);
  const body = h("tbody", null);
  const caption = h("caption", { class: "hidden" });
  const table = h("table", { class: "heat", id, role: "grid" }, caption, head, body);
  const element = h("div", { class: "scroll heat-scroll" }, table);
  let columnKeys = "";
  /** @type {Map<string, HTMLTableRowElement>} */
  let rows = new Map();
  let at = { row: 0, column: 0 };
  /** What is left to draw. @type {(() => void) | null} */
  let pending = null;
  let focused = false;
  /** What stands in each cell: ten thousand of them are drawn again and again while few change. @type {WeakMap<Element, string>} */
  const drawn = new WeakMap();

  /** A heading's key says what it shows. @param {Heading} heading @param {"col" | "row"} scope */
  function header(heading, scope) {
    const button = h("button", { type: "button", tabindex: "-1" });
    const cell = h("th", { scope }, button);
    button.append(heading.content);
    dress(cell, heading);
    return cell;
  }

  /** @param {HTMLTableCellElement} cell @param {Heading} heading */
  function dress(cell, heading) {
    const button = /** @type {HTMLButtonElement} */ (cell.firstChild);
    button.onclick = () => heading.act();
    if (button.getAttribute("aria-label") === heading.label && cell.classList.contains("pressed") === (heading.pressed === true)) return;
    button.setAttribute("aria-label", heading.label);
    button.title = heading.label;
    cell.classList.toggle("pressed", heading.pressed === true);
  }

  /** @param {number} row @param {number} column −1 for a heading */
  function focusable(row, column) {
    const line = row < 0 ? head.rows[0] : body.rows[row];
    const cell = line?.cells[column + 1];
    if (!cell) return null;
    return cell.tagName === "TD" ? cell : /** @type {HTMLElement | null} */ (cell.querySelector("button"));
  }

  /** @param {number} row @param {number} column @param {boolean} [focus] */
  function moveTo(row, column, focus = true) {
    const target = focusable(row, column);
    if (!target) return;
    const before = focusable(at.row, at.column);
    if (before) before.tabIndex = -1;
    at = { row, column };
    target.tabIndex = 0;
    if (focus) target.focus();
  }

  /** @param {EventTarget | null} target */
  function placeOf(target) {
    const cell = target instanceof Element ? /** @type {HTMLTableCellElement | null} */ (target.closest("td, th")) : null;
    const line = cell?.parentElement;
    if (!cell || !(line instanceof HTMLTableRowElement)) return null;
    return { row: line.parentElement === head ? -1 : line.sectionRowIndex, column: cell.cellIndex - 1 };
  }

  table.addEventListener("keydown", (event) => {
    const rowCount = body.rows.length, columnCount = (head.rows[0]?.cells.length ?? 1) - 1;
    const { row, column } = placeOf(event.target) ?? at;
    const far = event.ctrlKey || event.metaKey;
    /** @type {[number, number] | null} */
    const to = event.key === "ArrowRight" ? [row, column + 1] : event.key === "ArrowLeft" ? [row, column - 1]
      : event.key === "ArrowDown" ? [row + 1, column] : event.key === "ArrowUp" ? [row - 1, column]
      : event.key === "Home" ? [far ? 0 : row, 0] : event.key === "End" ? [far ? rowCount - 1 : row, columnCount - 1]
      : event.key === "PageDown" ? [Math.min(rowCount - 1, row + 8), column] : event.key === "PageUp" ? [Math.max(0, row - 8), column] : null;
    if (to) {
      event.preventDefault();
      moveTo(...to);
    } else if ((event.key === "Enter" || event.key === " ") && row >= 0 && column >= 0 && !far) {
      event.preventDefault();
      onAct(row, column);
    }
  });
  table.addEventListener("focusin", (event) => {
    const place = placeOf(event.target);
    if (!place) return;
    moveTo(place.row, place.column, false);
    if (place.row >= 0 && place.column >= 0) onPoint(place.row, place.column);
  });
  table.addEventListener("pointerover", (event) => {
    const place = placeOf(event.target);
    if (place && place.row >= 0 && place.column >= 0) onPoint(place.row, place.column);
  });
  table.addEventListener("pointerleave", () => onLeave());
  table.addEventListener("click", (event) => {
    const place = placeOf(event.target);
    if (!place || place.row < 0 || place.column < 0) return;
    moveTo(place.row, place.column, false);
    onAct(place.row, place.column);
  });

  /**
   * @param {number} first
   * @param {{columns: Heading[], rows: Heading[], cell: (row: number, column: number) => Cell}} next
   */
  function drawFrom(first, next) {
    let index = first;
    for (let changed = 0; index < next.rows.length && changed < CELLS_AT_ONCE; index++) {
      const line = rowOf(next.rows[index], next.columns.length);
      if (body.children[index] !== line) body.insertBefore(line, body.children[index] ?? null);
      for (let column = 0; column < next.columns.length; column++) {
        if (drawCell(line.cells[column + 1], next.cell(index, column))) changed += 1;
      }
    }
    const step = (pending = index < next.rows.length ? () => drawFrom(index, next) : null);
    table.setAttribute("aria-busy", String(step !== null));
    if (step) return requestAnimationFrame(() => setTimeout(() => { if (pending === step) step(); }));
    while (body.children.length > next.rows.length) body.lastElementChild?.remove();
    for (const stop of table.querySelectorAll("[tabindex='0']")) /** @type {HTMLElement} */ (stop).tabIndex = -1;
    moveTo(Math.min(at.row, next.rows.length - 1), Math.min(at.column, next.columns.length - 1), focused && !table.contains(document.activeElement));
  }

  /** @param {Heading} heading @param {number} columns */
  function rowOf(heading, columns) {
    const known = rows.get(heading.key);
    if (known) dress(known.cells[0], heading);
    const row = known ?? h("tr", null, header(heading, "row"), ...Array.from({ length: columns }, () => h("td", { tabindex: "-1" })));
    rows.set(heading.key, row);
    return row;
  }

  /** @param {HTMLTableCellElement} cell @param {Cell} what @returns {boolean} whether it shows something else now */
  function drawCell(cell, { text, heat, framed }) {
    const sign = `${text} ${heat.toFixed(3)} ${framed}`;
    if (drawn.get(cell) === sign) return false;
    drawn.set(cell, sign);
    cell.textContent = text;
    cell.style.setProperty("--m", heat.toFixed(3));
    cell.classList.toggle("best", framed);
    return true;
  }

  return {
    element,
    table,
    /** Where the cursor stands, if it does. */
    cursor: () => (table.contains(document.activeElement) ? at : null),
    /**
     * @param {{name: string, corner: string, columns: Heading[], rows: Heading[], cell: (row: number, column: number) => Cell}} next
     */
    set(next) {
      caption.textContent = next.name;
      element.setAttribute("aria-label", next.name);
      const keys = JSON.stringify(next.columns.map(({ key }) => key));
      focused = table.contains(document.activeElement) || (pending !== null && focused && document.activeElement === document.body);
      if (keys !== columnKeys) {
        rows = new Map();
        body.replaceChildren();
        columnKeys = keys;
        head.replaceChildren(h("tr", null, h("td", { class: "corner" }), ...next.columns.map((column) => header(column, "col"))));
      } else next.columns.forEach((column, index) => dress(head.rows[0].cells[index + 1], column));
      head.rows[0].cells[0].textContent = next.corner;
      drawFrom(0, next);
    },
    /** Draws at once what is left. */
    finish() {
      while (pending) pending();
    },
    /** Marks the headings of a cell. @param {number} row @param {number} column −1 for none */
    mark(row, column) {
      for (const cell of table.querySelectorAll("th.on")) cell.classList.remove("on");
      if (row < 0) return;
      body.rows[row]?.cells[0].classList.add("on");
      head.rows[0]?.cells[column + 1]?.classList.add("on");
    },
  };
}
