// A cause and a next action, in words; the machine's own words stay under "Details".

import { h } from "../base/dom.js";
import { t } from "../i18n/index.js";

/**
 * @param {KindlingError} error
 * @param {{label: string, run: () => void}[]} actions the first one is primary
 * @param {string[]} [own] a lab's own cause and next action
 */
export function errorNote(error, actions, own) {
  const words = t().errors;
  const kinds = /** @type {Record<string, string[]>} */ (words.kinds);
  const [cause, next] = own ?? kinds[error.kind] ?? words.other;
  const detail = /** @type {Record<string, unknown>} */ (error.detail ?? {});
  const extra = detail.reason === "not-a-model" ? words.notModel : detail.reason === "checksum" ? words.checksum : "";
  return h("div", { class: "err", role: "alert", "data-kind": error.kind },
    h("p", null, h("strong", null, cause)),
    h("p", null, [extra, next].filter(Boolean).join(" ")),
    actions.length ? h("p", { class: "acts" }, ...actions.map(({ label, run }, at) => h("button", { type: "button", class: at ? "plain" : "go", onclick: run }, label))) : null,
    h("details", { class: "code" }, h("summary", null, t().details), h("pre", { tabindex: "0" }, `${error.kind}: ${error.message}\n${describe(error.detail)}`)),
  );
}

/** @param {unknown} detail */
function describe(detail) {
  try {
    return JSON.stringify(detail ?? {}, null, 2).slice(0, 4000);
  } catch {
    return String(detail);
  }
}
