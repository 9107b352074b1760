// Bytes, rate and time left of one model's download.

const WINDOW_MILLIS = 5000;
const REPORT_MILLIS = 200;

/** @param {string} id @param {number} total @param {(progress: StoreProgress) => void} report */
export function createMeter(id, total, report) {
  /** @type {Map<string, number>} */
  const held = new Map();
  /** What came over the network, and when: [milliseconds, bytes since the start]. @type {[number, number][]} */
  let came = [];
  let received = 0, lastMillis = -Infinity, later = 0;
  /** @type {StoreProgress} */
  const now = { phase: "fetch", id, done: 0, total, rate: null, secondsLeft: null, file: "", place: "disk" };

  function rate() {
    const [first, last] = [came[0], came.at(-1)];
    return first && last && last[0] - first[0] > 500 ? ((last[1] - first[1]) * 1000) / (last[0] - first[0]) : null;
  }
  /** Not too often, but what came last is always told. */
  function tellSoon() {
    const wait = REPORT_MILLIS - (performance.now() - lastMillis);
    if (wait <= 0) tell();
    else later ||= self.setTimeout(tell, wait);
  }
  function tell() {
    clearTimeout(later);
    later = 0;
    lastMillis = performance.now();
    now.done = [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
    now.rate = now.phase === "fetch" ? rate() : null;
    now.secondsLeft = now.rate ? (total - now.done) / now.rate : null;
    report({ ...now });
  }
  return {
    /** @param {Partial<StoreProgress>} change */
    become(change) {
      // A pause, and a clock that jumped while the machine slept, say nothing about the rate.
      if (change.phase && change.phase !== now.phase) came = [];
      Object.assign(now, { problem: undefined, attempt: undefined }, change);
      tell();
    },
    /** @param {string} file @param {number} bytes */
    hold(file, bytes) {
      held.set(file, bytes);
      tellSoon();
    },
    /** @param {number} bytes */
    receive(bytes) {
      const millis = performance.now();
      received += bytes;
      came.push([millis, received]);
      while (came.length > 2 && millis - came[0][0] > WINDOW_MILLIS) came.shift();
    },
    /** Nothing more is told. */
    end() {
      clearTimeout(later);
    },
  };
}
/** @typedef {ReturnType<typeof createMeter>} Meter */
