// Every knob of the overfitting lab: its range, its name in a link, and the presets. Pure: no page, no program.

import { MAX_SEED, number, oneOf, orOff, yesOrNo } from "./training-settings.js";

/** @type {RegressionShape[]} */
export const SHAPES = ["line", "sine", "step", "bumps"];
/** @type {ClassShape[]} */
export const CLUSTERS = ["moons", "circles", "spirals", "xor", "blobs"];
/** @type {OverfitSpeed[]} */
export const SPEEDS = [5, 20, 100, 0];
export const BATCHES = [0, 4, 8, 16, 32];
export const FOLDS = [3, 5, 10];

export const MAX_DEGREE = 20;
/** Own points that a link still carries. */
export const LINK_POINTS = 60;
/** Own points that the lab takes at all. */
export const MAX_POINTS = 1000;
/** After so many epochs a run rests, and goes on when it is asked to. */
export const RUN_EPOCHS = 2000;
/** Shares of the points that the model is not fitted to. */
export const VALIDATION = 0.25;
export const TEST = 0.25;
/** Ends of the plot across, and as far up and down as a point is taken. */
export const EDGE = 1.25;
export const HIGH = 2;

/** Steps of sliders whose values span decades; 0 is off. */
export const L2_STEPS = [0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1];
/** @type {(number | null)[]} */
export const PATIENCE_STEPS = [null, 5, 10, 20, 50, 100, 200, 500];

/** The order is that of a link. @type {Record<Exclude<keyof OverfitState, "own">, import("./training-settings.js").Field>} */
export const FIELDS = {
  task: { key: "task", ...oneOf(["regression", "classification"]) },
  shape: { key: "shape", ...oneOf(SHAPES) },
  clusters: { key: "clusters", ...oneOf(CLUSTERS) },
  count: { key: "n", ...number(8, 400, true) },
  noise: { key: "noise", ...number(0, 0.6) },
  seed: { key: "seed", ...number(0, MAX_SEED, true) },
  locked: { key: "keep", ...yesOrNo() },
  kind: { key: "model", ...oneOf(["polynomial", "mlp"]) },
  degree: { key: "degree", ...number(0, MAX_DEGREE, true) },
  layers: { key: "layers", ...number(1, 3, true) },
  width: { key: "width", ...number(1, 64, true) },
  activation: { key: "act", ...oneOf(["tanh", "relu"]) },
  dropout: { key: "dropout", ...number(0, 0.8) },
  l2: { key: "l2", ...number(0, 1) },
  rate: { key: "rate", ...number(1e-4, 1) },
  batch: { key: "batch", ...oneOf(BATCHES) },
  optimiser: { key: "opt", ...oneOf(["sgd", "momentum", "adam"]) },
  patience: { key: "patience", ...orOff(1, 1000) },
  speed: { key: "speed", ...oneOf(SPEEDS) },
  folds: { key: "k", ...oneOf(FOLDS) },
};

/** @param {unknown} value @returns {OwnPoint | null} */
export function readPoint(value) {
  if (!Array.isArray(value) || value.length !== 4 || !value.every((one) => typeof one === "number" && Number.isFinite(one))) return null;
  const [x, y, group, part] = value;
  return [toPlot(x), toPlot(y, HIGH), group === 1 ? 1 : 0, part === 1 || part === 2 ? part : 0];
}
/** To a thousandth, and not too far off. @param {number} value @param {number} [edge] */
export const toPlot = (value, edge = EDGE) => Math.round(Math.min(edge, Math.max(-edge, value)) * 1000) / 1000 || 0;

/** @param {OverfitState} state */
export const shapeOf = ({ task, shape, clusters }) => (task === "regression" ? shape : clusters);
/** @param {OverfitState} state @returns {LessonModel} */
export const modelOf = ({ kind, degree, layers, width, activation, dropout }) =>
  (kind === "polynomial" ? { kind: "polynomial", degree } : { kind: "mlp", hidden: Array(layers).fill(width), activation, dropout });

/** Weights and biases. @param {OverfitState} state */
export function weightsOf(state) {
  const model = modelOf(state);
  // Of x alone, or all products of powers of x and y up to the degree.
  if (model.kind === "polynomial") return state.task === "regression" ? model.degree + 1 : ((model.degree + 1) * (model.degree + 2)) / 2;
  const sizes = [state.task === "regression" ? 1 : 2, ...model.hidden, 1];
  return sizes.slice(1).reduce((sum, size, at) => sum + size * (sizes[at] + 1), 0);
}

/** @typedef {"underfit" | "good" | "overfit"} PresetName */
/** @type {PresetName[]} */
export const PRESETS = ["underfit", "good", "overfit"];
// Seeds whose validation and test parts agree: of so few points, a split may also be a lucky or an unlucky one.
const REGRESSION = { task: "regression", shape: "sine", count: 40, noise: 0.25, seed: 135, kind: "polynomial", activation: "tanh", dropout: 0, l2: 0, rate: 0.03, batch: 0, optimiser: "adam", patience: null, speed: 100 };
const CLASSES = { task: "classification", clusters: "circles", count: 80, noise: 0.2, seed: 12, kind: "mlp", activation: "tanh", dropout: 0, l2: 0, rate: 0.03, batch: 0, optimiser: "adam", patience: null, speed: 100 };
/** @type {Record<LessonTask, Record<PresetName, Partial<OverfitState>>>} */
const SETTINGS = {
  regression: /** @type {any} */ ({
    underfit: { ...REGRESSION, degree: 1 },
    good: { ...REGRESSION, degree: 4 },
    overfit: { ...REGRESSION, degree: 18 },
  }),
  classification: /** @type {any} */ ({
    underfit: { ...CLASSES, layers: 1, width: 1 },
    good: { ...CLASSES, layers: 1, width: 6, l2: 3e-3 },
    overfit: { ...CLASSES, layers: 2, width: 32 },
  }),
};
/** @param {LessonTask} task @param {PresetName} name @returns {Partial<OverfitState>} */
export const presetOf = (task, name) => ({ ...SETTINGS[task][name], own: null });

/** Which preset the settings are, if any; seed and speed do not count. @param {OverfitState} state @returns {PresetName | null} */
export const presetIn = (state) => (state.own ? null : PRESETS.find((name) => Object.entries(SETTINGS[state.task][name]).every(([key, value]) => key === "seed" || key === "speed" || state[/** @type {keyof OverfitState} */ (key)] === value)) ?? null);

/** @returns {OverfitState} */
export const freshState = () => ({
  task: "regression", shape: "sine", clusters: "moons", count: 40, noise: 0.25, seed: 7, locked: true, own: null, kind: "polynomial", degree: 3, layers: 1, width: 6,
  activation: "tanh", dropout: 0, l2: 0, rate: 0.03, batch: 0, optimiser: "adam", patience: null, speed: 100, folds: 5, ...presetOf("regression", "overfit"),
});

/** @param {OwnPoint[]} own @param {LessonTask} task @returns {{points: LessonPoints, split: LessonSplit}} */
export function ownData(own, task) {
  const rows = (/** @type {number} */ part) => own.flatMap((point, row) => (point[3] === part ? [row] : []));
  return {
    points: { task, x: own.map(([x]) => x), y: own.map(([, y]) => y), classes: task === "classification" ? own.map(([, , group]) => group) : null },
    split: { train: rows(0), validation: rows(1), test: rows(2) },
  };
}
/** The other way: what is on the plot as points of one's own. @param {LessonPoints} points @param {LessonSplit} split @returns {OwnPoint[]} */
export function asOwn(points, split) {
  /** @type {number[]} */
  const part = Array(points.x.length).fill(0);
  for (const row of split.validation) part[row] = 1;
  for (const row of split.test) part[row] = 2;
  return points.x.map((x, row) => [toPlot(x), toPlot(points.y[row], HIGH), points.classes?.[row] ?? 0, part[row]]);
}
