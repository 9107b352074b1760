// Sentence encoders: MiniLM in ours, onnxruntime-web and transformers.js, and our bundled one.
import { fetchFiles, openOrt, openPlayground, openTransformers } from './peers.mjs';

const FILES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  weights: 'model.safetensors',
  modules: 'modules.json',
  pooling: '1_Pooling/config.json',
};

/** @param {{ bundle: string, model: string, device?: 'cpu' | 'webgpu', precision?: 'int8' }} options */
export async function ours({ bundle, model, device, precision }) {
  const fetching = fetchFiles(model, FILES);
  const playground = await openPlayground(bundle, device);
  const info = await playground.loadEncoder({ ...(await fetching), ...(precision ? { precision } : {}) });
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

/** @param {{ model: string, device?: 'cpu' | 'webgpu' }} options */
export async function ort({ model, device }) {
  const { ort, session, version } = await openOrt(model, device);
  return {
    info: { version },
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
export async function transformers({ folder, model, dtype }) {
  const { env, pipeline } = await openTransformers(folder);
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
