// Fig. 1.4: many texts at once, from pasted lines or a file, with measures where labels are given.

import { BATCH_BYTES, BATCH_FIELD_CHARS, BATCH_ROWS } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { guardLength, onSettled } from "../ui/field.js";
import { pngButton } from "../ui/figure-png.js";
import { progressNote } from "../ui/progress.js";
import { saveJson, saveTable } from "./acts.js";
import { SAMPLE_TABLE } from "./examples.js";
import { resultTable, summary } from "./batch-results.js";
import { direction, endsState, realLabels, sent, usable } from "./question.js";
import { debounced } from "./room.js";
import { decodeText, truthOf } from "./truth.js";

/** @typedef {import("./batch-results.js").BatchResult} BatchResult */

const READ_MILLIS = 300;

/** @param {HTMLElement} figure @param {SentimentRoom} room */
export function mountBatch(figure, room) {
  const { store } = room;
  /** @type {{name: string, size: number, text: string, cut: boolean} | null} */
  let file = null;
  /** @type {Table | null} */
  let table = null;
  /** @type {BatchResult | null} */
  let result = null;
  /** @type {AbortController | null} */
  let running = null;
  let cancelled = false;

  const label = h("label", { class: "lbl", for: "batch-text" });
  const field = h("textarea", { id: "batch-text", class: "box fixed", rows: "5", dir: "auto", spellcheck: "false" });
  guardLength(field, BATCH_FIELD_CHARS, (whole) => {
    file = { name: t().fig.batch.pasted, size: whole.length, text: whole.slice(0, BATCH_BYTES), cut: whole.length > BATCH_BYTES };
    field.value = "";
    remember();
    readSoon.now();
  });
  onSettled(field, () => {
    remember();
    readSoon();
  });
  const picker = h("input", { type: "file", id: "batch-file", accept: ".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values", onchange: () => void choose(picker.files?.[0]) });
  const columns = h("div", { class: "columns" });
  const run = h("button", { type: "button", class: "go", id: "batch-run", onclick: () => void ask() });
  const hint = h("span", { class: "note" });
  const output = h("div", { id: "batch-output" });
  const drop = h("div", { class: "drop" }, label, field);
  const tools = h("div", { class: "acts" });

  function build() {
    const words = t().fig.batch;
    label.textContent = words.input;
    field.placeholder = words.placeholder;
    fill(tools,
      h("label", { class: "pick" }, picker, h("span", null, words.choose)), h("span", { class: "note" }, words.drop),
      h("button", { type: "button", class: "plain", id: "batch-sample", onclick: sample }, words.sample),
      h("button", { type: "button", class: "plain", onclick: clear }, words.clear));
    run.textContent = words.run;
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), drop, tools, columns, h("div", { class: "acts" }, run, hint), output);
    renderColumns();
    renderState();
    if (!running) renderResult();
  }

  /** What stands in the field is part of the lab's state: it can be undone, and short lines travel in a link. */
  const remember = () => store.set({ batch: field.value }, { group: "batch" });

  function sample() {
    file = null;
    field.value = SAMPLE_TABLE[lang()];
    remember();
    readSoon.now();
  }

  function clear() {
    running?.abort();
    file = null;
    table = result = null;
    field.value = picker.value = "";
    remember();
    build();
  }

  /** @param {File | undefined} chosen */
  async function choose(chosen) {
    if (!chosen) return;
    const bytes = await chosen.slice(0, BATCH_BYTES).arrayBuffer();
    file = { name: chosen.name, size: chosen.size, text: decodeText(bytes), cut: chosen.size > BATCH_BYTES };
    field.value = "";
    remember();
    readSoon.now();
  }

  const readSoon = debounced(async () => {
    if (field.value) file = null;
    const text = file?.text ?? field.value.slice(0, BATCH_BYTES);
    table = text.trim() ? await room.latest("table", "readTable", { text: text.toWellFormed() }) : null;
    renderColumns();
    renderState();
  }, READ_MILLIS);

  /** @param {string} id @param {string} name @param {[string, string][]} options @param {string} value @param {(value: string) => void} changed */
  function select(id, name, options, value, changed) {
    const box = h("select", { id, onchange: () => changed(box.value) }, ...options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
    return h("p", { class: "field" }, h("label", { for: id }, name), box);
  }

  function renderColumns() {
    const words = t().fig.batch;
    const now = table;
    if (!now) return fill(columns, file ? h("p", { class: "note" }, words.file(file.name, megabytes(file.size))) : null);
    const names = now.columns.map((name, at) => /** @type {[string, string]} */ ([String(at), name || String(at + 1)]));
    const notes = [file && words.file(file.name, megabytes(file.size)), words.read(now.rows.length), now.rows.length > BATCH_ROWS && words.cut(BATCH_ROWS, now.rows.length), file?.cut && words.cutBytes].filter(Boolean);
    fill(columns, h("p", { class: "note", id: "batch-read" }, notes.join(" ")),
      names.length > 1 ? h("div", { class: "pickers" },
        select("batch-text-column", words.textColumn, names, String(now.text_column), (value) => (now.text_column = Number(value))),
        select("batch-label-column", words.labelColumn, [["", words.noLabel], ...names], now.label_column === null || now.label_column === undefined ? "" : String(now.label_column), (value) => (now.label_column = value ? Number(value) : null))) : null);
  }

  function renderState() {
    const words = t().fig.batch;
    const ready = room.ready;
    const sensible = store.state.mode === "labels" || endsState(store.state) === "ok";
    run.disabled = !ready || !table?.rows.length || running !== null || !sensible;
    hint.textContent = !ready ? words.waiting : !table?.rows.length ? words.nothing : !sensible ? t().live[endsState(store.state) === "same" ? "same" : "endless"] : cancelled ? (result ? words.cancelled : words.cancelledNote) : result && result.ends !== fingerprint() ? words.stale : "";
  }

  const fingerprint = () => JSON.stringify([store.state.mode, store.state.pos, store.state.neg, store.state.template, store.state.labels]);

  async function ask() {
    if (!table || running) return;
    const { state } = store;
    const used = table.rows.slice(0, BATCH_ROWS);
    const { text_column: textAt, label_column: labelAt } = table;
    const texts = used.map((row) => sent(row[textAt] ?? ""));
    const given = labelAt === null || labelAt === undefined ? null : used.map((row) => row[labelAt] ?? "");
    const labels = state.mode === "labels" ? realLabels(state) : [state.pos, state.neg];
    const how = { ends: state.mode === "ends", facing: direction(state) };
    const ends = fingerprint();
    const controller = new AbortController();
    running = controller;
    cancelled = false;
    renderState();
    const progress = progressNote({ name: t().fig.batch.working, onCancel: () => controller.abort() });
    progress.update({ phase: "rows", done: 0, total: texts.length, unit: "rows" });
    output.prepend(progress.element);
    const startMillis = performance.now();
    const answer = await room.latest("batch", "batch", { texts, labels, template: usable(state.template) }, { signal: controller.signal, onProgress: (step) => progress.update(step) });
    const millis = performance.now() - startMillis;
    if (answer) {
      const truth = given?.map((label) => truthOf(label, labels, how)) ?? texts.map(() => null);
      result = { texts, given, truth, labels, mode: state.mode, rows: answer.rows, report: await judge(truth, answer.rows, labels), millis, ends };
    }
    cancelled = controller.signal.aborted;
    running = null;
    progress.element.remove();
    renderResult();
    renderState();
  }

  /** @param {(string | null)[]} truth @param {BatchRow[]} rows @param {string[]} labels */
  async function judge(truth, rows, labels) {
    const known = truth.map((_, at) => at).filter((at) => truth[at] !== null);
    if (!known.length) return null;
    return room.latest("judge", "evaluate", { truth: known.map((at) => truth[at] ?? ""), predicted: known.map((at) => labels[rows[at].best]) });
  }

  function renderResult() {
    const words = t().acts;
    if (!result) return fill(output);
    fill(output, ...summary(result, t().duration(result.millis)), resultTable(result, room.span),
      h("div", { class: "acts" }, h("button", { type: "button", class: "plain", id: "batch-csv", onclick: () => void saveCsv() }, words.csv), h("button", { type: "button", class: "plain", id: "batch-json", onclick: saveAll }, words.json),
      result.report?.classes.length ? pngButton("batch-png", () => ({ element: output.querySelector("table.matrix"), title: `${t().fig.batch.title}  ${t().fig.batch.matrix}` }), "kindling-confusion.png") : null));
  }

  async function saveCsv() {
    const now = result;
    if (!now) return;
    const columns = ["text", "score", "closest", ...now.labels.map((label) => `cos ${label}`), ...(now.given ? ["given"] : [])];
    const rows = now.rows.map((row, at) => [now.texts[at], row.score === null ? "" : String(row.score), now.labels[row.best], ...row.cosines.map(String), ...(now.given ? [now.given[at] ?? ""] : [])]);
    await saveTable(room, "kindling-batch.csv", columns, rows);
  }

  const saveAll = () => saveJson("kindling-batch.json", { lab: "sentiment", version: 1, ...result });

  listenForDrops(drop, (dropped) => void choose(dropped));
  figure.addEventListener("kindling-run", () => void ask());
  room.on("cancel", () => running?.abort());
  room.on("ready", () => (table ? renderState() : readSoon()));
  room.on("language", build);
  store.onChange((changed, source) => {
    if (source !== "edit" && changed.has("batch")) {
      field.value = store.state.batch;
      if (field.value) file = null;
      readSoon.now();
    }
    renderState();
  });
  field.value = store.state.batch;
  figure.dataset.runs = "";
  build();
  return { refresh: renderState };
}

/** @param {HTMLElement} area @param {(file: File) => void} dropped */
function listenForDrops(area, dropped) {
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    area.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (!file) return; // dropped text goes into the field as usual
    event.preventDefault();
    dropped(file);
  });
}
