// Shares of class 1 over a plane: tinted towards either class, with a line where both are as likely.

import { colours } from "./colours.js";

/** The strongest tint; points must stay readable on it. */
const STRENGTH = 0.34;

/** @param {string} colour as browsers resolve it, rgb(…) @returns {number[]} */
const channels = (colour) => (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);

/** One small canvas for all: the browser enlarges it. @type {HTMLCanvasElement | null} */
let small = null;

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Float32Array} shares side × side cells, row by row from the top
 * @param {{x: number, y: number, width: number, height: number}} box
 */
export function drawSurface(pen, shares, box) {
  const side = Math.round(Math.sqrt(shares.length));
  const { ember, steel, ink } = colours();
  const ends = [channels(steel), channels(ember)];
  small ??= document.createElement("canvas");
  small.width = small.height = side;
  const brush = small.getContext("2d");
  if (!brush) return;
  const image = brush.createImageData(side, side);
  shares.forEach((share, cell) => {
    const [r, g, b] = ends[share > 0.5 ? 1 : 0];
    image.data.set([r, g, b, Math.round(255 * STRENGTH * Math.min(1, Math.abs(share - 0.5) * 2))], cell * 4);
  });
  brush.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(small, box.x, box.y, box.width, box.height);
  pen.strokeStyle = ink;
  pen.lineWidth = 1.75;
  pen.beginPath();
  for (const [from, to] of border(shares, side)) {
    pen.moveTo(box.x + from[0] * box.width, box.y + from[1] * box.height);
    pen.lineTo(box.x + to[0] * box.width, box.y + to[1] * box.height);
  }
  pen.stroke();
}

/**
 * Pieces of the line at one half between the centres of cells (marching squares), from 0 to 1 of the plane.
 * @param {ArrayLike<number>} shares @param {number} side @returns {[[number, number], [number, number]][]}
 */
export function border(shares, side) {
  /** @type {[[number, number], [number, number]][]} */
  const pieces = [];
  const value = (/** @type {number} */ column, /** @type {number} */ row) => shares[row * side + column] - 0.5;
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corners = /** @type {[number, number][]} */ ([[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]]);
      /** @type {[number, number][]} */
      const crossings = [];
      corners.forEach(([x, y], at) => {
        const [u, v] = corners[(at + 1) % 4];
        const a = value(x, y), b = value(u, v);
        if (a < 0 === b < 0) return;
        const part = a / (a - b);
        crossings.push([(x + (u - x) * part + 0.5) / side, (y + (v - y) * part + 0.5) / side]);
      });
      for (let at = 0; at + 1 < crossings.length; at += 2) pieces.push([crossings[at], crossings[at + 1]]);
    }
  }
  return pieces;
}
