// What the map lab saves, and its row of acts.

import { t } from "../i18n/index.js";
import { saveFigure } from "../ui/figure-png.js";
import { mountActs, saveJson, saveTable } from "./acts.js";
import { mapCodec } from "./map-share.js";

/** @param {HTMLElement} row @param {MapRoom} room @param {{fresh: () => MapState, figure: () => HTMLElement}} options */
export function mountMapActs(row, room, { fresh, figure }) {
  const ready = () => room.layout !== null;
  mountActs(row, room, {
    lab: "map", prefix: "map", codec: mapCodec, fresh, events: ["content", "layout", "vectors", "selected"],
    savings: [
      { name: "png", label: () => t().acts.png, ready, run: () => saveFigure(figure(), { name: "kindling-map.png", title: title(room), foot: foot(room) }) },
      { name: "csv", label: () => t().acts.csv, ready, run: () => saveCsv(room, false) },
      { name: "csv-vectors", label: () => t().map.acts.csvVectors, ready: () => ready() && room.vectors !== null, run: () => saveCsv(room, true) },
      { name: "json", label: () => t().acts.json, ready, run: () => saveAll(room) },
    ],
  });
}

/** @param {MapRoom} room */
const title = (room) => `${t().map.plot.title}  ${t().map.plot.methods[room.layout?.method ?? "pca"]}`;
/** @param {MapRoom} room */
const foot = (room) => `Kindling${t().open.comma}${t().map.acts.points(room.content.points.length)}`;

/** One line a point; the vectors as the model gave them, where they are asked for. @param {MapRoom} room @param {boolean} withVectors */
export function rowsOf({ content, layout, clusters, selected, vectors, dim }, withVectors) {
  const columns = ["name", "group", "x", "y", "cluster", "kept", "selected", ...(withVectors ? Array.from({ length: dim }, (_, at) => `v${at + 1}`) : [])];
  const answer = layout?.answer;
  const rows = content.points.map(({ name, group }, at) => [
    name, group === null ? "" : content.groups[group], String(layout?.positions[2 * at] ?? ""), String(layout?.positions[2 * at + 1] ?? ""),
    clusters ? String(clusters.clusters[at] + 1) : "", answer && answer.kept !== null ? String(answer.kept_by_point[at] ?? "") : "", selected.has(at) ? "1" : "",
    ...(withVectors && vectors ? [...vectors.subarray(at * dim, (at + 1) * dim)].map(String) : []),
  ]);
  return { columns, rows };
}

/** @param {MapRoom} room @param {boolean} withVectors */
function saveCsv(room, withVectors) {
  const { columns, rows } = rowsOf(room, withVectors);
  return saveTable(room, withVectors ? "kindling-map-vectors.csv" : "kindling-map.csv", columns, rows);
}

/** Names and numbers, never the pictures. @param {MapRoom} room */
function saveAll(room) {
  const { content, layout, clusters, vectors, dim, selected } = room;
  const { models, opened } = room.session.status;
  const answer = layout?.answer ?? null;
  const { method, perplexity, neighbours, minDist, steps, seed } = room.store.state;
  saveJson("kindling-map.json", {
    lab: "map", version: 1, device: opened?.device, model: content.kind === "numbers" ? null : models[content.kind === "pictures" ? "clip" : "encoder"].info,
    asked: { method, perplexity, neighbours, min_dist: minDist, steps, seed }, used: answer?.used ?? null, explained: answer?.explained ?? null, kept: answer?.kept ?? null,
    clusters: clusters && { k: clusters.k, silhouette: clusters.silhouette, suggested: clusters.suggested, tried: clusters.tried },
    groups: content.groups, pairs: content.links,
    points: content.points.map(({ name, group }, at) => ({
      name, group: group === null ? null : content.groups[group], x: layout?.positions[2 * at] ?? null, y: layout?.positions[2 * at + 1] ?? null,
      cluster: clusters ? clusters.clusters[at] + 1 : null, kept: answer?.kept === null ? null : (answer?.kept_by_point[at] ?? null), selected: selected.has(at),
      vector: vectors ? [...vectors.subarray(at * dim, (at + 1) * dim)] : null,
    })),
  });
}
