// What the chosen method can be asked for, and what it really used.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { numberField } from "../ui/number-field.js";
import { rangeField } from "../ui/range-field.js";

/** What may be asked for; the data may allow less, and then the answer says so. */
export const LIMITS = { perplexity: [2, 100], neighbours: [2, 100], minDist: [0, 0.99], steps: [50, 2000], seed: [0, 2 ** 32 - 1] };

/** @param {HTMLElement} body @param {MapRoom} room */
export function mountKnobs(body, room) {
  const { store } = room;
  const [few, many] = LIMITS.perplexity;
  const perplexity = rangeField({ id: "map-perplexity", least: few, most: many, step: 1, changed: (value) => store.set({ perplexity: value }, { group: "perplexity" }) });
  const neighbours = rangeField({ id: "map-neighbours", least: LIMITS.neighbours[0], most: LIMITS.neighbours[1], step: 1, changed: (value) => store.set({ neighbours: value }, { group: "neighbours" }) });
  const minDist = rangeField({ id: "map-min-dist", least: 0, most: LIMITS.minDist[1], step: 0.01, changed: (value) => store.set({ minDist: value }, { group: "minDist" }) });
  const steps = numberField({ id: "map-steps", least: LIMITS.steps[0], most: LIMITS.steps[1], step: 10, changed: (value) => store.set({ steps: value }, { group: "steps" }) });
  const seed = numberField({ id: "map-seed", least: 0, most: LIMITS.seed[1], changed: (value) => store.set({ seed: value }, { group: "seed" }) });
  const another = h("button", { type: "button", class: "plain small", id: "map-another", onclick: () => store.set({ seed: Math.floor(Math.random() * 1000) }) });
  const rerun = h("button", { type: "button", class: "plain small", id: "map-rerun", onclick: () => room.run() });
  const knobs = h("div", { class: "map-knobs", id: "map-knobs" });
  const note = h("p", { class: "note", id: "map-used", role: "status" });

  function render() {
    const words = t().map.knobs;
    const { state } = store;
    const random = state.method !== "pca";
    knobs.hidden = !random;
    perplexity.set(words.perplexity, state.perplexity, String(state.perplexity));
    neighbours.set(words.neighbours, state.neighbours, String(state.neighbours));
    minDist.set(words.minDist, state.minDist, state.minDist.toFixed(2));
    steps.name(words.steps);
    steps.set(state.steps);
    seed.name(words.seed);
    seed.set(state.seed);
    another.textContent = words.another;
    rerun.textContent = words.rerun;
    perplexity.element.hidden = state.method !== "tsne";
    neighbours.element.hidden = minDist.element.hidden = state.method !== "umap";
    renderUsed();
  }

  /** Says where less was used than was asked for. */
  function renderUsed() {
    const words = t().map.knobs;
    const { layout, content } = room;
    const { state } = store;
    const used = layout?.answer?.used;
    const told = !used || layout?.method !== state.method ? [] : /** @type {[string, number, number | null][]} */ ([
      [words.perplexity, state.perplexity, state.method === "tsne" ? used.perplexity : null], [words.neighbours, state.neighbours, state.method === "umap" ? used.neighbours : null],
      [words.minDist, state.minDist, state.method === "umap" ? used.min_dist : null], [words.steps, state.steps, state.method === "pca" ? null : used.steps],
    ]).filter(([, asked, got]) => got !== null && Math.abs(asked - got) > 1e-4 * Math.max(1, asked)).map(([name, asked, got]) => words.clamped(name, String(asked), String(Number(Number(got).toFixed(2))), content.points.length));
    note.textContent = told.join(" ");
    note.hidden = !told.length;
  }

  fill(knobs, perplexity.element, neighbours.element, minDist.element, steps.element, seed.element, h("p", { class: "acts" }, another, rerun));
  body.append(knobs, note);
  room.on("layout", renderUsed);
  room.on("content", renderUsed);
  room.on("language", render);
  store.onChange(render);
  render();
}
