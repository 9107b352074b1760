// Fig. 2.3: the pictures in the order of their cosine with a sentence, or with another picture.

import { TYPING_MILLIS } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { cosine as cosineText } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { onSettled, setField } from "../ui/field.js";
import { thumb } from "../ui/thumb.js";
import { debounced } from "./room.js";
import { dot } from "./similarity.js";

const SIDE = 72;
const PAGE = 12;

/** @param {HTMLElement} figure @param {ImagesRoom} room */
export function mountSearch(figure, room) {
  const { store, gallery } = room;
  const label = h("label", { class: "lbl", for: "picture-query" });
  const field = h("input", { id: "picture-query", class: "write small", maxlength: "400", dir: "auto", spellcheck: "false", autocomplete: "off" });
  const modes = h("div", { class: "seg small", role: "group", id: "search-mode" });
  const says = h("p", { class: "says", role: "status" });
  const hits = h("ol", { class: "hits", id: "hits" });
  const more = h("button", { type: "button", class: "plain", onclick: () => { shown += PAGE; draw(); } });
  const note = h("p", { class: "note" });
  /** @type {"text" | "picture"} */
  let mode = "text";
  /** The picture whose likes are looked for; the chosen one where none was picked here. @type {string | null} */
  let like = null;
  /** @type {{text: string, vector: Float32Array} | null} */
  let asked = null;
  let shown = PAGE;
  /** @type {Map<string, HTMLCanvasElement>} */
  const faces = new Map();
  /** @param {Picture} picture */
  function face(picture) {
    const known = faces.get(picture.id) ?? thumb(picture, SIDE);
    faces.set(picture.id, known);
    return known;
  }

  onSettled(field, (query) => store.set({ query }, { group: "query" }));

  function build() {
    const words = t().images.search;
    label.textContent = words.query;
    field.placeholder = words.placeholder;
    modes.setAttribute("aria-label", words.mode);
    fill(modes, ...(/** @type {const} */ (["text", "picture"])).map((kind) => h("button", { type: "button", "data-mode": kind, onclick: () => setMode(kind, null) }, words.modes[kind])));
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), modes, h("div", { class: "query" }, label, field), says, hits, h("div", { class: "acts" }, more), note);
    setField(field, store.state.query);
    draw();
  }

  /** @param {"text" | "picture"} next @param {string | null} id */
  function setMode(next, id) {
    mode = next;
    like = id;
    shown = PAGE;
    draw();
    if (next === "text") void ask();
  }

  /** @returns {{vector: ArrayLike<number>, without: Picture | null} | string} the query, or why there is none */
  function query() {
    const words = t().images.search;
    if (!gallery.shown().length) return words.noPictures;
    if (mode === "text") {
      if (!store.state.query.trim()) return words.empty;
      return asked ? { vector: asked.vector, without: null } : "";
    }
    const picture = gallery.shown().find(({ id }) => id === like) ?? room.chosen;
    if (!picture?.answer) return words.noPictures;
    return gallery.shown().length < 2 ? words.one : { vector: picture.answer.vector, without: picture };
  }

  function draw() {
    const words = t().images.search;
    for (const button of modes.children) button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.mode === mode));
    /** @type {HTMLElement} */ (field.parentElement ?? field).hidden = mode !== "text";
    note.textContent = mode === "text" ? words.note : "";
    const now = query();
    if (typeof now === "string") {
      says.textContent = now;
      more.hidden = true;
      return fill(hits);
    }
    const { vector, without } = now;
    says.textContent = without ? words.byPicture(without.name[lang()]) : words.byText(asked?.text ?? "");
    const found = gallery.shown().filter((picture) => picture !== without).map((picture) => ({ picture, cosine: picture.answer ? dot(picture.answer.vector, vector) : 0 })).sort((a, b) => b.cosine - a.cosine);
    const high = found[0]?.cosine ?? 1, low = Math.min(0, found[found.length - 1]?.cosine ?? 0);
    fill(hits, ...found.slice(0, shown).map(({ picture, cosine }, at) => {
      const name = picture.name[lang()];
      const item = h("li", { class: at ? null : "top" },
        h("button", { type: "button", "aria-label": words.like(name), title: words.like(name), onclick: () => { room.choose(picture.id); setMode("picture", picture.id); } }, face(picture)),
        h("span", { class: "hit-name" }, h("bdi", null, name)), h("span", { class: "bar", "aria-hidden": "true" }, h("i", null)), h("span", { class: "val" }, cosineText(cosine)));
      item.style.setProperty("--p", String(high > low ? Math.max(0, (cosine - low) / (high - low)) * 100 : 0));
      return item;
    }));
    more.hidden = found.length <= shown;
    more.textContent = words.more(Math.min(PAGE, found.length - shown));
  }

  async function ask() {
    const text = store.state.query.trim().toWellFormed();
    if (!text) {
      asked = null;
      return draw();
    }
    if (asked?.text === text) return draw();
    const [vector] = await room.embed("query", [text]);
    if (!vector || text !== store.state.query.trim().toWellFormed()) return;
    asked = { text, vector };
    shown = PAGE;
    draw();
    room.emit("scored");
  }

  const soon = debounced(ask, TYPING_MILLIS);
  store.onChange((changed, source) => {
    if (changed.has("query")) {
      if (source !== "edit") setField(field, store.state.query);
      soon();
    }
  });
  field.addEventListener("focus", () => {
    if (mode !== "text") setMode("text", null);
  });
  room.on("pictures", debounced(draw, 0));
  room.on("chosen", () => {
    if (mode === "picture") draw();
  });
  room.on("ready", ask);
  room.on("run", () => soon.now());
  room.on("language", build);
  build();
}
