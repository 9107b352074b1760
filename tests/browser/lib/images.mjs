// The image–text lab as a visitor sees it. Everything that knows its markup is in this file.

import { openContext } from "./browser.mjs";
import { FIRST_SCORE_MILLIS } from "./lab.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./pictures.mjs").FileToDrop} FileToDrop */

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {{lang?: "en" | "zh", hash?: string, query?: string, wait?: boolean, init?: () => void, context?: import("playwright-core").BrowserContextOptions}} [options]
 */
export async function openImages(browser, server, { lang = "en", hash = "#images", query = "", wait = true, init, context: more = {} } = {}) {
  const { context, complaints } = await openContext(browser, { locale: lang === "zh" ? "zh-CN" : "en-US", ...more });
  await context.addInitScript(recordWorker);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  await page.goto(`${server.url}${query}${hash}`);
  if (wait) await matrixDone(page, 1);
  return { page, context, complaints };
}

/** Runs in the page before anything else: keeps what the worker was asked and what it answered. */
function recordWorker() {
  const seen = { images: /** @type {number[][]} */ ([]), prompts: /** @type {Record<string, number[]>} */ ({}), labelCalls: /** @type {string[][]} */ ([]) };
  Object.assign(globalThis, { seen });
  const Native = Worker;
  /** @type {Map<number, any>} */
  const asked = new Map();
  globalThis.Worker = class extends Native {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", ({ data }) => {
        const question = asked.get(data.id);
        if (!question || !("value" in data)) return;
        if (question.action === "embedImage") seen.images.push([...data.value.vector]);
        if (question.action !== "embedLabels") return;
        const dim = data.value.length / question.args.texts.length;
        question.args.texts.forEach((/** @type {string} */ text, /** @type {number} */ at) => (seen.prompts[text] = [...data.value.slice(at * dim, (at + 1) * dim)]));
        seen.labelCalls.push(question.args.texts);
      });
    }
    /** @param {any} message @param {any} more */
    postMessage(message, more) {
      if (message.action) asked.set(message.id, { action: message.action, args: message.action === "embedLabels" ? message.args : {} });
      super.postMessage(message, more);
    }
  };
}

/** @param {Page} page @returns {Promise<{images: number[][], prompts: Record<string, number[]>, labelCalls: string[][]}>} */
export const recorded = (page) => page.evaluate(() => /** @type {any} */ (globalThis).seen);

/** How long one picture may take on a busy machine. */
const MILLIS_EACH = 1_500;

/** Waits until nothing is being looked at and every row of the matrix has numbers. @param {Page} page @param {number} [least] rows */
export const matrixDone = (page, least = 0) => page.waitForFunction((rows) => {
  const cells = [...document.querySelectorAll("#matrix tbody td")];
  return document.querySelectorAll("#matrix[aria-busy=true]").length === 0 && document.querySelectorAll("#tray-state progress, #lab-images [data-place=progress] progress").length === 0
    && document.querySelectorAll("#tray [role=option]").length >= rows && cells.length >= rows && cells.every((cell) => /\d/.test(cell.textContent ?? ""));
}, least, { timeout: FIRST_SCORE_MILLIS + least * MILLIS_EACH, polling: 250 });

/** Drops files somewhere on the lab, as a hand would. @param {Page} page @param {FileToDrop[]} files @param {string} [where] */
export async function drop(page, files, where = "#lab-images h1") {
  const data = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, data } of list) transfer.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], name));
    return transfer;
  }, files.map(({ name, bytes }) => ({ name, data: bytes.toString("base64") })));
  await page.dispatchEvent(where, "dragover", { dataTransfer: data });
  const lit = await page.locator("#lab-images[data-dropping]").count();
  await page.dispatchEvent(where, "drop", { dataTransfer: data });
  return lit === 1;
}

/** Replaces all labels. @param {Page} page @param {string[]} labels */
export async function setLabels(page, labels) {
  await page.locator("#labels-as [data-lines=true]").click();
  // In one go, as a paste does; `fill` sends an event for every line.
  await page.locator("#label-lines").evaluate((field, text) => {
    /** @type {HTMLTextAreaElement} */ (field).value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }, labels.join("\n"));
  await page.waitForTimeout(300);
  await page.locator("#labels-as [data-lines=false]").click();
}

/** @param {Page} page @param {"share" | "cosine"} view */
export const setView = (page, view) => page.locator(`#fig-matrix [data-view=${view}]`).click();

/** The matrix as printed, a row for each picture. @param {Page} page */
export const readMatrix = (page) => page.evaluate(() => ({
  columns: [...document.querySelectorAll("#matrix thead th")].map((cell) => cell.textContent ?? ""),
  names: [...document.querySelectorAll("#matrix tbody th button")].map((button) => button.getAttribute("aria-label") ?? ""),
  cells: [...document.querySelectorAll("#matrix tbody tr")].map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? "")),
  best: [...document.querySelectorAll("#matrix tbody tr")].map((row) => [...row.querySelectorAll("td")].findIndex((cell) => cell.classList.contains("best"))),
}));

/** @param {Page} page */
export const rowCount = (page) => page.locator("#matrix tbody tr").count();
/** @param {Page} page */
export const badPictures = (page) => page.locator("#bad-pictures li");
