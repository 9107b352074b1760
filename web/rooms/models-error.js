// Words for what the store says went wrong: cause, next action, and both hashes where bytes differ.

import { h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { t } from "../i18n/index.js";
import { errorNote } from "../ui/error-note.js";

/** A cause and what to do; undefined where the store does not name it. @param {KindlingError} error @returns {string[] | undefined} */
export function wordsOf({ kind, detail }) {
  const all = /** @type {Record<string, any>} */ (t().models.errors);
  const found = Object.hasOwn(all, kind) ? all[kind] : undefined;
  if (Array.isArray(found)) return found;
  const { reason, what } = /** @type {Record<string, string>} */ (detail ?? {});
  if (!found || typeof found !== "object") return undefined;
  return found[reason] ?? found[what] ?? found[Object.keys(found)[0]];
}

/** What the error names, in the words of the page. @param {KindlingError} error */
function particulars({ kind, detail }) {
  const words = t().models.errors;
  const said = /** @type {Record<string, any>} */ (detail ?? {});
  /** @type {[string, string][]} */
  const rows = [];
  if (typeof said.file === "string" && said.file) rows.push([words.fileLabel, said.file]);
  const show = (/** @type {unknown} */ value) => (typeof value === "number" ? megabytes(value) : String(value));
  if (said.expected !== undefined && said.expected !== null) rows.push([words.expected, show(said.expected)]);
  if (said.found !== undefined && said.found !== null && kind !== "refused") rows.push([words.found, show(said.found)]);
  const line = kind === "refused" && typeof said.found === "string" && said.found ? words.what(said.found)
    : kind === "quota" && typeof said.needed === "number" ? words.free(megabytes(said.used ?? 0), megabytes(said.quota ?? 0), megabytes(said.needed)) : "";
  return { rows, line };
}

/** @param {KindlingError} error @param {{label: string, run: () => void}[]} actions */
export function storeError(error, actions) {
  const note = errorNote(error, actions, wordsOf(error));
  const { rows, line } = particulars(error);
  const before = note.querySelector(".acts") ?? note.querySelector("details");
  if (line) note.insertBefore(h("p", { class: "note" }, line), before);
  if (rows.length) note.insertBefore(h("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, /^[0-9a-f]{40,}$/.test(value) ? h("code", null, value) : h("bdi", null, value))])), before);
  return note;
}
