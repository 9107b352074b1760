// Fields for the knobs of the labs that train: each is named after the setting it changes.

import { h } from "../base/dom.js";
import { checkField, numberField, selectField } from "../ui/number-field.js";
import { rangeField } from "../ui/range-field.js";
import { MAX_SEED, randomSeed } from "./training-settings.js";

/** Place of the step nearest to a value that a link may have brought. @param {(number | null)[]} steps @param {number | null} value */
export function nearest(steps, value) {
  if (value === null) return steps.indexOf(null);
  const away = (/** @type {number | null} */ step) => (step === null ? Infinity : Math.abs(Math.log((step || 1e-6) / (value || 1e-6))));
  return steps.reduce((/** @type {number} */ best, step, at) => (away(step) < away(steps[best]) ? at : best), steps[0] === null ? 1 : 0);
}

/** 0.0003, 0.01: no exponents on a slider. @param {number} value */
export const plain = (value) => String(Number(value.toPrecision(2)).toFixed(6).replace(/0+$/, "").replace(/\.$/, ""));

/**
 * @template {{seed: number, locked: boolean}} State
 * @param {string} lab comes first in the id of each field
 * @param {(patch: Partial<State>, group?: string) => void} set changes of one group are undone together
 */
export function knobFields(lab, set) {
  const change = (/** @type {keyof State & string} */ name, /** @type {unknown} */ value, group = "") => set(/** @type {Partial<State>} */ ({ [name]: value }), group);
  const id = (/** @type {string} */ name) => `${lab}-${name}`;
  return {
    /** @param {keyof State & string} name @param {number} least @param {number} most @param {number} step */
    range: (name, least, most, step) => rangeField({ id: id(name), least, most, step, changed: (value) => change(name, Number(value.toFixed(3)), name) }),
    /** @param {keyof State & string} name @param {(number | null)[]} steps */
    stepped: (name, steps) => rangeField({ id: id(name), least: 0, most: steps.length - 1, step: 1, changed: (at) => change(name, steps[at], name) }),
    /** @param {keyof State & string} name @param {(value: string) => unknown} [read] */
    select: (name, read = (value) => value) => selectField({ id: id(name), changed: (value) => change(name, read(value)) }),
    seed: numberField({ id: id("seed"), least: 0, most: MAX_SEED, changed: (value) => change("seed", value, "seed") }),
    dice: h("button", { type: "button", class: "plain small", id: id("dice"), onclick: () => change("seed", randomSeed()) }),
    locked: checkField({ id: id("locked"), changed: (on) => change("locked", on) }),
  };
}
