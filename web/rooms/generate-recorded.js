// A run that was recorded from the real model, to look at without waiting: one sheet of pictures with
// a row for each kind of guess, and the numbers of each step beside it. tests/browser/film.mjs makes it.

/**
 * @typedef {object} Recording
 * @property {1} version
 * @property {string} sheet
 * @property {number} tile side of each picture on the sheet, in pixels
 * @property {("guided" | "conditional" | "unconditional")[]} rows
 * @property {string} device
 * @property {GenerateOptions} options
 * @property {{steps: number, first_step: number, evaluations: number, timesteps: number[], noise: number[]}} plan
 * @property {{timestep: number, millis: number, mean: number, std: number}[]} frames
 */

/** @type {Map<Lang, Promise<GenerateRun | null>>} */
const loading = new Map();

/** Asked again after a failure: the network may be back. @param {Lang} language */
export function loadRecorded(language) {
  const known = loading.get(language) ?? load(language).catch(() => {
    loading.delete(language);
    return null;
  });
  loading.set(language, known);
  return known;
}

/** @param {Lang} language @returns {Promise<GenerateRun | null>} */
async function load(language) {
  const folder = "./samples/films/";
  const response = await fetch(`${folder}${language}.json`);
  if (!response.ok) return null;
  const recording = /** @type {Recording} */ (await response.json());
  const sheet = new Image();
  sheet.src = `${folder}${recording.sheet}`;
  await sheet.decode();
  const { tile, rows, options, plan, frames } = recording;
  const cut = (/** @type {number} */ column, /** @type {number} */ row) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = tile;
    canvas.getContext("2d")?.drawImage(sheet, column * tile, row * tile, tile, tile, 0, 0, tile, tile);
    return canvas;
  };
  const row = (/** @type {Recording["rows"][number]} */ kind) => rows.indexOf(kind);
  const whole = rows.length === 3;
  return {
    id: 0, kind: "recorded", options, from: "noise", phase: "done", error: null, millis: frames.reduce((sum, { millis }) => sum + millis, 0), device: recording.device, before: null, origin: null,
    done: frames.length,
    plan: { ...plan, seen: null, edges: null, mask: null, tokens: 0, truncated: false },
    frames: frames.map(({ timestep, millis, mean, std }, at) => ({
      step: at + 1, timestep, millis, noise: plan.noise[at], latents: { mean, std }, images: [cut(at, row("guided"))],
      panels: whole ? { guided: cut(at, row("guided")), conditional: cut(at, row("conditional")), unconditional: cut(at, row("unconditional")) } : null,
    })),
    images: [cut(frames.length - 1, row("guided"))],
  };
}
