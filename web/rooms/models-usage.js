// How much room there is, and whether the browser has promised to keep what is stored.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { sizeText } from "./models-words.js";

/** @param {HTMLElement} figure @param {ModelsRoom} room */
export function mountUsage(figure, room) {
  const caption = h("figcaption", null);
  const place = h("div", { id: "usage" });
  figure.append(caption, place);

  function draw() {
    const words = t().models.usage;
    const { usage, refusedToKeep } = room;
    fill(caption, h("b", null, words.name));
    if (!usage) return fill(place);
    const { used, quota, models, persisted, place: where } = usage;
    const bar = h("div", { class: "room-bar", role: "img", "aria-label": words.used(sizeText(used), sizeText(quota)) }, h("i", null), h("i", null));
    const share = (/** @type {number} */ bytes) => String(quota ? Math.min(100, (bytes / quota) * 100) : 0);
    bar.style.setProperty("--used", share(used));
    bar.style.setProperty("--models", share(models));
    fill(place, bar, h("p", null, [words.used(sizeText(used), sizeText(quota)), models ? words.models(sizeText(models)) : ""].filter(Boolean).join(t().open.comma) + t().open.stop),
      where === "memory" ? h("p", { class: "note" }, h("span", { class: "badge" }, t().models.list.places.memory), " ", words.memory)
        : persisted === null ? null : h("p", { class: "note" }, persisted ? words.persisted : words.fleeting, refusedToKeep && !persisted ? t().generate.space + words.refused : ""),
      persisted === false && where !== "memory" ? h("p", { class: "acts" }, h("button", { type: "button", class: "plain small", id: "usage-keep", onclick: () => void room.keep(true) }, words.ask)) : null);
  }
  for (const event of /** @type {const} */ (["stored", "language"])) room.on(event, draw);
  draw();
}
