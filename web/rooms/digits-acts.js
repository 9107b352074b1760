// What the digits lab saves, and its row of acts.

import { byId } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { saveFigure } from "../ui/figure-png.js";
import { saveFile } from "../ui/save.js";
import { toast } from "../ui/toast.js";
import { mountActs, saveJson } from "./acts.js";
import { DIGITS, freshState, modelOf } from "./digits-settings.js";
import { digitsCodec } from "./digits-share.js";
import { PARTS } from "./training-settings.js";

/** @param {HTMLElement} row @param {DigitsRoom} room */
export function mountDigitsActs(row, room) {
  const { run, pad } = room;
  mountActs(row, room, {
    lab: "digits", prefix: "digits", codec: digitsCodec, fresh: freshState, events: ["data", "fitted", "phase", "read"],
    savings: [
      { name: "csv", label: () => t().digits.acts.curves, ready: () => run.history.epochs.length > 1, run: () => saveCurves(room) },
      { name: "answers-csv", label: () => t().digits.acts.answers, ready: () => (run.frame?.said.length ?? 0) > 0, run: () => saveAnswers(room) },
      { name: "png", label: () => t().acts.png, ready: () => run.frame !== null, run: () => void saveFigure(/** @type {HTMLElement} */ (byId("fig-digits")), { name: "kindling-digits.png", title: byId("digits-verdict").textContent ?? "", foot: "Kindling" }) },
      { name: "json", label: () => t().acts.json, ready: () => run.pictures !== null, run: () => saveAll(room, pad) },
    ],
  });
}

/** Numbers and fixed names only, so nothing needs quoting. @param {string} name @param {string[]} columns @param {(string | number | null)[][]} rows */
function saveNumbers(name, columns, rows) {
  saveFile(name, `\uFEFF${[columns, ...rows].map((row) => row.map((cell) => cell ?? "").join(",")).join("\r\n")}\r\n`, "text/csv");
  toast(t().acts.saved(name));
}

/** @param {DigitsRoom} room */
function saveCurves({ run: { history } }) {
  saveNumbers("kindling-digits-curves.csv", ["epoch", ...PARTS.map((part) => `loss_${part}`), ...PARTS.map((part) => `accuracy_${part}`)],
    history.epochs.map((epoch, at) => [epoch, ...PARTS.map((part) => history.loss[part][at]), ...PARTS.map((part) => history.accuracy[part][at])]));
}

/** @param {DigitsRoom} room */
function saveAnswers({ run: { frame, split, pictures } }) {
  if (!frame || !split || !pictures) return;
  saveNumbers("kindling-digits-answers.csv", ["picture", "label", "answer", "share"], [...frame.said].map((said, place) => [place, pictures.labels[split.test[place]], said, Number(frame.sure[place].toFixed(6))]));
}

/** Numbers of one's own pictures go along, the pictures do not. @param {DigitsRoom} room @param {DigitsPad} pad */
function saveAll({ run, store: { state } }, pad) {
  const { split, history, frame, pictures } = run;
  const { own, ...settings } = state;
  saveJson("kindling-digits.json", {
    lab: "digits", version: 1, state: settings, own: own === null ? null : { pictures: run.ownNow()?.pictures.count }, model: modelOf(state),
    counts: split && Object.fromEntries(PARTS.map((part) => [part, split[part].length])), history, now: frame?.now, now_epoch: frame?.now_epoch, best_epoch: frame?.best_epoch, ended: frame?.ended,
    parameters: frame?.parameters, epoch: frame?.epoch, steps: frame?.steps, matrix: frame?.matrix, per_class: frame?.per_class.map((one, digit) => ({ digit: DIGITS[digit], ...one })), macro: frame?.macro,
    labels: split && pictures && split.test.map((row) => pictures.labels[row]), said: frame && [...frame.said], sure: frame && [...frame.sure],
    pad: { seen: pad.seen && [...pad.seen], label: pad.label, probabilities: pad.reading && [...pad.reading.probabilities] },
  });
}
