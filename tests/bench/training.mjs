// Training in the page: one step of dense layers beside TF.js and jax-js, and how long the digits' lab keeps its worker busy at a stretch.
import { readFileSync } from 'node:fs';

import { ask, load, open, row } from './turns.mjs';

const OURS = { name: 'ours', options: { training: true, bundle: '/ours/wasm/lessons/playground.js' } };
const PEERS = [
  { name: 'tfjs-wasm', said: 'TF.js, wasm', options: { training: true, backend: 'wasm' } },
  { name: 'jaxjs', said: 'jax-js, wasm', options: { training: true } },
  { name: 'tfjs-cpu', said: 'TF.js, cpu', options: { training: true, backend: 'cpu' } },
];
/** jax-js does not say it itself. */
const jaxVersion = () => JSON.parse(readFileSync(new URL('node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8')).version;
/** `steps`: so many in a turn, for clocks are coarse. */
const CASES = [
  { widths: [384, 64, 2], batch: 32, steps: 20, warm: 3, rounds: 30, quick: 3 },
  { widths: [784, 256, 128, 10], batch: 128, steps: 3, warm: 3, rounds: 20, quick: 2 },
];
const LABS = [
  { label: 'MLP 784-128-64-10', input: { model: { kind: 'mlp', hidden: [128, 64], activation: 'relu', dropout: 0 }, batch: 32, epochs: 8 } },
  { label: 'CNN of 8 filters and 64 units', input: { model: { kind: 'cnn', filters: 8, hidden: [64], dropout: 0 }, batch: 32, epochs: 4 } },
  { label: 'MLP 784-512-512-10, batches of 1,024', input: { model: { kind: 'mlp', hidden: [512, 512], activation: 'relu', dropout: 0 }, batch: 1024, epochs: 3 } },
];

/** @param {{ first: number, times: number[], output: number[] }} found @param {string} name */
function checkLearned({ output: [first, last] }, name) {
  if (!(last < first)) throw new Error(`${name} has not learned: loss ${first} → ${last}`);
}

/** @param {import('./turns.mjs').Setting} setting */
export async function training(setting) {
  const browser = await open(setting);
  const contenders = [...PEERS, ...(setting.ours ? [OURS] : [])];
  let version = '';
  for (const contender of contenders) {
    const { info } = await load(browser, contender);
    version = info?.version ?? version;
  }
  const rows = [];
  for (const { widths, batch, steps, warm, rounds, quick } of CASES) {
    const entries = contenders.map(({ name }) => ({ name, kind: 'train' }));
    const plan = setting.quick ? { warm: 1, rounds: quick } : { warm, rounds };
    const found = await ask(browser, 'alternate', { entries, input: { widths, batch, steps }, ...plan });
    found.forEach((one, at) => checkLearned(one, contenders[at].name));
    const each = (one) => one?.times.map((/** @type {number} */ millis) => millis / steps) ?? null;
    const mine = setting.ours ? each(found.at(-1)) : null;
    PEERS.forEach(({ said }, at) => {
      const name = `a training step of ${widths.join('-')}, ${batch} rows`;
      rows.push(row({ name, dtype: 'f32', unit: 'ms', peerName: said }, mine, each(found[at])));
      const { ours, peer, ratio } = rows[rows.length - 1];
      setting.note(`${name}: ours ${ours} ms, ${said} ${peer} ms, ${ratio}`);
    });
  }
  if (setting.ours) {
    for (const { label, input } of LABS) {
      const { output } = await ask(browser, 'call', OURS.name, 'run', { kind: 'pieces', input });
      const [longest, middle, accuracy] = Object.values(output);
      const name = `digits, ${label}: a piece of work in the worker`;
      const head = { dtype: 'f32', unit: 'ms', peerName: '–' };
      rows.push(row({ ...head, name: `${name}, the median` }, [middle], null), row({ ...head, name: `${name}, the longest` }, [longest], null));
      setting.note(`${name}: ${middle.toFixed(2)} ms, ${longest.toFixed(1)} at most; right on new digits: ${accuracy}`);
    }
  }
  await browser.close();
  return { rows, versions: { tfjs: version, 'jax-js': jaxVersion(), chromium: browser.version } };
}
