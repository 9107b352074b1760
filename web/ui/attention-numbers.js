// Attention weights as planes: one head's, or the mean of a layer's heads. Plain numbers only.

/**
 * The `tokens × tokens` weights of one head; the mean of all heads where `head` is below 0.
 * @param {Attention} data @param {number} layer @param {number} head
 */
export function planeOf({ heads, tokens, weights }, layer, head) {
  const size = tokens * tokens;
  const start = (/** @type {number} */ which) => (layer * heads + which) * size;
  if (head >= 0) return weights.subarray(start(head), start(head) + size);
  const mean = new Float32Array(size);
  for (let which = 0; which < heads; which++) {
    const from = start(which);
    for (let at = 0; at < size; at++) mean[at] += weights[from + at] / heads;
  }
  return mean;
}

/** @param {Float32Array} plane */
export const largestOf = (plane) => plane.reduce((most, value) => Math.max(most, value), 0);

/** Where a row looks most. @param {Float32Array} plane @param {number} tokens @param {number} row */
export function strongestOf(plane, tokens, row) {
  let best = 0;
  for (let at = 1; at < tokens; at++) if (plane[row * tokens + at] > plane[row * tokens + best]) best = at;
  return best;
}

/** As a strip names it: the space in front of a word is not shown. @param {Token} token */
export const nameOf = ({ special, piece, text }) => (special ? piece : text.trim() || piece);

/** 0.31, < 0.01: never 0 for something that is there, nor 1 for less than all. @param {number} weight */
export function weightText(weight) {
  if (weight > 0 && weight < 0.005) return "< 0.01";
  return weight >= 0.995 && weight < 1 ? "> 0.99" : weight.toFixed(2);
}
