// Sizes, times and places as the models room says them.

import { megabytes } from "../base/format.js";
import { locale, t } from "../i18n/index.js";

/** @param {number} bytes */
export const sizeText = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB` : megabytes(bytes));

/** @param {number} seconds */
export function timeText(seconds) {
  const { time } = t().models;
  if (seconds < 90) return time.seconds(Math.max(1, Math.ceil(seconds)));
  return seconds < 5_400 ? time.minutes(Math.round(seconds / 60)) : time.hours(Math.round(seconds / 3_600));
}

/** @param {number} millis since 1970 */
export const dayText = (millis) => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(millis);

/** Where it came from, short. @param {StoreSource} source */
export function sourceText(source) {
  const words = t().models.list;
  if (source.kind === "hub") return `${source.base.replace(/^https?:\/\//, "")}${source.revision ? ` @ ${source.revision.slice(0, 7)}` : ""}`;
  if (source.kind === "http") return source.base.replace(/^https?:\/\//, "");
  return source.kind === "folder" ? words.folder(source.name) : words.kit(source.name);
}

const BYTES = { f32: 4, f16: 2, bf16: 2, unknown: 4 };
/** What the weights take once they are on the device: as they are in the file, or a byte each. @param {PlanVariant} variant @param {Stored} [as] */
export const memoryOf = ({ dtype, weightBytes }, as) => (as === "int8" ? weightBytes / BYTES[dtype] : weightBytes);

/** 3·10⁻⁶. @param {number} value */
export function smallNumber(value) {
  if (!Number.isFinite(value)) return "∞";
  if (value === 0) return "0";
  if (Math.abs(value) >= 0.01) return value.toPrecision(2);
  const [digits, power] = value.toExponential(0).split("e");
  const raised = [...String(Math.abs(Number(power)))].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
  return `${digits}·10${Number(power) < 0 ? "⁻" : ""}${raised}`;
}
