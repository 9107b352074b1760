// What the sections of a lab share: questions where only the newest answer counts, one span for
// all meters, and a few events.

import { SPANS } from "../base/constants.js";

/**
 * @param {Session} session
 * @param {Store} store
 * @param {(error: KindlingError) => void} onError
 * @returns {Room}
 */
export function createRoom(session, store, onError) {
  /** @type {Map<string, AbortController>} */
  const lanes = new Map();
  /** @type {Map<RoomEvent, Set<() => void>>} */
  const listeners = new Map();
  /** @type {Set<() => void>} */
  const spanListeners = new Set();

  return {
    session,
    store,
    span: SPANS[0],
    widen(score) {
      const needed = SPANS.find((span) => Math.abs(score) <= span) ?? SPANS[SPANS.length - 1];
      if (needed <= this.span) return;
      this.span = needed;
      for (const listener of spanListeners) listener();
    },
    onSpan: (listener) => void spanListeners.add(listener),
    async latest(lane, action, args, options = {}) {
      lanes.get(lane)?.abort();
      if (session.status.phase !== "ready") return null;
      const controller = new AbortController();
      lanes.set(lane, controller);
      const signal = options.signal ? AbortSignal.any([options.signal, controller.signal]) : controller.signal;
      try {
        const value = await session.request(action, args, { ...options, signal });
        return controller.signal.aborted ? null : value;
      } catch (caught) {
        const error = /** @type {KindlingError} */ (caught);
        if (error.kind === "cancelled" || controller.signal.aborted) return null;
        onError(error);
        if (lane === "live") this.emit("failed");
        return null;
      } finally {
        if (lanes.get(lane) === controller) lanes.delete(lane);
      }
    },
    live: { answer: null, tokens: null, millis: 0 },
    emit(event) {
      for (const listener of listeners.get(event) ?? []) listener();
    },
    on(event, listener) {
      const known = listeners.get(event) ?? new Set();
      known.add(listener);
      listeners.set(event, known);
    },
  };
}

/** Runs after a rest; a new call starts the rest anew. @param {() => void} run @param {number} millis */
export function debounced(run, millis) {
  let timer = 0;
  const call = () => {
    clearTimeout(timer);
    timer = window.setTimeout(run, millis);
  };
  call.now = () => {
    clearTimeout(timer);
    run();
  };
  return call;
}
