// Fig. 5.2: the neighbours of the chosen point where they were before the map pressed them flat.

import { fill, h, langOf } from "../base/dom.js";
import { cosine as cosineText } from "../base/format.js";
import { t } from "../i18n/index.js";
import { nearest, nearestOnMap } from "./map-numbers.js";
import { NEAR } from "./map-plot.js";
import { debounced } from "./room.js";

/** @param {HTMLElement} figure @param {MapRoom} room */
export function mountNear(figure, room) {
  const title = h("p", { class: "says", id: "map-chosen", dir: "auto" });
  const list = h("ol", { class: "map-near", id: "map-near" });
  const note = h("p", { class: "note", id: "map-near-note" });

  function render() {
    const words = t().map.near;
    const { content, chosen, vectors, layout } = room;
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), title, list, note);
    const point = content.points[chosen];
    if (!point || !vectors) {
      title.textContent = words.empty;
      note.textContent = "";
      return fill(list);
    }
    const group = point.group === null ? "" : content.groups[point.group];
    fill(title, h("bdi", { lang: langOf(point.name) }, point.name), group ? h("span", { class: "ms" }, group) : null);
    const found = nearest(room.unit(chosen), content.points.length, room.unit, { most: NEAR, without: (at) => at === chosen });
    const places = layout ? nearestOnMap(layout.positions, chosen, content.points.length) : [];
    const rank = new Map(places.map((at, place) => [at, place + 1]));
    const high = Math.max(0.01, ...found.map(({ cosine }) => cosine));
    fill(list, ...found.map(({ at, cosine }, place) => {
      const where = rank.get(at) ?? 0;
      const item = h("li", { class: place ? null : "top", "data-at": String(at) },
        h("button", { type: "button", onclick: () => room.choose(at) }, h("bdi", { lang: langOf(content.points[at].name) }, content.points[at].name)),
        h("span", { class: "bar", "aria-hidden": "true" }, h("i", null)), h("span", { class: "val" }, cosineText(cosine)),
        h("span", { class: "map-where", "data-far": String(where > NEAR) }, layout ? words.onMap(where) : ""));
      item.style.setProperty("--p", String((Math.max(0, cosine) / high) * 100));
      return item;
    }));
    const far = found.filter(({ at }) => (rank.get(at) ?? 0) > NEAR).length;
    // With so few points everybody is among the nearest.
    note.textContent = !layout || !found.length ? (found.length ? "" : words.alone) : content.points.length - 1 <= NEAR ? "" : far ? words.far(far, found.length, NEAR) : words.allNear(found.length, NEAR);
  }

  const soon = debounced(render, 0);
  for (const event of /** @type {const} */ (["chosen", "layout", "vectors", "content"])) room.on(event, soon);
  room.on("language", render);
  render();
}
