// The models room and the choice of a model in a lab, as a visitor sees them. Everything that knows their markup is in this file.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dist, fixtures, openContext } from "./browser.mjs";
import { startHub } from "./hub.mjs";
import { serve } from "./server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Record<string, string | Uint8Array>} Files */

/** How long a fresh browser on a busy machine may take. */
export const LONG_MILLIS = 90_000;
const TINY = ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json"];

/** @param {string} folder @param {string[]} paths @returns {Files} */
const filesIn = (folder, paths) => Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path))]));

/** A real encoder of a few kilobytes, in two precisions. @returns {Files} */
export const tinyEncoder = () => ({ ...filesIn(join(fixtures, "bert-tiny"), TINY), "model.fp16.safetensors": readFileSync(join(fixtures, "bert-tiny-f16/model.safetensors")) });
/** The bundled encoder as if it were somebody else's: large enough to be cut on the way. @returns {Files} */
export const largeEncoder = () => filesIn(join(dist, "models/encoder"), TINY);

/** A hub with models, and the page. @param {Record<string, Files>} models */
export async function stage(models) {
  const [hub, server] = await Promise.all([startHub(models), serve({ "/some/folder/": dist })]);
  return { hub, server, stop: () => Promise.all([hub.stop(), server.stop()]) };
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {{hub?: string, lang?: "en" | "zh", hash?: string, query?: string, init?: () => void, context?: import("playwright-core").BrowserContextOptions}} [options] `hub` becomes the hub of the settings
 */
export async function openModels(browser, server, { hub = "", lang = "en", hash = "#models", query = "?device=cpu", init, context: more = {} } = {}) {
  const { context, complaints } = await openContext(browser, { locale: lang === "zh" ? "zh-CN" : "en-US", acceptDownloads: true, ...more });
  // Headless browsers have no dialogue for places: the file field and a plain download stand in.
  await context.addInitScript((base) => {
    Object.assign(globalThis, { showDirectoryPicker: undefined, showSaveFilePicker: undefined });
    try {
      if (base) localStorage.setItem("kindling.hub", base);
    } catch {
      // a page without storage
    }
  }, hub);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  await page.goto(`${server.url}${query}${hash}`);
  return { page, context, complaints };
}

/** Looks an address up and waits for its plan. @param {Page} page @param {string} address */
export async function lookUp(page, address) {
  await page.locator("#model-address").fill(address);
  await page.locator("#model-look").click();
  await page.locator("#plan-download").waitFor({ timeout: LONG_MILLIS });
}

/** The rows of one's own models. @param {Page} page */
export const rows = (page) => page.locator("#model-list [data-model]");
/** @param {Page} page @param {string} state */
export const rowIn = (page, state) => page.locator(`#model-list [data-model][data-state="${state}"]`);
/** @param {Page} page */
export const failure = (page) => page.locator("#models-live [role=alert]");

/** Downloads what the plan says, to the end. @param {Page} page */
export async function download(page) {
  await page.locator("#plan-download").click();
  await rowIn(page, "whole").first().waitFor({ timeout: LONG_MILLIS });
  await page.locator("#transfers progress").waitFor({ state: "detached", timeout: LONG_MILLIS });
}

/** The model that the open lab says it uses. @param {Page} page */
export const modelInUse = (page) => page.locator("#model").textContent();

/** Waits until the lab answers with the model of that name. @param {Page} page @param {string | RegExp} name */
export async function answersWith(page, name) {
  await page.locator("#model").getByText(name).waitFor({ timeout: LONG_MILLIS });
  await page.waitForFunction(() => {
    const live = document.getElementById("live");
    return live?.dataset.phase === "ready" && live.dataset.working === undefined && /\d/.test(document.getElementById("score")?.textContent ?? "");
  }, null, { timeout: LONG_MILLIS });
}
