// One picture against all labels: what the crop leaves of it, and the labels ranked, each editable.

import { ANNOUNCE_MILLIS, MAX_PICTURE_LABELS, PICTURE_TEMPLATES } from "../base/constants.js";
import { byId, clip, fill, h } from "../base/dom.js";
import { cosine as cosineText, percent } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { captions } from "../ui/captions.js";
import { growAll, onSettled, setField } from "../ui/field.js";
import { temperatureSlider } from "../ui/temperature.js";
import { cutShare, drawPreview } from "../ui/thumb.js";
import { debounced } from "./room.js";
import { sampleSets, setOf } from "./samples.js";

const LABEL_CHARS = 400;
const PREVIEW_REM = 17;

/** @param {HTMLElement} body @param {ImagesRoom} room */
export function mountAnswer(body, room) {
  const { store } = room;
  const preview = h("canvas", { class: "preview", role: "img", id: "preview" });
  const name = h("p", { class: "name" });
  const facts = h("p", { class: "note", id: "crop-note" });
  const says = h("p", { class: "says", id: "closest" });
  const only = h("p", { class: "note" });
  const title = h("span", { class: "lbl" });
  const count = h("span", { class: "count" });
  const views = h("div", { class: "seg small", role: "group", id: "labels-as" });
  const lines = h("textarea", { class: "box fixed", id: "label-lines", rows: "10", dir: "auto", spellcheck: "false", hidden: true });
  const template = h("input", { id: "picture-template", maxlength: "400", dir: "auto", spellcheck: "false", autocomplete: "off", "aria-describedby": "picture-template-note" });
  const templateLabel = h("label", { for: "picture-template" });
  const templateNote = h("p", { class: "note", id: "picture-template-note" });
  const templates = h("p", { class: "note others" });
  const slider = temperatureSlider((temperature) => store.set({ temperature }, { group: temperature === null ? "" : "temperature" }));
  let asLines = false;
  /** What the preview shows, so that it is painted when that changes and not with every label. */
  let painted = "";
  let dropped = false;

  /** @param {string[]} labels @param {string} [group] */
  function setLabels(labels, group = "") {
    const kept = labels.map((label) => clip(label, LABEL_CHARS));
    dropped = kept.length > MAX_PICTURE_LABELS;
    store.set({ labels: kept.slice(0, MAX_PICTURE_LABELS) }, { group });
    render();
  }
  const bars = captions({
    max: MAX_PICTURE_LABELS,
    onEdit: (at, label) => setLabels(store.state.labels.map((old, other) => (other === at ? label : old)), "labels"),
    onPaste: (at, pasted) => setLabels([...store.state.labels.slice(0, at), ...pasted, ...store.state.labels.slice(at + 1)]),
    onRemove: (at) => setLabels(store.state.labels.filter((_, other) => other !== at)),
    onAdd: () => {
      setLabels([...store.state.labels, freshLabel(store.state.labels)]);
      bars.focusLast();
    },
  });
  onSettled(lines, (text) => setLabels(text.split("\n"), "labels"));
  onSettled(template, (value) => store.set({ template: value }, { group: "template" }));

  function build() {
    const words = t().images.answer;
    title.textContent = words.captions;
    views.setAttribute("aria-label", words.as);
    fill(views, ...(/** @type {const} */ ([[false, words.asBars], [true, words.asLines]])).map(([kind, text]) =>
      h("button", { type: "button", "data-lines": String(kind), "aria-pressed": String(kind === asLines), onclick: () => setView(kind) }, text)));
    templateLabel.textContent = words.template;
    lines.setAttribute("aria-label", `${words.captions}, ${words.asLines}`);
    render();
  }

  /** @param {boolean} kind */
  function setView(kind) {
    asLines = kind;
    // Leaving the lines tidies them: an empty line is no label.
    if (!kind) setLabels(store.state.labels.filter((label) => label.trim()));
    build();
    if (kind) lines.focus();
  }

  /** Position in the state's list of each column of the table. */
  function positions() {
    const { labels } = store.state;
    const columns = room.table().labels;
    return labels.map((label) => columns.indexOf(label.trim()));
  }

  /** The chosen picture's row, spread over the labels as they are written. */
  function row() {
    const table = room.table();
    const at = table.pictures.findIndex((picture) => picture === room.chosen);
    const where = positions();
    const pick = (/** @type {(number | null)[] | undefined} */ values) => where.map((column) => (column < 0 ? null : (values?.[column] ?? null)));
    const best = table.best[at] ?? -1;
    return { labels: store.state.labels, cosines: pick(table.cosines[at]), shares: pick(table.shares[at]), best: best < 0 ? -1 : where.indexOf(best) };
  }

  function renderPicture() {
    const words = t().images.answer;
    const picture = room.chosen;
    preview.hidden = !picture;
    if (!picture?.answer) {
      painted = "";
      name.textContent = "";
      facts.textContent = room.gallery.waiting().length ? "" : words.noPicture;
      return;
    }
    const { answer } = picture;
    const now = [picture.id, innerWidth, preview.parentElement?.clientWidth, lang()].join();
    if (now === painted) return;
    painted = now;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    const width = Math.min(PREVIEW_REM * rem, preview.parentElement?.clientWidth || PREVIEW_REM * rem);
    drawPreview(preview, picture, { width, height: Math.min(width, innerWidth < 760 ? 12 * rem : PREVIEW_REM * rem) });
    preview.setAttribute("aria-label", words.preview(picture.name[lang()]));
    name.textContent = picture.name[lang()];
    const cut = cutShare(answer);
    const sample = sampleSets().find(({ id }) => id === setOf(picture.id));
    facts.textContent = [words.size(answer.width, answer.height, answer.format), cut < 0.005 ? words.whole : words.cut(percent(cut)), sample && t().images.tray.licence(sample.licence)].filter(Boolean).join(lang() === "zh" ? "" : " ");
  }

  function render() {
    const words = t().images.answer;
    const { labels, temperature } = store.state;
    renderPicture();
    bars.element.hidden = asLines;
    lines.hidden = !asLines;
    if (!asLines) bars.set(row());
    else if (document.activeElement !== lines) setField(lines, labels.join("\n"));
    count.textContent = [words.limit(labels.filter((label) => label.trim()).length, MAX_PICTURE_LABELS), dropped && words.tooMany(MAX_PICTURE_LABELS)].filter(Boolean).join(lang() === "zh" ? "。" : ". ");
    const { best, cosines } = row();
    const known = room.chosen !== null && best >= 0;
    says.textContent = known ? words.closest(labels[best].trim()) : !labels.some((label) => label.trim()) ? words.noLabels : store.state.pictures.length && !room.ready ? words.waiting : "";
    if (known) says.append(h("span", { class: "ms" }, `cos ${cosineText(cosines[best] ?? 0)}`));
    only.textContent = known ? (store.state.across === "labels" ? words.only : words.across) : "";
    setField(template, store.state.template);
    templateNote.textContent = store.state.template.includes("{}") || !store.state.template ? words.templateNote : words.templateBad;
    const offered = [...new Set([...sampleSets().map((set) => set.template?.[lang()]), ...PICTURE_TEMPLATES[lang()]])].filter((one) => one && one !== store.state.template);
    fill(templates, words.others, ...offered.slice(0, 4).map((one) => h("button", { type: "button", class: "plain small", onclick: () => store.set({ template: one }) }, one ?? "")));
    const own = room.session.status.models.clip.info?.logit_scale;
    slider.set(temperature, 1 / (own ?? 100));
    announce();
  }

  const announce = debounced(() => {
    const { best, cosines, shares, labels } = row();
    const picture = room.chosen;
    if (!picture || best < 0 || room.gallery.running) return;
    byId("images-announce").textContent = t().images.answer.announce(picture.name[lang()], labels[best], percent(shares[best] ?? 0), cosineText(cosines[best] ?? 0));
  }, ANNOUNCE_MILLIS);

  body.append(
    h("div", { class: "against" },
      h("div", { class: "shown" }, preview, says, name, facts),
      h("div", { class: "labels" }, h("div", { class: "over" }, title, count), views, bars.element, lines, only)),
    h("div", { class: "setup" }, h("div", { class: "field" }, templateLabel, template, templateNote, templates), slider.element));
  for (const event of /** @type {const} */ (["pictures", "chosen", "vectors", "ready", "waiting"])) room.on(event, render);
  room.on("theme", () => {
    painted = "";
    renderPicture();
  });
  room.on("language", build);
  store.onChange((changed) => {
    if (changed.has("labels")) dropped = dropped && store.state.labels.length === MAX_PICTURE_LABELS;
    render();
  });
  addEventListener("resize", () => {
    renderPicture();
    growAll(bars.element);
  });
  room.on("visit", () => requestAnimationFrame(() => {
    renderPicture();
    growAll(bars.element);
  }));
  build();
}

/** @param {string[]} labels */
function freshLabel(labels) {
  const base = t().images.answer.fresh;
  let name = base;
  for (let n = 2; labels.includes(name); n++) name = `${base} ${n}`;
  return name;
}
