// A vector as a film of bars: every number is drawn, and the same numbers can be read as a table.

import { h } from "../base/dom.js";

const HEIGHT = 36;

/** @param {string} name */
export function barcode(name) {
  const canvas = h("canvas", { role: "img", "aria-label": name, class: "barcode" });
  /** @type {number[]} */
  let values = [];
  const draw = () => paint(canvas, values);
  new ResizeObserver(draw).observe(canvas);
  return {
    element: canvas,
    draw,
    /** @param {number[]} next */
    set(next) {
      values = next;
      draw();
    },
  };
}

/** @param {HTMLCanvasElement} canvas @param {number[]} values */
function paint(canvas, values) {
  const width = canvas.clientWidth;
  const pen = canvas.getContext("2d");
  if (!pen || !width) return;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT * scale);
  if (!values.length) return;
  pen.fillStyle = getComputedStyle(canvas).color;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const step = canvas.width / values.length;
  const middle = canvas.height / 2;
  values.forEach((value, at) => {
    const tall = Math.max(scale * 0.5, (Math.abs(value) / largest) * (middle - scale));
    pen.fillRect(at * step, value > 0 ? middle - tall : middle, Math.max(step * 0.62, 0.6), tall);
  });
}
