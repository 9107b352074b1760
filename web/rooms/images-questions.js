// Fig. 2.2: ready questions. The one that is asked says what to look for.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { QUESTIONS, questionWith } from "./picture-questions.js";
import { sampleSets } from "./samples.js";

/** @param {HTMLElement} figure @param {ImagesRoom} room @param {(set: SampleSet, patch: Partial<ImagesState>) => void} show */
export function mountQuestions(figure, room, show) {
  const { store } = room;
  const list = h("ol", { class: "questions", id: "questions" });

  function draw() {
    const words = t().images.questions;
    const asked = questionWith(store.state.labels, lang());
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), list);
    fill(list, ...QUESTIONS.map((question) => {
      const choose = h("button", { type: "button", "aria-pressed": String(question === asked), onclick: () => ask(question.id) }, question.title[lang()]);
      return h("li", { "data-id": question.id }, h("span", { class: "say" }, choose, h("em", null, question.labels[lang()].join(t().images.questions.between))), question === asked ? h("p", { class: "note" }, question.why[lang()]) : null);
    }));
  }

  /** @param {string} id */
  function ask(id) {
    const question = QUESTIONS.find((one) => one.id === id);
    const set = sampleSets().find((one) => one.id === question?.set);
    if (!question) return;
    const patch = { labels: [...question.labels[lang()]], template: question.template[lang()], sort: "added" };
    if (set) show(set, patch);
    else store.set(patch);
    document.getElementById("fig-matrix")?.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement | null} */ (list.querySelector(`[data-id="${id}"] button`))?.focus({ preventScroll: true });
  }

  room.on("language", draw);
  store.onChange((changed) => {
    if (changed.has("labels")) draw();
  });
  draw();
}
