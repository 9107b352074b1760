// Where the points come from: ready examples, one's own texts or table, a file, pictures.

import { BATCH_BYTES, BATCH_FIELD_CHARS, MAX_PICTURES } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { listed } from "../listed.js";
import { listenForFiles } from "../ui/drop.js";
import { guardLength, onSettled, setField } from "../ui/field.js";
import { selectField } from "../ui/number-field.js";
import { MAX_POINTS } from "./map-content.js";
import { examples, exampleCalled } from "./map-examples.js";
import { pictureError } from "./picture-error.js";
import { decodeText } from "./truth.js";

const ACCEPT = ".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values,image/png,image/jpeg,image/webp,image/gif";
const isPicture = (/** @type {File} */ file) => /^image\//.test(file.type) || /\.(png|jpe?g|webp|gif)$/i.test(file.name);
/** @param {string} source */
export const isOwn = (source) => source === "text" || source === "pictures" || source.startsWith("file:");

/** @param {HTMLElement} body @param {HTMLElement} lab @param {MapRoom & {vectorsOf: {asks: boolean, wantClip: () => void}}} room */
export function mountSource(body, lab, room) {
  const { store, gallery } = room;
  const chips = h("div", { class: "map-chips", role: "group" });
  const note = h("p", { class: "note map-about" });
  const panel = h("div", { class: "map-own", id: "map-own", hidden: true });
  const label = h("label", { class: "lbl", for: "map-text" });
  const field = h("textarea", { id: "map-text", class: "box fixed", rows: "6", dir: "auto", spellcheck: "false" });
  const captionsLabel = h("label", { class: "lbl", for: "map-captions" });
  const captions = h("textarea", { id: "map-captions", class: "box fixed", rows: "4", dir: "auto", spellcheck: "false" });
  const captionsBox = h("div", { hidden: true }, captionsLabel, captions);
  const picker = h("input", { type: "file", id: "map-files", multiple: true, accept: ACCEPT });
  const tools = h("div", { class: "acts" });
  const readAs = selectField({ id: "map-read-as", changed: (value) => store.set({ readAs: /** @type {MapState["readAs"]} */ (value) }) });
  const textColumn = selectField({ id: "map-text-column", changed: (value) => store.set({ textColumn: Number(value) }) });
  const groupColumn = selectField({ id: "map-group-column", changed: (value) => store.set({ groupColumn: Number(value) }) });
  const columns = h("div", { class: "pickers", hidden: true }, readAs.element, textColumn.element, groupColumn.element);
  const says = h("p", { class: "note", role: "status", id: "map-read" });
  const cover = h("p", { class: "cover", "aria-hidden": "true" });
  let open = false;

  guardLength(field, BATCH_FIELD_CHARS, (whole) => store.set({ ...COLUMNS, source: room.keepFile(t().map.source.pasted, whole.slice(0, BATCH_BYTES)), text: "" }));
  onSettled(field, (text) => store.set({ text, ...(store.state.source === "text" ? {} : COLUMNS), source: "text" }, { group: "text" }));
  onSettled(captions, (text) => store.set({ captions: text }, { group: "captions" }));
  picker.addEventListener("change", () => {
    void take([...(picker.files ?? [])]);
    picker.value = "";
  });
  listenForFiles(lab, (files) => void take(files));

  /** @param {File[]} files */
  async function take(files) {
    const pictures = files.filter(isPicture);
    if (pictures.length) return addPictures(pictures);
    const [file] = files;
    if (!file) return;
    open = true;
    const text = decodeText(await file.slice(0, BATCH_BYTES).arrayBuffer());
    store.set({ ...COLUMNS, source: room.keepFile(file.name, text) });
  }
  /** @param {File[]} files */
  function addPictures(files) {
    const before = store.state.source === "pictures" ? store.state.pictures : [];
    const ids = gallery.know(files.slice(0, Math.max(0, MAX_PICTURES - before.length)).map((file) => ({ name: { en: file.name, zh: file.name }, bytes: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) })));
    // The image lab numbers its own pictures too, but keeps them apart: galleries do not know each other.
    open = true;
    room.vectorsOf.wantClip();
    store.set({ source: "pictures", pictures: [...before, ...ids] });
  }

  /** @param {MapExample} example */
  function choose(example) {
    open = false;
    if (example.kind === "pictures") room.vectorsOf.wantClip();
    store.set({ source: example.id, query: "" });
    render();
  }
  function toggle() {
    open = !open;
    if (open && !isOwn(store.state.source) && store.state.text.trim()) store.set({ source: "text" });
    render();
    if (open) field.focus();
  }

  function renderChips() {
    const words = t().map.source;
    const { source } = store.state;
    const own = isOwn(source);
    fill(chips, ...examples().map((example) => h("button", { type: "button", class: "plain small", "data-example": example.id, "aria-pressed": String(!own && example === exampleCalled(source)), onclick: () => choose(example) },
      example.title[lang()], example.kind === "pictures" && room.session.status.models.clip.phase === "idle" ? h("small", null, megabytes(listed.models.clip)) : null)),
    h("button", { type: "button", class: "plain small", id: "map-own-toggle", "aria-expanded": String(open), "aria-controls": "map-own", "aria-pressed": String(own), onclick: toggle }, words.own));
    note.textContent = own ? "" : (exampleCalled(source)?.note[lang()] ?? "");
    note.hidden = !note.textContent;
  }

  function renderColumns() {
    const words = t().map.source;
    const { table, kind } = room.content;
    const own = isOwn(store.state.source) && table && table.columns.length > 1;
    columns.hidden = !own;
    if (!own || !table) return;
    const names = table.columns.map((name, at) => /** @type {[string, string]} */ ([String(at), name || String(at + 1)]));
    readAs.set(words.readAs, [["auto", words.auto(words.kinds[kind])], ["texts", words.kinds.texts], ["numbers", words.kinds.numbers]], store.state.readAs);
    textColumn.set(kind === "numbers" ? words.nameColumn : words.textColumn, kind === "numbers" ? [["-1", words.none], ...names] : names, String(store.state.textColumn ?? (kind === "numbers" ? -1 : table.text_column)));
    groupColumn.set(words.groupColumn, [["-1", words.none], ...names], String(store.state.groupColumn ?? (kind === "numbers" ? -1 : (table.label_column ?? -1))));
  }

  function renderSays() {
    const words = t().map.source;
    const { content } = room;
    const { source } = store.state;
    const bad = gallery.failed().filter(({ id }) => store.state.pictures.includes(id));
    const parts = room.fault ? [room.fault] : [
      source.startsWith("file:") && words.file(room.fileName(source)),
      !content.points.length ? (source === "text" ? words.empty : source === "pictures" ? words.noPictures : source.startsWith("file:") && room.ready ? words.nothing : "") : words.read(content.points.length),
      content.kind === "numbers" && content.columns.length ? words.columns(content.columns) : "",
      content.skipped && !bad.length ? words.skipped[content.kind](content.skipped) : "", content.cut ? words.cut(content.cut, MAX_POINTS) : "",
      ...bad.map(({ name, error }) => words.bad(name[lang()], pictureError(/** @type {KindlingError} */ (error)).join(" "))),
    ];
    says.textContent = parts.filter(Boolean).join(lang() === "zh" ? "" : " ");
    says.hidden = !says.textContent || !isOwn(source) && !content.cut;
  }

  function render() {
    const { source, text, captions: lines } = store.state;
    renderChips();
    panel.hidden = !open && !isOwn(source);
    captionsBox.hidden = source !== "pictures";
    if (field !== document.activeElement || field.value !== text) setField(field, text);
    if (captions !== document.activeElement || captions.value !== lines) setField(captions, lines);
    renderColumns();
    renderSays();
  }

  function build() {
    const words = t().map.source;
    chips.setAttribute("aria-label", words.name);
    label.textContent = words.field;
    field.placeholder = words.placeholder;
    captionsLabel.textContent = words.captions;
    captions.placeholder = words.captionsPlaceholder;
    fill(cover, h("span", null, t().images.tray.over));
    fill(tools, h("label", { class: "pick" }, picker, h("span", null, words.choose)), h("button", { type: "button", class: "plain", id: "map-clear", onclick: () => store.set({ text: "", pictures: [], captions: "", source: "text", ...COLUMNS }) }, words.clear), h("p", { class: "note" }, words.stays));
    render();
  }

  panel.append(label, field, tools, captionsBox, columns);
  body.append(chips, note, panel, says);
  lab.append(cover);
  room.on("content", render);
  room.on("pictures", renderSays);
  room.on("work", renderSays);
  room.on("language", build);
  store.onChange((changed) => {
    if (["source", "text", "pictures", "captions", "readAs", "textColumn", "groupColumn"].some((key) => changed.has(/** @type {keyof MapState} */ (key)))) render();
  });
  build();
}

/** Another table has other columns. @type {Pick<MapState, "readAs" | "textColumn" | "groupColumn">} */
const COLUMNS = { readAs: "auto", textColumn: null, groupColumn: null };
