// The digits lab as a visitor sees it. Everything that knows its markup is in this file.

import { readFile } from "node:fs/promises";
import { openPage } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./browser.mjs").Visit} Visit */
/**
 * What "Save JSON" holds, as far as the tests look.
 * @typedef {{state: any, own: any, counts: Record<"train" | "validation" | "test", number>, history: {epochs: number[], loss: Record<string, number[]>, accuracy: Record<string, number[]>},
 *   now: any, best_epoch: number | null, ended: string | null, parameters: number, epoch: number, steps: number, matrix: number[][], per_class: any[], labels: number[], said: number[],
 *   pad: {seen: number[] | null, label: number | null, probabilities: number[] | null}}} Saved
 */

/** A fresh browser on a busy machine. */
export const WAIT_MILLIS = 120_000;

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {Visit & {hash?: string, wait?: boolean}} [options]
 */
export async function openDigits(browser, server, { hash = "#digits", wait = true, ...how } = {}) {
  const opened = await openPage(browser, server, hash, how);
  if (wait) await atEpoch(opened.page, 1);
  return opened;
}

/** The epoch on show. @param {Page} page */
export const epoch = (page) => page.evaluate(() => Number(document.querySelector("#fig-digits .losses dd")?.firstChild?.textContent ?? -1));
/** Optimiser steps on show. @param {Page} page */
export const steps = (page) => page.evaluate(() => Number((document.querySelector("#fig-digits .losses small")?.textContent ?? "").replace(/\D/g, "")));
/** Waits until so many epochs are done, or the run has come to its end before. @param {Page} page @param {number} least */
export const atEpoch = (page, least) => page.waitForFunction((wanted) => Number(document.querySelector("#fig-digits .losses dd")?.firstChild?.textContent ?? -1) >= wanted
  || /^(Stopped|Resting|验证损失没有|到第)/.test(document.getElementById("digits-verdict")?.textContent ?? ""), least, { timeout: WAIT_MILLIS });
/** @param {Page} page @param {string} name */
export const press = (page, name) => page.locator(`#digits-${name}`).click();
/** Whether epochs follow each other. @param {Page} page */
export const runs = async (page) => /^(Pause|暂停)$/.test((await page.locator("#digits-run").textContent()) ?? "");
/** Waits until nothing is being trained. @param {Page} page */
const rests = (page) => page.waitForFunction(() => !/^(Pause|暂停)$/.test(document.getElementById("digits-run")?.textContent ?? ""), null, { timeout: WAIT_MILLIS });
/** @param {Page} page */
export async function pause(page) {
  await page.keyboard.press("Escape");
  await rests(page);
}
/** @param {Page} page */
export const verdict = async (page) => (await page.locator("#digits-verdict").textContent()) ?? "";
/** Waits until a run stands at its begin: looked at, and no epoch done. @param {Page} page */
export const begun = (page) => page.waitForFunction(() => Number(document.querySelector("#fig-digits .losses dd")?.firstChild?.textContent ?? -1) < 1
  && /\d/.test(document.querySelectorAll("#fig-digits .losses dd")[1]?.firstChild?.textContent ?? ""), null, { timeout: WAIT_MILLIS });
/** Takes a preset, as fast as it goes, up to an epoch or its own end. @param {Page} page @param {"underfit" | "good" | "overfit"} name @param {number} least */
export async function runDigits(page, name, least) {
  await pause(page);
  // Slow at first: that the run before is gone can then be seen.
  await page.locator("#digits-speed").selectOption("1");
  await page.locator(`#digits-presets [data-preset=${name}]`).click();
  await begun(page);
  await page.locator("#digits-speed").selectOption("0");
  await atEpoch(page, least);
  if (await runs(page)) await pause(page);
  await rests(page);
}
/** Sets a slider. @param {Page} page @param {string} name @param {number} value */
export const slide = (page, name, value) => page.locator(`#digits-${name}`).fill(String(value));

/** @param {Page} page @param {string} button @returns {Promise<string>} */
export async function download(page, button) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator(`#digits-${button}`).click()]);
  return readFile(await file.path(), "utf8");
}
/** @param {Page} page @returns {Promise<Saved>} */
export const saved = async (page) => JSON.parse(await download(page, "json"));

/** Draws lines on the pad with the mouse; places are shares of its side. @param {Page} page @param {[number, number][][]} lines */
export async function drawOn(page, lines) {
  const pad = page.locator("#digits-pad");
  await pad.scrollIntoViewIfNeeded();
  for (const line of lines) {
    const box = await pad.boundingBox();
    if (!box) throw new Error("no pad");
    const at = (/** @type {[number, number]} */ [x, y]) => /** @type {[number, number]} */ ([box.x + x * box.width, box.y + y * box.height]);
    await page.mouse.move(...at(line[0]));
    await page.mouse.down();
    for (const place of line.slice(1)) await page.mouse.move(...at(place), { steps: 4 });
    await page.mouse.up();
  }
}
/** What is read from the pad, by its words. @param {Page} page @param {RegExp} wanted */
export const reads = (page, wanted) => page.waitForFunction(({ source }) => new RegExp(source).test(document.getElementById("digits-says")?.textContent ?? ""), { source: wanted.source }, { timeout: WAIT_MILLIS });

/** MNIST's format. @param {number[][]} pictures each of side × side @param {number} side */
export function idxImages(pictures, side = 28) {
  const bytes = Buffer.alloc(16 + pictures.length * side * side);
  [0x803, pictures.length, side, side].forEach((value, at) => bytes.writeUInt32BE(value, at * 4));
  pictures.forEach((picture, at) => Buffer.from(picture).copy(bytes, 16 + at * side * side));
  return bytes;
}
/** @param {number[]} labels */
export function idxLabels(labels) {
  const bytes = Buffer.alloc(8 + labels.length);
  bytes.writeUInt32BE(0x801, 0);
  bytes.writeUInt32BE(labels.length, 4);
  Buffer.from(labels).copy(bytes, 8);
  return bytes;
}
/** Pictures that anyone can tell apart: digit d is a bar in the d-th of ten rows, a little out of place. @param {number} count @param {number} [side] */
export function barDigits(count, side = 28) {
  const labels = Array.from({ length: count }, (_, at) => at % 10);
  const pictures = labels.map((label, at) => {
    const picture = Array(side * side).fill(0);
    const top = Math.floor(((label + 0.5) * side) / 10);
    for (let x = 2 + (at % 5); x < side - 4 + (at % 4); x++) for (const y of [top - 1, top]) picture[y * side + x] = 200 + (at % 50);
    return picture;
  });
  return { labels, pictures };
}
