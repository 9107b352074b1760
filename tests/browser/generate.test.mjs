// The text-to-image lab's main job, on the CPU bundle with the bundled model.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { launch, violations } from "./lib/browser.mjs";
import { draw, drawn, dropFile, filmSays, knobs, notice, openGenerate, recorded, said } from "./lib/generate.mjs";
import { serveLab, switchLanguage } from "./lib/lab.mjs";
import { textsIn, withTexts } from "./lib/png-text.mjs";

/** Few, because every one costs time on the CPU; enough for a picture to differ from noise. */
const STEPS = 4;

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

/** @typedef {import("./lib/generate.mjs").Kept} Kept */
/** Mean difference of two pictures' bytes. @param {Kept} a @param {Kept} b @param {(x: number, y: number) => boolean} [where] */
function difference(a, b, where = () => true) {
  let sum = 0, count = 0;
  for (let at = 0; at < a.rgba.length; at++) {
    const pixel = Math.floor(at / 4);
    if (at % 4 === 3 || !where(pixel % a.width, Math.floor(pixel / a.width))) continue;
    sum += Math.abs(a.rgba[at] - b.rgba[at]);
    count += 1;
  }
  return sum / count;
}
/** @param {Kept} picture */
function spread({ rgba }) {
  const values = rgba.filter((_, at) => at % 4 !== 3);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
/** @param {import("playwright-core").Page} page @param {string} button */
async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
  return readFile(await download.path());
}

describe("a visit", () => {
  /** @type {Awaited<ReturnType<typeof openGenerate>>} */
  let lab;
  before(async () => { lab = await openGenerate(browser, server); });
  after(() => lab?.context.close());

  test("fetches no other model, draws nothing by itself, and says what a picture will take", async () => {
    const { page } = lab;
    assert.ok(!server.requests.some((path) => /models\/(encoder|clip)\//.test(path)));
    assert.equal((await recorded(page)).runs.length, 0);
    await said(page).filter({ hasText: /^\s*20 passes, perhaps .* guess/ }).waitFor();
    await page.locator("#generate-tokens").getByText(/apple/).first().waitFor();
    // something to look at until then, and it says what it is
    await page.locator("#fig-film figcaption").getByText(/recorded run/i).first().waitFor();
  });

  test("an English prompt becomes a picture, with a frame for every step", async () => {
    const { page } = lab;
    const run = await draw(page, { prompt: "a red apple on a blue background", seed: 7, steps: STEPS });
    assert.equal(run?.ended, "done");
    assert.equal(run?.frames.length, STEPS);
    assert.ok(spread(/** @type {Kept} */ (run?.images[0])) > 8, "not one flat colour");
    assert.equal(await page.locator("#film-step").getAttribute("max"), String(STEPS));
    assert.match(await said(page).innerText(), /as measured on this CPU/, "the next estimate is a measured one");
    assert.match(await page.locator("#generate-announce").innerText(), /drawn in/);
  });

  test("the film's slider says step, timestep and noise level, by keyboard too", async () => {
    const { page } = lab;
    assert.match(await filmSays(page), new RegExp(`^step ${STEPS} of ${STEPS}, timestep [\\d,.]+, noise level 0\\.\\d\\d$`));
    await page.locator("#film-step").focus();
    await page.keyboard.press("Home");
    assert.match(await filmSays(page), new RegExp(`^step 1 of ${STEPS}`));
    await page.keyboard.press("ArrowRight");
    assert.match(await filmSays(page), new RegExp(`^step 2 of ${STEPS}`));
    const { runs } = await recorded(page);
    const { frames } = runs[runs.length - 1];
    const noise = async () => Number(/noise level ([\d.]+)/.exec(await filmSays(page))?.[1]);
    const second = await noise();
    await page.keyboard.press("End");
    assert.ok((await noise()) < second, "noise falls");
    assert.ok(frames.every(({ timestep }, at) => !at || timestep < frames[at - 1].timestep), "timesteps fall");
  });

  test("the guesses with and without the prompt differ, and can be seen", async () => {
    const { page } = lab;
    const before = (await recorded(page)).runs;
    await page.locator("#panels-on").click();
    await page.waitForFunction((count) => /** @type {any} */ (globalThis).generation.runs.length > count, before.length);
    await drawn(page);
    const run = (await recorded(page)).runs[before.length];
    assert.deepEqual(run.images, before[before.length - 1].images, "the same seed, so the same picture");
    const { panels } = run.frames[1];
    assert.ok(difference(panels.conditional, panels.unconditional) > 0.5);
    assert.ok(difference(panels.guided, panels.conditional) > 0.5);
    assert.equal(await page.locator("#fig-panels canvas:visible").count(), 3);
  });

  test("the same seed is the same picture, another seed another", async () => {
    const { page } = lab;
    const { runs } = await recorded(page);
    const first = runs[runs.length - 1].images[0];
    await page.locator("#knob-locked").check();
    const again = await draw(page, {});
    assert.equal(again?.options.seed, 7, "locked");
    assert.deepEqual(again?.images[0], first);
    await page.locator("#knob-locked").uncheck();
    const other = await draw(page, {});
    assert.notEqual(other?.options.seed, 7, "not locked: another seed by itself");
    assert.ok(difference(/** @type {Kept} */ (other?.images[0]), first) > 1);
    await page.locator("#dice").click();
    assert.notEqual((await knobs(page)).seed, other?.options.seed);
  });

  test("picture k of a batch is the one with seed + k, and says so", async () => {
    const { page } = lab;
    await page.locator("#more-knobs summary").click();
    await page.locator("#knob-batch").fill("2");
    const both = await draw(page, { seed: 6, steps: STEPS });
    assert.equal(both?.images.length, 2);
    assert.deepEqual(await page.locator("#batch button").allInnerTexts(), ["6", "7"]);
    await page.locator("#batch button").nth(1).click();
    assert.match(await page.locator("#frame-readings").innerText(), /seed\s*7/);
    const { runs } = await recorded(page);
    const seven = runs.find(({ options }) => options.seed === 7);
    assert.ok(difference(/** @type {Kept} */ (both?.images[1]), /** @type {Kept} */ (seven?.images[0])) < 1.5, "up to rounding in a larger batch");
    await page.locator("#knob-batch").fill("1");
  });

  test("a Chinese prompt becomes a picture", async () => {
    const { page } = lab;
    const run = await draw(page, { prompt: "一只猫在树旁边", seed: 3, steps: STEPS });
    assert.equal(run?.ended, "done");
    assert.equal(run?.options.prompt, "一只猫在树旁边");
    assert.ok(spread(/** @type {Kept} */ (run?.images[0])) > 8);
  });

  test("without guidance there is one guess, and the figure says so", async () => {
    const { page } = lab;
    const run = await draw(page, { guidance: 1, steps: 2 });
    assert.equal(run?.frames[0].panels, null);
    assert.match(await page.locator("#fig-panels").innerText(), /only one guess/);
    await page.locator("#knob-guidance").fill("4");
  });

  test("in the middle of a composition nothing runs", async () => {
    const { page } = lab;
    const { runs } = await recorded(page);
    const field = page.locator("#generate-prompt");
    await field.focus();
    await field.evaluate((element) => element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, isComposing: true, bubbles: true })));
    await page.waitForTimeout(300);
    assert.equal((await recorded(page)).runs.length, runs.length);
    await page.keyboard.press("Control+Enter");
    await page.waitForFunction((count) => /** @type {any} */ (globalThis).generation.runs.length > count, runs.length);
    await drawn(page);
  });

  test("cancel is said at once and keeps the frames", { timeout: 240_000 }, async () => {
    const { page } = lab;
    await page.locator("#knob-steps").fill("40");
    await page.locator("#draw").click();
    await page.waitForFunction(() => Number(/** @type {HTMLInputElement} */ (document.getElementById("film-step")).value) >= 2 && document.getElementById("generate-cancel")?.hidden === false, null, { timeout: 60_000 });
    const millis = await page.evaluate(async () => {
      const start = performance.now();
      document.getElementById("generate-cancel")?.click();
      while (!/Cancelled/.test(document.getElementById("generate-said")?.textContent ?? "")) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - start;
    });
    assert.ok(millis < 100, `acknowledged after ${millis} ms`);
    const kept = Number(/(\d+) frames? kept/.exec(await said(page).innerText())?.[1]);
    assert.ok(kept >= 2, `${kept} frames`);
    await page.locator("#film-step").focus();
    await page.keyboard.press("Home");
    assert.match(await filmSays(page), /^step 1 of 40/);
    const next = await draw(page, { steps: 2 });
    assert.equal(next?.ended, "done");
  });

  test("a PNG carries its settings, and dropping it brings them back without a run", async () => {
    const { page } = lab;
    await page.locator("#generate-negative").fill("green");
    const run = await draw(page, { prompt: "two yellow fish, “quoted”", seed: 41, steps: 3, guidance: 3.5 });
    const png = await saved(page, "#save-png");
    const texts = Object.fromEntries(textsIn(png));
    const { lab: name, version, settings } = JSON.parse(texts.kindling);
    assert.deepEqual({ name, version }, { name: "generate", version: 1 });
    assert.equal(settings.prompt, "two yellow fish, “quoted”");
    assert.match(texts.parameters, /^two yellow fish, “quoted”\nNegative prompt: green\nSteps: 3, Sampler: .*, CFG scale: 3\.5, Seed: 41, Size: 64x64/);
    const before = await knobs(page);
    await page.locator("#generate-reset").click();
    assert.notEqual((await knobs(page)).prompt, before.prompt);
    const { runs } = await recorded(page);
    await dropFile(page, { name: "picture.png", bytes: png });
    await notice(page).getByText(/Nothing was drawn/).waitFor();
    const { seed, prompt, negative, steps, guidance, sampler } = await knobs(page);
    assert.deepEqual({ seed, prompt, negative, steps, guidance, sampler }, { seed: 41, prompt: before.prompt, negative: "green", steps: 3, guidance: 3.5, sampler: before.sampler });
    await page.waitForTimeout(300);
    assert.equal((await recorded(page)).runs.length, runs.length, "nothing runs by itself");
    const again = await draw(page, {});
    assert.deepEqual(again?.images, run?.images, "and the picture is the same");
  });

  test("a stranger's PNG is clamped, and its words stay words", async () => {
    const { page } = lab;
    const png = await saved(page, "#save-png");
    const bad = { lab: "generate", version: 1, settings: { prompt: "<img src=x onerror=alert(1)>", steps: 1e9, guidance: "NaN", seed: -5, batch: 1e6, sampler: "__proto__", width: 1e12, ["__proto__"]: { steps: 3 } } };
    await dropFile(page, { name: "hostile.png", bytes: withTexts(png, [["kindling", JSON.stringify(bad)]]) });
    await notice(page).getByText(/beyond what this page takes/).waitFor();
    const now = await knobs(page);
    assert.equal(now.prompt, "<img src=x onerror=alert(1)>");
    assert.equal(now.steps, 150);
    assert.equal(now.seed, 0);
    assert.equal(now.batch, 8);
    assert.equal(await page.locator("#lab-generate img").count(), 0);
    await page.locator("#generate-undo").click();
    assert.equal((await knobs(page)).steps, 3, "and can be undone");
    await dropFile(page, { name: "common.png", bytes: withTexts(png, [["parameters", "a blue car\nNegative prompt: wheels\nSteps: 12, Sampler: DPM++ 2M Karras, CFG scale: 6, Seed: 99, Size: 64x64, Model: x"]]) });
    await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("knob-seed")).value === "99");
    const { prompt, negative, steps, sampler, karras } = await knobs(page);
    assert.deepEqual({ prompt, negative, steps, sampler, karras }, { prompt: "a blue car", negative: "wheels", steps: 12, sampler: "dpmpp_2m", karras: true }, "the common wording is understood too");
  });

  test("saves CSV, JSON and the film", async () => {
    const { page } = lab;
    await draw(page, { steps: 3 });
    const csv = (await saved(page, "#generate-csv")).toString("utf8");
    assert.equal(csv.trim().split(/\r?\n/).length, 4, "a line for each step and a heading");
    const json = JSON.parse((await saved(page, "#generate-json")).toString("utf8"));
    assert.equal(json.run.steps.length, 3);
    assert.ok(json.run.steps.every((/** @type {any} */ one) => Number.isFinite(one.std) && Number.isFinite(one.mean)));
    const film = await saved(page, "#save-film");
    assert.equal(film.toString("latin1", 1, 4), "PNG");
    assert.ok(film.readUInt32BE(16) >= 3 * 64, "three frames side by side");
  });

  test("a deleted picture can be brought back", async () => {
    const { page } = lab;
    const pictures = page.locator("#shelf li");
    const count = await pictures.count();
    assert.ok(count > 3);
    await pictures.first().getByRole("button", { name: /^Remove/ }).click();
    assert.equal(await pictures.count(), count - 1);
    await page.locator("#shelf-undo").click();
    assert.equal(await pictures.count(), count);
  });

  test("knobs can be undone and redone", async () => {
    const { page } = lab;
    await page.locator("#knob-sampler").selectOption("heun");
    await page.locator("#generate-undo").click();
    assert.notEqual((await knobs(page)).sampler, "heun");
    await page.locator("#generate-redo").click();
    assert.equal((await knobs(page)).sampler, "heun");
    await page.locator("#generate-undo").click();
    await page.locator("#knob-steps").fill("9999");
    await page.locator("#knob-steps").blur();
    assert.equal((await knobs(page)).steps, 150, "clamped where it can be seen");
    assert.match(await page.locator("#knob-note").innerText(), /1 to 150/);
  });

  test("switches the language: the page's own prompt follows, one's own stays", async () => {
    const { page } = lab;
    await page.locator("#generate-prompt").fill("my own words");
    await switchLanguage(page, "zh");
    assert.match(await page.locator("h1:visible").innerText(), /噪点/);
    assert.equal((await knobs(page)).prompt, "my own words");
    await page.locator(".tries [data-id=cat]").click();
    assert.equal((await knobs(page)).prompt, "一只猫在树旁边");
    await switchLanguage(page, "en");
    assert.equal((await knobs(page)).prompt, "a cat beside a tree");
  });

  test("broke no rule of its content policy and asked nobody else", async () => {
    assert.deepEqual(await violations(lab.page), []);
    assert.deepEqual(lab.complaints, { errors: [], violations: [], strangers: [] });
  });
});

test("a storm of runs and cancels leaves one worker, and the last run wins", { timeout: 400_000 }, async () => {
  const { page, context, complaints } = await openGenerate(browser, server);
  const alone = await draw(page, { seed: 12, steps: 3 });
  await page.locator("#knob-steps").fill("40");
  for (let round = 0; round < 20; round++) {
    await page.locator("#draw").click();
    await page.waitForTimeout((round % 5) * 40);
    await page.keyboard.press("Escape");
  }
  const last = await draw(page, { seed: 12, steps: 3 });
  assert.equal(page.workers().length, 1);
  assert.deepEqual(last?.images, alone?.images, "and is untouched by those before");
  await page.waitForTimeout(1000);
  const { runs } = await recorded(page);
  assert.equal(runs.filter(({ ended }) => ended === "done").length, 2, "nothing that was cancelled went on to its end");
  assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
  await context.close();
});
