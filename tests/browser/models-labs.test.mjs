// One's own models of every kind in their labs, on both devices: from a hub and from a folder, to an answer. On the graphics device, which
// is Chromium's software adapter, each is checked against the CPU by itself; where the device computes wrongly, the CPU takes over.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dist, launch, launchWithGpu } from "./lib/browser.mjs";
import { draw, recorded, recordGeneration } from "./lib/generate.mjs";
import { matrixDone, readMatrix, setView } from "./lib/images.mjs";
import { mapDone } from "./lib/map.mjs";
import { answersWith, bareEncoder, download, folderOf, LONG_MILLIS, lookUp, openModels, otherEncoder, rowIn, stage, tinyClip, tinyEncoder, tinyPipeline } from "./lib/models.mjs";

/** @typedef {import("playwright-core").Page} Page */
const CLIP = "tiny/clip", PIPELINE = "tiny/diffusion", TINY = "tiny/bert", BARE = "tiny/bare";
const ENCODERS = /** @type {const} */ (["xlm-roberta-tiny", "distilbert-tiny", "roberta-tiny", "bert-dense-tiny"]);
/** Shaders are compiled on the CPU, for each shape anew. */
const SLOW_MILLIS = 2 * LONG_MILLIS;

const { hub, server, stop } = await stage({
  [CLIP]: tinyClip(), [PIPELINE]: tinyPipeline(), [TINY]: tinyEncoder(), [BARE]: bareEncoder(), ...Object.fromEntries(ENCODERS.map((name) => [`tiny/${name}`, otherEncoder(name)])),
});
after(stop);

/** The lab on show. @param {Page} page @param {string} lab */
const inLab = (page, lab) => page.locator(`#lab-${lab}`);
/** @param {Page} page @param {string} lab @param {string} name */
const using = (page, lab, name) => inLab(page, lab).locator("#model").getByText(name).waitFor({ timeout: SLOW_MILLIS });

/** Pictures that the images lab opens with: they come one by one. */
const SAMPLES = 12;

/** Waits until the open lab's card says what a check found. @param {Page} page @param {string} lab */
const checked = (page, lab) => inLab(page, lab).locator("#model-card").getByText(/^checked: .* apart$/).waitFor({ timeout: SLOW_MILLIS, state: "attached" });

for (const device of /** @type {const} */ (["cpu", "webgpu"])) {
  describe(`one's own models, ${device}`, () => {
    /** @type {import("playwright-core").Browser} */
    let browser;
    before(async () => { browser = await (device === "cpu" ? launch() : launchWithGpu()); });
    after(() => browser?.close());

    /** @param {import("./lib/browser.mjs").Script} [init] */
    async function open(init) {
      await hub.faults();
      return openModels(browser, server, { hub: hub.hub, query: `?device=${device}`, init, context: { bypassCSP: false } });
    }

    /** @param {Page} page @param {string} name @param {string} lab */
    async function fetchAndUse(page, name, lab) {
      await lookUp(page, name);
      await download(page);
      await rowIn(page, "whole").locator(`[data-act=use-${lab}]`).click();
      await using(page, lab, name);
    }

    /** Every lab says which device answers. @param {Page} page @param {string} lab */
    async function onDevice(page, lab) {
      await inLab(page, lab).locator("#device").getByText(device === "cpu" ? /^CPU/ : /^WebGPU/).waitFor({ timeout: SLOW_MILLIS });
      if (device === "webgpu") await checked(page, lab);
    }

    test("a CLIP of a hub, and the same from a folder, tell pictures by labels", async () => {
      const { page, context, complaints } = await open();
      await fetchAndUse(page, CLIP, "images");
      await matrixDone(page, SAMPLES);
      await setView(page, "cosine");
      await matrixDone(page, SAMPLES);
      const first = await readMatrix(page);
      assert.ok(first.cells.length > 1 && new Set(first.cells.flat()).size > 1, `numbers that differ: ${JSON.stringify(first)}`);
      await onDevice(page, "images");
      await page.locator(".rail a[href='#models']").click();
      const { folder, drop } = folderOf("my-clip", tinyClip());
      await page.locator("#model-folder").setInputFiles(folder);
      const row = page.locator("#model-list [data-model]").filter({ hasText: "my-clip" });
      await row.locator("[data-act=use-images]").click({ timeout: LONG_MILLIS });
      drop();
      await using(page, "images", "my-clip");
      await matrixDone(page, SAMPLES);
      assert.deepEqual(await readMatrix(page), first, "the same numbers");
      assert.deepEqual([complaints.errors, complaints.strangers, complaints.violations], [[], [], []]);
      await context.close();
    });

    test("a pipeline of a hub draws", async () => {
      const { page, context, complaints } = await open(recordGeneration);
      await fetchAndUse(page, PIPELINE, "generate");
      await page.locator("#draw:enabled").waitFor({ timeout: SLOW_MILLIS });
      await onDevice(page, "generate");
      const run = await draw(page, { prompt: "a cat", steps: 2, seed: 3 });
      assert.equal(run?.ended, "done", JSON.stringify((await recorded(page)).runs.at(-1)?.plan));
      const [{ width, height, rgba }] = /** @type {NonNullable<typeof run>} */ (run).images;
      assert.deepEqual([width, height, rgba.length], [32, 32, 4 * 32 * 32]);
      assert.ok(new Set(rgba).size > 8, "a picture, not one colour");
      assert.deepEqual([complaints.errors, complaints.strangers, complaints.violations], [[], [], []]);
      await context.close();
    });

    for (const name of ENCODERS) {
      test(`${name} scores sentences and draws a map`, async () => {
        const { page, context, complaints } = await open();
        await fetchAndUse(page, `tiny/${name}`, "sentiment");
        await answersWith(page, `tiny/${name}`);
        await onDevice(page, "sentiment");
        await page.locator(".rail a[href='#models']").click();
        await rowIn(page, "whole").locator("[data-act=use-map]").click();
        await using(page, "map", `tiny/${name}`);
        await mapDone(page);
        assert.deepEqual([complaints.errors, complaints.strangers, complaints.violations], [[], [], []]);
        await context.close();
      });
    }
  });
}

test("a model with vocab.txt in place of tokenizer.json gives the same scores", async () => {
  const browser = await launch();
  after(() => browser.close());
  const scores = [];
  for (const name of [TINY, BARE]) {
    const { page, context } = await openModels(browser, server, { hub: hub.hub });
    await lookUp(page, name);
    await download(page);
    await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
    await answersWith(page, name);
    scores.push(await page.locator("#score").textContent(), await page.locator("#token-view .tokens").textContent());
    await context.close();
  }
  assert.deepEqual(scores.slice(2), scores.slice(0, 2), "scores and tokens");
});

test("a lab that is opened with one's own model fetches nothing of the bundled one", async () => {
  const browser = await launch();
  after(() => browser.close());
  const { page, context } = await openModels(browser, server, { hub: hub.hub });
  await lookUp(page, TINY);
  await download(page);
  server.requests.length = 0;
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(page, TINY);
  await page.locator(".rail a[href='#models']").click();
  await rowIn(page, "whole").locator("[data-act=use-map]").click();
  await using(page, "map", TINY);
  await mapDone(page);
  assert.ok(server.requests.some((path) => path.includes("/wasm/cpu/")), "the program is fetched");
  assert.deepEqual(server.requests.filter((path) => path.includes("/models/")), []);
  await context.close();
});

/** A driver that loses all but one of the numbers that the threads of a row add up. */
const BROKEN_DRIVER = `
const make = GPUDevice.prototype.createShaderModule;
GPUDevice.prototype.createShaderModule = function (descriptor) {
  return make.call(this, { ...descriptor, code: descriptor.code.replaceAll("partial[first + i]", "partial[first]") });
};
`;

test("a graphics device that computes wrongly is found out: a warning, and the CPU answers", async () => {
  const browser = await launchWithGpu();
  after(() => browser.close());
  server.fault("/web/worker.js", (_, response) => void response.writeHead(200, { "Content-Type": "text/javascript" }).end(readFileSync(join(dist, "web/worker.js"), "utf8") + BROKEN_DRIVER));
  after(() => server.heal());
  const { page, context } = await openModels(browser, server, { hub: hub.hub, query: "?device=webgpu" });
  await lookUp(page, TINY);
  await download(page);
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  const lab = inLab(page, "sentiment");
  await lab.locator("#notices").getByText(/gets the model’s numbers wrong/).waitFor({ timeout: SLOW_MILLIS });
  await lab.locator("#device").getByText(/^CPU/).waitFor({ timeout: SLOW_MILLIS });
  await answersWith(page, TINY);
  await lab.locator("#notices").getByText(/gets the model’s numbers wrong/).waitFor();
  await lab.locator("#device-choice").getByText("WebGPU gave wrong numbers").waitFor({ state: "attached" });
  const trusted = await page.locator("#score").textContent();
  // Back to the device by hand: it is said again, and nothing is done behind one's back.
  await lab.getByRole("button", { name: "Use the graphics device anyway" }).click();
  await lab.locator("#notices").getByText(/cannot be trusted/).waitFor({ timeout: SLOW_MILLIS });
  await lab.locator("#device").getByText(/^WebGPU/).waitFor();
  await lab.getByRole("button", { name: "Go on with the CPU" }).first().click();
  await lab.locator("#device").getByText(/^CPU/).waitFor({ timeout: SLOW_MILLIS });
  await answersWith(page, TINY);
  assert.equal(await page.locator("#score").textContent(), trusted);
  await context.close();
});
