// Attention as a matrix and as arcs, tied together: one token is chosen, one cell is looked at. Knows weights and tokens, no model.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { attentionArcs } from "./attention-arcs.js";
import { attentionHeads } from "./attention-heads.js";
import { attentionMatrix } from "./attention-matrix.js";
import { largestOf, nameOf, planeOf, weightText } from "./attention-numbers.js";
import { saveFigure } from "./figure-png.js";
import { plainTable, tableOnDemand } from "./table.js";

/** More tokens than these would make a table of thousands of cells: it holds the chosen row alone then. */
const TABLE_TOKENS = 40;
/** @typedef {{data: Attention, names: string[], plane: Float32Array, layer: number, head: number}} AttentionShown `layer` from 0; `head` −1: the mean of the heads */
/** What the two names stand for. */
const PAPERS = ["https://aclanthology.org/N19-1357/", "https://aclanthology.org/D19-1002/"];

/** @param {{csv: (shown: AttentionShown) => void, json: (shown: AttentionShown) => void}} save the head on show, and all heads */
export function attentionView(save) {
  const lead = h("p", { class: "note" });
  const matrixTitle = h("h3", null), arcsTitle = h("h3", null);
  const reading = h("p", { class: "note att-reading", id: "attention-reading", "data-not-saved": true });
  const said = h("p", { class: "hidden", role: "status" });
  const notes = h("div", { class: "att-notes" });
  const empty = h("p", { class: "note" });
  /** @type {Attention | null} */
  let data = null;
  /** @type {string[]} */
  let names = [];
  /** @type {Float32Array} */
  let plane = new Float32Array();
  // The first token of a text is the marker in front of it; the second is the first word.
  let picked = { layer: 0, head: -1 }, chosen = 1;

  const heads = attentionHeads({
    onPick(layer, head) {
      picked = { layer, head };
      show();
    },
  });
  const matrix = attentionMatrix({ onPoint: read, onLeave: rest, onChoose: choose });
  const arcs = attentionArcs({
    onPoint: (row) => matrix.point(chosen, row, false),
    onLeave: () => matrix.leave(),
    onChoose: choose,
  });
  const table = tableOnDemand(buildTable);
  const figures = h("div", { class: "att-figures" },
    h("div", null, matrixTitle, matrix.element, reading, said),
    h("div", null, arcsTitle, arcs.element));
  const acts = h("p", { class: "acts" });
  const body = h("div", { class: "att-body" }, lead, heads.element, figures, notes, table.element, acts);
  const element = h("div", null, empty, body);

  const weight = (/** @type {number} */ row, /** @type {number} */ column) => plane[row * names.length + column] ?? 0;

  /** @param {number} row @param {number} column @param {boolean} spoken */
  function read(row, column, spoken) {
    const text = t().attention.reading(names[row] ?? "", names[column] ?? "");
    const value = weightText(weight(row, column));
    fill(reading, h("bdi", null, text), " ", h("b", null, value));
    arcs.mark(row === chosen ? column : -1);
    if (spoken) said.textContent = `${text} ${value}`;
  }

  function rest() {
    reading.textContent = t().attention.hint;
    arcs.mark(-1);
  }

  /** @param {number} row */
  function choose(row) {
    chosen = row;
    drawRow();
  }

  function drawRow() {
    arcsTitle.textContent = t().attention.arcs(names[chosen] ?? "");
    arcs.set(names, chosen, (to) => weight(chosen, to));
    matrix.choose(chosen);
    if (names.length > TABLE_TOKENS) table.refresh();
  }

  function show() {
    if (!data) return;
    const words = t().attention;
    plane = planeOf(data, picked.layer, picked.head);
    matrix.set(names, plane);
    drawRow();
    const [before, first, between, second, after] = words.caveat;
    const cited = (/** @type {string} */ name, /** @type {number} */ at) => h("a", { href: PAPERS[at], rel: "noreferrer", target: "_blank" }, name);
    const all = data.view.tokens.length;
    fill(notes,
      h("p", { class: "note" }, [words.row, words.scale(weightText(largestOf(plane))), all > data.tokens && words.cut(data.tokens, all)].filter(Boolean).join(lang() === "zh" ? "" : " ")),
      h("p", { class: "note", id: "attention-caveat" }, before, cited(first, 0), between, cited(second, 1), after));
    table.refresh();
  }

  function buildTable() {
    const words = t().attention;
    if (names.length > TABLE_TOKENS) return plainTable(words.rowCaption(names[chosen] ?? ""), [words.corner, words.weight], names.map((name, to) => [name, weightText(weight(chosen, to))]));
    const caption = words.caption(picked.layer + 1, headName());
    return plainTable(caption, [words.corner, ...names], names.map((name, row) => [name, ...names.map((_, column) => weightText(weight(row, column)))]));
  }

  const headName = () => (picked.head < 0 ? t().attention.meanName : t().attention.headName(picked.head + 1));
  /** @param {(shown: AttentionShown) => void} run */
  const saving = (run) => () => data && run({ data, names, plane, ...picked });
  function buildActs() {
    const words = t().attention.save;
    const button = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ onclick) => h("button", { type: "button", class: "plain", id: `attention-${name}`, onclick }, text);
    fill(acts, button("csv", words.csv, saving(save.csv)), button("json", words.json, saving(save.json)),
      button("png", t().acts.png, saving(({ layer }) => void saveFigure(figures, { name: "kindling-attention.png", title: words.title(layer + 1, headName()), foot: "Kindling" }))));
  }

  function build() {
    buildActs();
    const words = t().attention;
    empty.textContent = t().inside.withheld;
    matrixTitle.textContent = words.matrix;
    matrix.name({ name: words.matrix, keys: words.keys });
    arcs.name(words.choose);
    lead.textContent = data ? words.lead(data.layers, data.heads) : "";
    /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
    heads.build();
    rest();
    show();
  }

  /** @param {Attention | null} next */
  function set(next) {
    const first = next !== null && data === null;
    data = next;
    body.hidden = next === null;
    empty.hidden = next !== null;
    if (!next) return;
    names = next.view.tokens.slice(0, next.tokens).map(nameOf);
    chosen = Math.min(chosen, names.length - 1);
    picked = heads.set(next);
    if (first) build();
    else show();
  }

  build();
  set(null);
  return {
    element, set, build,
    /** The colours have changed. */
    draw() {
      heads.draw();
      matrix.draw();
    },
  };
}
