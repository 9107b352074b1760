// Starting Chromium, and a page that reports everything it should not do.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, "../../..");
/** The page as built; another folder for trying things out. */
export const dist = process.env.KINDLING_DIST ?? join(root, "dist");
export const fixtures = join(root, "tests/fixtures");

/** Nothing but this machine can be reached, whatever the page tries. */
const ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";

const executablePath = process.env.KINDLING_CHROMIUM ?? "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", ALONE];

/** @param {string[]} [more] */
export const launch = (more = []) => chromium.launch({ executablePath, args: [...ARGS, ...more] });

/** With a profile on disk, as visitors have: contexts of `launch` are private windows. @param {string} folder @param {string[]} [more] */
export const launchProfile = (folder, more = []) => chromium.launchPersistentContext(folder, { executablePath, args: [...ARGS, ...more], locale: "en-US" });

/** Chromium's software WebGPU adapter: right numbers, no speed. */
export const SOFTWARE_GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
export const launchWithGpu = () => launch(SOFTWARE_GPU);

/**
 * What a page did wrong, gathered while it runs.
 * @typedef {{errors: string[], violations: string[], strangers: string[]}} Complaints
 */

/**
 * A context whose pages note long tasks, violations of the content policy, errors and requests
 * that leave the machine.
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function openContext(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 900 }, ...options });
  /** @type {Complaints} */
  const complaints = { errors: [], violations: [], strangers: [] };
  await context.addInitScript(watchPage);
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.hostname !== "127.0.0.1") complaints.strangers.push(request.url());
  });
  context.on("page", (page) => {
    page.on("pageerror", (error) => complaints.errors.push(error.message));
    page.on("console", (message) => {
      const text = message.text();
      if (/content security policy|trusted ?types/i.test(text)) complaints.violations.push(text);
    });
  });
  return { context, complaints };
}

/** Runs in a page before anything else. @typedef {string | (() => void)} Script */
/** Who opens it, and in what. @typedef {{lang?: "en" | "zh", init?: Script | Script[], context?: import("playwright-core").BrowserContextOptions}} Visit */

/**
 * The page, opened by a visitor of that language.
 * @param {import("playwright-core").Browser} browser @param {{url: string}} server @param {string} address what follows the page's own
 * @param {Visit} [visit]
 */
export async function openPage(browser, server, address, { lang = "en", init = [], context: more = {} } = {}) {
  const { context, complaints } = await openContext(browser, { locale: lang === "zh" ? "zh-CN" : "en-US", ...more });
  for (const script of [init].flat()) await context.addInitScript(script);
  const page = await context.newPage();
  await page.goto(server.url + address);
  return { page, context, complaints };
}

/** Drops files somewhere on the page, as a hand would; says whether a place for them was lit up meanwhile. @param {import("playwright-core").Page} page @param {string} where @param {{name: string, bytes: string | Uint8Array}[]} files */
export async function dropFiles(page, where, files) {
  const dataTransfer = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const [name, data] of list) transfer.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], name));
    return transfer;
  }, files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("base64")]));
  await page.dispatchEvent(where, "dragover", { dataTransfer });
  const lit = await page.locator("[data-dropping]").count();
  await page.dispatchEvent(where, "drop", { dataTransfer });
  return lit === 1;
}

/** Runs in the page before anything else. */
function watchPage() {
  const seen = /** @type {any} */ (globalThis);
  seen.longTasks = [];
  seen.policyViolations = [];
  addEventListener("securitypolicyviolation", (event) => {
    seen.policyViolations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
  try {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.longTasks.push({ start: entry.startTime, millis: entry.duration });
    }).observe({ type: "longtask", buffered: true });
  } catch {}
}

/** The longest task on the page's thread since `start`. @param {import("playwright-core").Page} page @param {number} start */
export const longestTask = (page, start) =>
  page.evaluate((from) => {
    const tasks = /** @type {{start: number, millis: number}[]} */ (/** @type {any} */ (globalThis).longTasks);
    return Math.max(0, ...tasks.filter((task) => task.start >= from).map((task) => task.millis));
  }, start);

/** @param {import("playwright-core").Page} page */
export const now = (page) => page.evaluate(() => performance.now());

/** @param {import("playwright-core").Page} page */
export const violations = (page) =>
  page.evaluate(() => /** @type {string[]} */ (/** @type {any} */ (globalThis).policyViolations));
