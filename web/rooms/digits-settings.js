// Every knob of the digits lab: its range, its name in a link, and the presets. Pure: no page, no program.

import { MAX_SEED, number, oneOf, orOff, yesOrNo } from "./training-settings.js";

/** @type {DigitNet[]} */
export const NETS = ["none", "mlp", "cnn"];
/** @type {DigitSpeed[]} */
export const SPEEDS = [1, 5, 20, 0];
export const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);
/** Pixels on a side, and in all. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

export const TRAIN_STEPS = [20, 50, 100, 200, 500, 1000, 2000, 4000];
export const WIDTH_STEPS = [2, 4, 8, 16, 32, 64, 128, 256];
export const FILTER_STEPS = [2, 4, 8, 16];
export const BATCHES = [8, 16, 32, 64, 128];
export const L2_STEPS = [0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1];
/** @type {(number | null)[]} */
export const PATIENCE_STEPS = [null, 2, 3, 5, 10, 20];

/** Parts that are never learned from; of few digits of one's own, at most these shares. */
export const VALIDATION = 300;
export const TEST = 500;
export const VALIDATION_SHARE = 0.15;
export const TEST_SHARE = 0.25;
/** Drawn in one go, so that another number to learn from changes neither test nor validation. */
export const POOL = TRAIN_STEPS[TRAIN_STEPS.length - 1] + VALIDATION + TEST;
/** After so many epochs a run rests, and goes on when it is asked to. */
export const RUN_EPOCHS = 100;
/** An example can be moved so far, in pixels. */
export const MAX_SHIFT = 12;
/** Points of a drawing that are kept; a link carries them all. */
export const MAX_INK = 500;
const MAX_STROKES = 40;

/** The order is that of a link. @type {Record<Exclude<keyof DigitsState, "own" | "strokes">, import("./training-settings.js").Field>} */
export const FIELDS = {
  variety: { key: "variety", ...number(0, 1) },
  train: { key: "n", ...number(10, TRAIN_STEPS[TRAIN_STEPS.length - 1], true) },
  seed: { key: "seed", ...number(0, MAX_SEED, true) },
  locked: { key: "keep", ...yesOrNo() },
  net: { key: "net", ...oneOf(NETS) },
  layers: { key: "layers", ...number(1, 3, true) },
  width: { key: "width", ...number(1, 256, true) },
  filters: { key: "filters", ...number(1, 16, true) },
  dropout: { key: "dropout", ...number(0, 0.8) },
  l2: { key: "l2", ...number(0, 0.1) },
  rate: { key: "rate", ...number(1e-4, 1) },
  batch: { key: "batch", ...oneOf(BATCHES) },
  optimiser: { key: "opt", ...oneOf(["sgd", "momentum", "adam"]) },
  patience: { key: "patience", ...orOff(1, 100) },
  speed: { key: "speed", ...oneOf(SPEEDS) },
  example: { key: "example", ...orOff(0, TEST - 1) },
  dx: { key: "dx", ...number(-MAX_SHIFT, MAX_SHIFT, true) },
  dy: { key: "dy", ...number(-MAX_SHIFT, MAX_SHIFT, true) },
  centred: { key: "centred", ...yesOrNo() },
};

/** What of a stranger's strokes can be used. @param {unknown} value @returns {number[][]} */
export function readStrokes(value) {
  if (!Array.isArray(value)) return [];
  let left = MAX_INK;
  /** @type {number[][]} */
  const strokes = [];
  for (const stroke of value.slice(0, MAX_STROKES)) {
    if (!Array.isArray(stroke)) continue;
    const whole = stroke.slice(0, 2 * Math.min(left, Math.floor(stroke.length / 2)));
    if (whole.length < 2 || !whole.every((one) => Number.isInteger(one) && one >= 0 && one <= 255)) continue;
    left -= whole.length / 2;
    strokes.push(whole);
  }
  return strokes;
}

/** @param {DigitsState} state @returns {PictureModel} */
export function modelOf({ net, layers, width, filters, dropout }) {
  if (net === "cnn") return { kind: "cnn", filters, hidden: Array(layers).fill(width), dropout };
  return { kind: "mlp", hidden: net === "none" ? [] : Array(layers).fill(width), activation: "relu", dropout: net === "none" ? 0 : dropout };
}
/** Width of a filter's map after a 3 × 3 convolution and the largest of every 2 × 2. */
const POOLED = (SIDE - 2) / 2;
/** Weights and biases. @param {DigitsState} state */
export function weightsOf(state) {
  const model = modelOf(state);
  const first = model.kind === "cnn" ? { size: model.filters * POOLED * POOLED, weights: model.filters * 10 } : { size: PIXELS, weights: 0 };
  const sizes = [first.size, ...model.hidden, 10];
  return first.weights + sizes.slice(1).reduce((sum, size, at) => sum + size * (sizes[at] + 1), 0);
}

/** @typedef {"underfit" | "good" | "overfit"} PresetName */
/** @type {PresetName[]} */
export const PRESETS = ["underfit", "good", "overfit"];
const BASE = /** @type {const} */ ({ variety: 1, train: 2000, net: "mlp", layers: 1, width: 64, dropout: 0, l2: 0, rate: 0.001, batch: 32, optimiser: "adam", patience: null });
/** @type {Record<PresetName, Partial<DigitsState>>} */
const SETTINGS = {
  // Two numbers between picture and answer are too few to tell ten digits apart.
  underfit: { ...BASE, width: 2 },
  // Stopped while what it learns still helps with digits that it never saw.
  good: { ...BASE, patience: 5 },
  overfit: { ...BASE, train: 100 },
};
/** @param {PresetName} name @returns {Partial<DigitsState>} */
export const presetOf = (name) => ({ ...SETTINGS[name], own: null });
/** Which preset the settings are, if any. @param {DigitsState} state @returns {PresetName | null} */
export const presetIn = (state) => (state.own !== null ? null : PRESETS.find((name) => Object.entries(SETTINGS[name]).every(([key, value]) => state[/** @type {keyof DigitsState} */ (key)] === value)) ?? null);

/** @returns {DigitsState} */
export const freshState = () => ({
  ...BASE, ...SETTINGS.good, seed: 7, locked: true, own: null, filters: 8, speed: 5, strokes: [], example: 0, dx: 0, dy: 0, centred: true,
});

/** How many of so many pictures go into each part. @param {number} count @param {number} train wished for */
export function partSizes(count, train) {
  const test = Math.min(TEST, Math.floor(count * TEST_SHARE)), validation = Math.min(VALIDATION, Math.floor(count * VALIDATION_SHARE));
  return { train: Math.min(train, count - test - validation), validation, test };
}

/** Where the largest share is. @param {ArrayLike<number>} shares */
export const largest = (shares) => Array.from(shares).reduce((best, share, at, all) => (share > all[best] ? at : best), 0);
