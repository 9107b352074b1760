// The beats of every lab: a point becomes features, weights follow the loss, and what stopping would have kept.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { plainTable } from "../ui/table.js";
import { judge } from "./overfit-judge.js";
import { modelOf, weightsOf } from "./overfit-settings.js";
import { loss } from "./overfit-stage.js";
import { debounced } from "./room.js";
import { PARTS } from "./training-settings.js";

const PARTS_OF_CODE = /** @type {const} */ ([["lessons", "crates/lessons"], ["page", "web/rooms"]]);
/** Features that are written out. */
const SHOWN = 6;

/** @param {HTMLElement} body @param {OverfitRoom} room */
export function mountInside(body, room) {
  const { store, run } = room;
  const features = h("div", { id: "overfit-features" }), numbers = h("div", { id: "overfit-numbers" }), kept = h("div", { id: "overfit-kept" });

  function drawFeatures() {
    const words = t().overfit.inside;
    const model = modelOf(store.state);
    const curve = store.state.task === "regression";
    const inputs = curve ? ["x"] : ["x", "y"];
    if (model.kind === "polynomial") {
      return fill(features, h("p", { class: "strip-of" }, ...terms(model.degree, curve), model.degree > (curve ? SHOWN : 2) ? h("span", null, "…") : null), h("p", { class: "note" }, words.polynomial(model.degree, weightsOf(store.state), curve)));
    }
    const layers = [inputs.join(t().open.comma), ...model.hidden.map(String), store.state.task === "regression" ? "y" : "P"];
    fill(features, h("p", { class: "strip-of" }, ...layers.flatMap((name, at) => [at ? h("i", { "aria-hidden": "true" }, "→") : null, h("span", null, name)])),
      h("p", { class: "note" }, words.network(model.hidden, weightsOf(store.state), model.activation === "relu" ? "ReLU" : "tanh")));
  }

  /** The first features of a polynomial, written out. @param {number} degree @param {boolean} curve of x alone */
  function terms(degree, curve) {
    const power = (/** @type {string} */ name, /** @type {number} */ of) => (of === 0 ? [] : of === 1 ? [name] : [name, h("sup", null, of)]);
    const pairs = curve ? Array.from({ length: Math.min(degree, SHOWN) + 1 }, (_, of) => [of, 0])
      : [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]].filter(([of, and]) => of + and <= degree);
    return pairs.map(([of, and]) => h("span", null, ...(of + and ? [...power("x", of), ...power("y", and)] : ["1"])));
  }

  function drawNumbers() {
    const words = t().overfit.inside;
    const { frame } = run;
    if (!frame) {
      fill(numbers, h("p", { class: "note" }, t().inside.withheld));
      return fill(kept, h("p", { class: "note" }, t().inside.withheld));
    }
    const judged = judge(run);
    fill(numbers, plainTable(words.numbers, [words.part, words.loss], PARTS.map((part) => [t().overfit.parts[part], loss(judged.now[part])])),
      h("p", { class: "note" }, words.base(loss(judged.base)), t().overfit.space, frame.step_millis === null ? "" : words.step(frame.step_millis < 0.1 ? "< 0.1" : frame.step_millis.toFixed(1))));
    if (judged.kept === null || judged.best === null) return fill(kept, h("p", { class: "note" }, words.noValidation));
    fill(kept, plainTable(words.kept, [words.part, words.atBest(judged.best), words.atEnd(judged.epoch)], PARTS.map((part) => [t().overfit.parts[part], loss(judged.kept?.[part]), loss(judged.last[part])])),
      h("p", { class: "note", id: "overfit-saved" }, words.saved(judged, loss)));
  }

  function build() {
    const words = t().overfit.inside;
    fill(body, h("ol", { class: "steps" }, h("li", null, h("h2", null, words.features), features), h("li", null, h("h2", null, words.numbers), numbers), h("li", null, h("h2", null, words.kept), kept)),
      h("section", { class: "how" }, h("h2", { class: "lbl" }, t().inside.words), h("p", null, words.three),
        h("p", { class: "note" }, t().inside.code, " ", ...PARTS_OF_CODE.flatMap(([key, path], at) => [at ? t().open.comma : "", h("code", null, path), ` ${words.code[key]}`]))));
    drawFeatures();
    drawNumbers();
  }
  const soon = debounced(drawNumbers, 100);
  let last = 0;
  room.on("fitted", () => {
    // A steady stream of frames would put a debounced call off for ever.
    const now = performance.now();
    if (now - last < 250) return soon();
    last = now;
    drawNumbers();
  });
  store.onChange(drawFeatures);
  room.on("language", build);
  build();
}
