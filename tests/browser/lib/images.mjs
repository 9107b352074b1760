// The image–text lab as a visitor sees it. Everything that knows its markup is in this file.

import { dropFiles, openPage } from "./browser.mjs";
import { FIRST_SCORE_MILLIS } from "./lab.mjs";
import { workersHeardBy } from "./workers.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./browser.mjs").Visit} Visit */
/** @typedef {import("./pictures.mjs").FileToDrop} FileToDrop */

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {Visit & {hash?: string, query?: string, wait?: boolean}} [options]
 */
export async function openImages(browser, server, { hash = "#images", query = "", wait = true, init = [], ...how } = {}) {
  const opened = await openPage(browser, server, query + hash, { ...how, init: [recordWorker, init].flat() });
  if (wait) await matrixDone(opened.page, 1);
  return opened;
}

/** Keeps what the worker was asked and what it answered. */
const recordWorker = workersHeardBy(() => {
  const seen = { images: /** @type {number[][]} */ ([]), prompts: /** @type {Record<string, number[]>} */ ({}), labelCalls: /** @type {string[][]} */ ([]) };
  Object.assign(globalThis, { seen });
  return {
    answered({ value }, { action, args }) {
      if (!value) return;
      if (action === "embedImage") seen.images.push([...value.vector]);
      if (action !== "embedLabels") return;
      const dim = value.length / args.texts.length;
      args.texts.forEach((/** @type {string} */ text, /** @type {number} */ at) => (seen.prompts[text] = [...value.slice(at * dim, (at + 1) * dim)]));
      seen.labelCalls.push(args.texts);
    },
  };
});

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

/** @param {Page} page @param {FileToDrop[]} files @param {string} [where] */
export const drop = (page, files, where = "#lab-images h1") => dropFiles(page, where, files);

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
