// Fig. 2.1: every picture against every label.

import { fill, h } from "../base/dom.js";
import { cosine as cosineText, percent } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { saveFigure } from "../ui/figure-png.js";
import { heatGrid } from "../ui/grid.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { thumb } from "../ui/thumb.js";
import { framed, namesMet, pictureOrder } from "./images-order.js";

const SIDE = 44;

/** @param {HTMLElement} figure @param {ImagesRoom} room */
export function mountMatrix(figure, room) {
  const { store } = room;
  const caption = h("figcaption", null);
  const tools = h("div", { class: "matrix-tools" });
  const reading = h("p", { class: "reading note", id: "matrix-reading" });
  const empty = h("p", { class: "empty" });
  const met = h("p", { class: "note", id: "names-met" });
  const acts = h("div", { class: "acts" });
  const grid = heatGrid({ id: "matrix", onPoint: point, onLeave: leave, onAct: (row, column) => choose(row, column) });
  const table = tableOnDemand(buildTable);
  const narrow = matchMedia("(max-width: 759px)");
  /** @type {Map<string, HTMLCanvasElement>} */
  const thumbs = new Map();
  /** Rows of the table in the order shown. @type {number[]} */
  let order = [];
  let turned = false;

  const isTurned = () => store.state.turned ?? narrow.matches;
  /** @param {number} row @param {number} column of the grid */
  const place = (row, column) => (turned ? { picture: order[column], label: row } : { picture: order[row], label: column });

  /** @param {number} row @param {number} column */
  function point(row, column) {
    const { pictures, labels, cosines, shares } = room.table();
    const { picture, label } = place(row, column);
    if (!pictures[picture] || labels[label] === undefined) return;
    const words = t().images.matrix;
    const cosine = cosines[picture][label], share = shares[picture][label];
    fill(reading, h("bdi", null, words.reading(pictures[picture].name[lang()], labels[label])),
      h("span", null, `${words.cosine} `, h("b", null, cosine === null ? "·" : cosineText(cosine))), h("span", null, `${words.share} `, h("b", null, share === null ? "·" : percent(share))));
    grid.mark(row, column);
  }
  function leave() {
    const at = grid.cursor();
    if (at && at.row >= 0 && at.column >= 0) return point(at.row, at.column);
    fill(reading, t().images.matrix.hint);
    grid.mark(-1, -1);
  }
  /** @param {number} row @param {number} column */
  function choose(row, column) {
    const { pictures } = room.table();
    const { picture } = place(row, column);
    if (pictures[picture]) room.choose(pictures[picture].id);
  }

  /** @param {Picture} picture */
  function face(picture) {
    const known = thumbs.get(picture.id) ?? thumb(picture, SIDE);
    thumbs.set(picture.id, known);
    return known;
  }

  function draw() {
    const data = room.table();
    const { pictures, labels, cosines, shares } = data;
    const { view, across, sort } = store.state;
    const words = t().images.matrix;
    const some = pictures.length > 0 && labels.length > 0;
    fill(caption, h("b", null, words.title), across === "labels" ? words.text : words.textAcross);
    for (const part of [tools, grid.element, reading, table.element, acts, met]) part.hidden = !some;
    empty.hidden = some;
    empty.textContent = words.empty;
    if (!some) return;
    order = pictureOrder(data, sort);
    turned = isTurned();
    const best = framed(data, across);
    const known = cosines.flat().filter((value) => value !== null);
    const low = Math.min(...known), range = Math.max(...known) - low || 1;
    const pictureHeads = order.map((at) => ({
      key: `picture ${pictures[at].id}`, content: face(pictures[at]), label: pictures[at].name[lang()], pressed: pictures[at] === room.chosen,
      act: () => room.choose(pictures[at].id),
    }));
    const labelHeads = labels.map((label) => ({
      key: `label ${label}`, content: h("bdi", null, label), label: words.sortBy(label), pressed: sort === `label:${label}`,
      act: () => store.set({ sort: sort === `label:${label}` ? "added" : `label:${label}` }),
    }));
    grid.table.classList.toggle("turned", turned);
    grid.table.classList.toggle("many", (turned ? pictures : labels).length > 8);
    grid.set({
      name: words.caption, corner: "",
      columns: turned ? pictureHeads : labelHeads, rows: turned ? labelHeads : pictureHeads,
      cell(row, column) {
        const { picture, label } = place(row, column);
        const cosine = cosines[picture][label], share = shares[picture][label];
        const value = view === "share" ? share : cosine;
        return {
          text: value === null ? "·" : view === "share" ? percent(value).replace("< ", "<").replace("> ", ">") : cosineText(value).slice(0, -1),
          heat: value === null ? 0 : view === "share" ? value : (value - low) / range,
          framed: cosine !== null && best.has(`${picture} ${label}`),
        };
      },
    });
    const { all, right, none } = namesMet(data);
    met.textContent = all && known.length === pictures.length * labels.length ? [words.right(right, all), none && words.none(none)].filter(Boolean).join(lang() === "zh" ? "" : " ") : "";
    table.refresh();
    leave();
    renderTools();
  }

  function renderTools() {
    const { view, across, sort } = store.state;
    for (const [name, value] of [["view", view], ["across", across]]) {
      for (const button of tools.querySelectorAll(`[data-${name}]`)) button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset[name] === value));
    }
    const select = /** @type {HTMLSelectElement | null} */ (tools.querySelector("select"));
    if (!select) return;
    const words = t().images.matrix.sorts;
    /** @type {[string, string][]} */
    const options = [["added", words.added], ["closest", words.closest], ["name", words.name]];
    if (sort.startsWith("label:")) options.push([sort, words.label(sort.slice(6))]);
    fill(select, ...options.map(([value, text]) => h("option", { value, selected: value === sort }, text)));
    select.value = sort;
  }

  function buildTable() {
    const { pictures, labels, cosines, shares } = room.table();
    const text = (/** @type {number | null} */ cosine, /** @type {number | null} */ share) => (cosine === null ? "·" : `${cosineText(cosine)} · ${percent(share ?? 0)}`);
    return plainTable(t().images.matrix.caption, [t().images.matrix.corner, ...labels], order.map((row) => [pictures[row].name[lang()], ...labels.map((_, label) => text(cosines[row][label], shares[row][label]))]));
  }

  function savePng() {
    grid.finish();
    return saveFigure(grid.table, { name: t().images.matrix.pngName, title: `${t().images.matrix.title}  ${caption.lastChild?.textContent ?? ""}`, foot: footnote() });
  }

  function build() {
    const words = t().images.matrix;
    const seg = (/** @type {string} */ name, /** @type {string} */ label, /** @type {[string, string][]} */ options, /** @type {(value: any) => void} */ set) =>
      h("div", { class: "pair-of" }, h("span", { class: "note", "aria-hidden": "true" }, label), h("div", { class: "seg small", role: "group", "aria-label": label },
        ...options.map(([value, text]) => h("button", { type: "button", [`data-${name}`]: value, onclick: () => set(value) }, text))));
    const sort = h("select", { id: "matrix-sort", onchange: () => store.set({ sort: sort.value }) });
    fill(tools,
      seg("view", words.view, [["share", words.share], ["cosine", words.cosine]], (view) => store.set({ view })),
      seg("across", words.across, [["labels", words.overLabels], ["pictures", words.overPictures]], (across) => store.set({ across })),
      h("p", { class: "field" }, h("label", { for: "matrix-sort" }, words.sort), sort));
    fill(acts, h("button", { type: "button", class: "plain", id: "matrix-turn", onclick: () => store.set({ turned: !isTurned() }) }, words.turn), h("button", { type: "button", class: "plain", id: "matrix-png", onclick: () => void savePng() }, t().acts.png));
    /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
    draw();
  }

  /** What makes the numbers, for a picture that leaves the page. */
  const footnote = () => `${store.state.template} · ${t().images.answer.temperature} ${Number((1 / room.scale()).toPrecision(2))} · Kindling`;

  let timer = 0;
  /** Once for whatever happens in one go. */
  const soon = () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      draw();
      room.emit("matrix");
    });
  };

  figure.append(caption, tools, reading, grid.element, empty, acts, met, table.element);
  for (const event of /** @type {const} */ (["pictures", "vectors", "chosen", "ready"])) room.on(event, soon);
  room.on("language", build);
  store.onChange(soon);
  narrow.addEventListener("change", soon);
  build();
}
