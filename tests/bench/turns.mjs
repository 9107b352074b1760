// What the parts share: a fresh browser, contenders that take turns in it, and rows of medians.
import { openBrowser } from './browser.mjs';

/**
 * @typedef {{ origin: string, log: { name: string, file: string, bytes: number }[], executable: string,
 *   cache: string, priority: boolean, quick: boolean, ours: boolean, note: (text: string) => void }} Setting
 * @typedef {{ name: string, backend: string, dtype: string, ours: number | null, peer: number | null,
 *   peer_name: string, unit: string, ratio: number | null, runs: number,
 *   ours_range?: number[], peer_range?: number[] }} Row
 * @typedef {{ shape: string, of: string, with: string, max_abs: number }} Agreement
 * @typedef {{ name: string, options: Record<string, unknown> }} Contender
 */

export const BUNDLE = '/ours/wasm/cpu/playground.js';
export const GPU_BUNDLE = '/ours/wasm/webgpu/playground.js';
export const MINILM = '/models/minilm/';
const WASM = 'wasm, 1 thread';
const DIGITS = { ms: 2, cosine: 4 };

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest and the largest, two digits. */
const range = (/** @type {number[]} */ values) => [Math.min(...values), Math.max(...values)].map((v) => +v.toFixed(2));

/**
 * @param {{ name: string, dtype: string, unit: string, peerName: string, backend?: string }} head
 * @param {number[] | null} ours
 * @param {number[] | null} peer
 * @returns {Row}
 */
export function row({ name, dtype, unit, peerName, backend = WASM }, ours, peer) {
  const digits = DIGITS[unit] ?? 0;
  const middle = (/** @type {number[] | null} */ values) => (values ? +median(values).toFixed(digits) : null);
  return {
    name,
    backend,
    dtype,
    ours: middle(ours),
    peer: middle(peer),
    peer_name: peerName,
    unit,
    ratio: ours && peer ? +(median(ours) / median(peer)).toFixed(3) : null,
    runs: (peer ?? ours ?? []).length,
    ...(ours ? { ours_range: range(ours) } : {}),
    ...(peer ? { peer_range: range(peer) } : {}),
  };
}

/** @param {number[]} a @param {number[]} b */
export function largestDifference(a, b) {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at])), 0);
}

/**
 * @param {Setting} setting
 * @param {string} [url]
 * @param {{ gpu?: boolean }} [more]
 */
export const open = ({ origin, executable, priority }, url = '/bench/', { gpu = false } = {}) =>
  openBrowser({ url: origin + url, executable, priority, gpu });

/** In the page: `bench[method](...args)`. */
export function ask(/** @type {import('./browser.mjs').Browser} */ browser, method, ...args) {
  return browser.page.evaluate(([name, list]) => globalThis.bench[name](...list), [method, args]);
}

/** @param {import('./browser.mjs').Browser} browser @param {Contender} contender */
export async function load(browser, { name, options }) {
  await ask(browser, 'start', name);
  return ask(browser, 'call', name, 'load', { contender: name, options });
}

/** MiB of the page's renderer at rest. @param {Setting} setting @param {import('./browser.mjs').Browser} browser */
export async function renderer(setting, browser) {
  await browser.page.evaluate(() => /** @type {any} */ (globalThis).gc?.());
  await browser.page.waitForTimeout(setting.quick ? 500 : 2000);
  return Math.max(...browser.renderers().values()); // a spare one is smaller
}

/**
 * Ours and one peer by turns on the same input: a row of medians, one of the first calls if they are asked for, and how far
 * the outputs lie apart.
 * @param {Setting} setting
 * @param {import('./browser.mjs').Browser} browser
 * @param {{ dtype: string, peerName: string, backend?: string }} head
 * @param {{ label: string, peer: string, ours: string, kind: string, input: object, warm: number, rounds: number,
 *   quick: number, firstCalls?: boolean }} what contenders by name; `quick` is the number of rounds of a short try
 * @returns {Promise<{ rows: Row[], agreement: Agreement[], outputs: { ours: number[] | null, peer: number[] } }>}
 */
export async function compare(setting, browser, head, { label, peer, ours, kind, input, warm, rounds, quick, firstCalls }) {
  const entries = [peer, ...(setting.ours ? [ours] : [])].map((name) => ({ name, kind }));
  const plan = setting.quick ? { warm: 1, rounds: quick } : { warm, rounds };
  const [theirs, mine] = await ask(browser, 'alternate', { entries, input, ...plan });
  const found = row({ ...head, name: label, unit: 'ms' }, mine?.times ?? null, theirs.times);
  setting.note(`${label}: ours ${found.ours} ms, ${head.peerName} ${found.peer} ms`);
  const rows = [found];
  if (firstCalls) {
    const first = row({ ...head, name: `${label}: first call`, unit: 'ms' }, mine ? [mine.first] : null, [theirs.first]);
    setting.note(`  first call: ours ${first.ours} ms, ${head.peerName} ${first.peer} ms`);
    rows.push(first);
  }
  const outputs = { ours: mine?.output ?? null, peer: theirs.output };
  if (!mine) return { rows, agreement: [], outputs };
  const max_abs = +largestDifference(mine.output, theirs.output).toExponential(2);
  return { rows, agreement: [{ shape: label, of: 'ours', with: head.peerName, max_abs }], outputs };
}
