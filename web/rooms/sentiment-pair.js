// Fig. 1.3: the same thing in English and Chinese, each against the ends of its own language.

import { FIELD_CHARS, TYPING_MILLIS, UNDECIDED } from "../base/constants.js";
import { clip, fill, h } from "../base/dom.js";
import { cosine as cosineText, score as scoreText } from "../base/format.js";
import { t } from "../i18n/index.js";
import { grow, growAll, guardLength, onSettled, setField } from "../ui/field.js";
import { setSmallBar, smallBar, valueText } from "../ui/scale.js";
import { PAIRS } from "./examples.js";
import { endsFor, endsState, sent, usable } from "./question.js";
import { debounced } from "./room.js";

/** @param {number[]} a @param {number[]} b */
export const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);

/** @param {HTMLElement} figure @param {SentimentRoom} room */
export function mountPair(figure, room) {
  const { store } = room;
  /** @type {{en: number | null, zh: number | null, cosine: number | null}} */
  let result = { en: null, zh: null, cosine: null };
  const sides = { en: side("en"), zh: side("zh") };
  const readings = h("dl", { class: "readings", id: "pair-readings" });

  /** @param {Lang} lang */
  function side(lang) {
    const key = lang === "en" ? "pairEn" : "pairZh";
    const label = h("label", { class: "lbl", for: `pair-${lang}` });
    const field = h("textarea", { id: `pair-${lang}`, class: "write small", rows: "2", lang: lang === "zh" ? "zh-CN" : "en", dir: "auto", spellcheck: "false", value: store.state[key] });
    guardLength(field, FIELD_CHARS, (whole) => {
      setField(field, clip(whole, FIELD_CHARS));
      store.set({ [key]: field.value }, { group: key });
    });
    onSettled(field, (value) => store.set({ [key]: value }, { group: key }));
    const ends = h("p", { class: "note" });
    const bar = smallBar(null, room.span);
    const value = h("span", { class: "val" });
    const word = h("span", { class: "says" });
    const element = h("div", { class: "side" }, label, field, h("p", { class: "row" }, bar, value), word, ends);
    return { element, label, field, ends, bar, value, word, key: /** @type {"pairEn" | "pairZh"} */ (key) };
  }

  function build() {
    const words = t().fig.pair;
    const next = h("button", { type: "button", class: "plain", onclick: nextPair }, words.next);
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text), h("div", { class: "two" }, sides.en.element, sides.zh.element), readings, h("p", { class: "note" }, words.note), h("div", { class: "acts" }, next));
    render();
    for (const { field } of [sides.en, sides.zh]) grow(field);
  }

  function nextPair() {
    const at = PAIRS.findIndex((pair) => pair.en === store.state.pairEn && pair.zh === store.state.pairZh);
    const pair = PAIRS[(at + 1) % PAIRS.length];
    store.set({ pairEn: pair.en, pairZh: pair.zh });
  }

  function render() {
    const words = t().fig.pair;
    for (const lang of /** @type {Lang[]} */ (["en", "zh"])) {
      const { label, ends, bar, value, word } = sides[lang];
      const own = endsFor(lang, store.state);
      const score = result[lang];
      label.textContent = words[lang];
      fill(ends, h("span", { lang: lang === "zh" ? "zh-CN" : "en" }, words.ends(own.neg, own.pos)));
      setSmallBar(bar, score, room.span);
      value.textContent = valueText(score);
      word.textContent = score === null ? "" : Math.abs(score) < UNDECIDED ? t().live.undecided : t().live.closer(score > 0 ? own.pos : own.neg);
    }
    const { en, zh, cosine } = result;
    const gap = en === null || zh === null ? null : Math.abs(en - zh);
    fill(readings,
      h("div", null, h("dt", null, words.cosine), h("dd", { id: "pair-cosine" }, cosine === null ? "·" : cosineText(cosine))),
      h("div", null, h("dt", null, words.gap), h("dd", null, gap === null ? "·" : scoreText(gap).replace("+", ""))));
  }

  async function ask() {
    const { pairEn, pairZh } = store.state;
    const [en, zh] = await Promise.all([one("en", pairEn), one("zh", pairZh)]);
    if (en === "late" || zh === "late") return;
    result = { en: en?.score ?? null, zh: zh?.score ?? null, cosine: en && zh ? dot(en.vector, zh.vector) : null };
    for (const score of [result.en, result.zh]) if (score !== null) room.widen(score);
    render();
  }

  /** @param {Lang} lang @param {string} text @returns {Promise<SentimentRow | null | "late">} */
  async function one(lang, text) {
    const ends = endsFor(lang, store.state);
    if (!text.trim() || endsState(ends) !== "ok") return null;
    const answer = await room.latest(`pair-${lang}`, "sentiment", { question: { texts: [sent(text)], labels: [ends.pos, ends.neg], template: usable(ends.template) } });
    return answer ? answer.rows[0] : "late";
  }

  const soon = debounced(ask, TYPING_MILLIS * 2);
  store.onChange((changed, source) => {
    if (source !== "edit") for (const { field, key } of [sides.en, sides.zh]) setField(field, store.state[key]);
    if (["pairEn", "pairZh", "pos", "neg", "template"].some((key) => changed.has(/** @type {keyof SentimentState} */ (key)))) {
      render();
      soon();
    }
  });
  room.on("ready", soon);
  room.on("language", build);
  room.onSpan(render);
  addEventListener("resize", () => growAll(figure));
  build();
  return { result: () => result };
}
