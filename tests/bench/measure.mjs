// Sentence encoders and code. Each measurement takes the bench's setting and gives back rows, without formatting.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

import { BUNDLE, ask, largestDifference, load, median, open, row } from './turns.mjs';

/** @typedef {import('./turns.mjs').Setting} Setting */

const MINILM = '/models/minilm/';
const BUNDLED = '/ours/models/encoder/';
const TRANSFORMERS = { folder: '/models/', model: 'minilm', dtype: 'fp32' };
const SHAPES = [
  { rows: 1, cols: 16, warm: 4, rounds: 40, quick: 3 },
  { rows: 8, cols: 64, warm: 2, rounds: 12, quick: 2 },
  { rows: 32, cols: 128, warm: 1, rounds: 7, quick: 1 },
];
// every word is one token of MiniLM's vocabulary, so that a text has exactly as many as it should
const WORDS = (
  'the movie was a really great and moving story about people who love each other in a small ' +
  'town near the sea with very good acting and music'
).split(' ');
const SENTENCE = {
  texts: ['The quick brown fox jumps over the lazy dog.'],
  ids: [101, 1996, 4248, 2829, 4419, 14523, 2058, 1996, 13971, 3899, 1012, 102],
  mask: new Array(12).fill(1),
  rows: 1,
  cols: 12,
};

/** @param {number} rows @param {number} cols */
function textsOf(rows, cols) {
  let seed = 1 + cols;
  const word = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return WORDS[Math.floor((seed / 2 ** 32) * WORDS.length)];
  };
  return Array.from({ length: rows }, () => Array.from({ length: cols - 2 }, word).join(' '));
}

/**
 * MiniLM in three shapes, all contenders in one browser, by turns, on the same tokens.
 * @param {Setting} setting
 */
export async function encoder(setting) {
  const browser = await open(setting);
  const entries = [
    { name: 'ort', kind: 'ids', options: { model: MINILM + 'onnx/model.onnx' } },
    { name: 'transformers', kind: 'texts', options: TRANSFORMERS },
    ...(setting.ours
      ? ['ids', 'texts'].map((kind) => ({ name: 'ours', kind, options: { bundle: BUNDLE, model: MINILM } }))
      : []),
  ];
  const versions = {};
  for (const { name, options } of new Map(entries.map((entry) => [entry.name, entry])).values()) {
    const { info } = await load(browser, { name, options });
    if (info?.version) versions[name] = info.version;
  }
  const rows = [];
  const agreement = [];
  for (const shape of SHAPES) {
    setting.note(`  MiniLM ${shape.rows}×${shape.cols}: ${entries.length} contenders by turns`);
    const found = await measureShape(setting, browser, entries, shape);
    rows.push(...found.rows);
    agreement.push(...found.agreement);
  }
  await browser.close();
  return { rows, agreement, versions: { ...versions, chromium: browser.version } };
}

async function measureShape(setting, browser, entries, { rows, cols, warm, rounds, quick }) {
  const label = `${rows}×${cols}`;
  const texts = textsOf(rows, cols);
  const { ids, dims } = await ask(browser, 'call', 'transformers', 'tokenize', texts);
  if (dims.join() !== [rows, cols].join()) throw new Error(`texts of ${dims} tokens instead of ${label}`);
  const plan = setting.quick ? { warm: 1, rounds: quick } : { warm, rounds };
  const input = { texts, ids, mask: ids.map(() => 1), rows, cols };
  const results = await ask(browser, 'alternate', { entries, input, ...plan });
  const of = (name, kind) => results[entries.findIndex((entry) => entry.name === name && entry.kind === kind)];
  const [ort, transformers] = [of('ort', 'ids'), of('transformers', 'texts')];
  const head = { dtype: 'f32', unit: 'ms' };
  const measured = [
    row({ ...head, name: `MiniLM ${label}, tokens → vectors`, peerName: 'onnxruntime-web' }, of('ours', 'ids')?.times ?? null, ort.times),
    row({ ...head, name: `MiniLM ${label}, texts → vectors`, peerName: 'transformers.js' }, of('ours', 'texts')?.times ?? null, transformers.times),
  ];
  const agreement = entries.slice(1).map(({ name, kind }) => ({
    shape: label,
    of: `${name} (${kind})`,
    with: 'onnxruntime-web (ids)',
    max_abs: +largestDifference(of(name, kind).output, ort.output).toExponential(2),
  }));
  for (const { name, peer_name, ours, peer } of measured) setting.note(`${name}: ours ${ours} ms, ${peer_name} ${peer} ms`);
  return { rows: measured, agreement };
}

/** What is started in a fresh browser. `pair` names the contenders that a contender is set against. */
function starters(ours) {
  const list = [
    { key: 'ort', label: 'onnxruntime-web', dtype: 'f32', kind: 'ids', options: { model: MINILM + 'onnx/model.onnx' } },
    { key: 'ort-q8', label: 'onnxruntime-web', dtype: 'int8', kind: 'ids', options: { model: MINILM + 'onnx/model_quantized.onnx' } },
    { key: 'transformers', label: 'transformers.js', dtype: 'f32', kind: 'texts', options: TRANSFORMERS },
    { key: 'transformers-q8', label: 'transformers.js', dtype: 'int8', kind: 'texts', options: { ...TRANSFORMERS, dtype: 'q8' } },
  ];
  if (!ours) return list;
  const mine = { label: 'ours', dtype: 'f32', kind: 'texts' };
  return [
    { ...mine, key: 'ours-minilm', options: { bundle: BUNDLE, model: MINILM } },
    { ...mine, key: 'ours-bundled', options: { bundle: BUNDLE, model: BUNDLED } },
    ...list,
  ];
}

/**
 * Time from the start of the navigation to the first sentence vector, each in a fresh profile.
 * Also notes which code each of them asked for.
 * @param {Setting} setting
 * @param {number} [rounds]
 */
export async function firstEmbedding(setting, rounds = setting.quick ? 1 : 5) {
  /** @type {Map<string, { times: number[], files: Set<string>, info: any }>} */
  const found = new Map();
  for (let round = 0; round < rounds; round++) {
    setting.note(`  first embedding: round ${round + 1} of ${rounds}, ${starters(setting.ours).length} fresh browsers`);
    for (const starter of starters(setting.ours)) {
      setting.log.length = 0;
      const browser = await open(setting);
      const question = { contender: starter.key, options: starter.options, input: SENTENCE, kind: starter.kind };
      const { millis, info, norm } = await ask(browser, 'first', question);
      await browser.close();
      if (Math.abs(norm - 1) > 1e-3) throw new Error(`${starter.key}: a vector of length ${norm}`);
      const entry = found.get(starter.key) ?? { times: [], files: new Set(), info };
      entry.times.push(millis);
      for (const { name, file } of setting.log) if (!name.startsWith('/bench/')) entry.files.add(file);
      found.set(starter.key, entry);
    }
  }
  const times = (key) => found.get(key)?.times ?? null;
  const bundledDtype = found.get('ours-bundled')?.info?.dtypes?.join('+') ?? 'bundled';
  const head = { unit: 'ms' };
  const rows = ['ort', 'transformers'].flatMap((peer) => {
    const peerName = peer === 'ort' ? 'onnxruntime-web' : 'transformers.js';
    return [
      row({ ...head, name: 'first embedding in a fresh browser, MiniLM', dtype: 'f32', peerName }, times('ours-minilm'), times(peer)),
      row({ ...head, name: 'first embedding in a fresh browser, our bundled encoder / peer MiniLM int8', dtype: bundledDtype, peerName: `${peerName} (int8)` }, times('ours-bundled'), times(`${peer}-q8`)),
    ];
  });
  for (const [key, entry] of found) setting.note(`first embedding, ${key}: ${median(entry.times).toFixed(0)} ms`);
  return { rows, files: Object.fromEntries([...found].map(([key, entry]) => [key, [...entry.files]])) };
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

/** The code that our own page asks for until it falls silent: HTML, styles, scripts, wasm. */
async function pageFiles(setting) {
  setting.log.length = 0;
  const browser = await open(setting, '/ours/');
  const limit = Date.now() + 30_000;
  for (let seen = -1; seen !== setting.log.length && Date.now() < limit; ) {
    seen = setting.log.length;
    await browser.page.waitForTimeout(3000);
  }
  await browser.close();
  return setting.log.map(({ file }) => file);
}

/**
 * Code before the first embedding: what went over the wire for one, without models.
 * @param {Setting} setting
 */
export async function codeBytes(setting) {
  const { files } = await firstEmbedding(setting, 1);
  const isCode = (file, kinds) => kinds.includes(path.extname(file)) && !file.includes(`${path.sep}models${path.sep}`);
  const parts = {};
  const total = async (key, list, kinds = ['.js', '.mjs', '.wasm']) => {
    parts[key] = {};
    for (const file of new Set(list.filter((name) => isCode(name, kinds)))) {
      parts[key][path.basename(file)] = await brotliSize(file, setting.cache);
    }
    return Object.values(parts[key]).reduce((sum, size) => sum + size, 0);
  };
  const ours = setting.ours ? await total('ours', files['ours-bundled']) : null;
  const page = setting.ours ? await total('ours, whole page', await pageFiles(setting), ['.html', '.css', '.js', '.mjs', '.wasm']) : null;
  const rows = [];
  for (const [key, peerName] of [['ort', 'onnxruntime-web (no tokenizer)'], ['transformers', 'transformers.js']]) {
    const peer = await total(peerName, files[key]);
    const head = { dtype: 'brotli -q 11', unit: 'bytes', peerName };
    rows.push(row({ ...head, name: 'code before the first embedding, js + wasm' }, ours === null ? null : [ours], [peer]));
    // a page that waits for a click before it fetches wasm would look smaller than it is
    const complete = page !== null && Object.keys(parts['ours, whole page']).some((name) => name.endsWith('.wasm'));
    if (complete) rows.push(row({ ...head, name: 'code of our whole page (html + css + js + wasm) / peer library alone' }, [page], [peer]));
  }
  for (const [key, sizes] of Object.entries(parts)) setting.note(`code, ${key}: ${JSON.stringify(sizes)}`);
  return { rows, parts };
}
