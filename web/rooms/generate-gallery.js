// Fig. 3.6: the pictures of this visit, newest first. A deletion can be taken back.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { thumbOf } from "../ui/enlarge.js";
import { bytesOf, sheet, stateOf } from "./generate-png.js";
import { saveBlob } from "../ui/save.js";
import { toast } from "../ui/toast.js";

const SIDE = 96;
const PAGE = 24;

/** @param {HTMLElement} figure @param {GenerateRoom} room @param {(picture: KeptPicture) => void} startFrom */
export function mountGallery(figure, room, startFrom) {
  const caption = h("figcaption", null);
  const list = h("ol", { class: "shelf", id: "shelf" });
  const acts = h("div", { class: "acts" });
  const undone = h("div", { id: "shelf-removed", role: "status" });
  let shown = PAGE;
  /** @type {Map<string, HTMLCanvasElement>} */
  const faces = new Map();

  /** @param {KeptPicture} kept */
  function item(kept) {
    const { id, run, picture } = kept;
    const words = t().generate.gallery;
    const face = faces.get(id) ?? thumbOf(run.images[picture], SIDE);
    faces.set(id, face);
    const seed = run.options.seed + picture;
    const name = words.name(run.options.prompt, seed);
    const on = room.shown === run && Math.min(room.picture, run.images.length - 1) === picture;
    return h("li", { "data-id": id, class: on ? "on" : null },
      h("button", { type: "button", class: "face", "aria-label": words.show(name), "aria-pressed": String(on), title: run.options.prompt, onclick: () => room.show(run, picture) }, face),
      h("p", { class: "shelf-acts" },
        h("button", { type: "button", class: "plain small", "aria-label": words.knobsOf(name), onclick: () => room.store.set(stateOf(run, picture)) }, words.knobs),
        h("button", { type: "button", class: "plain small", "aria-label": words.startOf(name), onclick: () => startFrom(kept) }, words.start),
        h("button", { type: "button", class: "plain small", "aria-label": words.removeOf(name), onclick: () => remove(id) }, t().images.tray.remove)));
  }

  /** @param {string} id */
  function remove(id) {
    const at = room.gallery.pictures.findIndex((one) => one.id === id);
    room.gallery.remove(id);
    const next = list.children[Math.min(at, list.children.length - 1)];
    /** @type {HTMLElement | null} */ ((next ?? undone).querySelector("button"))?.focus();
  }

  /** All of it on one sheet. */
  async function saveSheet() {
    const bytes = await bytesOf(sheet(room.gallery.pictures.map(({ run, picture }) => run.images[picture])));
    if (!bytes) return;
    saveBlob("kindling-gallery.png", new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: "image/png" }));
    toast(t().acts.saved("kindling-gallery.png"));
  }

  function draw() {
    const words = t().generate.gallery;
    const { pictures, removed } = room.gallery;
    fill(caption, h("b", null, words.title), words.text);
    fill(list, ...pictures.slice(0, shown).map(item));
    list.hidden = !pictures.length;
    fill(undone, removed ? h("p", { class: "note" }, words.removed(removed.run.options.prompt, removed.run.options.seed + removed.picture), lang() === "zh" ? "" : " ",
      h("button", { type: "button", class: "plain small", id: "shelf-undo", onclick: () => room.gallery.undo() }, words.undo)) : !pictures.length ? h("p", { class: "note" }, words.empty) : null);
    fill(acts,
      pictures.length > shown ? h("button", { type: "button", class: "plain", onclick: () => { shown += PAGE; draw(); } }, words.more(pictures.length - shown)) : null,
      pictures.length > 1 ? h("button", { type: "button", class: "plain", id: "shelf-png", onclick: () => void saveSheet() }, words.save) : null);
  }

  figure.append(caption, list, undone, acts);
  for (const event of /** @type {const} */ (["gallery", "shown", "step", "language"])) room.on(event, () => (event === "step" ? mark() : draw()));
  /** Which one is on the stage; the film's slider moves often. */
  function mark() {
    room.gallery.pictures.slice(0, shown).forEach(({ run, picture }, at) => {
      const on = room.shown === run && Math.min(room.picture, run.images.length - 1) === picture;
      list.children[at]?.classList.toggle("on", on);
      list.children[at]?.querySelector(".face")?.setAttribute("aria-pressed", String(on));
    });
  }
  draw();
}
