// The sentiment lab as a visitor sees it. Everything that knows the page's markup is in this file.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dist, openPage } from "./browser.mjs";
import { serve } from "./server.mjs";

/** How long a fresh browser on a busy machine may take to its first score. */
export const FIRST_SCORE_MILLIS = 90_000;

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./browser.mjs").Visit} Visit */
/** @typedef {Awaited<ReturnType<typeof serve>>} Server */

/** The page as built, under a folder of its own. */
export const serveLab = () => serve({ "/some/folder/": dist });

/**
 * Opens the lab in a context of its own and waits for its first score.
 * @param {import("playwright-core").Browser} browser
 * @param {Server} server
 * @param {Visit & {query?: string, hash?: string, wait?: boolean}} [options]
 */
export async function openLab(browser, server, { query = "", hash = "", wait = true, ...how } = {}) {
  const opened = await openPage(browser, server, query + hash, how);
  if (wait) await firstScore(opened.page);
  return opened;
}

/** @param {Page} page */
export const firstScore = (page) => page.waitForFunction(hasScore, null, { timeout: FIRST_SCORE_MILLIS });

/** Runs in the page: a score stands there and nothing is being worked on. */
function hasScore() {
  const working = document.getElementById("live")?.dataset.working !== undefined;
  return !working && /\d/.test(document.getElementById("score")?.textContent ?? "");
}

/** Types over what is there and waits for the score of exactly that text. @param {Page} page @param {string} text */
export async function scoreOf(page, text) {
  await page.locator("#text").fill(text);
  await settled(page);
  return score(page);
}

/** The score on show as a number; NaN where none is. @param {Page} page */
export const score = async (page) => {
  const text = (await page.locator("#score").textContent()) ?? "";
  return text.trim() ? Number(text.replace("\u2212", "-").replace("+", "")) : NaN;
};

/** Longer than the rest after the last key. Counted in the page, where it ends after that rest however slow the machine is. @param {Page} page */
export const rested = (page) => page.evaluate(() => new Promise((resolve) => void setTimeout(() => requestAnimationFrame(resolve), 300)));

/** Waits until typing has been answered: the rest, and no work. @param {Page} page */
export async function settled(page) {
  await rested(page);
  await page.waitForFunction(() => document.getElementById("live")?.dataset.working === undefined, null, { timeout: 30_000 });
}

/** What a share link or a model error says. @param {Page} page */
export const notices = (page) => page.locator("#notices");
/** @param {Page} page */
export const alert = (page) => page.locator("[role=alert]").first();
/** @param {Page} page @param {"en" | "zh"} lang */
export const switchLanguage = (page, lang) => page.locator(`#language [data-lang=${lang}]`).click();
/** Puts rows into the batch's field and waits until they are read. @param {Page} page @param {string} text @param {number} rows */
export async function fillBatch(page, text, rows) {
  await page.locator("#batch-text").fill(text);
  await page.locator("#batch-read").getByText(new RegExp(`^${rows} rows? read`)).waitFor({ timeout: 30_000 });
}

/** Scores the batch and waits for its table. @param {Page} page @param {number} rows */
export async function runBatch(page, rows) {
  await page.locator("#batch-run:enabled").click();
  await page.locator("#batch-output").getByText(new RegExp(`^${rows} rows? scored`)).waitFor({ timeout: 60_000 });
}

/** @param {Page} page */
export const examples = (page) => page.locator("#examples li button");

/**
 * A copy of the built page that a test may change, as a new deployment would.
 * @returns {{folder: string, change: (file: string, edit: (text: string) => string) => void, remove: () => void}}
 */
export function copyOfPage() {
  const folder = mkdtempSync(join(tmpdir(), "kindling-page-"));
  cpSync(dist, folder, { recursive: true });
  return {
    folder,
    change(file, edit) {
      const path = join(folder, file);
      writeFileSync(path, edit(readFileSync(path, "utf8")));
      const list = JSON.parse(readFileSync(join(folder, "precache.json"), "utf8"));
      const bytes = readFileSync(path);
      const entry = list.files.find((/** @type {{url: string}} */ one) => one.url === file);
      if (entry) Object.assign(entry, { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
      list.version = createHash("sha256").update(JSON.stringify(list)).digest("hex").slice(0, 16);
      writeFileSync(join(folder, "precache.json"), JSON.stringify(list));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
