// The experiment: points with what the model makes of them, beside the curves of its losses; under them
// the buttons that run it, the numbers now, and what they say.

import { byId, fill, h } from "../base/dom.js";
import { percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { forgetColours } from "../ui/colours.js";
import { createCurves } from "../ui/curves.js";
import { classMark, markSample, PART_MARKS } from "../ui/point-marks.js";
import { selectField } from "../ui/number-field.js";
import { createPointsPlot } from "../ui/points-plot.js";
import { lessonError } from "./overfit-error.js";
import { judge } from "./overfit-judge.js";
import { HIGH, MAX_POINTS, SPEEDS, toPlot } from "./overfit-settings.js";
import { PARTS, randomSeed } from "./training-settings.js";

/** Curves draw at most so often; with less motion asked for, once a second. */
const DRAW_MILLIS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 100;
/** New points of one's own take their part by turns, so that there is something to check against. */
const TURNS = [0, 0, 1, 0, 2];

/** @param {number | null | undefined} value */
export function loss(value) {
  if (value === null || value === undefined) return "–";
  if (value >= 1000) return value.toExponential(1).replace(/e\+(\d+)/, (_, power) => ` × 10${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`);
  if (value > 0 && value < 0.00005) return "< 0.0001";
  return value.toFixed(value >= 10 ? 1 : value >= 0.1 ? 2 : value >= 0.01 ? 3 : 4);
}

/** @param {HTMLElement} place @param {OverfitRoom} room */
export function mountStage(place, room) {
  const { store, run } = room;
  const own = () => t().overfit;
  /** Class and part of the next point that is drawn; null takes the part by turns. */
  const next = { group: 0, part: /** @type {number | null} */ (null) };

  const plot = createPointsPlot("overfit-plot", {
    add(x, y) {
      const points = run.taken();
      if (points.length >= MAX_POINTS) return;
      store.set({ own: [...points, [toPlot(x), toPlot(y, HIGH), store.state.task === "classification" ? next.group : 0, next.part ?? TURNS[points.length % TURNS.length]]] });
    },
    move(row, x, y) {
      store.set({ own: run.taken().map((point, at) => (at === row ? [toPlot(x), toPlot(y, HIGH), point[2], point[3]] : point)) }, { group: `point ${row}` });
    },
    remove: (row) => store.set({ own: run.taken().filter((_, at) => at !== row) }),
  });
  const curves = createCurves({ id: "overfit-curves", count: 3, right: 84, print: loss });
  const key = h("ul", { class: "key" });
  const tools = h("div", { class: "draw-tools" });
  const verdict = h("p", { class: "says", id: "overfit-verdict" });
  const go = h("button", { type: "button", class: "go", id: "overfit-run", onclick: toggle });
  const step = h("button", { type: "button", class: "plain", id: "overfit-step", onclick: () => run.step() });
  const again = h("button", { type: "button", class: "plain", id: "overfit-again", onclick: startAgain });
  const speed = selectField({ id: "overfit-speed", changed: (value) => store.set({ speed: /** @type {OverfitSpeed} */ (Number(value)) }) });
  const readings = h("dl", { class: "readings losses" });
  const fault = h("div", { id: "overfit-fault" });
  const caption = h("figcaption", null);

  function toggle() {
    if (go.textContent === own().stage.pause) run.pause();
    else run.play();
  }
  function startAgain() {
    if (!store.state.locked && !store.state.own) store.set({ seed: randomSeed() });
    run.restart();
  }

  function drawPlot() {
    const { points, frame, truth } = run;
    const task = points?.task ?? store.state.task;
    // Own points are shown where the hand has them, before anything is fitted to them.
    const shown = task === store.state.task ? run.taken() : [];
    plot.set({
      task, truth: store.state.own ? null : truth, surface: frame?.surface ?? null, label: own().stage.plot(shown.length, task),
      points: shown.map(([x, y, group, part]) => ({ x, y, group, part: PARTS[part] })),
    });
  }

  function drawCurves() {
    const { history, frame } = run;
    const words = own();
    const start = Math.max(0, ...[history.train, history.validation, history.test].map((line) => line[0] ?? 0));
    // One line may run far off; it must not press the others flat.
    let highest = 1e-3;
    for (const line of [history.train, history.validation, history.test]) for (const value of line) if (value !== null && value > highest) highest = value;
    // Before the first epoch the scale is plain: names of thousandths would not fit beside it.
    const top = !history.epochs.length ? 1 : Math.min(highest, Math.max(start * 2.5, 1e-3)) * 1.05;
    const best = frame?.best_epoch ?? null;
    const last = history.epochs.at(-1) ?? 0;
    curves.set({
      x: history.epochs, range: [0, top], span: [0, Math.max(50, last)],
      lines: [
        { name: words.parts.test, colour: "steel", dash: [4, 3], values: history.test },
        { name: words.parts.validation, colour: "ember", values: history.validation },
        { name: words.parts.train, colour: "ink", values: history.train },
      ],
      rules: best === null || last < 2 || best === last ? [] : [{ x: best, words: frame?.ended === "patience" ? words.stage.stoppedRule(best) : words.stage.bestRule(best) }],
      xName: words.stage.epoch, yName: words.stage.lossOf[store.state.task], label: words.stage.curves, caption: words.stage.curvesTable,
    });
  }

  function drawNumbers() {
    const { frame, history } = run;
    const words = own();
    const item = (/** @type {string} */ name, /** @type {string} */ value, /** @type {HTMLElement | null} */ mark = null, /** @type {number | null} */ share = null) =>
      h("div", null, h("dt", null, mark, name), h("dd", null, value, share === null ? null : h("small", null, percent(share))));
    fill(readings, item(words.stage.epoch, String(history.epochs.at(-1) ?? 0)), ...PARTS.map((part) =>
      item(words.parts[part], loss(frame?.now[part].loss), markSample(marksOf(part)), frame?.now[part].accuracy ?? null)));
    verdict.textContent = words.stage.verdict(judge(run), run.phase, loss);
  }
  /** @param {PartName} part */
  const marksOf = (part) => (store.state.task === "regression" ? [PART_MARKS[part]] : [classMark(part, 0), classMark(part, 1)]);

  function drawKey() {
    const words = own();
    fill(key, ...PARTS.map((part) => h("li", null, markSample(marksOf(part)), words.stage.count(words.parts[part], run.split?.[part].length ?? 0))),
      run.truth ? h("li", null, h("i", { class: "dotted" }), words.stage.truth) : null);
  }

  function drawButtons() {
    const words = own().stage;
    const { phase } = run;
    if (phase === "preparing" && go.textContent) return; // a moment: the buttons keep what they say
    go.textContent = phase === "running" ? words.pause : phase === "full" || (phase === "paused" && run.history.epochs.length > 1) ? words.goOn : words.run;
    go.disabled = phase === "empty";
    step.textContent = words.step;
    step.disabled = !["paused", "running", "full"].includes(phase);
    again.textContent = words.again;
    again.disabled = ["empty", "held"].includes(phase);
    speed.set(words.speed, SPEEDS.map((value) => [String(value), value ? words.speeds(value) : words.fastest]), String(store.state.speed));
  }

  function drawFault() {
    const { error, phase } = run;
    if (phase !== "failed" || !error) return fill(fault);
    fill(fault, lessonError(error, [{ label: t().retry, run: () => run.restart() }]));
  }

  function drawTools() {
    const words = own().stage;
    const classes = store.state.task === "classification";
    const part = selectField({ id: "draw-part", changed: (value) => void (next.part = value === "turns" ? null : Number(value)) });
    part.set(words.nextPart, [["turns", words.turns], ...PARTS.map((name, at) => /** @type {[string, string]} */ ([String(at), own().parts[name]]))], next.part === null ? "turns" : String(next.part));
    const group = selectField({ id: "draw-class", changed: (value) => void (next.group = Number(value)) });
    group.set(words.nextClass, [["0", own().classes[0]], ["1", own().classes[1]]], String(next.group));
    fill(tools, classes ? group.element : null, part.element);
  }

  let announced = "";
  function announce() {
    const words = own().stage;
    const { phase } = run;
    if (!["ended", "full", "failed"].includes(phase)) return void (announced = "");
    const said = words.verdict(judge(run), phase, loss);
    if (said !== announced) byId("overfit-announce").textContent = announced = said;
  }

  // ── drawn at most ten times a second, and only what changed ──
  let drawnMillis = 0, timer = 0;
  function drawFit() {
    timer = 0;
    drawnMillis = performance.now();
    drawPlot();
    drawCurves();
    drawNumbers();
  }
  function soon() {
    if (timer) return;
    timer = window.setTimeout(() => requestAnimationFrame(drawFit), Math.max(0, DRAW_MILLIS - (performance.now() - drawnMillis)));
  }

  function build() {
    const words = own().stage;
    fill(caption, h("b", null, words.title), words.text);
    drawTools();
    drawKey();
    go.textContent = "";
    drawButtons();
    drawFault();
    drawFit();
  }
  room.on("fitted", soon);
  room.on("data", () => {
    drawKey();
    soon();
  });
  room.on("phase", () => {
    drawButtons();
    drawFault();
    if (run.phase !== "preparing") drawNumbers();
    announce();
  });
  room.on("language", () => {
    build();
    curves.redraw();
  });
  room.on("theme", () => {
    forgetColours();
    build();
    curves.redraw();
  });
  store.onChange((changed) => {
    if (changed.has("task")) drawTools();
    if (changed.has("own")) drawPlot();
    drawButtons();
  });
  place.append(
    h("div", { class: "two-plots" }, h("div", { class: "plane" }, plot.element, key), curves.element),
    h("div", { class: "run-row" }, go, step, again, speed.element), fault, verdict, readings, caption, tools);
  build();
}
