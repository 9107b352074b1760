// The knobs in three groups: what is learned from, what may be learned, how it is learned.

import { h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { BATCHES, FILTER_STEPS, L2_STEPS, NETS, PATIENCE_STEPS, TRAIN_STEPS, weightsOf, WIDTH_STEPS } from "./digits-settings.js";
import { knobFields, nearest, plain } from "./knob-fields.js";
import { RATE_STEPS } from "./training-settings.js";

/** @param {HTMLElement} place @param {DigitsRoom} room */
export function mountKnobs(place, room) {
  const { store } = room;
  const words = () => t().digits.knobs;
  /** @param {Partial<DigitsState>} patch @param {string} [group] */
  const set = (patch, group = "") => store.set(patch, { group });
  const { range, stepped, select, seed, dice, locked } = knobFields("digits", set);

  const train = stepped("train", TRAIN_STEPS), variety = range("variety", 0, 1, 0.1);
  const net = select("net"), layers = range("layers", 1, 3, 1), width = stepped("width", WIDTH_STEPS), filters = stepped("filters", FILTER_STEPS);
  const dropout = range("dropout", 0, 0.8, 0.05), l2 = stepped("l2", L2_STEPS);
  const weights = h("p", { class: "note" });
  const optimiser = select("optimiser"), batch = select("batch", Number), rate = stepped("rate", RATE_STEPS), patience = stepped("patience", PATIENCE_STEPS);
  const titles = [0, 1, 2].map(() => h("h2", { class: "lbl" }));

  function draw() {
    const own = words();
    const { state } = store;
    train.set(own.train, nearest(TRAIN_STEPS, state.train), own.digits(state.train));
    variety.set(own.variety, state.variety, state.variety ? state.variety.toFixed(1) : own.off);
    seed.set(state.seed);
    seed.name(own.seed);
    locked.set(own.keep, state.locked);
    net.set(own.net, NETS.map((name) => [name, own.nets[name]]), state.net);
    layers.set(own.layers, state.layers, String(state.layers));
    width.set(own.width, nearest(WIDTH_STEPS, state.width), own.neurons(state.width));
    filters.set(own.filters, nearest(FILTER_STEPS, state.filters), String(state.filters));
    dropout.set(own.dropout, state.dropout, state.dropout ? `${Math.round(state.dropout * 100)}%` : own.off);
    l2.set(own.l2, nearest(L2_STEPS, state.l2), state.l2 ? plain(state.l2) : own.off);
    optimiser.set(own.optimiser, [["sgd", own.optimisers.sgd], ["momentum", own.optimisers.momentum], ["adam", "Adam"]], state.optimiser);
    batch.set(own.batch, BATCHES.map((rows) => [String(rows), own.rows(rows)]), String(state.batch));
    rate.set(own.rate, nearest(RATE_STEPS, state.rate), plain(state.rate));
    patience.set(own.patience, nearest(PATIENCE_STEPS, state.patience), state.patience === null ? own.never : own.epochs(state.patience));
    for (const field of [layers, width, dropout]) field.element.hidden = state.net === "none";
    filters.element.hidden = state.net !== "cnn";
    variety.slider.disabled = state.own !== null;
    weights.textContent = own.weights(weightsOf(state));
  }

  function build() {
    const own = words();
    titles.forEach((title, at) => (title.textContent = own.groups[at]));
    dice.textContent = own.dice;
    draw();
  }
  place.append(
    h("section", null, titles[0], train.element, variety.element, h("div", { class: "seed-row" }, seed.element, dice), locked.element),
    h("section", null, titles[1], net.element, filters.element, layers.element, width.element, dropout.element, l2.element, weights),
    h("section", null, titles[2], rate.element, optimiser.element, batch.element, patience.element));
  store.onChange(draw);
  room.on("language", build);
  build();
}
