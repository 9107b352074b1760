// Undo, redo, reset, share link, export of the whole matrix.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { writeHash } from "../share.js";
import { offerLink, saveFile } from "../ui/save.js";
import { toast } from "../ui/toast.js";
import { imagesCodec } from "./images-share.js";
import { setOf } from "./samples.js";

/**
 * @param {HTMLElement} row
 * @param {ImagesRoom} room
 * @param {{fresh: () => ImagesState, escape: {get: () => boolean, set: (on: boolean) => void}}} options
 */
export function mountActs(row, room, { fresh, escape }) {
  const { store } = room;
  const shown = h("input", { class: "link", readonly: true, hidden: true, "aria-label": "" });
  /** @type {Record<string, HTMLButtonElement>} */
  let buttons = {};

  function build() {
    const words = t().acts;
    const make = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ run) => (buttons[name] = h("button", { type: "button", class: "plain", id: `images-${name}`, onclick: run }, text));
    const check = h("input", { type: "checkbox", id: "images-escape", checked: escape.get(), onchange: () => escape.set(check.checked) });
    fill(row,
      h("div", { class: "group" }, make("undo", words.undo, () => store.undo()), make("redo", words.redo, () => store.redo()), make("reset", words.reset, reset)),
      h("div", { class: "group" }, make("link", words.link, () => void offerLink(writeHash("images", imagesCodec, store.state, lang()), shown)), make("csv", words.csv, () => void saveCsv()), make("json", words.json, saveJson)),
      shown,
      h("p", { class: "keys note" }, h("kbd", null, /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"), "+", h("kbd", null, "Enter"), ` ${t().keys.run}`, h("label", null, check, t().keys.toggle)));
    shown.setAttribute("aria-label", words.linkShown);
    refresh();
  }

  function refresh() {
    buttons.undo.disabled = !store.canUndo;
    buttons.redo.disabled = !store.canRedo;
    const { pictures, labels } = room.table();
    buttons.csv.disabled = buttons.json.disabled = !pictures.length || !labels.length;
  }

  function reset() {
    store.set(fresh());
    toast(t().acts.resetDone);
  }

  /** One line a picture: the closest label, then every cosine, then every share. */
  async function saveCsv() {
    const { pictures, labels, cosines, shares, best } = room.table();
    const columns = ["picture", "format", "width", "height", "closest", ...labels.map((label) => `cos ${label}`), ...labels.map((label) => `share ${label}`)];
    const number = (/** @type {number | null} */ value) => (value === null ? "" : String(value));
    const rows = pictures.map(({ name, answer }, at) => [
      name[lang()], answer?.format ?? "", String(answer?.width ?? ""), String(answer?.height ?? ""), labels[best[at]] ?? "",
      ...cosines[at].map(number), ...shares[at].map(number),
    ]);
    const text = await room.latest("csv", "writeTable", { columns, rows });
    if (text === null) return;
    saveFile(t().images.saved.csv, `\uFEFF${text}`, "text/csv");
    toast(t().acts.saved(t().images.saved.csv));
  }

  /** Numbers and names, never the pictures. */
  function saveJson() {
    const { pictures, labels, cosines, shares, best } = room.table();
    const { models, opened } = room.session.status;
    const content = {
      lab: "images", version: 1, device: opened?.device, model: models.clip.info, scale: room.scale(), across: store.state.across, template: store.state.template,
      labels: labels.map((label) => ({ label, prompt: room.prompt(label), vector: [...(room.vectorOf(room.prompt(label)) ?? [])] })),
      pictures: pictures.map(({ id, name, answer }, at) => ({
        name: name[lang()], sample: setOf(id) ? id : undefined, format: answer?.format, width: answer?.width, height: answer?.height, crop: answer?.crop,
        closest: labels[best[at]] ?? null, cosines: cosines[at], shares: shares[at], vector: [...(answer?.vector ?? [])],
      })),
      failed: room.gallery.failed().map(({ name, error }) => ({ name: name[lang()], error })),
    };
    saveFile(t().images.saved.json, JSON.stringify(content, null, 2), "application/json");
    toast(t().acts.saved(t().images.saved.json));
  }

  store.onChange(refresh);
  for (const event of /** @type {const} */ (["pictures", "vectors"])) room.on(event, refresh);
  room.on("language", build);
  build();
}
