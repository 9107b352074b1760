// The embedding map lab as a visitor sees it. Everything that knows its markup is in this file.

import { openPage } from "./browser.mjs";
import { FIRST_SCORE_MILLIS } from "./lab.mjs";
import { recordVectors } from "./workers.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./browser.mjs").Visit} Visit */

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {Visit & {hash?: string, query?: string, wait?: boolean}} [options]
 */
export async function openMap(browser, server, { hash = "#map", query = "?device=cpu", wait = true, context, ...how } = {}) {
  const opened = await openPage(browser, server, query + hash, { ...how, init: recordVectors, context: { acceptDownloads: true, ...context } });
  if (wait) await mapDone(opened.page);
  return opened;
}

/** Waits until a map with its figures stands there and nothing runs. @param {Page} page */
export const mapDone = (page) => page.waitForFunction(() => {
  const kept = document.getElementById("map-kept")?.textContent ?? "";
  return kept !== "" && !document.querySelector(".map-state progress");
}, null, { timeout: FIRST_SCORE_MILLIS, polling: 100 });

/** Puts texts into the field and waits for their map. @param {Page} page @param {string} text @param {number} points */
export async function setTexts(page, text, points) {
  if (await page.locator("#map-own").isHidden()) await page.locator("#map-own-toggle").click();
  await page.locator("#map-text").fill(text);
  await page.locator("#map-read").getByText(new RegExp(`\\b${points} points?\\.`)).waitFor({ timeout: 30_000 });
  await mapDone(page);
}

/** @param {Page} page @param {"pca" | "tsne" | "umap"} method */
export async function setMethod(page, method) {
  await page.locator(`#map-method [data-value=${method}]`).click();
  await page.waitForTimeout(150);
  await mapDone(page);
}

/** Rows of the table of points, opened where it is closed. @param {Page} page */
export async function readTable(page) {
  await page.locator("#map-as-table").evaluate((details) => void (/** @type {HTMLDetailsElement} */ (details).open = true));
  await page.waitForTimeout(400);
  return page.locator("#map-table tbody tr").evaluateAll((rows) => rows.map((row) => {
    const [group, x, y, cluster, kept] = [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? "");
    return { name: row.querySelector("button")?.textContent ?? "", group, x: Number(x.replace("\u2212", "-")), y: Number(y.replace("\u2212", "-")), cluster, kept, selected: row.querySelector("input")?.checked === true };
  }));
}

/** @param {Page} page */
export const neighbours = (page) => page.locator("#map-near li").evaluateAll((rows) => rows.map((row) => ({ name: row.querySelector("button")?.textContent ?? "", cosine: Number((row.querySelector(".val")?.textContent ?? "").replace("\u2212", "-")) })));

/** Text of a file that a click saves. @param {Page} page @param {string} button */
export async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
  const { readFile } = await import("node:fs/promises");
  return { name: download.suggestedFilename(), bytes: await readFile(/** @type {string} */ (await download.path())) };
}
