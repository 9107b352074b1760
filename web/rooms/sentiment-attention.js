// The attention view in the inside: closed at first, and nothing of it is fetched or computed before it is opened.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { saveJson, saveTable } from "./acts.js";
import { sent } from "./question.js";

/** While it is open it follows the text, this often at most. */
const EVERY_MILLIS = 100;

/** @param {SentimentRoom} room */
export function mountAttention(room) {
  const { store } = room;
  const summary = h("summary", null);
  const body = h("div", null);
  const element = h("details", { class: "attention", id: "attention", ontoggle: () => void open() }, summary, body);
  /** @type {ReturnType<typeof import("../ui/attention-view.js").attentionView> | null} */
  let view = null;
  /** The text on show, or being asked about. @type {string | null} */
  let asked = null;
  let askedMillis = -Infinity, timer = 0;

  async function open() {
    if (!element.open) return;
    try {
      const { attentionView } = await import("../ui/attention-view.js");
      if (!view) {
        view = attentionView({ csv: (shown) => void saveHead(room, shown), json: saveHeads });
        fill(body, view.element);
      }
      follow();
    } catch {
      fill(body, h("p", { class: "note", role: "alert" }, t().attention.missing));
    }
  }

  function follow() {
    if (!element.open || !view || timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      void ask();
    }, Math.max(0, askedMillis + EVERY_MILLIS - performance.now()));
  }

  async function ask() {
    const text = sent(store.state.text);
    if (!view || !element.open || text === asked) return;
    if (!text.trim()) {
      asked = null;
      return view.set(null);
    }
    if (!room.ready) return; // it comes back when the model is there
    asked = text;
    askedMillis = performance.now();
    const found = await room.latest("attention", "attention", { text });
    if (found && asked === text) view.set(found);
    else if (!found && asked === text) asked = null; // taken back or failed: the next change asks anew
  }

  room.on("ready", () => {
    asked = null; // another device, another model
    follow();
  });
  room.on("language", () => view?.build());
  room.on("theme", () => view?.draw());
  store.onChange((changed) => {
    if (changed.has("text")) follow();
  });

  return {
    element,
    build: () => void (summary.textContent = t().attention.summary),
  };
}

/** The head on show, a row a token; words of the text may need quoting. @param {SentimentRoom} room @param {import("../ui/attention-view.js").AttentionShown} shown */
function saveHead(room, { names, plane }) {
  const rows = names.map((name, row) => [name, ...names.map((_, column) => String(plane[row * names.length + column]))]);
  return saveTable(room, "kindling-attention.csv", [t().attention.corner, ...names], rows);
}

/** Every head of every layer, counted from 1 as on the page. @param {import("../ui/attention-view.js").AttentionShown} shown */
function saveHeads({ data: { layers, heads, tokens, view, weights }, names }) {
  const row = (/** @type {number} */ from) => [...weights.subarray(from, from + tokens)];
  saveJson("kindling-attention.json", {
    lab: "sentiment", version: 1, tokens: names, ids: view.tokens.slice(0, tokens).map(({ id }) => id), left_out: view.tokens.length - tokens, layers, heads_per_layer: heads,
    heads: Array.from({ length: layers * heads }, (_, at) => ({
      layer: Math.floor(at / heads) + 1, head: (at % heads) + 1, weights: Array.from({ length: tokens }, (_, token) => row((at * tokens + token) * tokens)),
    })),
  });
}
