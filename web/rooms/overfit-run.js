// The fit under way: points, split and model from the settings, epochs as they come, and what is done
// when a knob is turned in the middle of it. Knows no markup.

import { classroom } from "../classroom.js";
import { asOwn, modelOf, ownData, RUN_EPOCHS, shapeOf, TEST, VALIDATION } from "./overfit-settings.js";
import { debounced } from "./room.js";

/** Rest after the last turn of a knob before everything is set up anew. */
const REST_MILLIS = 120;
/** Settings that change the points, and those that change the fit only. @type {(keyof OverfitState)[]} */
const OF_DATA = ["task", "shape", "clusters", "count", "noise", "seed", "own"];
/** @type {(keyof OverfitState)[]} */
const OF_FIT = ["kind", "degree", "layers", "width", "activation", "dropout", "l2", "rate", "batch", "optimiser", "patience"];

const NEVER = /** @type {OverfitHistory} */ ({ epochs: [], train: [], validation: [], test: [] });

/** @param {Room<OverfitState>} base @param {() => boolean} isOpen whether the lab is the one on show @returns {OverfitRoom} */
export function withRun(base, isOpen) {
  const room = /** @type {OverfitRoom} */ (base);
  const { store } = room;
  /** @type {OverfitPhase} */
  let phase = "empty";
  /** @type {{points: LessonPoints, split: LessonSplit, truth: number[] | null, made: string} | null} */
  let data = null;
  /** @type {Fit | null} */
  let fit = null;
  /** @type {FitFrame | null} */
  let frame = null;
  /** @type {KindlingError | null} */
  let error = null;
  let history = structuredClone(NEVER);
  /** @type {number | null} */
  let heldBytes = null;
  /** Whether epochs should follow each other: on until a person pauses, and again when they run. */
  let wanted = false;
  /** On show: neither the tab nor the lab is hidden. */
  let visible = false;
  let limit = RUN_EPOCHS;
  /** @type {AbortController | null} */
  let preparing = null;

  /** @param {OverfitPhase} next */
  function become(next) {
    phase = next;
    room.emit("phase");
  }

  /** Drawn points are those of the settings, own ones are as they are. @param {AbortSignal} signal */
  async function makeData(signal) {
    const { task, count, noise, seed, own, shape } = store.state;
    const made = JSON.stringify(OF_DATA.map((name) => store.state[name]));
    if (data?.made === made) return data;
    if (own) return { ...ownData(own, task), truth: null, made };
    const options = { signal };
    const points = await classroom.request("points", { shape: shapeOf(store.state), count, noise, seed }, options);
    const split = await classroom.request("split", { points, validation: VALIDATION, test: TEST, seed }, options);
    const truth = task === "regression" ? await classroom.request("truth", { shape }, options) : null;
    return { points, split, truth, made };
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
      history = structuredClone(NEVER);
      frame = null;
      limit = RUN_EPOCHS;
      if (fresh) room.emit("data");
      room.emit("fitted");
      if (!data.split.train.length) return become("empty");
      const { l2, rate, batch, optimiser, patience, seed } = store.state;
      fit = classroom.fit({ points: data.points, split: data.split, model: modelOf(store.state), l2, rate, batch, optimiser, patience, seed }, { onFrame: take, onError: fail });
      become("paused");
      go();
    } catch (caught) {
      if (!mine.signal.aborted) fail(/** @type {KindlingError} */ (caught));
    }
  }

  /** @param {FitFrame} next */
  function take(next) {
    for (const name of /** @type {const} */ (["epochs", "train", "validation", "test"])) history[name].push(.../** @type {any[]} */ (next[name]));
    frame = next;
    room.emit("fitted");
    room.emit("scored");
    if (next.ended) {
      wanted = true; // it ended by itself: the next turn of a knob runs again
      become("ended");
    } else if ((history.epochs.at(-1) ?? 0) >= limit && phase === "running") {
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
    get points() { return data?.points ?? null; },
    get split() { return data?.split ?? null; },
    get truth() { return data?.truth ?? null; },
    get history() { return history; },
    get frame() { return frame; },
    get error() { return error; },
    get heldBytes() { return heldBytes; },
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
        limit = (history.epochs.at(-1) ?? 0) + RUN_EPOCHS;
        phase = "paused";
      }
      if (!fit || phase === "ended") return this.restart(true);
      go();
    },
    pause() {
      wanted = false;
      go();
    },
    step() {
      wanted = false;
      go();
      if (!fit) return this.restart(false);
      if (phase === "ended") return;
      if (phase === "full") become("paused");
      fit.step();
    },
    taken: () => store.state.own ?? (data ? asOwn(data.points, data.split) : []),
  };
  return room;
}
