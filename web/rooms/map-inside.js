// The same beats as in every lab: pieces, numbers, comparison; here of the chosen point and its neighbours.

import { fill, h } from "../base/dom.js";
import { cosine as cosineText, degrees, percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { barcode } from "../ui/barcode.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { tokenNotes, tokenStrip } from "../ui/tokens.js";
import { nearest, nearestOnMap } from "./map-numbers.js";
import { debounced } from "./room.js";
import { dot } from "./similarity.js";

const PARTS = /** @type {const} */ ([["inputs", "crates/inputs"], ["models", "crates/models"], ["lessons", "crates/lessons"], ["page", "web/rooms"]]);

/** @param {HTMLElement} body @param {MapRoom} room */
export function mountInside(body, room) {
  const tokensTitle = h("h2", null), numbersTitle = h("h2", null), mapTitle = h("h2", null);
  const tokens = h("div", { id: "map-tokens" });
  const numbers = h("div", { id: "map-vectors" });
  const flat = h("div", { id: "map-flat" });
  /** @type {ReturnType<typeof barcode>[]} */
  let films = [];
  /** @type {{text: string, view: TokenView} | null} */
  let cut = null;
  const table = tableOnDemand(() => {
    const three = compared();
    return plainTable(numbersTitle.textContent ?? "", [t().inside.index, ...three.map(({ name }) => name)], Array.from({ length: room.dim }, (_, at) => [String(at + 1), ...three.map(({ values }) => cosineText(values[at]))]));
  });

  /** The chosen point, its nearest and its farthest. */
  function compared() {
    const { chosen, vectors, content } = room;
    if (!vectors || chosen < 0) return [];
    const others = { most: 1, without: (/** @type {number} */ at) => at === chosen };
    const own = room.unit(chosen), count = content.points.length;
    const [near] = nearest(own, count, room.unit, others);
    // What lies farthest lies nearest to the opposite direction.
    const [far] = nearest(own.map((value) => -value), count, room.unit, others).map(({ at, cosine }) => ({ at, cosine: -cosine }));
    const ends = !near ? [] : far.at === near.at ? [near] : [near, far];
    return [{ at: chosen, kind: "p", cosine: 1 }, ...ends.map((end) => ({ ...end, kind: "" }))].map(({ at, kind, cosine }) => ({ at, kind, cosine, name: content.points[at].name, values: room.unit(at) }));
  }

  const askTokens = debounced(async () => {
    const { content, chosen } = room;
    const text = content.points[chosen]?.text ?? null;
    if (text === null || content.kind === "numbers") {
      cut = null;
      return renderTokens();
    }
    if (cut?.text === text) return;
    const view = await room.latest("tokens", content.kind === "pictures" ? "clipTokens" : "tokens", { text: text.toWellFormed() });
    cut = view ? { text, view } : null;
    renderTokens();
  }, 120);
  function renderTokens() {
    const words = t().map.inside;
    const { content, chosen } = room;
    tokensTitle.textContent = content.kind === "numbers" ? words.columns : words.tokens;
    if (content.kind === "numbers") return fill(tokens, h("p", { class: "note" }, words.columnsNote(content.columns)));
    if (content.points[chosen]?.picture) return fill(tokens, h("p", { class: "note" }, words.picture));
    fill(tokens, ...(cut ? [tokenStrip(cut.view, "token"), ...tokenNotes(cut.view).map((note) => h("p", { class: "note" }, note))] : [h("p", { class: "note" }, t().inside.withheld)]));
  }

  function renderNumbers() {
    const words = t().map.inside;
    const three = compared();
    numbersTitle.textContent = three.length ? words.numbers(room.dim) : t().inside.numbersSoon;
    table.element.hidden = !three.length;
    if (!three.length) return fill(numbers, h("p", { class: "note" }, t().inside.withheld));
    films = three.map(({ name }) => barcode(name));
    fill(numbers, h("dl", { class: "codes" }, ...three.flatMap(({ name, kind }, at) => [h("dt", { class: kind || null, dir: "auto" }, name), h("dd", null, films[at].element)])), h("p", { class: "note" }, words.three));
    three.forEach(({ values }, at) => films[at].set([...values]));
    table.refresh();
  }

  /** Angle before, place after: the two numbers that the map has to reconcile. */
  function renderFlat() {
    const words = t().map.inside;
    const { layout, chosen, content } = room;
    mapTitle.textContent = words.flat;
    const three = compared().slice(1);
    if (!three.length || !layout) return fill(flat, h("p", { class: "note" }, t().inside.withheld));
    const order = nearestOnMap(layout.positions, chosen, content.points.length);
    const explained = layout.answer?.explained;
    fill(flat, plainTable(words.flat, [words.to, "cos", words.angle, words.place],
      three.map(({ at, name }) => {
        const cosine = dot(room.unit(chosen), room.unit(at));
        return [name, cosineText(cosine), `${degrees(cosine).toFixed(0)}°`, words.placeOf(order.indexOf(at) + 1, order.length)];
      })),
    h("p", { class: "note" }, words.how[layout.method]), explained ? h("p", { class: "note" }, words.explained(room.dim, percent(explained[0]), percent(explained[1]))) : null);
  }

  function render() {
    renderTokens();
    askTokens();
    renderNumbers();
    renderFlat();
  }
  function build() {
    const words = t().map.inside;
    /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
    fill(body, h("ol", { class: "steps" }, h("li", null, tokensTitle, tokens), h("li", null, numbersTitle, numbers, table.element), h("li", null, mapTitle, flat)),
      h("section", { class: "how" }, h("h2", { class: "lbl" }, t().inside.words), h("p", null, words.threeSentences),
        h("p", { class: "note" }, t().inside.code, " ", ...PARTS.flatMap(([key, path], at) => [at ? t().open.comma : "", h("code", null, path), ` ${words.codeParts[key]}`]))));
    render();
  }

  const soon = debounced(render, 60);
  for (const event of /** @type {const} */ (["chosen", "vectors"])) room.on(event, soon);
  room.on("layout", debounced(renderFlat, 250));
  room.on("language", build);
  room.on("theme", () => films.forEach((film) => film.draw()));
  room.on("visit", () => requestAnimationFrame(() => films.forEach((film) => film.draw())));
  build();
}
