// Device, reason, model, size, and "works offline" once that has been checked.

import { fill, h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { MODELS } from "../base/constants.js";
import { t } from "../i18n/index.js";
import { modelCard, modelTitle } from "./model-card.js";

/**
 * @param {HTMLElement} line
 * @param {{status: SessionStatus, model: ModelName, bytes: number, offline: "no" | "saving" | "yes", visitOnly: boolean, choose: (choice: DeviceChoice) => void, own: import("./model-card.js").OwnChoices}} data
 */
export function drawStatusLine(line, { status, model, bytes, offline, visitOnly, choose, own }) {
  const words = t().status;
  const { opened } = status;
  const kept = document.activeElement?.id ?? "";
  const open = line.querySelector(":popover-open")?.id;
  const kind = opened ? (opened.device.kind === "webgpu" ? "" : "cpu") : "none";
  fill(line,
    h("span", { class: `dot ${kind}`, "aria-hidden": "true" }),
    part(h("button", { type: "button", id: "device", popovertarget: "device-choice", "aria-haspopup": "dialog" }, deviceName(status, model))),
    opened ? part(h("span", null, words.reasons[opened.reason]), "more") : null,
    part(h("button", { type: "button", id: "model", popovertarget: "model-card", "aria-haspopup": "dialog" }, modelTitle(model, status.models[model], own))),
    status.models[model].bytes || !own.key ? part(h("span", { id: "model-size" }, megabytes(status.models[model].bytes || bytes || MODELS[model].bytes)), "more") : null,
    offline === "yes" ? part(h("span", { id: "offline" }, words.offline)) : null,
    offline === "saving" ? part(h("span", null, words.saving), "more") : null,
    visitOnly ? part(h("span", { class: "badge", id: "visit-only", title: words.visitNote }, words.visit)) : null,
    modelCard(model, status.models[model], own), deviceChoice(status, choose));
  if (["device", "model"].includes(kept)) /** @type {HTMLElement} */ (line.querySelector(`#${kept}`)).focus();
  if (open) /** @type {HTMLElement} */ (line.querySelector(`#${open}`))?.showPopover();
}

/**
 * Of a lab that trains its own model here: nothing is loaded, so there is neither card nor device to choose.
 * @param {HTMLElement} line
 * @param {{runs: string, bytes: number, offline: "no" | "saving" | "yes", visitOnly: boolean}} data
 */
export function drawLessonStatus(line, { runs, bytes, offline, visitOnly }) {
  const words = t().status;
  fill(line,
    h("span", { class: "dot cpu", "aria-hidden": "true" }), part(h("span", null, "CPU")), part(h("span", { id: "lesson-runs" }, runs)),
    part(h("span", null, words.lessons(megabytes(bytes))), "more"),
    offline === "yes" ? part(h("span", { id: "offline" }, words.offline)) : null,
    offline === "saving" ? part(h("span", null, words.saving), "more") : null,
    visitOnly ? part(h("span", { class: "badge", id: "visit-only", title: words.visitNote }, words.visit)) : null);
}

/**
 * Of the models room, which computes nothing.
 * @param {HTMLElement} line
 * @param {{models: StoredModel[], offline: "no" | "saving" | "yes", visitOnly: boolean}} data
 */
export function drawPlainStatus(line, { models, offline, visitOnly }) {
  const words = t().status;
  const bytes = models.reduce((sum, { held }) => sum + held, 0);
  fill(line,
    h("span", { class: "dot cpu", "aria-hidden": "true" }), part(h("span", null, t().models.status(models.length, megabytes(bytes)))),
    offline === "yes" ? part(h("span", { id: "offline" }, words.offline)) : null,
    offline === "saving" ? part(h("span", null, words.saving), "more") : null,
    visitOnly ? part(h("span", { class: "badge", id: "visit-only", title: words.visitNote }, words.visit)) : null);
}

/** @param {Node} child @param {string} [kind] */
const part = (child, kind = "") => h("span", { class: `part ${kind}` }, child);

/** @param {SessionStatus} status @param {ModelName} model */
function deviceName({ opened, phase, models }, model) {
  const words = t().status;
  if (!opened) return phase === "failed" ? words.stopped : models[model].phase === "idle" ? words.idle : words.starting;
  if (opened.device.kind === "cpu") return "CPU";
  return opened.device.name ? `WebGPU, ${opened.device.name}` : "WebGPU";
}

/** @param {SessionStatus} status @param {(choice: DeviceChoice) => void} choose */
function deviceChoice({ choice, opened }, choose) {
  const words = t().status;
  const options = /** @type {DeviceChoice[]} */ (["auto", "cpu", "webgpu"]).map((value) =>
    h("label", { class: "option" }, h("input", { type: "radio", name: "device", value, checked: choice === value, onchange: () => choose(value) }), h("span", null, words.choices[value])));
  return h("div", { id: "device-choice", class: "pop", popover: "auto", role: "dialog", "aria-label": words.choose },
    h("fieldset", null, h("legend", null, words.choose), ...options),
    opened ? h("p", { class: "note" }, `${opened.device.kind === "cpu" ? "CPU" : "WebGPU"}${t().open.comma}${words.reasons[opened.reason]}`) : null,
    h("p", { class: "acts" }, h("button", { type: "button", class: "plain", popovertarget: "device-choice", popovertargetaction: "hide" }, t().close)));
}
