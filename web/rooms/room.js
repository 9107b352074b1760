// What the sections of a lab share: questions where only the newest answer counts, and a few events.

import { keep, setting } from "../base/storage.js";

/**
 * @template State
 * @param {Session} session
 * @param {Store<State>} store
 * @param {ModelName | null} model null where the lab loads none: it is ready from the start
 * @param {(error: KindlingError) => void} onError
 * @returns {Room<State>}
 */
export function createRoom(session, store, model, onError) {
  /** @type {Map<string, AbortController>} */
  const lanes = new Map();
  /** @type {Map<RoomEvent, Set<() => void>>} */
  const listeners = new Map();
  /** @param {RoomEvent} event */
  const emit = (event) => {
    for (const listener of listeners.get(event) ?? []) listener();
  };

  return {
    session,
    store,
    get ready() {
      return model === null || session.status.models[model].phase === "ready";
    },
    async latest(lane, action, args, options = {}) {
      lanes.get(lane)?.abort();
      if (!this.ready) return null;
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
        if (lane === "live") emit("failed");
        return null;
      } finally {
        if (lanes.get(lane) === controller) lanes.delete(lane);
      }
    },
    emit,
    on(event, listener) {
      const known = listeners.get(event) ?? new Set();
      known.add(listener);
      listeners.set(event, known);
    },
  };
}

/** Whether Esc stops what runs, in every lab: programs that help with typing may want the key for themselves. */
export const escapeStops = {
  get: () => setting("escape") !== "off",
  /** @param {boolean} on */
  set: (on) => void keep("escape", on ? "on" : "off"),
};

/**
 * Ctrl/⌘+Enter runs what has the focus, Esc cancels; never while an input method is composing, and
 * only in the lab that is open.
 * @param {HTMLElement} element
 * @param {Room<any>} room
 */
export function listenForKeys(element, room) {
  document.addEventListener("keydown", (event) => {
    if (element.hidden || event.isComposing || event.keyCode === 229) return;
    const inside = event.target instanceof Element ? event.target : null;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      const place = inside?.closest("[data-runs]");
      if (place) place.dispatchEvent(new Event("kindling-run"));
      else room.emit("run");
    } else if (event.key === "Escape" && escapeStops.get() && !element.querySelector(":popover-open")) {
      room.emit("cancel");
    } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !inside?.matches("input, textarea")) {
      event.preventDefault();
      if (event.shiftKey) room.store.redo();
      else room.store.undo();
    }
  });
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
