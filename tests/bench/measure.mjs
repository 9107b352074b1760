// Sentence encoders, f32 and int8. Each measurement takes the bench's setting and gives back rows, without formatting.
import { BUNDLE, MINILM, ask, compare, largestDifference, load, open, row } from './turns.mjs';

/** @typedef {import('./turns.mjs').Setting} Setting */

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

/** Texts of exactly so many tokens, and their ids. @param {import('./browser.mjs').Browser} browser @param {number} rows @param {number} cols */
async function tokens(browser, rows, cols) {
  const texts = textsOf(rows, cols);
  const { ids, dims } = await ask(browser, 'call', 'transformers', 'tokenize', texts);
  if (dims.join() !== [rows, cols].join()) throw new Error(`texts of ${dims} tokens instead of ${rows}×${cols}`);
  return { texts, ids, mask: ids.map(() => 1), rows, cols };
}

async function measureShape(setting, browser, entries, { rows, cols, warm, rounds, quick }) {
  const label = `${rows}×${cols}`;
  const input = await tokens(browser, rows, cols);
  const plan = setting.quick ? { warm: 1, rounds: quick } : { warm, rounds };
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

/**
 * Cosines of row after row: how far int8 turns the vectors.
 * @param {number[]} a @param {number[]} b @param {number} rows
 */
function cosines(a, b, rows) {
  const dim = a.length / rows;
  return Array.from({ length: rows }, (_, at) => {
    const [x, y] = [a, b].map((values) => values.slice(at * dim, (at + 1) * dim));
    return x.reduce((sum, value, place) => sum + value * y[place], 0) / Math.hypot(...x) / Math.hypot(...y);
  });
}

/**
 * MiniLM with int8 weights: ours from the same safetensors, onnxruntime-web from the file that its own tools make. Beside
 * each, how near its vectors stay to those of f32.
 * @param {Setting} setting
 */
export async function int8(setting) {
  const browser = await open(setting);
  const ours = { bundle: BUNDLE, model: MINILM };
  const peer = 'ort-q8';
  const contenders = [
    { name: 'transformers', options: TRANSFORMERS }, // for its tokenizer
    { name: 'ort', options: { model: `${MINILM}onnx/model.onnx` } },
    { name: peer, options: { model: `${MINILM}onnx/model_quantized.onnx` } },
    ...(setting.ours ? [{ name: 'ours', options: ours }, { name: 'ours-int8', options: { ...ours, precision: 'int8' } }] : []),
  ];
  let version = '';
  for (const contender of contenders) version = (await load(browser, contender)).info?.version ?? version;
  const head = { dtype: 'int8', peerName: 'onnxruntime-web (q8)' };
  const rows = [];
  /** @type {{ ours: number[], peer: number[] }} */
  const near = { ours: [], peer: [] };
  for (const { rows: count, cols, ...plan } of SHAPES) {
    const label = `MiniLM int8 ${count}×${cols}, tokens → vectors`;
    const input = await tokens(browser, count, cols);
    const found = await compare(setting, browser, head, { ...plan, label, peer, ours: 'ours-int8', kind: 'ids', input });
    const exact = async (/** @type {string} */ name) => Array.from((await ask(browser, 'call', name, 'run', { kind: 'ids', input })).output);
    near.peer.push(...cosines(found.outputs.peer, await exact('ort'), count));
    if (found.outputs.ours) {
      const f32 = await exact('ours');
      if (largestDifference(found.outputs.ours, f32) === 0) throw new Error('int8 gives the very vectors of f32: this build does not know it');
      near.ours.push(...cosines(found.outputs.ours, f32, count));
    }
    rows.push(...found.rows);
  }
  await browser.close();
  const of = (/** @type {(values: number[]) => number} */ value, /** @type {number[]} */ list) => (list.length ? [value(list)] : null);
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const least = (/** @type {number[]} */ values) => Math.min(...values);
  const cosine = { dtype: 'int8', peerName: head.peerName, unit: 'cosine' };
  rows.push(row({ ...cosine, name: `MiniLM int8 to f32, ${near.peer.length} texts, mean` }, of(mean, near.ours), of(mean, near.peer)));
  rows.push(row({ ...cosine, name: `MiniLM int8 to f32, ${near.peer.length} texts, least` }, of(least, near.ours), of(least, near.peer)));
  for (const { name, ours: mine, peer: theirs } of rows.slice(-2)) setting.note(`${name}: ours ${mine}, onnxruntime-web ${theirs}`);
  return { rows, versions: { ort: version, chromium: browser.version } };
}
