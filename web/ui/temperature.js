// A slider over three powers of ten, with a mark at the model's own temperature.

import { TEMPERATURES } from "../base/constants.js";
import { h } from "../base/dom.js";
import { t } from "../i18n/index.js";

const LOW = Math.log10(TEMPERATURES.coldest), HIGH = Math.log10(TEMPERATURES.warmest);
const STEPS = 300;
/** @param {number} temperature */
const toStep = (temperature) => Math.round(((Math.log10(temperature) - LOW) / (HIGH - LOW)) * STEPS);
/** @param {number} step */
const fromStep = (step) => 10 ** (LOW + (step / STEPS) * (HIGH - LOW));

/** 0.0125 as "0.0125", never as a power of ten. @param {number} temperature */
export const temperatureText = (temperature) => String(Number(temperature.toPrecision(2)));

/** @param {(temperature: number | null) => void} changed */
export function temperatureSlider(changed) {
  const label = h("label", { for: "temperature" });
  const value = h("output", { for: "temperature", id: "temperature-value" });
  const slider = h("input", { type: "range", id: "temperature", min: "0", max: String(STEPS), step: "1" });
  const mark = h("i", { class: "own", "aria-hidden": "true" });
  const ends = h("p", { class: "numerals", "aria-hidden": "true" });
  const reset = h("button", { type: "button", class: "plain small", id: "temperature-own", onclick: () => changed(null) });
  const note = h("p", { class: "note" });
  slider.addEventListener("input", () => changed(fromStep(Number(slider.value))));
  return {
    element: h("div", { class: "field temperature" }, h("p", { class: "over" }, label, value), h("span", { class: "slide" }, slider, mark), ends, note, reset),
    /** @param {number | null} temperature null is the model's own @param {number} own */
    set(temperature, own) {
      const words = t().images.answer;
      const shown = temperature ?? own;
      label.textContent = words.temperature;
      value.textContent = temperatureText(shown) + (temperature === null ? t().open.comma + words.own : "");
      slider.value = String(toStep(shown));
      slider.setAttribute("aria-valuetext", value.textContent);
      mark.style.setProperty("--at", String(toStep(own) / STEPS));
      ends.replaceChildren(h("span", null, words.sharp), h("span", null, words.flat));
      note.textContent = words.temperatureNote(String(Number((1 / shown).toPrecision(3))));
      reset.textContent = words.reset;
      reset.hidden = temperature === null;
    },
  };
}
