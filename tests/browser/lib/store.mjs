// The model store in a bare page, with models made for one test on a hub of its own.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { dist, launch, openContext } from "./browser.mjs";
import { startHub } from "./hub.mjs";
import { serve } from "./server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Record<string, string | Uint8Array>} Files */
/** @typedef {{value: any, error?: undefined} | {value?: undefined, error: {kind: string, message: string, detail: any}}} Outcome */

export const MIB = 1024 * 1024;
const blank = fileURLToPath(new URL("../pages/blank.html", import.meta.url));

/** @param {Uint8Array | string} bytes */
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Bytes that no cache, filter or packing could guess; the same each time. @param {number} length @param {number} seed */
export function noise(length, seed) {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** A file of safetensors with one tensor. @param {number} length @param {number} [seed] @param {string} [dtype] of one byte */
export function weights(length, seed = 1, dtype = "U8") {
  const tensor = length - 128;
  const header = JSON.stringify({ w: { dtype, shape: [tensor], data_offsets: [0, tensor] } }).padEnd(120);
  const bytes = noise(length, seed);
  new DataView(bytes.buffer).setBigUint64(0, 120n, true);
  bytes.set(new TextEncoder().encode(header), 8);
  return bytes;
}

/** @param {number} length @param {number} [seed] @returns {Files} */
export const encoder = (length, seed) => ({
  "config.json": JSON.stringify({ model_type: "bert", hidden_size: 8 }),
  "tokenizer.json": JSON.stringify({ version: "1.0", model: { type: "WordPiece" } }),
  "model.safetensors": weights(length, seed),
});

/**
 * A hub, and a server of the page.
 * @param {Record<string, Files>} models
 */
export async function stage(models) {
  const [hub, server] = await Promise.all([startHub(models), serve({ "/": dist, "/blank.html": blank }, "/blank.html#lab=none")]);
  const stop = () => Promise.all([hub.stop(), server.stop()]);
  return { hub, server, stop };
}

/**
 * The stage of one file of tests, for as long as they run. `fresh` gives each test a profile, and so a store, of its own, on a hub that behaves;
 * `calm`: nothing may be complained of meanwhile.
 * @param {Record<string, Files>} models @param {{calm?: boolean}} [options]
 */
export function stagedFor(models, { calm = true } = {}) {
  const at = /** @type {Awaited<ReturnType<typeof stage>> & {browser: import("playwright-core").Browser}} */ ({});
  before(async () => void Object.assign(at, await stage(models), { browser: await launch() }));
  after(async () => {
    await at.browser?.close();
    await at.stop?.();
  });
  /** @param {(page: Page, context: import("playwright-core").BrowserContext) => Promise<void>} work */
  async function fresh(work) {
    await at.hub.faults();
    await at.hub.forget();
    const { page, context, complaints } = await openStore(at.browser, at.server);
    try {
      await work(page, context);
      if (calm) assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
    } finally {
      await context.close();
      at.server.heal();
    }
  }
  /** @param {Page} page @param {string} address @param {object} [device] */
  const planned = (page, address, device) => plan(page, address, at.hub.hub, device);
  return { at, fresh, planned };
}

/** A tab with the store in it. @param {import("playwright-core").BrowserContext} context @param {{url: string}} server */
export async function openTab(context, server) {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.evaluate(async () => {
    const { modelStore } = await import(/** @type {any} */ ("/web/store/client.js"));
    const { parseAddress } = await import(/** @type {any} */ ("/web/store/address.js"));
    const seen = { store: modelStore, parseAddress, progress: /** @type {any[]} */ ([]), plan: /** @type {any} */ (null), abort: new AbortController(), outcome: /** @type {any} */ (null) };
    Object.assign(globalThis, { kindling: seen });
  });
  return page;
}

/** @param {import("playwright-core").Browser} browser @param {{url: string}} server */
export async function openStore(browser, server) {
  const { context, complaints } = await openContext(browser);
  return { context, complaints, page: await openTab(context, server) };
}

/** Runs in the page. @param {any} told */
async function act({ action, args }) {
  const { kindling } = /** @type {any} */ (globalThis);
  try {
    const value = await kindling.store[action](...args);
    return { value };
  } catch (error) {
    const { kind, message, detail } = /** @type {any} */ (error);
    return { error: { kind, message: String(message ?? error), detail } };
  }
}

/** Asks the store, and turns a throw into a value. @param {Page} page @param {string} action @param {...any} args @returns {Promise<Outcome>} */
export const ask = (page, action, ...args) => page.evaluate(act, { action, args });

/** @param {Page} page @param {string} action @param {...any} args */
export async function must(page, action, ...args) {
  const { value, error } = await ask(page, action, ...args);
  if (error) throw new Error(`${action}: ${error.kind} ${error.message} ${JSON.stringify(error.detail)}`);
  return value;
}

/** @param {Page} page @param {string} address @param {string} base @param {object} [device] */
export async function plan(page, address, base, device) {
  const source = await page.evaluate(([text, hub]) => /** @type {any} */ (globalThis).kindling.parseAddress(text, hub), [address, base]);
  return must(page, "plan", source, { device });
}

/** Begins a download, which `finished` waits for. @param {Page} page @param {any} planned @param {object} [options] */
export const begin = (page, planned, options = {}) => page.evaluate(([wanted, more]) => {
  const { kindling } = /** @type {any} */ (globalThis);
  kindling.abort = new AbortController();
  kindling.progress = [];
  kindling.outcome = kindling.store.fetch(wanted, { ...more, signal: kindling.abort.signal, onProgress: (/** @type {any} */ now) => kindling.progress.push(now) }).then(
    (/** @type {any} */ value) => ({ value }),
    (/** @type {any} */ { kind, message, detail }) => ({ error: { kind, message, detail } }),
  );
}, /** @type {const} */ ([planned, options]));

/** @param {Page} page @returns {Promise<Outcome>} */
export const finished = (page) => page.evaluate(() => /** @type {any} */ (globalThis).kindling.outcome);

/** @param {Page} page @param {any} planned @param {object} [options] @returns {Promise<Outcome>} */
export async function download(page, planned, options) {
  await begin(page, planned, options);
  return finished(page);
}

/** @param {Page} page @returns {Promise<any[]>} */
export const progressOf = (page) => page.evaluate(() => /** @type {any} */ (globalThis).kindling.progress);

/** Waits until the download says so. @param {Page} page @param {{phase?: string, done?: number}} wanted */
export const until = (page, wanted) => page.waitForFunction(({ phase, done }) =>
  /** @type {any} */ (globalThis).kindling.progress.some((/** @type {any} */ now) => (!phase || now.phase === phase) && now.done >= (done ?? 0)), wanted, { timeout: 120_000, polling: 50 });

/** @param {Page} page */
export const abort = (page) => page.evaluate(() => /** @type {any} */ (globalThis).kindling.abort.abort());

/** What is stored, by the hashes of what can be read. @param {Page} page @param {string} id @returns {Promise<Record<string, string>>} */
export const hashes = (page, id) => page.evaluate(async (wanted) => {
  const { files } = await /** @type {any} */ (globalThis).kindling.store.open(wanted);
  const hash = async (/** @type {Blob} */ blob) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer())), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return Object.fromEntries(await Promise.all(Object.entries(files).map(async ([path, blob]) => [path, await hash(/** @type {Blob} */ (blob))])));
}, id);

/** @param {Files} files @returns {Record<string, string>} */
export const hashesOf = (files) => Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, sha256(bytes)]));

/** @param {Files} files */
export const sizeOf = (files) => Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0);

/** Changes one byte of a stored file behind the store's back. @param {Page} page @param {string} id @param {string} path @param {number} at */
export const spoil = (page, id, path, at) => page.evaluate(async ([model, name, place]) => {
  const top = await (await navigator.storage.getDirectory()).getDirectoryHandle("models");
  const folder = await top.getDirectoryHandle(encodeURIComponent(model));
  const handle = await folder.getFileHandle(encodeURIComponent(name));
  const byte = new Uint8Array(await (await handle.getFile()).slice(place, place + 1).arrayBuffer());
  const out = await handle.createWritable({ keepExistingData: true });
  await out.write({ type: "write", position: place, data: new Uint8Array([byte[0] ^ 1]) });
  await out.close();
}, /** @type {const} */ ([id, path, at]));

/** The disk and the browser's cache, as a private window has them. */
export const NO_DISK = `navigator.storage.getDirectory = () => Promise.reject(new DOMException("not in a private window", "SecurityError"));`;
export const NO_CACHE = `CacheStorage.prototype.open = () => Promise.reject(new DOMException("not in a private window", "SecurityError"));`;
/** The store's worker with another world around it, until the server heals. @param {import("./server.mjs").Server} server @param {string} shim runs before anything else */
export function shimStore(server, shim) {
  /** @param {string} body @returns {import("./server.mjs").Handler} */
  const script = (body) => (_, response) => void response.writeHead(200, { "Content-Type": "text/javascript" }).end(body);
  server.fault("web/shim.js", script(shim));
  server.fault("web/store-worker.js", script(`import "./shim.js";\n${readFileSync(join(dist, "web/store-worker.js"), "utf8")}`));
}
