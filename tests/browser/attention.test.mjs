// The attention view in the sentiment lab's inside: nothing before it is opened, then weights of the text as it is typed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { axeFindings } from "./lib/axe.mjs";
import { launch } from "./lib/browser.mjs";
import { openLab, scoreOf, serveLab, switchLanguage } from "./lib/lab.mjs";

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

const TEXT = "The soup came cold, but the waiter was so kind that we stayed.";
/** A number printed with two decimals is this far off at most, "< 0.01" and "> 0.99" included. */
const ROUNDED = 0.0051;

/** @typedef {import("playwright-core").Page} Page */

/** Counts what the page asks the worker for. */
function countQuestions() {
  const post = Worker.prototype.postMessage;
  /** @type {any} */ (globalThis).asked = [];
  Worker.prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ transfer) {
    if (message.action) /** @type {any} */ (globalThis).asked.push({ action: message.action, millis: performance.now() });
    return post.call(this, message, transfer);
  };
}
/** When the page asked for weights, in milliseconds. @param {Page} page @returns {Promise<number[]>} */
const questions = (page) => page.evaluate(() => /** @type {any} */ (globalThis).asked.filter((/** @type {any} */ one) => one.action === "attention").map((/** @type {any} */ one) => one.millis));

/** @param {Page} page */
async function openView(page) {
  await page.evaluate(() => { /** @type {HTMLDetailsElement} */ (document.getElementById("inside")).open = true; });
  await page.locator("#attention > summary").click();
  await page.locator("#attention-tokens li").first().waitFor({ timeout: 30_000 });
}
/** @param {Page} page */
const tokens = (page) => page.locator("#attention-tokens li span").allTextContents();
/** What stands beside the tokens: the chosen row. @param {Page} page */
const row = async (page) => (await page.locator("#attention-tokens li b").allTextContents()).map(valueOf);
/** @param {string | null} text */
const valueOf = (text) => (text?.startsWith("<") ? 0.005 : text?.startsWith(">") ? 0.995 : Number(text));
/** @param {Page} page @param {string} name */
const pick = (page, name) => page.locator(`#attention-heads input[aria-label="${name}"]`).check();
/** The text's tokens are on show. @param {Page} page @param {string} some one of them */
const shows = (page, some) => page.waitForFunction((wanted) => [...document.querySelectorAll("#attention-tokens li span")].some((one) => one.textContent === wanted), some, { timeout: 30_000 });

describe("the attention view", () => {
  /** @type {Awaited<ReturnType<typeof openLab>>} */
  let lab;
  before(async () => {
    lab = await openLab(browser, server, { init: countQuestions });
    await scoreOf(lab.page, TEXT);
  });
  after(() => lab?.context.close());

  test("asks for nothing before it is opened", async () => {
    assert.deepEqual(await questions(lab.page), []);
    const fetched = await lab.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    assert.ok(fetched.some((name) => name.endsWith("rooms/sentiment-attention.js")) && !fetched.some((name) => name.endsWith("ui/attention-view.js")), "nor for its program");
  });

  test("shows the tokens of the strip, and the chosen one's weights add up to 1", async () => {
    const { page } = lab;
    await openView(page);
    const found = await tokens(page);
    const strip = await page.locator("#token-view .tokens b").allTextContents();
    assert.deepEqual(found, strip.map((text) => text.trim()));
    const weights = await row(page);
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) <= found.length * ROUNDED, weights.join(" "));
    assert.equal(await page.locator("#attention-tokens [aria-pressed=true]").count(), 1);
  });

  test("the head on show is saved as CSV and PNG, all heads as JSON", async () => {
    const { page } = lab;
    const found = await tokens(page);
    const save = async (/** @type {string} */ name) => {
      const [file] = await Promise.all([page.waitForEvent("download"), page.locator(`#attention-${name}`).click()]);
      return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
    };
    const all = JSON.parse((await save("json")).bytes.toString());
    assert.deepEqual(all.tokens, found);
    assert.equal(all.heads.length, all.layers * all.heads_per_layer);
    for (const { weights } of all.heads) for (const line of weights) assert.ok(line.length === found.length && Math.abs(line.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0) - 1) < 1e-4);
    await pick(page, "Head 1");
    const csv = (await save("csv")).bytes.toString().replace("\uFEFF", "").trim().split("\r\n");
    assert.equal(csv.length, found.length + 1);
    // The text's commas are quoted; what follows the name is numbers alone.
    const last = /** @type {string} */ (csv.at(-1)).split(",").slice(-found.length).map(Number);
    const shown = all.heads.find((/** @type {any} */ one) => one.layer === 1 && one.head === 1);
    assert.ok(last.every((value, at) => Math.abs(value - shown.weights.at(-1)[at]) < 1e-6), `${last}`);
    const png = await save("png");
    assert.deepEqual([png.name, png.bytes.subarray(1, 4).toString()], ["kindling-attention.png", "PNG"]);
  });

  test("the mean is the mean of the heads, and every layer has its own weights", async () => {
    const { page } = lab;
    const heads = (await page.locator("#attention-heads input").count()) - 1;
    assert.ok(heads >= 2);
    await pick(page, "Mean of the heads");
    const mean = await row(page);
    const sum = mean.map(() => 0);
    const all = new Set();
    for (let head = 1; head <= heads; head++) {
      await pick(page, `Head ${head}`);
      const weights = await row(page);
      all.add(weights.join());
      weights.forEach((weight, at) => (sum[at] += weight / heads));
    }
    mean.forEach((weight, at) => assert.ok(Math.abs(weight - sum[at]) <= 2 * ROUNDED, `token ${at}: ${weight}, heads ${sum[at]}`));
    assert.ok(all.size > heads / 2, "heads differ");
    await pick(page, "Mean of the heads");
    await page.locator("#attention-layers input").last().check();
    assert.notDeepEqual(await row(page), mean);
    await page.locator("#attention-layers input").first().check();
    assert.deepEqual(await row(page), mean);
  });

  test("arrow keys go through the heads", async () => {
    const { page } = lab;
    await pick(page, "Mean of the heads");
    await page.locator("#attention-heads input:checked").focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator("#attention-heads input:checked").getAttribute("aria-label"), "Head 1");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("#attention-heads input:checked").getAttribute("aria-label"), "Mean of the heads");
  });

  test("keys move over the matrix, Enter draws the row, and table, reading and arcs agree", async () => {
    const { page } = lab;
    const names = await tokens(page);
    await page.locator("#attention .as-table > summary").click();
    const cell = (/** @type {number} */ from, /** @type {number} */ to) => page.locator("#attention .plain-table tbody tr").nth(from).locator("th, td").nth(to + 1).textContent();
    await page.locator("#attention-plane").focus();
    for (const key of ["PageUp", "Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    const reading = page.locator("#attention-reading");
    assert.equal(await reading.locator("bdi").textContent(), `“${names[3]}” looks at “${names[2]}”`);
    assert.equal(await reading.locator("b").textContent(), await cell(3, 2));
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#attention-tokens [aria-pressed=true] span").textContent(), names[3]);
    assert.equal((await row(page))[2], valueOf(await cell(3, 2)));
    await page.locator("#attention-tokens button").nth(5).click();
    assert.equal(await page.locator("#attention-tokens [aria-pressed=true] span").textContent(), names[5]);
    assert.equal((await row(page))[2], valueOf(await cell(5, 2)));
  });

  test("pointing at a cell reads that cell", async () => {
    const { page } = lab;
    const names = await tokens(page);
    const plane = page.locator("#attention-plane");
    await plane.scrollIntoViewIfNeeded();
    const side = await plane.evaluate((element) => element.clientWidth);
    const step = side / names.length;
    await plane.hover({ position: { x: step * 4.5, y: step * 1.5 } });
    assert.equal(await page.locator("#attention-reading bdi").textContent(), `“${names[1]}” looks at “${names[4]}”`);
  });

  test("follows the text, ten times a second at most, and only while it is open", async () => {
    const { page } = lab;
    const start = (await questions(page)).length;
    await page.locator("#text").fill("");
    await page.locator("#text").pressSequentially("a bright blue kettle whistles", { delay: 15 });
    await shows(page, "kettle");
    const asked = (await questions(page)).slice(start);
    assert.ok(asked.length > 0);
    asked.slice(1).forEach((millis, at) => assert.ok(millis - asked[at] > 95, `${millis - asked[at]} ms between two questions`));
    await page.locator("#attention > summary").click();
    const known = (await questions(page)).length;
    await scoreOf(page, TEXT);
    assert.equal((await questions(page)).length, known, "closed: no question");
    await page.locator("#attention > summary").click();
    await shows(page, "waiter");
  });

  test("no text shows no weights", async () => {
    const { page } = lab;
    await page.locator("#text").fill("");
    await page.locator("#attention-plane").waitFor({ state: "hidden" });
    await scoreOf(page, TEXT);
    await page.locator("#attention-plane").waitFor({ state: "visible" });
  });

  test("speaks both languages", async () => {
    const { page } = lab;
    await switchLanguage(page, "zh");
    assert.match((await page.locator("#attention > summary").textContent()) ?? "", /注意力/);
    assert.match((await page.locator("#attention-caveat").textContent()) ?? "", /Jain & Wallace 2019.+Wiegreffe & Pinter 2019/);
    await switchLanguage(page, "en");
    assert.match((await page.locator("#attention-caveat").textContent()) ?? "", /not an explanation/);
  });

  test("a long text shows its first 128 tokens and says so", async () => {
    const { page } = lab;
    await scoreOf(page, "The kettle on the table is very warm. ".repeat(25));
    await page.waitForFunction(() => document.querySelectorAll("#attention-tokens li").length === 128, null, { timeout: 30_000 });
    assert.match((await page.locator("#attention").textContent()) ?? "", /first 128 of \d+ tokens/);
    assert.ok((await page.locator("#attention .plain-table td").count()) <= 128, "no table of thousands of cells");
    assert.deepEqual(lab.complaints, { errors: [], violations: [], strangers: [] });
  });
});

for (const [lang, width, colorScheme] of /** @type {const} */ ([["en", 1280, "light"], ["zh", 390, "dark"]])) {
  test(`${lang}, ${width} px: axe finds nothing and nothing reaches past the edge`, async () => {
    const { page, context } = await openLab(browser, server, { lang, context: { colorScheme, viewport: { width, height: 844 }, bypassCSP: true } });
    await openView(page);
    await scoreOf(page, TEXT.repeat(2));
    await shows(page, "waiter");
    assert.deepEqual(await axeFindings(page), []);
    const [past, inside] = await page.evaluate(() => {
      const scroller = /** @type {HTMLElement} */ (document.querySelector(".att-scroll"));
      return [document.documentElement.scrollWidth - innerWidth, scroller.scrollWidth - scroller.clientWidth];
    });
    assert.ok(past <= 0, `${past} px too wide`);
    assert.ok(inside > 0, "the matrix scrolls inside its figure");
    await context.close();
  });
}
