// A CLIP of full size, 605 MB of random numbers in the origin's own files, on the software adapter:
// what the program's memory grows by while it loads. For the long mode.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { fixtures, launchWithGpu, openContext } from "./lib/browser.mjs";
import { serveBundles } from "./lib/bundle.mjs";
import { clipTensors } from "./lib/large.mjs";

const MOST_GROWTH = 200e6;
const LONG = Boolean(process.env.KINDLING_LONG);

const server = await serveBundles();
after(() => server.stop());

test("a whole CLIP loads with little memory beside the device's", { skip: LONG ? false : "only with KINDLING_LONG=1" }, async () => {
  const browser = await launchWithGpu();
  try {
    const { context } = await openContext(browser);
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.goto(server.url);
    const config = JSON.parse(await readFile(join(fixtures, "clip-vit-b32-formula/config.json"), "utf8"));
    const bytes = await page.evaluate(writeCheckpoint, clipTensors(config));
    assert.ok(bytes > 600e6, `${bytes}`);
    for (const storeAs of [undefined, "int8"]) {
      const found = await page.evaluate(loadInWorker, { config: JSON.stringify(config), storeAs });
      console.log(`${storeAs ?? "as stored"}: file ${bytes} bytes, wasm memory before ${found.before}, after ${found.after}, grown by ${found.after - found.before}, ${found.millis} ms`);
      assert.equal(found.parameters, 151_277_313);
      assert.deepEqual(found.unused, []);
      assert.ok(found.finite, "vectors are numbers");
      assert.ok(found.after - found.before <= MOST_GROWTH, `${found.after - found.before} bytes`);
    }
  } finally {
    await browser.close();
  }
});

/** In the page: a safetensors file of small numbers, written piece by piece. @param {[string, number[]][]} tensors */
async function writeCheckpoint(tensors) {
  /** @type {Record<string, object>} */
  const header = {};
  let end = 0;
  for (const [name, shape] of tensors) {
    const start = end;
    end += 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [start, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle("model.safetensors", { create: true })).createWritable();
  await file.write(new BigUint64Array([BigInt(text.length)]));
  await file.write(text);
  const block = Float32Array.from({ length: 1 << 20 }, (_, at) => Math.sin(at * 1.7) * 0.05);
  for (let left = end; left > 0; left -= block.byteLength) await file.write(left < block.byteLength ? block.slice(0, left / 4) : block);
  await file.close();
  return 8 + text.length + end;
}

/** In the page: a worker with the program and the file. @param {{config: string, storeAs?: string}} question */
async function loadInWorker({ config, storeAs }) {
  const program = `
    onmessage = async ({ data: { config, tokenizer, weights, storeAs } }) => {
      try {
        const module = await import("${location.origin}/wasm/webgpu/playground.js");
        const { memory } = await module.default();
        const playground = await module.Playground.open("webgpu");
        const before = memory.buffer.byteLength, started = performance.now();
        const { parameters, unused } = await playground.loadClip({ config, tokenizer, weights, storeAs });
        const millis = Math.round(performance.now() - started);
        const vector = await playground.embedLabels(["a cat"]);
        postMessage({ before, after: memory.buffer.byteLength, parameters, unused, millis, finite: vector.length === 512 && vector.every(Number.isFinite) });
      } catch (error) {
        postMessage({ error: JSON.stringify(error?.kind ? error : String(error)) });
      }
    };`;
  const root = await navigator.storage.getDirectory();
  const weights = await (await root.getFileHandle("model.safetensors")).getFile();
  const tokenizer = new Uint8Array(await (await fetch("/models/clip/tokenizer.json")).arrayBuffer());
  const worker = new Worker(URL.createObjectURL(new Blob([program], { type: "text/javascript" })), { type: "module" });
  const found = await new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => resolve({ error: event.message });
    worker.postMessage({ config: new TextEncoder().encode(config), tokenizer, weights, storeAs });
  });
  worker.terminate();
  if (found.error) throw new Error(found.error);
  return found;
}
