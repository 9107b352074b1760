// The knobs in three groups: what the points are, what may be learned, how it is learned.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { selectField } from "../ui/number-field.js";
import { BATCHES, CLUSTERS, L2_STEPS, MAX_DEGREE, modelOf, PATIENCE_STEPS, SHAPES, weightsOf } from "./overfit-settings.js";
import { knobFields, nearest, plain } from "./knob-fields.js";
import { RATE_STEPS } from "./training-settings.js";

/** @param {HTMLElement} place @param {OverfitRoom} room */
export function mountKnobs(place, room) {
  const { store } = room;
  const words = () => t().overfit.knobs;
  /** @param {Partial<OverfitState>} patch @param {string} [group] */
  const set = (patch, group = "") => store.set(patch, { group });
  const { range, stepped, select, seed, dice, locked } = knobFields("overfit", set);

  const shape = selectField({ id: "overfit-shape", changed: (value) => set(store.state.task === "regression" ? { shape: /** @type {RegressionShape} */ (value), own: null } : { clusters: /** @type {ClassShape} */ (value), own: null }) });
  const count = range("count", 8, 400, 2), noise = range("noise", 0, 0.6, 0.01);
  const kind = select("kind");
  const degree = range("degree", 0, MAX_DEGREE, 1), layers = range("layers", 1, 3, 1), width = range("width", 1, 64, 1);
  const activation = select("activation"), dropout = range("dropout", 0, 0.8, 0.05), l2 = stepped("l2", L2_STEPS);
  const weights = h("p", { class: "note" });
  const optimiser = select("optimiser"), batch = select("batch", Number), rate = stepped("rate", RATE_STEPS), patience = stepped("patience", PATIENCE_STEPS);
  const titles = [0, 1, 2].map(() => h("h2", { class: "lbl" }));
  const back = h("button", { type: "button", class: "plain small", id: "overfit-drawn", onclick: () => set({ own: null }) });
  const mine = h("p", { class: "note", id: "overfit-mine" });

  function draw() {
    const own = words();
    const { state } = store;
    const classes = state.task === "classification", net = modelOf(state).kind === "mlp";
    /** @type {[string, string][]} */
    const shapes = classes ? CLUSTERS.map((name) => [name, own.clusters[name]]) : SHAPES.map((name) => [name, own.shapes[name]]);
    shape.set(own.shape, shapes, classes ? state.clusters : state.shape);
    count.set(own.count, state.count, String(state.count));
    noise.set(own.noise, state.noise, state.noise.toFixed(2));
    seed.set(state.seed);
    seed.name(own.seed);
    locked.set(own.keep, state.locked);
    kind.set(own.model, [["polynomial", own.kinds.polynomial], ["mlp", own.kinds.mlp]], net ? "mlp" : "polynomial");
    degree.set(own.degree, state.degree, String(state.degree));
    layers.set(own.layers, state.layers, String(state.layers));
    width.set(own.width, state.width, own.neurons(state.width));
    activation.set(own.activation, [["tanh", "tanh"], ["relu", "ReLU"]], state.activation);
    dropout.set(own.dropout, state.dropout, state.dropout ? `${Math.round(state.dropout * 100)}%` : own.off);
    l2.set(own.l2, nearest(L2_STEPS, state.l2), state.l2 ? plain(state.l2) : own.off);
    optimiser.set(own.optimiser, [["sgd", own.optimisers.sgd], ["momentum", own.optimisers.momentum], ["adam", "Adam"]], state.optimiser);
    batch.set(own.batch, BATCHES.map((rows) => [String(rows), rows ? own.rows(rows) : own.all]), String(state.batch));
    rate.set(own.rate, nearest(RATE_STEPS, state.rate), plain(state.rate));
    patience.set(own.patience, nearest(PATIENCE_STEPS, state.patience), state.patience === null ? own.never : own.epochs(state.patience));
    for (const field of [degree]) field.element.hidden = net;
    for (const field of [layers, width, activation, dropout]) field.element.hidden = !net;
    for (const field of [count, noise]) field.slider.disabled = state.own !== null;
    mine.hidden = state.own === null;
    weights.textContent = own.weights(weightsOf(state));
  }

  function build() {
    const own = words();
    titles.forEach((title, at) => (title.textContent = own.groups[at]));
    dice.textContent = own.dice;
    back.textContent = own.back;
    fill(mine, own.mine, " ", back);
    draw();
  }
  place.append(
    h("section", null, titles[0], shape.element, mine, count.element, noise.element, h("div", { class: "seed-row" }, seed.element, dice), locked.element),
    h("section", null, titles[1], kind.element, degree.element, layers.element, width.element, activation.element, dropout.element, l2.element, weights),
    h("section", null, titles[2], rate.element, optimiser.element, batch.element, patience.element));
  store.onChange(draw);
  room.on("language", build);
  build();
}
