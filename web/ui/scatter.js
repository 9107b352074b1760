// A scatter on a canvas: move, zoom, choose, lasso. It takes positions and names and knows no model.

import { fill, h } from "../base/dom.js";
import { drawScatter, radiusFor, stamps } from "./scatter-draw.js";
import { fitView, nearestPoint, panBy, pointsInside, pointTowards, toScreen, zoomAt } from "./scatter-view.js";

/** @typedef {import("./scatter-draw.js").ScatterData} ScatterData */
/** @typedef {import("./scatter-draw.js").ScatterMarks} ScatterMarks */
/** @typedef {"move" | "lasso" | "box"} Tool */

const INKS = /** @type {const} */ (["paper", "ink", "ink-2", "ink-3", "edge", "rule", "steel", "ochre", "ember"]);
const REACH = 16;
const STEP = 1.35;
const WHEEL = 0.0022;
/** Less than this is a click, not a drag. */
const STILL = 5;

/** @type {ScatterMarks} */
const NO_MARKS = { chosen: -1, over: -1, near: [], matches: new Set(), selected: new Set() };
/** @type {ScatterData} */
const NOTHING = { positions: new Float32Array(), names: [], groups: [], groupNames: [], tints: null, links: [], faces: null };

/**
 * @param {{onChoose: (at: number) => void, onSelect: (points: number[], more: boolean) => void, onZoom?: (zoom: number) => void}} options
 */
export function createScatter({ onChoose, onSelect, onZoom }) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const probes = Object.fromEntries(INKS.map((ink) => [ink, h("i", { hidden: true, "data-ink": ink })]));
  const hint = h("p", { class: "hidden", id: "scatter-keys" });
  const element = h("div", { class: "scatter", tabindex: "0", role: "application", "aria-describedby": "scatter-keys" }, canvas, hint, ...Object.values(probes));
  const stamp = stamps();
  /** @type {Map<string, number>} */
  const widths = new Map();
  let size = { width: 0, height: 0 };
  let dense = 1;
  let data = NOTHING;
  /** @type {ScatterMarks} */
  let marks = NO_MARKS;
  let view = { x: 0, y: 0, scale: 1 };
  let fitted = 1;
  /** Nobody has moved or zoomed: everything stays in sight, also while points move. */
  let free = true;
  let screen = new Float32Array();
  /** @type {import("./scatter-draw.js").Inks | null} */
  let inks = null;
  /** @type {Tool} */
  let tool = "move";
  /** @type {[number, number][]} */
  let trail = [];
  let asked = 0;
  /** What the last frames took, in milliseconds. @type {number[]} */
  const took = [];

  function readInks() {
    const style = getComputedStyle(element);
    inks = /** @type {import("./scatter-draw.js").Inks} */ ({ ...Object.fromEntries(INKS.map((ink) => [ink, getComputedStyle(probes[ink]).color])), font: style.fontFamily });
    stamp.forget();
    widths.clear();
  }

  function resize() {
    const { clientWidth: width, clientHeight: height } = element;
    if (!width || !height) return;
    dense = Math.min(2, devicePixelRatio || 1);
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
    }
    size = { width, height };
    refit();
  }

  function refit() {
    const whole = fitView(data.positions, size);
    fitted = whole.scale;
    if (free) view = whole;
    draw();
  }

  function draw() {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      paint();
    });
  }

  function paint() {
    const pen = canvas.getContext("2d", { alpha: false });
    if (!pen || !size.width) return;
    const start = performance.now();
    if (!inks) readInks();
    const count = data.names.length;
    if (screen.length !== 2 * count) screen = new Float32Array(2 * count);
    for (let at = 0; at < count; at++) {
      const [x, y] = toScreen(view, size, data.positions[2 * at], data.positions[2 * at + 1]);
      screen[2 * at] = x;
      screen[2 * at + 1] = y;
    }
    drawScatter(pen, { data, marks, screen, size, inks: /** @type {any} */ (inks), dense, stamp, widths, labels: true });
    if (trail.length > 1) {
      pen.setLineDash([5, 4]);
      pen.strokeStyle = /** @type {any} */ (inks).ink;
      pen.lineWidth = 1.5;
      pen.beginPath();
      trail.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.stroke();
      pen.setLineDash([]);
    }
    took.push(performance.now() - start);
    if (took.length > 120) took.shift();
  }

  /** @param {import("./scatter-view.js").View} next */
  function show(next) {
    free = false;
    view = next;
    onZoom?.(view.scale / fitted);
    element.toggleAttribute("data-zoomed", view.scale > fitted * 1.01);
    draw();
  }
  /** @param {number} factor @param {[number, number]} [place] */
  const zoomBy = (factor, place = [size.width / 2, size.height / 2]) => show(zoomAt(view, size, place, factor, fitted));
  function fit() {
    free = true;
    refit();
    onZoom?.(1);
    element.removeAttribute("data-zoomed");
  }

  // ── pointers ──
  /** @type {Map<number, [number, number]>} */
  const fingers = new Map();
  let moved = 0;
  /** @type {"pan" | "draw" | null} */
  let doing = null;
  /** @param {PointerEvent | WheelEvent} event @returns {[number, number]} */
  const placeOf = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    fingers.set(event.pointerId, placeOf(event));
    element.setPointerCapture(event.pointerId);
    moved = fingers.size > 1 ? Infinity : 0;
    doing = fingers.size > 1 || (tool === "move" && !event.shiftKey) ? "pan" : "draw";
    trail = doing === "draw" ? [placeOf(event)] : [];
  });
  element.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    const before = fingers.get(event.pointerId);
    if (!before) return hover(event, place);
    moved += Math.hypot(place[0] - before[0], place[1] - before[1]);
    if (doing === "draw") extend(place);
    else if (fingers.size > 1) pinch(event.pointerId, before, place);
    else if (moved > STILL) show(panBy(view, place[0] - before[0], place[1] - before[1]));
    fingers.set(event.pointerId, place);
  });
  for (const kind of /** @type {const} */ (["pointerup", "pointercancel"])) {
    element.addEventListener(kind, (event) => {
      if (!fingers.delete(event.pointerId)) return;
      if (kind === "pointerup" && !fingers.size) finish(event);
      if (fingers.size) return;
      trail = [];
      doing = null;
      draw();
    });
  }
  element.addEventListener("pointerleave", () => point(-1));

  /** @param {PointerEvent} event @param {[number, number]} place */
  function hover(event, [x, y]) {
    if (event.pointerType !== "touch") point(nearestPoint(screen, x, y, REACH));
  }
  /** @param {number} at */
  function point(at) {
    if (at === marks.over) return;
    marks = { ...marks, over: at };
    element.classList.toggle("on-point", at >= 0);
    draw();
  }
  /** @param {[number, number]} place */
  function extend([x, y]) {
    const [[sx, sy]] = trail;
    if (tool === "box") trail = [[sx, sy], [x, sy], [x, y], [sx, y]];
    else trail.push([x, y]);
    draw();
  }
  /** Two fingers: what lies between them stays between them. @param {number} id @param {[number, number]} before @param {[number, number]} place */
  function pinch(id, before, place) {
    const other = [...fingers].find(([one]) => one !== id)?.[1];
    if (!other) return;
    const was = Math.hypot(before[0] - other[0], before[1] - other[1]), is = Math.hypot(place[0] - other[0], place[1] - other[1]);
    view = panBy(view, (place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
    zoomBy(is / Math.max(1, was), [(place[0] + other[0]) / 2, (place[1] + other[1]) / 2]);
  }
  /** @param {PointerEvent} event */
  function finish(event) {
    const [x, y] = placeOf(event);
    if (moved <= STILL) {
      const at = nearestPoint(screen, x, y, Math.max(REACH, radiusFor(data.names.length) + 8));
      if (at >= 0) onChoose(at);
      else if (marks.selected.size) onSelect([], false);
    } else if (doing === "draw") onSelect(pointsInside(screen, trail), event.ctrlKey || event.metaKey);
  }

  // A wheel over the map scrolls the page, unless the map has the focus or the keys of a pinch are held.
  element.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 24 : 1;
    zoomBy(Math.exp(-event.deltaY * lines * WHEEL * (event.ctrlKey ? 3 : 1)), placeOf(event));
  }, { passive: false });
  element.addEventListener("dblclick", (event) => zoomBy(2, placeOf(/** @type {any} */ (event))));

  // ── keys ──
  /** @type {Record<string, [number, number]>} */
  const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !data.names.length) return;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) show(panBy(view, -arrow[0] * 48, -arrow[1] * 48));
    else if (arrow) onChoose(marks.chosen < 0 ? 0 : pointTowards(screen, marks.chosen, ...arrow));
    else if (event.key === "+" || event.key === "=") zoomBy(STEP);
    else if (event.key === "-") zoomBy(1 / STEP);
    else if (event.key === "0" || event.key === "Home") fit();
    else if (event.key === " " && marks.chosen >= 0) onSelect([marks.chosen], true);
    else if (event.key === "Escape" && marks.selected.size) onSelect([], false);
    else return;
    event.preventDefault();
  });

  new ResizeObserver(resize).observe(element);
  const restyle = () => {
    inks = null;
    draw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);

  return {
    element, canvas, draw, fit, restyle, resize,
    zoomIn: () => zoomBy(STEP),
    zoomOut: () => zoomBy(1 / STEP),
    /** @param {ScatterData} next @param {boolean} [fresh] other points than before: everything is shown again */
    set(next, fresh = false) {
      data = next;
      if (fresh) {
        free = true;
        widths.clear();
        marks = NO_MARKS;
        onZoom?.(1);
        element.removeAttribute("data-zoomed");
      }
      refit();
    },
    /** @param {Partial<ScatterMarks>} next */
    mark(next) {
      marks = { ...marks, ...next };
      draw();
    },
    /** Brings a point into sight. @param {number} at */
    reveal(at) {
      const [x, y] = toScreen(view, size, data.positions[2 * at], data.positions[2 * at + 1]);
      if (x < 0 || y < 0 || x > size.width || y > size.height) show({ ...view, x: data.positions[2 * at], y: data.positions[2 * at + 1] });
    },
    /** @param {Tool} next */
    setTool(next) {
      tool = next;
      element.dataset.tool = next;
    },
    /** @param {string} name @param {string} keys */
    describe(name, keys) {
      element.setAttribute("aria-label", name);
      fill(hint, keys);
    },
    /** Milliseconds of the last frames. */
    frames: () => [...took],
  };
}
