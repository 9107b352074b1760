// Kernels around tables of vectors, on Chromium's software adapter against loops in f64: what is looked up, added, joined and averaged.

import assert from "node:assert/strict";
import { test } from "node:test";
import { close, given, lineOf, random, tableOf, up } from "./lib/kernel-data.mjs";
import { describeKernels, kernel } from "./lib/wgsl.mjs";

await describeKernels("tables and rows", (gpu) => {
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

  const plain = { HALF: 0, BYTES: 0, PLAIN: 1 };
  const [halves, bytes] = [{ ...plain, HALF: 1, PLAIN: 0 }, { ...plain, BYTES: 1, PLAIN: 0 }];
  for (const [batch, tokens, cols, SEGMENT, FIRST, form, each] of /** @type {[number, number, number, number, number, typeof plain, number][]} */ ([
    [2, 9, 64, 1, 0, plain, 41], [1, 16, 384, 1, 0, plain, 41], [3, 5, 7, 0, 0, plain, 41], [70, 3, 12, 0, 0, plain, 41], [4, 9, 64, 1, 2, plain, 41],
    [3, 6, 7, 0, 1, plain, 41], [4, 9, 64, 1, 2, plain, 10], [3, 6, 7, 0, 1, plain, 20], [2, 9, 64, 1, 0, halves, 41], [3, 20, 32, 0, 2, halves, 7],
    [2, 9, 64, 1, 0, bytes, 41], [3, 20, 32, 0, 2, bytes, 7], [5, 9, 16, 0, 0, bytes, 1],
  ])) {
    const named = form.HALF ? ", halves" : form.BYTES ? ", int8" : "";
    const places = FIRST ? `, places from ${FIRST} on without padding` : "";
    test(`tokens to vectors ${batch} × ${tokens} × ${cols}${SEGMENT ? ", with a segment" : ""}${places}${named}${each < 41 ? `, ${each} rows a part` : ""}`, async () => {
      const { normal, next } = random(batch + tokens + cols);
      const words = 41;
      const [places, segment] = [normal((tokens + 3) * cols), SEGMENT ? normal(2 * cols) : null];
      const table = tableOf(normal(words * cols), cols, form);
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
      const groups = lineOf(up((rows * (V4 ? cols / 4 : cols)) / 64));
      /** @type {Float32Array | null} */
      let out = null;
      for (let from = 0; from < words; from += each) {
        const count = Math.min(each, words - from);
        const code = await kernel("embed", { SEGMENT, FIRST, V4, PREV: +(out !== null), ...form });
        const part = table.words.slice(from * table.columns, (from + count) * table.columns);
        const info = { rows, cols, tokens, words, first: from, count };
        [out] = await gpu.run({ code, inputs: given(ids, part, places, segment, out), outputs: [rows * cols], info, groups });
      }
      assert.ok(out);
      close(out, Float64Array.from({ length: rows * cols }, (_, at) => {
        const [row, c] = [Math.floor(at / cols), at % cols];
        return table.values[ids[row] * cols + c] + places[place(row) * cols + c] + (segment?.[c] ?? 0);
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
});
