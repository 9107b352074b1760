// Marks of points: what they are is told by shape and filling, and by colour as well.

import { h } from "../base/dom.js";
import { colours } from "./colours.js";

/** @typedef {{shape: "circle" | "diamond" | "square", fill: "full" | "ring" | "dot", colour: keyof ReturnType<typeof colours>}} PointMark */

/** In regression the parts differ in shape. @type {Record<PartName, PointMark>} */
export const PART_MARKS = {
  train: { shape: "circle", fill: "full", colour: "ink" },
  validation: { shape: "diamond", fill: "full", colour: "ember" },
  test: { shape: "square", fill: "full", colour: "steel" },
};
/** Classes differ in shape, so the parts differ in filling. @param {PartName} part @param {number} group @returns {PointMark} */
export const classMark = (part, group) => ({ shape: group ? "diamond" : "circle", fill: part === "train" ? "full" : part === "validation" ? "ring" : "dot", colour: group ? "ember" : "steel" });

/** @param {CanvasRenderingContext2D} pen @param {PointMark} mark @param {number} x @param {number} y @param {number} size half of its width */
export function drawPoint(pen, { shape, fill, colour }, x, y, size) {
  const own = colours();
  const trace = (/** @type {number} */ r) => {
    pen.beginPath();
    if (shape === "circle") pen.arc(x, y, r, 0, 7);
    else if (shape === "square") pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
    else {
      pen.moveTo(x, y - r * 1.3);
      pen.lineTo(x + r * 1.3, y);
      pen.lineTo(x, y + r * 1.3);
      pen.lineTo(x - r * 1.3, y);
      pen.closePath();
    }
  };
  trace(size + 1.5);
  pen.fillStyle = own.paper;
  pen.fill();
  trace(fill === "full" ? size : size - 0.5);
  pen.fillStyle = pen.strokeStyle = own[colour];
  if (fill === "full") return pen.fill();
  pen.lineWidth = 1.75;
  pen.stroke();
  if (fill === "ring") return;
  trace(size * 0.35);
  pen.fill();
}

/** For a line of words; made anew when the theme changes. @param {PointMark[]} marks */
export function markSample(marks) {
  const side = 14;
  const canvas = h("canvas", { class: "mark", "aria-hidden": "true" });
  const dense = Math.max(1, devicePixelRatio);
  canvas.width = Math.round(side * marks.length * dense);
  canvas.height = Math.round(side * dense);
  canvas.style.width = `${side * marks.length}px`;
  const pen = canvas.getContext("2d");
  if (pen) {
    pen.scale(dense, dense);
    marks.forEach((mark, at) => drawPoint(pen, mark, side * (at + 0.5), side / 2, 4));
  }
  return canvas;
}
