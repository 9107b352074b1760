// A run that failed, in words: cause and next action, by kind and by what the program says of it.

import { t } from "../i18n/index.js";
import { errorNote } from "../ui/error-note.js";
import { pictureError } from "./picture-error.js";

/** @param {KindlingError} error @returns {string[]} cause, next action */
export function runErrorWords(error) {
  const detail = /** @type {Record<string, any>} */ (error.detail ?? {});
  const own = /** @type {Record<string, (detail: any) => string[]>} */ (t().generate.errors);
  if (error.kind === "image") return pictureError(error);
  // A sampler refuses some numbers of steps; it is not the checkpoint's fault.
  if (error.kind === "config" && /steps/.test(JSON.stringify(detail) + error.message)) return own.generate_options({ field: "steps" });
  if (Object.hasOwn(own, error.kind)) return own[error.kind](detail);
  const kinds = /** @type {Record<string, string[]>} */ (t().errors.kinds);
  return kinds[error.kind] ?? t().errors.other;
}

/** @param {KindlingError} error @param {{label: string, run: () => void}[]} actions */
export const runError = (error, actions) => errorNote(error, actions, runErrorWords(error));
