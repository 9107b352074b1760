// The sentiment lab: one question, four figures, one inside. Sections share a room, not each other.

import { DEFAULT_ENDS, DEFAULT_LABELS, SPANS } from "../base/constants.js";
import { byId, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { PAIRS, EXAMPLES, firstText, sampleIn } from "./examples.js";
import { createRoom, listenForKeys } from "./room.js";
import { mountSentimentActs } from "./sentiment-acts.js";
import { mountBatch } from "./sentiment-batch.js";
import { mountExamples } from "./sentiment-examples.js";
import { mountInside } from "./sentiment-inside.js";
import { mountLive } from "./sentiment-live.js";
import { mountPair } from "./sentiment-pair.js";
import { sentimentCodec } from "./sentiment-share.js";
import { mountSweep } from "./sentiment-sweep.js";

/** @param {Lang} language @returns {SentimentState} */
const freshState = (language) => ({
  text: firstText(language), ...DEFAULT_ENDS[language], mode: "ends",
  labels: [...DEFAULT_LABELS[language]], pairEn: PAIRS[0].en, pairZh: PAIRS[0].zh, batch: "", model: "",
});

/** One span for all meters, so that lengths can be compared. @param {Room<SentimentState>} base @returns {SentimentRoom} */
function withMeters(base) {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const room = /** @type {SentimentRoom} */ (base);
  room.span = SPANS[0];
  room.live = { answer: null, tokens: null, millis: 0 };
  room.onSpan = (listener) => void listeners.add(listener);
  room.widen = (score) => {
    const needed = SPANS.find((span) => Math.abs(score) <= span) ?? SPANS[SPANS.length - 1];
    if (needed <= room.span) return;
    room.span = needed;
    for (const listener of listeners) listener();
  };
  return room;
}

/** @type {LabDefinition<SentimentState>["mount"]} */
function mount(element, session, store, { onError }) {
  const room = withMeters(createRoom(session, store, "encoder", onError));
  const figures = byId("figures");
  const figure = (/** @type {string} */ id) => {
    const place = h("figure", { class: "fig", id });
    figures.append(place);
    return place;
  };
  mountLive(room);
  mountInside(byId("inside-body"), room);
  mountExamples(figure("fig-examples"), room);
  const sweep = mountSweep(figure("fig-sweep"), room);
  const pair = mountPair(figure("fig-pair"), room);
  const batch = mountBatch(figure("fig-batch"), room);
  mountSentimentActs(byId("acts"), room, { fresh: () => freshState(lang()), extra: () => ({ sweep: sweep.result(), pair: pair.result() }) });
  listenForKeys(element, room);
  return { room, refresh: () => batch.refresh() };
}

/** What the page itself put in follows the language; what a person wrote stays. @param {SentimentState} state @param {Lang} language @returns {Partial<SentimentState>} */
function translated(state, language) {
  const other = language === "zh" ? "en" : "zh";
  /** @type {Partial<SentimentState>} */
  const patch = {};
  const sample = sampleIn(state.text);
  if (sample) patch.text = EXAMPLES[language].find(({ id }) => id === sample)?.text ?? firstText(language);
  if (state.pos === DEFAULT_ENDS[other].pos && state.neg === DEFAULT_ENDS[other].neg) Object.assign(patch, { pos: DEFAULT_ENDS[language].pos, neg: DEFAULT_ENDS[language].neg });
  else if (state.pos === DEFAULT_ENDS[other].neg && state.neg === DEFAULT_ENDS[other].pos) Object.assign(patch, { pos: DEFAULT_ENDS[language].neg, neg: DEFAULT_ENDS[language].pos });
  if (state.template === DEFAULT_ENDS[other].template && patch.pos) patch.template = DEFAULT_ENDS[language].template;
  if (JSON.stringify(state.labels) === JSON.stringify(DEFAULT_LABELS[other])) patch.labels = [...DEFAULT_LABELS[language]];
  return patch;
}

/** @type {LabDefinition<SentimentState>} */
export const sentimentLab = { id: "sentiment", model: "encoder", codec: sentimentCodec, title: () => t().title, fresh: freshState, translated, mount };
