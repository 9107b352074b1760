// The knobs of a picture: what each may hold, and how they lie inside a PNG file.

/**
 * @typedef {import("./index.js").GenerateSettings} Settings
 * @typedef {keyof Settings} Name
 * @typedef {{wanted: string, fits: (value: unknown) => boolean}} Knob
 */

/** As the common web interface writes them. @type {Record<import("./index.js").SamplerName, string>} */
const SAMPLERS = {
  ddim: "DDIM", ddpm: "DDPM", pndm: "PNDM", euler: "Euler", euler_a: "Euler ancestral", heun: "Heun",
  dpmpp_2m: "DPM++ 2M", dpmpp_3m: "DPM++ 3M", lcm: "LCM",
};
const SPACINGS = ["leading", "trailing", "linspace"];
const MAX_WHOLE = 2 ** 32 - 1;

/** @type {Knob} */
const text = { wanted: "a string", fits: (value) => typeof value === "string" };
/** @type {Knob} */
export const flag = { wanted: "true or false", fits: (value) => typeof value === "boolean" };
/** @type {Knob} */
const number = { wanted: "a finite number", fits: Number.isFinite };
/** @type {Knob} */
export const threshold = { wanted: "a finite number from 0 up", fits: (value) => Number.isFinite(value) && Number(value) >= 0 };
/** @type {(most: number) => Knob} */
const upTo = (most) => ({ wanted: `a whole number from 0 to ${most}`, fits: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most });
export const whole = upTo(MAX_WHOLE);

/** Their types; what a number may be depends on the model, which checks that. @type {Record<Name, Knob>} */
export const KNOBS = {
  prompt: text, negativePrompt: text,
  sampler: { wanted: Object.keys(SAMPLERS).join(", "), fits: (value) => typeof value === "string" && Object.hasOwn(SAMPLERS, value) },
  karras: flag,
  spacing: { wanted: `${SPACINGS.join(", ")} or null`, fits: (value) => value === null || SPACINGS.includes(/** @type {string} */ (value)) },
  steps: whole, guidance: number, eta: number,
  // Room for the seeds of a batch.
  seed: upTo(Number.MAX_SAFE_INTEGER - MAX_WHOLE),
  width: whole, height: whole, batch: whole, strength: number,
  controlWeight: number, edgeLow: threshold, edgeHigh: threshold,
};

/** @param {unknown} value */
const shown = (value) => {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return value === null || ["number", "boolean", "undefined"].includes(typeof value) ? String(value) : `a value of type ${typeof value}`;
};

/** @param {string} field @param {string} reason */
export const refused = (field, reason) => ({ kind: "generate_options", message: `unusable option \`${field}\`: ${reason}`, detail: { field, reason } });

/** @param {string} field @param {unknown} value @param {Knob} knob */
export function check(field, value, { wanted, fits }) {
  if (!fits(value)) throw refused(field, `${shown(value)}, not ${wanted}`);
}

/** Those that are given, each of its type. @param {object} given @returns {Partial<Settings>} */
export function settingsOf(given) {
  const found = Object.entries(given).filter(([name, value]) => Object.hasOwn(KNOBS, name) && value !== undefined);
  for (const [name, value] of found) check(name, value, KNOBS[/** @type {Name} */ (name)]);
  return Object.fromEntries(found);
}

/** The page's text-to-image lab reads and writes the same, under these names. @type {Partial<Record<Name, string>>} */
const IN_FILE = { negativePrompt: "negative", controlWeight: "weight", edgeLow: "low", edgeHigh: "high" };
const VERSION = 1;
/** No more than this of a stranger's text is looked at. */
const TEXT_CHARS = 20_000;

/** @param {Partial<Settings>} settings @returns {[string, string][]} */
export function textOf(settings) {
  const named = Object.fromEntries(Object.entries(settings).map(([name, value]) => [IN_FILE[/** @type {Name} */ (name)] ?? name, value]));
  const start = settings.strength === undefined ? "noise" : "picture";
  const inside = { ...named, locked: true, start, edges: settings.controlWeight !== undefined };
  return [["kindling", JSON.stringify({ lab: "generate", version: VERSION, settings: inside })], ["parameters", plain(settings)]];
}

/** The wording that the common web interface writes under its pictures. @param {Partial<Settings>} settings */
function plain({ prompt = "", negativePrompt, sampler, karras, steps, guidance, seed, width, height, strength }) {
  const facts = [
    ["Steps", steps], ["Sampler", sampler && SAMPLERS[sampler] + (karras ? " Karras" : "")], ["CFG scale", guidance], ["Seed", seed],
    ["Size", width && height && `${width}x${height}`], ["Denoising strength", strength], ["Version", "Kindling"],
  ];
  const known = facts.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}`);
  return [prompt, ...(negativePrompt ? [`Negative prompt: ${negativePrompt}`] : []), known.join(", ")].join("\n");
}

/** What a PNG's texts say; values that no knob may hold are left out. @param {[string, string][]} texts @returns {Partial<Settings> | null} */
export function settingsIn(texts) {
  const own = texts.find(([key]) => key === "kindling")?.[1];
  if (own === undefined || own.length > TEXT_CHARS) return null;
  /** @type {any} */
  let file;
  try {
    file = JSON.parse(own);
  } catch {
    return null;
  }
  const { lab, version, settings } = file ?? {};
  if (lab !== "generate" || version !== VERSION || typeof settings !== "object" || settings === null) return null;
  // Knobs that did not count are in the lab's files all the same.
  const idle = [...(settings.start === "noise" ? ["strength"] : []), ...(settings.edges === false ? ["controlWeight", "edgeLow", "edgeHigh"] : [])];
  const found = Object.entries(KNOBS).flatMap(([name, { fits }]) => {
    const inFile = IN_FILE[/** @type {Name} */ (name)] ?? name;
    const value = Object.hasOwn(settings, inFile) ? settings[inFile] : undefined;
    return !idle.includes(name) && fits(value) ? [[name, value]] : [];
  });
  return Object.fromEntries(found);
}
