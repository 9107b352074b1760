// kindling-playground: sentence embeddings, zero-shot sentiment, image–text matching and text to
// image on the visitor's own machine.

import { generate } from "./generate.js";
import { bytesOf, cosines, fill, shares, vectorsOf } from "./images.js";
import { check, settingsIn, settingsOf, textOf, threshold, whole } from "./settings.js";
import { unlessAborted } from "./turns.js";

/**
 * @typedef {import("./index.js").Options} Options
 * @typedef {import("./index.js").Kindling} Kindling
 * @typedef {import("./index.js").ModelName} ModelName
 * @typedef {import("./index.js").Infos} Infos
 * @typedef {{device: import("./index.js").DeviceInfo, infos: Infos}} Opened
 * @typedef {{opened: Opened, ask: import("./turns.js").Ask, end: () => void}} Engine
 */

const BUNDLED = {
  encoder: new URL("./dist/models/encoder/", import.meta.url).href,
  clip: new URL("./dist/models/clip/", import.meta.url).href,
  text2image: new URL("./dist/models/text2image/", import.meta.url).href,
};

/** @param {Options} [options] @returns {Promise<any>} */
export async function create({
  device = "auto", models = ["encoder"], modelUrl = BUNDLED.encoder, clipUrl = BUNDLED.clip, text2imageUrl = BUNDLED.text2image, worker = true,
} = {}) {
  const absolute = (/** @type {string} */ url) => new URL(url, globalThis.document?.baseURI ?? import.meta.url).href;
  const urls = { encoder: absolute(modelUrl), clip: absolute(clipUrl), text2image: absolute(text2imageUrl) };
  return withMethods(await (worker ? inWorker : here)({ device, models: [...new Set(models)], urls }));
}

/** @param {Engine} engine @returns {Kindling} */
function withMethods(engine) {
  const infos = engine.opened.infos;
  /** @param {string} action @param {any[]} args */
  const call = (action, ...args) => engine.ask(action, args);
  /** @type {Partial<Record<ModelName, Promise<any>>>} */
  const loading = {};
  /** Fetches a model once; after a failure the next call tries again. @param {ModelName} name @returns {Promise<any>} */
  const load = (name) => {
    if (!Object.hasOwn(infos, name)) return Promise.reject({ kind: "input", message: `no model named ${name}`, detail: { name } });
    if (infos[name]) return Promise.resolve(infos[name]);
    return (loading[name] ??= call("load", name).then(
      (info) => (infos[name] = info),
      (error) => {
        delete loading[name];
        throw error;
      },
    ));
  };
  /** @param {ModelName} model @param {string} action @param {any[]} args */
  const ask = async (model, action, ...args) => {
    await load(model);
    return call(action, ...args);
  };
  /** @param {readonly import("./index.js").ImageSource[]} images @returns {Promise<Float32Array[]>} */
  const imageVectors = async (images) => {
    await load("clip");
    return vectorsOf(images, (bytes) => call("embedImage", bytes));
  };

  return {
    device: engine.opened.device,
    get model() { return infos.encoder; },
    get clip() { return infos.clip; },
    get text2image() { return infos.text2image; },
    load,
    embed: (texts) => ask("encoder", "embed", texts),
    tokens: (text) => ask("encoder", "tokens", text),
    attention: (text) => ask("encoder", "attention", text),
    async sentiment({ texts, positive, negative, template = "{}" }) {
      const answer = await ask("encoder", "sentiment", { texts, labels: [positive, negative], template });
      return answer.rows.map((/** @type {any} */ row) => ({
        score: row.score, positive: row.cosines[0], negative: row.cosines[1], truncated: row.truncated,
      }));
    },
    async embedImages(images) {
      const vectors = await imageVectors(images);
      const all = new Float32Array(vectors.reduce((sum, vector) => sum + vector.length, 0));
      vectors.forEach((vector, row) => all.set(vector, row * vector.length));
      return all;
    },
    embedLabels: (texts) => ask("clip", "embedLabels", texts),
    async matchImages(images, labels, { template = "{}", temperature } = {}) {
      if (!labels.length) throw { kind: "input", message: "no labels", detail: {} };
      if (temperature !== undefined && !(temperature > 0 && Number.isFinite(temperature))) {
        throw { kind: "input", message: `temperature ${temperature}, not above 0`, detail: { temperature } };
      }
      const wordings = await ask("clip", "embedLabels", labels.map((label) => fill(template, label)));
      const table = cosines(await imageVectors(images), wordings);
      const used = temperature ?? 1 / /** @type {import("./index.js").ClipInfo} */ (infos.clip).logit_scale;
      return {
        labels: [...labels], template, temperature: used, cosines: table,
        probabilities: table.map((row) => shares(row, used)),
        best: table.map((row) => row.indexOf(Math.max(...row))),
      };
    },
    generate: (options, onStep) => generate({ load, ask: engine.ask }, options, onStep),
    async edges(image, { width, height, low = 100, high = 200 } = {}) {
      for (const [field, side] of Object.entries({ width, height })) if (side !== undefined) check(field, side, whole);
      check("low", low, threshold);
      check("high", high, threshold);
      return call("edges", await bytesOf(image), width, height, low, high);
    },
    async toPng(picture, settings = {}) {
      const { width, height, rgba, data } = /** @type {any} */ (picture ?? {});
      const pixels = rgba ?? data;
      if (!(pixels instanceof Uint8ClampedArray || pixels instanceof Uint8Array)) throw { kind: "input", message: "no pixels of 8 bits a colour", detail: {} };
      const inside = settingsOf(settings ?? {});
      return call("writePng", width, height, new Uint8Array(pixels), Object.keys(inside).length ? textOf(inside) : []);
    },
    readSettings: async (image) => settingsIn(await call("readPngText", await bytesOf(image))),
    dispose: engine.end,
  };
}

const disposed = { kind: "cancelled", message: "disposed", detail: {} };

/** @param {import("./engine.js").EngineOptions} options @returns {Promise<Engine>} */
async function here(options) {
  const { openEngine } = await import("./engine.js");
  const { device, infos, ask, end } = await openEngine(options);
  const closing = new AbortController();
  return {
    opened: { device, infos },
    ask: (action, args, { signal, report = () => {} } = {}) => {
      if (closing.signal.aborted) return Promise.reject(disposed);
      const either = AbortSignal.any([closing.signal, ...(signal ? [signal] : [])]);
      return unlessAborted(closing.signal, ask(action, args, { signal: either, report }), () => disposed);
    },
    end: () => {
      if (!closing.signal.aborted) end();
      closing.abort();
    },
  };
}

/** @param {import("./engine.js").EngineOptions} options @returns {Promise<Engine>} */
async function inWorker(options) {
  const thread = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "kindling" });
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: any) => void, report?: (progress: any) => void}>} */
  const waiting = new Map();
  /** @type {{kind: string, message: string, detail: object} | null} */
  let ended = null;
  let lastId = 0;

  /** @param {{kind: string, message: string, detail: object}} cause */
  const end = (cause) => {
    ended ??= cause;
    thread.terminate();
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  thread.addEventListener("message", ({ data }) => {
    const call = waiting.get(data.id);
    if ("progress" in data) return call?.report?.(data.progress);
    waiting.delete(data.id);
    if ("error" in data) call?.reject(data.error);
    else call?.resolve(data.value);
  });
  // A panic in wasm leaves a module that cannot be trusted: everyone who waits is told.
  thread.addEventListener("error", (event) => end({ kind: "panic", message: event.message || "worker failed to start", detail: {} }));

  /** @type {import("./turns.js").Ask} */
  const ask = (action, args, { signal, report } = {}) => {
    if (ended) return Promise.reject(ended);
    const id = ++lastId;
    const cancel = () => thread.postMessage({ cancel: id });
    signal?.addEventListener("abort", cancel, { once: true });
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, report });
      // Bytes are our own copies (images.js), so they may move instead of being copied again.
      thread.postMessage({ id, action, args }, args.flatMap((arg) => (arg instanceof Uint8Array ? [arg.buffer] : [])));
    }).finally(() => signal?.removeEventListener("abort", cancel));
  };
  try {
    return { opened: await ask("open", [options]), ask, end: () => end(disposed) };
  } catch (error) {
    thread.terminate();
    throw error;
  }
}
