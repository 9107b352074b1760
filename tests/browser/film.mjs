// web/samples/films: records the run that the Text-to-image lab shows until someone draws. Run by hand
// when the bundled model has changed: node tests/browser/film.mjs [seed [steps]]

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { launch, openContext, root } from "./lib/browser.mjs";
import { drawn, recordGeneration } from "./lib/generate.mjs";
import { serveLab } from "./lib/lab.mjs";

const folder = process.env.KINDLING_FILMS ?? join(root, "web/samples/films");
const [seed = "4", steps = "20"] = process.argv.slice(2);
const QUALITY = 0.92;
const MOST_BYTES = 60_000;

mkdirSync(folder, { recursive: true });
const server = process.env.KINDLING_URL ? { url: process.env.KINDLING_URL, stop: async () => {} } : await serveLab();
const browser = await launch();
try {
  for (const lang of /** @type {const} */ (["en", "zh"])) {
    const { context } = await openContext(browser, { locale: lang === "zh" ? "zh-CN" : "en-US" });
    await context.addInitScript(recordGeneration);
    const page = await context.newPage();
    await page.goto(`${server.url}?device=cpu#generate`);
    await page.locator("#draw:enabled").waitFor({ timeout: 120_000 });
    await page.locator("#knob-steps").fill(steps);
    await page.locator("#knob-seed").fill(seed);
    await page.locator("#more-knobs summary").click();
    await page.locator("#knob-panels").check();
    await page.locator("#draw").click();
    await drawn(page);
    const { sheet, recording } = await page.evaluate(develop, QUALITY);
    const bytes = Buffer.from(sheet, "base64");
    writeFileSync(join(folder, `${lang}.webp`), bytes);
    // The name of the machine is nobody's business; what kind it is helps to judge the time.
    writeFileSync(join(folder, `${lang}.json`), JSON.stringify({ ...recording, sheet: `${lang}.webp`, device: `CPU (${cpus().length})` }));
    console.log(`${lang}.webp ${bytes.length} bytes${bytes.length > MOST_BYTES ? ": too large" : ""}, ${recording.frames.length} frames, “${recording.options.prompt}”`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.stop();
}

/** Runs in the page: one row for each kind of guess, one column for each step. @param {number} quality */
async function develop(quality) {
  const { plan, frames, options, images } = /** @type {any} */ (globalThis).generation.runs.at(-1);
  const tile = frames[0].images[0].width;
  const rows = frames[0].panels ? ["guided", "conditional", "unconditional"] : ["guided"];
  const canvas = new OffscreenCanvas(tile * frames.length, tile * rows.length);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  frames.forEach((/** @type {any} */ frame, /** @type {number} */ column) => rows.forEach((kind, row) => {
    const last = kind === "guided" && column === frames.length - 1;
    const { width, height, rgba } = last ? images[0] : kind === "guided" ? frame.images[0] : frame.panels[kind];
    pen.putImageData(new ImageData(Uint8ClampedArray.from(atob(rgba), (letter) => letter.charCodeAt(0)), width, height), column * tile, row * tile);
  }));
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality })).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const round = (/** @type {number} */ value) => Math.round(value * 1e4) / 1e4;
  return {
    sheet: btoa(text),
    recording: {
      version: 1, tile, rows, options,
      plan: { steps: plan.steps, first_step: plan.first_step, evaluations: plan.evaluations, timesteps: plan.timesteps, noise: plan.noise.map(round) },
      frames: frames.map((/** @type {any} */ { timestep, millis, latents }) => ({ timestep, millis: Math.round(millis), mean: round(latents.mean), std: round(latents.std) })),
    },
  };
}
