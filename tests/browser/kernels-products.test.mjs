// Kernels for products, and number by number, on Chromium's software adapter against loops in f64: odd sizes, poisoned outputs, guards behind them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { close, given, lineOf, packed, random, up } from "./lib/kernel-data.mjs";
import * as reference from "./lib/kernel-reference.mjs";
import { describeKernels, kernel } from "./lib/wgsl.mjs";

await describeKernels("products", (gpu) => {
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
});
