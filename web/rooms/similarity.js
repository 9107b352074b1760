// Cosines, shares and ranks on plain numbers, some of them not known yet. pkg/images.js has its own two
// for numbers that are all there: the package is published without this folder.

/** Both of length one, so this is their cosine. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function dot(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
  return sum;
}

/** exp(scale · cosine) over their sum; what is not known yet takes no share. @param {(number | null)[]} cosines @param {number} scale @returns {(number | null)[]} */
export function softmax(cosines, scale) {
  const most = cosines.reduce((/** @type {number} */ top, value) => (value !== null && value > top ? value : top), -Infinity);
  const powers = cosines.map((value) => (value === null ? null : Math.exp((value - most) * scale)));
  const sum = powers.reduce((/** @type {number} */ all, value) => all + (value ?? 0), 0);
  return powers.map((value) => (value === null ? null : value / sum));
}

/**
 * @param {(number | null)[][]} cosines a row for each picture
 * @param {number} scale
 * @param {Across} across
 */
export function sharesOf(cosines, scale, across) {
  if (across === "labels") return cosines.map((row) => softmax(row, scale));
  /** @type {(number | null)[][]} */
  const shares = cosines.map((row) => row.map(() => null));
  for (let label = 0; label < (cosines[0]?.length ?? 0); label++) {
    softmax(cosines.map((row) => row[label]), scale).forEach((share, picture) => (shares[picture][label] = share));
  }
  return shares;
}

/** Where the largest stands, −1 where nothing is known. @param {(number | null)[]} values */
export function largest(values) {
  let at = -1;
  values.forEach((value, index) => {
    if (value !== null && (at < 0 || value > /** @type {number} */ (values[at]))) at = index;
  });
  return at;
}

/** Positions from the largest to the smallest, unknown ones last. @param {(number | null)[]} values */
export const ranked = (values) => values.map((_, at) => at).sort((a, b) => (values[b] ?? -Infinity) - (values[a] ?? -Infinity) || a - b);
