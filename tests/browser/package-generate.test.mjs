// The npm package's pictures from prompts, with the bundled model out of its tarball.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, openContext } from "./lib/browser.mjs";
import { openPackage, PACKAGE } from "./lib/package.mjs";
import { textsIn, withTexts } from "./lib/png-text.mjs";

/** Few, because every one costs time on the CPU. */
const STEPS = 4;
const APPLE = { prompt: "a red apple on a blue background", seed: 7, steps: STEPS };

describe("pictures from the npm package", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof openPackage>>} */
  let installed;
  /** @type {Awaited<ReturnType<typeof openContext>>} */
  let opened;
  /** @type {import("playwright-core").Page} */
  let page;

  before(async () => {
    installed = await openPackage();
    const model = join(installed.inside, "dist/models/text2image/unet/diffusion_pytorch_model.safetensors");
    assert.ok(existsSync(model), "no text-to-image model in the tarball: web/models/text2image must be there when `cargo xtask pkg` packs it");
    browser = await launch();
    opened = await openContext(browser);
    page = await opened.context.newPage();
    await page.goto(installed.server.url);
    await page.evaluate(openInPage, PACKAGE);
  });
  after(async () => {
    await browser?.close();
    await installed?.close();
  });

  test("the model comes with its card", () => assert.ok(existsSync(join(installed.inside, "dist/models/text2image/README.md"))));

  test("a prompt becomes a picture, told step by step, with previews where they are asked for", async () => {
    installed.server.requests.length = 0;
    const seen = await page.evaluate(async (apple) => {
      const { kindling } = /** @type {any} */ (globalThis);
      const before = kindling.text2image;
      /** @type {any[]} */
      const steps = [];
      const result = await kindling.generate({ ...apple, previewEvery: 2 }, (/** @type {any} */ step) => steps.push(step));
      const [{ width, height, rgba }] = result.images;
      const size = (/** @type {any} */ image) => [image.width, image.height, image.rgba.length];
      return {
        before, info: kindling.text2image, size: size(result.images[0]), clamped: rgba instanceof Uint8ClampedArray, values: new Set(rgba).size,
        drawable: new ImageData(rgba, width, height).width, result: { ...result, images: result.images.length },
        steps: steps.map(({ images, ...step }) => ({ ...step, ...(images && { images: images.map(size) }) })),
      };
    }, APPLE);
    const { info, result, steps } = seen;
    assert.equal(seen.before, null, "not loaded before it is needed");
    assert.deepEqual(seen.size, [info.size, info.size, info.size ** 2 * 4]);
    assert.ok(seen.clamped && seen.values > 20, `${seen.values} values, not one flat colour`);
    assert.equal(seen.drawable, info.size);
    assert.deepEqual(steps.map(({ step, of }) => [step, of]), [1, 2, 3, 4].map((step) => [step, STEPS]));
    assert.ok(steps.every(({ timestep, millis }, at) => millis > 0 && (!at || timestep < steps[at - 1].timestep)), "timesteps fall");
    assert.deepEqual(steps.map(({ images }) => images?.length ?? 0), [0, 1, 0, 1]);
    assert.deepEqual(steps[1].images?.[0], seen.size);
    assert.deepEqual([result.images, result.seeds, result.steps, result.truncated], [1, [7], STEPS, false]);
    assert.ok(result.millis >= steps.reduce((sum, { millis }) => sum + millis, 0));
    assert.deepEqual(result.settings, {
      ...APPLE, negativePrompt: "", sampler: info.sampler, karras: false, spacing: null, guidance: 5, eta: 0, width: info.size, height: info.size, batch: 1,
    });
    assert.ok(!installed.server.requests.some((path) => /models\/(encoder|clip)/.test(path)), "no other model");
    assert.deepEqual(opened.complaints, { errors: [], violations: [], strangers: [] });
  });

  test("the same seed is the same bytes, another seed another picture, and a seed left out is told", async () => {
    const seen = await page.evaluate(async (apple) => {
      const { kindling, difference } = /** @type {any} */ (globalThis);
      const picture = async (/** @type {any} */ more) => (await kindling.generate({ ...apple, ...more })).images[0];
      const [first, again, other] = [await picture({}), await picture({}), await picture({ seed: 8 })];
      const both = await kindling.generate({ ...apple, batch: 2 });
      const { seed: _, ...unseeded } = apple;
      const free = await kindling.generate({ ...unseeded, steps: 1 });
      return {
        again: difference(first, again), other: difference(first, other), seeds: both.seeds, free: [free.seeds, free.settings.seed],
        batch: [difference(both.images[0], first), difference(both.images[1], other)],
      };
    }, APPLE);
    assert.equal(seen.again, 0);
    assert.ok(seen.other > 1, `${seen.other}`);
    assert.deepEqual(seen.seeds, [7, 8]);
    assert.ok(Math.max(...seen.batch) < 1.5, `${seen.batch}: up to rounding in a larger batch`);
    assert.deepEqual(seen.free[0], [seen.free[1]]);
  });

  test("panels come with the previews, where there is guidance", async () => {
    const seen = await page.evaluate(async (apple) => {
      const { kindling } = /** @type {any} */ (globalThis);
      const panels = async (/** @type {any} */ more) => {
        /** @type {(string[] | null)[]} */
        const found = [];
        await kindling.generate({ ...apple, steps: 2, panels: true, previewEvery: 2, ...more }, (/** @type {any} */ step) => found.push(step.panels ? Object.keys(step.panels) : null));
        return found;
      };
      return [await panels({}), await panels({ guidance: 1 })];
    }, APPLE);
    assert.deepEqual(seen, [[null, ["conditional", "unconditional", "guided"]], [null, null]]);
  });

  test("an abort rejects at once with its kind, and a later call gets its picture", async () => {
    const seen = await page.evaluate(async (apple) => {
      const { kindling, difference, told } = /** @type {any} */ (globalThis);
      const { images: [whole] } = await kindling.generate(apple);
      const stop = new AbortController();
      let steps = 0;
      const stopped = await told(kindling.generate({ ...apple, steps: 20, signal: stop.signal }, () => {
        steps += 1;
        if (steps === 2) stop.abort();
      }));
      const { images: [later] } = await kindling.generate(apple);
      // One that waits behind another, and one that never began.
      const second = new AbortController();
      const running = kindling.generate(apple);
      const waiting = told(kindling.generate({ ...apple, signal: second.signal }));
      second.abort();
      return { stopped, steps, later: difference(whole, later), waiting: await waiting, beside: difference(whole, (await running).images[0]), before: await told(kindling.generate({ ...apple, signal: AbortSignal.abort() })) };
    }, APPLE);
    assert.deepEqual([seen.stopped?.kind, seen.waiting?.kind, seen.before?.kind], ["cancelled", "cancelled", "cancelled"]);
    assert.equal(seen.steps, 2, "nothing is told after the cancel");
    assert.deepEqual([seen.later, seen.beside], [0, 0]);
  });

  test("what onStep throws ends the run and comes out", async () => {
    const seen = await page.evaluate(async (apple) => {
      const { kindling } = /** @type {any} */ (globalThis);
      let steps = 0;
      const message = await kindling.generate(apple, () => {
        steps += 1;
        throw new Error("enough");
      }).catch((/** @type {Error} */ error) => error.message);
      return { message, steps };
    }, APPLE);
    assert.deepEqual(seen, { message: "enough", steps: 1 });
  });

  test("sentences are answered while a picture is being made, and two pictures keep apart", async () => {
    const seen = await page.evaluate(async (apple) => {
      const { kindling, difference } = /** @type {any} */ (globalThis);
      const alone = [await kindling.generate(apple), await kindling.generate({ ...apple, seed: 9 })];
      let at = 0;
      /** @type {Promise<number> | undefined} */
      let answered;
      // The encoder is not there yet: its files come down beside the picture.
      const run = kindling.generate({ ...apple, steps: 60 }, (/** @type {any} */ { step }) => {
        at = step;
        answered ??= kindling.embed(["a lighthouse at dusk"]).then((/** @type {Float32Array} */ { length }) => (length === kindling.model.dim ? at : -1));
      });
      const first = await answered ?? await run.then(() => answered);
      await run;
      at = 0;
      let warm = 0;
      await kindling.generate({ ...apple, steps: 8 }, (/** @type {any} */ { step }) => {
        at = step;
        if (step === 1) void kindling.embed(["dawn"]).then(() => { warm = at; });
      });
      const together = await Promise.all([kindling.generate(apple), kindling.generate({ ...apple, seed: 9 })]);
      return { first, warm, together: together.map(({ images }, one) => difference(images[0], alone[one].images[0])) };
    }, APPLE);
    assert.ok(seen.first >= 1 && seen.first < 60, `answered after pass ${seen.first} of 60`);
    // Asked during the second pass, so answered after it; one more where the page itself has to wait.
    assert.ok(seen.warm >= 1 && seen.warm <= 3, `answered after pass ${seen.warm} of 8`);
    assert.deepEqual(seen.together, [0, 0]);
  });

  test("a picture to start from is kept to as its strength says, and outside its mask", async () => {
    const seen = await page.evaluate(async () => {
      const { kindling, difference } = /** @type {any} */ (globalThis);
      const { size } = kindling.text2image;
      const paint = (/** @type {(x: number) => number} */ shade) => kindling.toPng(new ImageData(
        Uint8ClampedArray.from({ length: size * size * 4 }, (_, at) => (at % 4 === 3 ? 255 : shade((at >> 2) % size))), size, size));
      const init = "/samples/things/cat.webp";
      const mask = await paint((x) => (x < size / 2 ? 255 : 0));
      const about = { prompt: "a green tree", seed: 3, steps: 8, init };
      /** @type {number[]} */
      const told = [];
      const weak = await kindling.generate({ ...about, strength: 0.25 }, (/** @type {any} */ { of }) => told.push(of));
      const cat = await createImageBitmap(await (await fetch(init)).blob(), { resizeWidth: size, resizeHeight: size, resizeQuality: "high" });
      const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(size, size).getContext("2d"));
      pen.fillStyle = "white";
      pen.fillRect(0, 0, size, size);
      pen.drawImage(cat, 0, 0);
      const { data: rgba } = pen.getImageData(0, 0, size, size);
      const given = { width: size, height: size, rgba };
      const strong = await kindling.generate({ ...about, strength: 1 });
      const masked = await kindling.generate({ ...about, strength: 1, mask });
      const left = (/** @type {number} */ x) => x < size / 2 - 8, right = (/** @type {number} */ x) => x >= size / 2 + 8;
      return {
        told, steps: [weak.steps, strong.steps], settings: weak.settings, size: mask.length,
        far: [difference(weak.images[0], strong.images[0]), difference(masked.images[0], given, right), difference(masked.images[0], given, left)],
      };
    });
    assert.deepEqual([seen.told, seen.steps], [[2, 2], [2, 8]]);
    assert.equal(seen.settings.strength, 0.25);
    assert.ok(!("init" in seen.settings), "pictures stay out of the settings");
    const [strength, kept, painted] = seen.far;
    assert.ok(strength > 4, `${strength}`);
    assert.ok(kept < painted / 2, `${kept} where it is kept, ${painted} where it is painted anew`);
  });

  test("hostile options are typed errors that name the option, before anything is fetched", async () => {
    installed.server.requests.length = 0;
    const seen = await page.evaluate(refuseEverything, /** @type {const} */ ([PACKAGE, APPLE]));
    for (const [field, error] of seen.early) assert.deepEqual([field, error?.kind, error?.detail?.field], [field, "generate_options", field]);
    assert.ok(!installed.server.requests.some((path) => path.includes("models/")), "the model stays where it is");
    for (const [field, error] of seen.late) assert.deepEqual([field, error?.kind, error?.detail?.field], [field, "generate_options", field]);
    for (const [field, kind, error] of seen.pictures) assert.deepEqual([field, error?.kind, error?.detail?.field], [field, kind, field]);
    assert.equal(seen.control?.kind, "no_controlnet", "the bundled model has none");
    assert.deepEqual([seen.long, seen.still], [true, true]);
    assert.deepEqual(seen.others.map((error) => error?.kind), ["input", "input", "image", "image", "generate_options", "generate_options", "input", "image"]);
  });

  test("a PNG brings its settings back, the lab's file too, and a stranger's only where they can stand", async () => {
    const seen = await page.evaluate(async (apple) => {
      const { kindling } = /** @type {any} */ (globalThis);
      const prompt = "一只猫在树旁边 “quoted”\n<b>\u{1F408}</b>";
      const { images: [image], settings } = await kindling.generate({ ...apple, prompt, negativePrompt: "grey", guidance: 3.5, karras: true, sampler: "dpmpp_2m", spacing: "trailing", steps: 1 });
      const png = await kindling.toPng(image, settings);
      const bare = await kindling.toPng(image);
      const pixels = await createImageBitmap(new Blob([png]));
      return {
        settings, back: await kindling.readSettings(new Blob([png])), partly: await kindling.readSettings(await kindling.toPng(image, { strength: 0.5, steps: 3 })),
        bare: await kindling.readSettings(bare), png: [...png], size: [pixels.width, pixels.height, image.width, image.height],
      };
    }, APPLE);
    assert.deepEqual(seen.back, seen.settings);
    assert.deepEqual(seen.partly, { strength: 0.5, steps: 3 });
    assert.equal(seen.bare, null);
    assert.deepEqual(seen.size.slice(0, 2), seen.size.slice(2));
    const png = Buffer.from(seen.png);
    const texts = textsIn(png);
    assert.deepEqual(texts.map(([key]) => key), ["kindling", "parameters"]);
    const [inside, plain] = texts.map(([, text]) => text);
    assert.deepEqual(Object.keys(JSON.parse(inside)), ["lab", "version", "settings"]);
    assert.match(plain, /Negative prompt: grey\nSteps: 1, Sampler: DPM\+\+ 2M Karras, CFG scale: 3.5, Seed: 7, Size: \d+x\d+, Version: Kindling$/);

    const lab = { prompt: "a boat", negative: "fog", sampler: "euler", karras: false, spacing: null, steps: 9, guidance: 4, eta: 0, seed: 12, locked: true, batch: 1, width: 64, height: 64, start: "noise", strength: 0.6, masked: false, edges: true, weight: 0.5, low: 50, high: 150 };
    const file = (/** @type {any} */ settings) => withTexts(png, [["kindling", JSON.stringify({ lab: "generate", version: 1, settings })]]);
    const hostile = { prompt: ["a"], steps: "9", seed: -1, sampler: "__proto__", guidance: null, width: 1e300, eta: 0.5, constructor: 1 };
    const files = [file(lab), file(hostile), file(null), withTexts(png, [["kindling", "{"]]), withTexts(png, [["kindling", "x".repeat(100_000)]]), withTexts(png, [["kindling", "null"]])];
    const read = await page.evaluate((list) => Promise.all(list.map((bytes) => /** @type {any} */ (globalThis).kindling.readSettings(new Uint8Array(bytes)))), files.map((bytes) => [...bytes]));
    assert.deepEqual(read[0], { prompt: "a boat", negativePrompt: "fog", sampler: "euler", karras: false, spacing: null, steps: 9, guidance: 4, eta: 0, seed: 12, batch: 1, width: 64, height: 64, controlWeight: 0.5, edgeLow: 50, edgeHigh: 150 });
    assert.deepEqual(read.slice(1), [{ eta: 0.5 }, null, null, null, null]);
  });

  test("edges are white on black, at the picture's own size or another", async () => {
    const seen = await page.evaluate(async () => {
      const { kindling } = /** @type {any} */ (globalThis);
      const found = [await kindling.edges("/samples/things/cat.webp"), await kindling.edges("/samples/things/cat.webp", { width: 48, height: 32, low: 20, high: 60 })];
      const bitmap = await createImageBitmap(await (await fetch("/samples/things/cat.webp")).blob());
      return { own: [bitmap.width, bitmap.height], found: found.map(({ width, height, rgba }) => ({ width, height, values: [...new Set(rgba)].sort() })) };
    });
    assert.deepEqual(seen.found, [{ width: seen.own[0], height: seen.own[1], values: [0, 255] }, { width: 48, height: 32, values: [0, 255] }]);
  });

  test("a missing model is a typed error, and may be tried again", async () => {
    const kinds = await page.evaluate(async (address) => {
      const { create } = await import(/** @type {any} */ (address));
      const kindling = await create({ models: [], text2imageUrl: "/app/nowhere/" });
      const kind = (/** @type {Promise<any>} */ answer) => answer.then(() => "none", ({ kind }) => kind);
      const kinds = [await kind(kindling.load("text2image")), await kind(kindling.generate({ prompt: "a" })), await kind(kindling.load("nothing"))];
      kindling.dispose();
      return kinds;
    }, PACKAGE);
    assert.deepEqual(kinds, ["network", "network", "input"]);
  });

  test("a folder of one's own, with a ControlNet and its tokenizer in two files", async () => {
    const { server } = installed;
    server.requests.length = 0;
    server.fault("pipeline/tokenizer/tokenizer.json", (_, response) => response.writeHead(404).end());
    const seen = await page.evaluate(async (address) => {
      const { create } = await import(/** @type {any} */ (address));
      const { difference } = /** @type {any} */ (globalThis);
      const kindling = await create({ models: ["text2image"], text2imageUrl: "/fixtures/diffusion/pipeline/" });
      const about = { prompt: "a house", seed: 1, steps: 2, width: 32, height: 40 };
      const free = await kindling.generate(about);
      const held = await kindling.generate({ ...about, control: "/samples/things/cat.webp", controlWeight: 1.5, edgeLow: 20, edgeHigh: 60 });
      const seen = { info: kindling.text2image, size: [held.images[0].width, held.images[0].height], settings: held.settings, far: difference(free.images[0], held.images[0]) };
      kindling.dispose();
      return seen;
    }, PACKAGE);
    server.heal();
    assert.ok(seen.info.controlnet && seen.info.parameters.controlnet);
    assert.deepEqual(seen.size, [32, 40]);
    assert.deepEqual([seen.settings.controlWeight, seen.settings.edgeLow, seen.settings.edgeHigh], [1.5, 20, 60]);
    assert.ok(seen.far > 0, "the edges count");
    for (const file of ["vocab.json", "merges.txt"]) assert.ok(server.requests.some((path) => path.endsWith(`tokenizer/${file}`)), file);
    assert.ok(!server.requests.some((path) => /pipeline.*fp16/.test(path)), "no second try for what was there");
  });

  for (const worker of [true, false]) {
    test(`dispose ends a run ${worker ? "in its worker" : "on the page's own thread"}`, async () => {
      const seen = await page.evaluate(async ([address, inWorker, apple]) => {
        const { create } = await import(/** @type {any} */ (address));
        const { told } = /** @type {any} */ (globalThis);
        const kindling = await create({ models: ["text2image"], worker: inWorker });
        const whole = await kindling.generate({ ...apple, steps: 2 });
        let steps = 0;
        const ended = await told(kindling.generate(apple, () => {
          steps += 1;
          kindling.dispose();
        }));
        return { whole: whole.images.length, ended, steps, later: await told(kindling.generate(apple)) };
      }, /** @type {const} */ ([PACKAGE, worker, APPLE]));
      assert.deepEqual([seen.whole, seen.ended?.kind, seen.steps, seen.later?.kind], [1, "cancelled", 1, "cancelled"]);
    });
  }

  test("nothing of all that left the machine or broke the page's policy", () => {
    assert.deepEqual(opened.complaints, { errors: [], violations: [], strangers: [] });
  });
});

/** Runs in the page: one instance for most tests, and what they all need. @param {string} address */
async function openInPage(address) {
  const { create } = await import(/** @type {any} */ (address));
  /** Mean difference of two pictures' bytes, where wanted. @param {any} a @param {any} b @param {(x: number) => boolean} [where] */
  const difference = (a, b, where = () => true) => {
    let sum = 0, count = 0;
    for (let at = 0; at < a.rgba.length; at++) {
      if (at % 4 === 3 || !where((at >> 2) % a.width)) continue;
      sum += Math.abs(a.rgba[at] - b.rgba[at]);
      count += 1;
    }
    return sum / count;
  };
  const told = (/** @type {Promise<any>} */ answer) => answer.then(() => null, ({ kind, message, detail }) => ({ kind, message, detail }));
  Object.assign(globalThis, { kindling: await create({ models: [] }), difference, told });
}

/** Runs in the page. @param {readonly [string, {prompt: string, seed: number, steps: number}]} options */
async function refuseEverything([address, apple]) {
  const { kindling: ready, told } = /** @type {any} */ (globalThis);
  const { create } = await import(/** @type {any} */ (address));
  const cold = await create({ models: [] });
  const each = async (/** @type {any} */ kindling, /** @type {[string, any][]} */ cases) => {
    /** @type {[string, any][]} */
    const errors = [];
    for (const [field, value] of cases) errors.push([field, await told(kindling.generate({ ...apple, [field]: value }))]);
    return errors;
  };
  const early = await each(cold, [
    ["prompt", 7], ["prompt", null], ["negativePrompt", {}], ["sampler", "toString"], ["karras", "yes"], ["spacing", "wide"], ["steps", "4"], ["steps", 2.5],
    ["steps", 2 ** 40], ["guidance", Number.NaN], ["eta", Infinity], ["seed", -1], ["seed", 2 ** 60], ["width", -64], ["batch", Symbol("two")], ["strength", "0.5"],
    ["edgeLow", -1], ["previewEvery", 0.5], ["panels", 1], ["signal", { aborted: false }], ["negative_prompt", "grey"], ["steps", 3n],
  ]);
  early.push(["options", await told(cold.generate())], ["prompt", await told(cold.generate({}))], ["onStep", await told(cold.generate(apple, "log"))]);
  cold.dispose();
  const late = await each(ready, [
    ["steps", 0], ["steps", 100_000], ["guidance", 0.5], ["guidance", 1e9], ["eta", 2], ["width", 63], ["height", 0], ["width", 100_000], ["batch", 0], ["batch", 1000],
    ["controlWeight", -1], ["mask", "/samples/things/cat.webp"],
  ]);
  const cat = "/samples/things/cat.webp";
  const torn = (await (await fetch(cat)).arrayBuffer()).slice(0, 900);
  /** @type {[string, string, any][]} */
  const pictures = [
    ["strength", "generate_options", await told(ready.generate({ ...apple, init: cat, strength: 0 }))],
    ["init", "image", await told(ready.generate({ ...apple, init: new Blob(["<svg/>"]) }))],
    ["mask", "image", await told(ready.generate({ ...apple, init: cat, mask: torn }))],
    ["init", "network", await told(ready.generate({ ...apple, init: "/samples/nowhere.webp" }))],
    ["mask", "input", await told(ready.generate({ ...apple, init: cat, mask: 7 }))],
  ];
  const { images: [image], truncated } = await ready.generate({ ...apple, steps: 1, prompt: "an apple ".repeat(20_000) });
  return {
    early, late, pictures,
    control: await told(ready.generate({ ...apple, control: cat })), long: truncated, still: image.width === ready.text2image.size,
    others: [
      await told(ready.toPng(null)), await told(ready.toPng({ width: 1, height: 1 })), await told(ready.toPng({ ...image, width: 3 })), await told(ready.readSettings(cat)),
      await told(ready.toPng(image, { steps: "4" })), await told(ready.edges(cat, { low: Number.NaN })), await told(ready.edges(cat, { width: 0, height: 9 })), await told(ready.edges(torn)),
    ],
  };
}
