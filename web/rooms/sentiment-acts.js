// What the sentiment lab saves, and its row of acts.

import { t } from "../i18n/index.js";
import { mountActs, saveJson, saveTable } from "./acts.js";
import { question, realLabels } from "./question.js";
import { sentimentCodec } from "./sentiment-share.js";

/**
 * @param {HTMLElement} row
 * @param {SentimentRoom} room
 * @param {{fresh: () => SentimentState, extra: () => Record<string, unknown>}} options
 */
export function mountSentimentActs(row, room, { fresh, extra }) {
  const ready = () => room.live.answer !== null;
  mountActs(row, room, {
    lab: "sentiment", prefix: "act", codec: sentimentCodec, fresh, events: ["answer"],
    savings: [
      { name: "csv", label: () => t().acts.csv, ready, run: () => saveAnswer(room) },
      { name: "json", label: () => t().acts.json, ready, run: () => saveAll(room, extra()) },
    ],
  });
}

/** One line a label, with everything that makes the number. @param {SentimentRoom} room */
async function saveAnswer(room) {
  const { text } = room.store.state;
  const asked = question(room.store.state);
  const prompts = room.live.answer?.prompts;
  const answer = room.live.answer?.rows[0];
  if (!asked || !answer || !prompts) return;
  const { cosines, score, tokens, truncated } = answer;
  const columns = ["text", "label", "prompt", "cosine", "score", "tokens", "truncated"];
  const rows = asked.labels.map((label, at) => [text, label, prompts[at] ?? "", String(cosines[at]), score === null ? "" : String(score), String(tokens), String(truncated)]);
  await saveTable(room, "kindling-sentiment.csv", columns, rows);
}

/** @param {SentimentRoom} room @param {Record<string, unknown>} extra what the figures below have found */
function saveAll({ store: { state }, session: { status }, live }, extra) {
  saveJson("kindling-sentiment.json", {
    lab: "sentiment", version: 1, state: { ...state, labels: realLabels(state) }, device: status.opened?.device, model: status.models.encoder.info,
    question: question(state), answer: live.answer, tokens: live.tokens, ...extra,
  });
}
