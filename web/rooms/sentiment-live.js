// One text: the score follows the typing, and a late answer never replaces a newer one.

import { ANNOUNCE_MILLIS, FIELD_CHARS, MAX_LABELS, TYPING_MILLIS, UNDECIDED } from "../base/constants.js";
import { byId, clip } from "../base/dom.js";
import { score as scoreText } from "../base/format.js";
import { t } from "../i18n/index.js";
import { rankedBars } from "../ui/bars.js";
import { growAll, guardLength, oneLine, onSettled, setField } from "../ui/field.js";
import { setNumerals, setScale } from "../ui/scale.js";
import { endsState, question, realLabels, sent } from "./question.js";
import { debounced } from "./room.js";

/** @param {SentimentRoom} room */
export function mountLive(room) {
  const { store } = room;
  const fields = {
    text: /** @type {HTMLTextAreaElement} */ (byId("text")), pos: /** @type {HTMLTextAreaElement} */ (byId("pos")),
    neg: /** @type {HTMLTextAreaElement} */ (byId("neg")), template: /** @type {HTMLInputElement} */ (byId("template")),
  };
  const bars = rankedBars({
    max: MAX_LABELS,
    onEdit: (labels) => store.set({ labels }, { group: "labels" }),
    onAdd: () => {
      store.set({ labels: [...store.state.labels, freshLabel(store.state.labels)] });
      bars.focusLast();
    },
    onSort: () => sortLabels(),
  });
  byId("many-labels").append(bars.element);
  /** @type {{kept: string, all: number} | null} */
  let cut = null;
  guardLength(fields.text, FIELD_CHARS, (whole) => {
    cut = { kept: clip(whole, FIELD_CHARS), all: whole.length };
    setField(fields.text, cut.kept);
    store.set({ text: cut.kept }, { group: "text" });
    renderCount();
  });
  oneLine(fields.pos);
  oneLine(fields.neg);
  for (const name of /** @type {const} */ (["text", "pos", "neg", "template"])) {
    onSettled(fields[name], (value) => store.set({ [name]: value }, { group: name }));
  }
  byId("swap").addEventListener("click", () => store.set({ pos: store.state.neg, neg: store.state.pos }));
  for (const button of byId("mode").querySelectorAll("button")) {
    button.addEventListener("click", () => store.set({ mode: /** @type {Mode} */ (button.dataset.mode) }));
  }

  const ask = async () => {
    const asked = question(store.state);
    if (!asked) {
      room.live.answer = null;
      render();
      return askTokens();
    }
    byId("live").dataset.working = "";
    const startMillis = performance.now();
    const [answer] = await Promise.all([room.latest("live", "sentiment", { question: asked }), askTokens()]);
    if (!answer) return;
    delete byId("live").dataset.working;
    room.live.answer = answer;
    room.live.millis = performance.now() - startMillis;
    const score = answer.rows[0]?.score;
    if (store.state.mode === "ends" && typeof score === "number") room.widen(score);
    render();
    announce();
    room.emit("scored");
    room.emit("answer");
  };
  const askTokens = async () => {
    const tokens = store.state.text ? await room.latest("tokens", "tokens", { text: sent(store.state.text) }) : null;
    if (tokens || !store.state.text) room.live.tokens = tokens;
    renderCount();
    room.emit("answer");
  };
  const soon = debounced(ask, TYPING_MILLIS);
  const announce = debounced(() => (byId("announce").textContent = summary()), ANNOUNCE_MILLIS);

  function sortLabels() {
    const cosines = store.state.mode === "labels" ? room.live.answer?.rows[0]?.cosines : null;
    if (!cosines || cosines.length !== store.state.labels.length) return;
    const order = cosines.map((_, at) => at).sort((a, b) => cosines[b] - cosines[a]);
    if (order.every((from, at) => from === at)) return;
    const row = /** @type {SentimentAnswer} */ (room.live.answer).rows[0];
    row.cosines = order.map((from) => cosines[from]);
    row.best = 0;
    store.set({ labels: order.map((from) => store.state.labels[from]) }, { group: "labels" });
  }

  /** The score, or why there is none. @returns {{value: number | null, word: string}} */
  function verdict() {
    const { state } = store;
    const words = t().live;
    if (!state.text.trim()) return { value: null, word: words.empty };
    const ends = endsState(state);
    if (ends !== "ok") return { value: null, word: words[ends] };
    const value = room.live.answer?.rows[0]?.score;
    if (typeof value !== "number") return { value: null, word: room.ready ? "" : words.waiting };
    if (Math.abs(value) < UNDECIDED) return { value, word: words.undecided };
    return { value, word: words.closer(value > 0 ? state.pos : state.neg) };
  }

  function summary() {
    const { state } = store;
    const row = room.live.answer?.rows[0];
    if (state.mode === "labels") return row ? t().live.winner(realLabels(state)[row.best] ?? "") : t().live.fewLabels;
    const { value, word } = verdict();
    return value === null ? word : t().live.announce(scoreText(value), word);
  }

  function render() {
    const { state } = store;
    const { value, word } = verdict();
    byId("two-ends").hidden = state.mode !== "ends";
    byId("many-labels").hidden = state.mode !== "labels";
    for (const button of byId("mode").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.mode === state.mode));
    byId("score").textContent = value === null ? "" : scoreText(value);
    byId("word").textContent = word;
    byId("millis").textContent = value === null ? "" : t().live.millis(room.live.millis);
    setScale(byId("scale"), value, room.span, value === null ? word : `${scoreText(value)}, ${word}`);
    setNumerals(byId("numerals"), room.span);
    const row = state.mode === "labels" ? room.live.answer?.rows[0] : null;
    const complete = realLabels(state).length === state.labels.length;
    if (state.mode === "labels") bars.set(state.labels, row && complete ? row.cosines : null, row && complete ? row.best : null);
    byId("template-note").textContent = state.template.includes("{}") || !state.template ? t().live.templateNote : t().live.templateBad;
    if (!question(state)) delete byId("live").dataset.working;
    renderCount();
  }

  function renderCount() {
    const { text } = store.state;
    const { tokens } = room.live;
    const known = text && tokens ? tokens.tokens.filter((token) => !token.special).length : null;
    const total = tokens ? tokens.total : null;
    byId("count").textContent = text ? t().live.count(characters(text), known === null ? null : Math.max(known, tokens?.truncated ? (total ?? 0) : 0)) : "";
    const cuts = [];
    if (cut && cut.kept === text) cuts.push(t().live.cutChars(text.length, cut.all));
    if (text && tokens?.truncated) cuts.push(t().live.cutTokens(tokens.kept, tokens.total));
    byId("cut").textContent = cuts.join(" ");
    byId("cut").hidden = cuts.length === 0;
  }

  function renderFields() {
    for (const name of /** @type {const} */ (["text", "pos", "neg", "template"])) setField(fields[name], store.state[name]);
  }

  store.onChange((changed, source) => {
    if (changed.size === 1 && changed.has("batch")) return;
    // The score on show is another text's from now on, also while the keys rest.
    if (room.ready && question(store.state)) byId("live").dataset.working = "";
    if (source !== "edit") renderFields();
    if (changed.has("mode")) {
      room.live.answer = null;
      soon.now();
    } else if (source === "edit") soon();
    else soon.now();
    render();
  });
  room.on("ready", ask);
  room.on("failed", () => {
    room.live.answer = room.live.tokens = null; // a score that belongs to another text is worse than none
    delete byId("live").dataset.working;
    render();
    room.emit("answer");
  });
  room.on("run", () => soon.now());
  room.on("language", () => {
    bars.set([], null, null);
    render();
  });
  room.onSpan(render);
  addEventListener("resize", () => growAll(byId("live")));
  document.fonts?.ready.then(() => growAll(byId("live")));
  renderFields();
  render();
}

/** Whole code points where that is cheap. @param {string} text */
const characters = (text) => (text.length > 100_000 ? text.length : [...text].length);

/** @param {string[]} labels */
function freshLabel(labels) {
  const base = t().live.defaultLabel;
  let name = base;
  for (let n = 2; labels.includes(name); n++) name = `${base} ${n}`;
  return name;
}
