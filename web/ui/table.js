// Plain tables: numbers, a confusion matrix, and a table that waits to be asked for.

import { h } from "../base/dom.js";
import { t } from "../i18n/index.js";

/** @typedef {import("../base/dom.js").Child} Child */

/**
 * @param {string} caption
 * @param {string[]} columns
 * @param {Child[][]} rows the first cell of each names the row
 */
export function plainTable(caption, columns, rows) {
  return h("table", { class: "plain-table" },
    h("caption", { class: "hidden" }, caption),
    h("thead", null, h("tr", null, ...columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", null, ...rows.map((row) => h("tr", null, ...row.map((cell, at) => (at ? h("td", null, cell) : h("th", { scope: "row", dir: "auto" }, cell)))))));
}

/** Built when it is opened: hundreds of numbers cost nothing until someone reads them. @param {() => HTMLElement} build */
export function tableOnDemand(build) {
  const box = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t().table });
  const details = h("details", { class: "as-table" }, h("summary", null, t().table), box);
  const refresh = () => {
    if (!details.open) return;
    const table = build();
    box.replaceChildren(table);
    box.setAttribute("aria-label", table.querySelector("caption")?.textContent ?? t().table);
  };
  details.addEventListener("toggle", refresh);
  return { element: details, refresh };
}

/** Truth by answer; the share of each row tints its cell, the number is always printed. @param {ClassReport} report */
export function confusionMatrix(report) {
  const words = t().fig.batch;
  const head = h("tr", null, h("th", { scope: "col", class: "corner" }, `${words.given} ↓  ${words.answered} →`), ...report.classes.map((name) => h("th", { scope: "col", dir: "auto" }, name)));
  const body = report.matrix.map((row, truth) => {
    const total = row.reduce((sum, value) => sum + value, 0);
    const cells = row.map((value, answer) => {
      const cell = h("td", { class: truth === answer ? "right" : null }, value);
      cell.style.setProperty("--m", String(total ? Math.round((value / total) * 100) : 0));
      return cell;
    });
    return h("tr", null, h("th", { scope: "row", dir: "auto" }, report.classes[truth]), ...cells);
  });
  return h("table", { class: "matrix" }, h("caption", { class: "note" }, words.matrix), h("thead", null, head), h("tbody", null, ...body));
}
