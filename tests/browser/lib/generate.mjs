// The text-to-image lab as a visitor sees it. Everything that knows its markup is in this file.

import { openContext } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{width: number, height: number, rgba: Buffer}} Kept */
/** @typedef {{options: any, plan: any, frames: any[], images: Kept[], ended: "" | "done" | "failed"}} SeenRun */

/** How long a fresh browser on a busy machine may take to load the model, and one short run to end. */
const LOAD_MILLIS = 180_000;
const RUN_MILLIS = 180_000;

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {{lang?: "en" | "zh", hash?: string, query?: string, wait?: boolean, init?: () => void, context?: import("playwright-core").BrowserContextOptions}} [options]
 */
export async function openGenerate(browser, server, { lang = "en", hash = "#generate", query = "", wait = true, init, context: more = {} } = {}) {
  const { context, complaints } = await openContext(browser, { locale: lang === "zh" ? "zh-CN" : "en-US", ...more });
  await context.addInitScript(recordGeneration);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  await page.goto(`${server.url}${query}${hash}`);
  if (wait) await ready(page);
  return { page, context, complaints };
}

/** @param {Page} page */
export const ready = (page) => page.locator("#draw:enabled").waitFor({ timeout: LOAD_MILLIS });

/** Runs in the page before anything else: keeps what the worker was asked to draw and what it answered. */
export function recordGeneration() {
  /** @type {SeenRun[]} */
  const runs = [];
  const seen = { runs, calls: /** @type {Record<string, number>} */ ({}) };
  Object.assign(globalThis, { generation: seen });
  const Native = Worker;
  /** @type {Map<number, SeenRun>} */
  const asked = new Map();
  // As text: lists of numbers take long on their way to the test.
  const copy = (/** @type {any} */ { width, height, rgba }) => {
    let text = "";
    for (let at = 0; at < rgba.length; at += 8192) text += String.fromCharCode(...rgba.subarray(at, at + 8192));
    return { width, height, rgba: btoa(text) };
  };
  globalThis.Worker = class extends Native {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", ({ data }) => {
        const run = asked.get(data.id);
        if (!run) return;
        if ("value" in data) Object.assign(run, { images: data.value.images.map(copy), ended: "done" });
        else if ("error" in data) run.ended = "failed";
        else {
          const { plan } = data.progress;
          if (plan) run.plan = { ...plan, seen: plan.seen && copy(plan.seen), edges: null, mask: null };
          const { frame, stepMillis } = data.progress;
          if (frame) run.frames.push({ ...frame, millis: stepMillis, images: frame.images.map(copy), panels: frame.panels && Object.fromEntries(Object.entries(frame.panels).map(([name, raster]) => [name, copy(raster)])) });
        }
      });
    }
    /** @param {any} message @param {any} more */
    postMessage(message, more) {
      if (message.action) seen.calls[message.action] = (seen.calls[message.action] ?? 0) + 1;
      if (message.action === "generate") {
        const run = { options: message.args.options, plan: null, frames: [], images: [], ended: /** @type {const} */ ("") };
        runs.push(run);
        asked.set(message.id, run);
      }
      // Once asked for, the next question makes the program panic.
      const panics = message.action && /** @type {any} */ (globalThis).panicNext === true;
      if (panics) Object.assign(globalThis, { panicNext: false });
      super.postMessage(panics ? { ...message, action: "panic" } : message, more);
    }
  };
}

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

/** Drops a file somewhere on the lab. @param {Page} page @param {{name: string, bytes: Buffer}} file */
export async function dropFile(page, { name, bytes }) {
  const data = await page.evaluateHandle(([title, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], title));
    return transfer;
  }, [name, bytes.toString("base64")]);
  await page.dispatchEvent("#lab-generate h1", "dragover", { dataTransfer: data });
  await page.dispatchEvent("#lab-generate h1", "drop", { dataTransfer: data });
}
