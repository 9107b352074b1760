// Neighbours, pairs and sums on plain vectors of length one.

import { dot } from "./similarity.js";

/** @typedef {{at: number, cosine: number}} Near */

/**
 * The points nearest to a direction, from the nearest on.
 * @param {ArrayLike<number>} query of length one
 * @param {number} count points
 * @param {(at: number) => ArrayLike<number>} unit
 * @param {{most: number, without?: (at: number) => boolean}} options
 * @returns {Near[]}
 */
export function nearest(query, count, unit, { most, without }) {
  /** @type {Near[]} */
  const found = [];
  for (let at = 0; at < count; at++) {
    if (without?.(at)) continue;
    const cosine = dot(query, unit(at));
    if (found.length === most && cosine <= found[most - 1].cosine) continue;
    let place = found.length;
    while (place && found[place - 1].cosine < cosine) place--;
    found.splice(place, 0, { at, cosine });
    if (found.length > most) found.pop();
  }
  return found;
}

/** The points nearest to one on the map, from the nearest on. @param {Float32Array} positions @param {number} of @param {number} most @returns {number[]} */
export function nearestOnMap(positions, of, most) {
  const count = positions.length / 2;
  const distances = Array.from({ length: count }, (_, at) => (positions[2 * at] - positions[2 * of]) ** 2 + (positions[2 * at + 1] - positions[2 * of + 1]) ** 2);
  return distances.map((_, at) => at).filter((at) => at !== of).sort((a, b) => distances[a] - distances[b] || a - b).slice(0, most);
}

/** A vector of length one; all zeros stay zeros. @param {ArrayLike<number>} vector */
export function unitOf(vector) {
  const length = Math.sqrt(dot(vector, vector));
  return Float32Array.from(vector, (value) => (length > 0 ? value / length : 0));
}

/** a − b + c, of length one; null where the three cancel out. @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {ArrayLike<number>} c */
export function sumOf(a, b, c) {
  const sum = Float32Array.from(a, (value, at) => value - b[at] + c[at]);
  return dot(sum, sum) > 1e-10 ? unitOf(sum) : null;
}

/** @typedef {{a: number, b: number, cosine: number, forth: number, back: number, mutual: boolean}} Pair `forth` is what lies nearest to a on the other side, `back` what lies nearest to b */

/**
 * Whether the two of each pair are each other's nearest among all points of the other side.
 * @param {[number, number][]} links
 * @param {(at: number) => ArrayLike<number>} unit
 * @returns {Pair[]}
 */
export function pairsOf(links, unit) {
  const lefts = links.map(([a]) => a), rights = links.map(([, b]) => b);
  /** @param {number} of @param {number[]} among */
  const best = (of, among) => among.reduce((top, at) => {
    const cosine = dot(unit(of), unit(at));
    return cosine > top.cosine ? { at, cosine } : top;
  }, { at: -1, cosine: -Infinity }).at;
  return links.map(([a, b]) => {
    const forth = best(a, rights), back = best(b, lefts);
    return { a, b, cosine: dot(unit(a), unit(b)), forth, back, mutual: forth === b && back === a };
  });
}

/** The middle value; null of none. @param {number[]} values */
export function median(values) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The mean cosine between the points of a set; null where there are fewer than two. @param {number[]} points @param {(at: number) => ArrayLike<number>} unit */
export function meanCosine(points, unit) {
  const n = points.length;
  if (n < 2) return null;
  const sum = new Float64Array(unit(points[0]).length);
  let own = 0;
  for (const at of points) {
    const vector = unit(at);
    for (let place = 0; place < sum.length; place++) sum[place] += vector[place];
    own += dot(vector, vector);
  }
  // Of |Σv|² the cosines of different points are what is left without each one's own square.
  return (dot(sum, sum) - own) / (n * (n - 1));
}

/**
 * Columns brought to mean 0 and deviation 1, so that no unit outweighs another; a constant one becomes 0.
 * @param {number[][]} rows @returns {Float32Array} [rows × columns]
 */
export function standardised(rows) {
  const dim = rows[0]?.length ?? 0;
  const vectors = new Float32Array(rows.length * dim);
  for (let column = 0; column < dim; column++) {
    const mean = rows.reduce((sum, row) => sum + row[column] / rows.length, 0);
    const deviation = Math.sqrt(rows.reduce((sum, row) => sum + (row[column] - mean) ** 2 / rows.length, 0));
    rows.forEach((row, at) => (vectors[at * dim + column] = deviation > Math.abs(mean) * 1e-12 && Number.isFinite(deviation) ? (row[column] - mean) / deviation : 0));
  }
  return vectors;
}
