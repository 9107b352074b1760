// Kernels for pictures, on Chromium's software adapter against loops in f64: convolutions, and pixels at more places.

import { test } from "node:test";
import { close, given, lineOf, random, up } from "./lib/kernel-data.mjs";
import * as reference from "./lib/kernel-reference.mjs";
import { describeKernels, kernel } from "./lib/wgsl.mjs";

await describeKernels("pictures", (gpu) => {
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
