// The digits lab: it learns, reads what is drawn, counts what it mixes up; presets that are what they claim, links, the lesson.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { judge } from "../../web/rooms/digits-judge.js";
import { digits, mostMixed } from "../../web/lessons/digits.js";
import { SCRIPTS } from "../../web/lessons/index.js";
import { FIELDS, freshState, presetOf, readStrokes } from "../../web/rooms/digits-settings.js";
import { digitsCodec } from "../../web/rooms/digits-share.js";
import { readState } from "../../web/rooms/training-settings.js";
import { testLook } from "./lib/axe.mjs";
import { launch, violations } from "./lib/browser.mjs";
import { atEpoch, begun, drawOn, openDigits, pause, press, reads, runDigits, runs, saved, slide, steps, verdict, WAIT_MILLIS } from "./lib/digits.mjs";
import { serveLab } from "./lib/lab.mjs";
import { openOverfit } from "./lib/overfit.mjs";
import { watchTasks } from "./lib/stalls.mjs";

/** @typedef {import("playwright-core").Page} Page */

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

const sum = (/** @type {number[]} */ values) => values.reduce((all, value) => all + value, 0);

/** Longest task of the page's thread, on the processor, while a network is trained; and how long it is watched. */
const STALL_MILLIS = 50, WATCHED_MILLIS = 4_000;

test("a first result at once: digits are drawn here, nothing is fetched but the lessons' program, nothing stalls", async () => {
  const { page, context, complaints } = await openDigits(browser, server, { wait: false });
  /** @type {string[]} */
  const asked = [];
  context.on("request", (request) => void (request.serviceWorker() || asked.push(new URL(request.url()).pathname)));
  await page.reload();
  await atEpoch(page, 1);
  await reads(page, /It reads a \d/);
  await page.locator("#digits-patience").fill("0"); // never stops
  await page.locator("#digits-speed").selectOption("5");
  await atEpoch(page, 1);
  const longest = Math.max(...(await watchTasks(browser, page, WATCHED_MILLIS)).map(({ processor }) => processor));
  assert.ok(await runs(page), "all the while it trains");
  assert.ok(longest <= STALL_MILLIS, `the page stood still for ${longest} ms`);
  assert.ok(asked.some((path) => path.endsWith("wasm/lessons/playground_bg.wasm")));
  assert.deepEqual(asked.filter((path) => /models\/.*safetensors|wasm\/(cpu|webgpu)\//.test(path)), [], "no model and none of its programs");
  assert.deepEqual([complaints, await violations(page)], [{ errors: [], violations: [], strangers: [] }, []]);
  await context.close();
});

test("it learns to read digits that it never saw, and the matrix counts every one of them", async () => {
  const { page, context } = await openDigits(browser, server);
  await runDigits(page, "good", 40);
  const { history, now, matrix, labels, said, counts, per_class: classes, best_epoch: best, ended } = await saved(page);
  assert.deepEqual(counts, { train: 2000, validation: 300, test: 500 });
  assert.ok(history.accuracy.test[0] < 0.3, `a guess at first: ${history.accuracy.test[0]}`);
  assert.ok(now.test.accuracy >= 0.85, `${now.test.accuracy} of unseen digits`);
  assert.equal(sum(matrix.flat()), 500);
  assert.deepEqual(matrix, Array.from({ length: 10 }, (_, truth) => Array.from({ length: 10 }, (_, answer) => said.filter((one, at) => one === answer && labels[at] === truth).length)));
  assert.ok(Math.abs(sum(matrix.map((row, digit) => row[digit])) / 500 - now.test.accuracy) < 1e-6, "the diagonal is what is right");
  classes.forEach(({ precision, recall, support }, digit) => {
    assert.equal(support, sum(matrix[digit]));
    assert.ok(Math.abs(recall - matrix[digit][digit] / support) < 1e-6 && Math.abs(precision - matrix[digit][digit] / sum(matrix.map((row) => row[digit]))) < 1e-6, `${digit}`);
  });
  // Patience: five epochs without a lower loss, and back to the best.
  assert.equal(ended, "patience");
  assert.equal(history.loss.validation[history.epochs.indexOf(Number(best))], Math.min(...history.loss.validation));
  assert.equal(history.epochs.at(-1), Number(best) + 5);
  assert.match(await verdict(page), new RegExp(`went back to epoch ${best}\\b.*nearly as well`));
  await context.close();
});

test("too small and too few are what they claim, in numbers", async () => {
  const { page, context } = await openDigits(browser, server);
  await runDigits(page, "underfit", 12);
  const small = (await saved(page)).now;
  assert.match(await verdict(page), /Too small so far/);
  await runDigits(page, "overfit", 60);
  const few = await saved(page);
  assert.match(await verdict(page), /by heart/);
  assert.ok(small.train.accuracy < 0.8 && small.train.accuracy - small.validation.accuracy < 0.1, JSON.stringify(small));
  assert.equal(few.counts.train, 100);
  assert.ok(few.now.train.accuracy > 0.97, "its own digits by heart");
  assert.ok(few.now.validation.accuracy < few.now.train.accuracy - 0.1, `${few.now.validation.accuracy} of the unseen`);
  await context.close();
});

test("run, pause, one step, one epoch, start again, keys; the same seed gives the same numbers", async () => {
  const { page, context } = await openDigits(browser, server);
  await pause(page);
  const paused = await steps(page);
  await press(page, "epoch"); // what had begun is finished
  // Later than the pause, which may have come at the very end of an epoch.
  const whole = await page.waitForFunction((then) => {
    const shown = Number(document.querySelector("#fig-digits .losses dd")?.firstChild?.textContent ?? -1);
    const taken = Number((document.querySelector("#fig-digits .losses small")?.textContent ?? "").replace(/\D/g, ""));
    return taken > then && Number.isInteger(shown) ? shown + 1 : 0;
  }, paused, { timeout: WAIT_MILLIS }).then((handle) => handle.jsonValue());
  const before = await steps(page);
  await press(page, "step");
  await page.waitForFunction((count) => Number((document.querySelector("#fig-digits .losses small")?.textContent ?? "").replace(/\D/g, "")) === count + 1, before, { timeout: WAIT_MILLIS });
  await press(page, "epoch");
  await page.waitForFunction((wanted) => Number(document.querySelector("#fig-digits .losses dd")?.firstChild?.textContent) === wanted, whole, { timeout: WAIT_MILLIS });
  assert.equal(await runs(page), false);
  await page.keyboard.press("Control+Enter");
  await atEpoch(page, whole + 1);
  await pause(page);
  const first = await saved(page);
  // Slow at first: that it begins anew can then be seen.
  await page.locator("#digits-speed").selectOption("1");
  await press(page, "again");
  await begun(page);
  await page.locator("#digits-speed").selectOption("20");
  await atEpoch(page, 2);
  await pause(page);
  const second = await saved(page);
  assert.deepEqual(second.history.loss.train.slice(0, 3), first.history.loss.train.slice(0, 3));
  await page.locator("#digits-seed").fill("8");
  await begun(page); // it pauses, so the first look is all there is
  await press(page, "run");
  await atEpoch(page, 2);
  await pause(page);
  assert.notDeepEqual((await saved(page)).history.loss.train.slice(0, 3), first.history.loss.train.slice(0, 3));
  await context.close();
});

test("a drawn digit is read as it is drawn; undo, clear, examples, arrow keys, without centring", async () => {
  const { page, context } = await openDigits(browser, server);
  await runDigits(page, "good", 8);
  await drawOn(page, [[[0.55, 0.12], [0.52, 0.5], [0.5, 0.88]]]);
  await reads(page, /^It reads a 1\.$/);
  let { pad, state } = await saved(page);
  assert.equal(state.strokes.length, 1);
  assert.equal(pad.label, null);
  assert.ok(pad.probabilities && Math.abs(sum(pad.probabilities) - 1) < 1e-3);
  assert.ok(pad.seen && sum(pad.seen) > 0 && pad.seen.slice(0, 28 * 3).every((value) => value === 0), "centred, with a margin");
  await press(page, "clear");
  await page.locator("#digits-says").filter({ hasText: "Draw a digit." }).waitFor();
  await drawOn(page, [[[0.5, 0.14], [0.3, 0.3], [0.25, 0.55], [0.36, 0.82], [0.55, 0.87], [0.72, 0.7], [0.76, 0.45], [0.68, 0.22], [0.5, 0.14]]]);
  await reads(page, /^It reads a 0\.$/);
  await press(page, "undo");
  await page.locator("#digits-says").filter({ hasText: "Draw a digit." }).waitFor();
  await press(page, "undo");
  await reads(page, /^It reads a 1\.$/);

  await press(page, "example");
  await reads(page, /is right|but this is/);
  await page.locator("#digits-moves [data-key=ArrowRight]").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.locator("#digits-centred").uncheck();
  await page.waitForFunction(() => /as it lies/.test(document.querySelector(".pad-seen .note")?.textContent ?? ""));
  ({ pad, state } = await saved(page));
  assert.deepEqual([state.example, state.dx, state.dy, state.centred], [0, 1, 1, false]);
  assert.ok(typeof pad.label === "number");
  await context.close();
});

test("a finger draws, and the page stays where it is", async () => {
  const { page, context } = await openDigits(browser, server, { context: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } });
  await page.locator("#digits-pad").scrollIntoViewIfNeeded();
  const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator("#digits-pad").boundingBox());
  const from = await page.evaluate(() => scrollY);
  const cdp = await context.newCDPSession(page);
  const touch = (/** @type {"touchStart" | "touchMove" | "touchEnd"} */ type, /** @type {number} */ y) =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: box.x + box.width / 2, y: box.y + y * box.height }] });
  await touch("touchStart", 0.15);
  for (let y = 0.2; y < 0.9; y += 0.1) await touch("touchMove", y);
  await touch("touchEnd", 0);
  await page.waitForFunction(() => !/right|but this/.test(document.getElementById("digits-says")?.textContent ?? "") && /reads a/.test(document.getElementById("digits-says")?.textContent ?? ""), null, { timeout: WAIT_MILLIS });
  assert.ok((await saved(page)).state.strokes[0].length >= 8, "the whole stroke");
  assert.equal(await page.evaluate(() => document.getElementById("digits-pad")?.getAttribute("aria-label")), "Pad with your drawing");
  assert.ok(from >= 0);
  await context.close();
});

test("a cell opens its pictures, a picture goes to the pad; scores, and what is undefined", async () => {
  const { page, context } = await openDigits(browser, server);
  await runDigits(page, "underfit", 3);
  await page.locator("#fig-digits-matrix").scrollIntoViewIfNeeded();
  const { matrix, per_class: classes } = await saved(page);
  await page.locator("#digits-matrix tbody td").first().waitFor();
  await page.waitForFunction((counts) => [...document.querySelectorAll("#digits-matrix tbody tr")].every((row, truth) => [...row.querySelectorAll("td")].every((cell, answer) => (Number(cell.textContent) || 0) === counts[truth][answer])), matrix);
  const [truth, said] = matrix.flatMap((row, one) => row.map((value, other) => ({ one, other, value }))).filter(({ one, other }) => one !== other).sort((a, b) => b.value - a.value).map(({ one, other }) => [one, other])[0];
  await page.locator("#digits-matrix tbody tr").nth(truth).locator("td").nth(said).click();
  assert.match((await page.locator("#digits-cell-title").textContent()) ?? "", new RegExp(`^${matrix[truth][said]} pictures?: a ${truth}, read as ${said}`));
  assert.equal(await page.locator("#digits-cell li").count(), Math.min(24, matrix[truth][said]));
  await page.locator("#digits-cell li button").first().click();
  await reads(page, new RegExp(`It reads a ${said}, but this is a ${truth}`));
  await page.locator("#digits-matrix tbody th button").nth(truth).click();
  assert.match((await page.locator("#digits-cell-title").textContent()) ?? "", new RegExp(`^${sum(matrix[truth])} pictures?: a ${truth}$`));
  await page.locator("#digits-cell-close").click();
  assert.ok(await page.locator("#digits-cell").isHidden());
  await page.locator("#digits-scores summary").click();
  await page.locator("#digits-scores tbody tr").nth(10).waitFor();
  assert.equal(await page.locator("#digits-scores tbody tr").count(), 11);
  const undefinedOnes = classes.flatMap(({ precision }, digit) => (precision === null ? [digit] : []));
  assert.equal(await page.locator("#digits-undefined").isVisible(), undefinedOnes.length > 0);
  for (const digit of undefinedOnes) assert.equal(await page.locator("#digits-scores tbody tr").nth(digit).locator("td").first().textContent(), "–");
  await page.locator("#fig-digits-weights").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelectorAll("#digits-weights canvas").length === 2);
  await context.close();
});

test("other networks: no hidden layer shows ten pictures of weights, a convolution its filters", async () => {
  const { page, context } = await openDigits(browser, server);
  await page.locator("#digits-net").selectOption("none");
  await page.locator("#fig-digits-weights").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelectorAll("#digits-weights canvas").length === 10, null, { timeout: WAIT_MILLIS });
  await pause(page);
  assert.equal((await saved(page)).parameters, 7850);
  await slide(page, "train", 3); // 200 digits: an epoch of the slow one is short
  await page.locator("#digits-net").selectOption("cnn");
  await page.locator("#digits-run").click();
  await page.locator("#fig-digits-weights").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelectorAll("#digits-weights canvas").length === 8, null, { timeout: WAIT_MILLIS });
  await atEpoch(page, 2);
  await pause(page);
  const { history, parameters } = await saved(page);
  assert.equal(parameters, 8 * 10 + (8 * 13 * 13 + 1) * 64 + 65 * 10);
  assert.ok(Number(history.loss.train.at(-1)) < history.loss.train[0]);
  await context.close();
});

test("a link brings settings and the drawing and starts nothing; a hostile one is clamped", async () => {
  const link = "#lab=digits&v=1&n=500&net=mlp&width=16&l2=0.001&ink=8020807080c0&centred=0&lang=en";
  server.requests.length = 0;
  const { page, context } = await openDigits(browser, server, { hash: link, wait: false });
  await page.locator("#digits-fetch").waitFor({ timeout: WAIT_MILLIS });
  assert.deepEqual(server.requests.filter((path) => /wasm\//.test(path)), [], "nothing is fetched");
  await page.locator("#digits-fetch").click();
  await atEpoch(page, 1);
  const { state, counts } = await saved(page);
  assert.deepEqual([state.train, state.width, state.l2, state.strokes, state.example, state.centred, counts.train], [500, 16, 0.001, [[128, 32, 128, 112, 128, 192]], null, false, 500]);
  await context.close();

  const hostile = await openDigits(browser, server, { hash: "#lab=digits&v=1&n=1e9&width=-4&net=evil&__proto__=1&rate=Infinity&batch=7&patience=0&dx=99&example=1e5&ink=zz80.8020&lang=en", wait: false });
  await hostile.page.getByText("some of it was cut").waitFor({ timeout: WAIT_MILLIS });
  await hostile.page.locator("#digits-fetch").click();
  await atEpoch(hostile.page, 1);
  const clamped = (await saved(hostile.page)).state;
  assert.deepEqual([clamped.train, clamped.width, clamped.net, clamped.rate, clamped.batch, clamped.patience, clamped.dx], [4000, 1, "mlp", 0.001, 32, 1, 12]);
  assert.deepEqual(clamped.strokes, [[128, 32]]);
  assert.deepEqual(hostile.complaints.errors, []);
  await hostile.context.close();
});

test("what another lab brought need not be asked for: a link to the digits, from the overfitting lab and back", async () => {
  // Without a service worker nothing is kept, so only the program that is running can be what is here.
  const { page, context } = await openOverfit(browser, server, { context: { serviceWorkers: "block" } });
  await page.evaluate(() => void (location.hash = "#lab=digits&v=1&n=200&seed=3"));
  await begun(page);
  assert.equal(await runs(page), false, "a link starts nothing");
  assert.equal(await page.locator("#digits-fetch").count(), 0);
  await page.evaluate(() => void (location.hash = "#lab=overfit&v=1&degree=2"));
  await page.locator("#overfit-degree").waitFor();
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("overfit-degree")).value === "2");
  assert.equal(await page.locator("#overfit-fetch").count(), 0);
  await context.close();
});

describe("the lesson", () => {
  test("six steps, each complete in both languages, with a source", () => {
    assert.deepEqual(SCRIPTS.filter(({ id }) => id === digits.id).map(({ lab }) => lab), [digits.lab]);
    assert.equal(digits.steps.length, 6);
    for (const { name, todo, ask, why, answers, sources } of digits.steps) {
      for (const words of [name, todo, ask, why, ...answers]) {
        assert.match(words.zh, /\p{Script=Han}/u);
        assert.doesNotMatch(words.en, /\p{Script=Han}/u);
      }
      for (const words of [todo, why]) assert.ok(/[.?]$/.test(words.en) && /[。？]$/.test(words.zh), words.zh);
      assert.ok(answers.length >= 2 && answers.length <= 4);
      assert.ok(sources.length && sources.every((source) => /\(\d{4}\): /.test(source)));
    }
  });

  /** @param {Page} page @param {number} answer */
  async function predict(page, answer) {
    await page.locator("#lesson-answers input").nth(answer).check();
    await page.locator("#lesson-main").click(); // runs the experiment
  }
  const came = (/** @type {Page} */ page) => page.locator("#lesson-answers [data-came]").waitFor({ timeout: WAIT_MILLIS });

  test("nothing is learned before the prediction; every step measures an answer of its own", async () => {
    const { page, context, complaints } = await openDigits(browser, server, { hash: "#lesson=digits", wait: false });
    await page.locator("#lesson-ask").waitFor({ timeout: WAIT_MILLIS });
    // What the explanation speaks of must be what happens; which two are mixed up most may be any.
    for (const [at, wanted] of [1, 0, 2, null, 2, 1].entries()) {
      await page.locator(".lesson-place").filter({ hasText: `Step ${at + 1} of 6` }).waitFor();
      assert.ok(await page.locator("#digits-verdict").isHidden(), `step ${at + 1}: the verdict waits`);
      assert.equal(await page.locator("#fig-digits .losses small").first().textContent().then((text) => Number(text?.replace(/\D/g, ""))), 0, "no step before the question is answered");
      await predict(page, 0);
      await page.locator("#lesson-main").click(); // reveals
      await came(page);
      const answer = await page.locator("#lesson-answers [data-came] input").getAttribute("value");
      if (wanted !== null) assert.equal(answer, String(wanted), `step ${at + 1}: ${await page.locator("#lesson-measured").textContent()}`);
      assert.match((await page.locator("#lesson-measured").textContent()) ?? "", /\d/);
      if (at < 5) await page.locator("#lesson-main").click();
    }
    assert.deepEqual([complaints.errors, complaints.violations], [[], []]);
    await context.close();
  });
});

test("what a link says is what is read from it, off included", () => {
  /** @param {DigitsState} state */
  const there = (state) => {
    const params = new URLSearchParams();
    digitsCodec.write(state, (name, value) => params.set(name, value), () => {});
    /** @type {string[]} */
    const notes = [];
    return { read: digitsCodec.read((name) => params.get(name), params, (note) => void notes.push(note)), notes };
  };
  const { own: _, ...fresh } = freshState();
  for (const change of [{}, { patience: null }, { net: "cnn", filters: 4, layers: 2, dropout: 0.35, l2: 3e-4, locked: false }, { example: null, strokes: [[0, 1, 255, 128], [7, 7]], centred: false }, { example: 12, dx: -3, dy: 4, speed: 0 }]) {
    const state = /** @type {DigitsState} */ ({ ...fresh, ...change, own: null });
    const { own: __, ...wanted } = state;
    const { read, notes } = there(state);
    assert.deepEqual({ strokes: [], ...read }, wanted);
    assert.deepEqual(notes, []);
  }
});

test("values of strangers: states and strokes are taken only as far as they fit", () => {
  let changes = 0;
  assert.deepEqual(readState(FIELDS, (name) => /** @type {any} */ ({ train: 5, width: 3.6, net: "none", dropout: NaN })[name], () => void (changes += 1)), { train: 10, width: 4, net: "none" });
  assert.equal(changes, 3);
  assert.deepEqual(readStrokes([[1, 2, 3], [1, 300], "x", [], [4, 5, 6, 7]]), [[1, 2], [4, 5, 6, 7]]);
  assert.ok(readStrokes(Array(9).fill(Array(400).fill(9))).flat().length <= 1000);
  assert.equal(presetOf("overfit").train, 100);
  assert.equal(judge({ history: /** @type {any} */ ({ epochs: [], loss: { validation: [] } }), frame: null }).verdict, "none");
  assert.deepEqual(mostMixed([[5, 1, 0], [2, 5, 0], [0, 1, 5]]), [0, 1]);
  assert.equal(mostMixed([[1, 0], [0, 1]]), null);
});

test("a program that does not arrive is told, and can be fetched again", async () => {
  server.fault("wasm/lessons/playground_bg.wasm", (_, response) => void response.writeHead(404).end());
  const { page, context } = await openDigits(browser, server, { wait: false });
  await page.locator("#digits-fault [role=alert]").waitFor({ timeout: WAIT_MILLIS });
  server.heal();
  await page.locator("#digits-fault button").first().click();
  await atEpoch(page, 1);
  assert.equal(await page.locator("#digits-fault [role=alert]").count(), 0);
  await context.close();
});

for (const look of /** @type {import("./lib/axe.mjs").Look[]} */ ([["en", "light", 1280], ["zh", "dark", 390], ["zh", "light", 1280], ["en", "dark", 390]])) {
  testLook("looks", look, async (options) => {
    const lab = await openDigits(browser, server, options);
    await pause(lab.page);
    for (const id of ["fig-digits-weights", "fig-digits-matrix"]) await lab.page.locator(`#${id}`).scrollIntoViewIfNeeded();
    await lab.page.locator("#digits-matrix tbody td").first().click({ timeout: WAIT_MILLIS });
    await lab.page.locator("#digits-cell-title").waitFor();
    return lab;
  });
}
