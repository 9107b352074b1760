// What labs that train in the page have in common: the training under way, from the settings, with play,
// pause and step, and what is done when a knob is turned in the middle of it. Knows no markup.

import { debounced } from "./room.js";

/** Rest after the last turn of a knob before everything is set up anew. */
const REST_MILLIS = 120;

/**
 * @template {{split: LessonSplit}} Data
 * @template {{ended: string | null}} Frame
 * @param {Room<any>} room @param {() => boolean} isOpen whether the lab is the one on show
 * @param {object} lab
 * @param {number} lab.most epochs of one run
 * @param {string[]} lab.anew settings that change what is learnt from, or how
 * @param {(signal: AbortSignal, now: Data | null) => Promise<Data>} lab.makeData gives `now` back where it is still right
 * @param {(data: Data, on: {onFrame: (frame: Frame) => void, onError: (error: KindlingError) => void}) => {play(speed: number): void, pause(): void, step(what?: any): void, end(): void}} lab.fit
 * @param {() => void} lab.clear forgets what was measured
 * @param {(frame: Frame) => void} lab.keep adds to what was measured
 * @param {(frame: Frame | null) => number} lab.epoch epochs so far
 */
export function createTraining(room, isOpen, { most, anew, makeData, fit: begins, clear, keep, epoch }) {
  const { store } = room;
  /** @type {TrainingPhase} */
  let phase = "empty";
  /** @type {Data | null} */
  let data = null;
  /** @type {ReturnType<typeof begins> | null} */
  let fit = null;
  /** @type {Frame | null} */
  let frame = null;
  /** @type {KindlingError | null} */
  let error = null;
  /** @type {number | null} */
  let heldBytes = null;
  /** Whether epochs should follow each other: on until a person pauses, and again when they run. */
  let wanted = false;
  /** On show: neither the tab nor the lab is hidden. */
  let visible = false;
  let limit = most;
  /** @type {AbortController | null} */
  let preparing = null;

  /** @param {TrainingPhase} next */
  function become(next) {
    phase = next;
    room.emit("phase");
  }

  async function begin() {
    preparing?.abort();
    const mine = (preparing = new AbortController());
    fit?.end();
    fit = null;
    error = null;
    become("preparing");
    try {
      const next = await makeData(mine.signal, data);
      if (mine.signal.aborted) return;
      const fresh = next !== data;
      data = next;
      clear();
      frame = null;
      limit = most;
      if (fresh) room.emit("data");
      room.emit("fitted");
      if (!data.split.train.length) return become("empty");
      fit = begins(data, { onFrame: take, onError: fail });
      become("paused");
      go();
    } catch (caught) {
      if (!mine.signal.aborted) fail(/** @type {KindlingError} */ (caught));
    }
  }

  /** @param {Frame} next */
  function take(next) {
    keep(next);
    frame = next;
    room.emit("fitted");
    room.emit("scored");
    if (next.ended) {
      wanted = true; // it ended by itself: the next turn of a knob runs again
      become("ended");
    } else if (epoch(frame) >= limit && phase === "running") {
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
    if (anew.some((name) => changed.has(name))) {
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

  return {
    get phase() { return phase; },
    get data() { return data; },
    get split() { return data?.split ?? null; },
    get frame() { return frame; },
    get error() { return error; },
    get heldBytes() { return heldBytes; },
    /** @param {number | null} bytes */
    hold(bytes) {
      heldBytes = bytes;
      become("held");
    },
    /** @param {boolean} [play] */
    restart(play) {
      if (play !== undefined) wanted = play;
      heldBytes = null;
      soon.now();
    },
    play() {
      wanted = true;
      if (phase === "full") {
        limit = epoch(frame) + most;
        phase = "paused";
      }
      if (!fit || phase === "ended") return this.restart(true);
      go();
    },
    pause() {
      wanted = false;
      go();
    },
    /** @param {any} [what] */
    step(what) {
      wanted = false;
      go();
      if (!fit) return this.restart(false);
      if (phase === "ended") return;
      if (phase === "full") become("paused");
      fit.step(what);
    },
  };
}

/** Both as one object, what either computes staying computed. @template A, B @param {A} one @param {B} other @returns {A & B} */
export const joined = (one, other) => /** @type {any} */ (Object.defineProperties(/** @type {any} */ (one), Object.getOwnPropertyDescriptors(/** @type {any} */ (other))));
