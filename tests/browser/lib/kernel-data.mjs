// Numbers for the kernels' tests: the same in every run, weights and tables as each kernel reads them, and how near an answer has to be.

import assert from "node:assert/strict";

/** Of the largest value. */
const TOLERANCE = 1e-5;

/** Numbers like those of a normal distribution, the same in every run (mulberry32). @param {number} seed */
export function random(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (/** @type {number} */ length, scale = 1) => Float32Array.from({ length }, () => scale * (next() + next() + next() + next() - 2) * 1.73);
  return { next, normal };
}

/** @param {Float32Array} got @param {ArrayLike<number>} wanted @param {string} what @param {number} [tolerance] */
export function close(got, wanted, what, tolerance = TOLERANCE) {
  assert.equal(got.length, wanted.length, what);
  let most = 1e-30;
  let worst = 0;
  for (let at = 0; at < wanted.length; at++) {
    most = Math.max(most, Math.abs(wanted[at]));
    const away = Math.abs(got[at] - wanted[at]);
    if (!(away <= worst)) worst = away; // so that NaN counts
  }
  assert.ok(worst <= tolerance * most, `${what}: ${worst} off, the largest value is ${most}`);
}

/** The inputs that are there. @param {(Float32Array | Uint32Array | null)[]} all */
export const given = (...all) => all.filter((one) => one !== null);
export const up = Math.ceil;

/** Workgroups in a line, as x and y: in Rust x ends at 65,535; here at 7, so that few numbers turn too. @param {number} groups */
export const lineOf = (groups) => [Math.min(groups, 7), up(groups / 7), 1];

/** The nearest byte to a value times 60. @param {number} value */
const byte = (value) => Math.max(-127, Math.min(127, Math.round(value * 60)));
/** Four bytes as a word. @param {(part: number) => number} at */
const wordOf = (at) => [0, 1, 2, 3].reduce((word, part) => word | ((at(part) & 255) << (8 * part)), 0);

/**
 * Weights as the words of each type, and the numbers that they stand for.
 * @param {number} type @param {Float32Array} w @param {number} k @param {number} n
 * @returns {{words: Uint32Array, values: ArrayLike<number>}}
 */
export function packed(type, w, k, n) {
  if (type === 0) return { words: new Uint32Array(w.buffer), values: w };
  if (type === 1) {
    const [bits, values] = [new Uint16Array(w.length), new Float64Array(w.length)];
    w.forEach((value, at) => ([bits[at], values[at]] = half(value)));
    return { words: Uint32Array.from({ length: (k / 2) * n }, (_, at) => {
      const [i, c] = [Math.floor(at / n), at % n];
      return bits[2 * i * n + c] | (bits[(2 * i + 1) * n + c] << 16);
    }), values };
  }
  const scales = Float32Array.from({ length: n }, (_, c) => 0.001 + 0.01 * Math.abs(w[c]));
  const bytes = w.map(byte);
  const words = Uint32Array.from({ length: (k / 4) * n }, (_, at) => {
    const [i, c] = [Math.floor(at / n), at % n];
    return wordOf((part) => bytes[(4 * i + part) * n + c]);
  });
  return { words: Uint32Array.of(...words, ...new Uint32Array(scales.buffer)), values: bytes.map((value, at) => value * scales[at % n]) };
}

/** The nearest f16 with ten bits of fraction, as bits and as a number. @param {number} value @returns {[number, number]} */
function half(value) {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1e-9)));
  const steps = Math.round((Math.abs(value) / 2 ** exponent) * 1024); // 1024 .. 2048, fewer if subnormal
  return [(value < 0 ? 0x8000 : 0) | ((exponent + 14) * 1024 + steps), Math.sign(value) * steps * 2 ** (exponent - 10)];
}

/**
 * A table's rows as the words of each form, and the numbers that they stand for.
 * @param {Float32Array} rows @param {number} cols @param {{HALF: number, BYTES: number}} form
 * @returns {{words: Uint32Array, columns: number, values: ArrayLike<number>}}
 */
export function tableOf(rows, cols, { HALF, BYTES }) {
  if (HALF) {
    const halves = Array.from(rows, half);
    const words = Uint32Array.from({ length: rows.length / 2 }, (_, at) => halves[2 * at][0] | (halves[2 * at + 1][0] << 16));
    return { words, columns: cols / 2, values: halves.map(([, value]) => value) };
  }
  if (!BYTES) return { words: new Uint32Array(rows.buffer), columns: cols, values: rows };
  const bytes = rows.map(byte);
  const columns = cols / 4 + 1;
  const scale = (/** @type {number} */ row) => Math.fround(0.001 + 0.01 * Math.abs(rows[row * cols]));
  const words = Uint32Array.from({ length: (rows.length / cols) * columns }, (_, at) => {
    const [row, c] = [Math.floor(at / columns), at % columns];
    if (c === cols / 4) return new Uint32Array(Float32Array.of(scale(row)).buffer)[0];
    return wordOf((part) => bytes[row * cols + 4 * c + part]);
  });
  return { words, columns, values: Array.from(bytes, (value, at) => value * scale(Math.floor(at / cols))) };
}
