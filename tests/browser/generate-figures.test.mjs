// The text-to-image lab's figures: race, grid, starting from a picture; and links, breakdowns, the
// road without a network, and a look with axe.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { axeFindings } from "./lib/axe.mjs";
import { launch, longestTask, now } from "./lib/browser.mjs";
import { draw, drawn, dropFile, knobs, openGenerate, ready, recorded } from "./lib/generate.mjs";
import { serveLab } from "./lib/lab.mjs";
import { png } from "./lib/pictures.mjs";
import { withTexts } from "./lib/png-text.mjs";
import { panicAt, panicWhereTold } from "./lib/workers.mjs";

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

describe("figures", () => {
  /** @type {Awaited<ReturnType<typeof openGenerate>>} */
  let lab;
  before(async () => {
    lab = await openGenerate(browser, server);
    await draw(lab.page, { seed: 5, steps: 3 });
  });
  after(() => lab?.context.close());

  test("samplers race from one seed, each in its lane", async () => {
    const { page } = lab;
    const before = (await recorded(page)).runs.length;
    await page.locator("#race-samplers input[value=dpmpp_2m]").uncheck();
    assert.match(await page.locator("#race-note").innerText(), /passes, .*/, "the time is said before");
    await page.locator("#race-run").click();
    await page.waitForFunction((count) => { const { runs } = /** @type {any} */ (globalThis).generation; return runs.length === count + 2 && runs.at(-1).ended === "done"; }, before, { timeout: 120_000 });
    await drawn(page);
    const { runs } = await recorded(page);
    const [first, second] = runs.slice(before);
    assert.deepEqual([first.options.sampler, second.options.sampler], ["ddim", "euler_a"]);
    assert.equal(first.options.seed, second.options.seed);
    assert.equal(await page.locator("#lanes li").count(), 2);
    assert.equal(await page.locator("#lanes canvas.coming").count(), 0, "every lane is full");
  });

  test("two knobs fill a grid, bounded, with the time said before", async () => {
    const { page } = lab;
    await page.locator("#plot-x-values").fill("1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
    await page.locator("#plot-y-values").fill("1, 2, 3, 4, 5");
    assert.match(await page.locator("#plot-note").innerText(), /50 pictures; 36 are the most/);
    assert.ok(await page.locator("#plot-run").isDisabled());
    await page.locator("#plot-x-values").fill("1, 4, soup");
    await page.locator("#plot-y-values").fill("2, 3");
    await page.locator("#plot-note").getByText(/4 pictures, .*1 value left out/).waitFor();
    const before = (await recorded(page)).runs.length;
    await page.locator("#plot-run").click();
    await page.waitForFunction(() => document.querySelectorAll("#plot-grid td button:enabled").length === 4, null, { timeout: 120_000 });
    const made = (await recorded(page)).runs.slice(before);
    assert.deepEqual(made.map(({ options }) => [options.guidance, options.steps]), [[1, 2], [4, 2], [1, 3], [4, 3]]);
    assert.equal(new Set(made.map(({ options }) => options.seed)).size, 1);
  });

  test("a picture to start from: where it enters, what is marked, what stays", async () => {
    const { page } = lab;
    await dropFile(page, { name: "slant.png", bytes: png(64, 64, 3) });
    await page.locator("#source-preview:visible").waitFor();
    await page.locator("#knob-strength").fill("0.5");
    await page.locator("#knob-steps").fill("4");
    assert.match(await page.locator("#enters").innerText(), /Starts at step 3 of 4/);
    await page.locator("#knob-masked").check();
    await page.locator("#mask-numbers summary").click();
    for (const [name, value] of Object.entries({ x: 0, y: 0, w: 32, h: 64 })) await page.locator(`#mask-${name}`).fill(String(value));
    await page.locator("#mask-add").click();
    assert.match(await page.locator("#paint-said").innerText(), /50% is marked/);
    await page.locator("#mask-invert").click();
    await page.locator("#mask-undo").click();
    const before = (await recorded(page)).runs.length;
    await page.locator("#draw-from").click();
    await page.waitForFunction((count) => /** @type {any} */ (globalThis).generation.runs.length > count, before);
    await drawn(page);
    const run = (await recorded(page)).runs[before];
    assert.equal(run.ended, "done");
    assert.equal(run.plan.first_step, 2);
    assert.equal(run.frames.length, 2);
    const change = (/** @type {number} */ from, /** @type {number} */ to) => {
      let sum = 0, count = 0;
      for (let y = 0; y < 64; y++) {
        for (let x = from; x < to; x++) {
          for (let c = 0; c < 3; c++) sum += Math.abs(run.images[0].rgba[(y * 64 + x) * 4 + c] - run.plan.seen.rgba[(y * 64 + x) * 4 + c]);
          count += 3;
        }
      }
      return sum / count;
    };
    assert.ok(change(4, 24) > 1.5 * change(40, 60), `marked ${change(4, 24)}, kept ${change(40, 60)}`);
    assert.ok(await page.locator("#compare").isVisible(), "before and after");
    await page.locator("#source-take").click();
    await page.locator("#draw-from").click();
    await page.waitForFunction((count) => /** @type {any} */ (globalThis).generation.runs.length > count + 1, before);
    await drawn(page);
    assert.equal(await page.locator("#edit-tree > li > ul > li > ul > li").count(), 1, "file, first picture, second picture");
  });

  test("the mask can be painted by pointer and by keyboard", async () => {
    const { page } = lab;
    await page.locator("#mask-clear").click();
    assert.match(await page.locator("#paint-said").innerText(), /^0% is marked/);
    const paint = page.locator("#paint");
    await paint.scrollIntoViewIfNeeded();
    const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await paint.boundingBox());
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.5);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.5, { steps: 6 });
    await page.mouse.up();
    const share = async () => Number(/(\d+)%/.exec(await page.locator("#paint-said").innerText())?.[1] ?? 0);
    const painted = await share();
    assert.ok(painted >= 5, `${painted}%`);
    await paint.focus();
    await page.keyboard.press("Control+z");
    assert.equal(await share(), 0);
    await page.keyboard.press("Space");
    await page.keyboard.press("p");
    for (let press = 0; press < 4; press++) await page.keyboard.press("ArrowRight");
    const typed = await share();
    assert.ok(typed >= 2, `${typed}%`);
    await page.keyboard.press("p");
    await page.keyboard.press("e");
    await page.keyboard.press("Space");
    assert.ok((await share()) < typed, "the eraser takes away");
    assert.equal(await page.locator("#tool-eraser").getAttribute("aria-pressed"), "true");
    await page.keyboard.press("e");
  });

  test("edges are shown, and it is said plainly what they are good for here", async () => {
    const { page } = lab;
    await page.locator("#knob-edges").check();
    await page.locator("#edges:visible").waitFor();
    const marked = () => page.locator("#edges").evaluate((canvas) => {
      const { data } = /** @type {CanvasRenderingContext2D} */ (/** @type {HTMLCanvasElement} */ (canvas).getContext("2d")).getImageData(0, 0, 200, 200);
      return data.reduce((sum, value, at) => sum + (at % 4 === 0 && value > 128 ? 1 : 0), 0);
    });
    assert.ok((await marked()) > 20, "an edge along the slant");
    const note = await page.locator("#edge-note").innerText();
    assert.match(note, /ControlNet/);
  });

  test("nothing was asked of strangers", () => assert.deepEqual(lab.complaints, { errors: [], violations: [], strangers: [] }));
});

test("a link holds every knob, and starts nothing", async () => {
  const { page, context } = await openGenerate(browser, server);
  await page.locator("#generate-prompt").fill("a green car, 你好");
  await page.locator("#knob-sampler").selectOption("euler");
  for (const [name, value] of Object.entries({ steps: "13", guidance: "2.5", seed: "77" })) await page.locator(`#knob-${name}`).fill(value);
  await page.locator("#knob-locked").check();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("#generate-link").click();
  await page.locator("#toast").getByText(/Link copied/).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const before = await knobs(page);
  const other = await openGenerate(browser, server, { hash: new URL(link).hash, wait: false });
  await other.page.locator("#fetch-text2image").click();
  await ready(other.page);
  assert.deepEqual(await knobs(other.page), before);
  assert.equal((await recorded(other.page)).runs.length, 0);
  await other.context.close();
  await context.close();
});

test("a hostile link is clamped with a notice and fetches nothing", async () => {
  const hash = `#lab=generate&v=1&prompt=${encodeURIComponent("<img src=x onerror=alert(1)>")}&steps=1e9&guidance=NaN&seed=-1&batch=999&sampler=__proto__&w=1e9&strength=Infinity&race=heun,heun,evil&x=constructor&xs=${"9,".repeat(5000)}&__proto__=1`;
  const { page, context, complaints } = await openGenerate(browser, server, { hash, wait: false });
  await page.locator("#lab-generate [data-place=notices]").getByText(/some of it was cut/).waitFor();
  const held = await knobs(page);
  assert.equal(held.steps, 150);
  assert.equal(held.guidance, 3);
  assert.equal(held.seed, 0);
  assert.equal(held.batch, 8);
  assert.equal(held.prompt, "<img src=x onerror=alert(1)>");
  assert.equal(await page.locator("#lab-generate img").count(), 0);
  await page.locator("#fetch-text2image").waitFor(); // it asks before it fetches
  const { calls, runs } = await recorded(page);
  assert.deepEqual([calls.load ?? 0, runs.length], [0, 0]);
  assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
  await context.close();
});

test("a file that comes before the model waits for it", async () => {
  const { page, context } = await openGenerate(browser, server, { hash: "#lab=generate&v=1", wait: false });
  await page.locator("#fetch-text2image").waitFor();
  const settings = { prompt: "two blue birds", seed: 1234, steps: 9 };
  await dropFile(page, { name: "early.png", bytes: withTexts(png(64, 64, 1), [["kindling", JSON.stringify({ lab: "generate", version: 1, settings })]]) });
  await page.locator("#generate-notice").getByText(/once the model has loaded/).waitFor();
  await page.locator("#fetch-text2image").click();
  await page.locator("#generate-notice").getByText(/Nothing was drawn/).waitFor({ timeout: 180_000 });
  const { prompt, seed, steps } = await knobs(page);
  assert.deepEqual({ prompt, seed, steps }, settings);
  await context.close();
});

test("a prompt of a megabyte is cut, said so, and holds nothing up", async () => {
  const { page, context } = await openGenerate(browser, server);
  const start = await now(page);
  await page.locator("#generate-prompt").evaluate((field) => {
    /** @type {HTMLTextAreaElement} */ (field).value = "a red apple ".repeat(87_382);
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  await page.locator("#knob-note").getByText(/first 1,000 characters/).waitFor();
  await page.locator(".count").getByText(/tokens are read/).first().waitFor();
  assert.equal((await knobs(page)).prompt.length, 1000);
  const longest = await longestTask(page, start);
  assert.ok(longest < 200, `longest task ${longest} ms`);
  await context.close();
});

test("a breakdown in the middle: the frames stay, a fresh worker draws on", { timeout: 300_000 }, async () => {
  const { page, context } = await openGenerate(browser, server, { query: "?faults", init: panicWhereTold });
  await page.locator("#knob-steps").fill("30");
  await page.locator("#draw").click();
  await page.waitForFunction(() => /** @type {any} */ (globalThis).generation.runs.at(-1)?.frames.length >= 2, null, { timeout: 60_000 });
  await panicAt(page, "generatorTokens");
  await page.locator("#generate-prompt").fill("the words stay"); // its tokens are asked for
  await page.locator("#lab-generate [role=alert]").first().waitFor({ timeout: 60_000 });
  assert.ok(Number(await page.locator("#film-step").getAttribute("aria-valuetext").then((text) => /step (\d+)/.exec(text ?? "")?.[1])) >= 2);
  assert.equal((await knobs(page)).prompt, "the words stay");
  await ready(page);
  const next = await draw(page, { steps: 2 });
  assert.equal(next?.ended, "done");
  await context.close();
});

test("a file that is no picture says so, and takes nothing's place", async () => {
  const { page, context } = await openGenerate(browser, server);
  await dropFile(page, { name: "page.png", bytes: Buffer.from("<html><script>alert(1)</script></html>") });
  await page.locator("#source-fault [data-code]").waitFor();
  assert.equal(await page.locator("#source-preview:visible").count(), 0);
  await context.close();
});

test("one visit is enough to draw without a network", { timeout: 300_000 }, async () => {
  const own = await serveLab();
  after(() => own.stop()); // else a failure would keep the process waiting
  const { page, context, complaints } = await openGenerate(browser, own);
  await page.locator("#offline").waitFor({ timeout: 120_000 });
  await own.stop();
  await page.reload();
  await ready(page);
  const run = await draw(page, { steps: 2 });
  assert.equal(run?.ended, "done");
  assert.deepEqual(complaints.strangers, []);
  await context.close();
});

const LOOKS = /** @type {const} */ ([["en", "dark", 1280], ["zh", "light", 390], ["zh", "light", 1280], ["en", "dark", 390]]);
for (const [lang, colorScheme, width] of LOOKS) {
  test(`axe finds nothing: ${lang}, ${colorScheme}, ${width} px`, { timeout: 240_000 }, async () => {
    const { page, context } = await openGenerate(browser, server, { lang, context: { colorScheme, viewport: { width, height: 844 }, bypassCSP: true } });
    await page.locator("#more-knobs").evaluate((part) => part.setAttribute("open", ""));
    await page.locator("#knob-batch").fill("2");
    await draw(page, { steps: 2 });
    await page.locator("#start-from [data-start=picture]").click();
    await page.locator("#source-take").click();
    await page.locator("#source-preview:visible").waitFor();
    await page.locator("#knob-masked").check();
    await page.locator("#knob-edges").check();
    await page.locator("#edges:visible").waitFor();
    await page.locator("#plot-x-values").fill("1");
    await page.locator("#plot-y-values").fill("1");
    await page.locator("#plot-run").click();
    await page.waitForFunction(() => document.querySelectorAll("#plot-grid td button:enabled").length === 1, null, { timeout: 120_000 });
    assert.deepEqual(await axeFindings(page), []);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "nothing reaches past the edge");
    await context.close();
  });
}

test("the keyboard reaches every part", async () => {
  const { page, context } = await openGenerate(browser, server);
  await draw(page, { steps: 2 });
  const wanted = new Set(["generate-prompt", "draw", "knob-sampler", "knob-steps", "knob-guidance", "knob-seed", "dice", "knob-locked", "film-step", "film-play", "save-png", "generate-link", "source-take", "race-run", "plot-x", "plot-run"]);
  await page.locator("#start-from [data-start=picture]").click();
  await page.locator("#generate-question").evaluate((element) => {
    element.tabIndex = -1;
    element.focus();
  });
  for (let press = 0; press < 110 && wanted.size; press++) {
    await page.keyboard.press("Tab");
    const { id, outlined } = await page.evaluate(() => {
      const element = /** @type {HTMLElement} */ (document.activeElement);
      const style = getComputedStyle(element);
      return { id: element.id, outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
    });
    if (wanted.delete(id)) assert.ok(outlined, `focus on ${id} can be seen`);
  }
  assert.deepEqual([...wanted], []);
  await context.close();
});
