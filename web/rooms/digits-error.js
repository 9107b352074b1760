// An error of the lessons' program in the lab's own words: cause and next action.

import { t } from "../i18n/index.js";
import { errorNote } from "../ui/error-note.js";

/** @param {KindlingError} error @param {{label: string, run: () => void}[]} actions */
export function digitsError(error, actions) {
  const kinds = /** @type {Record<string, (detail: any) => string[]>} */ (t().digits.errors);
  const words = Object.hasOwn(kinds, error.kind) ? kinds[error.kind] : kinds.other;
  return errorNote(error, actions, words(error.detail ?? {}));
}
