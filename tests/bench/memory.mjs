// Resident memory of the renderer through the life of a model.
import { BUNDLE, MINILM, ask, load, open, row } from './turns.mjs';

const INPUTS = [16, 64, 128].map((cols) => ({
  ids: [101, ...new Array(cols - 2).fill(2307), 102],
  mask: new Array(cols).fill(1),
  texts: [new Array(cols - 2).fill('great').join(' ')],
  rows: 1,
  cols,
}));
const RUNS = 200;
const STAGES = {
  page: 'page alone',
  loaded: 'model loaded and used',
  ran: 'after 200 runs',
  unloaded: 'model freed, worker alive',
  ended: 'unloaded: what `dispose()` does, the worker ended',
  reloaded: 'after three more loads and unloads',
};

/** @param {import('./turns.mjs').Setting} setting */
function contenders({ ours }) {
  const minilm = { bundle: BUNDLE, model: MINILM };
  const list = [{ key: 'ort', name: 'ort', kind: 'ids', options: { model: `${MINILM}onnx/model.onnx` } }];
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
 * @param {import('./turns.mjs').Setting} setting
 * @param {ReturnType<typeof contenders>[number]} contender
 */
async function life(setting, { name, kind, options }) {
  const browser = await open(setting);
  /** @type {Map<number, number>[]} */
  const seen = [];
  const settle = async () => {
    await browser.page.evaluate(() => /** @type {any} */ (globalThis).gc?.());
    await browser.page.waitForTimeout(setting.quick ? 500 : 2000);
    seen.push(browser.renderers());
  };
  const runs = async (/** @type {number} */ times) => {
    await ask(browser, 'repeat', { contender: name, kind, inputs: INPUTS, times });
    await ask(browser, 'call', name, 'collect');
  };
  const use = async () => {
    await load(browser, { name, options });
    await runs(INPUTS.length);
  };
  await settle();
  await use();
  await settle();
  await runs(setting.quick ? RUNS / 10 : RUNS);
  await settle();
  await ask(browser, 'call', name, 'unload');
  await settle();
  await ask(browser, 'stop', name);
  await settle();
  for (let time = 0; time < 3; time++) {
    await use();
    await ask(browser, 'stop', name);
  }
  await settle();
  await browser.close();
  // Chromium keeps a spare renderer or two: ours is the one that the model makes large
  const [pid] = [...seen[1]].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return Object.keys(STAGES).map((stage, index) => [stage, seen[index].get(pid) ?? 0]);
}

/** @param {import('./turns.mjs').Setting} setting */
export async function memory(setting) {
  /** @type {Record<string, Record<string, number[]>>} */
  const found = {};
  const list = contenders(setting);
  const rounds = setting.quick ? 1 : 2;
  for (let round = 0; round < rounds; round++) {
    for (const [place, contender] of list.entries()) {
      const begun = performance.now();
      const lived = await life(setting, contender);
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      const values = lived.map(([stage, value]) => `${stage} ${Math.round(Number(value))}`).join(', ');
      setting.note(`  life ${round * list.length + place + 1} of ${rounds * list.length}, ${contender.key}: ${values} MiB, ${seconds} s`);
      const stages = (found[contender.key] ??= {});
      for (const [stage, value] of lived) (stages[stage] ??= []).push(Number(value));
    }
  }
  const rowOf = (key, stage, label, dtype) => {
    const name = `renderer memory, ${label}: ${STAGES[stage]}`;
    const head = { name, dtype, unit: 'MiB', peerName: 'onnxruntime-web (MiniLM f32)' };
    return row(head, found[key]?.[stage] ?? null, found.ort[stage]);
  };
  const rows = Object.keys(STAGES).map((stage) => rowOf('ours', stage, 'MiniLM', 'f32'));
  if (found.bundled) rows.push(...Object.keys(STAGES).map((stage) => rowOf('bundled', stage, 'our bundled encoder', 'bundled')));
  return { rows };
}
