// The same three beats in every lab: pieces, numbers, comparison.

import { fill, h, s } from "../base/dom.js";
import { cosine as cosineText, degrees, score as scoreText } from "../base/format.js";
import { t } from "../i18n/index.js";
import { barcode } from "../ui/barcode.js";
import { drawProtractor } from "../ui/protractor.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { tokenNotes, tokenStrip } from "../ui/tokens.js";
import { realLabels } from "./question.js";
import { mountAttention } from "./sentiment-attention.js";

const REPOSITORY_PARTS = /** @type {const} */ ([["inputs", "crates/inputs"], ["models", "crates/models"], ["tasks", "crates/tasks"], ["page", "web/rooms"]]);

/** @param {HTMLElement} body @param {SentimentRoom} room */
export function mountInside(body, room) {
  const { store, live } = room;
  const tokens = h("div", { id: "token-view" });
  const numbers = h("div", { id: "vectors" });
  const attention = mountAttention(room);
  const numbersTitle = h("h2", null);
  const angles = h("div", { id: "angles" });
  /** @type {"token" | "character"} */
  let by = "token";
  /** @type {ReturnType<typeof barcode>[]} */
  let films = [];
  const table = tableOnDemand(vectorTable);

  function build() {
    const words = t().inside;
    const views = /** @type {const} */ ([["token", words.byToken], ["character", words.byCharacter]]).map(([kind, name]) =>
      h("button", { type: "button", "aria-pressed": String(kind === by), onclick: () => setView(kind), "data-by": kind }, name));
    /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
    fill(body, h("ol", { class: "steps" },
      h("li", null, h("h2", null, words.tokens), h("div", { class: "seg small", role: "group", "aria-label": words.view, id: "token-by" }, ...views), tokens, attention.element),
      h("li", null, numbersTitle, numbers, table.element),
      h("li", null, h("h2", null, words.angles), angles)),
    h("section", { class: "how" }, h("h2", { class: "lbl" }, words.words), h("p", null, words.three),
      h("p", { class: "note" }, words.code, " ", ...REPOSITORY_PARTS.flatMap(([key, path], at) => [at ? t().open.comma : "", h("code", null, path), ` ${words.codeParts[key]}`]))));
    attention.build();
    render();
  }

  /** @param {"token" | "character"} kind */
  function setView(kind) {
    by = kind;
    for (const button of body.querySelectorAll("#token-by button")) button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.by === by));
    renderTokens();
  }

  function renderTokens() {
    const view = store.state.text ? live.tokens : null;
    if (!view) return fill(tokens, h("p", { class: "note" }, t().inside.withheld));
    fill(tokens, tokenStrip(view, by), ...tokenNotes(view).map((note) => h("p", { class: "note" }, note)));
  }

  /** The vectors on show, the text first. @returns {{name: string, kind: string, values: number[]}[]} */
  function vectors() {
    const row = live.answer?.rows[0];
    if (!row || !live.answer) return [];
    const names = store.state.mode === "labels" ? realLabels(store.state) : [store.state.pos, store.state.neg];
    const ends = live.answer.label_vectors.slice(0, store.state.mode === "labels" ? 4 : 2);
    return [{ name: t().inside.yours, kind: "", values: row.vector }, ...ends.map((values, at) => ({ name: names[at] ?? "", kind: store.state.mode === "labels" ? "" : at ? "n" : "p", values }))];
  }

  function renderNumbers() {
    const shown = vectors();
    numbersTitle.textContent = live.answer ? t().inside.numbers(live.answer.dim) : t().inside.numbersSoon;
    table.element.hidden = shown.length === 0;
    if (!shown.length) return fill(numbers, h("p", { class: "note" }, t().inside.withheld));
    films = shown.map(({ name }) => barcode(name));
    fill(numbers, h("dl", { class: "codes" }, ...shown.flatMap(({ name, kind }, at) => [h("dt", { class: kind || null, dir: "auto" }, name), h("dd", null, films[at].element)])), h("p", { class: "note" }, t().inside.vectorNote));
    shown.forEach(({ values }, at) => films[at].set(values));
    table.refresh();
  }

  function vectorTable() {
    const shown = vectors();
    return plainTable(t().table, [t().inside.index, ...shown.map(({ name }) => name)], shown[0]?.values.map((_, at) => [String(at + 1), ...shown.map(({ values }) => cosineText(values[at]))]) ?? []);
  }

  function renderAngles() {
    const row = live.answer?.rows[0];
    const words = t().inside;
    if (!row || !live.answer) return fill(angles, h("p", { class: "note" }, words.withheld));
    if (store.state.mode === "labels") {
      const names = realLabels(store.state);
      const order = row.cosines.map((_, at) => at).sort((a, b) => row.cosines[b] - row.cosines[a]);
      return fill(angles, plainTable(words.angles, [t().fig.batch.perClass.name, "cos", "°"], order.map((at) => [names[at] ?? "", cosineText(row.cosines[at]), degrees(row.cosines[at]).toFixed(1)])));
    }
    const [positive, negative] = row.cosines;
    const svg = s("svg", { class: "angle", role: "img", id: "protractor" });
    drawProtractor(svg, {
      positive: { cosine: positive, name: store.state.pos }, negative: { cosine: negative, name: store.state.neg },
      text: words.yours, label: words.angleLabel(degrees(positive).toFixed(1), degrees(negative).toFixed(1)),
    });
    fill(angles, svg,
      h("p", { class: "eq" }, words.formula),
      h("p", { class: "eq", id: "formula" }, `= ${cosineText(positive)} − ${negative < 0 ? `(${cosineText(negative)})` : cosineText(negative)} `, h("b", null, `= ${scoreText(row.score ?? positive - negative)}`)),
      h("p", { class: "note" }, words.angleNote(live.answer.dim)));
  }

  function render() {
    renderTokens();
    renderNumbers();
    renderAngles();
  }

  room.on("answer", render);
  room.on("language", build);
  room.on("theme", () => films.forEach((film) => film.draw()));
  store.onChange((changed) => {
    if (changed.has("mode") || !store.state.text) render();
  });
  build();
}
