// Small pictures on canvases. What is painted here was decoded by our own program; the document
// never opens a stranger's file.

import { h } from "../base/dom.js";

/** The middle square, as the model sees it. @param {Picture} picture @param {number} side in CSS pixels */
export function thumb(picture, side) {
  const canvas = h("canvas", { class: "thumb", "aria-hidden": "true" });
  const { face, answer } = picture;
  const pixels = Math.round(side * Math.min(2, devicePixelRatio || 1));
  canvas.width = canvas.height = pixels;
  canvas.style.setProperty("--side", `${side / 16}rem`);
  const pen = canvas.getContext("2d");
  if (!pen || !face || !answer) return canvas;
  const scale = face.width / answer.width;
  const { x, y, width, height } = answer.crop;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(face, x * scale, y * scale, Math.max(1, width * scale), Math.max(1, height * scale), 0, 0, pixels, pixels);
  return canvas;
}

/** The whole picture with what the crop leaves out dimmed. @param {HTMLCanvasElement} canvas @param {Picture} picture @param {{width: number, height: number}} room */
export function drawPreview(canvas, picture, room) {
  const { face, answer } = picture;
  const pen = canvas.getContext("2d");
  if (!pen || !face || !answer) return;
  const fit = Math.min(room.width / answer.width, room.height / answer.height);
  const width = Math.max(24, answer.width * fit), height = Math.max(24, answer.height * fit);
  const dense = Math.min(2, devicePixelRatio || 1);
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  canvas.style.setProperty("width", `${width}px`);
  canvas.style.setProperty("aspect-ratio", `${canvas.width} / ${canvas.height}`);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(face, 0, 0, canvas.width, canvas.height);
  const across = canvas.width / answer.width, down = canvas.height / answer.height;
  const { x, y, width: w, height: t } = answer.crop;
  const box = /** @type {const} */ ([x * across, y * down, w * across, t * down]);
  const style = getComputedStyle(canvas);
  pen.fillStyle = style.backgroundColor;
  pen.globalAlpha = 0.72;
  pen.beginPath();
  pen.rect(0, 0, canvas.width, canvas.height);
  pen.rect(...box);
  pen.fill("evenodd");
  pen.globalAlpha = 1;
  if (cutShare(answer) < 0.005) return;
  pen.strokeStyle = style.color;
  pen.lineWidth = 1.5 * dense;
  pen.strokeRect(box[0] + dense * 0.75, box[1] + dense * 0.75, box[2] - dense * 1.5, box[3] - dense * 1.5);
}

/** The part of the picture that the model never sees. @param {ImageAnswer} answer */
export const cutShare = ({ crop, width, height }) => Math.max(0, 1 - (crop.width * crop.height) / (width * height));

/** What the model sees, large enough to look at, with its patches. @param {HTMLCanvasElement} canvas @param {Pixels} seen @param {number} patch 0 for no grid */
export function drawSeen(canvas, seen, patch) {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const zoom = 8;
  canvas.width = seen.width * zoom;
  canvas.height = seen.height * zoom;
  const small = document.createElement("canvas");
  small.width = seen.width;
  small.height = seen.height;
  small.getContext("2d")?.putImageData(new ImageData(/** @type {Uint8ClampedArray<ArrayBuffer>} */ (seen.rgba), seen.width, seen.height), 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (!patch) return;
  pen.fillStyle = getComputedStyle(canvas).backgroundColor;
  const gap = 4;
  for (let at = patch; at < seen.width; at += patch) pen.fillRect(at * zoom - gap / 2, 0, gap, canvas.height);
  for (let at = patch; at < seen.height; at += patch) pen.fillRect(0, at * zoom - gap / 2, canvas.width, gap);
}
