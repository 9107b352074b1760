// The overfitting lab as a visitor sees it. Everything that knows its markup is in this file.

import { readFile } from "node:fs/promises";
import { openPage } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./browser.mjs").Visit} Visit */
/** What "Save JSON" holds, as far as the tests look. @typedef {{state: any, points: any, split: any, history: {epochs: number[], train: number[], validation: number[], test: number[]}, now: any, best_epoch: number | null, ended: string | null, parameters: number, fitted: number[], capacity: any, widths: any, folds: any, spread: any}} Saved */

/** A fresh browser on a busy machine. */
const WAIT_MILLIS = 90_000;

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {Visit & {hash?: string, wait?: boolean}} [options]
 */
export async function openOverfit(browser, server, { hash = "#overfit", wait = true, ...how } = {}) {
  const opened = await openPage(browser, server, hash, how);
  if (wait) await atEpoch(opened.page, 20);
  return opened;
}

/** The epoch on show. @param {Page} page */
export const epoch = (page) => page.evaluate(() => Number(document.querySelector(".losses dd")?.textContent ?? -1));
/** @param {Page} page @param {number} least */
export const atEpoch = (page, least) => page.waitForFunction((wanted) => Number(document.querySelector(".losses dd")?.textContent ?? -1) >= wanted, least, { timeout: WAIT_MILLIS });
/** @param {Page} page @param {"run" | "step" | "again" | "undo" | "reset" | "empty" | "add" | "use"} name */
export const press = (page, name) => page.locator(`#overfit-${name}`).click();
/** Whether epochs follow each other. @param {Page} page */
export const runs = async (page) => (await page.locator("#overfit-run").textContent()) === "Pause";
/** @param {Page} page */
export const verdict = async (page) => (await page.locator("#overfit-verdict").textContent()) ?? "";

/** Takes a preset, as fast as it goes, and stops at a given epoch or later. @param {Page} page @param {"regression" | "classification"} task @param {"underfit" | "good" | "overfit"} name @param {number} least */
export async function runPreset(page, task, name, least) {
  await page.locator(`[data-task=${task}]`).click();
  await page.locator(`[data-preset=${name}]`).click();
  await page.locator("#overfit-speed").selectOption("0");
  await atEpoch(page, least);
  await pause(page);
}
/** @param {Page} page */
export async function pause(page) {
  if (await runs(page)) await press(page, "run");
  await page.waitForFunction(() => document.getElementById("overfit-run")?.textContent !== "Pause");
}
/** Sets a slider. @param {Page} page @param {string} name @param {number} value */
export const slide = (page, name, value) => page.locator(`#overfit-${name}`).fill(String(value));

/** @param {Page} page @param {string} button @returns {Promise<string>} */
export async function download(page, button) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator(`#overfit-${button}`).click()]);
  return readFile(await file.path(), "utf8");
}
/** @param {Page} page @returns {Promise<Saved>} */
export const saved = async (page) => JSON.parse(await download(page, "json"));

/** Where a place of the plane lies on the page. Only right for the scale of regression. @param {Page} page @param {number} x @param {number} y @returns {Promise<[number, number]>} */
export async function placeOf(page, x, y) {
  const box = await page.locator("#overfit-plot").boundingBox();
  if (!box) throw new Error("no plot");
  return [box.x + 26 + ((x + 1.25) / 2.5) * (box.width - 30), box.y + 4 + ((1.6 - y) / 3.2) * (box.height - 26)];
}

/** Waits until a fit to so many points is set up. @param {Page} page @param {number} count */
export const points = (page, count) => page.waitForFunction((wanted) => (document.querySelector(".key")?.textContent?.match(/\d+/g) ?? []).reduce((sum, one) => sum + Number(one), 0) === wanted, count, { timeout: WAIT_MILLIS });
