// The fit under way: points, split and model from the settings, and epochs as they come. Knows no markup.

import { classroom } from "../classroom.js";
import { asOwn, modelOf, ownData, RUN_EPOCHS, shapeOf, TEST, VALIDATION } from "./overfit-settings.js";
import { createTraining, joined } from "./training.js";

/** Settings that change the points, and those that change the fit only. @type {(keyof OverfitState)[]} */
const OF_DATA = ["task", "shape", "clusters", "count", "noise", "seed", "own"];
/** @type {(keyof OverfitState)[]} */
const OF_FIT = ["kind", "degree", "layers", "width", "activation", "dropout", "l2", "rate", "batch", "optimiser", "patience"];

const NEVER = /** @type {OverfitHistory} */ ({ epochs: [], train: [], validation: [], test: [] });

/** @param {Room<OverfitState>} base @param {() => boolean} isOpen whether the lab is the one on show @returns {OverfitRoom} */
export function withRun(base, isOpen) {
  const room = /** @type {OverfitRoom} */ (base);
  const { store } = room;
  let history = structuredClone(NEVER);

  /** @typedef {{points: LessonPoints, split: LessonSplit, truth: number[] | null, made: string}} Data */
  /** Drawn points are those of the settings, own ones are as they are. @param {AbortSignal} signal @param {Data | null} now @returns {Promise<Data>} */
  async function makeData(signal, now) {
    const { task, count, noise, seed, own, shape } = store.state;
    const made = JSON.stringify(OF_DATA.map((name) => store.state[name]));
    if (now?.made === made) return now;
    if (own) return { ...ownData(own, task), truth: null, made };
    const options = { signal };
    const points = await classroom.request("points", { shape: shapeOf(store.state), count, noise, seed }, options);
    const split = await classroom.request("split", { points, validation: VALIDATION, test: TEST, seed }, options);
    const truth = task === "regression" ? await classroom.request("truth", { shape }, options) : null;
    return { points, split, truth, made };
  }

  const training = createTraining(room, isOpen, {
    most: RUN_EPOCHS, anew: [...OF_DATA, ...OF_FIT], makeData,
    fit({ points, split }, on) {
      const { l2, rate, batch, optimiser, patience, seed } = store.state;
      return classroom.fit({ points, split, model: modelOf(store.state), l2, rate, batch, optimiser, patience, seed }, on);
    },
    clear: () => void (history = structuredClone(NEVER)),
    keep(/** @type {FitFrame} */ next) {
      for (const name of /** @type {const} */ (["epochs", "train", "validation", "test"])) history[name].push(.../** @type {any[]} */ (next[name]));
    },
    epoch: () => history.epochs.at(-1) ?? 0,
  });
  room.run = joined(training, {
    get points() { return training.data?.points ?? null; },
    get truth() { return training.data?.truth ?? null; },
    get history() { return history; },
    taken: () => store.state.own ?? (training.data ? asOwn(training.data.points, training.data.split) : []),
  });
  return room;
}
