// What it says of digits that it has not learned from: a cell of the matrix opens its pictures, and each
// picture can be taken to the pad. Beside it the scores of every digit.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { heatGrid } from "../ui/grid.js";
import { plainTable } from "../ui/table.js";
import { digitCanvas } from "./digits-paint.js";
import { DIGITS } from "./digits-settings.js";
import { share } from "./digits-stage.js";
import { mountFigure } from "./digits-figure.js";

/** Pictures of a cell that are laid out at first, and more with each click. */
const SHOWN = 24;

/** Places in the test part that a cell holds: of right answers the least sure first, of others the surest. @param {DigitsRun} run @param {DigitsCell} cell */
export function inCell({ frame, pictures, split }, { truth, said }) {
  if (!frame || !pictures || !split) return [];
  return split.test.flatMap((row, place) => {
    const label = pictures.labels[row];
    return (truth === null || label === truth) && (said === null || frame.said[place] === said) && place < frame.said.length
      ? [{ place, label, said: frame.said[place], sure: frame.sure[place] }] : [];
  }).sort((a, b) => (a.sure - b.sure) * (truth !== null && truth === said ? 1 : -1));
}

/** @param {HTMLElement} place @param {DigitsRoom} room */
export function mountMatrix(place, room) {
  const { store, run } = room;
  let most = SHOWN;
  const grid = heatGrid({
    id: "digits-matrix", onPoint: (row, column) => grid.mark(row, column), onLeave: () => grid.mark(-1, -1),
    onAct: (row, column) => open({ truth: row, said: column }),
  });
  const says = h("p", { class: "note", id: "digits-matrix-says" });
  const opened = h("div", { id: "digits-cell", class: "cell-pictures" });
  const table = h("div", { class: "scroll", tabindex: "0", role: "region" });
  const scores = h("details", { class: "as-table", id: "digits-scores" }, h("summary", null), table);
  const note = h("p", { class: "note", id: "digits-undefined" });
  const axes = h("p", { class: "note axes" });

  /** @param {DigitsCell} cell */
  function open(cell) {
    most = SHOWN;
    const { cell: now } = room;
    room.openCell(now && now.truth === cell.truth && now.said === cell.said ? null : cell);
  }

  function drawGrid() {
    const words = t().digits.matrix;
    const matrix = run.frame?.matrix ?? [];
    const { cell } = room;
    const head = (/** @type {number} */ digit, /** @type {DigitsCell} */ of, /** @type {string} */ label) => ({
      key: `${digit}`, content: h("span", null, digit), label, act: () => open(of), pressed: cell !== null && cell.truth === of.truth && cell.said === of.said,
    });
    grid.set({
      name: words.name, corner: "",
      columns: DIGITS.map((digit) => head(digit, { truth: null, said: digit }, words.column(digit))),
      rows: DIGITS.map((digit) => head(digit, { truth: digit, said: null }, words.row(digit))),
      cell(row, column) {
        const value = matrix[row]?.[column] ?? 0;
        const all = (matrix[row] ?? []).reduce((sum, one) => sum + one, 0);
        return { text: value ? String(value) : "·", heat: all ? value / all : 0, framed: cell !== null && cell.truth === row && cell.said === column };
      },
    });
  }

  function drawSays() {
    const words = t().digits.matrix;
    const { frame } = run;
    const right = frame?.matrix.reduce((sum, row, digit) => sum + row[digit], 0) ?? 0, all = frame?.said.length ?? 0;
    /** The most frequent mistake. @type {[number, number, number]} */
    let worst = [0, 0, 0];
    frame?.matrix.forEach((row, truth) => row.forEach((value, said) => truth !== said && value > worst[2] && (worst = [truth, said, value])));
    says.textContent = all ? words.says(right, all, worst[2] ? worst : null) : "";
    axes.textContent = words.axes;
  }

  function drawScores() {
    const words = t().digits.matrix;
    /** @type {HTMLElement} */ (scores.querySelector("summary")).textContent = words.scores;
    table.setAttribute("aria-label", words.scoresOf);
    const { per_class: classes = [], macro } = run.frame ?? {};
    const row = (/** @type {{precision: number | null, recall: number | null, f1: number | null}} */ { precision, recall, f1 }) => [precision, recall, f1].map(share);
    if (scores.open) fill(table, plainTable(words.scoresOf, words.columns, [...classes.map((one, digit) => [String(digit), ...row(one), String(one.support)]), ...(macro ? [[words.macro, ...row(macro), ""]] : [])]));
    const unsaid = classes.flatMap(({ precision }, digit) => (precision === null ? [digit] : [])), absent = classes.flatMap(({ recall }, digit) => (recall === null ? [digit] : []));
    note.textContent = [unsaid.length && words.unsaid(unsaid), absent.length && words.absent(absent)].filter(Boolean).join(t().digits.space);
    note.hidden = !note.textContent;
  }

  function drawCell() {
    const { cell } = room;
    opened.hidden = cell === null;
    if (!cell) return fill(opened);
    const words = t().digits.matrix;
    const found = inCell(run, cell);
    const focused = document.activeElement instanceof HTMLElement && opened.contains(document.activeElement) ? document.activeElement.dataset.place ?? document.activeElement.id : null;
    fill(opened, h("p", { class: "over" }, h("b", { id: "digits-cell-title" }, words.cell(cell, found.length)), h("button", { type: "button", class: "plain small", id: "digits-cell-close", onclick: () => room.openCell(null) }, t().close)),
      found.length ? h("ul", { class: "digit-list" }, ...found.slice(0, most).map((one) => h("li", null, h("button", {
        type: "button", "data-place": String(one.place), "aria-label": words.picture(one.label, one.said, share(one.sure)),
        onclick: () => store.set({ example: one.place, dx: 0, dy: 0 }),
      }, digitCanvas(/** @type {{pixels: Uint8Array}} */ (run.testPicture(one.place)).pixels), h("span", { class: one.label === one.said ? null : "wrong" }, words.said(one.said, share(one.sure))))))) : null,
      h("p", { class: "note" }, found.length ? words.toPad : words.none,
        found.length > most ? h("button", { type: "button", class: "plain small", id: "digits-cell-more", onclick: () => { most += SHOWN; drawCell(); } }, words.more(Math.min(SHOWN, found.length - most))) : null));
    if (focused) /** @type {HTMLElement | null} */ (opened.querySelector(`[data-place="${CSS.escape(focused)}"], #${CSS.escape(focused)}`))?.focus({ preventScroll: true });
  }

  function draw() {
    drawGrid();
    drawScores();
    drawCell();
  }
  scores.addEventListener("toggle", drawScores);
  room.on("cell", () => {
    drawGrid();
    drawCell();
  });
  mountFigure(place, room, { words: () => t().digits.matrix, parts: [axes, grid.element, says, opened, scores, note], png: "kindling-digits-matrix.png", draw, tell: drawSays });
}
