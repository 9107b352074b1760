// Undo, redo, reset, share link, export.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { writeHash } from "../share.js";
import { offerLink, saveFile } from "../ui/save.js";
import { sentimentCodec } from "./sentiment-share.js";
import { toast } from "../ui/toast.js";
import { question, realLabels } from "./question.js";

/**
 * @param {HTMLElement} row
 * @param {SentimentRoom} room
 * @param {{fresh: () => SentimentState, extra: () => Record<string, unknown>, escape: {get: () => boolean, set: (on: boolean) => void}}} options
 */
export function mountActs(row, room, { fresh, extra, escape }) {
  const { store, live } = room;
  const shown = h("input", { class: "link", readonly: true, hidden: true, "aria-label": "" });
  /** @type {Record<string, HTMLButtonElement>} */
  let buttons = {};

  function build() {
    const words = t().acts;
    const make = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ run) => (buttons[name] = h("button", { type: "button", class: "plain", id: `act-${name}`, onclick: run }, text));
    const check = h("input", { type: "checkbox", id: "escape", checked: escape.get(), onchange: () => escape.set(check.checked) });
    fill(row,
      h("div", { class: "group" }, make("undo", words.undo, () => store.undo()), make("redo", words.redo, () => store.redo()), make("reset", words.reset, reset)),
      h("div", { class: "group" }, make("link", words.link, () => void share()), make("csv", words.csv, () => void saveCsv()), make("json", words.json, saveJson)),
      shown,
      h("p", { class: "keys note" }, h("kbd", null, /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"), "+", h("kbd", null, "Enter"), ` ${t().keys.run}`, h("label", null, check, t().keys.toggle)));
    shown.setAttribute("aria-label", words.linkShown);
    refresh();
  }

  function refresh() {
    buttons.undo.disabled = !store.canUndo;
    buttons.redo.disabled = !store.canRedo;
    buttons.csv.disabled = buttons.json.disabled = !live.answer;
  }

  function reset() {
    store.set(fresh());
    toast(t().acts.resetDone);
  }

  const share = () => offerLink(writeHash("sentiment", sentimentCodec, store.state, lang()), shown);

  /** One line a label, with everything that makes the number. */
  async function saveCsv() {
    const asked = question(store.state);
    const answer = live.answer?.rows[0];
    if (!asked || !answer || !live.answer) return;
    const columns = ["text", "label", "prompt", "cosine", "score", "tokens", "truncated"];
    const rows = asked.labels.map((label, at) => [store.state.text, label, live.answer?.prompts[at] ?? "", String(answer.cosines[at]), answer.score === null ? "" : String(answer.score), String(answer.tokens), String(answer.truncated)]);
    const text = await room.latest("csv", "writeTable", { columns, rows });
    if (text === null) return;
    saveFile("kindling-sentiment.csv", `\uFEFF${text}`, "text/csv");
    toast(t().acts.saved("kindling-sentiment.csv"));
  }

  function saveJson() {
    const { state } = store;
    const asked = question(state);
    const content = { lab: "sentiment", version: 1, state: { ...state, labels: realLabels(state) }, device: room.session.status.opened?.device, model: room.session.status.models.encoder.info, question: asked, answer: live.answer, tokens: live.tokens, ...extra() };
    saveFile("kindling-sentiment.json", JSON.stringify(content, null, 2), "application/json");
    toast(t().acts.saved("kindling-sentiment.json"));
  }

  store.onChange(refresh);
  room.on("answer", refresh);
  room.on("language", build);
  build();
}
