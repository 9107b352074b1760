// The worker of the lessons: owns their program, answers questions one after the other, and fits one model
// at a time, so that the page's thread never waits. What takes long goes on in slices; between two of them
// messages are heard.

import { failure } from "./worker/download.js";
import { fetchProgram } from "./worker/load.js";

/** Longest slice of work, so that a pause is heard at once; and rest between two frames. */
const SLICE_MILLIS = 40;
const FRAME_MILLIS = 100;
/** Between two looks at whether an epoch is due. */
const PACE_MILLIS = 12;
const TIMES = 31;
/** Questions that take seconds. */
const SLICED = new Set(["project", "networkCapacity"]);

/** @type {{postMessage(message: FromLessons, transfer?: Transferable[]): void}} */
const page = /** @type {any} */ (self);

/**
 * A model that is fitted, in pieces: what a piece was, and which share of an epoch it learned.
 * @typedef {{piece(): {what: "part" | "step" | "looking" | "looked" | "over", share: number}, cost(): number, steps(): number, frame(): any,
 *   read?: (pixels: Uint8Array) => PictureReading, free(): void}} Work
 * `cost`: the share of an epoch that has to be due before the next piece; `steps`: optimiser steps that a timed piece holds.
 */
/**
 * `parts`: milliseconds of the step that is going on; `goal`: the kind of piece up to which it goes on by itself; `speed`: epochs a second, null while it pauses.
 * @typedef {{id: number, work: Work, speed: number | null, goal: "step" | "looked" | null, busy: boolean, owed: number, sinceMillis: number,
 *   shownMillis: number, parts: number, times: number[], fresh: boolean}} Running
 */
/** @type {Running | null} */
let running = null;
/** Questions that were called off. @type {Set<number>} */
const called = new Set();
/** @type {Promise<LessonsModule> | null} */
let opening = null;
let queue = Promise.resolve();

const open = () => (opening ??= /** @type {Promise<LessonsModule>} */ (/** @type {unknown} */ (fetchProgram("lessons", new AbortController().signal, () => {}))).catch((error) => {
  opening = null; // the next question tries again
  throw error;
}));
const rest = () => new Promise((resolve) => setTimeout(resolve));

self.addEventListener("message", ({ data }) => {
  if ("cancel" in data) return void called.add(data.cancel);
  if ("fit" in data) return steer(data);
  // What goes on in slices keeps nobody waiting.
  queue = queue.then(() => (SLICED.has(data.action) ? void answer(data) : answer(data)));
});

/** @param {{id: number, action: keyof LessonActions | keyof typeof works, args: any}} job */
async function answer({ id, action, args }) {
  try {
    const program = await open();
    if (called.has(id)) throw failure("cancelled", "cancelled");
    const begins = action === "begin" || action === "beginPictures";
    const value = begins ? begin(id, works[action](program, args)) : await actions[action](program, args, id);
    page.postMessage({ id, value });
  } catch (error) {
    page.postMessage({ id, error: toError(error) });
  } finally {
    called.delete(id);
  }
}

/** @type {{[A in keyof LessonActions]: (program: LessonsModule, args: any, id: number) => any}} */
const actions = {
  points: ({ Lessons }, args) => Lessons.points(args),
  truth: ({ Lessons }, args) => [...Lessons.truth(args)],
  split: ({ Lessons }, args) => Lessons.split(args),
  readPoints: ({ Lessons }, args) => Lessons.readPoints(args),
  capacity: ({ Lessons }, args) => Lessons.capacity(args),
  folds: ({ Lessons }, args) => Lessons.folds(args),
  spread: ({ Lessons }, args) => Lessons.spread(args),
  cluster: ({ Lessons }, { vectors, ...settings }) => Lessons.cluster(vectors, settings),
  networkCapacity,
  digits: ({ Lessons }, args) => Lessons.digits(args),
  readIdx: ({ Lessons }, { images, labels, most }) => Lessons.readIdx(images, labels, most),
  readDigitRows: ({ Lessons }, args) => Lessons.readDigitRows(args),
  splitPictures: ({ Lessons }, { labels, ...settings }) => Lessons.splitPictures(labels, settings),
  centre: ({ Lessons }, { pixels, width, height }) => Lessons.centre(pixels, width, height) ?? null,
  readPicture: (_, { pixels }) => running?.work.read?.(pixels) ?? null,
  project,
};

/** @param {LessonsModule} program @param {ProjectQuestion} question @param {number} id */
async function project({ Projection }, { vectors, ...settings }, id) {
  const projection = new Projection(vectors, settings);
  try {
    if (!projection.isDone()) await inSlices(id, projection);
    return projection.answer();
  } finally {
    projection.free();
  }
}

/** @param {LessonsModule} program @param {NetworkCapacityQuestion} question @param {number} id */
async function networkCapacity({ NetworkCapacity }, question, id) {
  const capacity = new NetworkCapacity(question);
  try {
    await inSlices(id, capacity);
    const { done: _, share: __, ...answer } = capacity.frame();
    return answer;
  } finally {
    capacity.free();
  }
}

/** Steps until it is done, with frames on the way. @param {number} id @param {{step(): boolean, frame(): any}} work */
async function inSlices(id, work) {
  let shownMillis = performance.now();
  let done = false;
  while (!done) {
    const until = performance.now() + SLICE_MILLIS;
    do done = work.step();
    while (!done && performance.now() < until);
    if (performance.now() - shownMillis >= FRAME_MILLIS) {
      shownMillis = performance.now();
      page.postMessage({ id, frame: work.frame() });
    }
    await rest();
    if (called.has(id)) throw failure("cancelled", "cancelled");
  }
}

// ── the model that is being fitted ──

const works = {
  /** An epoch at a time. @param {LessonsModule} program @param {FitQuestion} question @returns {Work} */
  begin({ Fit }, question) {
    const fit = new Fit(question);
    let steps = 1;
    return {
      piece: () => ({ what: fit.epoch() ? "over" : "looked", share: 1 }),
      cost: () => 1,
      steps: () => steps,
      frame() {
        const { steps_per_epoch, ...frame } = fit.frame();
        steps = steps_per_epoch;
        return frame;
      },
      free: () => fit.free(),
    };
  },
  /** A step at a time, and the looks at all parts piece by piece. @param {LessonsModule} program @param {PictureQuestion} question @returns {Work} */
  beginPictures({ PictureFit }, { pictures: { pixels, labels }, ...settings }) {
    const fit = new PictureFit(pixels, labels, settings);
    const share = 1 / Math.ceil(settings.split.train.length / Math.min(settings.batch, settings.split.train.length));
    let looking = true;
    return {
      piece() {
        const what = fit.advance();
        looking = what === "looking";
        return { what, share: what === "step" ? share : 0 };
      },
      cost: () => (looking ? 0 : share),
      steps: () => 1,
      frame: () => fit.frame(),
      read: (pixels) => fit.read(pixels),
      free: () => fit.free(),
    };
  },
};

/** @param {number} id @param {Work} work */
function begin(id, work) {
  end();
  running = { id, work, speed: null, goal: null, busy: false, owed: 0, sinceMillis: 0, shownMillis: 0, parts: 0, times: [], fresh: true };
  show(running);
  // The first look at pictures takes longer than a slice.
  if (work.read) void run(Object.assign(running, { goal: "looked" }));
  return null;
}

function end() {
  running?.work.free();
  running = null;
}

/** @param {{fit: number, now: "play" | "pause" | "step" | "end", speed?: number, what?: "step" | "epoch"}} told */
function steer({ fit, now, speed = 0, what = "epoch" }) {
  const one = running;
  if (one?.id !== fit) return;
  if (now === "end") return end();
  one.speed = now === "play" ? speed : null;
  one.goal = now === "step" ? (what === "step" ? "step" : "looked") : null;
  one.sinceMillis = performance.now();
  one.owed = 0;
  // A look that has begun is finished: what is shown at rest fits together.
  if (now === "pause" && one.work.cost() === 0) one.goal = "looked";
  if (now === "pause") show(one);
  void run(one);
}

const goes = (/** @type {Running} */ one) => running === one && (one.speed !== null || one.goal !== null);

/** @param {Running} one */
async function run(one) {
  if (one.busy) return;
  one.busy = true;
  while (goes(one)) {
    const started = performance.now();
    if (one.speed) one.owed = Math.min(one.owed + ((started - one.sinceMillis) / 1000) * one.speed, Math.max(1, one.speed / 4));
    one.sinceMillis = started;
    let over = false;
    guarded(one, () => {
      while (goes(one) && !over && (one.goal !== null || one.speed === 0 || one.owed >= one.work.cost()) && performance.now() - started < SLICE_MILLIS) {
        over = piece(one);
      }
    });
    if (running !== one) return;
    if (over) one.speed = one.goal = null;
    if (!goes(one) || performance.now() - one.shownMillis >= FRAME_MILLIS) show(one);
    if (goes(one)) await (one.speed ? new Promise((resolve) => setTimeout(resolve, PACE_MILLIS)) : rest());
  }
  one.busy = false;
}

/** Whether it is over. @param {Running} one */
function piece(one) {
  const started = performance.now();
  const { what, share } = one.work.piece();
  if (share || what === "part") one.parts += performance.now() - started;
  if (share) {
    one.times.push(one.parts);
    if (one.times.length > TIMES) one.times.shift();
    one.parts = 0;
    one.owed -= share;
  }
  one.fresh = true;
  if (what === one.goal) one.goal = null;
  return what === "over";
}

/** @param {Running} one */
function show(one) {
  if (!one.fresh) return;
  one.fresh = false;
  one.shownMillis = performance.now();
  const frame = one.work.frame();
  const middle = one.times.toSorted((a, b) => a - b)[one.times.length >> 1];
  const { buffer } = frame.surface ?? frame.filters.values;
  page.postMessage({ id: one.id, frame: { ...frame, step_millis: middle === undefined ? null : middle / one.work.steps() } }, [buffer]);
}

/** @param {Running} one @param {() => void} work */
function guarded(one, work) {
  try {
    work();
  } catch (error) {
    running = null;
    page.postMessage({ id: one.id, error: toError(error) });
  }
}

/** @param {any} error @returns {KindlingError} */
function toError(error) {
  if (error instanceof WebAssembly.RuntimeError) return failure("panic", String(error.message));
  if (typeof error?.kind === "string") return { kind: error.kind, message: String(error.message ?? ""), detail: error.detail ?? {} };
  return failure("worker", String(error?.message ?? error));
}
