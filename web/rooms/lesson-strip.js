// What a lesson shows of itself: the strip above the lab, and the bar that stays in sight. Takes what
// is to be seen, and says which button was pressed; knows no lab.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { addressOf } from "../lessons/index.js";
import { createTimer } from "./lesson-timer.js";

/**
 * @param {object} on
 * @param {(pick: number) => void} on.pick
 * @param {() => void} on.main the one next thing to do: run, reveal, go on
 * @param {() => void} on.again
 * @param {() => void} on.all
 * @param {() => void} on.leave
 */
export function createStrip(on) {
  const name = h("p", { class: "lesson-name", id: "lesson-name" });
  const title = h("h2", { class: "lesson-ask", id: "lesson-ask", tabindex: "-1" });
  const todo = h("p", { class: "lesson-todo" });
  const answers = h("fieldset", { class: "lesson-answers", id: "lesson-answers" });
  const told = h("div", { class: "lesson-told", id: "lesson-told" });
  const steps = h("ol", { class: "lesson-steps" });
  const all = h("button", { type: "button", class: "plain small", id: "lesson-all", onclick: on.all });
  const leave = h("button", { type: "button", class: "plain small", id: "lesson-leave", onclick: on.leave });
  const says = h("p", { class: "hidden", role: "status", id: "lesson-says" });
  const say = (/** @type {string} */ text) => void (says.textContent = text);
  const timer = createTimer(say);
  const stepsBox = h("nav", { class: "lesson-way" }, steps);
  const element = h("section", { class: "lesson", id: "lesson", "aria-labelledby": "lesson-name" },
    h("div", { class: "lesson-main" }, name, todo, title, answers, told), h("div", { class: "lesson-side" }, stepsBox, all, leave, timer.element), says);
  const back = h("a", { class: "plain", id: "lesson-back" });
  const place = h("span", { class: "lesson-place" });
  const hint = h("span", { class: "note", id: "lesson-hint" });
  const main = h("button", { type: "button", class: "go", id: "lesson-main", "aria-describedby": "lesson-hint", onclick: on.main });
  const again = h("button", { type: "button", class: "plain", id: "lesson-again", onclick: on.again });
  const bar = h("div", { class: "lesson-bar", id: "lesson-bar", role: "group" }, main, hint, again, place, back);

  /** The words of a step, drawn when it or the language changes. @param {LessonView} view @param {string | null} next title of the next lesson */
  function build(view, next) {
    const words = t().lesson, own = lang();
    const { script, at } = view;
    const step = script.steps[at];
    name.textContent = words.lesson(script.title[own]);
    title.textContent = step.ask[own];
    todo.textContent = step.todo[own];
    fill(answers, h("legend", { class: "hidden" }, words.predict), ...step.answers.map((answer, place) => h("label", null,
      h("input", { type: "radio", name: "lesson-answer", value: String(place), checked: view.pick === place, onchange: () => on.pick(place) }), h("span", null, answer[own]), h("em", null))));
    stepsBox.setAttribute("aria-label", words.steps);
    fill(steps, ...script.steps.map((one, place) => h("li", null, h("a", { href: addressOf(script.id, place + 1), "aria-current": place === at ? "step" : null }, h("b", null, place + 1), h("span", null, one.name[own])))));
    leave.textContent = words.leave;
    again.textContent = words.again;
    bar.setAttribute("aria-label", words.bar);
    back.textContent = words.back;
    back.hidden = at === 0;
    back.setAttribute("href", addressOf(script.id, Math.max(1, at)));
    place.textContent = words.step(at + 1, script.steps.length);
    timer.build();
    draw(view, next);
  }

  /** What follows the person's choices and the lab's numbers. @param {LessonView} view @param {string | null} next */
  function draw(view, next) {
    const words = t().lesson;
    const { script, at, phase, pick, came } = view;
    const last = at === script.steps.length - 1;
    main.textContent = phase === "ask" ? words.run : phase === "run" ? words.reveal : !last ? words.next : next === null ? words.leave : words.nextLesson(next);
    main.disabled = phase === "ask" && pick === null;
    hint.textContent = phase === "ask" && pick === null ? words.pick : phase === "run" ? words.running : "";
    again.hidden = phase === "ask";
    answers.disabled = phase !== "ask";
    all.textContent = view.all ? words.fewer : words.all;
    all.setAttribute("aria-pressed", String(view.all));
    [...answers.querySelectorAll("label")].forEach((label, place) => {
      const notes = phase === "told" ? [pick === place ? words.yours : "", came === place ? words.came : ""].filter(Boolean) : [];
      label.toggleAttribute("data-came", phase === "told" && came === place);
      /** @type {HTMLElement} */ (label.lastElementChild).textContent = notes.join(t().open.comma);
    });
    told.hidden = phase !== "told";
    if (phase === "told") drawTold(view);
  }

  /** @param {LessonView} view */
  function drawTold(view) {
    const words = t().lesson;
    const step = view.script.steps[view.at];
    fill(told, h("p", { class: "lesson-came", id: "lesson-came" }, verdict(view)), view.measured ? h("p", { class: "lesson-measured", id: "lesson-measured" }, h("b", null, words.measured), " ", view.measured) : null,
      h("p", null, step.why[lang()]), h("p", { class: "note" }, step.sources.length > 1 ? words.sources : words.source, lang() === "zh" ? "：" : ": ", h("span", { lang: "en" }, step.sources.join("; "))));
  }
  /** Whether the prediction held, or why that is not known. @param {LessonView} view */
  function verdict({ script, at, pick, came }) {
    const words = t().lesson;
    if (came === null) return words.soon;
    if (came < 0) return words.unclear;
    if (came === pick) return words.right;
    const what = script.steps[at].answers[came][lang()];
    return pick === null ? words.happened(what) : words.wrong(what);
  }

  return { element, bar, title, told, main, build, draw, say, verdict, stop: timer.stop };
}
