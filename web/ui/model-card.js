// What a model is, and what it is weak at. A popover beside its link; a sheet on phones.

import { h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { MODELS } from "../base/constants.js";
import { t } from "../i18n/index.js";

/** @param {ModelName} model @param {ModelStatus<any>} status */
export function modelCard(model, { info, bytes }) {
  const words = t().model;
  const own = words[model];
  /** @type {[string, string][]} */
  const rows = [
    [words.size, megabytes(bytes || MODELS[model].bytes)],
    [words.languages, words.languagesValue],
    [words.weak, own.weak],
    [words.learned, own.learned],
  ];
  if (info) rows.push([words.built, own.built(info)], [words.reads, own.reads(info)]);
  rows.push([words.licence, MODELS[model].licence]);
  return h("div", { id: "model-card", class: "pop", popover: "auto", role: "dialog", "aria-label": own.title },
    h("h2", null, own.title),
    h("dl", null, ...rows.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)])),
    info ? null : h("p", { class: "note" }, words.notYet),
    h("p", { class: "acts" }, h("a", { class: "plain", href: `./${MODELS[model].folder}README.md`, target: "_blank", rel: "noopener" }, words.card),
      h("button", { type: "button", class: "plain", popovertarget: "model-card", popovertargetaction: "hide" }, t().close)));
}
