// Which model a lab uses, and what it is: a choice and a card in one popover beside its link; a sheet on phones.

import { h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { MODELS } from "../base/constants.js";
import { t } from "../i18n/index.js";
import { own as owned, spoken } from "../rooms/models-own.js";
import { sourceText } from "../rooms/models-words.js";

/** `key` is what the lab wants: "" the bundled one. @typedef {{key: string, verdict: string, stored: {key: string, name: string}[], choose: (key: string) => void, add: () => void}} OwnChoices */

/** The one in use, or the one that the lab waits for. @param {ModelName} model @param {ModelStatus<any>} status @param {OwnChoices} choices */
export function modelTitle(model, { own, instead, phase }, { key }) {
  const named = own || (phase === "idle" && !instead ? key : "");
  return named ? (owned.find(named)?.title ?? spoken(named)) : t().model[model].title;
}

/** @param {ModelName} model @param {ModelStatus<any>} status @param {OwnChoices} choices */
export function modelCard(model, status, choices) {
  const title = modelTitle(model, status, choices);
  const link = status.own ? null : h("a", { class: "plain", href: `./${MODELS[model].folder}README.md`, target: "_blank", rel: "noopener" }, t().model.card);
  return h("div", { id: "model-card", class: "pop", popover: "auto", role: "dialog", "aria-label": title },
    h("h2", { dir: "auto" }, title),
    h("dl", null, ...rows(model, status).flatMap(([name, value]) => [h("dt", null, name), h("dd", { dir: "auto" }, value)])),
    status.own && choices.verdict ? h("p", { class: "note" }, choices.verdict) : null,
    status.own ? h("p", { class: "note" }, t().models.choice.yours) : status.info ? null : h("p", { class: "note" }, t().model.notYet),
    choice(model, choices),
    h("p", { class: "acts" }, link, h("button", { type: "button", class: "plain", popovertarget: "model-card", popovertargetaction: "hide" }, t().close)));
}

/** @param {ModelName} model @param {ModelStatus<any>} status @returns {[string, string][]} */
function rows(model, { info, bytes, own }) {
  const words = t().model, said = words[model];
  const size = /** @type {[string, string]} */ ([words.size, megabytes(bytes || MODELS[model].bytes)]);
  const facts = /** @type {[string, string][]} */ (info ? [[words.built, said.built(info)], [words.reads, said.reads(info)]] : []);
  if (own) {
    const stored = owned.find(own);
    return [...(bytes ? [size] : []), ...(stored ? /** @type {[string, string][]} */ ([[t().models.choice.source, sourceText(stored.source)]]) : []), ...facts];
  }
  return [size, [words.languages, words.languagesValue], [words.weak, said.weak], [words.learned, said.learned], ...facts, [words.licence, MODELS[model].licence]];
}

/** @param {ModelName} model @param {OwnChoices} choices */
function choice(model, { key, stored, choose, add }) {
  const words = t().models.choice;
  const option = (/** @type {string} */ value, /** @type {string} */ name, /** @type {string} */ note) => h("label", { class: "option" },
    h("input", { type: "radio", name: "own-model", value, checked: value === key, onchange: () => choose(value) }), h("span", { dir: "auto" }, name, note ? h("small", { class: "note" }, note) : null));
  return h("fieldset", { class: "own-choice", id: "own-choice" }, h("legend", null, words.name),
    option("", t().model[model].title, words.bundled), ...stored.map((one) => option(one.key, one.name, "")),
    h("button", { type: "button", class: "plain small", id: "own-add", onclick: add }, words.add));
}
