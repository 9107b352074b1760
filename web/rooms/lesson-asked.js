// A question that came with a link: it stands above the lab, some of the lab is hidden, and a reveal
// brings both the answer and the hidden parts. What is answered stays here.

import { fill, h, langOf } from "../base/dom.js";
import { onLanguage, t } from "../i18n/index.js";
import { markHidden, unmarkParts } from "./lesson-parts.js";

/** Somebody's own words, in whatever language and direction they are. @template {"p" | "span" | "h2"} K @param {K} tag @param {string} text @param {Record<string, string>} [more] */
const theirs = (tag, text, more = {}) => h(tag, { dir: "auto", lang: langOf(text), ...more }, text);

/** @param {AskedHost} host */
export function createAsked(host) {
  /** @type {{lab: LessonLab, question: AskedQuestion, pick: number | null, told: boolean, all: boolean} | null} */
  let view = null;
  const name = h("p", { class: "lesson-name", id: "lesson-name" });
  const ask = h("div");
  const answers = h("fieldset", { class: "lesson-answers", id: "lesson-answers" });
  const told = h("div", { class: "lesson-told", id: "lesson-told" });
  const note = h("p", { class: "note" });
  const all = h("button", { type: "button", class: "plain small", id: "lesson-all", onclick: () => view && ((view.all = !view.all), hide(), draw()) });
  const leave = h("button", { type: "button", class: "plain small", id: "lesson-leave", onclick: () => close(true) });
  const says = h("p", { class: "hidden", role: "status", id: "lesson-says" });
  const element = h("section", { class: "lesson", id: "lesson", "aria-labelledby": "lesson-name" },
    h("div", { class: "lesson-main" }, name, ask, answers, told), h("div", { class: "lesson-side" }, note, all, leave), says);
  const main = h("button", { type: "button", class: "go", id: "lesson-main", "aria-describedby": "lesson-hint", onclick: () => (view?.told ? close(true) : reveal()) });
  const hint = h("span", { class: "note", id: "lesson-hint" });
  const again = h("button", { type: "button", class: "plain", id: "lesson-again", onclick: () => view && open(view.lab, view.question) });
  const bar = h("div", { class: "lesson-bar", id: "lesson-bar", role: "group" }, main, hint, again);

  /** @param {LessonLab} lab @param {AskedQuestion} question */
  function open(lab, question) {
    view = { lab, question, pick: null, told: false, all: false };
    lab.element.parentElement?.prepend(element, bar);
    hide();
    build();
    scrollTo(0, 0);
  }
  function hide() {
    if (!view) return;
    document.documentElement.dataset.lesson = view.all ? "all" : "on";
    markHidden(view.lab.definition.id, view.question.hide);
  }

  function build() {
    if (!view) return;
    const { question, pick } = view;
    const words = t().lesson.asked;
    name.textContent = words.name;
    fill(ask, theirs("h2", question.ask, { class: "lesson-ask", id: "lesson-ask", tabindex: "-1" }));
    fill(answers, h("legend", { class: "hidden" }, t().lesson.predict), ...question.answers.map((answer, place) => h("label", null,
      h("input", { type: "radio", name: "lesson-answer", value: String(place), checked: pick === place, onchange: () => view && ((view.pick = place), draw()) }), theirs("span", answer), h("em", null))));
    note.textContent = words.note;
    leave.textContent = words.leave;
    again.textContent = t().lesson.again;
    bar.setAttribute("aria-label", words.bar);
    draw();
  }

  /** Where the answer stands, in words. @param {AskedQuestion} question @param {number | null} pick */
  function verdict({ answers: all, right }, pick) {
    const words = t().lesson.asked;
    if (right === null) return pick === null ? "" : words.noted(all[pick]);
    return pick === right ? words.right : words.wrong(all[right]);
  }

  function draw() {
    if (!view) return;
    const { question, pick, told: over } = view;
    const words = t().lesson.asked;
    main.textContent = over ? words.leave : t().lesson.reveal;
    main.disabled = !over && pick === null;
    hint.textContent = !over && pick === null ? t().lesson.pick : "";
    again.hidden = !over;
    leave.hidden = over; // the bar has it then
    answers.disabled = over;
    all.hidden = !question.hide.length;
    all.textContent = view.all ? words.fewer : words.all;
    all.setAttribute("aria-pressed", String(view.all));
    [...answers.querySelectorAll("label")].forEach((label, place) => {
      const notes = over ? [pick === place ? words.yours : "", question.right === place ? words.correct : ""].filter(Boolean) : [];
      label.toggleAttribute("data-came", over && question.right === place);
      /** @type {HTMLElement} */ (label.lastElementChild).textContent = notes.join(t().open.comma);
    });
    told.hidden = !over;
    if (!over) return fill(told);
    fill(told, h("p", { class: "lesson-came", id: "lesson-came" }, verdict(question, pick)), ...question.tell.split("\n").filter(Boolean).map((line) => theirs("p", line)));
  }

  function reveal() {
    if (!view) return;
    view.told = view.all = true;
    hide();
    draw();
    told.scrollIntoView({ block: "nearest" });
    says.textContent = `${verdict(view.question, view.pick)} ${view.question.tell}`;
  }

  onLanguage(build);

  /** @param {boolean} back whether the address becomes the lab's again */
  function close(back) {
    if (!view) return;
    view = null;
    element.remove();
    bar.remove();
    says.textContent = "";
    unmarkParts();
    delete document.documentElement.dataset.lesson;
    dispatchEvent(new Event("resize"));
    if (back) host.leave();
  }
  return { open, close: () => close(false) };
}
