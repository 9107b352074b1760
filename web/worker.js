// The one worker that owns wasm and the device. Calls queue here; a batch goes to the back of the
// queue after every chunk, so that a sentence typed meanwhile is answered between two chunks. A
// model's files come down beside the queue, so that one lab answers while another's model arrives.

import { filesToCheck } from "./worker/check.js";
import { chooseDevice } from "./worker/device.js";
import { failure } from "./worker/download.js";
import { createGenerator } from "./worker/generate.js";
import { fetchModel, fetchProgram } from "./worker/load.js";
import { ownModel, withHandles } from "./worker/own.js";

const CHUNK = 16;
const testHooks = new URL(self.location.href).searchParams.has("faults");

/** @type {{postMessage(message: FromWorker, transfer?: Transferable[]): void}} */
const page = /** @type {any} */ (self);

/**
 * @typedef {{id: number, action: keyof Actions, args: any, controller: AbortController, rows: BatchRow[], prompts: string[], warm: () => void, fetched: Awaited<ReturnType<typeof fetchModel>> | null}} Job
 */
/** @type {Job[]} */
const queue = [];
/** Models on their way, not yet in the queue. @type {Set<Job>} */
const arriving = new Set();
/** @type {Job | null} */
let current = null;
/** Whether someone is at the queue, resting between two turns included: never two at once. */
let working = false;
/** Not finished, and about to go to the back of the queue: behind what comes in meanwhile. @type {Job | null} */
let waiting = null;
/** @type {Playground | null} */
let playground = null;
/** @type {PlaygroundModule | null} */
let program = null;

// A panic inside a Rust future leaves its promise pending for ever; all that tells is the error
// event (and the hook's line on the console). Whoever waits is told through this promise.
let lastWords = "";
const logError = console.error.bind(console);
console.error = (...words) => {
  lastWords = words.map(String).join(" ").slice(0, 2000);
  logError(...words);
};
/** @type {(error: KindlingError) => void} */
let raisePanic = () => {};
/** @type {Promise<never>} */
let panicked = newPanic();
function newPanic() {
  const promise = /** @type {Promise<never>} */ (new Promise((_, reject) => { raisePanic = reject; }));
  promise.catch(() => {});
  return promise;
}
self.addEventListener("error", (event) => {
  event.preventDefault();
  raisePanic(toError(event.error ?? event.message));
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  raisePanic(toError(event.reason));
});

/** @template T @param {T | Promise<T>} answer @returns {Promise<T>} */
const guarded = (answer) => Promise.race([answer, panicked]);

self.addEventListener("message", ({ data }) => {
  if ("cancel" in data) return cancel(data.cancel);
  /** @type {Job} */
  const job = { ...data, controller: new AbortController(), rows: [], prompts: [], warm() {}, fetched: null };
  if (job.action === "load") void fetchFirst(job);
  else enqueue(job);
});

/** @param {Job} job */
function enqueue(job) {
  queue.push(job);
  if (!working) void work();
}

/** @param {Job} job */
async function fetchFirst(job) {
  arriving.add(job);
  try {
    const { model, files } = job.args;
    job.fetched = files ? await ownModel(model, files) : await fetchModel(model, job.controller.signal, reporter(job), (config, stored) => {
      // Shaders are compiled while the weights come down, or as soon as there is a device to compile them for.
      job.warm = () => void playground?.warm(config, stored);
      job.warm();
    });
    job.controller.signal.throwIfAborted();
    enqueue(job);
  } catch (error) {
    page.postMessage({ id: job.id, error: toError(error) });
  } finally {
    arriving.delete(job);
  }
}

/** @param {Job} job */
const reporter = (job) => (/** @type {Progress} */ progress) => page.postMessage({ id: job.id, progress });

/** @param {number} id */
function cancel(id) {
  const at = queue.findIndex((job) => job.id === id);
  const job = waiting?.id === id ? waiting : queue[at];
  if (job) {
    if (job === waiting) waiting = null;
    else queue.splice(at, 1);
    generator.forget(job);
    page.postMessage({ id: job.id, error: failure("cancelled", "cancelled") });
  } else if (current?.id === id) current.controller.abort();
  else for (const job of arriving) if (job.id === id) job.controller.abort();
}

async function work() {
  working = true;
  for (let job = queue.shift(); job; job = queue.shift()) {
    current = job;
    const finished = await answer(job);
    current = null;
    if (!finished) waiting = job;
    // Let messages in: a cancel, or a call that should go before the next chunk or the next pass.
    await new Promise((resolve) => setTimeout(resolve));
    if (waiting) queue.push(waiting);
    waiting = null;
  }
  working = false;
}

/** Whether it is over; if not, it wants another turn. @param {Job} job */
async function answer(job) {
  try {
    const value = await actions[job.action](job);
    if (value === undefined) return false;
    job.controller.signal.throwIfAborted();
    page.postMessage({ id: job.id, value }, buffersOf(value));
  } catch (error) {
    page.postMessage({ id: job.id, error: toError(error) });
  }
  return true;
}

/** What is handed over instead of copied. @param {any} value @returns {Transferable[]} */
function buffersOf(value) {
  const rasters = [value?.thumbnail, value?.seen, ...(value?.images ?? [])].map((raster) => raster?.rgba);
  const arrays = [value, value?.rgba, value?.vector, value?.weights, ...rasters].filter((array) => ArrayBuffer.isView(array));
  return [...new Set(arrays.map((array) => /** @type {ArrayBuffer} */ (array.buffer)))];
}

const generator = createGenerator({ playground: ready, guarded, post: (message, transfer) => page.postMessage(message, transfer) });

/** @type {Record<keyof Actions, (job: Job) => any>} */
const actions = {
  open,
  load,
  tokens: (job) => ready().tokens(job.args.text),
  embed: (job) => guarded(ready().embed(job.args.texts)),
  sentiment: (job) => guarded(ready().sentiment(job.args.question)),
  sweep: (job) => guarded(ready().sweep(job.args.question)),
  attention: (job) => guarded(ready().attention(job.args.text)),
  batch,
  embedImage: (job) => guarded(ready().embedImage(job.args.bytes)),
  embedLabels: (job) => guarded(ready().embedLabels(job.args.texts)),
  clipTokens: (job) => ready().clipTokens(job.args.text),
  readTable: (job) => ready().readTable(job.args.text),
  evaluate: (job) => ready().evaluate(job.args.truth, job.args.predicted),
  writeTable: (job) => ready().writeTable(job.args.columns, job.args.rows),
  generate: (job) => generator.generate(job),
  prepare: (job) => generator.prepare(job),
  generatorTokens: (job) => ready().generatorTokens(job.args.text),
  edges: ({ args }) => ready().edges(args.bytes, args.width, args.height, args.low, args.high),
  writePng: ({ args }) => ready().writePng(args.width, args.height, args.rgba, args.text),
  readPngText: (job) => ready().readPngText(job.args.bytes),
  selfCheck: async ({ args, controller }) => withHandles(await filesToCheck(args.model, args.files, args.storeAs, controller.signal), args, (held) => guarded(ready().selfCheck(args.model, held))),
  unload: () => {
    playground?.unloadEncoder();
    playground?.unloadClip();
    playground?.unloadGenerator();
    return null;
  },
  panic: () => {
    if (!testHooks) throw failure("input", "unknown action");
    const trap = /** @type {any} */ (playground)?.panic ?? program?.panic;
    if (trap) trap.call(playground);
    throw new WebAssembly.RuntimeError("unreachable");
  },
};

function ready() {
  if (!playground) throw failure("no_model", "no model loaded");
  return playground;
}

/** @param {Job} job @returns {Promise<Opened>} */
async function open(job) {
  const report = reporter(job);
  report({ phase: "device", done: 0, total: 0, unit: "steps" });
  const { kind, reason } = job.args.failed ? { kind: /** @type {const} */ ("cpu"), reason: job.args.failed } : await chooseDevice(job.args.device);
  try {
    return await openOn(kind, reason, job.controller.signal, report);
  } catch (error) {
    const cause = toError(error);
    if (kind === "cpu" || cause.kind === "cancelled" || cause.kind === "network") throw error;
    lastWords = "";
    panicked = newPanic();
    return openOn("cpu", "failed", job.controller.signal, report);
  }
}

/**
 * @param {DeviceKind} bundle @param {DeviceReason} reason @param {AbortSignal} signal
 * @param {(progress: Progress) => void} report
 * @returns {Promise<Opened>}
 */
async function openOn(bundle, reason, signal, report) {
  const module = await fetchProgram(bundle, signal, report);
  signal.throwIfAborted();
  report({ phase: "load", done: 0, total: 0, unit: "steps" });
  const opened = await guarded(module.Playground.open(bundle));
  playground = opened;
  program = module;
  for (const job of arriving) job.warm();
  return { device: opened.device(), reason, bundle };
}

/** @param {Job} job @returns {Promise<Loaded>} */
async function load(job) {
  job.controller.signal.throwIfAborted();
  const { files, bytes } = /** @type {NonNullable<Job["fetched"]>} */ (job.fetched);
  job.fetched = null;
  const report = reporter(job);
  report({ phase: "load", done: 0, total: 0, unit: "steps" });
  // The bundled ones are small, and here in a moment.
  const onProgress = job.args.files ? (/** @type {number} */ done, /** @type {number} */ total) => report({ phase: "load", done, total, unit: "bytes" }) : undefined;
  const info = await withHandles(files, job.args, (held) => guarded(loaders[/** @type {ModelName} */ (job.args.model)](held, job.args.storeAs, onProgress)));
  return { info, bytes };
}
/** @type {Record<ModelName, (files: any, storeAs?: Stored, onProgress?: OnProgress) => Promise<ModelInfos[ModelName]>>} */
const loaders = {
  encoder: (files, storeAs, onProgress) => ready().loadEncoder({ ...files, storeAs, onProgress }),
  clip: (files, storeAs, onProgress) => ready().loadClip({ ...files, storeAs, onProgress }),
  text2image: (files, storeAs, onProgress) => ready().loadGenerator(files, storeAs, onProgress),
};

/** One chunk a turn; undefined asks for another turn. @param {Job} job */
async function batch(job) {
  job.controller.signal.throwIfAborted();
  const { texts, labels, template } = job.args;
  const chunk = texts.slice(job.rows.length, job.rows.length + CHUNK);
  if (chunk.length) {
    const answer = await guarded(ready().sentiment({ texts: chunk, labels, template }));
    job.prompts = answer.prompts;
    for (const { cosines, score, best, tokens, truncated } of answer.rows) job.rows.push({ cosines, score, best, tokens, truncated });
    page.postMessage({ id: job.id, progress: { phase: "rows", done: job.rows.length, total: texts.length, unit: "rows" } });
  }
  return job.rows.length < texts.length ? undefined : { prompts: job.prompts, rows: job.rows };
}

/** @param {any} error @returns {KindlingError} */
function toError(error) {
  if (error instanceof WebAssembly.RuntimeError || /unreachable|recursive use of an object/.test(String(error?.message ?? error))) {
    return failure("panic", lastWords || String(error?.message ?? error));
  }
  if (typeof error?.kind === "string") return { kind: error.kind, message: String(error.message ?? ""), detail: error.detail ?? {} };
  if (error?.name === "AbortError") return failure("cancelled", "cancelled");
  return failure("worker", String(error?.message ?? error), { stack: String(error?.stack ?? "").slice(0, 2000) });
}
