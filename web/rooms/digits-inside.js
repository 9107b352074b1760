// The beats of every lab: a picture becomes numbers, numbers go through the layers, the answer is compared.

import { fill, h } from "../base/dom.js";
import { magnitude, percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { barcode } from "../ui/barcode.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { weightCanvas } from "./digits-paint.js";
import { DIGITS, modelOf, SIDE, weightsOf } from "./digits-settings.js";
import { loss } from "./digits-stage.js";

const PARTS_OF_CODE = /** @type {const} */ ([["lessons", "crates/lessons"], ["page", "web/rooms"]]);
const DRAW_MILLIS = 300;

/** @param {HTMLElement} body @param {DigitsRoom} room */
export function mountInside(body, room) {
  const { store, run, pad } = room;
  const numbers = h("div", { id: "digits-numbers" }), layers = h("div", { id: "digits-layers" }), compared = h("div", { id: "digits-compared" });
  const pixels = tableOnDemand(pixelTable);

  function pixelTable() {
    const words = t().digits.inside;
    const seen = pad.seen ?? new Uint8Array(SIDE * SIDE);
    return plainTable(words.pixels, [words.pixelRow, ...Array.from({ length: SIDE }, (_, at) => String(at + 1))], Array.from({ length: SIDE }, (_, row) => [String(row + 1), ...[...seen.subarray(row * SIDE, (row + 1) * SIDE)].map(String)]));
  }

  function drawNumbers() {
    const words = t().digits.inside;
    const { seen } = pad;
    if (!seen) return fill(numbers, h("p", { class: "note" }, t().inside.withheld));
    const inked = seen.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
    fill(numbers, h("p", { class: "note" }, words.numbersText(inked)), pixels.element);
    /** @type {HTMLElement} */ (pixels.element.querySelector("summary")).textContent = words.pixels;
    pixels.refresh();
  }

  /** A layer's values, under its name. @param {PictureReading["layers"][number]} layer @param {string} name */
  function layerView({ kind, shape, values }, name) {
    const words = t().digits.inside;
    if (kind === "maps") {
      const [count, side] = shape;
      const most = values.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-9);
      return h("li", null, h("p", { class: "lbl" }, name), h("div", { class: "maps", role: "img", "aria-label": words.maps(count, side) }, ...Array.from({ length: count }, (_, map) => weightCanvas(values.slice(map * side * side, (map + 1) * side * side), side, most))));
    }
    const film = barcode(words.film(name, values.length));
    film.set([...values]);
    return h("li", null, h("p", { class: "lbl" }, name), film.element);
  }

  function drawLayers() {
    const words = t().digits.inside;
    const { reading } = pad;
    const model = modelOf(store.state);
    const route = ["784", ...(model.kind === "cnn" ? [`${model.filters} × 13 × 13`] : []), ...model.hidden.map(String), "10"];
    fill(layers, h("p", { class: "strip-of" }, ...route.flatMap((name, at) => [at ? h("i", { "aria-hidden": "true" }, "→") : null, h("span", null, name)])),
      h("p", { class: "note" }, words.layersText(store.state.net, weightsOf(store.state))),
      reading ? h("ul", { class: "layers" }, ...reading.layers.map((layer, at, all) => layerView(layer, at === all.length - 1 ? words.logits : layer.kind === "maps" ? words.mapsName : words.units(at + 1 - Number(all[0].kind === "maps"))))) : null);
  }

  function drawCompared() {
    const words = t().digits.inside;
    const { reading, label } = pad;
    if (!reading) return fill(compared, h("p", { class: "note" }, t().inside.withheld));
    const logits = reading.layers.at(-1)?.values ?? new Float32Array(10);
    const given = label === null ? null : reading.probabilities[label];
    fill(compared, plainTable(words.softmax, [words.digit, words.logit, "exp", words.share], DIGITS.map((digit) => [String(digit), signed(logits[digit]), magnitude(Math.exp(logits[digit])), percent(reading.probabilities[digit])])),
      h("p", { class: "note" }, words.softmaxText, t().digits.space, given === null || label === null ? words.noTruth : words.lossText(label, given.toFixed(3), loss(-Math.log(Math.max(given, 1e-30))))),
      run.frame?.step_millis ? h("p", { class: "note" }, words.step(run.frame.step_millis.toFixed(1))) : null);
  }

  function draw() {
    drawNumbers();
    drawLayers();
    drawCompared();
  }
  function build() {
    const words = t().digits.inside;
    fill(body, h("ol", { class: "steps" }, h("li", null, h("h2", null, words.numbers), numbers), h("li", null, h("h2", null, words.layers), layers), h("li", null, h("h2", null, words.compared), compared)),
      h("section", { class: "how" }, h("h2", { class: "lbl" }, t().inside.words), h("p", null, words.three),
        h("p", { class: "note" }, t().inside.code, " ", ...PARTS_OF_CODE.flatMap(([key, path], at) => [at ? t().open.comma : "", h("code", null, path), ` ${words.code[key]}`]))));
    draw();
  }
  const details = body.closest("details");
  let timer = 0, drawnMillis = 0;
  // A steady stream of readings would put a debounced call off for ever.
  function soon() {
    if (timer || !details?.open) return;
    timer = window.setTimeout(() => {
      timer = 0;
      drawnMillis = performance.now();
      draw();
    }, Math.max(0, DRAW_MILLIS - (performance.now() - drawnMillis)));
  }
  for (const event of /** @type {const} */ (["read", "phase"])) room.on(event, soon);
  details?.addEventListener("toggle", soon);
  store.onChange(soon);
  for (const event of /** @type {const} */ (["language", "theme"])) room.on(event, build);
  build();
}

/** @param {number} value */
const signed = (value) => `${value > 0 ? "+" : value < 0 ? "\u2212" : ""}${Math.abs(value).toFixed(2)}`;
