// A CLIP of full size, 605 MB of random numbers in the origin's own files on a disk: what it takes to load it, on the CPU and on the
// software adapter. For the long mode.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fixtures, launchProfile, SOFTWARE_GPU } from "./lib/browser.mjs";
import { serveBundles } from "./lib/bundle.mjs";
import { clipTensors, headerOf, int8Bytes, watchMemory } from "./lib/large.mjs";

/** Of the program's memory, beside the weights. */
const MOST_GROWTH = 200e6;
/** Of the process that holds the weights, as a share of what they need. */
const MOST_SHARE = 1.3;
const skip = process.env.KINDLING_LONG ? false : "only with KINDLING_LONG=1";

const config = JSON.parse(readFileSync(join(fixtures, "clip-vit-b32-formula/config.json"), "utf8"));
const tensors = clipTensors(config);
const profile = mkdtempSync(join(tmpdir(), "kindling-large-"));
const server = await serveBundles();
after(async () => {
  await server.stop();
  rmSync(profile, { recursive: true, force: true });
});

/** Each case in a browser of its own, over the same files. @template T @param {(page: import("playwright-core").Page) => Promise<T>} work */
async function fresh(work) {
  const context = await launchProfile(profile, SOFTWARE_GPU);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.goto(server.url);
    return await work(page);
  } finally {
    await context.close();
  }
}

let written = 0;
const checkpoint = async () => (written ||= await fresh((page) => page.evaluate(writeCheckpoint, headerOf(tensors))));

for (const bundle of /** @type {const} */ (["cpu", "webgpu"])) {
  for (const storeAs of /** @type {const} */ ([undefined, "int8"])) {
    test(`${bundle}, ${storeAs ?? "as stored"}: a whole CLIP loads with little memory beside its weights`, { skip }, async (context) => {
      const bytes = await checkpoint();
      assert.ok(bytes > 600e6, `${bytes}`);
      const needed = storeAs ? int8Bytes(tensors) : bytes;
      const { found, rise } = await fresh(async (page) => {
        await page.evaluate(startWorker, bundle);
        const risen = watchMemory(profile);
        const loaded = await page.evaluate(loadInWorker, { config: JSON.stringify(config), storeAs });
        const rise = risen(); // what a run takes is another matter
        return { found: { ...loaded, finite: await page.evaluate(embedInWorker) }, rise };
      });
      // The CPU's weights lie in the program's own memory, the device's in a process of their own. A graphics process takes some 100 MB whatever it
      // holds, so that an int8 copy is told and not judged.
      const holder = rise?.[bundle === "cpu" ? "renderer" : "gpu-process"];
      const growth = found.after - found.before - (bundle === "cpu" ? needed : 0);
      const share = (/** @type {number | undefined} */ risen) => (risen === undefined ? "?" : `${(risen / 1e6).toFixed(0)} MB, ${(risen / needed).toFixed(2)} of the need`);
      context.diagnostic(`file ${bytes} bytes, weights need ${needed}; wasm memory ${found.before} to ${found.after}, beside the weights ${growth}; process with the weights: ${share(holder)}; all processes: ${share(rise?.all)}; ${found.millis} ms`);
      assert.equal(found.parameters, 151_277_313);
      assert.deepEqual(found.unused, []);
      assert.ok(found.finite, "vectors are numbers");
      assert.ok(growth <= MOST_GROWTH, `${growth} bytes`);
      if (!rise || storeAs) return;
      assert.ok(holder && holder > needed && holder <= MOST_SHARE * needed, `${share(holder)}`);
      assert.ok(rise.all <= MOST_SHARE * needed + MOST_GROWTH, `${share(rise.all)}`);
    });
  }
}

/** In the page: a safetensors file of small numbers, written piece by piece. @param {{head: number[], bytes: number}} file its header with the length before it, and bytes of numbers */
async function writeCheckpoint({ head, bytes }) {
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle("model.safetensors", { create: true })).createWritable();
  await file.write(Uint8Array.from(head));
  const block = Float32Array.from({ length: 1 << 20 }, (_, at) => Math.sin(at * 1.7) * 0.05);
  for (let left = bytes; left > 0; left -= block.byteLength) await file.write(left < block.byteLength ? block.slice(0, left / 4) : block);
  await file.close();
  return head.length + bytes;
}

/** In the page: a worker with the program, and a device. @param {"cpu" | "webgpu"} bundle */
async function startWorker(bundle) {
  const program = `
    const module = await import("${location.origin}/wasm/${bundle}/playground.js");
    const { memory } = await module.default();
    const playground = await module.Playground.open("${bundle}");
    onmessage = async ({ data: files }) => {
      try {
        const before = memory.buffer.byteLength, started = performance.now();
        if (!files) return postMessage(await playground.embedLabels(["a cat"]));
        const weights = await files.weights.createSyncAccessHandle({ mode: "read-only" });
        const { parameters, unused } = await playground.loadClip({ ...files, weights });
        weights.close();
        postMessage({ before, after: memory.buffer.byteLength, parameters, unused, millis: Math.round(performance.now() - started) });
      } catch (error) {
        postMessage({ error: JSON.stringify(error?.kind ? error : String(error)) });
      }
    };
    postMessage({ ready: true });`;
  const worker = new Worker(URL.createObjectURL(new Blob([program], { type: "text/javascript" })), { type: "module" });
  Object.assign(globalThis, { worker });
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** In the page: the file, as the store hands it over. @param {{config: string, storeAs?: string}} question */
async function loadInWorker({ config, storeAs }) {
  const { worker } = /** @type {{worker: Worker}} */ (/** @type {unknown} */ (globalThis));
  const root = await navigator.storage.getDirectory();
  const weights = await root.getFileHandle("model.safetensors");
  const tokenizer = new Uint8Array(await (await fetch("/models/clip/tokenizer.json")).arrayBuffer());
  const found = await new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => resolve({ error: event.message });
    worker.postMessage({ config: new TextEncoder().encode(config), tokenizer, weights, storeAs });
  });
  if (found.error) throw new Error(found.error);
  return found;
}

/** In the page: whether the model that was loaded gives numbers. */
async function embedInWorker() {
  const { worker } = /** @type {{worker: Worker}} */ (/** @type {unknown} */ (globalThis));
  const vector = await new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(null);
  });
  return vector.length === 512 && vector.every(Number.isFinite);
}
