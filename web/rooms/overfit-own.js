// Points of one's own: a table that can be edited, text or a file with numbers, an empty plot to draw in.

import { BATCH_BYTES } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { classroom } from "../classroom.js";
import { t } from "../i18n/index.js";
import { listenForFiles } from "../ui/drop.js";
import { lessonError } from "./overfit-error.js";
import { asOwn, EDGE, HIGH, MAX_POINTS, TEST, toPlot, VALIDATION } from "./overfit-settings.js";
import { PARTS } from "./training-settings.js";

/** Rows that are laid out at first, and more with each click. */
const ROWS = 40;

/** @param {HTMLElement} place @param {HTMLElement} lab @param {OverfitRoom} room */
export function mountOwn(place, lab, room) {
  const { store, run } = room;
  const words = () => t().overfit.own;
  const summary = h("summary", null);
  const box = h("textarea", { class: "box", id: "overfit-text", rows: "5", spellcheck: "false", autocomplete: "off", "data-runs": "" });
  const label = h("label", { class: "lbl", for: "overfit-text" });
  const use = h("button", { type: "button", class: "go second", id: "overfit-use", onclick: () => void read(box.value) });
  const file = h("input", { type: "file", id: "overfit-file", accept: ".csv,.tsv,.txt,text/csv,text/plain" });
  const pick = h("label", { class: "pick" });
  const drop = h("p", { class: "note" });
  const said = h("div", { id: "overfit-own-said", role: "status" });
  const empty = h("button", { type: "button", class: "plain", id: "overfit-empty", onclick: () => store.set({ own: [] }) });
  const add = h("button", { type: "button", class: "plain", id: "overfit-add", onclick: addRow });
  const more = h("button", { type: "button", class: "plain", onclick: () => { shown += ROWS; drawTable(); } });
  const table = h("div", { class: "scroll points-table", tabindex: "0", role: "region" });
  const details = h("details", { class: "more-knobs", id: "overfit-own" }, summary, h("div", { class: "drawer" },
    h("div", { class: "acts" }, empty, add), table, h("p", { class: "acts" }, more), label, box, h("p", { class: "acts" }, use, pick, drop), said));
  let shown = ROWS;

  /** @param {string} text @param {string} [name] of a file */
  async function read(text, name = "") {
    fill(said);
    if (!text.trim()) return fill(said, h("p", { class: "note" }, words().nothing));
    try {
      const { task, seed } = store.state;
      const { points, skipped } = await classroom.request("readPoints", { text: text.slice(0, BATCH_BYTES), task });
      const split = await classroom.request("split", { points, validation: VALIDATION, test: TEST, seed });
      const own = asOwn(points, split);
      store.set({ own: own.slice(0, MAX_POINTS) });
      details.open = true;
      fill(said, h("p", { class: "note" }, [words().read(Math.min(own.length, MAX_POINTS), name), own.length > MAX_POINTS && words().cut(own.length, MAX_POINTS), skipped.length && words().skipped(skipped)].filter(Boolean).join(t().overfit.space)));
    } catch (caught) {
      const error = /** @type {KindlingError} */ (caught);
      if (error.kind === "cancelled") return;
      details.open = true;
      fill(said, lessonError(error, []));
    }
  }
  /** @param {File} given */
  async function readFile(given) {
    try {
      await read(await given.slice(0, BATCH_BYTES).text(), given.name);
    } catch {
      details.open = true;
      fill(said, h("p", { class: "note" }, words().unread));
    }
  }
  file.addEventListener("change", () => {
    const [given] = file.files ?? [];
    if (given) void readFile(given);
    file.value = "";
  });
  box.addEventListener("kindling-run", () => void read(box.value));
  listenForFiles(lab, ([given]) => given && void readFile(given));

  function addRow() {
    const points = run.taken();
    if (points.length < MAX_POINTS) store.set({ own: [...points, [0, 0, 0, 0]] });
    shown = Math.max(shown, points.length + 1);
    drawTable();
    /** @type {HTMLElement | null} */ (table.querySelector("tbody tr:last-child input"))?.focus();
  }

  /** @param {number} row @param {0 | 1 | 2 | 3} column @param {number} value */
  function change(row, column, value) {
    store.set({ own: run.taken().map((point, at) => (at === row ? /** @type {OwnPoint} */ (point.map((old, place) => (place === column ? value : old))) : point)) }, { group: `cell ${row} ${column}` });
  }

  /** @param {OwnPoint} point @param {number} row */
  function tableRow(point, row) {
    const own = words();
    const number = (/** @type {0 | 1} */ column, /** @type {string} */ name) => h("td", null, h("input", {
      type: "number", step: "0.05", value: String(point[column]), "aria-label": own.cell(name, row + 1),
      onchange: (/** @type {Event} */ { target }) => {
        const value = Number(/** @type {HTMLInputElement} */ (target).value);
        change(row, column, toPlot(Number.isFinite(value) ? value : point[column], column ? HIGH : EDGE));
      },
    }));
    const choice = (/** @type {2 | 3} */ column, /** @type {string} */ name, /** @type {string[]} */ names) => {
      const select = h("select", { "aria-label": own.cell(name, row + 1), onchange: () => change(row, column, Number(select.value)) }, ...names.map((one, at) => h("option", { value: String(at) }, one)));
      select.value = String(point[column]);
      return h("td", null, select);
    };
    return h("tr", null, h("th", { scope: "row" }, row + 1), number(0, "x"), number(1, "y"),
      store.state.task === "classification" ? choice(2, own.columns.group, t().overfit.classes) : null,
      choice(3, own.columns.part, PARTS.map((part) => t().overfit.parts[part])),
      h("td", null, h("button", { type: "button", class: "plain small", "aria-label": own.remove(row + 1), onclick: () => store.set({ own: run.taken().filter((_, at) => at !== row) }) }, t().live.remove)));
  }

  function drawTable() {
    if (!details.open) return;
    const own = words();
    const points = run.taken();
    // A field that is being used keeps its place; what it says is in force already.
    const focus = document.activeElement instanceof HTMLElement && table.contains(document.activeElement) ? [...table.querySelectorAll("input, select, button")].indexOf(document.activeElement) : -1;
    const columns = ["", "x", "y", ...(store.state.task === "classification" ? [own.columns.group] : []), own.columns.part, ""];
    fill(table, points.length ? h("table", { class: "plain-table" }, h("caption", { class: "hidden" }, own.caption),
      h("thead", null, h("tr", null, ...columns.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", null))))),
      h("tbody", null, ...points.slice(0, shown).map(tableRow))) : h("p", { class: "note" }, own.none));
    more.hidden = points.length <= shown;
    more.textContent = t().fig.batch.more(Math.min(ROWS, points.length - shown));
    if (focus >= 0) /** @type {HTMLElement | undefined} */ ([...table.querySelectorAll("input, select, button")][focus])?.focus();
  }
  details.addEventListener("toggle", drawTable);
  room.on("data", drawTable);

  function build() {
    const own = words();
    fill(summary, h("span", null, own.title));
    label.textContent = own.text;
    box.placeholder = own.placeholder;
    use.textContent = own.use;
    fill(pick, t().fig.batch.choose, file);
    drop.textContent = t().fig.batch.drop;
    empty.textContent = own.empty;
    add.textContent = own.add;
    table.setAttribute("aria-label", own.caption);
    drawTable();
  }
  room.on("language", build);
  build();
  place.append(details);
}
