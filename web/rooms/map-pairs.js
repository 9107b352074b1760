// Fig. 5.3: do the two of each pair find each other? Worked out from the vectors, never claimed.

import { fill, h, langOf } from "../base/dom.js";
import { cosine as cosineText } from "../base/format.js";
import { t } from "../i18n/index.js";
import { pairsOf } from "./map-numbers.js";

/** @param {HTMLElement} figure @param {MapRoom} room */
export function mountPairs(figure, room) {
  const says = h("p", { class: "share", id: "map-mutual" });
  const tiles = h("ol", { class: "map-tiles", id: "map-tiles" });
  const note = h("p", { class: "note" });

  function render() {
    const words = t().map.pairs;
    const { content, vectors } = room;
    figure.hidden = !content.links.length;
    if (figure.hidden) return;
    const kind = content.kind === "pictures" ? "pictures" : "words";
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text[kind]), says, tiles, note);
    if (!vectors) return fill(says);
    const pairs = pairsOf(content.links, room.unit);
    const mutual = pairs.filter((pair) => pair.mutual).length;
    fill(says, h("span", { class: "big" }, words.count(mutual, pairs.length)), h("strong", null, words.mutual[kind]));
    const name = (/** @type {number} */ at) => h("bdi", { lang: langOf(content.points[at].name) }, content.points[at].name);
    // The ones that miss come first: they are what there is to learn from.
    fill(tiles, ...[...pairs].sort((x, y) => Number(x.mutual) - Number(y.mutual) || y.cosine - x.cosine).map(({ a, b, cosine, forth, back, mutual: found }) => h("li", { "data-mutual": String(found) },
      h("button", { type: "button", onclick: () => room.choose(a) }, content.points[a].picture?.face ? copyOf(content.points[a].picture?.face ?? null) : name(a), " ", name(b)),
      h("span", { class: "val" }, cosineText(cosine)),
      found ? null : h("em", null, ...(forth === b ? [] : [name(a), " → ", name(forth)]), forth !== b && back !== a ? words.between : "", ...(back === a ? [] : [name(b), " → ", name(back)])))));
    note.textContent = mutual < pairs.length ? words.misses[kind] : words.all;
  }

  for (const event of /** @type {const} */ (["content", "vectors", "language"])) room.on(event, render);
  room.on("theme", render);
  render();
}

/** A canvas lies in one place only, so each tile has its own. @param {HTMLCanvasElement | null} face */
function copyOf(face) {
  const canvas = h("canvas", { class: "map-face", "aria-hidden": "true" });
  if (!face) return canvas;
  canvas.width = canvas.height = 64;
  canvas.getContext("2d")?.drawImage(face, 0, 0, 64, 64);
  return canvas;
}
