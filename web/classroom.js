// The page's side of the lessons' worker: one for the whole page, started with the first question. A
// worker that broke is ended, everyone who waits is told, and the next question starts another.

import { lessonsWorkerUrl } from "./early.js";

const CANCELLED = /** @type {KindlingError} */ ({ kind: "cancelled", message: "cancelled", detail: {} });

/** @returns {Classroom} */
function createClassroom() {
  /** @type {Classroom["phase"]} */
  let phase = "idle";
  /** @type {Worker | null} */
  let worker = null;
  let lastId = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: KindlingError) => void, onFrame?: (frame: any) => void}>} */
  const waiting = new Map();
  /** @type {{id: number, onFrame: (frame: any) => void, onError: (error: KindlingError) => void} | null} */
  let fitting = null;
  /** @type {Set<() => void>} */
  const listeners = new Set();

  /** @param {Classroom["phase"]} next */
  function become(next) {
    if (phase === next) return;
    phase = next;
    for (const listener of listeners) listener();
  }

  function start() {
    if (worker) return worker;
    become("opening");
    const fresh = new Worker(lessonsWorkerUrl(), { type: "module" });
    fresh.addEventListener("message", ({ data }) => worker === fresh && receive(data));
    fresh.addEventListener("error", (event) => {
      event.preventDefault();
      broke(fresh, { kind: "worker", message: event.message || "worker failed to start", detail: {} });
    });
    fresh.addEventListener("messageerror", () => broke(fresh, { kind: "worker", message: "unreadable message", detail: {} }));
    return (worker = fresh);
  }

  /** @param {Worker} which @param {KindlingError} error */
  function broke(which, error) {
    if (which !== worker) return;
    which.terminate();
    worker = null;
    become("failed");
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
    const { onError } = fitting ?? {};
    fitting = null;
    onError?.(error);
  }

  /** @param {FromLessons} message */
  function receive(message) {
    const asked = waiting.get(message.id);
    if ("frame" in message) {
      if (fitting?.id === message.id) fitting.onFrame(message.frame);
      else asked?.onFrame?.(message.frame);
      return;
    }
    waiting.delete(message.id);
    if ("value" in message) {
      become("ready");
      return asked?.resolve(message.value);
    }
    const { error } = message;
    // A panic leaves wasm in pieces.
    if (error.kind === "panic" && worker) {
      asked?.reject(error);
      return broke(worker, error);
    }
    if (error.kind === "network") become("failed");
    if (asked) return asked.reject(error);
    if (fitting?.id === message.id) fitting.onError(error);
  }

  /** @param {string} action @param {any} args @param {{signal?: AbortSignal, onFrame?: (frame: any) => void}} options */
  function ask(action, args, { signal, onFrame } = {}) {
    if (signal?.aborted) return { id: 0, answer: Promise.reject(CANCELLED) };
    const target = start();
    const id = ++lastId;
    const answer = new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, onFrame });
      signal?.addEventListener("abort", () => {
        if (!waiting.delete(id)) return;
        target.postMessage({ cancel: id });
        reject(CANCELLED);
      }, { once: true });
    });
    target.postMessage({ id, action, args });
    return { id, answer };
  }

  /** @param {"begin" | "beginPictures"} action @param {FitQuestion | PictureQuestion} question @param {{onFrame: (frame: any) => void, onError: (error: KindlingError) => void}} listeners */
  function fitted(action, question, { onFrame, onError }) {
    const { id, answer } = ask(action, question, {});
    fitting = { id, onFrame, onError };
    answer.catch((/** @type {KindlingError} */ error) => {
      if (fitting?.id !== id) return;
      fitting = null;
      onError(error);
    });
    // What is told before it has begun waits its turn.
    const tell = (/** @type {any} */ told) => void answer.then(() => fitting?.id === id && worker?.postMessage({ fit: id, ...told }), () => {});
    return {
      tell,
      play: (/** @type {number} */ speed) => tell({ now: "play", speed }),
      pause: () => tell({ now: "pause" }),
      end() {
        tell({ now: "end" });
        if (fitting?.id === id) void answer.then(() => fitting?.id === id && (fitting = null), () => {});
      },
    };
  }

  return {
    request: (action, args, options) => /** @type {any} */ (ask(action, args, options).answer),
    fit(question, listeners) {
      const { tell, ...fit } = fitted("begin", question, listeners);
      return { ...fit, step: () => tell({ now: "step" }) };
    },
    fitPictures(question, listeners) {
      const { tell, ...fit } = fitted("beginPictures", question, listeners);
      return { ...fit, step: (what) => tell({ now: "step", what }) };
    },
    get phase() {
      return phase;
    },
    onPhase: (listener) => void listeners.add(listener),
  };
}

export const classroom = createClassroom();
