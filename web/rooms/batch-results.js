// What a finished batch looks like: measures, confusion matrix, the table row by row.

import { fill, h } from "../base/dom.js";
import { percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { smallBar, valueText } from "../ui/scale.js";
import { confusionMatrix, plainTable } from "../ui/table.js";
import { cosine as cosineText } from "../base/format.js";

const PAGE = 50;

/**
 * @typedef {{texts: string[], given: (string | null)[] | null, truth: (string | null)[], labels: string[], mode: Mode, rows: BatchRow[],
 *   report: ClassReport | null, millis: number, ends: string}} BatchResult
 */

/** @param {number | null} value */
const share = (value) => (value === null ? t().undefined : percent(value));

/** @param {BatchResult} result @param {string} duration */
export function summary(result, duration) {
  const words = t().fig.batch;
  const { report } = result;
  const parts = [h("p", { class: "note", id: "batch-done" }, words.done(result.rows.length, duration))];
  if (!report) return parts;
  const known = result.truth.filter((label) => label !== null).length;
  const leftOut = result.truth.length - known;
  parts[0].append(" ", leftOut ? words.leftOut(leftOut) : "");
  const undefinedNote = report.accuracy === null || report.balanced_accuracy === null || report.per_class.some(({ precision, recall }) => precision === null || recall === null);
  return [...parts,
    h("dl", { class: "readings" },
      h("div", null, h("dt", null, words.accuracy), h("dd", { id: "accuracy" }, share(report.accuracy))),
      h("div", null, h("dt", null, words.balanced), h("dd", { id: "balanced-accuracy" }, share(report.balanced_accuracy))),
      h("div", { class: "wide-note" }, h("dt", null, words.known(known)), h("dd", null))),
    report.classes.length ? confusionMatrix(report) : null,
    report.classes.length ? plainTable(words.matrix, [words.perClass.name, words.perClass.precision, words.perClass.recall, words.perClass.f1, words.perClass.support],
      report.classes.map((name, at) => {
        const { precision, recall, f1, support } = report.per_class[at];
        return [name, share(precision), share(recall), share(f1), String(support)];
      })) : null,
    undefinedNote ? h("p", { class: "note" }, words.undefinedWhy) : null];
}

/** Rows come page by page: five thousand at once would hold up the page. @param {BatchResult} result @param {number} span */
export function resultTable(result, span) {
  const words = t().fig.batch.columns;
  const body = h("tbody", null);
  const columns = [words.text, words.score, words.closest, ...(result.given ? [words.given] : [])];
  const table = h("table", { class: "batch-table", id: "batch-table" },
    h("caption", { class: "hidden" }, t().fig.batch.caption),
    h("thead", null, h("tr", null, ...columns.map((name, at) => h("th", { scope: "col", class: at === 1 ? "number" : null }, name)))), body);
  const more = h("button", { type: "button", class: "plain", onclick: () => show() });
  let shown = 0;
  function show() {
    const next = result.rows.slice(shown, shown + PAGE).map((row, at) => rowOf(result, row, shown + at, span));
    body.append(...next);
    shown += next.length;
    more.hidden = shown >= result.rows.length;
    more.textContent = t().fig.batch.more(Math.min(PAGE, result.rows.length - shown));
  }
  show();
  return h("div", null, h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": t().fig.batch.caption }, table), more);
}

/** @param {BatchResult} result @param {BatchRow} row @param {number} at @param {number} span */
function rowOf(result, row, at, span) {
  const text = result.texts[at];
  const truth = result.truth[at];
  const wrong = truth !== null && truth !== undefined && truth !== result.labels[row.best];
  const value = result.mode === "ends" ? row.score : null;
  const number = h("td", { class: "number" });
  if (result.mode === "ends") fill(number, h("span", { class: "cell" }, smallBar(value, span), h("span", { class: "val" }, valueText(value))));
  else fill(number, h("span", { class: "val" }, cosineText(row.cosines[row.best])));
  return h("tr", { class: wrong ? "wrong" : null },
    h("th", { scope: "row", dir: "auto" }, h("span", { class: "clamp" }, text.length > 400 ? `${text.slice(0, 400)}…` : text)),
    number, h("td", { dir: "auto" }, result.labels[row.best]),
    result.given ? h("td", { dir: "auto" }, result.given[at] ?? "", wrong ? h("em", null, t().fig.batch.columns.wrong) : null) : null);
}
