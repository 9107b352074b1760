// What the model is, and what it is weak at. A popover beside its link; a sheet on phones.

import { h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { MODEL } from "../base/constants.js";
import { t } from "../i18n/index.js";

/** @param {Opened | null} opened */
export function modelCard(opened) {
  const words = t().model;
  /** @type {[string, string][]} */
  const rows = [
    [words.size, megabytes(opened?.bytes ?? MODEL.bytes)],
    [words.languages, words.languagesValue],
    [words.weak, words.weakValue],
    [words.learned, words.learnedValue],
  ];
  if (opened) rows.push([words.built, words.builtValue(opened.model)], [words.reads, words.readsValue(opened.model)]);
  rows.push([words.licence, MODEL.licence]);
  return h("div", { id: "model-card", class: "pop", popover: "auto", role: "dialog", "aria-label": words.title },
    h("h2", null, words.title),
    h("dl", null, ...rows.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)])),
    opened ? null : h("p", { class: "note" }, words.notYet),
    h("p", { class: "acts" }, h("a", { class: "plain", href: `./${MODEL.folder}README.md`, target: "_blank", rel: "noopener" }, words.card),
      h("button", { type: "button", class: "plain", popovertarget: "model-card", popovertargetaction: "hide" }, t().close)));
}
