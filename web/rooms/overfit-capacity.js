// Two figures over the degree of a polynomial: the U-curve of one split, and the same by k folds.

import { h } from "../base/dom.js";
import { classroom } from "../classroom.js";
import { t } from "../i18n/index.js";
import { createCurves } from "../ui/curves.js";
import { PART_MARKS } from "../ui/point-marks.js";
import { mountFigure } from "./overfit-figure.js";
import { FOLDS, MAX_DEGREE } from "./overfit-settings.js";
import { loss } from "./overfit-stage.js";

const DEGREES = Array.from({ length: MAX_DEGREE + 1 }, (_, degree) => degree);
/** How many times its lowest value a logarithmic axis still shows; worse than that is only "beyond". */
const SHOWN = 300;

/** Ends of a logarithmic axis. @param {(number | null)[][]} lines @returns {[number, number]} */
export function logRange(lines) {
  const values = lines.flat().filter((value) => value !== null && value > 0 && Number.isFinite(value)).map(Number);
  if (!values.length) return [0.01, 1];
  const low = Math.max(1e-6, Math.min(...values) / 1.5);
  return [low, Math.min(Math.max(...values) * 1.5, low * SHOWN)];
}

/** Both figures have their current degree marked, and a click takes another. @param {OverfitRoom} room @param {number | null} best @returns {{x: number, words: string}[]} */
function rules({ store: { state } }, best) {
  const words = t().overfit.figures;
  const mine = state.kind === "polynomial" ? [{ x: state.degree, words: best === state.degree ? words.mineBest(state.degree) : words.mine(state.degree) }] : [];
  return best === null || best === state.degree && mine.length ? mine : [{ x: best, words: words.best(best) }, ...mine];
}
/** @param {OverfitRoom} room @returns {(degree: number) => void} */
const take = ({ store, run }) => (degree) => {
  store.set({ kind: "polynomial", degree });
  if (run.phase !== "running") run.restart(true);
};

/** @param {HTMLElement} place @param {OverfitRoom} room */
export function mountCapacity(place, room) {
  const { store, run } = room;
  const curves = createCurves({ id: "overfit-capacity", count: 3, right: 84, log: true, print: loss, pick: take(room) });
  const says = h("p", { class: "note" });
  const figure = mountFigure(place, room, {
    words: () => t().overfit.figures.capacity, parts: [curves.element, says], png: { element: curves.element, name: "kindling-capacity.png" },
    inputs: () => store.state.l2,
    ask: (signal) => classroom.request("capacity", { points: /** @type {LessonPoints} */ (run.points), split: /** @type {LessonSplit} */ (run.split), degrees: DEGREES, l2: store.state.l2 }, { signal }),
    draw({ degrees, train, validation, test, best }) {
      const words = t().overfit;
      curves.set({
        x: degrees, span: [0, MAX_DEGREE], range: logRange([train, validation, test]), rules: rules(room, best),
        lines: [
          { name: words.parts.test, colour: "steel", dash: [4, 3], values: test, mark: PART_MARKS.test },
          { name: words.parts.validation, colour: "ember", values: validation, mark: PART_MARKS.validation },
          { name: words.parts.train, colour: "ink", values: train, mark: PART_MARKS.train },
        ],
        xName: words.figures.degree, yName: words.figures.lossLog, label: words.figures.capacity.label, caption: words.figures.capacity.caption,
      });
      const at = degrees.indexOf(store.state.degree);
      says.textContent = best === null ? words.figures.noValidation : words.figures.capacity.says(best, loss(validation[degrees.indexOf(best)]), store.state.degree, loss(train[at]), loss(validation[at]));
    },
  });
  follow(room, figure, curves);
  return figure;
}

/** @param {HTMLElement} place @param {OverfitRoom} room @param {() => CapacityAnswer | null} single what one split said */
export function mountFolds(place, room, single) {
  const { store, run } = room;
  const curves = createCurves({ id: "overfit-folds", count: 1, right: 100, log: true, print: loss, pick: take(room) });
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
        x: degrees, span: [0, MAX_DEGREE], range: logRange([mean]), rules: rules(room, best),
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
