// A dedicated worker that holds one contender: ours, onnxruntime-web or transformers.js.
// Each `load` answers { info, ids?, texts?, tokenize?, unload }; `ids` and `texts` prepare a call
// outside the clock and give back the function that is timed.

const ORT = '/peers/onnxruntime-web/dist/';
const TRANSFORMERS = '/peers/@huggingface/transformers/dist/transformers.min.js';

/** @param {string} url */
async function fetchBytes(url) {
  const response = await fetch(url);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
}

/** @param {string} folder */
async function fetchEncoder(folder) {
  const names = {
    config: 'config.json',
    tokenizer: 'tokenizer.json',
    weights: 'model.safetensors',
    modules: 'modules.json',
    pooling: '1_Pooling/config.json',
  };
  const parts = Object.entries(names).map(async ([key, name]) => [key, await fetchBytes(folder + name)]);
  return Object.fromEntries(await Promise.all(parts));
}

/** @param {{ bundle: string, model: string }} options */
async function loadOurs({ bundle, model }) {
  const fetching = fetchEncoder(model);
  const wasm = await import(bundle);
  await wasm.default();
  const playground = await wasm.Playground.open('cpu');
  const info = await playground.loadEncoder(await fetching);
  return {
    info,
    ids: ({ ids, mask, rows, cols }) => {
      const flat = Uint32Array.from(ids);
      const kept = Uint32Array.from(mask);
      return () => playground.embedIds(flat, kept, rows, cols);
    },
    texts: ({ texts }) => () => playground.embed(texts),
    unload: () => playground.unloadEncoder(),
  };
}

/** Masked mean and unit length: what ours does inside, so that both give sentence vectors. */
function pool(hidden, mask, rows, cols) {
  const dim = hidden.length / (rows * cols);
  const output = new Float32Array(rows * dim);
  for (let row = 0; row < rows; row++) {
    const sum = output.subarray(row * dim, (row + 1) * dim);
    for (let col = 0; col < cols; col++) {
      if (!mask[row * cols + col]) continue;
      const from = (row * cols + col) * dim;
      for (let at = 0; at < dim; at++) sum[at] += hidden[from + at];
    }
    const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0)) || 1;
    for (let at = 0; at < dim; at++) sum[at] /= norm;
  }
  return output;
}

/** @param {{ model: string }} options */
async function loadOrt({ model }) {
  const fetching = fetchBytes(model);
  const ort = await import(ORT + 'ort.wasm.min.mjs');
  ort.env.wasm.wasmPaths = ORT;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' };
  const session = await ort.InferenceSession.create(await fetching, options);
  return {
    info: { version: ort.env.versions.web },
    ids: ({ ids, mask, rows, cols }) => {
      const tensor = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [rows, cols]);
      const feeds = {
        input_ids: tensor(ids),
        attention_mask: tensor(mask),
        token_type_ids: tensor(ids.map(() => 0)),
      };
      return async () => pool((await session.run(feeds)).last_hidden_state.data, mask, rows, cols);
    },
    unload: () => session.release(),
  };
}

/** @param {{ folder: string, model: string, dtype: string }} options */
async function loadTransformers({ folder, model, dtype }) {
  const { env, pipeline } = await import(TRANSFORMERS);
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = folder;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.backends.onnx.wasm.wasmPaths = ORT;
  env.backends.onnx.wasm.numThreads = 1;
  const extract = await pipeline('feature-extraction', model, { device: 'wasm', dtype });
  return {
    info: { version: env.version },
    texts: ({ texts }) => async () => (await extract(texts, { pooling: 'mean', normalize: true })).data,
    tokenize: (texts) => {
      const { input_ids: ids } = extract.tokenizer(texts, { padding: true, truncation: true });
      return { ids: Array.from(ids.data, Number), dims: ids.dims };
    },
    unload: () => extract.dispose(),
  };
}

const LOADERS = { ours: loadOurs, ort: loadOrt, transformers: loadTransformers };
/** @type {any} */
let contender = null;

const ACTIONS = {
  async load({ contender: name, options }) {
    const begun = performance.now();
    contender = await LOADERS[name.split('-')[0]](options);
    return { info: contender.info, marks: { load: performance.now() - begun } };
  },
  async run({ kind, input }) {
    const timed = contender[kind](input);
    const begun = performance.now();
    const output = await timed();
    return { millis: performance.now() - begun, output };
  },
  tokenize: (texts) => contender.tokenize(texts),
  async unload() {
    await contender.unload();
    contender = null;
    globalThis.gc?.();
  },
  collect: () => globalThis.gc?.(),
};

/** Ours throws plain objects `{kind, message}`, the peers throw errors. */
function reason(error) {
  return error?.kind ? `${error.kind}: ${error.message}` : String(error?.stack ?? error);
}

self.onmessage = async ({ data: { id, action, args } }) => {
  try {
    postMessage({ id, value: await ACTIONS[action](args) });
  } catch (error) {
    postMessage({ id, error: reason(error) });
  }
};
