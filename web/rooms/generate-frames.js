// From what the worker sends to what the page keeps: pictures on small canvases, and how much of the
// latents is noise at a timestep.

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

/** @param {GenerationFrame} frame @param {number} millis @param {GeneratorInfo | null} info @returns {FilmFrame} */
export const frameOf = ({ step, timestep, images, panels, latents }, millis, info) => ({
  step, timestep, noise: noiseAt(timestep, info?.train_steps ?? 1000), millis, latents, images: images.map(small),
  panels: panels && { conditional: small(panels.conditional), unconditional: small(panels.unconditional), guided: small(panels.guided) },
});

/**
 * The noise's weight √(1 − ᾱ) in the latents, for the scaled-linear betas of Stable Diffusion, which
 * the bundled model shares.
 * @param {number} timestep may lie between two whole ones @param {number} steps the model was trained with
 */
export function noiseAt(timestep, steps) {
  const low = Math.sqrt(0.00085), high = Math.sqrt(0.012);
  const weight = (/** @type {number} */ last) => {
    let kept = 1;
    for (let at = 0; at <= last; at++) kept *= 1 - (low + ((high - low) * at) / (steps - 1)) ** 2;
    return Math.sqrt(1 - kept);
  };
  const below = Math.floor(timestep);
  if (below < 0) return 0;
  const share = timestep - below;
  return share > 0 ? weight(below) * (1 - share) + weight(below + 1) * share : weight(below);
}
