// The rows of FAULTS.md that touch pictures: a bad one is a row with a cause, never a stop.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dist, launch, longestTask, now, violations } from "./lib/browser.mjs";
import { badPictures, drop, matrixDone, openImages, readMatrix, recorded, rowCount, setLabels } from "./lib/images.mjs";
import { serveLab, switchLanguage } from "./lib/lab.mjs";
import { fixture, png } from "./lib/pictures.mjs";
import { panicAt, panicWhereTold } from "./lib/workers.mjs";

const LONG_TASK_MILLIS = 200;
const SCRIPT = '<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.injected = true"><script>globalThis.injected = true</script></svg>';

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

/** @param {number} width @param {number} height a picture that is nothing but its claim */
function claim(width, height) {
  const bytes = png(8, 8, 1);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

describe("pictures that cannot be used", () => {
  /** @type {Awaited<ReturnType<typeof openImages>>} */
  let lab;
  before(async () => { lab = await openImages(browser, server); });
  after(() => lab?.context.close());

  test("each is a row with its cause and a next action; the good ones go on", { timeout: 300_000 }, async () => {
    const { page } = lab;
    const start = await now(page);
    await drop(page, [
      { name: "good first.png", bytes: png(80, 80, 1) },
      fixture("huge_20000.png"), fixture("cut.png"), fixture("garbage.jpg"), fixture("empty.png"), fixture("login.html"), fixture("bitmap.bmp"),
      { name: "drawing.svg", bytes: Buffer.from(SCRIPT) }, { name: "picture.png", bytes: Buffer.from(SCRIPT) },
      { name: "nothing.jpg", bytes: Buffer.alloc(0) },
      { name: "claims.png", bytes: claim(20_000, 20_000) },
      fixture("bomb_text.png"), fixture("cmyk.jpg"), fixture("exif6.jpg"), fixture("jpeg_named.png"),
      { name: "good last.png", bytes: png(80, 80, 2) },
    ]);
    await page.locator("#tray [aria-label='good last.png']").waitFor({ timeout: 90_000 });
    await matrixDone(page, 2);
    const codes = await badPictures(page).evaluateAll((rows) => rows.map((row) => [row.querySelector("bdi")?.textContent ?? "", /** @type {HTMLElement} */ (row).dataset.code ?? "", row.querySelector("p")?.textContent ?? ""]));
    const code = Object.fromEntries(codes.map(([name, kind]) => [name, kind]));
    assert.match(code["huge_20000.png"], /image_(pixels|side)/);
    assert.match(code["claims.png"], /image_(pixels|side|truncated|corrupt)/);
    assert.match(code["cut.png"], /image_(truncated|corrupt)/);
    assert.equal(code["drawing.svg"], "image_unsupported");
    assert.equal(code["picture.png"], "image_unsupported", "the bytes count, not the name");
    assert.equal(code["login.html"], "image_unsupported");
    assert.equal(code["nothing.jpg"], "image_empty");
    assert.ok(codes.every(([, , text]) => text.split(/[.。]/).length > 2), `a cause and a next action: ${JSON.stringify(codes)}`);
    const { names } = await readMatrix(page);
    for (const name of ["good first.png", "cmyk.jpg", "exif6.jpg", "jpeg_named.png", "good last.png"]) assert.ok(names.includes(name), `${name} is in`);
    assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).injected), undefined);
    assert.equal(await page.locator("main img, main svg svg, main object, main iframe").count(), 0, "nothing from a file becomes an element");
    const longest = await longestTask(page, start);
    assert.ok(longest <= LONG_TASK_MILLIS, `a task of ${longest} ms`);
  });

  test("in the other language too", async () => {
    const { page } = lab;
    await switchLanguage(page, "zh");
    assert.match((await badPictures(page).first().textContent()) ?? "", /[\u4e00-\u9fff]{4}/);
    await switchLanguage(page, "en");
  });

  test("a bad picture can be taken off the page", async () => {
    const { page } = lab;
    const count = await badPictures(page).count();
    await badPictures(page).first().getByRole("button").last().click();
    assert.equal(await badPictures(page).count(), count - 1);
  });

  test("file names and labels are text everywhere", async () => {
    const { page } = lab;
    const markup = '<img src=x onerror="globalThis.injected = true">';
    await drop(page, [{ name: `${markup}.png`, bytes: png(60, 60, 4) }, { name: "=HYPERLINK(1).png", bytes: png(60, 60, 5) }]);
    await setLabels(page, [markup, "=1+1", "@home", "-2", "+3", "+sum(1)", "plain"]);
    await matrixDone(page, 4);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#images-csv").click()]);
    const csv = await readFile(await download.path(), "utf8");
    assert.match(csv, /HYPERLINK/);
    assert.doesNotMatch(csv, /(^|,)"?[=+@](HYPERLINK|1\+1|home|3|sum)/m, "no cell begins as a formula does, but a negative number");
    assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).injected), undefined);
    assert.equal(await page.locator("main img").count(), 0);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(lab.complaints, { errors: [], violations: [], strangers: [] });
  });

  test("no more than 200 pictures and 50 labels, and the page says so", { timeout: 600_000 }, async () => {
    const { page } = lab;
    const start = await now(page);
    await page.locator("#tool-clear").click();
    await drop(page, Array.from({ length: 210 }, (_, at) => ({ name: `${at}.png`, bytes: png(40, 40, at) })));
    await page.locator("#tray-note").waitFor();
    assert.match((await page.locator("#tray-note").textContent()) ?? "", /10 pictures left out/);
    await setLabels(page, Array.from({ length: 60 }, (_, at) => `label ${at}`));
    await page.waitForFunction(() => document.querySelectorAll("#tray [role=option]").length === 200, null, { timeout: 300_000, polling: 250 });
    await matrixDone(page, 200);
    const { columns, names } = await readMatrix(page);
    assert.equal(names.length, 200);
    assert.equal(columns.length, 50);
    const longest = await longestTask(page, start);
    assert.ok(longest <= 2 * LONG_TASK_MILLIS, `a task of ${longest} ms with ten thousand cells`);
  });
});

test("a panic at a picture: that one is named, the rest goes on in a fresh worker, vectors stay", { timeout: 300_000 }, async () => {
  const { page, context } = await openImages(browser, server, { query: "?faults", init: panicWhereTold });
  await matrixDone(page, 12);
  await drop(page, [{ name: "before.png", bytes: png(90, 60, 8) }]);
  await page.locator("#tray [aria-label='before.png']").waitFor({ timeout: 60_000 });
  const before = (await recorded(page)).images.length;
  const worker = page.workers()[0];
  await panicAt(page, "embedImage", 3);
  await drop(page, Array.from({ length: 6 }, (_, at) => ({ name: `made ${at}.png`, bytes: png(100, 100, at) })));
  await badPictures(page).first().waitFor({ timeout: 60_000 });
  assert.equal(await badPictures(page).first().getAttribute("data-code"), "panic");
  await page.locator("#tray [aria-label='made 5.png']").waitFor({ timeout: 90_000 });
  await matrixDone(page, 6);
  assert.notEqual(page.workers()[0], worker, "another worker");
  assert.equal(page.workers().length, 1);
  assert.equal((await recorded(page)).images.length - before, 5, "each of the others once");
  assert.equal(await rowCount(page), 6);
  assert.equal(await page.locator("#lab-images [data-place=progress] [role=alert]").count(), 0, "the picture's row says it");
  await context.close();
});

describe("share links", () => {
  test("carry labels, sentence, temperature and samples, never pictures, and fetch nothing by themselves", async () => {
    const first = await openImages(browser, server);
    await first.page.locator("[data-set=shapes]").click();
    await setLabels(first.page, ["red circle", "blue square", "a secret"]);
    await first.page.locator("#temperature").focus();
    await first.page.keyboard.press("Home");
    await drop(first.page, [{ name: "mine.png", bytes: png(50, 50, 9) }]);
    await first.page.evaluate(() => void Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await first.page.locator("#images-link").click();
    const link = await first.page.locator("#images-acts .link").inputValue();
    assert.ok(!link.includes("mine"), "no file name");
    await first.context.close();

    server.requests.length = 0;
    const { page, context } = await openImages(browser, server, { hash: link.slice(link.indexOf("#")), wait: false });
    await page.locator("#fetch-clip").waitFor();
    await page.waitForTimeout(1_000);
    assert.ok(!server.requests.some((path) => path.endsWith(".wasm") || path.endsWith(".safetensors")), "no download by itself");
    assert.match((await page.locator("#lab-images [data-place=notices]").textContent()) ?? "", /do not travel/);
    await page.locator("#fetch-clip").click();
    await matrixDone(page, 10);
    assert.deepEqual((await readMatrix(page)).columns, ["red circle", "blue square", "a secret"]);
    assert.match((await page.locator("#temperature-value").textContent()) ?? "", /^0\.001/);
    await context.close();
  });

  /** @type {Record<string, string>} */
  const hostile = {
    "markup": "#lab=images&v=1&set=%3Cscript%3E,things&labels=%3Cimg%20src%3Dx%20onerror%3D%22globalThis.injected%3Dtrue%22%3E&template=%3Cb%3E%7B%7D",
    "prototypes and absurd numbers": "#lab=images&v=1&__proto__=1&constructor=x&t=1e999&set=__proto__,constructor&view=__proto__&sort=label:__proto__&across=x",
    "NaN and below zero": "#lab=images&v=1&t=NaN&labels=a%0Ab",
    "ten thousand labels": `#lab=images&v=1&labels=${Array.from({ length: 10_000 }, (_, at) => `l${at}`).join("%0A")}`,
    "one megabyte": `#lab=images&v=1&q=${"x".repeat(1_000_000)}`,
    "another version": "#lab=images&v=99&labels=a",
  };
  for (const [name, hash] of Object.entries(hostile)) {
    test(name, async () => {
      server.requests.length = 0;
      const { page, context, complaints } = await openImages(browser, server, { hash, wait: false });
      await page.waitForTimeout(1_200);
      assert.ok(await page.locator("h1:visible").isVisible());
      assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).injected), undefined);
      assert.ok((await page.locator(".captions li").count()) <= 50, "clamped");
      const temperature = parseFloat((await page.locator("#temperature-value").textContent()) ?? "");
      assert.ok(temperature >= 0.001 && temperature <= 1, `temperature ${temperature}`);
      assert.ok(!server.requests.some((path) => path.endsWith(".safetensors") || path.endsWith(".wasm")), "no download by itself");
      assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
      await context.close();
    });
  }
});

test("the model does not arrive: labels and pictures stay, and one click fetches it", async () => {
  const weights = "models/clip/model.safetensors";
  const bytes = await readFile(join(dist, weights));
  server.fault(weights, (_, response) => {
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes.length });
    response.end(Buffer.alloc(bytes.length));
  });
  const { page, context } = await openImages(browser, server, { wait: false });
  await page.locator("#lab-images [role=alert]").waitFor({ timeout: 60_000 });
  await drop(page, [{ name: "kept.png", bytes: png(70, 70, 2) }]);
  await setLabels(page, ["one", "two"]);
  server.heal();
  await page.locator("#lab-images [role=alert] button").first().click();
  await matrixDone(page, 1);
  assert.deepEqual((await readMatrix(page)).columns, ["one", "two"]);
  assert.deepEqual((await readMatrix(page)).names, ["kept.png"]);
  await context.close();
});

test("after one visit the lab works without a network, model and samples included", async () => {
  const own = await serveLab();
  after(() => own.stop()); // else a failure would keep the process waiting
  const { page, context, complaints } = await openImages(browser, own);
  await page.locator("#offline").waitFor({ timeout: 90_000 });
  await own.stop();
  await page.reload();
  await matrixDone(page, 8);
  await drop(page, [{ name: "offline.png", bytes: png(64, 64, 3) }]);
  await matrixDone(page, 1);
  assert.deepEqual((await readMatrix(page)).names, ["offline.png"]);
  assert.deepEqual(complaints.strangers, []);
  await context.close();
});
