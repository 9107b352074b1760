// Digits and weights as pixels, and strokes as ink. Everything that draws them is here.

import { h } from "../base/dom.js";
import { colours } from "../ui/colours.js";
import { SIDE } from "./digits-settings.js";

/** Side of what a drawing is read from; strokes are in 0 … 255. */
const READ_SIDE = 140;
/** Width of the pen, as a share of the pad. */
const PEN = 0.085;

/** "rgb(1, 2, 3)" as numbers. @param {string} colour */
const channels = (colour) => {
  const found = (colour.match(/[\d.]+/g) ?? []).map(Number);
  // Some browsers resolve light-dark() to "color(srgb 0.1 …)".
  return colour.startsWith("color(") ? found.slice(-3).map((one) => one * 255) : found;
};

/** One canvas pixel a number, coloured between three colours: −1, 0, 1. @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} values −1 … 1 @param {number} side */
function paint(canvas, values, side) {
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const own = colours();
  const [low, none, high] = [own.steel, own.paper, own.ember].map(channels);
  const image = pen.createImageData(side, side);
  for (let at = 0; at < side * side; at++) {
    const value = values[at];
    const to = value < 0 ? low : high, share = Math.min(1, Math.abs(value));
    for (let channel = 0; channel < 3; channel++) image.data[at * 4 + channel] = none[channel] + (to[channel] - none[channel]) * share;
    image.data[at * 4 + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

/** Ink on paper. @param {HTMLCanvasElement} canvas @param {Uint8Array} pixels 28 × 28 */
export function paintDigit(canvas, pixels) {
  canvas.width = canvas.height = SIDE;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const ink = channels(colours().ink);
  const image = pen.createImageData(SIDE, SIDE);
  pixels.forEach((value, at) => image.data.set([ink[0], ink[1], ink[2], value], at * 4));
  pen.putImageData(image, 0, 0);
}
/** A digit beside words that say what it is. @param {Uint8Array} pixels */
export function digitCanvas(pixels) {
  const canvas = h("canvas", { class: "digit", "aria-hidden": "true" });
  paintDigit(canvas, pixels);
  return canvas;
}
/** First weights of one unit: ember speaks for it, steel against. @param {Float32Array} weights @param {number} side @param {number} most what counts as full colour */
export function weightCanvas(weights, side, most) {
  const canvas = h("canvas", { class: "digit", "aria-hidden": "true" });
  paint(canvas, weights.map((value) => value / (most || 1)), side);
  return canvas;
}

/** @param {CanvasRenderingContext2D} pen @param {number[][]} strokes @param {number} side of the place */
export function inkStrokes(pen, strokes, side) {
  const scale = side / 255;
  pen.lineWidth = PEN * side;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.beginPath();
    pen.moveTo(stroke[0] * scale, stroke[1] * scale);
    // A dot is a line of no length, which some browsers leave out.
    if (stroke.length === 2) pen.lineTo(stroke[0] * scale + 0.01, stroke[1] * scale);
    for (let at = 2; at < stroke.length; at += 2) pen.lineTo(stroke[at] * scale, stroke[at + 1] * scale);
    pen.stroke();
  }
}

/** Strokes as ink, 0 … 255. @param {number[][]} strokes @returns {DrawingQuestion} */
export function rasterise(strokes) {
  const canvas = new OffscreenCanvas(READ_SIDE, READ_SIDE);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  inkStrokes(/** @type {any} */ (pen), strokes, READ_SIDE);
  const { data } = pen.getImageData(0, 0, READ_SIDE, READ_SIDE);
  return { pixels: Uint8Array.from({ length: READ_SIDE * READ_SIDE }, (_, at) => data[at * 4 + 3]), width: READ_SIDE, height: READ_SIDE };
}
/** A drawing made small where it lies, without centring: means of squares. @param {DrawingQuestion} drawing */
export function shrink({ pixels, width }) {
  const every = width / SIDE;
  const small = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let down = 0; down < every; down++) for (let across = 0; across < every; across++) sum += pixels[(y * every + down) * width + x * every + across];
      small[y * SIDE + x] = Math.round(sum / (every * every));
    }
  }
  return small;
}
/** Moved to the right and down; what leaves the picture is gone. @param {Uint8Array} pixels @param {number} dx @param {number} dy */
export function shift(pixels, dx, dy) {
  const moved = new Uint8Array(pixels.length);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [fromX, fromY] = [x - dx, y - dy];
      if (fromX >= 0 && fromX < SIDE && fromY >= 0 && fromY < SIDE) moved[y * SIDE + x] = pixels[fromY * SIDE + fromX];
    }
  }
  return moved;
}
