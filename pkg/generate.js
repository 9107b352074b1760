// Pictures from prompts, at the caller's end: what was asked for is checked before anything is
// fetched, and a cancel or an error thrown by the caller's own `onStep` ends the run.

import { bytesOf } from "./images.js";
import { check, flag, KNOBS, refused, settingsOf, whole } from "./settings.js";
import { CANCELLED, unlessAborted } from "./turns.js";

/**
 * @typedef {import("./index.js").GenerateOptions} Options
 * @typedef {import("./index.js").GenerateResult} Result
 * @typedef {import("./index.js").GeneratorInfo} Info
 * @typedef {(step: import("./index.js").GenerateStep) => void} OnStep
 * @typedef {{load: (model: "text2image") => Promise<Info>, ask: import("./turns.js").Ask}} Tools
 */

const PICTURES = /** @type {const} */ (["init", "mask", "control"]);
const OTHERS = ["previewEvery", "panels", "signal"];

/** Names of options to what Rust calls them, and back in its errors. @param {string} name */
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** @param {string} name */
const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** @param {Tools} tools @param {Options} options @param {OnStep} [onStep] @returns {Promise<Result>} */
export async function generate({ load, ask }, options, onStep) {
  const given = checked(options, onStep);
  const { previewEvery = 0, panels = false } = options;
  const thrown = new AbortController();
  const signal = either(options.signal, thrown.signal);
  if (signal.aborted) throw CANCELLED;
  /** @param {import("./index.js").GenerateStep} step */
  const report = (step) => {
    if (signal.aborted) return;
    try {
      onStep?.(step);
    } catch (error) {
      thrown.abort(error);
    }
  };

  const run = async () => {
    const pictures = await bytesOfAll(options);
    const info = await load("text2image");
    if (signal.aborted) throw CANCELLED;
    const settings = complete(given, info, options);
    // Rust looks at every knob that was given, those that do not count in this run too.
    const rust = Object.fromEntries(Object.entries({ ...given, ...settings, panels }).map(([name, value]) => [snake(name), value]));
    const { images, steps, millis, truncated } = await ask("generate", [rust, previewEvery, ...pictures], { signal, report }).catch(inCallersTerms);
    return { images, seeds: images.map((/** @type {any} */ _, /** @type {number} */ at) => settings.seed + at), steps, millis, truncated, settings };
  };
  return unlessAborted(signal, run(), () => (thrown.signal.aborted ? thrown.signal.reason : CANCELLED));
}

/** @param {Options} options @param {OnStep} [onStep] */
function checked(options, onStep) {
  if (typeof options !== "object" || options === null) throw refused("options", "missing");
  for (const name of Object.keys(options)) {
    // A name spelt otherwise would quietly change nothing.
    if (!Object.hasOwn(KNOBS, name) && ![...PICTURES, ...OTHERS].includes(name)) throw refused(name, "unknown name");
  }
  const { previewEvery, panels } = options;
  check("prompt", options.prompt, KNOBS.prompt);
  if (previewEvery !== undefined) check("previewEvery", previewEvery, whole);
  if (panels !== undefined) check("panels", panels, flag);
  if (onStep !== undefined && typeof onStep !== "function") throw refused("onStep", "not a function");
  return settingsOf(options);
}

/** @param {AbortSignal | undefined} given @param {AbortSignal} own */
function either(given, own) {
  try {
    return AbortSignal.any(given === undefined ? [own] : [given, own]);
  } catch {
    throw refused("signal", "not an AbortSignal");
  }
}

/** @param {Options} options */
function bytesOfAll(options) {
  return Promise.all(PICTURES.map(async (field) => {
    const image = options[field];
    if (image === undefined) return undefined;
    try {
      return await bytesOf(image);
    } catch (error) {
      const { kind = "image", message = String(error), detail } = /** @type {any} */ (error);
      throw { kind, message, detail: { ...detail, field } };
    }
  }));
}

/**
 * Every knob that counts in this run.
 * @param {Partial<import("./index.js").GenerateSettings>} given @param {Info} info @param {Options} options
 * @returns {Result["settings"]}
 */
function complete(given, info, { prompt, init, control }) {
  const { strength = 0.6, controlWeight = 1, edgeLow = 100, edgeHigh = 200, ...others } = given;
  return {
    negativePrompt: "", sampler: info.sampler, karras: given.sampler === undefined && info.karras, spacing: null, steps: 20, guidance: 5, eta: 0,
    seed: crypto.getRandomValues(new Uint32Array(1))[0], width: info.size, height: info.size, batch: 1,
    ...others, prompt,
    ...(init === undefined ? {} : { strength }),
    ...(control === undefined ? {} : { controlWeight, edgeLow, edgeHigh }),
  };
}

/** @param {any} error @returns {never} */
function inCallersTerms(error) {
  const { field, reason } = error?.detail ?? {};
  throw error?.kind === "generate_options" && field ? refused(camel(field), reason) : error;
}
