// The bundles themselves, without a page round them: hard texts, broken files, and the two devices
// against each other.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, launchWithGpu, openContext } from "./lib/browser.mjs";
import { openBundle, serveBundles } from "./lib/bundle.mjs";
import { HARD_TEXTS, MEGABYTE } from "./lib/texts.mjs";

const TINY = "/fixtures/bert-tiny";
/** Agreement of two devices, measured against vectors of length one. */
const TOLERANCE = 1e-4;

/** @typedef {import("playwright-core").Page} Page */

const server = await serveBundles();
after(() => server.stop());

/** @param {import("playwright-core").Browser} browser @param {"cpu" | "webgpu"} kind */
async function pageWith(browser, kind) {
  const { context } = await openContext(browser);
  const page = await context.newPage();
  await page.goto(server.url);
  const device = await openBundle(page, kind);
  return { page, device };
}

describe("CPU bundle", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Page} */
  let page;
  before(async () => {
    browser = await launch();
    ({ page } = await pageWith(browser, "cpu"));
    await page.evaluate((folder) => /** @type {any} */ (globalThis).kindling.load(folder), TINY);
  });
  after(() => browser?.close());

  for (const [name, text] of Object.entries(HARD_TEXTS)) {
    test(`text: ${name}`, async () => {
      const seen = await page.evaluate(async (input) => {
        const { playground } = /** @type {any} */ (globalThis).kindling;
        const view = playground.tokens(input);
        const vector = await playground.embed([input]);
        return {
          joined: view.graphemes.map((/** @type {any} */ grapheme) => grapheme.text).join(""),
          outside: view.tokens.filter((/** @type {any} */ token) => token.start > token.end || token.end > input.length).length,
          stray: view.graphemes.flatMap((/** @type {any} */ grapheme) => grapheme.tokens).filter((/** @type {number} */ at) => at >= view.tokens.length).length,
          length: Math.hypot(...vector),
        };
      }, text);
      assert.equal(seen.joined, text.toWellFormed(), "graphemes put together are the text");
      assert.equal(seen.outside, 0, "tokens lie inside the text");
      assert.equal(seen.stray, 0, "graphemes name tokens that exist");
      assert.ok(Math.abs(seen.length - 1) < 1e-4, `a vector of length ${seen.length}`);
    });
  }

  test("text: one megabyte is cut, and says so", async () => {
    const view = await page.evaluate((text) => {
      const start = performance.now();
      const { total, kept, truncated, tokens } = /** @type {any} */ (globalThis).kindling.playground.tokens(text);
      return { total, kept, truncated, shown: tokens.length, millis: performance.now() - start };
    }, MEGABYTE);
    assert.equal(view.truncated, true);
    assert.ok(view.kept < view.total, `${view.kept} of ${view.total}`);
    assert.ok(view.millis < 10_000, `took ${view.millis} ms`);
  });

  brokenFiles(() => page);

  test("weights as bytes, as a Blob and as an open file are the same model; a closed or a cut file is refused", async () => {
    const { vectors: [bytes, blob, opened], errors } = /** @type {{vectors: number[][], errors: KindlingError[]}} */ (await page.evaluate(loadEachWay, TINY));
    assert.ok(bytes.length > 0 && bytes.every(Number.isFinite));
    assert.deepEqual([blob, opened], [bytes, bytes]);
    assert.deepEqual(errors.map(({ kind }) => kind), ["weights", "weights"]);
  });

  test("a batch equals its texts one by one", async () => {
    const difference = await page.evaluate(async () => {
      const { playground } = /** @type {any} */ (globalThis).kindling;
      const texts = ["short", "a somewhat longer sentence, with a comma", "好", ""];
      const together = await playground.embed(texts);
      const dim = together.length / texts.length;
      let worst = 0;
      for (const [row, text] of texts.entries()) {
        const alone = await playground.embed([text]);
        for (let at = 0; at < dim; at++) worst = Math.max(worst, Math.abs(alone[at] - together[row * dim + at]));
      }
      return worst;
    });
    assert.ok(difference < 1e-5, `differs by ${difference}`);
  });
});

/** In a worker: the same weights as bytes, as a Blob, as an open file of the origin's own, and that file without its end. @param {string} folder */
async function loadEachWay(folder) {
  const { files } = /** @type {any} */ (globalThis).kindling;
  const program = `
    onmessage = async ({ data: files }) => {
      const module = await import("${location.origin}/wasm/cpu/playground.js");
      await module.default();
      const playground = await module.Playground.open("cpu");
      const file = await (await navigator.storage.getDirectory()).getFileHandle("weights", { create: true });
      const writing = await file.createSyncAccessHandle();
      writing.write(files.weights);
      writing.close();
      const vectorOf = async (weights) => {
        await playground.loadEncoder({ ...files, weights });
        return [...(await playground.embed(["a text"]))];
      };
      const opened = await file.createSyncAccessHandle({ mode: "read-only" });
      const vectors = [await vectorOf(files.weights), await vectorOf(await file.getFile()), await vectorOf(opened)];
      opened.close();
      const errors = [await vectorOf(opened).catch(({ kind, detail }) => ({ kind, detail }))];
      const cutting = await file.createSyncAccessHandle();
      cutting.truncate(files.weights.length - 1);
      errors.push(await vectorOf(cutting).catch(({ kind, detail }) => ({ kind, detail })));
      cutting.close();
      postMessage({ vectors, errors });
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([program], { type: "text/javascript" })), { type: "module" });
  worker.postMessage(await files(folder));
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** A broken file ends in a typed error and leaves the instance usable. @param {() => Page} page */
function brokenFiles(page) {
  const text = (/** @type {string} */ value) => [...new TextEncoder().encode(value)];
  const header = (/** @type {bigint} */ length, /** @type {string} */ json) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return [...bytes, ...text(json)];
  };
  const overlapping = JSON.stringify({
    a: { dtype: "F32", shape: [2], data_offsets: [0, 8] }, b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
  });
  const huge = JSON.stringify({ a: { dtype: "F32", shape: [4294967295, 4294967295], data_offsets: [0, 4] } });
  /** @type {[string, string, number[] | number, string[]][]} */
  const cases = [
    ["weights of no bytes", "weights", [], ["weights"]],
    ["weights of seven bytes", "weights", [1, 2, 3, 4, 5, 6, 7], ["weights"]],
    ["weights cut in half", "weights", 0.5, ["weights"]],
    ["weights cut by one byte", "weights", -1, ["weights"]],
    ["a web page instead of weights", "weights", text("<!doctype html><title>Sign in</title>".padEnd(400)), ["weights"]],
    ["a header longer than any file", "weights", header(2n ** 64n - 1n, "{}"), ["weights"]],
    ["a header that ends past the file", "weights", header(1000n, "{}"), ["weights"]],
    ["overlapping tensors", "weights", [...header(BigInt(overlapping.length), overlapping), ...Array(12).fill(0)], ["weights"]],
    ["a shape that overflows", "weights", [...header(BigInt(huge.length), huge), 0, 0, 0, 0], ["weights"]],
    ["weights without tensors", "weights", header(2n, "{}"), ["missing_tensor", "weights"]],
    ["a configuration that is not JSON", "config", text("<html>"), ["config"]],
    ["a configuration of another architecture", "config", text('{"model_type":"gpt2","architectures":["GPT2LMHeadModel"]}'), ["config"]],
    ["a tokenizer that is not JSON", "tokenizer", text("{"), ["tokenizer"]],
    ["a tokenizer nested too deep", "tokenizer", text("[".repeat(200_000)), ["tokenizer"]],
  ];
  for (const [name, file, change, kinds] of cases) {
    test(`file: ${name}`, async () => {
      const answer = await page().evaluate(async ([folder, key, bytes]) => {
        const { attempt, load, files, playground } = /** @type {any} */ (globalThis).kindling;
        const whole = (await files(folder))[key];
        const cut = typeof bytes === "number" ? whole.slice(0, bytes > 0 ? whole.length * bytes : bytes) : new Uint8Array(bytes);
        const { error } = await attempt(() => load(folder, { [key]: cut }));
        await load(folder);
        return { error, usable: (await playground.embed(["still here"])).length > 0 };
      }, /** @type {const} */ ([TINY, file, change]));
      assert.ok(answer.error, "no error");
      assert.ok(kinds.includes(answer.error.kind), `kind ${answer.error.kind}: ${answer.error.message}`);
      assert.ok(answer.error.message.length > 3, "a message");
      assert.ok(answer.usable);
    });
  }

  test("file: NaN in the weights names the tensor", async () => {
    const error = await page().evaluate(async (folder) => {
      const { attempt, load, files } = /** @type {any} */ (globalThis).kindling;
      const weights = (await files(folder)).weights.slice();
      const length = Number(new DataView(weights.buffer).getBigUint64(0, true));
      const header = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + length)));
      const [, tensor] = /** @type {[string, any]} */ (Object.entries(header).find(([name]) => name.endsWith("word_embeddings.weight")));
      weights.set([0, 0, 0xc0, 0x7f], 8 + length + tensor.data_offsets[0]); // NaN as f32
      const { error } = await attempt(() => load(folder, { weights }));
      await load(folder);
      return error;
    }, TINY);
    assert.equal(error?.kind, "not_finite", error?.message);
    assert.match(error.message + JSON.stringify(error.detail), /word_embeddings/);
  });
}

describe("WebGPU bundle on the software adapter", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  before(async () => { browser = await launchWithGpu(); });
  after(() => browser?.close());

  test("agrees with the CPU bundle", { timeout: 300_000 }, async (context) => {
    const texts = ["A fine day.", "降价厉害，不推荐", "", "👨‍👩‍👧‍👦", "one two three four five six seven eight nine ten"];
    /** @type {Record<string, number[]>} */
    const vectors = {};
    for (const kind of /** @type {const} */ (["cpu", "webgpu"])) {
      const { page, device } = await pageWith(browser, kind);
      assert.equal(device.kind, kind);
      vectors[kind] = await page.evaluate(async ([folder, inputs]) => {
        const { load, playground } = /** @type {any} */ (globalThis).kindling;
        await load(folder);
        return [...(await playground.embed(inputs))];
      }, /** @type {const} */ ([TINY, texts]));
      await page.context().close();
    }
    const worst = Math.max(...vectors.cpu.map((value, at) => Math.abs(value - vectors.webgpu[at])));
    context.diagnostic(`largest difference ${worst}`);
    assert.equal(vectors.cpu.length, vectors.webgpu.length);
    assert.ok(worst < TOLERANCE, `largest difference ${worst}`);
  });

  test("takes two steps of a picture as the CPU bundle does", { timeout: 400_000 }, async (context) => {
    /** @type {Record<string, {latents: number[], pixels: number[]}>} */
    const seen = {};
    for (const kind of /** @type {const} */ (["cpu", "webgpu"])) {
      const { page } = await pageWith(browser, kind);
      seen[kind] = await page.evaluate(async () => {
        const { playground, folder } = /** @type {any} */ (globalThis).kindling;
        const info = await playground.loadGenerator(await folder("/models/text2image/"));
        await playground.startGeneration({
          prompt: "一只猫在树旁边", steps: 2, guidance: 3, seed: 5, width: info.size, height: info.size, sampler: "dpmpp_2m",
        });
        while (!(await playground.stepGeneration()).finished);
        const latents = [...(await playground.generationLatents())];
        const { images } = await playground.finishGeneration();
        return { latents, pixels: [...images[0].rgba] };
      });
      await page.context().close();
    }
    const worst = (/** @type {number[]} */ one, /** @type {number[]} */ other) => Math.max(...one.map((value, at) => Math.abs(value - other[at])));
    const latents = worst(seen.cpu.latents, seen.webgpu.latents);
    const pixels = worst(seen.cpu.pixels, seen.webgpu.pixels);
    context.diagnostic(`largest difference of latents ${latents}, of pixels ${pixels} of 255`);
    assert.equal(seen.cpu.latents.length, seen.webgpu.latents.length);
    assert.ok(latents < 1e-3, `latents differ by ${latents}`);
    assert.ok(pixels <= 1, `pixels differ by ${pixels}`);
  });
});
