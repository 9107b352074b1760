// The npm package, installed from its tarball as anyone would, in an empty page.

import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fixtures, launch, openContext } from "./lib/browser.mjs";
import { openPackage, PACKAGE } from "./lib/package.mjs";
import { DISPLEASED, PLEASED } from "./lib/texts.mjs";

describe("npm package", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof openPackage>>} */
  let installed;
  /** @type {typeof installed.server} */
  let server;

  before(async () => {
    installed = await openPackage();
    server = installed.server;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await installed?.close();
  });

  test("brings types, licence notes and both bundles", () => {
    for (const file of ["index.d.ts", "README.md", "dist/wasm/cpu/playground.d.ts", "dist/wasm/webgpu/playground_bg.wasm", "dist/models/encoder/README.md", "dist/models/clip/README.md"]) {
      assert.ok(existsSync(join(installed.inside, file)), file);
    }
  });

  for (const worker of [true, false]) {
    test(`embeds and scores ${worker ? "in its worker" : "on the page's own thread"}`, async () => {
      const { context, complaints } = await openContext(browser);
      const page = await context.newPage();
      await page.goto(server.url);
      const seen = await page.evaluate(async ([texts, inWorker]) => {
        const { create } = await import(/** @type {any} */ ("/app/node_modules/kindling-playground/index.js"));
        const kindling = await create({ device: "auto", worker: inWorker });
        const vectors = await kindling.embed(texts);
        const rows = await kindling.sentiment({ texts, positive: "好评", negative: "差评" });
        const answer = { device: kindling.device.kind, dim: kindling.model.dim, length: vectors.length, scores: rows.map((/** @type {any} */ row) => row.score) };
        kindling.dispose();
        return answer;
      }, /** @type {const} */ ([[PLEASED, DISPLEASED], worker]));
      assert.equal(seen.device, "cpu", "no real adapter here");
      assert.equal(seen.length, 2 * seen.dim);
      assert.ok(seen.scores[0] > seen.scores[1], `scores ${seen.scores}`);
      assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
      assert.ok(!server.requests.some((path) => path.includes("webgpu")), "the other bundle stays where it is");
      assert.ok(!server.requests.some((path) => path.includes("models/clip")), "nobody showed a picture");
      assert.ok(!server.requests.some((path) => path.includes("models/text2image")), "nobody asked for one");
      await context.close();
    });
  }

  test("gives the attention of every head, rows that add up to 1", async () => {
    const { context, complaints } = await openContext(browser);
    const page = await context.newPage();
    await page.goto(server.url);
    const { tokens, layers, heads, pieces, sums, count } = await page.evaluate(async (text) => {
      const { create } = await import(/** @type {any} */ ("/app/node_modules/kindling-playground/index.js"));
      const kindling = await create();
      const { view, layers, heads, tokens, weights } = await kindling.attention(text);
      kindling.dispose();
      const sums = Array.from({ length: layers * heads * tokens }, (_, row) => weights.subarray(row * tokens, (row + 1) * tokens).reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0));
      return { tokens, layers, heads, pieces: view.tokens.length, sums, count: weights.length };
    }, PLEASED);
    assert.ok(tokens > 2 && tokens === pieces && layers > 0 && heads > 0);
    assert.equal(count, layers * heads * tokens * tokens);
    assert.ok(sums.every((/** @type {number} */ sum) => Math.abs(sum - 1) < 1e-4));
    assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
    await context.close();
  });

  test("an encoder of one's own, with what it has after its pooling", async () => {
    const name = "bert-dense-tiny", given = join(installed.inside, "dist/models", name);
    cpSync(join(fixtures, name), given, { recursive: true });
    const [{ text }] = JSON.parse(readFileSync(join(given, "golden_texts.json"), "utf8"));
    const { context, complaints } = await openContext(browser);
    const page = await context.newPage();
    await page.goto(server.url);
    const { dim, vector } = await page.evaluate(async ([url, text]) => {
      const { create } = await import(/** @type {any} */ ("/app/node_modules/kindling-playground/index.js"));
      const kindling = await create({ modelUrl: url });
      return { dim: kindling.model.dim, vector: [...await kindling.embed([text])] };
    }, /** @type {const} */ ([`/app/node_modules/kindling-playground/dist/models/${name}/`, text]));
    const golden = readFileSync(join(given, "golden_vectors.safetensors"));
    const values = golden.subarray(8 + Number(golden.readBigUInt64LE(0)));
    const off = Math.max(...vector.map((value, at) => Math.abs(value - values.readFloatLE(4 * at))));
    assert.equal(dim, 20);
    assert.equal(vector.length, 20);
    assert.ok(off < 1e-5, `off by ${off}`);
    assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
    await context.close();
  });

  test("a missing model is a typed error", async () => {
    const { context } = await openContext(browser);
    const page = await context.newPage();
    await page.goto(server.url);
    const kind = await page.evaluate(async () => {
      const { create } = await import(/** @type {any} */ ("/app/node_modules/kindling-playground/index.js"));
      return create({ modelUrl: "/app/nowhere/" }).then(() => "none", (/** @type {any} */ error) => error.kind);
    });
    assert.equal(kind, "network");
    await context.close();
  });

  for (const worker of [true, false]) {
    test(`matches pictures with labels ${worker ? "in its worker" : "on the page's own thread"}`, async () => {
      const { context, complaints } = await openContext(browser);
      const page = await context.newPage();
      await page.goto(server.url);
      server.requests.length = 0;
      const seen = await page.evaluate(matchEveryWay, /** @type {const} */ ([PACKAGE, worker]));
      assert.equal(seen.encoder, null);
      assert.ok(!server.requests.some((path) => path.includes("models/encoder")), "nobody wrote a sentence");
      assert.equal(seen.left, seen.size, "the caller's bytes stay the caller's");
      assert.ok(Math.abs(seen.temperature * seen.logitScale - 1) < 1e-6, "the trained temperature unless told otherwise");
      assert.equal(seen.length, seen.cosines.length * seen.dim);
      for (const [row, cosines] of seen.cosines.entries()) {
        assert.equal(cosines.length, seen.labels.length);
        for (const [column, cosine] of cosines.entries()) assert.ok(Math.abs(cosine - seen.dots[row][column]) < 1e-5, "cosine of the vectors");
        assert.ok(Math.abs(seen.probabilities[row].reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
        assert.equal(seen.best[row], cosines.indexOf(Math.max(...cosines)));
      }
      // One picture in six forms: the same bytes, the same row.
      for (const row of seen.cosines.slice(1, 6)) assert.deepEqual(row, seen.cosines[0]);
      assert.ok(Math.max(...seen.flat) < Math.max(...seen.probabilities[0]), "a high temperature levels the shares");
      // How well it knows pictures is measured elsewhere; here, that it is not guessing.
      const right = seen.best.slice(5).filter((at, row) => seen.labels[at] === ["apple", "banana", "guitar"][row]);
      assert.ok(right.length >= 2, `${seen.best.slice(5)}`);
      assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
      await context.close();
    });
  }

  test("fetches each model once, when it is first needed", async () => {
    const { context } = await openContext(browser);
    const page = await context.newPage();
    await page.goto(server.url);
    server.requests.length = 0;
    const dims = await page.evaluate(async (address) => {
      const { create } = await import(/** @type {any} */ (address));
      const kindling = await create({ models: [] });
      const before = [kindling.model, kindling.clip];
      const [sentence, picture, label] = await Promise.all([
        kindling.embed(["one"]), kindling.embedImages(["/samples/things/cat.webp"]), kindling.embedLabels(["a cat"]),
      ]);
      const after = { before, encoder: kindling.model.dim, clip: kindling.clip.dim, lengths: [sentence.length, picture.length, label.length] };
      kindling.dispose();
      return after;
    }, PACKAGE);
    assert.deepEqual(dims.before, [null, null]);
    assert.deepEqual(dims.lengths, [dims.encoder, dims.clip, dims.clip]);
    for (const model of ["encoder", "clip"]) {
      assert.equal(server.requests.filter((path) => path.endsWith(`models/${model}/model.safetensors`)).length, 1, model);
    }
    await context.close();
  });

  test("a bad picture is a typed error that says which one it was", async () => {
    const { context } = await openContext(browser);
    const page = await context.newPage();
    await page.goto(server.url);
    const seen = await page.evaluate(async (address) => {
      const { create } = await import(/** @type {any} */ (address));
      const kindling = await create({ models: ["clip"] });
      const cat = "/samples/things/cat.webp";
      const told = (/** @type {Promise<any>} */ answer) => answer.then(() => null, ({ kind, message, detail }) => ({ kind, message, index: detail.index, code: detail.code }));
      const errors = {
        svg: await told(kindling.embedImages([cat, new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"])])),
        torn: await told(kindling.matchImages([cat, cat, (await (await fetch(cat)).arrayBuffer()).slice(0, 900)], ["a cat"])),
        empty: await told(kindling.embedImages([new Uint8Array(0)])),
        nowhere: await told(kindling.embedImages([cat, "/samples/nowhere.webp"])),
        number: await told(kindling.embedImages([7])),
        cold: await told(kindling.matchImages([cat], ["a cat"], { temperature: 0 })),
        unlabelled: await told(kindling.matchImages([cat], [])),
      };
      const still = (await kindling.embedImages([cat])).length === kindling.clip.dim;
      kindling.dispose();
      const disposed = await told(kindling.embedImages([cat]));
      return { errors, still, disposed };
    }, PACKAGE);
    const { errors } = seen;
    assert.deepEqual([errors.svg?.kind, errors.svg?.index], ["image", 1]);
    assert.deepEqual([errors.torn?.kind, errors.torn?.index], ["image", 2]);
    assert.deepEqual([errors.empty?.kind, errors.empty?.index], ["image", 0]);
    assert.ok(errors.svg?.code && errors.svg.message, "a code to word it by");
    assert.deepEqual([errors.nowhere?.kind, errors.nowhere?.index], ["network", 1]);
    assert.deepEqual([errors.number?.kind, errors.number?.index], ["input", 0]);
    assert.deepEqual([errors.cold?.kind, errors.unlabelled?.kind], ["input", "input"]);
    assert.ok(seen.still, "it goes on after errors");
    assert.equal(seen.disposed?.kind, "cancelled");
    await context.close();
  });

  test("a missing CLIP is a typed error, and may be tried again", async () => {
    const { context } = await openContext(browser);
    const page = await context.newPage();
    await page.goto(server.url);
    const kinds = await page.evaluate(async (address) => {
      const { create } = await import(/** @type {any} */ (address));
      const kindling = await create({ models: [], clipUrl: "/app/nowhere/" });
      const kind = () => kindling.load("clip").then(() => "none", (/** @type {any} */ error) => error.kind);
      return [await kind(), await kind()];
    }, PACKAGE);
    assert.deepEqual(kinds, ["network", "network"]);
    await context.close();
  });
});

/** Runs in the page. @param {readonly [string, boolean]} options */
async function matchEveryWay([address, worker]) {
  const { create } = await import(/** @type {any} */ (address));
  const kindling = await create({ models: ["clip"], worker });
  const apple = "/samples/things/apple.webp";
  const blob = await (await fetch(apple)).blob();
  const buffer = await blob.arrayBuffer();
  const padded = new Uint8Array(buffer.byteLength + 20);
  padded.set(new Uint8Array(buffer), 7);
  const element = new Image();
  element.src = apple;
  const images = [
    blob, buffer, padded.subarray(7, 7 + buffer.byteLength), new URL(apple, location.href), element, apple,
    "/samples/things/banana.webp", "/samples/things/guitar.webp",
  ];
  const labels = ["apple", "banana", "guitar", "bicycle"];
  const template = "a picture of {}";
  const match = await kindling.matchImages(images, labels, { template });
  const warm = await kindling.matchImages([apple], labels, { template, temperature: 10 });
  const vectors = await kindling.embedImages(images);
  const wordings = await kindling.embedLabels(labels.map((label) => template.replace("{}", label)));
  const dim = kindling.clip.dim;
  const dot = (/** @type {number} */ row, /** @type {number} */ column) => {
    let sum = 0;
    for (let at = 0; at < dim; at++) sum += vectors[row * dim + at] * wordings[column * dim + at];
    return sum;
  };
  const seen = {
    labels: /** @type {string[]} */ (match.labels), temperature: match.temperature, best: /** @type {number[]} */ (match.best),
    cosines: /** @type {number[][]} */ (match.cosines), probabilities: /** @type {number[][]} */ (match.probabilities), flat: warm.probabilities[0],
    dots: images.map((_, row) => labels.map((_, column) => dot(row, column))), length: vectors.length, dim,
    encoder: kindling.model, logitScale: kindling.clip.logit_scale, left: buffer.byteLength, size: blob.size,
  };
  kindling.dispose();
  return seen;
}
