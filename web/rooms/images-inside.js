// The same beats as in every lab: pieces (of the picture, of the words), numbers, comparison.

import { fill, h } from "../base/dom.js";
import { cosine as cosineText, magnitude, percent } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { barcode } from "../ui/barcode.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { drawSeen } from "../ui/thumb.js";
import { tokenNotes, tokenStrip } from "../ui/tokens.js";
import { debounced } from "./room.js";
import { ranked } from "./similarity.js";

const PARTS = /** @type {const} */ ([["inputs", "crates/inputs"], ["models", "crates/models"], ["tasks", "crates/tasks"], ["page", "web/rooms"]]);
const GAP = 0.01;

/** @param {HTMLElement} body @param {ImagesRoom} room */
export function mountInside(body, room) {
  const { store } = room;
  const seenTitle = h("h2", null), tokensTitle = h("h2", null), numbersTitle = h("h2", null), sharesTitle = h("h2", null);
  const seen = h("canvas", { class: "seen", role: "img", id: "seen" });
  const seenNote = h("p", { class: "note" });
  const grid = h("input", { type: "checkbox", id: "patches", checked: true, onchange: () => renderSeen() });
  const gridLabel = h("label", { class: "option" });
  const tokens = h("div", { id: "picture-tokens" });
  const numbers = h("div", { id: "picture-vectors" });
  const shares = h("div", { id: "picture-shares" });
  /** @type {ReturnType<typeof barcode>[]} */
  let films = [];
  /** What the two canvases show, so that they are painted when that changes and not with every other picture. */
  let painted = { seen: "", numbers: "" };
  /** @type {{text: string, view: TokenView} | null} */
  let cut = null;
  const table = tableOnDemand(() => {
    const both = vectors();
    return plainTable(numbersTitle.textContent ?? "", [t().inside.index, ...both.map(({ name }) => name)], [...(both[0]?.values ?? [])].map((_, at) => [String(at + 1), ...both.map(({ values }) => cosineText(values[at]))]));
  });

  /** The chosen picture's row, from the closest label on. */
  function row() {
    const data = room.table();
    const at = data.pictures.findIndex((picture) => picture === room.chosen);
    if (at < 0) return [];
    return ranked(data.cosines[at]).map((label) => ({ label: data.labels[label], cosine: data.cosines[at][label], share: data.shares[at][label] })).filter(({ cosine }) => cosine !== null);
  }

  function renderSeen() {
    const answer = room.chosen?.answer;
    const info = room.session.status.models.clip.info;
    const words = t().images.inside;
    const side = info ? info.image_size / info.patch_size : 0;
    seenTitle.textContent = info ? words.seen(side * side) : words.seenSoon;
    seen.hidden = !answer;
    gridLabel.hidden = !answer;
    seenNote.textContent = answer && info ? words.seenNote(info.image_size, info.patch_size) : t().inside.withheld;
    if (!answer || !info) return;
    const now = [room.chosen?.id, grid.checked, info.patch_size, lang()].join();
    if (now === painted.seen) return;
    painted.seen = now;
    seen.setAttribute("aria-label", room.chosen?.name[lang()] ?? "");
    drawSeen(seen, answer.seen, grid.checked ? info.patch_size : 0);
  }

  const askTokens = debounced(async () => {
    const best = row()[0];
    const label = best?.label ?? room.table().labels[0];
    if (!label) return;
    const text = room.prompt(label);
    if (cut?.text === text) return;
    const view = await room.latest("tokens", "clipTokens", { text });
    if (view) cut = { text, view };
    renderTokens();
  }, 120);
  function renderTokens() {
    const words = t().images.inside;
    tokensTitle.textContent = words.tokens;
    if (!cut) return fill(tokens, h("p", { class: "note" }, t().inside.withheld));
    fill(tokens, h("p", { class: "note", dir: "auto" }, words.ofLabel(cut.text)), tokenStrip(cut.view, "token"),
      ...tokenNotes(cut.view).map((note) => h("p", { class: "note" }, note)), cut.view.truncated ? h("p", { class: "note" }, words.cut(cut.view.kept, cut.view.total)) : null);
  }

  /** @returns {{name: string, kind: string, values: ArrayLike<number> & Iterable<number>}[]} */
  function vectors() {
    const answer = room.chosen?.answer;
    if (!answer) return [];
    const near = row();
    const ends = near.length > 1 ? [near[0], near[near.length - 1]] : near;
    return [{ name: t().images.inside.picture, kind: "", values: answer.vector },
      ...ends.map(({ label }, at) => ({ name: label, kind: at ? "" : "p", values: room.vectorOf(room.prompt(label)) ?? new Float32Array() })).filter(({ values }) => values.length)];
  }
  function renderNumbers() {
    const both = vectors();
    const words = t().images.inside;
    numbersTitle.textContent = both.length ? words.numbers(both[0].values.length) : words.numbersSoon;
    table.element.hidden = !both.length;
    const now = JSON.stringify([room.chosen?.id, store.state.template, both.map(({ name }) => name), lang()]);
    if (both.length && now === painted.numbers) return;
    painted.numbers = both.length ? now : "";
    if (!both.length) return fill(numbers, h("p", { class: "note" }, t().inside.withheld));
    films = both.map(({ name }) => barcode(name));
    fill(numbers, h("dl", { class: "codes" }, ...both.flatMap(({ name, kind }, at) => [h("dt", { class: kind || null, dir: "auto" }, name), h("dd", null, films[at].element)])), h("p", { class: "note" }, t().inside.vectorNote));
    both.forEach(({ values }, at) => films[at].set([...values]));
    table.refresh();
  }

  function renderShares() {
    const words = t().images.inside;
    const near = row();
    sharesTitle.textContent = words.shares;
    if (!near.length) return fill(shares, h("p", { class: "note" }, t().inside.withheld));
    const scale = room.scale();
    fill(shares, h("p", { class: "eq" }, words.formula), h("p", { class: "eq" }, words.softmax(String(Number(scale.toPrecision(3))))),
      plainTable(words.shares, [t().images.answer.captions, "cos", `exp(${Number(scale.toPrecision(3))} cos)`, t().images.answer.shares],
        near.slice(0, 4).map(({ label, cosine, share }) => [label, cosineText(cosine ?? 0), magnitude(Math.exp(Math.min(700, (cosine ?? 0) * scale))), percent(share ?? 0)])),
      h("p", { class: "note" }, words.gap(String(GAP), String(Number(Math.exp(GAP * scale).toPrecision(2))))));
  }

  function render() {
    renderSeen();
    renderNumbers();
    renderShares();
    renderTokens();
    askTokens();
  }

  function build() {
    const words = t().images.inside;
    /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
    fill(gridLabel, grid, h("span", null, words.grid));
    fill(body, h("ol", { class: "steps" },
      h("li", null, seenTitle, seen, gridLabel, seenNote),
      h("li", null, tokensTitle, tokens),
      h("li", null, numbersTitle, numbers, table.element),
      h("li", null, sharesTitle, shares)),
    h("section", { class: "how" }, h("h2", { class: "lbl" }, t().inside.words), h("p", null, words.three),
      h("p", { class: "note" }, t().inside.code, " ", ...PARTS.flatMap(([key, path], at) => [at ? t().open.comma : "", h("code", null, path), ` ${words.codeParts[key]}`]))));
    render();
  }

  for (const event of /** @type {const} */ (["chosen", "vectors", "ready", "matrix"])) room.on(event, debounced(render, 60));
  room.on("language", build);
  room.on("theme", () => {
    films.forEach((film) => film.draw());
    painted.seen = "";
    renderSeen();
  });
  room.on("visit", () => requestAnimationFrame(() => films.forEach((film) => film.draw())));
  build();
}
