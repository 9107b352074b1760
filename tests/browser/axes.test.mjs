// The numbers at the axes of the curves: whole, and where their marks stand. They are drawn on a canvas, so it is the
// canvas that is listened to.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch } from "./lib/browser.mjs";
import { serveLab } from "./lib/lab.mjs";
import { openOverfit, pause, points, press, runPreset } from "./lib/overfit.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** Page pixels; `left` and `right` of the words, `bottom` of their line. @typedef {{text: string, left: number, right: number, y: number, width: number}} Drawn */

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

/** Runs in the page first: keeps what was last written on each canvas. */
function listen() {
  const write = CanvasRenderingContext2D.prototype.fillText, wipe = CanvasRenderingContext2D.prototype.clearRect;
  /** @type {WeakMap<HTMLCanvasElement, Drawn[]>} */
  const drawn = new WeakMap();
  Object.assign(globalThis, { drawn });
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (box[2] >= this.canvas.width) drawn.delete(this.canvas);
    wipe.apply(this, box);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
    const { actualBoundingBoxLeft: before, actualBoundingBoxRight: behind } = this.measureText(text);
    const at = this.getTransform();
    const list = drawn.get(this.canvas) ?? [];
    list.push({ text, left: at.a * (x - before) + at.e, right: at.a * (x + behind) + at.e, y: at.d * y + at.f, width: this.canvas.width });
    drawn.set(this.canvas, list);
    write.call(this, text, x, y, ...rest);
  };
}

/** What stands on the canvas of the loss curves. @param {Page} page @returns {Promise<Drawn[]>} */
const written = (page) => page.evaluate(() => {
  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#overfit-curves canvas"));
  return /** @type {any} */ (globalThis).drawn.get(canvas) ?? [];
});
/** The numbers left of the curves, from the lowest up. @param {Drawn[]} drawn */
const upright = (drawn) => {
  const numbers = drawn.filter(({ text }) => /^\u2212?[\d.]+$/.test(text));
  const edge = Math.min(...numbers.map(({ right }) => right)) + 24;
  const marks = numbers.filter(({ right }) => right < edge).sort((one, other) => other.y - one.y);
  return [...new Map(marks.map((mark) => [mark.text, mark])).values()].map(({ text }) => Number(text.replace("\u2212", "-"))).sort((a, b) => a - b);
};

/** @param {Drawn[]} drawn */
function holds(drawn) {
  assert.ok(drawn.length > 3, "numbers are drawn");
  assert.deepEqual(drawn.filter(({ left, right, width }) => left < -0.5 || right > width + 0.5).map(({ text }) => text), [], "nothing is cut off at the canvas's edge");
}

for (const deviceScaleFactor of [1, 2]) {
  test(`the axes of an empty chart are whole, at ${deviceScaleFactor} to a pixel`, async () => {
    const { page, context } = await openOverfit(browser, server, { init: listen, context: { viewport: { width: 390, height: 844 }, deviceScaleFactor } });
    await pause(page);
    holds(await written(page));
    await page.locator("#overfit-own").evaluate((details) => void (/** @type {HTMLDetailsElement} */ (details).open = true));
    await press(page, "empty");
    await points(page, 0);
    await page.waitForFunction(() => document.querySelectorAll(".losses dd")[1]?.textContent === "–");
    await page.evaluate(() => new Promise((done) => void requestAnimationFrame(() => requestAnimationFrame(done))));
    const empty = await written(page);
    holds(empty);
    assert.ok(empty.every(({ text }) => text.length <= 20 && !/e[-+]|NaN|Infinity/.test(text)), JSON.stringify(empty.map(({ text }) => text)));
    await context.close();
  });
}

test("marks of the loss stand where their numbers say, evenly", async () => {
  // Tall enough for marks a quarter apart.
  const { page, context } = await openOverfit(browser, server, { init: listen, context: { viewport: { width: 1920, height: 1080 } } });
  for (const task of /** @type {const} */ (["regression", "classification"])) {
    await runPreset(page, task, "overfit", 200);
    const drawn = await written(page);
    holds(drawn);
    const marks = upright(drawn);
    assert.ok(marks.length >= 2, `${marks}`);
    const steps = marks.slice(1).map((mark, at) => mark - marks[at]);
    for (const step of steps) assert.ok(Math.abs(step - steps[0]) < 1e-9, `uneven: ${marks}`);
  }
  await context.close();
});
