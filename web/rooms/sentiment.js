// The sentiment lab: one question, four figures, one inside. Sections share a room, not each other.

import { DEFAULT_ENDS, DEFAULT_LABELS } from "../base/constants.js";
import { byId, h } from "../base/dom.js";
import { keep, setting } from "../base/storage.js";
import { lang } from "../i18n/index.js";
import { PAIRS, EXAMPLES, firstText, sampleIn } from "./examples.js";
import { createRoom } from "./room.js";
import { mountActs } from "./sentiment-acts.js";
import { mountBatch } from "./sentiment-batch.js";
import { mountExamples } from "./sentiment-examples.js";
import { mountInside } from "./sentiment-inside.js";
import { mountLive } from "./sentiment-live.js";
import { mountPair } from "./sentiment-pair.js";
import { mountSweep } from "./sentiment-sweep.js";

/** @param {Lang} language @returns {LabState} */
export const freshState = (language) => ({
  text: firstText(language), ...DEFAULT_ENDS[language], mode: "ends",
  labels: [...DEFAULT_LABELS[language]], pairEn: PAIRS[0].en, pairZh: PAIRS[0].zh,
});

/**
 * @param {HTMLElement} element the lab as index.html paints it
 * @param {Session} session
 * @param {Store} store
 * @param {{onError: (error: KindlingError) => void}} options
 */
export function mount(element, session, store, { onError }) {
  const room = createRoom(session, store, onError);
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
  const escape = { get: () => setting("escape") !== "off", set: (/** @type {boolean} */ on) => void keep("escape", on ? "on" : "off") };
  mountActs(byId("acts"), room, { fresh: () => freshState(lang()), extra: () => ({ sweep: sweep.result(), pair: pair.result() }), escape });
  listenForKeys(element, room, escape.get);
  return { room, refresh: () => batch.refresh() };
}

/** What the page itself put in follows the language; what a person wrote stays. @param {LabState} state @param {Lang} language @returns {Partial<LabState>} */
export function translated(state, language) {
  const other = language === "zh" ? "en" : "zh";
  /** @type {Partial<LabState>} */
  const patch = {};
  const sample = sampleIn(state.text);
  if (sample) patch.text = EXAMPLES[language].find(({ id }) => id === sample)?.text ?? firstText(language);
  if (state.pos === DEFAULT_ENDS[other].pos && state.neg === DEFAULT_ENDS[other].neg) Object.assign(patch, { pos: DEFAULT_ENDS[language].pos, neg: DEFAULT_ENDS[language].neg });
  else if (state.pos === DEFAULT_ENDS[other].neg && state.neg === DEFAULT_ENDS[other].pos) Object.assign(patch, { pos: DEFAULT_ENDS[language].neg, neg: DEFAULT_ENDS[language].pos });
  if (state.template === DEFAULT_ENDS[other].template && patch.pos) patch.template = DEFAULT_ENDS[language].template;
  if (JSON.stringify(state.labels) === JSON.stringify(DEFAULT_LABELS[other])) patch.labels = [...DEFAULT_LABELS[language]];
  return patch;
}

/** Ctrl/⌘+Enter runs what has the focus, Esc cancels; never while an input method is composing. @param {HTMLElement} element @param {Room} room @param {() => boolean} escapeOn */
function listenForKeys(element, room, escapeOn) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const inside = event.target instanceof Element ? event.target : null;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      const place = inside?.closest("#fig-batch");
      if (place) place.dispatchEvent(new Event("kindling-run"));
      else room.emit("run");
    } else if (event.key === "Escape" && escapeOn() && !element.querySelector(":popover-open")) {
      room.emit("cancel");
    } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !inside?.matches("input, textarea")) {
      event.preventDefault();
      if (event.shiftKey) room.store.redo();
      else room.store.undo();
    }
  });
}
