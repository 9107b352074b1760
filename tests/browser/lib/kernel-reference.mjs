// What the kernels should give, in f64 and the plainest loops there are.

/** @typedef {ArrayLike<number>} Numbers */

/** The error function by its series, and by its continued fraction where that is quicker. @param {number} x */
export function erf(x) {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = a;
  for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction));
}

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
/** By code. @type {((x: number) => number)[]} */
export const ACTS = [
  (x) => x,
  (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  (x) => x * sigmoid(1.702 * x),
  (x) => Math.max(x, 0),
  (x) => x * sigmoid(x),
  (x) => x * Math.tanh(Math.log1p(Math.exp(Math.min(x, 700)))),
];

/** @param {number} length @param {(at: number) => number} value */
export const fill = (length, value) => Float64Array.from({ length }, (_, at) => value(at));

/** @param {{m: number, k: number, n: number}} size @param {Numbers} x @param {Numbers} w @param {number} act @param {Numbers | null} bias @param {Numbers | null} add */
export function linear({ m, k, n }, x, w, act, bias, add) {
  return fill(m * n, (at) => {
    const [row, c] = [Math.floor(at / n), at % n];
    let sum = bias?.[c] ?? 0;
    for (let i = 0; i < k; i++) sum += x[row * k + i] * w[i * n + c];
    return ACTS[act](sum) + (add?.[at] ?? 0);
  });
}

/**
 * q, k and v with their rows in numbers, not vec4.
 * @param {{batch: number, heads: number, queries: number, keys: number, d: number, scale: number, causal: boolean}} size
 * @param {{data: Numbers, row: number, at: number}[]} parts @param {Numbers | null} mask
 */
export function attention({ batch, heads, queries, keys, d, scale, causal }, [q, k, v], mask) {
  const out = new Float64Array(batch * queries * heads * d);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) {
        const from = q.at + (b * queries + i) * q.row + h * d;
        const scores = Array.from({ length: keys }, (_, j) => {
          const at = k.at + (b * keys + j) * k.row + h * d;
          let sum = 0;
          for (let e = 0; e < d; e++) sum += q.data[from + e] * k.data[at + e];
          return sum * scale + (mask ? (mask[b * keys + j] - 1) * 1e9 : 0) - (causal && j > i ? 1e9 : 0);
        });
        const most = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - most));
        const total = weights.reduce((sum, weight) => sum + weight);
        const to = ((b * queries + i) * heads + h) * d;
        weights.forEach((weight, j) => {
          const at = v.at + (b * keys + j) * v.row + h * d;
          for (let e = 0; e < d; e++) out[to + e] += (weight / total) * v.data[at + e];
        });
      }
    }
  }
  return out;
}

/** Mean 0 and variance 1 over `count` numbers of which `value` gives each. @param {number} count @param {number} eps @param {(i: number) => number} value */
function standardised(count, eps, value) {
  const values = fill(count, value);
  const mean = values.reduce((sum, one) => sum + one) / count;
  const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / count;
  return values.map((one) => (one - mean) / Math.sqrt(variance + eps));
}

/** @param {{rows: number, cols: number, eps: number}} size @param {Numbers} x @param {Numbers} gamma @param {Numbers | null} beta @param {Numbers | null} add */
export function layerNorm({ rows, cols, eps }, x, gamma, beta, add) {
  const sum = fill(rows * cols, (at) => x[at] + (add?.[at] ?? 0));
  const out = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    standardised(cols, eps, (c) => sum[row * cols + c]).forEach((one, c) => (out[row * cols + c] = one * gamma[c] + (beta?.[c] ?? 0)));
  }
  return { out, sum };
}

/**
 * @param {{batch: number, channels: number, pixels: number, groups: number, eps: number}} size @param {Numbers} x @param {number} act
 * @param {Numbers | null} gamma @param {Numbers | null} beta @param {Numbers | null} shift
 */
export function groupNorm({ batch, channels, pixels, groups, eps }, x, act, gamma, beta, shift) {
  const out = new Float64Array(batch * channels * pixels);
  const count = (channels / groups) * pixels;
  for (let group = 0; group < batch * groups; group++) {
    const channel = (/** @type {number} */ i) => Math.floor((group * count + i) / pixels);
    standardised(count, eps, (i) => x[group * count + i] + (shift?.[channel(i)] ?? 0)).forEach((one, i) => {
      const c = channel(i) % channels;
      out[group * count + i] = ACTS[act](one * (gamma?.[c] ?? 1) + (beta?.[c] ?? 0));
    });
  }
  return out;
}

/**
 * @param {Record<"batch" | "ci" | "h" | "w" | "co" | "kh" | "kw" | "sh" | "sw" | "pt" | "pl" | "dh" | "dw" | "oh" | "ow", number>} size
 * @param {Numbers} x @param {Numbers} weight @param {Numbers | null} bias @param {Numbers | null} add
 */
export function convolution(size, x, weight, bias, add) {
  const { batch, ci, h, w, co, kh, kw, sh, sw, pt, pl, dh, dw, oh, ow } = size;
  return fill(batch * co * oh * ow, (at) => {
    const [column, row, o, b] = [at % ow, Math.floor(at / ow) % oh, Math.floor(at / ow / oh) % co, Math.floor(at / ow / oh / co)];
    let sum = (bias?.[o] ?? 0) + (add?.[at] ?? 0);
    for (let c = 0; c < ci; c++) {
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++) {
          const [iy, ix] = [row * sh - pt + i * dh, column * sw - pl + j * dw];
          if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
          sum += x[((b * ci + c) * h + iy) * w + ix] * weight[((o * ci + c) * kh + i) * kw + j];
        }
      }
    }
    return sum;
  });
}
