// Fig. 5.4: k-means on the vectors, not on the map; how well separated, and with how many clusters best.

import { fill, h, langOf } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { numberField } from "../ui/number-field.js";
import { dot } from "./similarity.js";
import { unitOf } from "./map-numbers.js";

/** What k may be: ten marks can be told apart. */
export const MOST_CLUSTERS = 10;
const NAMED = 4;

/** The points nearest to the mean of each cluster. @param {ClusterAnswer} answer @param {MapRoom} room */
export function centralPoints({ k, clusters }, room) {
  return Array.from({ length: k }, (_, cluster) => {
    const points = clusters.flatMap((one, at) => (one === cluster ? [at] : []));
    const mean = new Float32Array(room.dim);
    for (const at of points) room.unit(at).forEach((value, place) => (mean[place] += value));
    const centre = unitOf(mean);
    return { points, central: points.map((at) => ({ at, cosine: dot(centre, room.unit(at)) })).sort((a, b) => b.cosine - a.cosine).slice(0, NAMED).map(({ at }) => at) };
  });
}

/** @param {HTMLElement} figure @param {MapRoom & {cluster: () => Promise<void>}} room */
export function mountClusters(figure, room) {
  const { store } = room;
  const k = numberField({ id: "map-k", least: 2, most: MOST_CLUSTERS, changed: (value) => store.set({ k: value }, { group: "k" }) });
  const suggest = h("button", { type: "button", class: "plain small", id: "map-suggest", onclick: () => store.set({ k: null }) });
  const show = h("button", { type: "button", class: "plain small", id: "map-show-clusters", onclick: () => { store.set({ colour: "cluster" }); document.getElementById("fig-map")?.scrollIntoView({ block: "nearest" }); } });
  const run = h("button", { type: "button", class: "go", id: "map-cluster-run", onclick: () => void room.cluster() });
  const readings = h("dl", { class: "readings" });
  const tried = h("ol", { class: "map-tried", id: "map-tried" });
  const list = h("ol", { class: "map-clusters", id: "map-clusters" });
  const note = h("p", { class: "note" });
  const controls = h("div", { class: "acts" }, k.element, suggest, show);

  /** @param {number | null} value */
  const silhouette = (value) => (value === null ? t().undefined : value.toFixed(2).replace("-", "\u2212"));

  function render() {
    const words = t().map.clusters;
    const { clusters: answer, content } = room;
    const few = content.points.length < 3;
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), controls, run, readings, tried, list, note);
    k.name("k");
    suggest.textContent = answer?.suggested ? words.suggest(answer.suggested) : words.suggestSoon;
    suggest.disabled = store.state.k === null || !answer?.suggested;
    show.textContent = words.show;
    show.disabled = !answer;
    run.textContent = words.run;
    run.hidden = answer !== null || !room.vectors || few;
    controls.hidden = few || !answer;
    if (!answer) {
      note.textContent = few ? words.few : "";
      for (const part of [readings, tried, list]) fill(part);
      return;
    }
    k.set(answer.k);
    fill(readings, h("div", null, h("dt", null, words.silhouette), h("dd", { id: "map-silhouette" }, silhouette(answer.silhouette))), h("div", null, h("dt", null, words.suggested), h("dd", { id: "map-suggested" }, answer.suggested === null ? t().undefined : String(answer.suggested))));
    const high = Math.max(0.01, ...answer.tried.map((one) => one.silhouette ?? 0));
    fill(tried, ...answer.tried.map((one) => {
      const item = h("li", { class: one.k === answer.suggested ? "best" : null },
        h("button", { type: "button", "aria-pressed": String(one.k === answer.k), title: words.take(one.k, silhouette(one.silhouette)), onclick: () => store.set({ k: one.k }) }, h("span", { class: "val" }, silhouette(one.silhouette)), h("i", null), h("b", null, h("span", { class: "hidden" }, "k = "), String(one.k))));
      item.style.setProperty("--p", String((Math.max(0, one.silhouette ?? 0) / high) * 100));
      return item;
    }));
    const parts = centralPoints(answer, room);
    fill(list, ...parts.map(({ points, central }, at) => h("li", null,
      h("button", { type: "button", onclick: () => room.select(points) }, words.name(at + 1)), h("span", { class: "count" }, words.size(points.length)),
      h("span", { class: "map-names" }, ...central.flatMap((one, place) => [place ? t().map.picked.between : "", h("bdi", { lang: langOf(content.points[one].name) }, content.points[one].name)])))));
    note.textContent = answer.silhouette === null ? words.undefinedWhy : answer.silhouette < 0.1 ? words.weak : words.note;
  }

  for (const event of /** @type {const} */ (["clusters", "content", "vectors", "language"])) room.on(event, render);
  store.onChange((changed) => {
    if (changed.has("k")) void room.cluster();
  });
  render();
}
