// The embedding map lab: texts, pictures or numbers as points; near in meaning, near on the map, or not.

import { byId, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { mountMapActs } from "./map-acts.js";
import { mountClusters } from "./map-clusters.js";
import { withMap } from "./map-core.js";
import { FIRST } from "./map-examples.js";
import { mountInside } from "./map-inside.js";
import { mountKnobs } from "./map-knobs.js";
import { mountNear } from "./map-near.js";
import { mountPairs } from "./map-pairs.js";
import { mountPlot } from "./map-plot.js";
import { mapCodec } from "./map-share.js";
import { isOwn, mountSource } from "./map-source.js";
import { mountSum, SUMS } from "./map-sum.js";
import { mountTable } from "./map-table.js";
import { createRoom, debounced, listenForKeys } from "./room.js";

/** Longer than after a key in the other labs: a whole map is made anew. */
const REST_MILLIS = 600;

/** @param {Lang} language @returns {MapState} */
const freshState = (language) => ({
  source: FIRST, text: "", pictures: [], captions: "", readAs: "auto", textColumn: null, groupColumn: null,
  method: "pca", perplexity: 15, neighbours: 15, minDist: 0.1, steps: 500, seed: 1, colour: "group", k: null, query: "", model: "", ...SUMS[language][0],
});

/** What a change means: other points, or the same points laid out anew. @type {(keyof MapState)[]} */
const SOURCE = ["source", "text", "pictures", "captions", "readAs", "textColumn", "groupColumn"];
/** @type {Record<Projection, (keyof MapState)[]>} */
const KNOBS = { pca: ["method"], tsne: ["method", "perplexity", "steps", "seed"], umap: ["method", "neighbours", "minDist", "steps", "seed"] };

/** @type {LabDefinition<MapState>["mount"]} */
function mount(element, session, store, { onError }) {
  const room = withMap(createRoom(session, store, "encoder", onError), { onError });
  const body = byId("map-body"), figures = byId("map-figures");
  const figure = (/** @type {string} */ id) => {
    const place = h("figure", { class: "fig", id });
    figures.append(place);
    return place;
  };
  mountSource(body, element, room);
  const { figure: map } = mountPlot(body, room, byId("map-announce"));
  mountKnobs(body, room);
  mountTable(body, room);
  mountNear(figure("fig-near"), room);
  mountPairs(figure("fig-pairs"), room);
  mountClusters(figure("fig-clusters"), room);
  mountSum(figure("fig-sum"), room);
  mountInside(byId("map-inside-body"), room);
  mountMapActs(byId("map-acts"), room, { fresh: () => freshState(lang()), figure: map });
  listenForKeys(element, room);

  const load = debounced(() => void room.load(), REST_MILLIS);
  const again = debounced(() => room.run(), 300);
  store.onChange((changed, source) => {
    if (SOURCE.some((key) => changed.has(key))) return source === "edit" ? load() : load.now();
    if (KNOBS[store.state.method].some((key) => changed.has(key))) return changed.has("method") ? again.now() : again();
  });
  room.on("ready", load.now);
  room.on("run", () => room.run());
  room.on("cancel", () => {
    if (room.work) room.stop();
  });
  // One's own points are the same in every language.
  room.on("language", () => {
    if (!isOwn(store.state.source)) load.now();
  });
  return { room, refresh: () => room.emit("waiting") };
}

/** What the page itself put in follows the language. @param {MapState} state @param {Lang} language @returns {Partial<MapState>} */
function translated({ a, b, c }, language) {
  const other = language === "zh" ? "en" : "zh";
  const at = SUMS[other].findIndex((sum) => sum.a === a && sum.b === b && sum.c === c);
  return at < 0 ? {} : SUMS[language][at];
}

/** @type {LabDefinition<MapState>} */
export const mapLab = { id: "map", model: "encoder", codec: mapCodec, title: () => t().map.title, fresh: freshState, translated, mount };
