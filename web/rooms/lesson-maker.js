// The dialog in which a teacher puts a question before a lab. It makes a link and nothing else: what is
// written here leaves the page in the clipboard only.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { writeHash } from "../share.js";
import { copyText } from "../ui/save.js";
import { fitQuestion, isWhole, LEAST_ANSWERS, LIMITS, MOST_ANSWERS, withQuestion } from "./lesson-link.js";
import { hidesOf } from "./lesson-parts.js";

/** What has been written stays while the page is open, for one lab after another. @type {AskedQuestion} */
const draft = { ask: "", answers: Array(MOST_ANSWERS).fill(""), right: null, tell: "", hide: [] };

/**
 * @template State
 * @param {string} lab
 * @param {ShareCodec<State>} codec
 * @param {State} state
 */
export function openMaker(lab, codec, state) {
  const words = t().lesson.maker;
  const said = h("p", { class: "note", role: "status", id: "maker-said" });
  const shown = h("input", { class: "link", id: "maker-link", readonly: true, hidden: true, "aria-label": words.shownLabel });
  const dialog = h("dialog", { class: "maker", id: "maker", "aria-labelledby": "maker-title" });
  const offered = hidesOf(lab);

  /** The link, or null where something is missing, which is then said. */
  function make() {
    const { question, cut } = fitQuestion({ ...draft, hide: draft.hide.filter((name) => offered.includes(name)) }, lab);
    if (!isWhole(question)) return void (said.textContent = words.unwhole);
    return { hash: withQuestion(writeHash(lab, codec, state, lang()).hash, question), cut };
  }
  async function copy() {
    const made = make();
    if (!made) return;
    const url = new URL(made.hash, location.href).href;
    shown.hidden = await copyText(url);
    shown.value = url;
    said.textContent = `${shown.hidden ? words.copied : words.shown}${made.cut ? ` ${words.cut}` : ""}`;
    if (shown.hidden) return;
    shown.focus();
    shown.select();
  }
  function tryIt() {
    const made = make();
    if (!made) return;
    dialog.close();
    location.hash = made.hash;
  }

  fill(dialog, h("form", { method: "dialog", class: "maker-form" },
    h("h2", { id: "maker-title" }, words.title), h("p", { class: "note" }, words.lead),
    field("maker-ask", words.ask, "textarea", LIMITS.ask, draft.ask, words.askHint, (value) => void (draft.ask = value)),
    answerFields(),
    field("maker-tell", words.tell, "textarea", LIMITS.tell, draft.tell, words.tellHint, (value) => void (draft.tell = value)),
    hideFields(lab, offered),
    h("div", { class: "maker-end" }, said, shown, h("p", { class: "acts" }, h("button", { type: "button", class: "go", id: "maker-copy", onclick: () => void copy() }, words.copy),
      h("button", { type: "button", class: "plain", id: "maker-try", onclick: tryIt }, words.tryIt), h("button", { class: "plain", id: "maker-close" }, words.close)))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * A line or an area that takes so many characters and says when it has cut one.
 * @param {string} id @param {string} label @param {"input" | "textarea"} tag @param {number} most @param {string} value @param {string} hint @param {(value: string) => void} changed
 */
function field(id, label, tag, most, value, hint, changed) {
  const note = h("p", { class: "note", role: "status" });
  const input = h(tag, { id, class: "box", rows: tag === "textarea" ? "2" : null, dir: "auto", placeholder: hint, autocomplete: "off" });
  input.value = value;
  input.addEventListener("input", () => {
    const over = input.value.length > most;
    if (over) input.value = input.value.slice(0, most).toWellFormed();
    note.textContent = over ? t().lesson.maker.cut : "";
    changed(input.value);
  });
  return h("div", { class: "field" }, h("label", { for: id }, label), input, note);
}

function answerFields() {
  const words = t().lesson.maker;
  /** @param {number | null} at @param {string} label @param {string} id */
  const right = (at, label, id) => h("label", { class: "option" }, h("input", { type: "radio", name: "maker-right", id, checked: draft.right === at, onchange: () => void (draft.right = at) }), h("span", null, label));
  return h("fieldset", { class: "maker-answers" }, h("legend", null, words.answers), ...draft.answers.map((answer, at) => h("div", { class: "maker-answer" },
    field(`maker-answer-${at + 1}`, at < LEAST_ANSWERS ? words.answer(at + 1) : words.optional(at + 1), "input", LIMITS.answer, answer, "", (value) => void (draft.answers[at] = value)), right(at, words.right, `maker-right-${at + 1}`))),
  right(null, words.none, "maker-right-none"));
}

/** @param {string} lab @param {string[]} offered */
function hideFields(lab, offered) {
  const names = t().lesson.hides;
  const ofLab = /** @type {Record<string, string>} */ (/** @type {any} */ (names)[lab] ?? {});
  return h("fieldset", { class: "maker-hides" }, h("legend", null, t().lesson.maker.hide), ...offered.map((name) => h("label", { class: "option" },
    h("input", { type: "checkbox", value: name, checked: draft.hide.includes(name), onchange: (/** @type {Event} */ event) => {
      draft.hide = draft.hide.filter((one) => one !== name);
      if (/** @type {HTMLInputElement} */ (event.target).checked) draft.hide.push(name);
    } }), h("span", null, ofLab[name] ?? /** @type {any} */ (names)[name]))));
}
