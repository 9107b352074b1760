// The knobs as a table: what each may hold, how a link names it, and what a stranger's value becomes.
// Links, drafts, PNG files and fields all go through it, so a value is clamped in one way only.

import { MAX_BATCH, MAX_GUIDANCE, MAX_SEED, MAX_STEPS, PROMPT_CHARS } from "../base/constants.js";
import { clip } from "../base/dom.js";
import { PROMPTS } from "./generate-examples.js";

/**
 * `heun` looks twice at each step but the last; `pndm` needs one more to get going.
 * @type {Record<SamplerName, {title: string, karras: boolean, eta: boolean, passes: (steps: number) => number}>}
 */
export const SAMPLERS = {
  ddim: { title: "DDIM", karras: false, eta: true, passes: (steps) => steps },
  ddpm: { title: "DDPM", karras: false, eta: false, passes: (steps) => steps },
  pndm: { title: "PNDM", karras: false, eta: false, passes: (steps) => steps + 1 },
  euler: { title: "Euler", karras: true, eta: false, passes: (steps) => steps },
  euler_a: { title: "Euler ancestral", karras: false, eta: false, passes: (steps) => steps },
  heun: { title: "Heun", karras: true, eta: false, passes: (steps) => Math.max(1, 2 * steps - 1) },
  dpmpp_2m: { title: "DPM++ 2M", karras: true, eta: false, passes: (steps) => steps },
  dpmpp_3m: { title: "DPM++ 3M", karras: true, eta: false, passes: (steps) => steps },
  lcm: { title: "LCM", karras: false, eta: false, passes: (steps) => steps },
};
export const SAMPLER_NAMES = /** @type {SamplerName[]} */ (Object.keys(SAMPLERS));
export const SPACINGS = /** @type {Spacing[]} */ (["leading", "trailing", "linspace"]);
export const PLOT_KNOBS = /** @type {PlotKnob[]} */ (["steps", "guidance", "sampler", "seed", "karras", "eta", "strength", "prompt", "negative"]);
export const RACE = { least: 2, most: 4 };

/** `read` gives back undefined for what cannot be used. @typedef {{key: string, chars: number, read: (value: unknown) => any, print: (value: any) => string}} Field */

/** @param {string} key @param {number} least @param {number} most @param {number} [digits] @returns {Field} */
const number = (key, least, most, digits = 0) => ({
  key, chars: 24, print: String,
  read(value) {
    const found = typeof value === "string" && !value.trim() ? NaN : Number(value);
    if (Number.isNaN(found)) return undefined;
    return Number(Math.min(most, Math.max(least, found)).toFixed(digits));
  },
});
/** @param {string} key @returns {Field} */
const flag = (key) => ({ key, chars: 5, print: (value) => (value ? "1" : "0"), read: (value) => ([true, "1", "true"].includes(/** @type {any} */ (value)) ? true : [false, "0", "false"].includes(/** @type {any} */ (value)) ? false : undefined) });
/** @param {string} key @param {number} chars @returns {Field} */
const text = (key, chars) => ({ key, chars, print: String, read: (value) => (typeof value === "string" ? clip(value.toWellFormed().replace(/\s*\n\s*/g, " "), chars) : undefined) });
/** @param {string} key @param {string[]} names @returns {Field} */
const oneOf = (key, names) => ({ key, chars: 24, print: String, read: (value) => (names.includes(/** @type {string} */ (value)) ? value : undefined) });
/** null stands for the model's own. @param {Field} field @returns {Field} */
const orOwn = (field) => ({ ...field, print: (value) => (value === null ? "own" : field.print(value)), read: (value) => (value === null || value === "own" ? null : field.read(value)) });

/** The model travels apart, as in every lab. @typedef {Exclude<keyof GenerateState, "model">} Knob */
/** @type {{[Name in Knob]: Field}} */
export const FIELDS = {
  prompt: text("prompt", PROMPT_CHARS),
  negative: text("negative", PROMPT_CHARS),
  sampler: oneOf("sampler", SAMPLER_NAMES),
  karras: flag("karras"),
  spacing: orOwn(oneOf("spacing", SPACINGS)),
  steps: number("steps", 1, MAX_STEPS),
  guidance: number("guidance", 1, MAX_GUIDANCE, 2),
  eta: number("eta", 0, 1, 2),
  seed: number("seed", 0, MAX_SEED),
  locked: flag("locked"),
  batch: number("batch", 1, MAX_BATCH),
  width: orOwn(number("w", 16, 1024)),
  height: orOwn(number("h", 16, 1024)),
  panels: flag("panels"),
  start: oneOf("start", ["noise", "picture"]),
  strength: number("strength", 0.02, 1, 2),
  masked: flag("masked"),
  edges: flag("edges"),
  weight: number("weight", 0, 2, 2),
  low: number("low", 0, 255),
  high: number("high", 0, 255),
  race: {
    key: "race", chars: 60, print: (value) => value.join(","),
    read(value) {
      const names = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [];
      const known = [...new Set(names)].filter((name) => SAMPLER_NAMES.includes(name)).slice(0, RACE.most);
      return known.length >= RACE.least ? known : undefined;
    },
  },
  xKnob: oneOf("x", PLOT_KNOBS), xValues: text("xs", 400), yKnob: oneOf("y", PLOT_KNOBS), yValues: text("ys", 400),
};
export const FIELD_NAMES = /** @type {Knob[]} */ (Object.keys(FIELDS));

/**
 * Known names with usable values; `note` is called where something was cut or left out.
 * @param {(name: Knob, field: Field) => unknown} valueOf undefined where there is none
 * @param {() => void} note
 */
export function readState(valueOf, note) {
  /** @type {Record<string, unknown>} */
  const state = {};
  for (const name of FIELD_NAMES) {
    const given = valueOf(name, FIELDS[name]);
    if (given === undefined || given === null && !["width", "height", "spacing"].includes(name)) continue;
    const value = FIELDS[name].read(given);
    if (value === undefined) note();
    else {
      state[name] = value;
      const same = typeof value === "number" ? Number(given) === value : typeof value === "string" ? String(given).replace(/\s*\n\s*/g, " ") === value : true;
      if (!same) note();
    }
  }
  return /** @type {Partial<GenerateState>} */ (state);
}

/** A whole number that no one chose. */
export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000;

/** @param {Lang} language @returns {GenerateState} */
export const freshState = (language) => ({
  prompt: PROMPTS[0].text[language], negative: "", sampler: "dpmpp_2m", karras: false, spacing: null, steps: 20, guidance: 3, eta: 0,
  seed: randomSeed(), locked: false, batch: 1, width: null, height: null, panels: false,
  start: "noise", strength: 0.6, masked: false, edges: false, weight: 1, low: 100, high: 200,
  race: ["ddim", "euler_a", "dpmpp_2m"], xKnob: "guidance", xValues: "1, 2, 4, 8", yKnob: "steps", yValues: "4, 8, 16", model: "",
});

/** Sizes that fit the latents and the halvings inside the U-Net. @param {GeneratorInfo | null} info */
export function sizesOf(info) {
  const size = info?.size ?? 64;
  const grain = (info?.factor ?? 4) * 4;
  const sizes = [];
  for (let side = Math.max(grain, Math.ceil(size / 2 / grain) * grain); side <= size * 2 && sizes.length < 40; side += grain) sizes.push(side);
  return sizes.includes(size) ? sizes : [...sizes, size].sort((a, b) => a - b);
}
/** The nearest size that the model takes. @param {number | null} side @param {GeneratorInfo | null} info */
export function fitSize(side, info) {
  const own = info?.size ?? 64;
  if (side === null) return own;
  return sizesOf(info).reduce((best, one) => (Math.abs(one - side) < Math.abs(best - side) ? one : best), own);
}

/** A picture that is started from must leave one step at least. @param {number} strength @param {number} steps */
export const leastStrength = (strength, steps) => Math.min(1, Math.max(strength, 1 / steps + 1e-9));

/** @param {GenerateState} state @param {GeneratorInfo | null} info @returns {GenerateOptions} */
export const optionsOf = (state, info) => ({
  prompt: state.prompt.trim().toWellFormed(), negative_prompt: state.negative.trim().toWellFormed(), sampler: state.sampler,
  karras: state.karras && SAMPLERS[state.sampler].karras, spacing: state.spacing, steps: state.steps, guidance: state.guidance,
  eta: SAMPLERS[state.sampler].eta ? state.eta : 0, seed: state.seed, width: fitSize(state.width, info), height: fitSize(state.height, info), batch: state.batch,
  strength: state.start === "picture" ? leastStrength(state.strength, state.steps) : 1, control_weight: state.edges ? state.weight : 0, edge_low: Math.min(state.low, state.high), edge_high: Math.max(state.low, state.high), panels: state.panels && state.guidance > 1,
});

/** How many of the steps a picture that is started from leaves over, and where it enters. @param {number} steps @param {number} strength */
export function entry(steps, strength) {
  const left = Math.min(steps, Math.max(1, Math.floor(steps * strength + 1e-9)));
  return { left, first: steps - left };
}

/** Passes of the U-Net. @param {GenerateOptions} options @param {boolean} fromPicture */
export function passesOf({ sampler, steps, strength }, fromPicture) {
  const { left } = entry(steps, fromPicture ? strength : 1);
  return SAMPLERS[sampler].passes(left);
}

/** Pictures whose noise goes through the U-Net at once. @param {GenerateOptions} options */
export const samplesOf = ({ batch, guidance }) => batch * (guidance > 1 ? 2 : 1);
