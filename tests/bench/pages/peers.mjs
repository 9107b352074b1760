// How a worker gets at files, onnxruntime-web and transformers.js: one thread, nothing from the network.

const ORT = '/peers/onnxruntime-web/dist/';
const TRANSFORMERS = '/peers/@huggingface/transformers/dist/transformers.min.js';

/** @param {string} url */
export async function fetchBytes(url) {
  const response = await fetch(url);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
}

/**
 * @param {string} folder
 * @param {Record<string, string>} names field → file
 */
export async function fetchFiles(folder, names) {
  const parts = Object.entries(names).map(async ([key, name]) => [key, await fetchBytes(folder + name)]);
  return Object.fromEntries(await Promise.all(parts));
}

/**
 * Program and glue come down side by side, as in our page and our package.
 * @param {string} bundle address of the glue
 * @param {'cpu' | 'webgpu'} [device]
 */
export async function openPlayground(bundle, device = 'cpu') {
  const program = fetch(bundle.replace(/\.js$/, '_bg.wasm'));
  const wasm = await import(bundle);
  await wasm.default({ module_or_path: program });
  return wasm.Playground.open(device);
}

/** @param {string} model @param {'cpu' | 'webgpu'} [device] */
export async function openOrt(model, device = 'cpu') {
  const fetching = fetchBytes(model);
  const provider = device === 'webgpu' ? 'webgpu' : 'wasm';
  const ort = await import(`${ORT}ort.${provider}.min.mjs`);
  ort.env.wasm.wasmPaths = ORT;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const options = { executionProviders: [provider], graphOptimizationLevel: 'all' };
  const session = await ort.InferenceSession.create(await fetching, options);
  return { ort, session, version: ort.env.versions.web };
}

/** @param {string} folder */
export async function openTransformers(folder) {
  const library = await import(TRANSFORMERS);
  const { env } = library;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = folder;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.backends.onnx.wasm.wasmPaths = ORT;
  env.backends.onnx.wasm.numThreads = 1;
  return library;
}
