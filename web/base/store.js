// A lab's state with undo and redo. Typing in one field counts as one step until it rests.

const REST_MILLIS = 900;
const STEPS = 100;

/**
 * @template {object} State
 * @param {State} initial
 * @returns {Store<State>}
 */
export function createStore(initial) {
  let state = { ...initial };
  /** @type {State[]} */
  const past = [];
  /** @type {State[]} */
  let future = [];
  let lastGroup = "";
  let lastMillis = 0;
  /** @type {Set<(changed: Set<keyof State>, source: "edit" | "history" | "load") => void>} */
  const listeners = new Set();

  /** @param {State} next @param {"edit" | "history" | "load"} source */
  function become(next, source) {
    const keys = /** @type {(keyof State)[]} */ (Object.keys(next));
    const changed = new Set(keys.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(state[key])));
    state = next;
    if (changed.size) for (const listener of listeners) listener(changed, source);
  }

  return {
    get state() {
      return state;
    },
    set(patch, { group = "", quiet = false } = {}) {
      const same = Object.entries(patch).every(([key, value]) => JSON.stringify(value) === JSON.stringify(state[/** @type {keyof State} */ (key)]));
      if (same) return;
      if (quiet) return become({ ...state, ...patch }, "load");
      const now = performance.now();
      if (!group || group !== lastGroup || now - lastMillis > REST_MILLIS) past.push(state);
      if (past.length > STEPS) past.shift();
      lastGroup = group;
      lastMillis = now;
      future = [];
      become({ ...state, ...patch }, group ? "edit" : "load");
    },
    undo() {
      const previous = past.pop();
      if (!previous) return;
      future.push(state);
      lastGroup = "";
      become(previous, "history");
    },
    redo() {
      const next = future.pop();
      if (!next) return;
      past.push(state);
      lastGroup = "";
      become(next, "history");
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    onChange: (listener) => void listeners.add(listener),
  };
}
