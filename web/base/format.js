// Numbers as the page prints them: a true minus, a sign on every score, no false precision.

/** @param {number} value @param {number} digits */
function fixed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? "\u2212" : "") + text;
}

/** +0.26, −0.071, 0.000: three decimals where two would hide the difference. @param {number} value */
export function score(value) {
  const text = fixed(value, Math.abs(value) < 0.1 ? 3 : 2);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** @param {number} value */
export const cosine = (value) => fixed(value, 3);

/** 87%; never "0%" for something that happened. @param {number} share */
export function percent(share) {
  const value = share * 100;
  if (value > 0 && value < 1) return "< 1%";
  if (value < 100 && value > 99) return "> 99%";
  return `${Math.round(value)}%`;
}

/** Three digits of something of any size: 0.0146, 13.7, 3.1 × 10⁸, 4.0 × 10⁻⁶. @param {number} value zero or more */
export function magnitude(value) {
  if (!Number.isFinite(value)) return "∞";
  if (value === 0 || (value >= 1e-3 && value < 1e5)) return String(Number(value.toPrecision(3)));
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits} × 10${[...power.replace("+", "")].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("")}`;
}

/** @param {number} value @param {string} locale */
export const count = (value, locale) => new Intl.NumberFormat(locale).format(value);

/** @param {number} bytes */
export function megabytes(bytes) {
  const mega = bytes / 1e6;
  if (mega < 0.1) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return `${mega < 10 ? mega.toFixed(1) : Math.round(mega)} MB`;
}

/** @param {number} cosineValue */
export const degrees = (cosineValue) => (Math.acos(Math.min(1, Math.max(-1, cosineValue))) * 180) / Math.PI;
