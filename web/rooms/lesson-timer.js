// A count-down that a teacher sets for the class. It runs on through the steps, and says its end once.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";

const MOST_MINUTES = 180;
const TICK_MILLIS = 250;

/** @param {(text: string) => void} announce */
export function createTimer(announce) {
  const element = h("div", { class: "lesson-timer" });
  let minutes = 10, endMillis = 0, timer = 0, over = false;
  const left = () => Math.max(0, Math.ceil((endMillis - performance.now()) / 1000));

  function stop() {
    clearInterval(timer);
    timer = 0;
    build();
  }
  function start() {
    over = false;
    endMillis = performance.now() + minutes * 60_000;
    timer = window.setInterval(tick, TICK_MILLIS);
    build();
    element.querySelector("button")?.focus();
  }
  function tick() {
    const clock = element.querySelector("[role=timer]");
    const text = t().lesson.timer.clock(left());
    if (clock && clock.textContent !== text) clock.textContent = text;
    if (left() > 0) return;
    over = true;
    stop();
    announce(t().lesson.timer.over);
  }
  function build() {
    const words = t().lesson.timer;
    if (timer) return fill(element, h("span", { class: "lbl" }, words.name), h("span", { role: "timer", class: "clock", "aria-label": words.name }, words.clock(left())), h("button", { type: "button", class: "plain small", onclick: stop }, words.stop));
    const field = h("input", { type: "number", id: "lesson-minutes", min: "1", max: String(MOST_MINUTES), step: "1", value: String(minutes), inputmode: "numeric" });
    field.addEventListener("change", () => {
      minutes = Math.min(MOST_MINUTES, Math.max(1, Math.round(Number(field.value)) || minutes));
      field.value = String(minutes);
    });
    fill(element, h("span", { class: "lbl" }, words.name), h("label", { for: "lesson-minutes" }, field, ` ${words.minutes}`), h("button", { type: "button", class: "plain small", id: "lesson-timer-start", onclick: start }, words.start), over ? h("strong", { class: "clock" }, words.over) : null);
  }
  build();
  return { element, build, stop };
}
