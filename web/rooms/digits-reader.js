// What lies on the pad, as the network is given it, and what the network makes of it as it is just now.

import { classroom } from "../classroom.js";
import { rasterise, shift, shrink } from "./digits-paint.js";
import { MAX_INK, SIDE } from "./digits-settings.js";

/** The network changes all the time; it is asked anew so often at the most. */
const READ_MILLIS = 150;

/** @param {DigitsRoom} room */
export function withPad(room) {
  const { store, run } = room;
  /** The stroke under the pen, which is not in the state yet. @type {number[] | null} */
  let drawing = null;
  /** @type {Uint8Array | null} */
  let seen = null;
  /** @type {PictureReading | null} */
  let reading = null;
  /** @type {number | null} */
  let label = null;
  /** Of several looks under way, the newest counts. */
  let turn = 0;
  let busy = false, again = false, askedMillis = 0, timer = 0;

  const strokes = () => (drawing ? [...(store.state.example === null ? store.state.strokes : []), drawing] : store.state.strokes);
  const example = () => (drawing || store.state.example === null ? null : run.testPicture(store.state.example));

  /** What lies on the pad as 784 numbers. */
  async function look() {
    const { centred, dx, dy } = store.state;
    const taken = example();
    if (taken) {
      const moved = shift(taken.pixels, dx, dy);
      return { pixels: centred && (dx || dy) ? await classroom.request("centre", { pixels: moved, width: SIDE, height: SIDE }) : moved, label: taken.label };
    }
    const ink = strokes();
    if (!ink.length) return { pixels: null, label: null };
    const whole = rasterise(ink);
    return { pixels: centred ? await classroom.request("centre", whole) : shrink(whole), label: null };
  }

  async function read() {
    timer = 0;
    if (busy) return void (again = true);
    if (run.phase === "held" || run.phase === "failed" || !run.pictures) return;
    busy = true;
    again = false;
    askedMillis = performance.now();
    const mine = turn;
    try {
      const now = await look();
      const said = now.pixels && run.frame ? await classroom.request("readPicture", { pixels: now.pixels }) : null;
      // What was asked before the pad was cleared counts no more.
      if (mine === turn) {
        seen = now.pixels;
        label = now.label;
        reading = said ?? (now.pixels ? reading : null);
        room.emit("read");
      } else again = true;
    } catch {
      // The run says what went wrong; the pad keeps what it showed.
    }
    busy = false;
    if (again) soon();
  }
  function soon() {
    if (!timer) timer = window.setTimeout(() => void read(), Math.max(0, READ_MILLIS - (performance.now() - askedMillis)));
  }
  /** Something else lies on the pad. */
  function changed() {
    turn += 1;
    soon();
  }

  store.onChange((names) => ["strokes", "example", "dx", "dy", "centred"].some((name) => names.has(/** @type {keyof DigitsState} */ (name))) && changed());
  room.on("data", changed);
  room.on("fitted", soon);
  room.pad = {
    get seen() { return seen; },
    get reading() { return reading; },
    get label() { return label; },
  };
  return {
    strokes, example,
    /** @param {number[] | null} stroke */
    draw(stroke) {
      drawing = stroke;
      changed();
    },
    /** The stroke is finished, and a step that can be undone. */
    done() {
      const all = thin(strokes());
      drawing = null;
      store.set({ strokes: all, example: null, dx: 0, dy: 0 });
    },
  };
}

/** Drops every other point of the longest stroke until a link can carry them all. @param {number[][]} strokes */
export function thin(strokes) {
  const all = strokes.map((stroke) => [...stroke]);
  const points = () => all.reduce((sum, stroke) => sum + stroke.length / 2, 0);
  while (points() > MAX_INK) {
    const longest = all.reduce((best, stroke, at) => (stroke.length > all[best].length ? at : best), 0);
    const { length } = all[longest];
    if (length <= 4) {
      all.splice(0, 1);
      continue;
    }
    // The ends stay where they are.
    all[longest] = all[longest].filter((_, at) => at % 4 < 2 || at >= length - 2);
  }
  return all;
}
