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

/** @type {{postMessage(message: FromLessons, transfer?: Transferable[]): void}} */
const page = /** @type {any} */ (self);

/** @typedef {{id: number, fit: LessonsFit, speed: number | null, owed: number, sinceMillis: number, shownMillis: number, times: number[], fresh: boolean}} Running */
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
  queue = queue.then(() => answer(data));
});

/** @param {{id: number, action: keyof LessonActions | "begin", args: any}} job */
async function answer({ id, action, args }) {
  try {
    const program = await open();
    if (called.has(id)) throw failure("cancelled", "cancelled");
    const value = action === "begin" ? begin(program, id, args) : await actions[action](program, args, id);
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
  project,
};

/** @param {LessonsModule} program @param {ProjectQuestion} question @param {number} id */
async function project({ Projection }, { vectors, ...settings }, id) {
  const projection = new Projection(vectors, settings);
  try {
    let shownMillis = performance.now();
    let done = projection.isDone();
    while (!done) {
      const until = performance.now() + SLICE_MILLIS;
      do done = projection.step();
      while (!done && performance.now() < until);
      if (performance.now() - shownMillis >= FRAME_MILLIS) {
        shownMillis = performance.now();
        page.postMessage({ id, frame: projection.frame() });
      }
      await rest();
      if (called.has(id)) throw failure("cancelled", "cancelled");
    }
    return projection.answer();
  } finally {
    projection.free();
  }
}

// ── the model that is being fitted ──

/** @param {LessonsModule} program @param {number} id @param {FitQuestion} question */
function begin({ Fit }, id, question) {
  end();
  running = { id, fit: new Fit(question), speed: null, owed: 0, sinceMillis: 0, shownMillis: 0, times: [], fresh: true };
  show(running);
  return null;
}

function end() {
  running?.fit.free();
  running = null;
}

/** @param {{fit: number, now: "play" | "pause" | "step" | "end", speed?: number}} told */
function steer({ fit, now, speed = 0 }) {
  if (running?.id !== fit) return;
  const idle = running.speed === null;
  if (now === "end") return end();
  running.speed = now === "play" ? speed : null;
  running.sinceMillis = performance.now();
  running.owed = 0;
  if (now === "step") {
    guarded(running, () => epoch(/** @type {Running} */ (running)));
    if (running) show(running);
  } else if (now === "play" && idle) void run(running);
  else if (now === "pause") show(running);
}

/** @param {Running} one */
async function run(one) {
  while (running === one && one.speed !== null) {
    const started = performance.now();
    one.owed = one.speed ? Math.min(one.owed + ((started - one.sinceMillis) / 1000) * one.speed, Math.max(1, one.speed / 4)) : Infinity;
    one.sinceMillis = started;
    let over = false;
    guarded(one, () => {
      while (one.owed >= 1 && !over && performance.now() - started < SLICE_MILLIS) {
        over = epoch(one);
        one.owed--;
      }
    });
    if (running !== one) return;
    if (over || performance.now() - one.shownMillis >= FRAME_MILLIS) show(one);
    if (over) one.speed = null;
    else await (one.owed === Infinity ? rest() : new Promise((resolve) => setTimeout(resolve, PACE_MILLIS)));
  }
}

/** Whether it is over. @param {Running} one */
function epoch(one) {
  const started = performance.now();
  const over = one.fit.epoch();
  one.times.push(performance.now() - started);
  if (one.times.length > TIMES) one.times.shift();
  one.fresh = true;
  return over;
}

/** @param {Running} one */
function show(one) {
  if (!one.fresh) return;
  one.fresh = false;
  one.shownMillis = performance.now();
  const { steps_per_epoch: steps, ...frame } = one.fit.frame();
  const middle = one.times.toSorted((a, b) => a - b)[one.times.length >> 1];
  page.postMessage({ id: one.id, frame: { ...frame, step_millis: middle === undefined ? null : middle / steps } }, [frame.surface.buffer]);
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
