// Resident memory of the renderer through the life of a model.
import { openBrowser } from './browser.mjs';
import { median } from './measure.mjs';

const INPUTS = [16, 64, 128].map((cols) => ({
  ids: [101, ...new Array(cols - 2).fill(2307), 102],
  mask: new Array(cols).fill(1),
  texts: [new Array(cols - 2).fill('great').join(' ')],
  rows: 1,
  cols,
}));
const STAGES = {
  page: 'page alone',
  loaded: 'model loaded and used',
  unloaded: 'model unloaded, worker alive',
  ended: 'worker ended',
  reloaded: 'after three more loads, worker ended',
};

/** @param {import('./measure.mjs').Setting} setting */
function contenders({ ours }) {
  const minilm = { bundle: '/ours/wasm/cpu/playground.js', model: '/models/minilm/' };
  const list = [{ key: 'ort', name: 'ort', kind: 'ids', options: { model: '/models/minilm/onnx/model.onnx' } }];
  if (!ours) return list;
  const bundled = { ...minilm, model: '/ours/models/encoder/' };
  return [
    ...list,
    { key: 'ours', name: 'ours', kind: 'texts', options: minilm },
    { key: 'bundled', name: 'ours', kind: 'texts', options: bundled },
  ];
}

/**
 * One life of one contender in a fresh browser; MiB by stage, of the renderer that grew most.
 * @param {import('./measure.mjs').Setting} setting
 * @param {ReturnType<typeof contenders>[number]} contender
 */
async function life(setting, { name, kind, options }) {
  const { origin, executable, priority } = setting;
  const browser = await openBrowser({ url: `${origin}/bench/`, executable, priority });
  const ask = (method, ...args) =>
    browser.page.evaluate(([what, list]) => globalThis.bench[what](...list), [method, args]);
  /** @type {Map<number, number>[]} */
  const seen = [];
  const settle = async () => {
    await browser.page.evaluate(() => /** @type {any} */ (globalThis).gc?.());
    await browser.page.waitForTimeout(setting.quick ? 500 : 3000);
    seen.push(browser.renderers());
  };
  const load = async () => {
    await ask('start', name);
    await ask('call', name, 'load', { contender: name, options });
    for (const input of INPUTS) await ask('call', name, 'run', { kind, input });
    await ask('call', name, 'collect');
  };
  await settle();
  await load();
  await settle();
  await ask('call', name, 'unload');
  await settle();
  await ask('stop', name);
  await settle();
  for (let time = 0; time < 3; time++) {
    await load();
    await ask('stop', name);
  }
  await settle();
  await browser.close();
  // Chromium keeps a spare renderer or two: ours is the one that the model makes large
  const [pid] = [...seen[1]].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return Object.keys(STAGES).map((stage, index) => [stage, seen[index].get(pid) ?? 0]);
}

/** @param {import('./measure.mjs').Setting} setting */
export async function memory(setting) {
  /** @type {Record<string, Record<string, number[]>>} */
  const found = {};
  for (let round = 0; round < (setting.quick ? 1 : 3); round++) {
    for (const contender of contenders(setting)) {
      const stages = (found[contender.key] ??= {});
      for (const [stage, value] of await life(setting, contender)) (stages[stage] ??= []).push(Number(value));
    }
  }
  const middle = (key, stage) => (found[key] ? Math.round(median(found[key][stage])) : null);
  const rowOf = (key, stage, label, dtype) => {
    const [ours, peer] = [middle(key, stage), Number(middle('ort', stage))];
    return {
      name: `renderer memory, ${label}: ${STAGES[stage]}`,
      backend: 'wasm, 1 thread',
      dtype,
      ours,
      peer,
      peer_name: 'onnxruntime-web (MiniLM f32)',
      unit: 'MiB',
      ratio: ours === null ? null : +(ours / peer).toFixed(3),
      runs: found.ort[stage].length,
    };
  };
  const rows = Object.keys(STAGES).map((stage) => rowOf('ours', stage, 'MiniLM', 'f32'));
  if (found.bundled) rows.push(...Object.keys(STAGES).map((stage) => rowOf('bundled', stage, 'our bundled encoder', 'bundled')));
  for (const key of Object.keys(found)) {
    setting.note(`memory, ${key}: ${Object.keys(STAGES).map((stage) => `${stage} ${middle(key, stage)}`).join(', ')} MiB`);
  }
  return { rows };
}
