// From nothing to a loaded encoder: program and model come down side by side, each byte counted once.

import { download, failure } from "./download.js";

const root = new URL("../../", import.meta.url);
const MODEL = "models/encoder/";
/** @type {[keyof EncoderFiles, string, boolean][]} */
const MODEL_FILES = [
  ["config", "config.json", true],
  ["tokenizer", "tokenizer.json", true],
  ["weights", "model.safetensors", true],
  ["modules", "modules.json", false],
  ["pooling", "1_Pooling/config.json", false],
];

/** @type {Promise<Map<string, PrecacheFile>> | null} */
let listed = null;

/** Sizes and hashes of our own files; a development build may lack the list. */
function precacheList() {
  listed ??= fetch(new URL("precache.json", root))
    .then((response) => (response.ok ? response.json() : { files: [] }))
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
    return all;
  };
}

/**
 * @param {DeviceKind} bundle
 * @param {AbortSignal} signal
 * @param {(progress: Progress) => void} report
 * @returns {Promise<{module: PlaygroundModule, files: EncoderFiles, bytes: number}>}
 */
export async function fetchAll(bundle, signal, report) {
  const list = await precacheList();
  const count = meter(report);
  const get = (/** @type {string} */ path) => {
    const url = new URL(path, root);
    const expected = list.get(url.href);
    if (expected) count(path, 0, expected.bytes);
    return download(url, { expected, signal, onBytes: (received, total) => count(path, received, total) });
  };
  const [module, parts] = await Promise.all([fetchProgram(bundle, get), Promise.all(MODEL_FILES.map(([, file, needed]) => {
    const bytes = get(MODEL + file);
    return needed ? bytes : bytes.catch((error) => (error?.detail?.status === 404 ? undefined : Promise.reject(error)));
  }))]);
  const files = /** @type {EncoderFiles} */ (/** @type {unknown} */ (Object.fromEntries(MODEL_FILES.map(([key], at) => [key, parts[at]]))));
  return { module, files, bytes: parts.reduce((sum, part) => sum + (part?.length ?? 0), 0) };
}

/**
 * @param {DeviceKind} bundle
 * @param {(path: string) => Promise<Uint8Array>} get
 * @returns {Promise<PlaygroundModule>}
 */
async function fetchProgram(bundle, get) {
  const glue = new URL(`wasm/${bundle}/playground.js`, root).href;
  const [module, bytes] = await Promise.all([
    import(glue).catch(() => Promise.reject(failure("network", "program missing", { file: `wasm/${bundle}/playground.js` }))),
    get(`wasm/${bundle}/playground_bg.wasm`),
  ]);
  await module.default({ module_or_path: await WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)) });
  return module;
}
