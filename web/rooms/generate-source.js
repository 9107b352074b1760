// Fig. 3.3: a picture to start from, the part of it to draw anew, and its edges.

import { PICTURE_FILE_BYTES } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { percent } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { compareSlider } from "../ui/compare.js";
import { enlarge } from "../ui/enlarge.js";
import { painter } from "../ui/painter.js";
import { rangeField } from "../ui/range-field.js";
import { checkField } from "../ui/number-field.js";
import { canvasOf } from "./generate-frames.js";
import { runErrorWords } from "./generate-error.js";
import { bytesOf } from "./generate-png.js";
import { entry } from "./generate-settings.js";
import { editTree } from "./generate-tree.js";
import { debounced } from "./room.js";

const SIDE = 384;

/** @param {HTMLElement} figure @param {GenerateRoom} room */
export function mountSource(figure, room) {
  const { store } = room;
  const caption = h("figcaption", null);
  const starts = h("div", { class: "seg", role: "group", id: "start-from" });
  const picker = h("input", { type: "file", id: "source-file", accept: "image/png,image/jpeg,image/webp,image/gif,.png,.jpg,.jpeg,.webp,.gif" });
  const pick = h("label", { class: "pick" }), take = h("button", { type: "button", class: "plain", id: "source-take", onclick: () => void takeShown() });
  const stays = h("p", { class: "note" }), fault = h("div", { id: "source-fault" });
  const preview = h("canvas", { class: "source", id: "source-preview", role: "img" });
  const strength = rangeField({ id: "knob-strength", least: 0.05, most: 1, step: 0.05, changed: (value) => store.set({ strength: value }, { group: "strength" }) });
  const enters = h("p", { class: "note", id: "enters" });
  const masked = checkField({ id: "knob-masked", changed: (on) => store.set({ masked: on }) });
  const maskNote = h("p", { class: "note" });
  const paint = painter({ changed: () => room.emit("timing") });
  const edges = checkField({ id: "knob-edges", changed: (on) => store.set({ edges: on }) });
  const edgeCanvas = h("canvas", { class: "source edges", id: "edges", role: "img" });
  const edgeNote = h("p", { class: "note", id: "edge-note" });
  const low = edgeRange("low", 0, 255, 1), high = edgeRange("high", 0, 255, 1), weight = edgeRange("weight", 0, 2, 0.05);
  const edgePart = h("div", { class: "edge-part" }, edgeCanvas, h("div", null, low.element, high.element, weight.element, edgeNote));
  const compare = compareSlider("compare");
  const compared = h("div", { class: "compared", hidden: true });
  const tree = editTree(room);
  const go = h("button", { type: "button", class: "go second", id: "draw-from", onclick: () => room.emit("run") });
  const whole = h("div", { class: "from-picture" });
  /** @type {HTMLCanvasElement | null} */
  let found = null;
  let pasted = 0;

  /** @param {"low" | "high" | "weight"} name @param {number} least @param {number} most @param {number} step */
  function edgeRange(name, least, most, step) {
    return rangeField({ id: `knob-${name}`, least, most, step, changed: (value) => store.set({ [name]: value }, { group: name }) });
  }

  room.mask = () => paint.png();
  picker.addEventListener("change", () => {
    const [file] = picker.files ?? [];
    if (file) void add(file);
    picker.value = "";
  });

  /** @param {File} file */
  async function add(file) {
    const words = t().generate.source;
    if (file.size > PICTURE_FILE_BYTES) return refuse({ kind: "image", message: "image_bytes", detail: { code: "image_bytes", bytes: file.size, limit: PICTURE_FILE_BYTES } });
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const name = /^image\.\w+$/.test(file.name) ? `${words.pasted} ${++pasted}` : file.name;
      await use(name, bytes);
    } catch (error) {
      refuse({ kind: "image", message: "unreadable", detail: { code: "unreadable", reason: String(error) } });
    }
  }

  /** @param {KindlingError} error */
  function refuse(error) {
    const [cause, next] = runErrorWords(error);
    const detail = /** @type {any} */ (error.detail);
    fill(fault, h("p", { class: "note", role: "alert", "data-code": String(detail?.code ?? error.kind) }, h("strong", null, cause), lang() === "zh" ? "" : " ", next));
  }

  /** @param {string} name @param {Uint8Array} bytes @param {SourcePicture["of"]} [of] */
  async function use(name, bytes, of = null) {
    fill(fault);
    const before = room.source;
    room.setSource({ of, name, bytes, seen: null, error: null });
    store.set({ start: "picture" });
    if (!(await look())) room.setSource(before); // a picture that cannot be used takes no one's place
  }

  /** Asks for what the model sees of the picture. */
  async function look() {
    const { source } = room;
    if (!source) return false;
    if (!room.ready) return true; // asked again when the model is there
    try {
      const options = room.options({ batch: 1, steps: 2, strength: 1 });
      const plan = await room.session.request("prepare", { options, init: source.bytes.slice() });
      if (room.source !== source) return true;
      source.seen = plan.seen && canvasOf(plan.seen);
      room.setSource(source);
      return true;
    } catch (caught) {
      const error = /** @type {KindlingError} */ (caught);
      if (error.kind !== "cancelled") refuse(error);
      return error.kind === "cancelled";
    }
  }

  async function takeShown() {
    const run = room.shown;
    if (!run?.images.length) return;
    const picture = Math.min(room.picture, run.images.length - 1);
    const bytes = await bytesOf(run.images[picture]);
    if (bytes) await use(t().generate.gallery.name(run.options.prompt, run.options.seed + picture), bytes, { run, picture });
  }

  const askEdges = debounced(async () => {
    const { source } = room;
    if (!source || !store.state.edges || !room.ready) return;
    const { width, height, edge_low, edge_high } = room.options();
    const raster = await room.latest("edges", "edges", { bytes: source.bytes.slice(), width, height, low: edge_low, high: edge_high });
    if (!raster) return;
    found = canvasOf(raster);
    drawEdges();
  }, 120);

  function drawEdges() {
    const words = t().generate.source;
    const { state } = store;
    const has = room.info?.controlnet ?? false;
    edgePart.hidden = !state.edges || !room.source;
    edges.set(words.edges, state.edges);
    low.set(words.low, state.low, String(state.low));
    high.set(words.high, state.high, String(state.high));
    weight.set(words.weight, state.weight, state.weight.toFixed(2));
    weight.element.hidden = !has;
    edgeNote.textContent = has ? words.edgeNote : words.noControlnet;
    edgeCanvas.hidden = !found;
    if (found) enlarge(edgeCanvas, found, SIDE);
    edgeCanvas.setAttribute("aria-label", words.edgeLabel(room.source?.name ?? ""));
  }

  function drawCompare() {
    const run = room.shown;
    const after = run?.images[Math.min(room.picture, (run?.images.length ?? 1) - 1)];
    compared.hidden = !run?.before || !after;
    if (!run?.before || !after) return;
    const words = t().generate.source;
    compare.set(run.before, after, { label: words.compare, before: words.before, after: words.after });
  }

  function draw() {
    const words = t().generate.source;
    const { state } = store;
    const { source } = room;
    const on = state.start === "picture";
    for (const button of starts.children) button.setAttribute("aria-pressed", String((/** @type {HTMLElement} */ (button).dataset.start === "picture") === on));
    whole.hidden = !on;
    take.disabled = !room.shown?.images.length;
    const { first, left } = entry(state.steps, state.strength);
    strength.set(words.strength, state.strength, state.strength.toFixed(2));
    enters.textContent = words.enters(first + 1, state.steps, left, percent(state.strength));
    masked.set(words.masked, state.masked, source !== null);
    maskNote.textContent = room.info?.inpainting ? words.maskOwn : words.maskBlend;
    const marking = state.masked && source?.seen !== null && source !== null;
    paint.element.hidden = maskNote.hidden = !marking;
    preview.hidden = marking || !source?.seen;
    if (source?.seen) enlarge(preview, source.seen, SIDE);
    preview.setAttribute("aria-label", words.seen(source?.name ?? ""));
    stays.textContent = source ? words.named(source.name) : words.stays;
    go.disabled = !room.ready || !source;
    go.textContent = words.go;
    for (const part of [strength.element, enters, masked.element, edges.element, go]) part.hidden = !source;
    drawEdges();
    drawCompare();
  }

  function build() {
    const words = t().generate.source;
    fill(caption, h("b", null, words.title), words.text);
    starts.setAttribute("aria-label", words.start);
    fill(starts, ...(/** @type {const} */ (["noise", "picture"])).map((start) => h("button", { type: "button", "data-start": start, onclick: () => store.set({ start }) }, words.starts[start])));
    fill(pick, picker, h("span", null, words.choose));
    take.textContent = words.take;
    fill(compared, h("p", { class: "lbl" }, words.comparison), compare.element);
    paint.build();
    draw();
  }

  whole.append(h("div", { class: "acts" }, pick, take, stays), fault,
    h("div", { class: "source-grid" }, h("div", null, preview, paint.element), h("div", { class: "source-knobs" }, strength.element, enters, masked.element, maskNote, edges.element, go)), edgePart, compared, tree.element);
  figure.append(caption, starts, whole);
  let seenAs = "";
  room.on("source", () => {
    paint.set(room.source?.seen ?? null);
    found = null;
    askEdges();
    draw();
  });
  room.on("ready", () => {
    if (room.source && !room.source.seen) void look();
    draw();
  });
  store.onChange((changed) => {
    if (["low", "high", "edges", "width", "height"].some((name) => changed.has(/** @type {keyof GenerateState} */ (name)))) askEdges();
    const { width, height } = room.options();
    if (seenAs !== `${width} ${height}`) {
      seenAs = `${width} ${height}`;
      if (room.source) void look();
    }
    draw();
  });
  for (const event of /** @type {const} */ (["waiting", "shown", "run-ended", "step"])) room.on(event, event === "step" ? drawCompare : draw);
  room.on("language", build);
  room.on("theme", () => {
    paint.draw();
    compare.draw();
  });
  build();
  return { add, use };
}
