// The self-check: the same small input on the device in use and on the CPU. By hand for every model
// that is loaded, and by itself for one's own on a graphics device.

import { h, fill } from "../base/dom.js";
import { magnitude } from "../base/format.js";
import { t } from "../i18n/index.js";
import { plainTable } from "../ui/table.js";
import { own, spoken } from "./models-own.js";

/** What was found last, by model and by what was loaded; in this visit. @type {Map<string, SelfCheck>} */
const found = new Map();
/** @param {Session} session @param {ModelName} name */
const keyNow = ({ status }, name) => `${name} ${status.models[name].own} ${status.opened?.device.kind} ${status.opened?.device.name}`;
/** @param {Session} session @param {ModelName} name */
export const checkOf = (session, name) => found.get(keyNow(session, name)) ?? null;

/** @param {SelfCheck} check */
export const farthest = ({ stages }) => stages.reduce((most, { difference }) => (Number.isFinite(difference) ? Math.max(most, difference) : Infinity), 0);

/** @param {Session} session @param {ModelName} name @returns {Promise<SelfCheck>} */
export async function runCheck(session, name) {
  const key = keyNow(session, name);
  const { own: mine } = session.status.models[name];
  const given = mine ? await own.open(mine, { check: false }) : {};
  const check = await session.request("selfCheck", { model: name, ...given });
  found.set(key, check);
  return check;
}

/** @param {SelfCheck} check */
export const verdictOf = (check) => (check.passed ? t().models.inside.passed : t().models.inside.failed)(magnitude(farthest(check)));

/** A button, and what it found. @param {Session} session @param {ModelName} name @param {() => void} useCpu */
export function checkBlock(session, name, useCpu) {
  const words = t().models.inside;
  const mine = session.status.models[name].own;
  const title = mine ? spoken(mine) : t().model[name].title;
  const result = h("div", { role: "status" });
  const button = h("button", { type: "button", class: "plain small", "data-check": name, onclick: () => void run() }, words.run(title));

  /** @param {SelfCheck} check */
  function show(check) {
    fill(result, h("p", { class: check.passed ? "note" : "note wrong-numbers" }, h("strong", null, verdictOf(check)), t().open.comma, words.limit(magnitude(check.tolerance)), t().open.comma, words.took(t().duration(check.millis))),
      check.left_out.length ? h("p", { class: "note" }, words.leftOut(check.left_out.length)) : null,
      plainTable(words.compare, [words.stage, words.difference], check.stages.map((stage) => [stage.name, magnitude(stage.difference)])),
      check.passed || session.status.opened?.bundle === "cpu" ? null : h("p", { class: "acts" }, h("button", { type: "button", class: "go", onclick: useCpu }, words.useCpu)));
  }
  async function run() {
    button.disabled = true;
    fill(result, h("p", { class: "note" }, words.running));
    try {
      show(await runCheck(session, name));
    } catch (error) {
      const { kind, message } = /** @type {KindlingError} */ (error);
      const known = /** @type {Record<string, string[]>} */ (t().errors.kinds)[kind];
      fill(result, h("p", { class: "note" }, known?.[0] ?? message));
    }
    button.disabled = false;
  }
  const last = checkOf(session, name);
  if (last) show(last);
  return h("div", { class: "check" }, button, result);
}
