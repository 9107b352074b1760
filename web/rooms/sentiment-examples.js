// Fig. 1.1: ready sentences under the same two ends, and which of them the model misreads.

import { UNDECIDED } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { pngButton } from "../ui/figure-png.js";
import { setSmallBar, smallBar, valueText } from "../ui/scale.js";
import { EXAMPLES } from "./examples.js";
import { direction, endsState, usable } from "./question.js";
import { debounced } from "./room.js";

const REST_MILLIS = 400;

/** @typedef {import("./examples.js").Example} Example */

/** @param {HTMLElement} figure @param {SentimentRoom} room */
export function mountExamples(figure, room) {
  const { store } = room;
  /** @type {(number | null)[]} */
  let scores = [];
  /** @type {HTMLElement[]} */
  let rows = [];
  const note = h("p", { class: "note", id: "misread" });

  function build() {
    const words = t().fig.examples;
    scores = EXAMPLES[lang()].map(() => null);
    rows = EXAMPLES[lang()].map((example) => {
      const choose = h("button", { type: "button", onclick: () => store.set({ text: example.text }) }, example.text);
      return h("li", { "data-id": example.id }, h("span", { class: "say" }, choose, h("em", null)), smallBar(null, room.span), h("span", { class: "val" }, "·"));
    });
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), h("ol", { class: "div", id: "examples" }, ...rows), note,
      h("div", { class: "acts" }, pngButton("examples-png", () => ({ element: figure.querySelector("ol"), title: `${words.title}  ${store.state.neg} – ${store.state.pos}` }), "kindling-examples.png")));
    render();
  }

  /** @param {Example} example @param {number | null} score */
  function isMisread(example, score) {
    const facing = direction(store.state);
    if (score === null || facing === 0) return false;
    const side = score * facing;
    if (example.meant === "mixed") return Math.abs(side) >= UNDECIDED * 5;
    return example.meant === "positive" ? side < 0 : side > 0;
  }

  function render() {
    const words = t().fig.examples;
    /** @type {Set<string>} */
    const causes = new Set();
    let wrong = 0;
    EXAMPLES[lang()].forEach((example, at) => {
      const [say, track, value] = rows[at].children;
      const score = scores[at] ?? null;
      setSmallBar(/** @type {HTMLElement} */ (track), score, room.span);
      value.textContent = valueText(score);
      const misread = isMisread(example, score);
      rows[at].dataset.misread = String(misread);
      /** @type {HTMLElement} */ (say.lastElementChild).textContent = misread ? words.misread[example.meant] : "";
      if (misread) wrong += 1;
      if (misread && example.misread) causes.add(example.misread[lang()]);
    });
    if (scores.every((score) => score === null)) return fill(note, words.waiting);
    if (direction(store.state) === 0) return fill(note, words.ownEnds);
    fill(note, wrong ? h("b", null, words.some(wrong, rows.length)) : words.none, " ", [...causes].join(lang() === "zh" ? "" : " "));
  }

  async function ask() {
    const { pos, neg, template } = store.state;
    if (endsState(store.state) !== "ok") {
      scores = scores.map(() => null);
      return render();
    }
    const asked = lang();
    const answer = await room.latest("examples", "batch", { texts: EXAMPLES[asked].map((example) => example.text), labels: [pos, neg], template: usable(template) });
    if (!answer || asked !== lang()) return;
    scores = answer.rows.map((row) => row.score);
    for (const score of scores) if (score !== null) room.widen(score);
    render();
  }

  const soon = debounced(ask, REST_MILLIS);
  store.onChange((changed) => {
    if (changed.has("pos") || changed.has("neg") || changed.has("template")) soon();
  });
  room.on("ready", ask);
  room.on("language", () => {
    build();
    void ask();
  });
  room.onSpan(render);
  build();
}
