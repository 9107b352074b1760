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

/** Addresses are set as they are typed; a sentence with a folder's name is not. @param {StoreSource} source */
export const sourceFace = ({ kind }) => (kind === "hub" || kind === "http" ? "mono" : null);

const BYTES = { f32: 4, f16: 2, bf16: 2, int8: 1 };
/**
 * What the weights take once they are on the device. The GPU keeps them as they are in the file, the CPU computes with f32; with `int8` they take
 * a byte each on either. Null where nobody can say yet. @param {PlanVariant} variant @param {Session} session @param {boolean} [int8]
 */
export function memoryOf({ dtype, weightBytes }, { status }, int8 = false) {
  if (dtype === "unknown") return null;
  if (int8) return weightBytes / BYTES[dtype];
  return status.opened?.bundle === "cpu" ? (4 * weightBytes) / BYTES[dtype] : weightBytes;
}
