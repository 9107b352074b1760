// In which order the pictures stand in the matrix, and how well their names are met.

import { lang } from "../i18n/index.js";
import { largest } from "./similarity.js";

/** @param {SimilarityTable} table @param {string} sort @returns {number[]} rows of the table */
export function pictureOrder({ pictures, labels, cosines, best }, sort) {
  const rows = pictures.map((_, at) => at);
  const column = sort.startsWith("label:") ? labels.indexOf(sort.slice(6)) : -1;
  const value = (/** @type {number} */ row, /** @type {number} */ label) => cosines[row][label] ?? -Infinity;
  if (column >= 0) return rows.sort((a, b) => value(b, column) - value(a, column) || a - b);
  if (sort === "closest") return rows.sort((a, b) => best[a] - best[b] || value(b, best[b]) - value(a, best[a]) || a - b);
  if (sort === "name") {
    const collator = new Intl.Collator(lang() === "zh" ? "zh-CN" : "en", { numeric: true });
    return rows.sort((a, b) => collator.compare(pictures[a].name[lang()], pictures[b].name[lang()]) || a - b);
  }
  return rows;
}

/** Cells to be framed, as "row column". @param {SimilarityTable} table @param {Across} across */
export function framed({ cosines, best }, across) {
  if (across === "labels") return new Set(best.map((label, row) => `${row} ${label}`));
  return new Set((cosines[0] ?? []).map((_, label) => `${largest(cosines.map((row) => row[label]))} ${label}`));
}

/** "cat.jpg" and "Cat" both mean the label "cat". @param {string} text */
const plain = (text) => text.replace(/\.\w{2,5}$/, "").trim().toLowerCase();

/**
 * Pictures that carry a label's name: how many of them lie closest to it. No other truth is known here.
 * @param {SimilarityTable} table
 */
export function namesMet({ pictures, labels, best }) {
  const names = labels.map(plain);
  let all = 0, right = 0;
  pictures.forEach(({ name }, row) => {
    const own = [names.indexOf(plain(name.en)), names.indexOf(plain(name.zh))].filter((at) => at >= 0);
    if (!own.length) return;
    all += 1;
    if (own.includes(best[row])) right += 1;
  });
  return { all, right, none: pictures.length - all };
}
