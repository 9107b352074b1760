// Marking a part of a picture: with a pointer, with the keyboard, or by numbers.

import { fill, h } from "../base/dom.js";
import { percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { enlarge } from "./enlarge.js";
import { createMask } from "./mask.js";
import { numberField } from "./number-field.js";
import { rangeField } from "./range-field.js";

const SIDE = 384;
const ZOOMS = [1, 2, 4];
/** @typedef {import("./mask.js").Mask} Mask */

/** @param {{changed: () => void}} options */
export function painter({ changed }) {
  const canvas = h("canvas", { class: "paint", id: "paint", tabindex: "0", role: "application", "aria-describedby": "paint-keys" });
  const box = h("div", { class: "paint-box" }, canvas);
  const tools = h("div", { class: "acts paint-tools" });
  const keys = h("p", { class: "note", id: "paint-keys" });
  const said = h("p", { class: "note", role: "status", id: "paint-said" });
  const numbers = h("details", { class: "as-table", id: "mask-numbers" });
  const size = rangeField({ id: "brush", least: 1, most: 64, step: 1, changed: (value) => { brush = value; draw(); } });
  /** @type {HTMLCanvasElement | null} */
  let picture = null;
  /** @type {Mask | null} */
  let mask = null;
  let brush = 10, erase = false, zoom = 1, down = false;
  /** The keyboard's place, in pixels of the picture. */
  let spot = { x: 0, y: 0 };
  /** @type {"rectangle" | "ellipse"} */
  let shape = "rectangle";
  const corner = { x: 0, y: 0, w: 32, h: 32 };
  const cells = /** @type {const} */ (["x", "y", "w", "h"]).map((name) => ({ name, field: numberField({ id: `mask-${name}`, least: 0, most: 1024, changed: (value) => { corner[name] = value; } }) }));

  /** @param {import("./mask.js").Act} act */
  function act(act) {
    if (!mask) return;
    mask.do(act);
    draw();
    changed();
  }
  /** @param {"undo" | "redo"} which */
  function back(which) {
    mask?.[which]();
    draw();
    changed();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  function at(event) {
    const area = canvas.getBoundingClientRect();
    return [((event.clientX - area.left) / area.width) * (mask?.width ?? 1), ((event.clientY - area.top) / area.height) * (mask?.height ?? 1)];
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (!mask || event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    down = true;
    mask.do({ kind: "stroke", erase, size: brush, points: [at(event)] });
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!down || !mask) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) mask.extend(at(one));
    paint();
  });
  const lift = () => {
    if (!down) return;
    down = false;
    draw();
    changed();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  let drags = false;
  canvas.addEventListener("keydown", (event) => {
    if (!mask || event.isComposing) return;
    const far = event.shiftKey ? 1 : Math.max(1, Math.round(brush / 2));
    const [x, y] = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key] ?? [0, 0];
    const key = event.key.toLowerCase();
    if (x || y) {
      spot = { x: Math.min(mask.width, Math.max(0, spot.x + x)), y: Math.min(mask.height, Math.max(0, spot.y + y)) };
      if (drags) act({ kind: "stroke", erase, size: brush, points: [[spot.x - x, spot.y - y], [spot.x, spot.y]] });
      else draw();
    } else if (key === " " || (key === "enter" && !event.ctrlKey && !event.metaKey)) act({ kind: "stroke", erase, size: brush, points: [[spot.x, spot.y]] });
    else if (key === "p") { drags = !drags; draw(); } else if (key === "e") { erase = !erase; draw(); } else if (key === "[" || key === "]") { brush = Math.min(64, Math.max(1, brush + (key === "]" ? 2 : -2))); draw(); } else if (key === "z" && (event.ctrlKey || event.metaKey)) back(event.shiftKey ? "redo" : "undo");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("focus", () => draw());
  canvas.addEventListener("blur", () => { drags = false; draw(); });

  /** Picture, then the marked part tinted and hatched: not by colour alone. */
  function paint() {
    enlarge(canvas, picture, SIDE);
    const pen = canvas.getContext("2d");
    if (!pen || !mask) return;
    const { width, height } = canvas;
    const tint = document.createElement("canvas");
    tint.width = width;
    tint.height = height;
    const ink = /** @type {CanvasRenderingContext2D} */ (tint.getContext("2d"));
    ink.drawImage(mask.canvas, 0, 0, width, height);
    ink.globalCompositeOperation = "source-in";
    const style = getComputedStyle(canvas);
    ink.fillStyle = style.color;
    ink.fillRect(0, 0, width, height);
    ink.globalCompositeOperation = "source-atop";
    ink.strokeStyle = style.backgroundColor;
    ink.lineWidth = 2;
    ink.beginPath();
    for (let from = -height; from < width; from += 12) {
      ink.moveTo(from, 0);
      ink.lineTo(from + height, height);
    }
    ink.stroke();
    pen.globalAlpha = 0.62;
    pen.drawImage(tint, 0, 0);
    pen.globalAlpha = 1;
    if (document.activeElement !== canvas || down) return;
    const scale = width / mask.width;
    for (const [colour, line] of /** @type {const} */ ([["#000", 4], ["#fff", 1.5]])) {
      pen.strokeStyle = colour;
      pen.lineWidth = line;
      pen.beginPath();
      pen.arc(spot.x * scale, spot.y * scale, (brush / 2) * scale, 0, 7);
      pen.stroke();
    }
  }

  function draw() {
    const words = t().generate.paint;
    paint();
    canvas.style.setProperty("--zoom", String(zoom));
    box.classList.toggle("zoomed", zoom > 1);
    canvas.setAttribute("aria-label", words.label);
    size.set(words.size, brush, words.pixels(brush));
    const button = (/** @type {string} */ id, /** @type {string} */ text, /** @type {() => void} */ run, /** @type {boolean} */ usable = true) => h("button", { type: "button", class: "plain small", id, disabled: !usable, onclick: run }, text);
    const held = document.activeElement?.id ?? "";
    fill(tools,
      h("div", { class: "seg small", role: "group", "aria-label": words.tool }, ...[false, true].map((on) => h("button", { type: "button", id: on ? "tool-eraser" : "tool-brush", "aria-pressed": String(erase === on), onclick: () => { erase = on; draw(); } }, on ? words.eraser : words.brush))),
      h("div", { class: "seg small", role: "group", "aria-label": words.zoom }, ...ZOOMS.map((one) => h("button", { type: "button", id: `zoom-${one}`, "aria-pressed": String(zoom === one), onclick: () => { zoom = one; draw(); } }, `${one}×`))),
      button("mask-undo", t().acts.undo, () => back("undo"), mask?.canUndo), button("mask-redo", t().acts.redo, () => back("redo"), mask?.canRedo),
      button("mask-invert", words.invert, () => act({ kind: "invert" })), button("mask-clear", words.clear, () => act({ kind: "clear" })));
    if (held && tools.querySelector(`#${held}`)) /** @type {HTMLElement} */ (tools.querySelector(`#${held}`)).focus();
    said.textContent = [words.share(percent(mask?.share() ?? 0)), drags ? words.penDown : ""].filter(Boolean).join(t().generate.space);
  }

  function build() {
    const words = t().generate.paint;
    keys.textContent = words.keys;
    const open = numbers.open;
    fill(numbers, h("summary", null, words.byNumbers), h("div", { class: "row" },
      h("div", { class: "seg small", role: "group", "aria-label": words.shape }, .../** @type {const} */ (["rectangle", "ellipse"]).map((name) => h("button", { type: "button", id: `shape-${name}`, "aria-pressed": String(shape === name), onclick: () => { shape = name; build(); document.getElementById(`shape-${name}`)?.focus(); } }, words.shapes[name]))),
      ...cells.map(({ field }) => field.element)),
    h("div", { class: "acts" }, h("button", { type: "button", class: "plain small", id: "mask-add", onclick: () => act({ kind: shape, erase: false, ...corner }) }, words.mark), h("button", { type: "button", class: "plain small", id: "mask-cut", onclick: () => act({ kind: shape, erase: true, ...corner }) }, words.unmark)));
    numbers.open = open;
    for (const { name, field } of cells) {
      field.name(words.numbers[name]);
      field.set(corner[name]);
    }
    draw();
  }

  const element = h("div", { class: "painter" }, box, tools, size.element, said, keys, numbers);
  return {
    element,
    build,
    draw,
    /** Another picture; a mask of the same size stays. @param {HTMLCanvasElement | null} next */
    set(next) {
      picture = next;
      if (next && (mask?.width !== next.width || mask?.height !== next.height)) {
        mask = createMask(next.width, next.height);
        spot = { x: next.width / 2, y: next.height / 2 };
        Object.assign(corner, { x: Math.round(next.width / 4), y: Math.round(next.height / 4), w: Math.round(next.width / 2), h: Math.round(next.height / 2) });
        brush = Math.max(2, Math.round(next.width / 6));
      }
      build();
    },
    clear: () => act({ kind: "clear" }),
    /** @returns {Promise<Uint8Array | null>} null where nothing is marked */
    png: async () => (mask && mask.share() > 0 ? mask.png() : null),
  };
}
