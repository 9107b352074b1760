// A picture that could not be used: cause and next action, by what Rust found.

import { t } from "../i18n/index.js";

/** @param {KindlingError} error @returns {string[]} cause, next action */
export function pictureError(error) {
  const detail = /** @type {Record<string, unknown>} */ (error.detail ?? {});
  const byCode = /** @type {Record<string, (detail: any) => string[]>} */ (t().images.errors);
  const code = String(detail.code ?? "");
  if (error.kind === "image" && Object.hasOwn(byCode, code)) return byCode[code](detail);
  if (error.kind === "image") return byCode.other(detail);
  const kinds = /** @type {Record<string, string[]>} */ (t().errors.kinds);
  return kinds[error.kind] ?? byCode.other(detail);
}

/** Whether the same file may go better the next time. @param {KindlingError} error */
export const worthAnotherTry = (error) => error.kind !== "image" || /** @type {any} */ (error.detail)?.code === "unreadable";
