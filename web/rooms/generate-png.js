// Pictures out, with their settings written inside; and settings back in from such a file.

import { clip } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { saveBlob } from "../ui/save.js";
import { toast } from "../ui/toast.js";
import { readState, SAMPLER_NAMES, SAMPLERS } from "./generate-settings.js";

const VERSION = 1;
const GAP = 4;
/** No more than this of a stranger's text is looked at. */
const TEXT_CHARS = 20_000;

/** What a run was made with, in the page's own terms. @param {GenerateRun} run @param {number} picture @returns {Partial<GenerateState>} */
export function stateOf({ options, from }, picture) {
  const { prompt, negative_prompt: negative, sampler, karras, spacing, steps, guidance, eta, seed, width, height, strength, control_weight: weight, edge_low: low, edge_high: high } = options;
  return {
    prompt, negative, sampler, karras, spacing, steps, guidance, eta, seed: seed + picture, locked: true, batch: 1, width, height,
    start: from === "noise" ? "noise" : "picture", strength, masked: from === "mask", ...(weight > 0 ? { edges: true, weight, low, high } : { edges: false }),
  };
}

/** The wording that the common web interface writes under its pictures. @param {GenerateRun} run @param {number} picture */
function parametersText({ options, from }, picture) {
  const { prompt, negative_prompt: negative, sampler, karras, steps, guidance, seed, width, height, strength } = options;
  const facts = [`Steps: ${steps}`, `Sampler: ${SAMPLERS[sampler].title}${karras ? " Karras" : ""}`, `CFG scale: ${guidance}`, `Seed: ${seed + picture}`, `Size: ${width}x${height}`,
    ...(from === "noise" ? [] : [`Denoising strength: ${strength}`]), "Version: Kindling"];
  return [prompt, ...(negative ? [`Negative prompt: ${negative}`] : []), facts.join(", ")].join("\n");
}

/** @param {GenerateRun} run @param {number} picture @returns {[string, string][]} */
const textOf = (run, picture) => [
  ["kindling", JSON.stringify({ lab: "generate", version: VERSION, settings: stateOf(run, picture) })],
  ["parameters", parametersText(run, picture)],
];

/** @param {GenerateRoom} room @param {HTMLCanvasElement} canvas @param {[string, string][]} text @param {string} name */
async function save(room, canvas, text, name) {
  const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
  if (!pixels) return;
  const bytes = await room.latest("png", "writePng", { width: canvas.width, height: canvas.height, rgba: new Uint8Array(pixels.buffer), text });
  if (!bytes) return;
  saveBlob(name, new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: "image/png" }));
  toast(t().acts.saved(name));
}

/** @param {GenerateRoom} room @param {GenerateRun} run @param {number} picture */
export async function savePicture(room, run, picture) {
  const at = Math.min(picture, run.images.length - 1);
  const canvas = run.images[at];
  if (canvas) await save(room, canvas, textOf(run, at), `kindling-${run.options.seed + at}.png`);
}

/** All frames on one sheet, in reading order. @param {GenerateRoom} room @param {GenerateRun} run @param {number} picture */
export async function saveFilm(room, run, picture) {
  const frames = run.frames.map(({ images }) => images[picture] ?? images[0]);
  if (!frames.length) return;
  await save(room, sheet(frames), textOf(run, Math.min(picture, run.options.batch - 1)), `kindling-film-${run.options.seed + picture}.png`);
}

/** @param {HTMLCanvasElement[]} pictures @param {number} [columns] */
export function sheet(pictures, columns = Math.ceil(Math.sqrt(pictures.length * 1.6))) {
  const { width, height } = pictures[0];
  const across = Math.min(columns, pictures.length), down = Math.ceil(pictures.length / across);
  const canvas = document.createElement("canvas");
  canvas.width = across * (width + GAP) - GAP;
  canvas.height = down * (height + GAP) - GAP;
  const pen = canvas.getContext("2d");
  if (pen) {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pictures.forEach((picture, at) => pen.drawImage(picture, (at % across) * (width + GAP), Math.floor(at / across) * (height + GAP), width, height));
  }
  return canvas;
}

/** A finished picture as a file, to start another from. @param {HTMLCanvasElement} canvas @returns {Promise<Uint8Array | null>} */
export async function bytesOf(canvas) {
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve, "image/png"));
  return blob && new Uint8Array(await blob.arrayBuffer());
}

/**
 * The settings inside a PNG, clamped as a link's are; null where it holds none.
 * @param {[string, string][]} text
 * @returns {{state: Partial<GenerateState>, cut: boolean} | null}
 */
export function settingsIn(text) {
  let cut = false;
  const note = () => void (cut = true);
  const own = text.find(([key]) => key === "kindling")?.[1];
  if (own) {
    try {
      const { lab, version, settings } = JSON.parse(clip(own, TEXT_CHARS));
      if (lab === "generate" && version === VERSION && settings && typeof settings === "object") return { state: readState((name) => (Object.hasOwn(settings, name) ? settings[name] : undefined), note), cut };
    } catch {
      // Not ours after all; the plain wording may still be there.
    }
  }
  const plain = text.find(([key]) => key === "parameters")?.[1];
  const found = plain && fromParameters(clip(plain, TEXT_CHARS));
  return found ? { state: readState((name) => found[name], note), cut } : null;
}

/** @param {string} text @returns {Record<string, unknown> | null} */
function fromParameters(text) {
  const lines = text.split("\n");
  const at = lines.findLastIndex((line) => /^Steps: \d/.test(line));
  if (at < 0) return null;
  const facts = new Map(lines[at].split(/, (?=[A-Z][\w ]*: )/).map((fact) => /** @type {[string, string]} */ ([fact.slice(0, fact.indexOf(":")), fact.slice(fact.indexOf(":") + 1).trim()])));
  const words = lines.slice(0, at).join("\n");
  const [prompt, negative = ""] = words.split(/^Negative prompt: /m);
  const asked = (facts.get("Sampler") ?? "").toLowerCase().replace(/[^a-z0-9+]/g, "");
  const plain = (/** @type {string} */ name) => name.toLowerCase().replace(/[^a-z0-9+]/g, "");
  const known = { eulera: "euler_a", lms: undefined, "dpm++2mkarras": "dpmpp_2m", "dpm++3msde": "dpmpp_3m", "dpm++3msdekarras": "dpmpp_3m" };
  const sampler = SAMPLER_NAMES.find((name) => plain(SAMPLERS[name].title) === asked.replace(/karras$/, "")) ?? /** @type {Record<string, string | undefined>} */ (known)[asked];
  const [width, height] = (facts.get("Size") ?? "").split("x");
  return {
    prompt: prompt.trim(), negative: negative.trim(), steps: facts.get("Steps"), guidance: facts.get("CFG scale"), seed: facts.get("Seed"), locked: true, batch: 1,
    sampler, karras: /karras/.test(asked) || undefined, width: width || undefined, height: height || undefined, strength: facts.get("Denoising strength"),
  };
}
