// The overfitting lab: presets that are what they claim, a run that one can hold at any time, points of
// one's own, links, figures.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testLook } from "./lib/axe.mjs";
import { launch, violations } from "./lib/browser.mjs";
import { serveLab } from "./lib/lab.mjs";
import { atEpoch, download, epoch, openOverfit, pause, placeOf, points, press, runPreset, runs, saved, slide, verdict } from "./lib/overfit.mjs";
import { watchTasks } from "./lib/stalls.mjs";

/** Longest task of the page's thread while a model is trained, on the processor: a busy machine stops any thread now and then. */
const STALL_MILLIS = 50;
const WATCHED_MILLIS = 3_000;
const EPOCHS = 1000;

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

/** What always giving the same answer would lose in training. @param {import("./lib/overfit.mjs").Saved} run */
function base({ points, split }) {
  const values = split.train.map((/** @type {number} */ row) => (points.classes ?? points.y)[row]);
  const mean = values.reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum + value, 0) / values.length;
  if (points.classes) return -mean * Math.log(mean) - (1 - mean) * Math.log(1 - mean);
  return values.reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum + (value - mean) ** 2, 0) / values.length;
}

test("a first result at once: no model is fetched, nothing leaves the machine, nothing stalls", async () => {
  const { page, context, complaints } = await openOverfit(browser, server);
  /** What the page and its workers ask for; the service worker keeps more, for visits without a network. @type {string[]} */
  const asked = [];
  context.on("request", (request) => void (request.serviceWorker() || asked.push(new URL(request.url()).pathname)));
  await page.reload();
  await atEpoch(page, 20);
  await page.locator("#overfit-speed").selectOption("20"); // long enough to be watched
  const longest = Math.max(...(await watchTasks(browser, page, WATCHED_MILLIS)).map(({ processor }) => processor));
  assert.ok(await runs(page), "all the while it trains");
  assert.ok(longest <= STALL_MILLIS, `the page stood still for ${longest} ms`);
  assert.ok(asked.some((path) => path.endsWith("wasm/lessons/playground_bg.wasm")));
  assert.deepEqual(asked.filter((path) => /models\/|wasm\/(cpu|webgpu)\//.test(path)), [], "no model and none of its programs");
  assert.deepEqual([complaints, await violations(page)], [{ errors: [], violations: [], strangers: [] }, []]);
  const painted = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("overfit-plot"));
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value, at) => sum + (at % 4 === 3 && value > 0 ? 1 : 0), 0) / (canvas.width * canvas.height);
  });
  assert.ok(painted > 0.03, `the plot is painted, ${painted}`);
  await context.close();
});

for (const task of /** @type {const} */ (["regression", "classification"])) {
  test(`the presets of ${task} are what they claim, in numbers`, async () => {
    const { page, context } = await openOverfit(browser, server);
    /** @type {Record<string, import("./lib/overfit.mjs").Saved>} */
    const seen = {};
    /** @type {Record<string, string>} */
    const said = {};
    for (const name of /** @type {const} */ (["underfit", "good", "overfit"])) {
      await runPreset(page, task, name, EPOCHS);
      seen[name] = await saved(page);
      said[name] = await verdict(page);
    }
    const last = (/** @type {string} */ name) => seen[name].now;
    const lowest = (/** @type {string} */ name) => Math.min(...seen[name].history.validation);
    assert.ok(last("underfit").train.loss > 0.35 * base(seen.underfit), "underfit: far off on its own points");
    assert.ok(last("underfit").validation.loss < 2.5 * last("underfit").train.loss, "and as far on others");
    assert.ok(last("good").train.loss < 0.6 * last("underfit").train.loss, "good: learned its points");
    assert.ok(last("good").validation.loss < 1.1 * lowest("good") + 1e-3, "and keeps what it learned");
    assert.ok(last("good").validation.loss < last("underfit").validation.loss && last("good").test.loss < last("underfit").test.loss, "better on unseen points than underfit");
    assert.ok(last("overfit").train.loss < 0.8 * last("good").train.loss, "overfit: better still on its own points");
    assert.ok(last("overfit").validation.loss > 1.5 * last("good").validation.loss, "and worse on unseen ones");
    assert.ok(last("overfit").validation.loss > 1.1 * lowest("overfit"), "its validation loss has risen again");
    assert.match(said.underfit, /Too simple/);
    assert.match(said.good, /about as well/);
    assert.match(said.overfit, /only memorising/);
    await context.close();
  });
}

test("the same seed gives the same epochs, another seed others", async () => {
  const { page, context } = await openOverfit(browser, server);
  const runOf = async () => {
    await atEpoch(page, 150);
    await pause(page);
    return saved(page);
  };
  const first = await runOf();
  await press(page, "again");
  await press(page, "run");
  const second = await runOf();
  assert.deepEqual(second.history.train.slice(0, 150), first.history.train.slice(0, 150));
  assert.deepEqual(second.points, first.points);
  await page.locator("#overfit-seed").fill("136");
  await press(page, "run");
  const third = await runOf();
  assert.notDeepEqual(third.points, first.points);
  assert.notDeepEqual(third.history.train.slice(0, 20), first.history.train.slice(0, 20));
  await context.close();
});

test("run, pause, one epoch, keys, a knob in the middle of it, a hidden tab", async () => {
  const { page, context } = await openOverfit(browser, server);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.getElementById("overfit-run")?.textContent === "Go on");
  await page.waitForTimeout(300); // the epochs that were under way
  const stopped = await epoch(page);
  await page.waitForTimeout(500);
  assert.equal(await epoch(page), stopped, "Esc pauses");
  await press(page, "step");
  await page.waitForFunction((before) => Number(document.querySelector(".losses dd")?.textContent) === before + 1, stopped);
  await page.keyboard.press("Control+Enter");
  await atEpoch(page, stopped + 100);
  await slide(page, "degree", 6);
  await page.waitForFunction((before) => Number(document.querySelector(".losses dd")?.textContent) < before, stopped + 100);
  assert.ok(await runs(page), "and it runs on");
  const { state, history, parameters } = await saved(page);
  assert.deepEqual([state.degree, state.seed, parameters, history.epochs[0]], [6, 135, 7, 0]);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForTimeout(400);
  const hidden = await epoch(page);
  await page.waitForTimeout(500);
  assert.equal(await epoch(page), hidden, "a hidden tab trains nothing");
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await atEpoch(page, hidden + 20);
  await context.close();
});

test("patience stops the run and says what it keeps", async () => {
  const { page, context } = await openOverfit(browser, server);
  await page.locator("[data-task=classification]").click();
  await page.locator("[data-preset=overfit]").click();
  await slide(page, "patience", 4); // 50 epochs
  await page.waitForFunction(() => document.getElementById("overfit-verdict")?.textContent?.startsWith("Stopped at epoch"), null, { timeout: 90_000 });
  const { history, best_epoch: best, ended } = await saved(page);
  assert.equal(ended, "patience");
  assert.equal(history.epochs.at(-1), Number(best) + 50);
  assert.equal(history.validation[history.epochs.indexOf(Number(best))], Math.min(...history.validation));
  assert.match((await page.locator("#overfit-saved").textContent()) ?? "", new RegExp(`epoch ${best} `));
  await context.close();
});

test("points are added by a click, moved, removed, edited in a table, read from CSV; undo brings them back", async () => {
  const { page, context } = await openOverfit(browser, server);
  await pause(page);
  const drawn = await saved(page);
  await page.locator("#overfit-plot").scrollIntoViewIfNeeded();
  const [x, y] = await placeOf(page, 0.9, -1.2);
  await page.mouse.click(x, y);
  await points(page, drawn.points.x.length + 1);
  let own = (await saved(page)).state.own;
  assert.equal(own.length, drawn.points.x.length + 1);
  assert.ok(Math.abs(own.at(-1)[0] - 0.9) < 0.02 && Math.abs(own.at(-1)[1] + 1.2) < 0.02, `${own.at(-1)}`);
  await page.locator("#overfit-plot").scrollIntoViewIfNeeded(); // saving scrolls away
  const [fromX, fromY] = await placeOf(page, 0.9, -1.2);
  let [toX, toY] = await placeOf(page, 0.5, -1.3);
  await page.mouse.move(fromX, fromY);
  await page.mouse.down();
  await page.mouse.move((fromX + toX) / 2, (fromY + toY) / 2, { steps: 4 });
  await page.mouse.move(toX, toY, { steps: 4 });
  await page.mouse.up();
  await page.waitForTimeout(400);
  own = (await saved(page)).state.own;
  assert.ok(Math.abs(own.at(-1)[0] - 0.5) < 0.02 && Math.abs(own.at(-1)[1] + 1.3) < 0.02, `moved to ${own.at(-1)}`);
  await page.locator("#overfit-plot").scrollIntoViewIfNeeded();
  [toX, toY] = await placeOf(page, 0.5, -1.3);
  await page.mouse.move(toX, toY);
  await page.mouse.down();
  await page.mouse.move(toX, toY + 300, { steps: 6 });
  await page.mouse.up();
  await page.waitForTimeout(400);
  assert.equal((await saved(page)).state.own.length, drawn.points.x.length, "dragged out, it is gone");
  await press(page, "undo");
  assert.equal((await saved(page)).state.own.length, drawn.points.x.length + 1, "and undo brings it back");

  await page.locator("#overfit-own > summary").click();
  await page.locator(".points-table input").first().fill("0.25");
  await page.locator(".points-table input").first().press("Enter");
  await page.waitForTimeout(400);
  assert.equal((await saved(page)).state.own[0][0], 0.25);

  await page.locator("#overfit-text").fill("x,y\n10,100\n20,250\n30,90\nno,numbers\n40,300\n50,120\n60,260\n70,80\n");
  await press(page, "use");
  await page.getByText("7 points read").waitFor();
  await points(page, 7);
  const read = await saved(page);
  assert.deepEqual(read.points.x, [-1, -0.667, -0.333, 0, 0.333, 0.667, 1]);
  assert.deepEqual([...read.split.train, ...read.split.validation, ...read.split.test].sort(), [0, 1, 2, 3, 4, 5, 6]);
  await page.locator("#overfit-text").fill("<img onerror=alert(1)>\nnothing");
  await press(page, "use");
  await page.locator("#overfit-own-said [role=alert]").waitFor();
  assert.equal((await saved(page)).state.own.length, 7, "what was there stays");
  await press(page, "empty");
  await page.getByText("The plot is empty").waitFor();
  await context.close();
});

test("a link brings settings and points and starts nothing; a hostile one is clamped", async () => {
  const { page, context } = await openOverfit(browser, server, { hash: "#lab=overfit&v=1&task=regression&model=polynomial&degree=3&l2=0.01&points=-1,0,0,0;0,1,0,0;1,0,0,0;0.5,0.5,0,1&lang=en", wait: false });
  await page.locator("#overfit-fetch").click();
  await atEpoch(page, 5);
  const { state } = await saved(page);
  assert.deepEqual(state.own, [[-1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 1]]);
  assert.deepEqual([state.degree, state.l2], [3, 0.01]);
  await context.close();

  server.requests.length = 0;
  const hostile = await openOverfit(browser, server, { hash: "#lab=overfit&v=1&degree=1e9&n=NaN&width=-4&__proto__=1&seed=1e99&rate=Infinity&patience=0&points=NaN,1,1,1;9e9,-9e9,7,7&lang=en", wait: false });
  await hostile.page.getByText("some of it was cut").waitFor();
  await hostile.page.waitForTimeout(500);
  assert.deepEqual(server.requests.filter((path) => /wasm\//.test(path)), [], "nothing is fetched");
  await hostile.page.locator("#overfit-fetch").click();
  await hostile.page.locator("#overfit-degree").waitFor();
  await hostile.page.waitForFunction(() => !/** @type {HTMLButtonElement} */ (document.getElementById("overfit-json")).disabled);
  const clamped = (await saved(hostile.page)).state;
  assert.deepEqual([clamped.degree, clamped.count, clamped.width, clamped.seed, clamped.rate, clamped.patience], [20, 40, 1, 9999, 0.03, 1]);
  assert.deepEqual(clamped.own, [[1.25, -2, 0, 0]]);
  assert.deepEqual(hostile.complaints.errors, []);
  await hostile.context.close();
});

test("a program that does not arrive is told, and can be fetched again", async () => {
  server.fault("wasm/lessons/playground_bg.wasm", (_, response) => void response.writeHead(404).end());
  const { page, context } = await openOverfit(browser, server, { wait: false });
  await page.locator("#overfit-fault [role=alert]").waitFor({ timeout: 60_000 });
  assert.match((await page.locator("#overfit-fault strong").textContent()) ?? "", /program did not arrive/);
  server.heal();
  await page.locator("#overfit-fault button").first().click();
  await atEpoch(page, 20);
  assert.equal(await page.locator("#overfit-fault [role=alert]").count(), 0);
  await context.close();
});

test("a finger taps points in and scrolls past them", async () => {
  const { page, context } = await openOverfit(browser, server, { context: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } });
  await page.locator("#overfit-plot").scrollIntoViewIfNeeded();
  const before = await page.evaluate(() => (document.querySelector(".key")?.textContent?.match(/\d+/g) ?? []).reduce((sum, one) => sum + Number(one), 0));
  const [x, y] = await placeOf(page, 0.9, 1.2);
  await page.touchscreen.tap(x, y);
  await points(page, before + 1);
  const shown = (await page.locator(".rail li").evaluateAll((items) => items.map((item) => item.getBoundingClientRect()).map(({ width, height, right }) => ({ width, height, right })))).filter(({ width }) => width > 0);
  const wide = shown.every(({ width, height, right }) => width >= 60 && height >= 44 && right <= 391);
  assert.deepEqual([shown.length, wide], [5, true], "five cells in the switcher");
  await context.close();
});

test("the figures: a click takes a capacity, folds choose, bias, variance and noise meet the measured error", async () => {
  const { page, context } = await openOverfit(browser, server);
  await page.locator("[data-preset=good]").click();
  for (const id of ["fig-capacity", "fig-folds", "fig-spread"]) await page.locator(`#${id}`).scrollIntoViewIfNeeded();
  await page.locator("#overfit-parts .sum").waitFor();
  const chart = page.locator("#overfit-capacity");
  await chart.scrollIntoViewIfNeeded();
  await page.locator("#overfit-capacity[aria-valuetext]").waitFor();
  await chart.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.match((await chart.getAttribute("aria-valuetext")) ?? "", /^degree 2 /);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("overfit-degree")).value === "2");
  const over = chart.locator(".u-over");
  const box = await over.boundingBox();
  assert.ok(box);
  await over.click({ position: { x: box.width * 0.2, y: 20 } });
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("overfit-degree")).value === "4");
  await page.locator("#fig-capacity summary").click();
  await page.locator("#fig-capacity tbody tr").nth(20).waitFor(); // the table is made when it is opened
  assert.equal(await page.locator("#fig-capacity tbody tr").count(), 21);
  await page.locator("#overfit-k button").first().click();
  await page.getByText(/^3 folds choose degree/).waitFor();
  await page.locator("#fig-spread").scrollIntoViewIfNeeded();
  await page.locator("#overfit-bands[aria-label*='degree 4,']").waitFor();
  const { capacity, folds, spread } = await saved(page);
  assert.equal(capacity.best, capacity.degrees[capacity.validation.indexOf(Math.min(...capacity.validation))]);
  assert.equal(folds.k, 3);
  assert.ok(Math.abs(spread.sum - spread.measured) < 0.25 * spread.measured, `${spread.sum} against ${spread.measured}`);
  assert.ok(Math.abs(spread.bias2 + spread.variance + spread.noise - spread.sum) < 1e-9);
  await context.close();
});

for (const task of /** @type {const} */ (["regression", "classification"])) {
  test(`networks of ${task}: the loss over the width, and a click takes one`, async () => {
    const { page, context, complaints } = await openOverfit(browser, server);
    await page.locator(`[data-task=${task}]`).click();
    await page.locator("[data-preset=overfit]").click();
    await page.locator("#overfit-kind").selectOption("mlp");
    await page.locator("#fig-capacity").scrollIntoViewIfNeeded();
    await page.getByText(/the validation loss is lowest/).waitFor({ timeout: 90_000 });
    assert.equal(await page.locator("#overfit-capacity").count(), 0, "no degrees beside the widths");
    const { widths } = await saved(page);
    assert.equal(widths.best, widths.widths[widths.validation.indexOf(Math.min(...widths.validation))]);
    assert.ok(widths.train.at(-1) < 0.8 * widths.train[0], "wide networks learn more of their own points");
    assert.ok(widths.epochs.every((/** @type {number} */ epochs) => epochs === 500));
    const chart = page.locator("#overfit-widths");
    await chart.focus();
    await page.keyboard.press("Home");
    assert.match((await chart.getAttribute("aria-valuetext")) ?? "", /^neurons 1 ·/);
    await page.keyboard.press("End");
    assert.match((await chart.getAttribute("aria-valuetext")) ?? "", /^neurons 64 ·/);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("overfit-width")).value === "64");
    assert.deepEqual((({ kind, layers }) => [kind, layers])((await saved(page)).state), ["mlp", 1]);
    await page.locator("#fig-capacity > div > p.note").filter({ hasText: "With your 64 it is" }).waitFor();
    await page.locator("#fig-capacity summary").click();
    await page.locator("#fig-capacity tbody tr").nth(11).waitFor(); // made when it is opened, in a task of its own
    assert.equal(await page.locator("#fig-capacity tbody tr").count(), 12);
    assert.deepEqual(complaints.errors, []);
    await context.close();
  });
}

test("what is saved: curves and points as CSV, a picture", async () => {
  const { page, context } = await openOverfit(browser, server);
  await pause(page);
  const { history, points } = await saved(page);
  const curves = (await download(page, "csv")).replace("\uFEFF", "").trim().split("\r\n");
  assert.equal(curves[0], "epoch,train,validation,test");
  assert.equal(curves.length, history.epochs.length + 1);
  const rows = (await download(page, "points-csv")).replace("\uFEFF", "").trim().split("\r\n");
  assert.equal(rows.length, points.x.length + 1);
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("#overfit-png").click()]);
  assert.equal(file.suggestedFilename(), "kindling-overfitting.png");
  await context.close();
});

for (const look of /** @type {import("./lib/axe.mjs").Look[]} */ ([["en", "light", 1280], ["zh", "dark", 390], ["zh", "light", 1280], ["en", "dark", 390]])) {
  testLook("looks", look, async (options) => {
    const lab = await openOverfit(browser, server, options);
    for (const id of ["fig-capacity", "fig-folds", "fig-spread"]) await lab.page.locator(`#${id}`).scrollIntoViewIfNeeded();
    await lab.page.locator("#overfit-parts .sum").waitFor();
    return lab;
  });
}
