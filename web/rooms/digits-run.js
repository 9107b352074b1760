// The training under way: pictures, parts and network from the settings, and scores as they come. Knows no
// markup.

import { classroom } from "../classroom.js";
import { modelOf, partSizes, PIXELS, POOL, RUN_EPOCHS } from "./digits-settings.js";
import { PARTS } from "./training-settings.js";
import { createTraining, joined } from "./training.js";

/** Settings that change the pictures, and those that change the training only. @type {(keyof DigitsState)[]} */
const OF_DATA = ["variety", "train", "seed", "own"];
/** @type {(keyof DigitsState)[]} */
const OF_FIT = ["net", "layers", "width", "filters", "dropout", "l2", "rate", "batch", "optimiser", "patience"];

/** @returns {DigitsHistory} */
const never = () => ({ epochs: [], loss: { train: [], validation: [], test: [] }, accuracy: { train: [], validation: [], test: [] } });

/** Only the pictures of the parts, part after part: the rest of the pool need not travel. @param {Pictures} all @param {LessonSplit} split */
export function pick(all, split) {
  const rows = PARTS.flatMap((part) => split[part]);
  const pixels = new Uint8Array(rows.length * PIXELS);
  rows.forEach((row, at) => pixels.set(all.pixels.subarray(row * PIXELS, (row + 1) * PIXELS), at * PIXELS));
  let from = 0;
  const [train, validation, test] = PARTS.map((part) => split[part].map(() => from++));
  return {
    pictures: { count: rows.length, pixels, labels: Uint8Array.from(rows, (row) => all.labels[row]) },
    split: { train, validation, test },
  };
}

/** @param {Room<DigitsState>} base @param {() => boolean} isOpen whether the lab is the one on show @returns {DigitsRoom} */
export function withRun(base, isOpen) {
  const room = /** @type {DigitsRoom} */ (base);
  const { store } = room;
  /** All that was drawn with one seed, so that fewer or more to learn from need no drawing. @type {{made: string, pictures: Pictures} | null} */
  let pool = null;
  /** Digits of one's own of this visit. @type {OwnDigits[]} */
  const kept = [];
  let history = never();

  const ownNow = () => kept.find(({ id }) => id === store.state.own) ?? null;

  /** @param {AbortSignal} signal */
  async function drawPool(signal) {
    const { seed, variety } = store.state;
    const made = JSON.stringify([seed, variety]);
    if (pool?.made !== made) pool = { made, pictures: await classroom.request("digits", { count: POOL, seed, variety }, { signal }) };
    return pool.pictures;
  }

  /** @typedef {{pictures: Pictures, split: LessonSplit, made: string}} Data */
  /** @param {AbortSignal} signal @param {Data | null} now @returns {Promise<Data>} */
  async function makeData(signal, now) {
    const made = JSON.stringify(OF_DATA.map((name) => store.state[name]));
    if (now?.made === made) return now;
    const all = ownNow()?.pictures ?? (await drawPool(signal));
    const split = await classroom.request("splitPictures", { labels: all.labels, ...partSizes(all.count, store.state.train), seed: store.state.seed }, { signal });
    return { ...pick(all, split), made };
  }

  const training = createTraining(room, isOpen, {
    most: RUN_EPOCHS, anew: [...OF_DATA, ...OF_FIT], makeData,
    fit({ pictures, split }, on) {
      const { l2, rate, batch, optimiser, patience, seed } = store.state;
      return classroom.fitPictures({ pictures, split, model: modelOf(store.state), l2, rate, batch, optimiser, measure: 0, patience, seed }, on);
    },
    clear: () => void (history = never()),
    keep(/** @type {PictureFrame} */ next) {
      history.epochs.push(...next.epochs);
      for (const part of PARTS) {
        history.loss[part].push(...next[part]);
        history.accuracy[part].push(...next.accuracy[part]);
      }
    },
    epoch: (frame) => frame?.epoch ?? 0,
  });
  room.run = joined(training, {
    get pictures() { return training.data?.pictures ?? null; },
    get history() { return history; },
    ownNow,
    /** @type {DigitsRun["keep"]} */
    keep(name, pictures) {
      const id = (kept.at(-1)?.id ?? 0) + 1;
      kept.push({ id, name, pictures });
      return id;
    },
    /** @type {DigitsRun["testPicture"]} */
    testPicture(place) {
      const { data } = training;
      const row = data?.split.test[place];
      if (!data || row === undefined) return null;
      return { pixels: data.pictures.pixels.slice(row * PIXELS, (row + 1) * PIXELS), label: data.pictures.labels[row] };
    },
  });
  return room;
}
