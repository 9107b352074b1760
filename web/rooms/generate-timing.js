// How long a picture will take: from passes measured on this machine, remembered between visits; before
// the first of them from a guess, and the page says that it is one.

import { GUESSED_PASS_MILLIS, GUESSED_PREVIEW_MILLIS } from "../base/constants.js";
import { keep, setting } from "../base/storage.js";
import { passesOf, samplesOf } from "./generate-settings.js";

/** What the guess was made for. */
const GUESSED_PIXELS = 64 * 64;
const GUESSED_WEIGHTS = 9.8e6;
/** A machine may be busy once: a new measure moves what is remembered by this share. */
const TRUST = 0.5;

/** Millis for one sample of one pass, and for one preview, at so many pixels. @typedef {{pass: number, preview: number, pixels: number}} Measured */

/** Where it runs, which model (`own`: the visitor's, by its key), and how many weights the U-Net has. @typedef {{bundle: DeviceKind, own: string, weights: number}} Runner */

/** Of each model apart. @param {Runner} runner */
const keyOf = ({ bundle, own }) => `pass.${bundle}${own && `.${own}`}`;

/** @param {Runner} runner @returns {Measured | null} */
function remembered(runner) {
  try {
    const found = JSON.parse(setting(keyOf(runner)) ?? "null");
    const sound = [found?.pass, found?.preview, found?.pixels].every((value) => typeof value === "number" && value > 0 && value < 1e9);
    return sound ? found : null;
  } catch {
    return null;
  }
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * @param {Runner} runner @param {GenerateOptions} options
 * @param {{passes: number[], previews: number[]}} millis of one run; the first pass warms up and is left out
 */
export function remember(runner, options, { passes, previews }) {
  const pixels = options.width * options.height;
  const pass = median(passes.length > 1 ? passes.slice(1) : passes) / samplesOf(options);
  const rasters = options.batch + (options.panels ? 2 : 0);
  if (!(pass > 0)) return;
  const before = remembered(runner);
  const same = before?.pixels === pixels ? before : null;
  const preview = previews.length ? median(previews) / rasters : (same?.preview ?? GUESSED_PREVIEW_MILLIS[runner.bundle]);
  const mix = (/** @type {number} */ old, /** @type {number} */ now) => old + (now - old) * TRUST;
  keep(keyOf(runner), JSON.stringify({ pass: same ? mix(same.pass, pass) : pass, preview: Math.max(0.01, same ? mix(same.preview, preview) : preview), pixels }));
}

/**
 * @param {Runner} runner @param {GenerateOptions} options @param {boolean} fromPicture
 * @param {number} [frames] that will be shown; all by default
 * @returns {Estimate}
 */
export function estimate(runner, options, fromPicture, frames) {
  const known = remembered(runner);
  // Without a measure, a model with more weights is taken to need as many times longer.
  const more = runner.own ? Math.max(1, runner.weights / GUESSED_WEIGHTS) : 1;
  const { pass, preview, pixels } = known ?? { pass: GUESSED_PASS_MILLIS[runner.bundle] * more, preview: GUESSED_PREVIEW_MILLIS[runner.bundle] * more, pixels: GUESSED_PIXELS };
  const scale = (options.width * options.height) / pixels;
  const evaluations = passesOf(options, fromPicture);
  const rasters = options.batch + (options.panels ? 2 : 0);
  const millis = evaluations * samplesOf(options) * pass * scale + ((frames ?? evaluations) * rasters + options.batch) * preview * scale;
  return { millis, evaluations, measured: known !== null };
}
