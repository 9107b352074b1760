// The lab's state with undo and redo. Typing in one field counts as one step until it rests.

const REST_MILLIS = 900;
const STEPS = 100;

/** @param {LabState} initial @returns {Store} */
export function createStore(initial) {
  let state = { ...initial };
  /** @type {LabState[]} */
  const past = [];
  /** @type {LabState[]} */
  let future = [];
  let lastGroup = "";
  let lastMillis = 0;
  /** @type {Set<(changed: Set<keyof LabState>, source: "edit" | "history" | "load") => void>} */
  const listeners = new Set();

  /** @param {LabState} next @param {"edit" | "history" | "load"} source */
  function become(next, source) {
    const keys = /** @type {(keyof LabState)[]} */ (Object.keys(next));
    const changed = new Set(keys.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(state[key])));
    state = next;
    if (changed.size) for (const listener of listeners) listener(changed, source);
  }

  return {
    get state() {
      return state;
    },
    set(patch, { group = "" } = {}) {
      const same = Object.entries(patch).every(([key, value]) => JSON.stringify(value) === JSON.stringify(state[/** @type {keyof LabState} */ (key)]));
      if (same) return;
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
