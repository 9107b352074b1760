// Values of a knob as a person lists them: numbers by commas, prompts by upright strokes.

import { t } from "../i18n/index.js";
import { FIELDS, leastStrength, SAMPLER_NAMES, SAMPLERS } from "./generate-settings.js";

/** What stands in the field when a knob is chosen. @type {Record<PlotKnob, (state: GenerateState) => string>} */
export const SAMPLE_VALUES = {
  steps: () => "4, 8, 16", guidance: () => "1, 2, 4, 8", sampler: () => "ddim, euler_a, dpmpp_2m", seed: ({ seed }) => [0, 1, 2].map((more) => (seed + more) % 2 ** 32).join(", "),
  karras: () => "0, 1", eta: () => "0, 0.5, 1", strength: () => "0.3, 0.6, 0.9", prompt: ({ prompt }) => `${prompt} | `, negative: ({ negative }) => `${negative} | `,
};
const TEXTS = ["prompt", "negative"];

/** @param {PlotKnob} knob @param {string} list @returns {{values: any[], left: number}} `left`: how many could not be used */
export function readValues(knob, list) {
  const parts = TEXTS.includes(knob) ? list.split(/[|｜]/) : list.split(/[,，、;；\s]+/);
  const given = parts.map((part) => part.trim()).filter((part) => part || knob === "negative");
  const values = given.map((part) => {
    const found = knob === "sampler" ? samplerNamed(part) : FIELDS[knob].read(part);
    // A plot says exactly what it shows: a value beyond the knob's reach is left out, not moved.
    return typeof found === "number" && found !== Number(part) ? undefined : found;
  });
  const usable = [...new Set(values.filter((value) => value !== undefined))];
  return { values: usable, left: values.filter((value) => value === undefined).length };
}

/** @param {string} text */
const samplerNamed = (text) => SAMPLER_NAMES.find((name) => name === text || plain(SAMPLERS[name].title) === plain(text));
/** @param {string} text */
const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** @param {GenerateOptions} options @param {PlotKnob} knob @param {any} value @returns {GenerateOptions} */
export function plotOptions(options, knob, value) {
  const next = { ...options, [knob === "negative" ? "negative_prompt" : knob]: value };
  const { karras, eta } = SAMPLERS[next.sampler];
  return { ...next, karras: next.karras && karras, eta: eta ? next.eta : 0, strength: leastStrength(next.strength, next.steps) };
}

/** @param {PlotKnob} knob @param {any} value */
export function knobText(knob, value) {
  const words = t().generate.plot;
  if (knob === "sampler") return SAMPLERS[/** @type {SamplerName} */ (value)].title;
  if (knob === "karras") return value ? "Karras" : words.noKarras;
  if (TEXTS.includes(knob)) return value || words.nothing;
  return `${words.knobs[knob]} ${value}`;
}
