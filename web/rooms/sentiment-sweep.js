// Fig. 1.2: the same text under other wordings of the question.

import { FOLLOW_MILLIS, SPANS, UNDECIDED } from "../base/constants.js";
import { fill, h, langOf } from "../base/dom.js";
import { percent, score as scoreText } from "../base/format.js";
import { t } from "../i18n/index.js";
import { dotPlot } from "../ui/dot-plot.js";
import { pngButton } from "../ui/figure-png.js";
import { progressNote } from "../ui/progress.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { sent } from "./question.js";
import { debounced } from "./room.js";
import { WORDINGS } from "./wordings.js";

const REST_MILLIS = 700;

/** @param {Wording} wording */
const label = ({ positive, negative, template }) => (template || "{}").replace("{}", `${positive} / ${negative}`);

/** Which side most wordings take, and how many of them. @param {number[]} scores */
export function majority(scores) {
  const count = { positive: 0, negative: 0, undecided: 0 };
  for (const score of scores) count[Math.abs(score) < UNDECIDED ? "undecided" : score > 0 ? "positive" : "negative"] += 1;
  const side = count.positive >= count.negative ? (count.positive >= count.undecided ? "positive" : "undecided") : count.negative >= count.undecided ? "negative" : "undecided";
  return { side: /** @type {"positive" | "negative" | "undecided"} */ (side), agreeing: count[/** @type {"positive"} */ (side)] };
}

/** @param {HTMLElement} figure @param {SentimentRoom} room */
export function mountSweep(figure, room) {
  const { store } = room;
  /** @type {{text: string, wordings: Wording[], scores: number[]} | null} */
  let result = null;
  let working = false;
  const body = h("div", { class: "sweep" });
  const run = h("button", { type: "button", class: "plain", id: "sweep-run", onclick: () => void ask() });
  const hint = h("span", { class: "note" });
  const table = tableOnDemand(() => plainTable(t().fig.sweep.text, [t().fig.sweep.wording, t().fig.sweep.axis],
    result?.wordings.map((wording, at) => [label(wording), scoreText(result?.scores[at] ?? 0)]) ?? []));

  const png = () => pngButton("sweep-png", () => ({ element: body, title: `${t().fig.sweep.title}  ${result?.text.slice(0, 90) ?? ""}` }), "kindling-wordings.png");

  function build() {
    const words = t().fig.sweep;
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), body, h("div", { class: "acts" }, run, png(), hint), table.element);
    /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
    render();
  }

  function render() {
    const words = t().fig.sweep;
    run.textContent = working ? t().cancel : words.run;
    const stale = result !== null && result.text !== sent(store.state.text);
    run.hidden = result !== null && !stale && !working;
    hint.textContent = stale && !working ? words.stale : "";
    body.classList.toggle("stale", stale || working);
    table.element.hidden = !result;
    /** @type {HTMLElement | null} */ (figure.querySelector("#sweep-png"))?.toggleAttribute("hidden", !result);
    if (!result) return working ? undefined : fill(body, h("p", { class: "empty" }, invitation()));
    const { scores, wordings } = result;
    const { side, agreeing } = majority(scores);
    const name = { positive: words.pleased, negative: words.displeased, undecided: words.undecided }[side];
    const low = Math.min(...scores), high = Math.max(...scores);
    const span = Math.max(room.span, SPANS.find((span) => Math.max(-low, high) <= span) ?? 1);
    fill(body,
      h("p", { class: "share", id: "sweep-share" }, h("span", { class: "big" }, percent(agreeing / scores.length)), h("strong", null, words.agree(agreeing, scores.length, name)), h("span", { class: "note" }, words.spread(scoreText(low), scoreText(high)))),
      dotPlot(wordings.map((wording, at) => ({ label: label(wording), value: scores[at] })), span, UNDECIDED));
    table.refresh();
  }

  /** What stands in the figure before anything was tried. */
  function invitation() {
    const words = t().fig.sweep;
    if (!store.state.text.trim()) return words.empty;
    return room.ready ? words.ready : t().live.waiting;
  }

  /** @type {AbortController | null} */
  let running = null;
  async function ask() {
    if (running) return running.abort();
    const text = sent(store.state.text);
    if (!text.trim() || !room.ready) return;
    const wordings = WORDINGS[langOf(text) === "zh-CN" ? "zh" : "en"];
    const controller = new AbortController();
    running = controller;
    working = true;
    render();
    if (!result) {
      const progress = progressNote({ name: t().fig.sweep.working });
      progress.update({ phase: "sweep", done: 0, total: 0, unit: "steps" });
      fill(body, progress.element);
    }
    const answer = await room.latest("sweep", "sweep", { question: { texts: [text], wordings: [...wordings] } }, { signal: controller.signal });
    running = null;
    working = false;
    if (answer) result = { text, wordings: [...wordings], scores: answer.rows.map((row) => row.scores[0]) };
    render();
  }

  const follow = debounced(() => {
    if (!running && room.live.millis <= FOLLOW_MILLIS && result?.text !== sent(store.state.text)) void ask();
  }, REST_MILLIS);
  room.on("answer", render);
  room.on("scored", follow);
  room.on("cancel", () => running?.abort());
  room.on("language", build);
  room.onSpan(render);
  store.onChange((changed) => {
    if (changed.has("text")) {
      if (!store.state.text.trim()) result = null;
      render();
    }
  });
  build();
  return { result: () => result };
}
