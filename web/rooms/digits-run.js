// The training under way: pictures, parts and network from the settings, scores as they come, and what is
// done when a knob is turned in the middle of it. Knows no markup.

import { classroom } from "../classroom.js";
import { modelOf, PARTS, partSizes, PIXELS, POOL, RUN_EPOCHS } from "./digits-settings.js";
import { debounced } from "./room.js";

/** Rest after the last turn of a knob before everything is set up anew. */
const REST_MILLIS = 120;
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
  /** @type {DigitsPhase} */
  let phase = "empty";
  /** @type {{pictures: Pictures, split: LessonSplit, made: string} | null} */
  let data = null;
  /** All that was drawn with one seed, so that fewer or more to learn from need no drawing. @type {{made: string, pictures: Pictures} | null} */
  let pool = null;
  /** Digits of one's own of this visit. @type {OwnDigits[]} */
  const kept = [];
  /** @type {PictureFit | null} */
  let fit = null;
  /** @type {PictureFrame | null} */
  let frame = null;
  /** @type {KindlingError | null} */
  let error = null;
  let history = never();
  /** @type {number | null} */
  let heldBytes = null;
  /** Whether epochs should follow each other: on until a person pauses, and again when they run. */
  let wanted = false;
  /** On show: neither the tab nor the lab is hidden. */
  let visible = false;
  let limit = RUN_EPOCHS;
  /** @type {AbortController | null} */
  let preparing = null;

  /** @param {DigitsPhase} next */
  function become(next) {
    phase = next;
    room.emit("phase");
  }

  const ownNow = () => kept.find(({ id }) => id === store.state.own) ?? null;

  /** @param {AbortSignal} signal */
  async function drawPool(signal) {
    const { seed, variety } = store.state;
    const made = JSON.stringify([seed, variety]);
    if (pool?.made !== made) pool = { made, pictures: await classroom.request("digits", { count: POOL, seed, variety }, { signal }) };
    return pool.pictures;
  }

  /** @param {AbortSignal} signal */
  async function makeData(signal) {
    const made = JSON.stringify(OF_DATA.map((name) => store.state[name]));
    if (data?.made === made) return data;
    const all = ownNow()?.pictures ?? (await drawPool(signal));
    const split = await classroom.request("splitPictures", { labels: all.labels, ...partSizes(all.count, store.state.train), seed: store.state.seed }, { signal });
    return { ...pick(all, split), made };
  }

  async function begin() {
    preparing?.abort();
    const mine = (preparing = new AbortController());
    fit?.end();
    fit = null;
    error = null;
    become("preparing");
    try {
      const next = await makeData(mine.signal);
      if (mine.signal.aborted) return;
      const fresh = next !== data;
      data = next;
      history = never();
      frame = null;
      limit = RUN_EPOCHS;
      if (fresh) room.emit("data");
      room.emit("fitted");
      const { l2, rate, batch, optimiser, patience, seed } = store.state;
      fit = classroom.fitPictures({ pictures: data.pictures, split: data.split, model: modelOf(store.state), l2, rate, batch, optimiser, measure: 0, patience, seed }, { onFrame: take, onError: fail });
      become("paused");
      go();
    } catch (caught) {
      if (!mine.signal.aborted) fail(/** @type {KindlingError} */ (caught));
    }
  }

  /** @param {PictureFrame} next */
  function take(next) {
    history.epochs.push(...next.epochs);
    for (const part of PARTS) {
      history.loss[part].push(...next[part]);
      history.accuracy[part].push(...next.accuracy[part]);
    }
    frame = next;
    room.emit("fitted");
    room.emit("scored");
    if (next.ended) {
      wanted = true; // it ended by itself: the next turn of a knob runs again
      become("ended");
    } else if (next.epoch >= limit && phase === "running") {
      fit?.pause();
      become("full");
    }
  }

  /** @param {KindlingError} caught */
  function fail(caught) {
    if (caught.kind === "cancelled") return;
    error = caught;
    fit?.end();
    fit = null;
    become("failed");
  }

  /** Plays if that is wanted and can be seen. */
  function go() {
    if (!fit || phase === "ended" || phase === "full") return;
    if (wanted && visible) {
      fit.play(store.state.speed);
      if (phase !== "running") become("running");
    } else if (phase === "running") {
      fit.pause();
      become("paused");
    }
  }

  const soon = debounced(() => void begin(), REST_MILLIS);
  store.onChange((changed) => {
    if (phase === "held") return;
    if ([...OF_DATA, ...OF_FIT].some((name) => changed.has(name))) {
      if (phase === "ended" || phase === "full") wanted = true;
      soon();
    } else if (changed.has("speed")) go();
  });

  const look = () => {
    visible = isOpen() && document.visibilityState === "visible";
    go();
  };
  document.addEventListener("visibilitychange", look);
  room.on("visit", look);
  room.on("leave", () => {
    visible = false;
    go();
  });

  room.run = {
    get phase() { return phase; },
    get pictures() { return data?.pictures ?? null; },
    get split() { return data?.split ?? null; },
    get history() { return history; },
    get frame() { return frame; },
    get error() { return error; },
    get heldBytes() { return heldBytes; },
    ownNow,
    hold(bytes) {
      heldBytes = bytes;
      become("held");
    },
    restart(play) {
      if (play !== undefined) wanted = play;
      heldBytes = null;
      soon.now();
    },
    play() {
      wanted = true;
      if (phase === "full") {
        limit = (frame?.epoch ?? 0) + RUN_EPOCHS;
        phase = "paused";
      }
      if (!fit || phase === "ended") return this.restart(true);
      go();
    },
    pause() {
      wanted = false;
      go();
    },
    step(what) {
      wanted = false;
      go();
      if (!fit) return this.restart(false);
      if (phase === "ended") return;
      if (phase === "full") become("paused");
      fit.step(what);
    },
    keep(name, pictures) {
      const id = (kept.at(-1)?.id ?? 0) + 1;
      kept.push({ id, name, pictures });
      return id;
    },
    testPicture(place) {
      const row = data?.split.test[place];
      if (!data || row === undefined) return null;
      return { pixels: data.pictures.pixels.slice(row * PIXELS, (row + 1) * PIXELS), label: data.pictures.labels[row] };
    },
  };
  return room;
}
