// The sentiment lab's main job, on the CPU bundle with the bundled model.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { launch, violations } from "./lib/browser.mjs";
import { examples, fillBatch, firstScore, openLab, runBatch, score, scoreOf, serveLab, settled, switchLanguage } from "./lib/lab.mjs";
import { DISPLEASED, PLEASED } from "./lib/texts.mjs";

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

test("paints and takes text before the program arrives", async () => {
  /** @type {(() => void)[]} */
  const held = [];
  server.fault("wasm/cpu/playground_bg.wasm", (_, response) => void held.push(() => response.destroy()));
  const { page, context } = await openLab(browser, server, { wait: false });
  await page.locator("h1:visible").waitFor({ timeout: 5_000 });
  await page.locator("#text").fill("typed while waiting");
  assert.equal(await page.locator("#text").inputValue(), "typed while waiting");
  server.heal();
  for (const release of held) release();
  await firstScore(page);
  assert.equal(await page.locator("#text").inputValue(), "typed while waiting", "kept");
  await context.close();
});

describe("the lab", () => {
  /** @type {Awaited<ReturnType<typeof openLab>>} */
  let lab;
  before(async () => { lab = await openLab(browser, server, { lang: "zh" }); });
  after(() => lab?.context.close());

  test("follows the browser's language", async () => {
    assert.equal(await lab.page.locator("html").getAttribute("lang"), "zh-CN");
  });

  test("scores the pleased review above zero", async () => {
    const found = await scoreOf(lab.page, PLEASED);
    assert.ok(found > 0, `score ${found}`);
  });

  test("scores the displeased review below zero", async () => {
    const found = await scoreOf(lab.page, DISPLEASED);
    assert.ok(found < 0, `score ${found}`);
  });

  test("scores while typing", async () => {
    const { page } = lab;
    await page.locator("#text").fill("");
    await settled(page);
    assert.ok(Number.isNaN(await score(page)), "no score for no text");
    await page.locator("#text").pressSequentially("服务很好", { delay: 20 });
    await settled(page);
    assert.ok(Number.isFinite(await score(page)));
  });

  test("swapped ends turn the sign", async () => {
    const { page } = lab;
    const once = await scoreOf(page, PLEASED);
    await page.locator("#swap").click();
    await settled(page);
    assert.ok(Math.abs((await score(page)) + once) < 0.011, `${await score(page)} after ${once}`);
    await page.locator("#swap").click();
    await settled(page);
  });

  test("equal ends withhold the score", async () => {
    const { page } = lab;
    const end = await page.locator("#pos").inputValue();
    const other = await page.locator("#neg").inputValue();
    await page.locator("#neg").fill(end);
    await settled(page);
    assert.ok(Number.isNaN(await score(page)));
    await page.locator("#neg").fill(other);
    await settled(page);
    assert.ok(Number.isFinite(await score(page)));
  });

  test("has ready examples, and a choice fills the text", async () => {
    const { page } = lab;
    assert.ok((await examples(page).count()) >= 4);
    const text = await examples(page).nth(1).textContent();
    await examples(page).nth(1).click();
    await settled(page);
    assert.equal(await page.locator("#text").inputValue(), text);
  });

  test("shows tokens with their ids", async () => {
    const strip = lab.page.locator("#token-view");
    await strip.scrollIntoViewIfNeeded();
    assert.match((await strip.textContent()) ?? "", /\d+/);
  });

  test("ranks several labels", async () => {
    const { page } = lab;
    await page.locator("#mode [data-mode=labels]").click();
    await settled(page);
    assert.ok(await page.locator("#many-labels").isVisible());
    assert.ok((await page.locator("#many-labels input, #many-labels textarea").count()) >= 2);
    await page.locator("#mode [data-mode=ends]").click();
    await settled(page);
  });

  test("switches the language and keeps one's own text", async () => {
    const { page } = lab;
    await scoreOf(page, "我自己写的一句话。");
    await switchLanguage(page, "en");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    assert.match((await page.locator("h1:visible").innerText()) ?? "", /pleased/);
    assert.equal(await page.locator("#text").inputValue(), "我自己写的一句话。");
    await switchLanguage(page, "zh");
    assert.match((await page.locator("h1:visible").innerText()) ?? "", /满意/);
  });

  test("undo brings the last text back", async () => {
    const { page } = lab;
    await scoreOf(page, "第一句。");
    await examples(page).nth(0).click();
    await settled(page);
    await page.locator("#act-undo").click();
    assert.equal(await page.locator("#text").inputValue(), "第一句。");
  });

  test("broke no rule of its content policy and asked nobody else", async () => {
    assert.deepEqual(await violations(lab.page), []);
    assert.deepEqual(lab.complaints, { errors: [], violations: [], strangers: [] });
    assert.ok(!server.requests.some((path) => path.includes("wasm/webgpu/playground_bg")), "no GPU here, so no GPU program");
  });
});

describe("a batch", () => {
  /** @type {Awaited<ReturnType<typeof openLab>>} */
  let lab;
  before(async () => { lab = await openLab(browser, server); });
  after(() => lab?.context.close());

  test("scores the sample and says how well", async () => {
    const { page } = lab;
    await page.locator("#batch-sample").click();
    await page.locator("#batch-run:enabled").click();
    await page.locator("#batch-output").getByText("balanced accuracy").first().waitFor({ timeout: 60_000 });
    assert.ok((await page.locator("#batch-output table").count()) >= 2, "rows and confusion matrix");
  });

  test("saves CSV with formula cells escaped", async () => {
    const { page } = lab;
    await fillBatch(page, 'text,label\n"=HYPERLINK(1)",positive\n+1 would buy,positive\n@home,negative\n', 3);
    await runBatch(page, 3);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#batch-csv").click()]);
    const csv = await readFile(await download.path(), "utf8");
    assert.match(csv, /HYPERLINK/);
    assert.doesNotMatch(csv, /(^|,)"?[=+@](HYPERLINK|1 would|home)/m, "no cell begins a formula");
  });

  test("twenty quick runs and cancels leave one worker, and the last run counts", async () => {
    const { page } = lab;
    await fillBatch(page, Array.from({ length: 400 }, (_, at) => `Sentence number ${at} is neither here nor there.`).join("\n"), 400);
    for (let round = 0; round < 20; round++) {
      await page.locator("#batch-run:enabled").click({ timeout: 10_000 });
      await page.locator("#batch-output .prog button").click({ timeout: 10_000 });
    }
    assert.equal(page.workers().length, 1);
    await fillBatch(page, "one\ntwo\nthree\nfour", 4);
    await runBatch(page, 4);
    assert.equal(page.workers().length, 1);
    assert.ok(Number.isFinite(await scoreOf(page, "still answering")));
  });
});

test("a share link carries the whole state and fetches nothing by itself", async () => {
  const query = new URLSearchParams({
    lab: "sentiment", v: "1", text: "Shared words.", pos: "warm", neg: "cold", template: "It felt {}.", lang: "en",
  });
  server.requests.length = 0;
  const { page, context } = await openLab(browser, server, { hash: `#${query}`, wait: false });
  await page.waitForTimeout(2_000);
  assert.equal(await page.locator("#text").inputValue(), "Shared words.");
  assert.equal(await page.locator("#pos").inputValue(), "warm");
  assert.equal(await page.locator("#template").inputValue(), "It felt {}.");
  assert.ok(!server.requests.some((path) => path.endsWith(".wasm") || path.endsWith(".safetensors")), "no download by itself");
  await page.locator("#fetch-model").click();
  await firstScore(page);
  await context.close();
});
