// Many refits of one degree: how far they lie from the truth on average (bias), how far from each other
// (variance), and what is left (noise); the three against the error that was measured.

import { h } from "../base/dom.js";
import { classroom } from "../classroom.js";
import { t } from "../i18n/index.js";
import { createPointsPlot } from "../ui/points-plot.js";
import { rangeField } from "../ui/range-field.js";
import { stackedBars } from "../ui/stacked-bars.js";
import { mountFigure } from "./overfit-figure.js";
import { MAX_DEGREE } from "./overfit-settings.js";
import { loss } from "./overfit-stage.js";

const ROUNDS = 80;
/** Shares of the measured error by which the sum may miss it by chance. */
const NEAR = 0.15;

/** @param {HTMLElement} place @param {OverfitRoom} room */
export function mountSpread(place, room) {
  const { store, run } = room;
  const plot = createPointsPlot("overfit-bands", null);
  const bars = stackedBars("overfit-parts");
  const says = h("p", { class: "note" });
  const key = h("p", { class: "note" });
  const degree = rangeField({ id: "spread-degree", least: 0, most: MAX_DEGREE, step: 1, changed: (value) => store.set({ degree: value, kind: "polynomial" }, { group: "degree" }) });
  const shown = h("div", { class: "two-plots" }, h("div", { class: "plane" }, plot.element, key), h("div", { class: "beside-bands" }, degree.element, bars.element, says));

  /** @returns {SpreadQuestion["source"]} */
  const source = () => {
    const { own, shape, count, noise, seed } = store.state;
    // As many as the fit above sees, so that both have the same variance.
    const rows = run.split?.train ?? [];
    return own ? { points: /** @type {LessonPoints} */ (run.points), rows, seed } : { shape, count: Math.max(2, rows.length || count), noise, seed };
  };
  const figure = mountFigure(place, room, {
    words: () => t().overfit.figures.spread, parts: [shown], png: { element: shown, name: "kindling-bias-variance.png" },
    inputs: () => [store.state.degree, store.state.l2, source()],
    async ask(signal) {
      const { degree, l2 } = store.state;
      return { degree, ...(await classroom.request("spread", { source: source(), degree, l2, rounds: ROUNDS }, { signal })) };
    },
    draw({ degree: asked, mean, low, high, truth, bias2, variance, noise, sum, measured }) {
      const words = t().overfit.figures.spread;
      plot.set({
        task: "regression", points: [], truth, surface: Float32Array.from(mean), label: words.label(asked),
        band: { low, high },
      });
      key.textContent = words.key(ROUNDS, truth !== null);
      const parts = [
        { name: words.bias, value: bias2, colour: "ink" }, { name: words.variance, value: variance, colour: "ember" }, { name: words.noise, value: noise, colour: "edge" },
      ].filter(({ value }) => value !== null);
      bars.set(/** @type {any} */ (parts), { name: words.measured, value: measured }, loss, words.sum);
      says.textContent = sum !== null && measured !== null ? words.says(loss(sum), loss(measured), Math.abs(sum - measured) <= NEAR * measured) : words.unknown;
    },
  });
  const drawDegree = () => degree.set(t().overfit.knobs.degree, store.state.degree, String(store.state.degree));
  store.onChange(drawDegree);
  room.on("language", drawDegree);
  drawDegree();
  return figure;
}
