// Each WGSL kernel on Chromium's software adapter against loops in f64: odd sizes, poisoned outputs, guards behind them.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import * as reference from "./lib/kernel-reference.mjs";
import { kernel, openGpu } from "./lib/wgsl.mjs";

const gpu = await openGpu();
after(() => gpu.close());
const skip = gpu.adapter ? false : "this Chromium has no WebGPU adapter";

/** Of the largest value. */
const TOLERANCE = 1e-5;

/** Numbers like those of a normal distribution, the same in every run (mulberry32). @param {number} seed */
function random(seed) {
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
function close(got, wanted, what, tolerance = TOLERANCE) {
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
const given = (...all) => all.filter((one) => one !== null);
const up = Math.ceil;

/** Workgroups in a line, as x and y: in Rust x ends at 65,535; here at 7, so that few numbers turn too. @param {number} groups */
const lineOf = (groups) => [Math.min(groups, 7), up(groups / 7), 1];

/**
 * Weights as the words of each type, and the numbers that they stand for.
 * @param {number} type @param {Float32Array} w @param {number} k @param {number} n
 * @returns {{words: Uint32Array, values: ArrayLike<number>}}
 */
function packed(type, w, k, n) {
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
  const bytes = w.map((value) => Math.max(-127, Math.min(127, Math.round(value * 60))));
  const words = Uint32Array.from({ length: (k / 4) * n }, (_, at) => {
    const [i, c] = [Math.floor(at / n), at % n];
    return [0, 1, 2, 3].reduce((word, part) => word | ((bytes[(4 * i + part) * n + c] & 255) << (8 * part)), 0);
  });
  return { words: Uint32Array.of(...words, ...new Uint32Array(scales.buffer)), values: bytes.map((value, at) => value * scales[at % n]) };
}

/** The nearest f16 with ten bits of fraction, as bits and as a number. @param {number} value @returns {[number, number]} */
function half(value) {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1e-9)));
  const steps = Math.round((Math.abs(value) / 2 ** exponent) * 1024); // 1024 .. 2048, fewer if subnormal
  return [(value < 0 ? 0x8000 : 0) | ((exponent + 14) * 1024 + steps), Math.sign(value) * steps * 2 ** (exponent - 10)];
}

describe("kernels in a browser", { skip }, () => {
  for (const act of reference.ACTS.keys()) {
    test(`linear: non-linearity ${act}, far out as well`, async () => {
      const { normal } = random(act + 1);
      const [m, k, n] = [5, 4, 8];
      // The second row's sums are from small to huge, of both signs.
      const [x, w, bias] = [normal(m * k), normal(k * n), normal(n)];
      [-1e4, 1e4, -90, 90, -21, 21, -3, 3].forEach((value, c) => (w[c] = value));
      x.set([1, 0, 0, 0], k);
      const code = await kernel("linear", { ACT: act, BIAS: 1, ADD: 0, WEIGHT: 0, ROWS: 8 });
      const [out] = await gpu.run({ code, inputs: [x, w, bias], outputs: [m * n], info: { m, k, n }, groups: [1, 1, 1] });
      const wanted = reference.linear({ m, k, n }, x, w, act, bias, null);
      for (let at = 0; at < wanted.length; at++) {
        assert.ok(Math.abs(out[at] - wanted[at]) < 1e-5 * Math.max(1, Math.abs(wanted[at])), `${out[at]} where ${wanted[at]} should be`);
      }
    });
  }

  for (const [m, k, n, type, rows, act, withBias, withAdd, wide = false] of [
    [1, 384, 384, 0, 1, 0, true, false], [16, 64, 132, 0, 8, 1, true, true], [13, 20, 4, 0, 4, 0, false, true], [7, 4, 260, 0, 2, 5, false, false],
    [9, 36, 24, 1, 8, 0, true, true], [1, 64, 132, 1, 1, 1, true, false], [9, 36, 24, 2, 8, 0, true, true], [3, 384, 128, 2, 2, 2, true, false], [67, 52, 136, 2, 8, 0, false, false],
    [19, 36, 228, 0, 8, 1, true, true, true], [9, 8, 24, 2, 4, 0, true, false, true], [3, 8, 132, 1, 2, 0, false, true, true],
  ]) {
    test(`linear ${m} × ${k} × ${n}, weights ${["f32", "f16", "int8"][+type]}, ${rows} rows a thread${wide ? ", wide" : ""}`, async () => {
      await checkLinear("linear", +m, +k, +n, +type, { ROWS: +rows, WIDE: +wide }, +act, !!withBias, !!withAdd, [up(+n / 128), up(+m / +rows), 1]);
    });
  }

  for (const [m, k, n, type, act, withBias, withAdd] of [[64, 64, 64, 0, 0, true, false], [67, 20, 132, 0, 1, true, true], [130, 4, 4, 0, 0, false, false], [1, 52, 68, 1, 0, true, true], [70, 36, 72, 2, 5, true, true]]) {
    test(`linear through shared tiles ${m} × ${k} × ${n}, weights ${["f32", "f16", "int8"][+type]}`, async () => {
      await checkLinear("linear_tiled", +m, +k, +n, +type, { ROWS: 4 }, +act, !!withBias, !!withAdd, [up(+n / 64), up(+m / 64), 1]);
    });
  }

  for (const [m, k, n, act, withBias, withAdd] of [[1, 1, 1, 0, false, false], [5, 7, 33, 1, true, true], [4, 3, 31, 0, true, false], [11, 50, 2, 6, false, true]]) {
    test(`linear of any size ${m} × ${k} × ${n}`, async () => {
      await checkLinear("linear_any", +m, +k, +n, 0, null, +act, !!withBias, !!withAdd, [up(+n / 32), up(+m / 4), 1]);
    });
  }

  for (const [name, m, k, n, type, tile, withBias] of /** @type {[string, number, number, number, number, Record<string, number>, boolean][]} */ ([
    ["linear", 9, 36, 24, 0, { ROWS: 8, WIDE: 0 }, true], ["linear", 19, 36, 228, 2, { ROWS: 8, WIDE: 1 }, true],
    ["linear", 3, 8, 132, 1, { ROWS: 2, WIDE: 1 }, false], ["linear_tiled", 67, 20, 132, 0, { ROWS: 4 }, true],
  ])) {
    test(`three products of one x, ${name} ${m} × ${k} × ${n}`, async () => {
      const { normal } = random(m + k + n);
      const x = normal(m * k);
      const three = [0, 1, 2].map(() => ({ ...packed(type, normal(k * n, 0.3), k, n), bias: withBias ? normal(n) : null }));
      const code = await kernel(name, { ACT: 0, BIAS: +withBias, ADD: 0, THREE: 1, WEIGHT: type, ...tile });
      const groups = name === "linear" ? [up(n / 128), up(m / tile.ROWS), 3] : [up(n / 64), up(m / 64), 3];
      const inputs = given(x, ...three.map(({ words }) => words), ...three.map(({ bias }) => bias));
      const [out] = await gpu.run({ code, inputs, outputs: [3 * m * n], info: { m, k, n }, groups });
      three.forEach(({ values, bias }, part) => close(out.subarray(part * m * n, (part + 1) * m * n), reference.linear({ m, k, n }, x, values, 0, bias, null), `${name}, part ${part}`));
    });
  }

  /**
   * @param {string} name @param {number} m @param {number} k @param {number} n @param {number} type @param {Record<string, number> | null} tile
   * @param {number} act @param {boolean} withBias @param {boolean} withAdd @param {number[]} groups
   */
  async function checkLinear(name, m, k, n, type, tile, act, withBias, withAdd, groups) {
    const { normal } = random(m + k + n);
    const [x, w] = [normal(m * k), normal(k * n, 0.3)];
    const bias = withBias ? normal(n) : null;
    const add = withAdd ? normal(m * n) : null;
    const { words, values } = packed(type, w, k, n);
    const code = await kernel(name, { ACT: act, BIAS: +withBias, ADD: +withAdd, ...(tile && { WEIGHT: type, ...tile }) });
    const [out] = await gpu.run({ code, inputs: given(x, words, bias, add), outputs: [m * n], info: { m, k, n }, groups });
    close(out, reference.linear({ m, k, n }, x, values, act, bias, add), name);
  }

  for (const [name, TWO, FUNCTION, shape, x, y] of /** @type {const} */ ([
    ["a sum, y the same in each row", 1, 0, [2, 3, 4, 5], { at: 0, by: [60, 20, 5, 1] }, [0, 20, 5, 1]],
    ["a product, y one number a picture", 2, 0, [3, 2, 5, 7], { at: 0, by: [70, 35, 7, 1] }, [1, 0, 0, 0]],
    ["a part of an axis, clamped", 0, 1, [2, 2, 4, 3], { at: 6, by: [36, 12, 3, 1] }, null],
    ["an axis turned round, exp", 0, 2, [2, 3, 4, 5], { at: 40, by: [60, -20, 5, 1] }, null],
    ["tanh far out", 0, 3, [1, 1, 9, 70], { at: 0, by: [630, 630, 70, 1] }, null],
  ])) {
    test(`number by number: ${name}`, async () => {
      const { normal } = random(shape[2] + shape[3]);
      const total = shape[0] * shape[1] * shape[2] * shape[3];
      const [of_x, of_y] = [normal(total + 40, FUNCTION === 3 ? 60 : 1), y ? normal(total) : null];
      const [factor_x, factor_y, constant, low, high] = [TWO === 2 ? 0 : 0.7, -1.3, 0.2, -0.5, 0.4].map(Math.fround);
      const code = await kernel("blend", { TWO, FUNCTION });
      const info = {
        total, b: shape[1], c: shape[2], d: shape[3], start_x: x.at, xa: x.by[0], xb: x.by[1], xc: x.by[2], xd: x.by[3],
        ya: y?.[0] ?? 0, yb: y?.[1] ?? 0, yc: y?.[2] ?? 0, yd: y?.[3] ?? 0, factor_x, factor_y, constant, low, high,
      };
      const [out] = await gpu.run({ code, inputs: given(of_x, of_y), outputs: [total], info, groups: lineOf(up(total / 64)) });
      close(out, Float64Array.from({ length: total }, (_, i) => {
        const place = [Math.floor(i / (shape[1] * shape[2] * shape[3])), Math.floor(i / (shape[2] * shape[3])) % shape[1], Math.floor(i / shape[3]) % shape[2], i % shape[3]];
        const one = of_x[place.reduce((sum, at, axis) => sum + at * x.by[axis], x.at)];
        const other = of_y?.[place.reduce((sum, at, axis) => sum + at * (y?.[axis] ?? 0), 0)] ?? 0;
        const value = TWO === 2 ? one * other : factor_x * one + (TWO ? factor_y * other : 0) + constant;
        return [value, Math.min(high, Math.max(low, value)), Math.exp(value), Math.tanh(value)][FUNCTION];
      }), name);
    });
  }

  for (const [rows, first, second] of [[1, 3, 5], [4, 64, 64], [67, 7, 2]]) {
    test(`${rows} rows of ${first} and ${second} joined`, async () => {
      const { normal } = random(rows + first);
      const [x, y] = [normal(rows * first), normal(rows * second)];
      const both = first + second;
      const [out] = await gpu.run({ code: await kernel("join", {}), inputs: [x, y], outputs: [rows * both], info: { rows, first, second }, groups: lineOf(up((rows * both) / 64)) });
      close(out, Float32Array.from({ length: rows * both }, (_, i) => {
        const [row, at] = [Math.floor(i / both), i % both];
        return at < first ? x[row * first + at] : y[row * second + at - first];
      }), "join", 0);
    });
  }

  for (const [planes, height, width, high, wide] of [[3, 4, 5, 8, 10], [2, 3, 3, 7, 5], [5, 8, 8, 16, 16]]) {
    test(`${height} × ${width} pixels at ${high} × ${wide} places`, async () => {
      const { normal } = random(planes + high);
      const x = normal(planes * height * width);
      const total = planes * high * wide;
      const [out] = await gpu.run({ code: await kernel("nearest", {}), inputs: [x], outputs: [total], info: { planes, height, width, high, wide }, groups: lineOf(up(total / 64)) });
      close(out, Float32Array.from({ length: total }, (_, i) => {
        const [plane, row, column] = [Math.floor(i / (high * wide)), Math.floor(i / wide) % high, i % wide];
        return x[(plane * height + Math.floor((row * height) / high)) * width + Math.floor((column * width) / wide)];
      }), "nearest", 0);
    });
  }

  for (const [batch, tokens, cols, SEGMENT, FIRST] of [[2, 9, 64, 1, 0], [1, 16, 384, 1, 0], [3, 5, 7, 0, 0], [70, 3, 12, 0, 0], [4, 9, 64, 1, 2], [3, 6, 7, 0, 1]]) {
    test(`tokens to vectors ${batch} × ${tokens} × ${cols}${SEGMENT ? ", with a segment" : ""}${FIRST ? `, places from ${FIRST} on without padding` : ""}`, async () => {
      const { normal, next } = random(batch + tokens + cols);
      const words = 41;
      const [table, places, segment] = [normal(words * cols), normal((tokens + 3) * cols), SEGMENT ? normal(2 * cols) : null];
      const rows = batch * tokens;
      const ids = Uint32Array.from({ length: rows }, () => Math.floor(next() * words));
      // One text ends in padding, another has some inside.
      if (FIRST) [tokens - 1, tokens - 2, tokens + 1].forEach((at) => (ids[at] = FIRST - 1));
      const kept = (/** @type {number} */ row) => ids[row] !== FIRST - 1;
      const place = (/** @type {number} */ row) => {
        const start = row - (row % tokens);
        if (!FIRST) return row - start;
        return FIRST - 1 + (kept(row) ? Array.from({ length: row - start + 1 }, (_, i) => start + i).filter(kept).length : 0);
      };
      const V4 = +(cols % 4 === 0);
      const code = await kernel("embed", { SEGMENT, FIRST, V4 });
      const groups = lineOf(up((rows * (V4 ? cols / 4 : cols)) / 64));
      const [out] = await gpu.run({ code, inputs: given(ids, table, places, segment), outputs: [rows * cols], info: { rows, cols, tokens, words }, groups });
      close(out, Float64Array.from({ length: rows * cols }, (_, at) => {
        const [row, c] = [Math.floor(at / cols), at % cols];
        return table[ids[row] * cols + c] + places[place(row) * cols + c] + (segment?.[c] ?? 0);
      }), "embed");
    });
  }

  for (const [batch, tokens, used, cols, WEIGHTS] of [[2, 9, 9, 64, 1], [1, 16, 16, 384, 0], [3, 5, 1, 7, 0], [130, 3, 3, 12, 1]]) {
    test(`the mean of ${used} of ${tokens} tokens, ${batch} × ${cols}${WEIGHTS ? ", weighed" : ""}`, async () => {
      const { normal, next } = random(batch + tokens + cols);
      const x = normal(batch * tokens * cols);
      // The last text has no token at all.
      const weights = WEIGHTS ? Float32Array.from({ length: batch * tokens }, (_, at) => +(at < (batch - 1) * tokens && next() > 0.3)) : null;
      const V4 = +(cols % 4 === 0);
      const code = await kernel("mean_tokens", { WEIGHTS, V4 });
      const groups = lineOf(up((batch * (V4 ? cols / 4 : cols)) / 64));
      const [out] = await gpu.run({ code, inputs: given(x, weights), outputs: [batch * cols], info: { batch, tokens, used, cols }, groups });
      close(out, Float64Array.from({ length: batch * cols }, (_, at) => {
        const [text, c] = [Math.floor(at / cols), at % cols];
        let sum = 0, count = 0;
        for (let token = text * tokens; token < text * tokens + used; token++) {
          const weight = weights?.[token] ?? 1;
          sum += weight * x[token * cols + c];
          count += weight;
        }
        return sum / Math.max(count, 1e-9);
      }), "mean");
    });
  }

  for (const [batch, count, cols] of [[2, 4, 64], [1, 49, 768], [3, 5, 7], [70, 2, 12]]) {
    test(`${count} patches after a class token, ${batch} × ${cols}`, async () => {
      const { normal } = random(batch + count + cols);
      const [patches, first, places] = [normal(batch * count * cols), normal(cols), normal((1 + count) * cols)];
      const [rows, V4] = [1 + count, +(cols % 4 === 0)];
      const code = await kernel("add_places", { V4 });
      const groups = lineOf(up((batch * rows * (V4 ? cols / 4 : cols)) / 64));
      const [out] = await gpu.run({ code, inputs: [patches, first, places], outputs: [batch * rows * cols], info: { batch, rows, cols }, groups });
      close(out, Float64Array.from({ length: batch * rows * cols }, (_, at) => {
        const [picture, row, c] = [Math.floor(at / (rows * cols)), Math.floor(at / cols) % rows, at % cols];
        return places[row * cols + c] + (row ? patches[(picture * count + row - 1) * cols + c] : first[c]);
      }), "places");
    });
  }

  for (const [rows, cols, V4, ADD, KEEP, BETA] of [
    [3, 384, 1, 1, 0, 1], [1, 4, 1, 0, 0, 1], [5, 1028, 1, 1, 1, 0], [2, 65, 0, 1, 1, 1], [4, 1, 0, 0, 0, 1], [7, 3, 0, 0, 0, 0], [62, 1, 0, 0, 0, 1],
  ]) {
    test(`layer norm ${rows} × ${cols}${ADD ? " of a sum" : ""}${KEEP ? " that is kept" : ""}`, async () => {
      const { normal } = random(rows + cols);
      const eps = 1e-5;
      // A mean far from zero: sums of squares would lose their digits there.
      const [x, gamma] = [normal(rows * cols).map((value) => value + 50), normal(cols)];
      const [add, beta] = [ADD ? normal(rows * cols) : null, BETA ? normal(cols) : null];
      const outputs = KEEP ? [rows * cols, rows * cols] : [rows * cols];
      const [out, kept] = await gpu.run({
        code: await kernel("layer_norm", { ADD, KEEP, BETA, V4 }),
        inputs: given(x, add, gamma, beta), outputs, info: { rows, cols, eps }, groups: lineOf(up(rows / 4)),
      });
      const wanted = reference.layerNorm({ rows, cols, eps }, x, gamma, beta, add);
      close(out, wanted.out, "norm", 5e-5); // 50 in f32 is 4e-6 coarse
      if (KEEP) close(kept, wanted.sum, "sum");
    });
  }

  for (const [name, D4, batch, heads, queries, keys, apart, MASK, CAUSAL] of [
    ["attention", 8, 2, 3, 16, 16, 0, 1, 0], ["attention", 16, 1, 2, 37, 37, 0, 0, 1], ["attention", 2, 2, 5, 1, 1, 1, 0, 0], ["attention", 4, 3, 2, 35, 6, 1, 1, 0],
    ["attention", 10, 2, 2, 10, 77, 1, 0, 0], ["attention", 40, 1, 1, 5, 11, 1, 1, 1],
  ]) {
    test(`${name}: heads of ${4 * +D4}, ${queries} queries, ${keys} keys${MASK ? ", padding" : ""}${CAUSAL ? ", causal" : ""}`, async () => {
      await checkAttention(String(name), +D4, +batch, +heads, +queries, +keys, !!apart, +MASK, +CAUSAL);
    });
  }

  /**
   * @param {string} name @param {number} D4 @param {number} batch @param {number} heads @param {number} queries @param {number} keys
   * @param {boolean} apart q in a buffer of its own @param {number} MASK @param {number} CAUSAL
   */
  async function checkAttention(name, D4, batch, heads, queries, keys, apart, MASK, CAUSAL) {
    const { normal } = random(D4 + queries + keys);
    const [d, width] = [4 * D4, 4 * heads * D4];
    const q = normal(batch * queries * width * (apart ? 1 : 3), 2);
    const kv = apart ? normal(batch * keys * width * 2, 2) : q;
    const parts = apart
      ? [{ data: q, row: width, at: 0 }, { data: kv, row: 2 * width, at: 0 }, { data: kv, row: 2 * width, at: width }]
      : [0, 1, 2].map((part) => ({ data: q, row: 3 * width, at: part * width }));
    // Each text ends in some padding, never all of it.
    const mask = MASK ? Float32Array.from({ length: batch * keys }, (_, at) => +(at % keys <= Math.floor(keys / 2) + Math.floor(at / keys))) : null;
    const scale = 1 / Math.sqrt(d);
    const [[q_row, q_at], [k_row, k_at], [v_row, v_at]] = parts.map(({ row, at }) => [row / 4, at / 4]);
    const [out] = await gpu.run({
      code: await kernel(name, { D4, MASK, CAUSAL }),
      inputs: given(parts[0].data, parts[1].data, parts[2].data, mask), outputs: [batch * queries * width],
      info: { batch, heads, queries, keys, q_row, q_at, k_row, k_at, v_row, v_at, scale }, groups: [up(queries / 32), heads, batch],
    });
    close(out, reference.attention({ batch, heads, queries, keys, d, scale, causal: !!CAUSAL }, parts, mask), name);
  }

  for (const [batch, heads, queries, keys, d, MASK, CAUSAL] of [[2, 3, 7, 5, 5, 1, 0], [1, 2, 34, 34, 3, 0, 1], [1, 1, 1, 1, 1, 0, 0]]) {
    test(`attention of any size: heads of ${d}, ${queries} queries, ${keys} keys${MASK ? ", padding" : ""}${CAUSAL ? ", causal" : ""}`, async () => {
      const { normal } = random(queries + keys);
      const [width, scale] = [heads * d, 1 / Math.sqrt(d)];
      const [q, k, v] = [normal(batch * queries * width), normal(batch * keys * width), normal(batch * keys * width)];
      const mask = MASK ? Float32Array.from({ length: batch * keys }, (_, at) => +(at % keys < 3)) : null;
      const [out] = await gpu.run({
        code: await kernel("attention_any", { MASK, CAUSAL }), inputs: given(q, k, v, mask), outputs: [q.length],
        info: { batch, heads, queries, keys, d, scale }, groups: [up(queries / 32), heads, batch],
      });
      const parts = [q, k, v].map((data) => ({ data, row: width, at: 0 }));
      close(out, reference.attention({ batch, heads, queries, keys, d, scale, causal: !!CAUSAL }, parts, mask), "attention");
    });
  }

  test("attention: all padding gives finite numbers", async () => {
    const [D4, keys] = [2, 5];
    const data = random(1).normal(keys * 8 * 3);
    const [out] = await gpu.run({
      code: await kernel("attention", { D4, MASK: 1, CAUSAL: 0 }), inputs: [data, data, data, new Float32Array(keys)], outputs: [keys * 8],
      info: { batch: 1, heads: 1, queries: keys, keys, q_row: 6, q_at: 0, k_row: 6, k_at: 2, v_row: 6, v_at: 4, scale: 1 }, groups: [1, 1, 1],
    });
    assert.ok(out.every(Number.isFinite));
  });

  for (const [ACT, length, V4] of [[1, 260, 1], [5, 67, 0], [6, 4, 1], [4, 64 * 7 + 5, 0]]) {
    test(`non-linearity ${ACT} of ${length} numbers`, async () => {
      const x = random(length).normal(length, 4);
      const code = await kernel("activate", { ACT, V4 });
      const [out] = await gpu.run({ code, inputs: [x], outputs: [length], info: { length }, groups: lineOf(up((V4 ? length / 4 : length) / 64)) });
      close(out, reference.fill(length, (at) => reference.ACTS[ACT](x[at])), "activate");
    });
  }

  for (const [rows, n, V4] of [[3, 132, 1], [5, 7, 0], [700, 64, 1]]) {
    test(`GEGLU ${rows} × ${n}`, async () => {
      const x = random(n).normal(rows * n * 2, 2);
      const code = await kernel("geglu", { ACT: 1, V4 });
      const [out] = await gpu.run({ code, inputs: [x], outputs: [rows * n], info: { rows, n }, groups: lineOf(up((rows * n) / (V4 ? 4 : 1) / 64)) });
      const gelu = reference.ACTS[1];
      close(out, reference.fill(rows * n, (at) => x[at + Math.floor(at / n) * n] * gelu(x[at + Math.floor(at / n) * n + n])), "GEGLU");
    });
  }

  for (const [batch, channels, pixels, groups, V4, ACT, AFFINE, SHIFT] of [
    [2, 64, 64, 8, 1, 5, 1, 1], [1, 6, 35, 2, 0, 0, 1, 0], [3, 4, 1, 4, 0, 5, 0, 1], [1, 32, 1024, 32, 1, 0, 0, 0], [2, 20, 12, 5, 1, 1, 1, 1],
  ]) {
    test(`group norm ${batch} × ${channels} × ${pixels}, ${groups} groups`, async () => {
      const { normal } = random(channels + pixels);
      const size = { batch, channels, pixels, groups, eps: 1e-5 };
      const x = normal(batch * channels * pixels).map((value) => value + 20);
      const [gamma, beta, shift] = [AFFINE ? normal(channels) : null, AFFINE ? normal(channels) : null, SHIFT ? normal(batch * channels) : null];
      const code = await kernel("group_norm", { ACT, AFFINE, SHIFT, V4 });
      const [out] = await gpu.run({ code, inputs: given(x, gamma, beta, shift), outputs: [x.length], info: size, groups: [batch * groups, 1, 1] });
      close(out, reference.groupNorm(size, x, ACT, gamma, beta, shift), "norm", 2e-5);
    });
  }

  /** @param {string} name @param {Record<string, number>} constants @param {Record<string, number>} size in the order of `Info` @param {number[]} groups @param {boolean} withBias @param {boolean} withAdd */
  async function checkConvolution(name, constants, size, groups, withBias, withAdd) {
    const { batch, ci, h, w, co, kh, kw, oh, ow } = size;
    const { normal } = random(ci + h + w + co);
    const [x, weight] = [normal(batch * ci * h * w), normal(co * ci * kh * kw, 0.3)];
    const [bias, add] = [withBias ? normal(co) : null, withAdd ? normal(batch * co * oh * ow) : null];
    const code = await kernel(name, { BIAS: +withBias, ADD: +withAdd, ...constants });
    const [out] = await gpu.run({ code, inputs: given(x, weight, bias, add), outputs: [batch * co * oh * ow], info: size, groups });
    /** What the kernel reads as if it were there. */
    const [seen, as] = constants.UP
      ? [reference.fill(4 * x.length, (at) => x[Math.floor(at / (4 * h * w)) * h * w + Math.floor((at / (2 * w)) % (2 * h) / 2) * w + Math.floor((at % (2 * w)) / 2)]), { ...size, h: 2 * h, w: 2 * w }]
      : [x, size];
    close(out, reference.convolution(/** @type {any} */ (as), seen, weight, bias, add), name);
  }

  for (const [batch, ci, h, w, co, k, stride, pad, dilation, bias, add] of [
    [2, 3, 7, 5, 5, 3, 1, 1, 1, 1, 1], [1, 4, 9, 10, 6, 3, 2, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0], [2, 3, 32, 32, 8, 16, 16, 0, 1, 0, 0], [1, 2, 11, 9, 4, 3, 1, 2, 2, 1, 0], [1, 3, 6, 6, 9, 2, 3, 0, 1, 0, 1],
  ]) {
    test(`convolution of any size: ${batch} × ${ci} × ${h} × ${w} to ${co}, ${k} × ${k}, stride ${stride}, dilation ${dilation}`, async () => {
      const [oh, ow] = [h, w].map((side) => Math.floor((side + 2 * pad - dilation * (k - 1) - 1) / stride) + 1);
      const size = { batch, ci, h, w, co, kh: k, kw: k, sh: stride, sw: stride, pt: pad, pl: pad, dh: dilation, dw: dilation, oh, ow };
      await checkConvolution("conv", {}, size, [up((oh * ow) / 64), up(co / 4), batch], !!bias, !!add);
    });
  }

  for (const [batch, ci, h, w, co, OUT, STRIDE, UP, bias, add] of [
    [2, 3, 8, 8, 8, 4, 1, 0, 1, 1], [1, 5, 7, 12, 8, 8, 1, 0, 0, 0], [1, 2, 1, 4, 4, 4, 1, 0, 1, 0], [2, 4, 8, 8, 8, 8, 2, 0, 1, 1], [1, 3, 9, 16, 4, 4, 2, 0, 1, 0],
    [2, 3, 4, 4, 8, 8, 1, 1, 1, 1], [1, 2, 3, 8, 4, 4, 1, 1, 0, 0], [1, 1, 1, 4, 4, 4, 1, 1, 1, 0], [1, 2, 40, 36, 8, 4, 1, 0, 1, 0],
  ]) {
    test(`convolution of 3 × 3: ${batch} × ${ci} × ${h} × ${w} to ${co}, stride ${STRIDE}, ${OUT} channels a thread${UP ? ", doubled" : ""}`, async () => {
      const [oh, ow] = [h, w].map((side) => (UP ? 2 * side : Math.floor((side - 1) / STRIDE) + 1));
      const size = { batch, ci, h, w, co, kh: 3, kw: 3, sh: STRIDE, sw: STRIDE, pt: 1, pl: 1, dh: 1, dw: 1, oh, ow };
      await checkConvolution("conv3x3", { STRIDE, OUT, UP }, size, [up(((ow / 4) * up(oh / 4)) / 16), co / OUT, batch], !!bias, !!add);
    });
  }

  for (const [batch, ci, h, w, co, OUT, bias, add] of [[2, 3, 6, 6, 8, 4, 1, 1], [1, 20, 8, 8, 16, 8, 1, 0], [3, 1, 2, 2, 4, 4, 0, 1], [1, 7, 12, 25, 8, 8, 0, 0]]) {
    test(`convolution of 1 × 1: ${batch} × ${ci} × ${h} × ${w} to ${co}, ${OUT} channels a thread`, async () => {
      const size = { batch, ci, h, w, co, kh: 1, kw: 1, sh: 1, sw: 1, pt: 0, pl: 0, dh: 1, dw: 1, oh: h, ow: w };
      await checkConvolution("conv1x1", { OUT }, size, [up((h * w) / 4 / 32), co / OUT, batch], !!bias, !!add);
    });
  }
});
