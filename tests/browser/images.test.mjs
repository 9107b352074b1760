// The image–text lab's main job, on the CPU bundle with the bundled model.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { launch, violations } from "./lib/browser.mjs";
import { drop, matrixDone, openImages, readMatrix, recorded, rowCount, setLabels, setView } from "./lib/images.mjs";
import { serveLab, switchLanguage } from "./lib/lab.mjs";
import { emoji, fixture, photos, png, samples } from "./lib/pictures.mjs";

const LABELS = ["apple", "cat", "dog", "car", "umbrella", "guitar", "camera", "elephant", "sunflower", "wheelchair"];
const GOOD = ["rgb.png", "palette.png", "grey.jpg", "progressive_444.jpg", "cmyk.jpg", "exif6.jpg", "lossy.webp", "still.gif"];

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

/** @param {number[]} a @param {number[]} b */
const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);
/** As the page prints a cosine in the matrix. @param {number} value */
const printed = (value) => `${value < 0 && Math.abs(value).toFixed(3) !== "0.000" ? "\u2212" : ""}${Math.abs(value).toFixed(3)}`.slice(0, -1);

/** 24 of all kinds, fewer kinds where the shared folder is missing. @param {import("playwright-core").Page} page */
async function twentyFour(page) {
  const found = [...photos(["camera", "elephant", "sunflower", "umbrella", "wheelchair", "chair"]), ...(await emoji(page, ["cat", "dog", "guitar", "red apple"])), ...GOOD.map(fixture), ...samples("things")];
  for (let hue = 0; found.length < 24; hue++) found.push({ name: `made ${hue}.png`, bytes: png(90 + hue * 7, 120, hue) });
  return found.slice(0, 24);
}

describe("a first visit", () => {
  /** @type {Awaited<ReturnType<typeof openImages>>} */
  let lab;
  before(async () => { lab = await openImages(browser, server); });
  after(() => lab?.context.close());

  test("shows a matrix of samples before any choice, and fetches no other model", async () => {
    const { columns, names, cells } = await readMatrix(lab.page);
    assert.ok(names.length >= 8 && columns.length >= 6, `${names.length} × ${columns.length}`);
    assert.ok(cells.flat().every((text) => /%$/.test(text)), "shares first");
    assert.ok(!server.requests.some((path) => path.includes("models/encoder")), "the other lab's model stays where it is");
  });

  test("24 dropped pictures against 10 labels: the matrix is what the vectors say", { timeout: 300_000 }, async () => {
    const { page } = lab;
    const files = await twentyFour(page);
    const before = (await recorded(page)).images.length;
    assert.ok(await drop(page, files), "the whole lab says that it takes the drop");
    await matrixDone(page, 24);
    await setLabels(page, LABELS);
    await matrixDone(page, 24);
    await setView(page, "cosine");
    const { images, prompts } = await recorded(page);
    const vectors = images.slice(before);
    const template = await page.locator("#picture-template").inputValue();
    const { columns, names, cells, best } = await readMatrix(page);
    assert.deepEqual(columns, LABELS);
    assert.deepEqual(names, files.map(({ name }) => name), "samples made room, order kept");
    let equal = 0;
    for (const [row, vector] of vectors.entries()) {
      const cosines = LABELS.map((label) => dot(vector, prompts[template.replace("{}", label)]));
      assert.deepEqual(cells[row], cosines.map(printed), names[row]);
      assert.equal(best[row], cosines.indexOf(Math.max(...cosines)), names[row]);
      equal += 1;
    }
    assert.equal(equal, 24);
    await setView(page, "share");
    const sums = async () => (await readMatrix(page)).cells.map((row) => row.reduce((sum, text) => sum + (/^</.test(text) ? 0.5 : /^>/.test(text) ? 99.5 : parseFloat(text)), 0));
    let shares = await sums();
    // On a busy machine cells may still be empty right after the view was changed.
    for (let tries = 0; tries < 50 && shares.some(Number.isNaN); tries++) {
      await page.waitForTimeout(100);
      shares = await sums();
    }
    assert.ok(shares.every((sum) => Math.abs(sum - 100) < 7), `rows add up: ${shares}`);
  });

  test("another label costs one text pass, and no picture is looked at again", async () => {
    const { page } = lab;
    const before = await recorded(page);
    await page.locator("#add-label").click();
    await page.keyboard.type("teapot");
    await page.waitForFunction(() => [...document.querySelectorAll("#matrix thead th")].some((cell) => cell.textContent === "teapot"));
    await matrixDone(page, 24);
    const now = await recorded(page);
    assert.equal(now.images.length, before.images.length);
    const calls = now.labelCalls.slice(before.labelCalls.length);
    assert.ok(calls.every((texts) => texts.length === 1), `asked for ${JSON.stringify(calls)}`);
  });

  test("in the middle of a composition nothing is asked", async () => {
    const { page } = lab;
    const before = await recorded(page);
    const field = page.locator(".captions [data-at='10']");
    await field.focus();
    await field.evaluate((element) => {
      element.dispatchEvent(new CompositionEvent("compositionstart"));
      /** @type {HTMLTextAreaElement} */ (element).value = "cha";
      element.dispatchEvent(new InputEvent("input", { isComposing: true, bubbles: true }));
      element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }));
    });
    await page.waitForTimeout(600);
    assert.equal((await recorded(page)).labelCalls.length, before.labelCalls.length);
    await field.evaluate((element) => {
      /** @type {HTMLTextAreaElement} */ (element).value = "茶";
      element.dispatchEvent(new CompositionEvent("compositionend"));
    });
    await page.waitForFunction(() => [...document.querySelectorAll("#matrix thead th")].some((cell) => cell.textContent === "茶"));
    await matrixDone(page, 24);
    assert.deepEqual((await recorded(page)).labelCalls.slice(before.labelCalls.length).map((texts) => texts.length), [1]);
  });

  test("temperature changes shares and leaves cosines", async () => {
    const { page } = lab;
    await page.keyboard.press("Escape");
    const shares = (await readMatrix(page)).cells;
    await page.locator("#temperature").focus();
    await page.keyboard.press("End");
    await page.waitForTimeout(200);
    const flat = await readMatrix(page);
    assert.notDeepEqual(flat.cells, shares);
    assert.ok(Math.max(...flat.cells.flat().map(parseFloat)) < 25, "nearly all alike");
    await page.locator("#temperature-own").click();
    await page.waitForTimeout(200);
    assert.deepEqual((await readMatrix(page)).cells, shares);
  });

  test("the arrow keys read cells out", async () => {
    const { page } = lab;
    await page.locator("#matrix td[tabindex='0']").focus();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    const text = await page.locator("#matrix-reading").innerText();
    const { names, columns } = await readMatrix(page);
    assert.ok(text.includes(names[1]) && text.includes(columns[1]), text);
    assert.match(text, /0\.\d{3}[\s\S]*%/);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#tray [aria-selected=true]").getAttribute("aria-label"), names[1]);
  });

  test("a label's heading orders the pictures by it", async () => {
    const { page } = lab;
    await setView(page, "cosine");
    await page.locator("#matrix thead button").nth(2).click();
    await page.waitForTimeout(200);
    const column = (await readMatrix(page)).cells.map((row) => parseFloat(row[2].replace("\u2212", "-")));
    assert.deepEqual(column, [...column].sort((a, b) => b - a));
    await page.locator("#matrix-sort").selectOption("added");
    await setView(page, "share");
  });

  test("turned, the labels run down", async () => {
    const { page } = lab;
    const { columns, names } = await readMatrix(page);
    await page.locator("#matrix-turn").click();
    await page.waitForTimeout(200);
    assert.equal(await page.locator("#matrix thead th").count(), names.length);
    assert.equal(await rowCount(page), columns.length);
    await page.locator("#matrix-turn").click();
    await page.waitForTimeout(200);
  });

  test("searches by words and by a picture", async () => {
    const { page } = lab;
    await page.locator("#picture-query").fill("an elephant");
    await page.locator("#hits li").first().waitFor();
    const cosines = (await page.locator("#hits .val").allTextContents()).map((text) => parseFloat(text.replace("\u2212", "-")));
    assert.deepEqual(cosines, [...cosines].sort((a, b) => b - a));
    const name = await page.locator("#hits .hit-name").nth(3).textContent();
    await page.locator("#hits button").nth(3).click();
    assert.match((await page.locator("#fig-search .says").textContent()) ?? "", /nearest to the picture/);
    assert.ok(!(await page.locator("#hits .hit-name").allTextContents()).includes(name ?? ""), "not near to itself");
  });

  test("says what the crop cuts off", async () => {
    const { page } = lab;
    await drop(page, [{ name: "wide.png", bytes: png(300, 100, 3) }]);
    await matrixDone(page, 25);
    await page.locator("#tray [role=option]").last().click();
    assert.match((await page.locator("#crop-note").textContent()) ?? "", /300 × 100.*67%/);
  });

  test("saves CSV, JSON and PNG", async () => {
    const { page } = lab;
    /** @param {string} button */
    const saved = async (button) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
      return readFile(await download.path());
    };
    const csv = (await saved("#images-csv")).toString("utf8");
    assert.equal(csv.trim().split(/\r?\n/).length, 26, "a line for each picture and a heading");
    const json = JSON.parse((await saved("#images-json")).toString("utf8"));
    assert.equal(json.pictures.length, 25);
    assert.ok(json.pictures.every((/** @type {any} */ one) => Math.abs(Math.hypot(...one.vector) - 1) < 1e-4), "unit vectors");
    const picture = await saved("#matrix-png");
    assert.equal(picture.subarray(1, 4).toString("latin1"), "PNG");
    assert.ok(picture.readUInt32BE(16) > 600 && picture.readUInt32BE(20) > 1000, "the rows out of sight too");
  });

  test("switches the language: one's own labels stay, the page's own follow", async () => {
    const { page } = lab;
    await switchLanguage(page, "zh");
    assert.match(await page.locator("h1:visible").innerText(), /哪张图/);
    assert.equal((await readMatrix(page)).columns[0], "apple", "these were written by hand");
    await page.locator("#tool-clear").click();
    await page.locator("[data-set=things]").click();
    await matrixDone(page, 10);
    await page.locator("[data-id=nothing-fits] button").click();
    await matrixDone(page, 10);
    assert.deepEqual((await readMatrix(page)).columns, ["火车", "长颈鹿", "城堡", "雪"]);
    await switchLanguage(page, "en");
    await matrixDone(page, 10);
    assert.deepEqual((await readMatrix(page)).columns, ["train", "giraffe", "castle", "snow"]);
  });

  test("undo brings pictures back without looking again", async () => {
    const { page } = lab;
    const rows = await rowCount(page);
    const { images } = await recorded(page);
    await page.locator("#tool-clear").click();
    await page.waitForTimeout(200);
    assert.equal(await page.locator("#tray [role=option]").count(), 0);
    await page.locator("#images-undo").click();
    await matrixDone(page, rows);
    assert.equal((await recorded(page)).images.length, images.length);
  });

  test("broke no rule of its content policy and asked nobody else", async () => {
    assert.deepEqual(await violations(lab.page), []);
    assert.deepEqual(lab.complaints, { errors: [], violations: [], strangers: [] });
  });
});

test("cancel in the middle: said at once, finished rows stay, the rest can go on", async () => {
  const { page, context } = await openImages(browser, server);
  const many = Array.from({ length: 80 }, (_, at) => ({ name: `made ${at}.png`, bytes: png(400 + at, 300, at) }));
  await drop(page, many);
  /** @type {number[]} */
  const millis = [];
  // The best of three, because a busy machine may take the thread away at any moment.
  for (let least = 10; least <= 30 && !millis.some((one) => one < 100); least += 10) {
    if (millis.length) await page.locator("#go-on").click();
    await page.waitForFunction((rows) => document.querySelectorAll("#tray [role=option]").length >= rows, least, { timeout: 60_000 });
    millis.push(await page.evaluate(async () => {
      const start = performance.now();
      /** @type {HTMLElement} */ (document.querySelector("#tray-state .prog button")).click();
      while (!document.getElementById("left-over")) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - start;
    }));
  }
  assert.ok(Math.min(...millis) < 100, `acknowledged after ${millis} ms`);
  await page.waitForTimeout(500);
  const rows = await rowCount(page);
  assert.ok(rows >= 10 && rows < 80, `${rows} rows`);
  assert.ok((await readMatrix(page)).cells.flat().every((text) => /\d/.test(text)), "with their numbers");
  await page.locator("#go-on").click();
  await matrixDone(page, 80);
  assert.equal(await rowCount(page), 80);
  await context.close();
});

test("the two labs live side by side on one device", async () => {
  const { page, context, complaints } = await openImages(browser, server, { hash: "" , wait: false });
  await page.waitForFunction(() => /\d/.test(document.getElementById("score")?.textContent ?? ""), null, { timeout: 90_000 });
  assert.match((await page.locator(".rail [data-fetch=images]").textContent()) ?? "", /MB to fetch/, "the size before the visit");
  await page.locator(".rail a[href='#images']").click();
  await matrixDone(page, 8);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "images-question", "focus moves to the question");
  assert.equal(page.workers().length, 1);
  await page.goBack();
  assert.match(await page.locator("h1:visible").innerText(), /pleased/);
  await page.locator("#text").fill("Still answering, and pleased about it.");
  await page.waitForTimeout(500);
  assert.match((await page.locator("#score").textContent()) ?? "", /\d/);
  assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
  await context.close();
});
