// The program of a device, and the files of a model: apart, so that a lab fetches what it needs
// and no more, side by side, with each byte counted once. Nothing waits for the list of files but
// the verdict on their checksums.

import { download, failure } from "./download.js";

const root = new URL("../../", import.meta.url);

/** A folder as diffusers lays it out: Rust takes the files by their paths. @type {[string, boolean][]} */
const PIPELINE = [
  ["model_index.json", true],
  ["unet/config.json", true], ["unet/diffusion_pytorch_model.safetensors", true],
  ["vae/config.json", true], ["vae/diffusion_pytorch_model.safetensors", true],
  ["text_encoder/config.json", true], ["text_encoder/model.safetensors", true],
  ["tokenizer/tokenizer.json", true], ["tokenizer/tokenizer_config.json", false],
  ["scheduler/scheduler_config.json", true],
  ["controlnet/config.json", false], ["controlnet/diffusion_pytorch_model.safetensors", false],
];

/** Key in what Rust takes, file, and whether it must be there. @type {Record<ModelName, {folder: string, stored: Stored, files: [string, string, boolean][]}>} */
const MODELS = {
  encoder: {
    folder: "models/encoder/",
    stored: "int8",
    files: [
      ["config", "config.json", true],
      ["tokenizer", "tokenizer.json", true],
      ["weights", "model.safetensors", true],
      ["modules", "modules.json", false],
      ["pooling", "1_Pooling/config.json", false],
    ],
  },
  clip: {
    folder: "models/clip/",
    stored: "int8",
    files: [
      ["config", "config.json", true],
      ["tokenizer", "tokenizer.json", true],
      ["weights", "model.safetensors", true],
      ["preprocessor", "preprocessor_config.json", false],
    ],
  },
  text2image: { folder: "models/text2image/", stored: "int8", files: PIPELINE.map(([path, needed]) => [path, path, needed]) },
};

/** @type {Promise<Map<string, PrecacheFile>> | null} */
let listed = null;

/** Sizes and hashes of our own files; a development build may lack the list. Without a network the kept one stands. */
function precacheList() {
  const url = new URL("precache.json", root);
  listed ??= fetch(url)
    .catch(() => caches.match(url))
    .then((response) => (response?.ok ? response.json() : { files: [] }))
    .then((/** @type {Precache} */ list) => new Map(list.files.map((file) => [new URL(file.url, root).href, file])))
    .catch(() => new Map());
  return listed;
}

/** Adds up what several downloads report. @param {(progress: Progress) => void} report */
function meter(report) {
  /** @type {Map<string, {received: number, total: number}>} */
  const files = new Map();
  return (/** @type {string} */ name, /** @type {number} */ received, /** @type {number} */ total) => {
    files.set(name, { received, total });
    let done = 0, all = 0;
    for (const file of files.values()) {
      done += file.received;
      all += file.total;
    }
    report({ phase: "download", done, total: all, unit: "bytes" });
  };
}

/** @param {AbortSignal} signal @param {(progress: Progress) => void} report */
function fetcher(signal, report) {
  const list = precacheList();
  const count = meter(report);
  /** @param {string} path @param {{needed?: boolean, onChunk?: (at: number, bytes: Uint8Array) => void}} [how] */
  return async (path, { needed = true, onChunk } = {}) => {
    const url = new URL(path, root);
    const expected = list.then((files) => files.get(url.href));
    // Without a network, asking for what was never published would wait for nothing.
    if (!needed && (await list).size && !(await expected)) return undefined;
    let bytes = 0, received = 0;
    void expected.then((file) => {
      bytes = file?.bytes ?? 0;
      if (file) count(path, received, bytes);
    });
    return download(url, { expected, signal, onChunk, onBytes: (now, total) => count(path, (received = now), Math.max(bytes, total)) });
  };
}

/**
 * @param {ModelName} model
 * @param {AbortSignal} signal
 * @param {(progress: Progress) => void} report
 * @param {(config: Uint8Array, stored: Stored) => void} onConfig called as soon as the model's configuration is here
 * @returns {Promise<{files: Record<string, Uint8Array>, bytes: number}>}
 */
export async function fetchModel(model, signal, report, onConfig) {
  const get = fetcher(signal, report);
  const { folder, stored, files } = MODELS[model];
  const parts = await Promise.all(files.map(([, file, needed]) => {
    const bytes = get(folder + file, { needed });
    if (file === "config.json") void bytes.then((config) => config && onConfig(config, stored), () => {});
    return needed ? bytes : bytes.catch((error) => (error?.detail?.status === 404 ? undefined : Promise.reject(error)));
  }));
  return {
    files: /** @type {any} */ (Object.fromEntries(files.flatMap(([key], at) => (parts[at] ? [[key, parts[at]]] : [])))),
    bytes: parts.reduce((sum, part) => sum + (part?.length ?? 0), 0),
  };
}

/** One file of a bundled model, anew: it is kept by then. @param {ModelName} model @param {string} path @param {AbortSignal} signal */
export const fetchWeights = (model, path, signal) => fetcher(signal, () => {})(MODELS[model].folder + path);

/**
 * @param {DeviceKind | "lessons"} bundle
 * @param {AbortSignal} signal
 * @param {(progress: Progress) => void} report
 * @returns {Promise<PlaygroundModule>}
 */
export async function fetchProgram(bundle, signal, report) {
  const get = fetcher(signal, report);
  const glue = new URL(`wasm/${bundle}/playground.js`, root).href;
  const { onChunk, compiled } = streamCompiler();
  const [module, bytes] = await Promise.all([
    import(glue).catch(() => Promise.reject(failure("network", "program missing", { file: `wasm/${bundle}/playground.js` }))),
    /** @type {Promise<Uint8Array>} */ (get(`wasm/${bundle}/playground_bg.wasm`, { onChunk })),
  ]);
  await module.default({ module_or_path: await compiled(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)) });
  return module;
}

/**
 * Compiles a module while its bytes arrive. Nothing of it runs before the bytes have been checked;
 * where they did not come in one run, they are compiled anew once all are here.
 */
function streamCompiler() {
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
  let controller;
  const stream = new ReadableStream({ start: (own) => void (controller = own) });
  const streamed = WebAssembly.compileStreaming(new Response(stream, { headers: { "content-type": "application/wasm" } }));
  streamed.catch(() => {}); // told below, where it is awaited
  let length = 0, whole = true;
  return {
    onChunk(/** @type {number} */ at, /** @type {Uint8Array} */ bytes) {
      whole &&= at === length;
      if (whole) controller?.enqueue(bytes);
      length += bytes.length;
    },
    async compiled(/** @type {Uint8Array<ArrayBuffer>} */ bytes) {
      if (whole && length === bytes.length) {
        controller?.close();
        return streamed.catch(() => WebAssembly.compile(bytes));
      }
      controller?.error();
      return WebAssembly.compile(bytes);
    },
  };
}
