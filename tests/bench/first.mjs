// The first vector in a fresh browser: how long it takes, and what code goes over the wire for it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

import { BUNDLE, GPU_BUNDLE, MINILM, ask, median, open, row } from './turns.mjs';

/**
 * @typedef {import('./turns.mjs').Setting} Setting
 * @typedef {{ key: string, kind: string, options: object, gpu?: boolean }} Starter
 * @typedef {{ times: number[], files: Set<string>, info: any }} Started
 */

const BUNDLED = '/ours/models/encoder/';
const TRANSFORMERS = { folder: '/models/', model: 'minilm', dtype: 'fp32' };
const SENTENCE = {
  texts: ['The quick brown fox jumps over the lazy dog.'],
  ids: [101, 1996, 4248, 2829, 4419, 14523, 2058, 1996, 13971, 3899, 1012, 102],
  mask: new Array(12).fill(1),
  rows: 1,
  cols: 12,
};

/** @type {Starter[]} */
const PEERS = [
  { key: 'ort', kind: 'ids', options: { model: `${MINILM}onnx/model.onnx` } },
  { key: 'ort-q8', kind: 'ids', options: { model: `${MINILM}onnx/model_quantized.onnx` } },
  { key: 'transformers', kind: 'texts', options: TRANSFORMERS },
  { key: 'transformers-q8', kind: 'texts', options: { ...TRANSFORMERS, dtype: 'q8' } },
];
/** @type {Starter[]} */
const OURS = [
  { key: 'ours-minilm', kind: 'texts', options: { bundle: BUNDLE, model: MINILM } },
  { key: 'ours-bundled', kind: 'texts', options: { bundle: BUNDLE, model: BUNDLED } },
];
const device = 'webgpu';
/** @type {Starter[]} */
const GPU = [
  { key: 'ours-webgpu', kind: 'texts', options: { bundle: GPU_BUNDLE, model: MINILM, device }, gpu: true },
  { key: 'ort-webgpu', kind: 'ids', options: { model: `${MINILM}onnx/model.onnx`, device }, gpu: true },
];
/** @param {Setting} setting @param {Starter[]} list */
const those = (setting, list) => list.filter(({ key }) => setting.ours || !key.startsWith('ours'));

/**
 * Time from the start of the navigation to the first sentence vector, each in a fresh profile, and the files asked for.
 * @param {Setting} setting
 * @param {Starter[]} starters
 * @param {number} rounds
 */
async function fresh(setting, starters, rounds) {
  /** @type {Map<string, Started>} */
  const found = new Map();
  for (let round = 0; round < rounds; round++) {
    setting.note(`  first embedding: round ${round + 1} of ${rounds}, ${starters.length} fresh browsers`);
    for (const { key, kind, options, gpu } of starters) {
      setting.log.length = 0;
      const question = { contender: key, options, input: SENTENCE, kind };
      const browser = await open(setting, `/bench/?first=${encodeURIComponent(JSON.stringify(question))}`, { gpu });
      const { millis, info, norm } = await ask(browser, 'answer');
      await browser.close();
      if (Math.abs(norm - 1) > 1e-3) throw new Error(`${key}: a vector of length ${norm}`);
      const entry = found.get(key) ?? { times: [], files: new Set(), info };
      entry.times.push(millis);
      for (const { name, file } of setting.log) if (!name.startsWith('/bench/')) entry.files.add(file);
      found.set(key, entry);
    }
  }
  for (const [key, entry] of found) setting.note(`first embedding, ${key}: ${median(entry.times).toFixed(0)} ms`);
  return found;
}

/**
 * Our whole page in a fresh browser: until a score stands on the screen, with everything drawn around it.
 * @param {Setting} setting
 */
async function page(setting) {
  setting.log.length = 0;
  const browser = await open(setting, '/ours/');
  const shown = () => (/\d/.test(document.getElementById('score')?.textContent ?? '') ? performance.now() : null);
  const millis = /** @type {number} */ (await (await browser.page.waitForFunction(shown, null, { polling: 10 })).jsonValue());
  const files = setting.log.map(({ file }) => file);
  await browser.close();
  return { millis, files };
}

/** @param {Setting} setting */
export async function firstEmbedding(setting) {
  const rounds = setting.quick ? 1 : 5;
  const found = await fresh(setting, [...those(setting, OURS), ...PEERS], rounds);
  const times = (/** @type {string} */ key) => found.get(key)?.times ?? null;
  const bundledDtype = found.get('ours-bundled')?.info?.dtypes?.join('+') ?? 'bundled';
  const head = { unit: 'ms' };
  const rows = ['ort', 'transformers'].flatMap((peer) => {
    const peerName = peer === 'ort' ? 'onnxruntime-web' : 'transformers.js';
    return [
      row({ ...head, name: 'first embedding in a fresh browser, MiniLM', dtype: 'f32', peerName }, times('ours-minilm'), times(peer)),
      row({ ...head, name: 'first embedding in a fresh browser, our bundled encoder / peer MiniLM int8', dtype: bundledDtype, peerName: `${peerName} (int8)` }, times('ours-bundled'), times(`${peer}-q8`)),
    ];
  });
  if (setting.ours) {
    const scores = [];
    for (let round = 0; round < rounds; round++) scores.push((await page(setting)).millis);
    setting.note(`our whole page, first score: ${median(scores).toFixed(0)} ms`);
    rows.push(row({ ...head, name: 'our whole page in a fresh browser: first score on the screen', dtype: bundledDtype, peerName: '–' }, scores, null));
  }
  return { rows };
}

/** The same on WebGPU, where shaders are compiled on the way. @param {Setting} setting @param {string} backend */
export async function firstOnGpu(setting, backend) {
  const found = await fresh(setting, those(setting, GPU), setting.quick ? 1 : 3);
  const times = (/** @type {string} */ key) => found.get(key)?.times ?? null;
  const head = { name: 'first embedding in a fresh browser, MiniLM', dtype: 'f32', unit: 'ms', peerName: 'onnxruntime-web', backend };
  return row(head, times('ours-webgpu'), times('ort-webgpu'));
}

/**
 * Size after brotli -q 11. Slow for large modules, so kept by content.
 * @param {string} file
 * @param {string} cache
 */
async function brotliSize(file, cache) {
  const bytes = readFileSync(file);
  const kept = path.join(cache, 'brotli', createHash('sha256').update(bytes).digest('hex'));
  if (existsSync(kept)) return Number(readFileSync(kept, 'utf8'));
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const { length } = await promisify(zlib.brotliCompress)(bytes, { params });
  mkdirSync(path.dirname(kept), { recursive: true });
  writeFileSync(kept, String(length));
  return length;
}

/**
 * Code before the first embedding, bundle by bundle: what went over the wire for one, without models.
 * @param {Setting} setting
 */
export async function codeBytes(setting) {
  const found = await fresh(setting, those(setting, [...OURS.slice(1), ...PEERS.filter(({ key }) => !key.endsWith('-q8')), ...GPU]), 1);
  /** @type {Record<string, Record<string, number>>} */
  const parts = {};
  const total = async (/** @type {string} */ key, /** @type {Iterable<string>} */ list, kinds = ['.js', '.mjs', '.wasm']) => {
    parts[key] = {};
    const code = [...new Set(list)].filter((file) => kinds.includes(path.extname(file)) && !file.includes(`${path.sep}models${path.sep}`));
    for (const file of code) parts[key][path.basename(file)] = await brotliSize(file, setting.cache);
    return Object.values(parts[key]).reduce((sum, size) => sum + size, 0);
  };
  const of = (/** @type {string} */ key, /** @type {string} */ name) => {
    const started = found.get(key);
    return started ? total(name, started.files) : null;
  };
  const head = { dtype: 'brotli -q 11', unit: 'bytes' };
  const cpu = await of('ours-bundled', 'ours, cpu');
  const gpu = await of('ours-webgpu', 'ours, webgpu');
  const whole = setting.ours ? await total('ours, whole page', (await page(setting)).files, ['.html', '.css', '.js', '.mjs', '.wasm']) : null;
  const rows = [];
  for (const [key, peerName] of [['ort', 'onnxruntime-web (no tokenizer)'], ['transformers', 'transformers.js']]) {
    const peer = [(await of(key, peerName)) ?? 0];
    rows.push(row({ ...head, peerName, name: 'code before the first embedding, js + wasm' }, cpu === null ? null : [cpu], peer));
    if (whole !== null) rows.push(row({ ...head, peerName, name: 'code of our page until its first score (html + css + js + wasm) / peer library alone' }, [whole], peer));
  }
  const peerName = 'onnxruntime-web, WebGPU (no tokenizer)';
  const peer = [(await of('ort-webgpu', peerName)) ?? 0];
  rows.push(row({ ...head, peerName, name: 'code before the first embedding on WebGPU, js + wasm', backend: 'WebGPU' }, gpu === null ? null : [gpu], peer));
  for (const [key, sizes] of Object.entries(parts)) setting.note(`code, ${key}: ${JSON.stringify(sizes)}`);
  return { rows, parts };
}
