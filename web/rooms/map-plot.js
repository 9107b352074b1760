// Fig. 5.1: the map itself, with the method above it and what was lost below it.

import { fill, h } from "../base/dom.js";
import { megabytes, percent } from "../base/format.js";
import { lang, locale, t } from "../i18n/index.js";
import { listed } from "../listed.js";
import { onSettled, setField } from "../ui/field.js";
import { MARKS } from "../ui/marks.js";
import { progressNote } from "../ui/progress.js";
import { createScatter } from "../ui/scatter.js";
import { meanCosine, nearest } from "./map-numbers.js";

/** So many true neighbours are tied to the chosen point, and listed below the map. */
export const NEAR = 6;
/** Groups beyond the marks that can be told apart are shown without one. */
const MOST_GROUPS = MARKS.length;
const METHODS = /** @type {const} */ (["pca", "tsne", "umap"]);
const COLOURS = /** @type {const} */ (["group", "cluster", "kept"]);
const TOOLS = /** @type {const} */ (["move", "lasso", "box"]);

/** A row of choices of which one is pressed. @param {string} id @param {(value: string) => void} choose */
function choices(id, choose) {
  const element = h("div", { class: "seg small", role: "group", id });
  return {
    element,
    /** @param {string} name @param {[string, string, boolean?][]} options value, words, unusable @param {string} now */
    set(name, options, now) {
      element.setAttribute("aria-label", name);
      const focused = element.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.value : null;
      fill(element, ...options.map(([value, words, unusable]) => h("button", { type: "button", "data-value": value, "aria-pressed": String(value === now), disabled: unusable, onclick: () => choose(value) }, words)));
      if (focused) /** @type {HTMLElement | null} */ (element.querySelector(`[data-value="${focused}"]`))?.focus({ preventScroll: true });
    },
  };
}

/** @param {HTMLElement} body @param {MapRoom & {vectorsOf: {asks: boolean, wantClip: () => void}, load: () => Promise<void>, cluster: () => Promise<void>}} room @param {HTMLElement} announce */
export function mountPlot(body, room, announce) {
  const { store } = room;
  const method = choices("map-method", (value) => store.set({ method: /** @type {Projection} */ (value) }));
  const colour = choices("map-colour", (value) => store.set({ colour: /** @type {MapColour} */ (value) }));
  /** @type {import("../ui/scatter.js").Tool} */
  let tool = "move";
  const tools = choices("map-tool", (value) => {
    tool = /** @type {typeof tool} */ (value);
    plot.setTool(tool);
    renderTools();
  });
  const state = h("div", { class: "map-state" });
  const plot = createScatter({
    onChoose: (at) => room.choose(at),
    onSelect: (points, more) => {
      if (!more) return room.select(points);
      const next = new Set(room.selected);
      for (const at of points) if (!next.delete(at)) next.add(at);
      room.select(next);
    },
  });
  plot.element.id = "map-plot";
  const empty = h("p", { class: "map-empty" });
  const zooms = h("div", { class: "map-zooms" });
  const search = h("input", { type: "search", id: "map-search", class: "map-search", maxlength: "200", dir: "auto", autocomplete: "off", spellcheck: "false" });
  const found = h("span", { class: "note", role: "status" });
  const caption = h("figcaption", null);
  const readings = h("dl", { class: "readings map-readings" });
  const warning = h("p", { class: "note map-warning" });
  const picked = h("div", { class: "map-picked", id: "map-picked", hidden: true });
  const bar = h("div", { class: "map-bar" }, method.element, colour.element);
  const row = h("div", { class: "map-tools" });
  /** @type {ReturnType<typeof progressNote> | null} */
  let progress = null;
  let shown = room.content;

  onSettled(search, (query) => store.set({ query }, { group: "query" }));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
    // Enter goes from one match to the next.
    const matches = [...room.matches()];
    const next = matches.find((at) => at > room.chosen) ?? matches[0];
    if (next === undefined) return;
    event.preventDefault();
    room.choose(next);
    plot.reveal(next);
  });

  /** The groups that colour and shape tell, largest first where there are too many. @returns {{groups: (number | null)[], names: string[], more: number}} */
  function groups() {
    const { content, clusters } = room;
    if (store.state.colour === "cluster" && clusters) return { groups: clusters.clusters, names: Array.from({ length: clusters.k }, (_, at) => t().map.clusters.name(at + 1)), more: 0 };
    const sizes = content.groups.map((_, group) => content.points.filter((point) => point.group === group).length);
    const kept = sizes.map((_, at) => at).sort((a, b) => sizes[b] - sizes[a]).slice(0, MOST_GROUPS).sort((a, b) => a - b);
    const places = new Map(kept.map((group, at) => [group, at]));
    return { groups: content.points.map(({ group }) => (group === null ? null : (places.get(group) ?? null))), names: kept.map((group) => content.groups[group]), more: content.groups.length - kept.length };
  }

  function renderPoints() {
    const { content, layout } = room;
    const fresh = shown !== content;
    shown = content;
    empty.hidden = layout !== null;
    plot.element.classList.toggle("waiting", layout === null);
    if (!layout || layout.positions.length !== 2 * content.points.length) {
      plot.set({ positions: new Float32Array(), names: [], groups: [], groupNames: [], tints: null, links: [], faces: null }, true);
      return;
    }
    const told = groups();
    const tints = store.state.colour === "kept" && layout.answer?.kept !== null && layout.answer ? layout.answer.kept_by_point : null;
    const faces = content.kind === "pictures" ? content.points.map(({ picture }) => picture?.face ?? null) : null;
    plot.set({ positions: layout.positions, names: content.points.map(({ name }) => name), groups: told.groups, groupNames: told.names, tints, links: content.links, faces }, fresh);
    renderMarks();
  }

  function renderMarks() {
    const { vectors, chosen, layout } = room;
    const near = vectors && chosen >= 0 && layout ? nearest(room.unit(chosen), room.content.points.length, room.unit, { most: NEAR, without: (at) => at === chosen }).map(({ at }) => at) : [];
    plot.mark({ chosen: layout ? chosen : -1, near, matches: room.matches(), selected: room.selected });
    found.textContent = store.state.query.trim() ? t().map.plot.found(room.matches().size) : "";
  }

  function renderState() {
    const { work } = room;
    const words = t().map.plot;
    const { models } = room.session.status;
    if (room.vectorsOf.asks && room.ready) {
      progress = null;
      empty.textContent = "";
      fill(state);
      return fill(empty, h("span", null, words.needsClip), " ", h("button", { type: "button", class: "go", id: "map-fetch-clip", onclick: () => { room.vectorsOf.wantClip(); void room.load(); } }, `${t().open.fetch}, ${megabytes(listed.models.clip)}`));
    }
    empty.textContent = !room.ready ? words.waiting : !room.content.points.length && !work ? words.nothing : room.layout ? "" : words.working;
    if (!work) {
      progress = null;
      const { layout } = room;
      return fill(state, layout && !layout.answer ? h("span", { class: "note", role: "status" }, words.stopped(layout.step, layout.steps)) : null);
    }
    const name = work.phase === "vectors" ? words.vectors : words.moving;
    if (!progress || state.dataset.name !== name) {
      state.dataset.name = name;
      fill(state, (progress = progressNote({ name, onCancel: () => room.stop() })).element);
    }
    const clip = models.clip.phase === "opening" && room.content.kind === "pictures" ? models.clip.progress : null;
    progress.update(clip ?? { phase: work.phase, done: work.done, total: work.total, unit: work.phase === "vectors" ? "rows" : "steps" }, clip ? t().open.fetching : name);
  }

  function renderTools() {
    const words = t().map.plot;
    const { content, layout } = room;
    method.set(words.method, METHODS.map((one) => [one, words.methods[one]]), store.state.method);
    colour.set(words.colour, COLOURS.map((one) => [one, one === "group" && !content.groups.length ? words.plain : words.colours[one], (one === "kept" && (layout?.answer?.kept ?? null) === null)]), store.state.colour);
    tools.set(words.tool, TOOLS.map((one) => [one, words.tools[one]]), tool);
  }

  function renderReadings() {
    const words = t().map.plot;
    const { layout, content, dim } = room;
    const answer = layout?.answer ?? null;
    const count = content.points.length;
    fill(caption, h("b", null, words.title), words.text(content.kind, dim, count, content.groups.length > 0), groups().more ? ` ${words.moreGroups(groups().more)}` : "");
    const read = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ id) => h("div", null, h("dt", null, name), h("dd", { id }, value));
    const k = Math.min(10, count - 1);
    fill(readings, ...(answer ? [
      answer.kept === null ? read(words.keptUndefined, "–", "map-kept") : read(words.kept(k), percent(Math.round(answer.kept * 1e6) / 1e6), "map-kept"),
      answer.explained ? read(words.explained, percent(answer.explained[0] + answer.explained[1]), "map-explained") : null,
    ] : []));
    const notes = [];
    if (answer && answer.kept !== null && count - 1 <= 10) notes.push(words.keptTrivial);
    else if (answer && answer.kept !== null) notes.push(words.lost(Math.round((1 - answer.kept) * k * 10) / 10, k));
    if (layout) notes.push(words.mislead[layout.method]);
    warning.textContent = notes.join(lang() === "zh" ? "" : " ");
  }

  function renderPicked() {
    const words = t().map.picked;
    const points = [...room.selected];
    picked.hidden = !points.length;
    if (!points.length) return;
    const mean = room.vectors ? meanCosine(points, room.unit) : null;
    const all = room.vectors ? meanCosine(room.content.points.map((_, at) => at), room.unit) : null;
    const number = (/** @type {number | null} */ value) => (value === null ? t().undefined : value.toFixed(2).replace("-", "\u2212"));
    fill(picked, h("p", null, h("strong", null, words.count(points.length, room.content.points.length)), " ", h("button", { type: "button", class: "plain small", onclick: () => room.select([]) }, words.clear)),
      h("p", { class: "map-names", dir: "auto" }, points.slice(0, 40).map((at) => room.content.points[at].name).join(words.between), points.length > 40 ? words.more(points.length - 40) : ""),
      h("p", { class: "note" }, mean === null ? words.one : words.mean(number(mean), number(all))));
  }

  function say() {
    const at = room.chosen;
    const point = room.content.points[at];
    if (!point || !room.vectors) return;
    const [first] = nearest(room.unit(at), room.content.points.length, room.unit, { most: 1, without: (one) => one === at });
    const group = point.group === null ? "" : room.content.groups[point.group];
    announce.textContent = t().map.plot.announce(point.name, group, first ? room.content.points[first.at].name : "", first ? first.cosine.toFixed(2) : "");
  }

  function build() {
    const words = t().map.plot;
    plot.describe(words.name, words.keys);
    search.placeholder = words.search;
    search.setAttribute("aria-label", words.search);
    const small = (/** @type {string} */ id, /** @type {string} */ text, /** @type {string} */ name, /** @type {() => void} */ run) => h("button", { type: "button", class: "plain small", id, "aria-label": name || null, title: name || words.fitName, onclick: run }, text);
    fill(zooms, small("map-zoom-out", "\u2212", words.out, plot.zoomOut), small("map-zoom-in", "+", words.in, plot.zoomIn), small("map-fit", words.fit, "", plot.fit));
    fill(row, tools.element, zooms, h("span", { class: "map-find" }, search, found));
    renderTools();
    renderState();
    renderPoints();
    renderReadings();
    renderPicked();
  }

  body.append(h("figure", { class: "fig map-fig", id: "fig-map" }, bar, h("div", { class: "map-frame" }, plot.element, empty, state), row, caption, readings, warning, picked));
  room.on("content", () => { renderTools(); renderPoints(); renderReadings(); renderState(); renderPicked(); });
  room.on("layout", () => { renderPoints(); renderReadings(); renderTools(); });
  room.on("vectors", () => { renderMarks(); renderReadings(); });
  room.on("clusters", () => { if (store.state.colour === "cluster") renderPoints(); });
  room.on("work", renderState);
  room.on("waiting", renderState);
  room.on("ready", renderState);
  room.on("chosen", () => {
    renderMarks();
    plot.reveal(room.chosen);
    say();
  });
  room.on("selected", () => { renderMarks(); renderPicked(); });
  room.on("theme", plot.restyle);
  room.on("visit", () => requestAnimationFrame(plot.resize));
  room.on("language", build);
  store.onChange((changed, source) => {
    if (changed.has("method")) renderTools();
    if (changed.has("colour")) {
      renderTools();
      renderPoints();
      if (store.state.colour === "cluster" && !room.clusters) void room.cluster();
    }
    if (changed.has("query")) {
      if (source !== "edit") setField(search, store.state.query);
      renderMarks();
    }
  });
  setField(search, store.state.query);
  plot.setTool(tool);
  build();
  return { plot, figure: () => /** @type {HTMLElement} */ (plot.element), locale };
}
