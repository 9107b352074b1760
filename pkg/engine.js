// What both ways of running share: pick a bundle, fetch models, answer calls.

import { fetchModel } from "./files.js";
import { createRuns } from "./passes.js";
import { createTurns } from "./turns.js";

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

/**
 * @typedef {import("./index.js").Device} Device
 * @typedef {import("./index.js").ModelName} ModelName
 * @typedef {import("./dist/wasm/cpu/playground.js").Playground} Playground
 * @typedef {{device: Device, models: ModelName[], urls: Record<ModelName, string>}} EngineOptions
 * @typedef {import("./files.js").Files} Files
 */

/** A software adapter counts as none: it is slower than the CPU. */
async function hasRealAdapter() {
  const gpu = /** @type {any} */ (globalThis.navigator)?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return false;
  const info = adapter.info ?? {};
  if (info.isFallbackAdapter || adapter.isFallbackAdapter) return false;
  return !SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(" "));
}

/**
 * Loads a bundle and the models that are wanted at once. Without a real GPU, or where it fails,
 * the CPU bundle answers.
 * @param {EngineOptions} options
 */
export async function openEngine({ device, models, urls }) {
  const fetching = models.map((name) => ({ name, files: fetchModel(name, urls[name]) }));
  for (const { files } of fetching) files.catch(() => {}); // told below, where it is awaited
  if (device === "webgpu" || (device === "auto" && (await hasRealAdapter()))) {
    try {
      return await openOn("webgpu", fetching, urls);
    } catch (error) {
      if (device === "webgpu") throw error;
    }
  }
  return openOn("cpu", fetching, urls);
}

/** Programs that are instantiated already. @type {Set<string>} */
const here = new Set();

/** @param {"cpu" | "webgpu"} kind @param {{name: ModelName, files: Promise<Files>}[]} fetching @param {Record<ModelName, string>} urls */
async function openOn(kind, fetching, urls) {
  // Plain imports and addresses, so that bundlers see both and fetch neither before it is needed. The
  // program comes down beside the glue that would ask for it, unless an earlier engine has it here.
  const address = kind === "webgpu"
    ? new URL("./dist/wasm/webgpu/playground_bg.wasm", import.meta.url)
    : new URL("./dist/wasm/cpu/playground_bg.wasm", import.meta.url);
  const program = here.has(kind) ? undefined : fetch(address);
  program?.catch(() => {}); // told below, where it is awaited
  const module = kind === "webgpu"
    ? await import("./dist/wasm/webgpu/playground.js")
    : await import("./dist/wasm/cpu/playground.js");
  await module.default(program && { module_or_path: program });
  here.add(kind);
  const playground = /** @type {Playground} */ (await module.Playground.open(kind));
  /** @type {import("./index.js").Infos} */
  const infos = { encoder: null, clip: null, text2image: null };
  for (const { name, files } of fetching) Object.assign(infos, { [name]: await load(playground, name, await files) });
  const turns = createTurns(actionsOf(playground));
  /** @type {(action: string, args: any[], hooks: {signal: AbortSignal, report: (progress: any) => void}) => Promise<any>} */
  const ask = async (action, args, hooks) => {
    // A model comes down beside the queue: a picture in the making does not wait for it.
    const ready = action === "load" ? [args[0], await fetchModel(args[0], urls[/** @type {ModelName} */ (args[0])])] : args;
    return turns({ action, args: ready, ...hooks });
  };
  return { device: playground.device(), infos, ask, end: () => unload(playground) };
}

/** @param {Playground} playground @returns {(job: import("./turns.js").Job) => unknown} */
function actionsOf(playground) {
  /** @type {Record<string, (job: import("./turns.js").Job) => unknown>} */
  const own = {
    generate: createRuns(playground),
    load: ({ args: [name, files] }) => load(playground, name, files),
    // The thumbnail and the model's own view are for pages that show them.
    embedImage: async ({ args }) => (await playground.embedImage(args[0])).vector,
    edges: ({ args: [bytes, width, height, low, high] }) => {
      const whole = width && height ? { width, height } : playground.probePicture(bytes);
      return playground.edges(bytes, width ?? whole.width, height ?? whole.height, low, high);
    },
  };
  return (job) => (own[job.action] ? own[job.action](job) : /** @type {any} */ (playground)[job.action](...job.args));
}

/** @param {Playground} playground @param {ModelName} name @param {Files} files */
function load(playground, name, files) {
  const taken = /** @type {any} */ (files);
  if (name === "text2image") return playground.loadGenerator(taken);
  return name === "clip" ? playground.loadClip(taken) : playground.loadEncoder(taken);
}

/** @param {Playground} playground */
function unload(playground) {
  playground.unloadEncoder();
  playground.unloadClip();
  playground.unloadGenerator();
}
