// What both ways of running share: pick a bundle, fetch a model, answer calls.

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

/**
 * @typedef {import("./index.js").Device} Device
 * @typedef {import("./dist/wasm/cpu/playground.js").Playground} Playground
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
 * Loads a bundle and a model. Without a real GPU, or where it fails, the CPU bundle answers.
 * @param {{device: Device, modelUrl: string}} options
 */
export async function openEngine({ device, modelUrl }) {
  const fetching = fetchModel(modelUrl);
  fetching.catch(() => {}); // told below, where it is awaited
  if (device === "webgpu" || (device === "auto" && (await hasRealAdapter()))) {
    try {
      return await openOn("webgpu", await fetching);
    } catch (error) {
      if (device === "webgpu") throw error;
    }
  }
  return openOn("cpu", await fetching);
}

/** @param {"cpu" | "webgpu"} kind @param {Awaited<ReturnType<typeof fetchModel>>} files */
async function openOn(kind, files) {
  // Two plain imports, so that bundlers see both and fetch neither before it is needed.
  const module = kind === "webgpu"
    ? await import("./dist/wasm/webgpu/playground.js")
    : await import("./dist/wasm/cpu/playground.js");
  await module.default();
  const playground = /** @type {Playground} */ (await module.Playground.open(kind));
  const model = await playground.loadEncoder(files);
  return { playground, device: playground.device(), model };
}

/** @param {string} modelUrl a folder with a checkpoint as hubs lay it out */
async function fetchModel(modelUrl) {
  const base = modelUrl.endsWith("/") ? modelUrl : `${modelUrl}/`;
  const get = async (/** @type {string} */ path) => {
    const response = await fetch(new URL(path, base));
    if (!response.ok) throw { kind: "network", message: `status ${response.status} for ${path}`, detail: { path, status: response.status } };
    return new Uint8Array(await response.arrayBuffer());
  };
  const maybe = (/** @type {string} */ path) => get(path).catch(() => undefined);
  const [config, tokenizer, weights, modules, pooling, sentence] = await Promise.all([
    get("config.json"), get("tokenizer.json"), get("model.safetensors"),
    maybe("modules.json"), maybe("1_Pooling/config.json"), maybe("sentence_bert_config.json"),
  ]);
  return { config, tokenizer, weights, modules, pooling, sentence };
}
