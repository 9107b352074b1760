// Two figures over how much a model may learn: the U-curve of one split, by the degree of a polynomial or
// the width of a network, and the same by k folds.

import { h } from "../base/dom.js";
import { classroom } from "../classroom.js";
import { t } from "../i18n/index.js";
import { createCurves } from "../ui/curves.js";
import { PART_MARKS } from "../ui/point-marks.js";
import { mountFigure } from "./overfit-figure.js";
import { FOLDS, MAX_DEGREE } from "./overfit-settings.js";
import { loss } from "./overfit-stage.js";

const DEGREES = Array.from({ length: MAX_DEGREE + 1 }, (_, degree) => degree);
/** Widths of a hidden layer, far enough apart to tell one from the next. */
const WIDTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** Enough for the widest to overfit, and few enough to wait for. */
const WIDTH_EPOCHS = 500;
/** How many times its lowest value a logarithmic axis still shows; worse than that is only "beyond". */
const SHOWN = 300;

/** Ends of a logarithmic axis. @param {(number | null)[][]} lines @returns {[number, number]} */
export function logRange(lines) {
  const values = lines.flat().filter((value) => value !== null && value > 0 && Number.isFinite(value)).map(Number);
  if (!values.length) return [0.01, 1];
  const low = Math.max(1e-6, Math.min(...values) / 1.5);
  return [low, Math.min(Math.max(...values) * 1.5, low * SHOWN)];
}

/** Marks of the lowest place and of the present one. @param {number | null} best @param {number | null} mine @param {(x: number) => string} name @returns {{x: number, words: string}[]} */
function rules(best, mine, name) {
  const words = t().overfit.figures;
  const present = mine === null ? [] : [{ x: mine, words: best === mine ? words.mineBest(name(mine)) : words.mine(name(mine)) }];
  return best === null || best === mine ? present : [{ x: best, words: words.best(name(best)) }, ...present];
}
/** @param {OverfitRoom} room */
const degreeNow = ({ store: { state } }) => (state.task === "regression" && state.kind === "polynomial" ? state.degree : null);
/** A click takes another model, and runs it. @param {OverfitRoom} room @param {(place: number) => Partial<OverfitState>} model @returns {(place: number) => void} */
const take = ({ store, run }, model) => (place) => {
  store.set(model(place));
  if (run.phase !== "running") run.restart(true);
};
/** @param {{train: (number | null)[], validation: (number | null)[], test: (number | null)[]}} values */
function threeLines({ train, validation, test }) {
  const { parts } = t().overfit;
  return [
    { name: parts.test, colour: /** @type {const} */ ("steel"), dash: [4, 3], values: test, mark: PART_MARKS.test },
    { name: parts.validation, colour: /** @type {const} */ ("ember"), values: validation, mark: PART_MARKS.validation },
    { name: parts.train, colour: /** @type {const} */ ("ink"), values: train, mark: PART_MARKS.train },
  ];
}

/** Curves are fitted by polynomials in closed form; networks, and classes, width by width. @param {OverfitState} state */
const byDegree = ({ task, kind }) => task === "regression" && kind === "polynomial";

/** @param {HTMLElement} place @param {OverfitRoom} room */
export function mountCapacity(place, room) {
  const { store, run } = room;
  const widthOf = (/** @type {number} */ at) => String(WIDTHS[at] ?? "");
  const curves = createCurves({ id: "overfit-capacity", count: 3, right: 84, log: true, print: loss, pick: take(room, (degree) => ({ kind: "polynomial", degree })) });
  const networks = createCurves({ id: "overfit-widths", count: 3, right: 84, log: true, print: loss, pick: take(room, (at) => ({ kind: "mlp", layers: 1, width: WIDTHS[at] })), nameX: widthOf });
  const charts = h("div", null, curves.element);
  const says = h("p", { class: "note" });
  const words = () => t().overfit.figures;

  /** @param {CapacityAnswer} answer */
  function drawDegrees({ degrees, train, validation, test, best }) {
    curves.set({
      x: degrees, span: [0, MAX_DEGREE], range: logRange([train, validation, test]), rules: rules(best, degreeNow(room), String), lines: threeLines({ train, validation, test }),
      xName: words().degree, yName: words().lossLog, label: words().capacity.label, caption: words().capacity.caption,
    });
    const at = degrees.indexOf(store.state.degree);
    says.textContent = best === null ? words().noValidation : words().capacity.says(best, loss(validation[degrees.indexOf(best)]), store.state.degree, loss(train[at]), loss(validation[at]));
  }
  /** @param {NetworkCapacityAnswer & {share?: number}} answer */
  function drawWidths({ widths, train, validation, test, best, share = 1 }) {
    const { state } = store;
    const own = words().widths;
    const mine = state.kind === "mlp" && state.layers === 1 ? widths.indexOf(state.width) : -1;
    const lowest = best === null ? null : widths.indexOf(best);
    networks.set({
      x: widths.map((_, at) => at), span: [0, widths.length - 1], range: logRange([train, validation, test]), rules: rules(share < 1 ? null : lowest, mine < 0 ? null : mine, widthOf),
      lines: threeLines({ train, validation, test }), xName: own.neurons, yName: own.loss[state.task], label: own.label, caption: own.caption,
    });
    const done = train.filter((value) => value !== null).length;
    says.textContent = share < 1 ? own.working(done, widths.length) : best === null || lowest === null ? words().noValidation
      : `${own.says(best, loss(validation[lowest]))}${mine < 0 ? "" : own.mine(state.width, loss(train[mine]), loss(validation[mine]))}${state.kind === "mlp" && state.layers > 1 ? own.deeper(state.layers) : ""}`;
  }

  const figure = mountFigure(place, room, {
    words: () => (byDegree(store.state) ? words().capacity : words().widths), parts: [charts, says], png: { element: charts, name: "kindling-capacity.png" }, anyTask: true,
    inputs() {
      const { state } = store;
      return byDegree(state) ? [state.l2] : [state.activation, state.dropout, state.l2, state.rate, state.batch, state.optimiser, state.seed];
    },
    async ask(signal, sofar) {
      const { state } = store;
      const data = { points: /** @type {LessonPoints} */ (run.points), split: /** @type {LessonSplit} */ (run.split) };
      if (byDegree(state)) return /** @type {CapacityAnswer | NetworkCapacityAnswer} */ (await classroom.request("capacity", { ...data, degrees: DEGREES, l2: state.l2 }, { signal }));
      const { activation, dropout, l2, rate, batch, optimiser, seed } = state;
      return classroom.request("networkCapacity", { ...data, widths: WIDTHS, activation, dropout, l2, rate, batch, optimiser, seed, patience: null, epochs: WIDTH_EPOCHS }, { signal, onFrame: sofar });
    },
    draw(answer) {
      const degrees = "degrees" in answer;
      charts.hidden = says.hidden = degrees !== byDegree(store.state); // the other answer is on its way
      const chart = degrees ? curves.element : networks.element;
      if (charts.firstChild !== chart) charts.replaceChildren(chart);
      if (degrees) drawDegrees(answer);
      else drawWidths(answer);
    },
  });
  store.onChange((changed) => (["degree", "kind", "width", "layers"]).some((name) => changed.has(/** @type {keyof OverfitState} */ (name))) && figure.show());
  for (const event of /** @type {const} */ (["language", "theme"])) room.on(event, () => [curves, networks].forEach((chart) => chart.redraw()));
  return { ...figure, value: () => { const answer = figure.value(); return answer && "degrees" in answer ? answer : null; }, widths: () => { const answer = figure.value(); return answer && "widths" in answer ? answer : null; } };
}

/** @param {HTMLElement} place @param {OverfitRoom} room @param {() => CapacityAnswer | null} single what one split said */
export function mountFolds(place, room, single) {
  const { store, run } = room;
  const curves = createCurves({ id: "overfit-folds", count: 1, right: 100, log: true, print: loss, pick: take(room, (degree) => ({ kind: "polynomial", degree })) });
  const says = h("p", { class: "note" });
  const seg = h("div", { class: "seg small", role: "group", id: "overfit-k" });
  const rows = () => [...(run.split?.train ?? []), ...(run.split?.validation ?? [])].sort((a, b) => a - b);
  const figure = mountFigure(place, room, {
    words: () => t().overfit.figures.folds, parts: [seg, curves.element, says], png: { element: curves.element, name: "kindling-folds.png" },
    inputs: () => [store.state.l2, store.state.folds, store.state.seed],
    ask: (signal) => classroom.request("folds", { points: /** @type {LessonPoints} */ (run.points), rows: rows(), k: Math.max(2, Math.min(store.state.folds, rows().length)), degrees: DEGREES, l2: store.state.l2, seed: store.state.seed }, { signal }),
    draw({ k, degrees, mean, deviation, best }) {
      const words = t().overfit;
      curves.set({
        x: degrees, span: [0, MAX_DEGREE], range: logRange([mean]), rules: rules(best, degreeNow(room), String),
        lines: [{ name: words.figures.folds.line(k), colour: "ember", values: mean, spread: deviation, mark: PART_MARKS.validation }],
        xName: words.figures.degree, yName: words.figures.lossLog, label: words.figures.folds.label(k), caption: words.figures.folds.caption(k),
      });
      const at = best === null ? -1 : degrees.indexOf(best);
      says.textContent = best === null ? words.figures.noValidation : words.figures.folds.says(k, best, loss(mean[at]), loss(deviation[at]), single()?.best ?? null);
    },
  });
  function build() {
    const words = t().overfit.figures.folds;
    seg.setAttribute("aria-label", words.choose);
    seg.replaceChildren(...FOLDS.map((k) => h("button", { type: "button", "aria-pressed": String(store.state.folds === k), onclick: () => store.set({ folds: k }) }, words.k(k))));
  }
  store.onChange((changed) => changed.has("folds") && build());
  room.on("language", build);
  build();
  follow(room, figure, curves);
  return figure;
}

/** The marks follow the knob at once; the answer does not depend on it. @param {OverfitRoom} room @param {{show: () => void}} figure @param {{redraw: () => void}} curves */
function follow({ store, on }, figure, curves) {
  store.onChange((changed) => (changed.has("degree") || changed.has("kind")) && figure.show());
  for (const event of /** @type {const} */ (["language", "theme"])) on(event, () => curves.redraw());
}
