// The experiment: the pad with what is read from it, beside the curves of the training; under them the
// buttons that run it, the numbers now, and what they say.

import { byId, fill, h } from "../base/dom.js";
import { percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { forgetColours } from "../ui/colours.js";
import { createCurves } from "../ui/curves.js";
import { selectField } from "../ui/number-field.js";
import { markSample, PART_MARKS } from "../ui/point-marks.js";
import { digitsError } from "./digits-error.js";
import { judge } from "./digits-judge.js";
import { mountPad } from "./digits-pad.js";
import { SPEEDS } from "./digits-settings.js";
import { PARTS, randomSeed } from "./training-settings.js";

/** Curves draw at most so often; with less motion asked for, once a second. */
const DRAW_MILLIS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 150;
/** Epochs that the axis shows at the least. */
const SPAN = 10;
const COLOURS = /** @type {const} */ ({ train: "ink", validation: "ember", test: "steel" });

/** @param {number | null | undefined} value */
export const loss = (value) => (value === null || value === undefined ? "–" : value > 0 && value < 0.0005 ? "< 0.001" : value.toFixed(value >= 10 ? 1 : value >= 0.1 ? 2 : 3));
/** @param {number | null | undefined} value */
export const share = (value) => (value === null || value === undefined ? "–" : percent(value));
/** 12, 12.5: epochs done by then. @param {number} epoch */
export const epochs = (epoch) => String(Number(epoch.toFixed(epoch < 10 ? 1 : 0)));

/** @param {HTMLElement} place @param {DigitsRoom} room */
export function mountStage(place, room) {
  const { store, run } = room;
  const own = () => t().digits;
  const curves = {
    accuracy: createCurves({ id: "digits-accuracy", count: 3, right: 76, print: (value) => `${value.toFixed(1)}%` }),
    loss: createCurves({ id: "digits-losses", count: 3, right: 76, print: loss }),
  };
  const verdict = h("p", { class: "says", id: "digits-verdict" });
  const go = h("button", { type: "button", class: "go", id: "digits-run", onclick: toggle });
  const step = h("button", { type: "button", class: "plain", id: "digits-step", onclick: () => run.step("step") });
  const turn = h("button", { type: "button", class: "plain", id: "digits-epoch", onclick: () => run.step("epoch") });
  const again = h("button", { type: "button", class: "plain", id: "digits-again", onclick: startAgain });
  const speed = selectField({ id: "digits-speed", changed: (value) => store.set({ speed: /** @type {DigitSpeed} */ (Number(value)) }) });
  const readings = h("dl", { class: "readings losses" });
  const fault = h("div", { id: "digits-fault" });
  const caption = h("figcaption", null);

  function toggle() {
    if (run.phase === "running") run.pause();
    else run.play();
  }
  function startAgain() {
    if (!store.state.locked) store.set({ seed: randomSeed() });
    run.restart(true);
  }

  /** @param {"accuracy" | "loss"} curve */
  function drawCurve(curve) {
    const { history, frame } = run;
    const words = own();
    const lines = history[curve];
    const start = Math.max(0, ...PARTS.map((part) => lines[part][0] ?? 0));
    let highest = 1e-3;
    for (const part of PARTS) for (const value of lines[part]) if (value !== null && value > highest) highest = value;
    // One line may run far off; it must not press the others flat.
    // Before the first epoch the scale is plain: names of thousandths would not fit beside it.
    const top = curve === "accuracy" ? 100 : !history.epochs.length ? 1 : Math.min(highest, Math.max(start * 1.5, 1e-3)) * 1.05;
    const best = frame?.best_epoch ?? null, last = history.epochs.at(-1) ?? 0;
    curves[curve].set({
      x: history.epochs, range: [0, top], span: [0, Math.max(SPAN, last)],
      lines: /** @type {const} */ (["test", "validation", "train"]).map((part) => ({
        name: words.parts[part], colour: COLOURS[part], ...(part === "test" ? { dash: [4, 3] } : {}),
        values: curve === "accuracy" ? lines[part].map((value) => (value === null ? null : value * 100)) : lines[part],
      })),
      rules: curve === "accuracy" || best === null || last < 2 || best === last ? [] : [{ x: best, words: frame?.ended === "patience" ? words.stage.stoppedRule(epochs(best)) : words.stage.bestRule(epochs(best)) }],
      xName: words.stage.epoch, yName: words.stage.curveOf[curve], label: words.stage.curves[curve], caption: words.stage.curvesTable[curve],
    });
  }
  const CURVES = /** @type {const} */ (["accuracy", "loss"]);

  function drawNumbers() {
    const { frame, phase } = run;
    const words = own();
    const judged = judge(run);
    const item = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ more, /** @type {HTMLElement | null} */ mark = null) =>
      h("div", null, h("dt", null, mark, name), h("dd", null, value, h("small", null, more)));
    fill(readings, item(words.stage.epoch, epochs(frame?.epoch ?? 0), words.stage.steps(frame?.steps ?? 0)), ...PARTS.map((part) =>
      item(words.stage.count(words.parts[part], run.split?.[part].length ?? 0), share(judged.right[part]), words.stage.loss(loss(judged.loss[part])), markSample([PART_MARKS[part]]))));
    verdict.textContent = words.stage.verdict(judged, phase, share);
  }

  function drawButtons() {
    const words = own().stage;
    const { phase } = run;
    if (phase === "preparing" && go.textContent) return; // a moment: the buttons keep what they say
    go.textContent = phase === "running" ? words.pause : phase === "full" || (phase === "paused" && (run.frame?.steps ?? 0) > 0) ? words.goOn : words.run;
    step.textContent = words.step;
    turn.textContent = words.oneEpoch;
    step.disabled = turn.disabled = !["paused", "running", "full"].includes(phase);
    again.textContent = words.again;
    again.disabled = ["empty", "held"].includes(phase);
    speed.set(words.speed, SPEEDS.map((value) => [String(value), value ? String(value) : words.fastest]), String(store.state.speed));
  }

  function drawFault() {
    const { error, phase } = run;
    if (phase !== "failed" || !error) return fill(fault);
    fill(fault, digitsError(error, [{ label: t().retry, run: () => run.restart(true) }]));
  }

  let announced = "";
  function announce() {
    const { phase } = run;
    if (!["ended", "full", "failed"].includes(phase)) return void (announced = "");
    const said = own().stage.verdict(judge(run), phase, share);
    if (said !== announced) byId("digits-announce").textContent = announced = said;
  }

  // ── drawn a few times a second, and only what changed ──
  let drawnMillis = 0, timer = 0, drawnLooks = -1;
  function drawFit(all = true) {
    timer = 0;
    drawnMillis = performance.now();
    const looks = run.history.epochs.length;
    if (all || looks !== drawnLooks) CURVES.forEach(drawCurve);
    drawnLooks = looks;
    drawNumbers();
  }
  function soon() {
    if (timer) return;
    timer = window.setTimeout(() => requestAnimationFrame(() => drawFit(false)), Math.max(0, DRAW_MILLIS - (performance.now() - drawnMillis)));
  }

  function build() {
    fill(caption, h("b", null, own().stage.title), own().stage.text);
    go.textContent = "";
    drawButtons();
    drawFault();
    drawFit();
  }
  for (const event of /** @type {const} */ (["fitted", "data"])) room.on(event, soon);
  room.on("phase", () => {
    drawButtons();
    drawFault();
    if (run.phase !== "preparing") drawNumbers();
    announce();
  });
  for (const event of /** @type {const} */ (["language", "theme"])) {
    room.on(event, () => {
      if (event === "theme") forgetColours();
      build();
      for (const curve of CURVES) curves[curve].redraw();
    });
  }
  store.onChange(drawButtons);
  place.append(
    mountPad(room), h("div", { class: "run-row", "data-not-saved": "" }, go, step, turn, again, speed.element), fault, verdict,
    h("div", { class: "two-plots" }, curves.accuracy.element, curves.loss.element), readings, caption);
  build();
}
