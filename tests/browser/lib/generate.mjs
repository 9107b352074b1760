// The text-to-image lab as a visitor sees it. Everything that knows its markup is in this file.

import { dropFiles, openPage } from "./browser.mjs";
import { workersHeardBy } from "./workers.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./browser.mjs").Visit} Visit */
/** @typedef {{width: number, height: number, rgba: Buffer}} Kept */
/** @typedef {{options: any, plan: any, frames: any[], images: Kept[], ended: "" | "done" | "failed"}} SeenRun */

/** How long a fresh browser on a busy machine may take to load the model, and one short run to end. */
const LOAD_MILLIS = 180_000;
const RUN_MILLIS = 180_000;

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {Visit & {hash?: string, query?: string, wait?: boolean}} [options]
 */
export async function openGenerate(browser, server, { hash = "#generate", query = "", wait = true, init = [], ...how } = {}) {
  const opened = await openPage(browser, server, query + hash, { ...how, init: [recordGeneration, init].flat() });
  if (wait) await ready(opened.page);
  return opened;
}

/** @param {Page} page */
export const ready = (page) => page.locator("#draw:enabled").waitFor({ timeout: LOAD_MILLIS });

/** Keeps what the worker was asked to draw and what it answered. */
export const recordGeneration = workersHeardBy(() => {
  /** @type {SeenRun[]} */
  const runs = [];
  const calls = /** @type {Record<string, number>} */ ({});
  Object.assign(globalThis, { generation: { runs, calls } });
  /** By their questions. @type {Map<any, SeenRun>} */
  const asked = new Map();
  // As text: lists of numbers take long on their way to the test.
  const copy = (/** @type {any} */ { width, height, rgba }) => {
    let text = "";
    for (let at = 0; at < rgba.length; at += 8192) text += String.fromCharCode(...rgba.subarray(at, at + 8192));
    return { width, height, rgba: btoa(text) };
  };
  return {
    asked(question) {
      const { action, args } = question;
      calls[action] = (calls[action] ?? 0) + 1;
      if (action !== "generate") return;
      runs.push({ options: args.options, plan: null, frames: [], images: [], ended: "" });
      asked.set(question, runs[runs.length - 1]);
    },
    answered(message, question) {
      const run = asked.get(question);
      if (!run) return;
      if ("value" in message) Object.assign(run, { images: message.value.images.map(copy), ended: "done" });
      else if ("error" in message) run.ended = "failed";
      else {
        const { plan, frame, stepMillis } = message.progress;
        if (plan) run.plan = { ...plan, seen: plan.seen && copy(plan.seen), edges: null, mask: null };
        if (frame) run.frames.push({ ...frame, millis: stepMillis, images: frame.images.map(copy), panels: frame.panels && Object.fromEntries(Object.entries(frame.panels).map(([name, raster]) => [name, copy(raster)])) });
      }
    },
  };
});

/** @param {Page} page @returns {Promise<{runs: SeenRun[], calls: Record<string, number>}>} */
export async function recorded(page) {
  const text = await page.evaluate(() => JSON.stringify(/** @type {any} */ (globalThis).generation));
  return JSON.parse(text, (key, value) => (key === "rgba" ? Buffer.from(value, "base64") : value));
}

/** Waits until the run that was started has ended. @param {Page} page */
export const drawn = (page) => page.waitForFunction(() => {
  const cancel = /** @type {HTMLElement | null} */ (document.getElementById("generate-cancel"));
  const runs = /** @type {any} */ (globalThis).generation.runs;
  return runs.length > 0 && runs.at(-1).ended !== "" && cancel?.hidden === true;
}, null, { timeout: RUN_MILLIS, polling: 100 });

/** Sets the prompt and the knobs given, then draws. @param {Page} page @param {{prompt?: string, seed?: number, steps?: number, guidance?: number}} knobs */
export async function draw(page, { prompt, ...knobs }) {
  if (prompt !== undefined) await page.locator("#generate-prompt").fill(prompt);
  for (const [name, value] of Object.entries(knobs)) await page.locator(`#knob-${name}`).fill(String(value));
  const { runs } = await recorded(page);
  await page.locator("#draw").click();
  await page.waitForFunction((count) => /** @type {any} */ (globalThis).generation.runs.length > count, runs.length);
  await drawn(page);
  return (await recorded(page)).runs.at(-1);
}

/** @param {Page} page */
export const said = (page) => page.locator("#generate-said");
/** @param {Page} page */
export const notice = (page) => page.locator("#generate-notice");
/** The step that the film shows, as its slider says. @param {Page} page */
export const filmSays = async (page) => (await page.locator("#film-step").getAttribute("aria-valuetext")) ?? "";

/** What every knob holds. @param {Page} page */
export const knobs = (page) => page.evaluate(() => {
  const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id)).value;
  const checked = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id)).checked;
  return {
    prompt: value("generate-prompt"), negative: value("generate-negative"), sampler: value("knob-sampler"), steps: Number(value("knob-steps")), guidance: Number(value("knob-guidance")),
    seed: Number(value("knob-seed")), batch: Number(value("knob-batch")), width: value("knob-width"), height: value("knob-height"), spacing: value("knob-spacing"), karras: checked("knob-karras"), locked: checked("knob-locked"),
  };
});

/** @param {Page} page @param {{name: string, bytes: Buffer}} file */
export const dropFile = (page, file) => dropFiles(page, "#lab-generate h1", [file]);
