// Norms and attention on Chromium's software adapter against loops in f64: odd sizes, poisoned outputs, guards behind them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { close, given, lineOf, random, up } from "./lib/kernel-data.mjs";
import * as reference from "./lib/kernel-reference.mjs";
import { describeKernels, kernel } from "./lib/wgsl.mjs";

await describeKernels("norms and attention", (gpu) => {
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
});
