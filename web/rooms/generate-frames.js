// From what the worker sends to what the page keeps: pictures on small canvases.

import { FRAME_PIXELS } from "../base/constants.js";
import { paint } from "./gallery.js";

export const canvasOf = paint;

/** Frames are looked at small: a large one is kept smaller. @param {Raster} raster */
function small(raster) {
  const whole = paint(raster);
  const most = Math.max(raster.width, raster.height);
  if (most <= FRAME_PIXELS) return whole;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((raster.width * FRAME_PIXELS) / most);
  canvas.height = Math.round((raster.height * FRAME_PIXELS) / most);
  canvas.getContext("2d")?.drawImage(whole, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {GenerationFrame} frame @param {number} millis @returns {FilmFrame} */
export const frameOf = ({ step, timestep, noise, images, panels, latents }, millis) => ({
  step, timestep, noise, millis, latents, images: images.map(small),
  panels: panels && { conditional: small(panels.conditional), unconditional: small(panels.unconditional), guided: small(panels.guided) },
});
