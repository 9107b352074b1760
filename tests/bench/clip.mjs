// CLIP: the two towers of ViT-B/32 beside onnxruntime-web, and an index of pictures beside transformers.js.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { BUNDLE, ask, compare, load, open, renderer, row } from './turns.mjs';

const FULL = '/models/clip-b32/';
const SMALL = { exported: '/models/clip-small/', ours: '/ours/models/clip/' };
const OURS_FULL = { name: 'ours', options: { clip: true, bundle: BUNDLE, model: FULL } };
const OURS_SMALL = { name: 'ours-small', options: { clip: true, bundle: BUNDLE, model: SMALL.ours } };
const TOWERS = ['vision', 'text'].map((tower) => ({
  name: `ort-${tower}`,
  options: { clip: true, model: `${FULL}onnx/${tower}_model.onnx` },
}));
const ORT_SMALL = { name: 'ort-small', options: { clip: true, model: `${SMALL.exported}onnx/vision_model.onnx` } };
const TRANSFORMERS = { name: 'transformers', options: { clip: true, folder: '/models/', model: 'clip-small' } };
const BLOCK = 50;

/** Side of the pictures that our bundled CLIP looks at. @param {import('./turns.mjs').Setting} setting */
const smallSide = (setting) =>
  JSON.parse(readFileSync(path.join(setting.cache, 'models/clip-small/config.json'), 'utf8')).vision_config.image_size;

/** Time to load both towers and what the renderer then holds, in a fresh browser. */
async function loading(setting, contenders) {
  const browser = await open(setting);
  let millis = 0;
  let version = '';
  for (const contender of contenders) {
    const { marks, info } = await load(browser, contender);
    millis += marks.load;
    version = info?.version ?? version;
    await ask(browser, 'call', contender.name, 'collect');
  }
  const memory = await renderer(setting, browser);
  await browser.close();
  setting.note(`  ${contenders[0].name}: both towers in ${(millis / 1000).toFixed(1)} s, renderer ${memory.toFixed(0)} MiB`);
  return { millis, memory, version };
}

/**
 * Both towers of ViT-B/32 with the same weights (from a formula), and our bundled CLIP's eye; all contenders of a row sit in
 * one browser and take turns.
 * @param {import('./turns.mjs').Setting} setting
 */
export async function clip(setting) {
  const browser = await open(setting);
  const full = [...TOWERS, ...(setting.ours ? [OURS_FULL] : [])];
  for (const contender of [...full, ...(setting.ours ? [ORT_SMALL, OURS_SMALL] : [])]) {
    const { marks } = await load(browser, contender);
    setting.note(`  ${contender.name} loaded in ${(marks.load / 1000).toFixed(1)} s`);
  }
  const side = setting.ours ? smallSide(setting) : 0;
  const cases = [
    { label: 'CLIP ViT-B/32, 1 image, pixels → vector', peer: 'ort-vision', ours: 'ours', kind: 'pixels', input: { count: 1, size: 224 }, warm: 3, rounds: 20, quick: 3 },
    { label: 'CLIP ViT-B/32, 8×77 text, tokens → vectors', peer: 'ort-text', ours: 'ours', kind: 'captions', input: { rows: 8, cols: 77, vocabulary: 49408 }, warm: 1, rounds: 8, quick: 1 },
    ...(setting.ours
      ? [{ label: `our bundled CLIP, 1 image of ${side} px, pixels → vector`, peer: 'ort-small', ours: 'ours-small', kind: 'pixels', input: { count: 1, size: side }, warm: 5, rounds: 40, quick: 5 }]
      : []),
  ];
  const head = { dtype: 'f32', peerName: 'onnxruntime-web' };
  const rows = [];
  const agreement = [];
  for (const one of cases) {
    const found = await compare(setting, browser, head, one);
    rows.push(...found.rows);
    agreement.push(...found.agreement);
  }
  await browser.close();
  const peers = await loading(setting, TOWERS);
  const mine = setting.ours ? await loading(setting, [OURS_FULL]) : null;
  rows.push(
    row({ ...head, name: 'CLIP ViT-B/32, both towers fetched and loaded', unit: 'ms' }, mine && [mine.millis], [peers.millis]),
    row({ ...head, name: 'renderer memory with both towers of ViT-B/32', unit: 'MiB' }, mine && [mine.memory], [peers.memory]),
  );
  return { rows, agreement, versions: { ort: peers.version, chromium: browser.version } };
}

/** One index of all pictures in a fresh browser: milliseconds a picture, MiB after each block. */
async function indexing(setting, contender, urls) {
  const browser = await open(setting);
  const { info } = await load(browser, contender);
  const times = [];
  const memory = [await renderer(setting, browser)];
  for (let from = 0; from < urls.length; from += BLOCK) {
    const block = urls.slice(from, from + BLOCK);
    times.push(...(await ask(browser, 'addPictures', { contender: contender.name, urls: block })));
    await ask(browser, 'call', contender.name, 'collect');
    memory.push(await renderer(setting, browser));
  }
  const vectors = await ask(browser, 'vectors');
  await browser.close();
  return { times, memory, vectors, info, chromium: browser.version };
}

const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
const cosine = (/** @type {number[]} */ a, /** @type {number[]} */ b) =>
  sum(a.map((value, at) => value * b[at])) / Math.hypot(...a) / Math.hypot(...b);

/**
 * Two hundred files, PNG and JPEG, from bytes to vectors with our bundled CLIP's weights: decoded, resized and cropped by
 * each contender's own means.
 * @param {import('./turns.mjs').Setting} setting
 */
export async function index(setting) {
  const names = JSON.parse(readFileSync(path.join(setting.cache, 'pictures/names.json'), 'utf8'));
  const urls = names.slice(0, setting.quick ? 2 * BLOCK : 4 * BLOCK).map((/** @type {string} */ name) => `/pictures/${name}`);
  const contenders = [TRANSFORMERS, ...(setting.ours ? [OURS_SMALL] : [])];
  /** @type {Record<string, Awaited<ReturnType<typeof indexing>>[]>} */
  const found = {};
  const rounds = setting.quick ? 1 : 3;
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const run = await indexing(setting, contender, urls);
      (found[contender.name] ??= []).push(run);
      const memory = run.memory.map((value) => value.toFixed(0)).join(', ');
      setting.note(`  round ${round + 1} of ${rounds}, ${contender.name}: ${urls.length} pictures in ${(sum(run.times) / 1000).toFixed(1)} s; renderer ${memory} MiB`);
    }
  }
  const pick = (name, of) => found[name]?.map(of) ?? null;
  const rowOf = (name, unit, of) => {
    const head = { name, dtype: 'bundled / f32', unit, peerName: 'transformers.js' };
    return row(head, pick('ours-small', of), pick('transformers', of));
  };
  const mean = (values) => sum(values) / values.length;
  const rows = [
    rowOf(`${urls.length} pictures indexed, bytes → vectors, in all`, 'ms', ({ times }) => sum(times)),
    rowOf(`a picture, mean of the first ${BLOCK}`, 'ms', ({ times }) => mean(times.slice(0, BLOCK))),
    rowOf(`a picture, mean of the last ${BLOCK}`, 'ms', ({ times }) => mean(times.slice(-BLOCK))),
    ...Array.from({ length: urls.length / BLOCK + 1 }, (_, block) =>
      rowOf(`renderer memory after ${block * BLOCK} pictures`, 'MiB', ({ memory }) => memory[block]),
    ),
  ];
  const versions = { transformers: found.transformers[0].info.version, chromium: found.transformers[0].chromium };
  const mine = found['ours-small']?.[0].vectors;
  if (!mine) return { rows, versions };
  const cosines = mine.map((vector, at) => cosine(vector, found.transformers[0].vectors[at]));
  const alike = { mean: +mean(cosines).toFixed(4), least: +Math.min(...cosines).toFixed(4) };
  setting.note(`cosine of ours and transformers.js, picture by picture: mean ${alike.mean}, least ${alike.least}`);
  return { rows, versions, alike };
}
