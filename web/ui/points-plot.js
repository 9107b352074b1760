// Points on a plane with what a model makes of them: a curve, or a tinted surface with its border.
// Points are added by a click, moved by dragging and removed by dragging out; knows no model.

import { h } from "../base/dom.js";
import { colours, labelFont } from "./colours.js";
import { classMark, drawPoint, PART_MARKS } from "./point-marks.js";
import { drawSurface } from "./surface.js";

/** What the program's curve and surface span. */
const EDGE = 1.25;
/** Up and down in regression, where noise goes beyond the shape. */
const HIGH = 1.6;
const LEFT = 26, RIGHT = 4, TOP = 4, BOTTOM = 22;
/** How near counts as on a point, in CSS pixels. */
const NEAR = { mouse: 11, finger: 24 };
/** A press that moves less than this is a click. */
const STILL = 4;

/**
 * @typedef {object} PlotData
 * @property {LessonTask} task
 * @property {{x: number, y: number, group: number, part: PartName}[]} points
 * @property {Float32Array | null} surface the fitted curve, or shares of class 1
 * @property {number[] | null} truth what the points were drawn from, at the places of the curve
 * @property {{low: number[], high: number[]}} [band] where most of many curves lie
 * @property {string} label
 */
/**
 * @typedef {object} PlotHandlers
 * @property {(x: number, y: number) => void} add
 * @property {(row: number, x: number, y: number) => void} move
 * @property {(row: number) => void} remove
 */

/** @param {string} id @param {PlotHandlers | null} handlers null for a plot that is only looked at */
export function createPointsPlot(id, handlers) {
  const canvas = h("canvas", { id, class: "points-plot", role: "img" });
  /** @type {PlotData} */
  let data = { task: "regression", points: [], surface: null, truth: null, label: "" };
  let width = 0, height = 0;
  const high = () => (data.task === "regression" ? HIGH : EDGE);
  const px = (/** @type {number} */ x) => LEFT + ((x + EDGE) / (2 * EDGE)) * (width - LEFT - RIGHT);
  const py = (/** @type {number} */ y) => TOP + ((high() - y) / (2 * high())) * (height - TOP - BOTTOM);
  const inside = (/** @type {number} */ x, /** @type {number} */ y) => x >= LEFT && x <= width - RIGHT && y >= TOP && y <= height - BOTTOM;
  /** The plane's place under a place of the canvas. @param {number} x @param {number} y @returns {[number, number]} */
  const at = (x, y) => [((x - LEFT) / (width - LEFT - RIGHT)) * 2 * EDGE - EDGE, high() - ((y - TOP) / (height - TOP - BOTTOM)) * 2 * high()];

  /** @param {CanvasRenderingContext2D} pen */
  function axes(pen) {
    const own = colours();
    pen.font = `12px ${labelFont()}`;
    pen.lineWidth = 1;
    for (const value of [-1, 0, 1]) {
      pen.strokeStyle = own.rule;
      pen.beginPath();
      pen.moveTo(Math.round(px(value)) + 0.5, TOP);
      pen.lineTo(Math.round(px(value)) + 0.5, height - BOTTOM);
      pen.moveTo(LEFT, Math.round(py(value)) + 0.5);
      pen.lineTo(width - RIGHT, Math.round(py(value)) + 0.5);
      pen.stroke();
      pen.fillStyle = own["ink-3"];
      const words = String(value).replace("-", "\u2212");
      pen.textAlign = "center";
      pen.fillText(words, px(value), height - 6);
      pen.textAlign = "right";
      pen.fillText(words, LEFT - 6, py(value) + 4);
    }
    pen.strokeStyle = own.edge;
    pen.strokeRect(LEFT + 0.5, TOP + 0.5, width - LEFT - RIGHT - 1, height - TOP - BOTTOM - 1);
  }

  /** @param {CanvasRenderingContext2D} pen @param {ArrayLike<number>} values */
  function trace(pen, values) {
    pen.beginPath();
    for (let place = 0; place < values.length; place++) {
      const x = px(-EDGE + (2 * EDGE * place) / (values.length - 1));
      // Canvases lose lines that run off by millions of pixels.
      const y = py(Math.min(50, Math.max(-50, values[place])));
      if (place) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    }
    pen.stroke();
  }

  /** @param {CanvasRenderingContext2D} pen @param {{low: number[], high: number[]}} band */
  function fillBand(pen, { low, high: top }) {
    const place = (/** @type {number[]} */ values, /** @type {number} */ at) => /** @type {[number, number]} */ ([px(-EDGE + (2 * EDGE * at) / (values.length - 1)), py(Math.min(50, Math.max(-50, values[at])))]);
    pen.beginPath();
    low.forEach((_, at) => (at ? pen.lineTo(...place(low, at)) : pen.moveTo(...place(low, at))));
    for (let at = top.length - 1; at >= 0; at--) pen.lineTo(...place(top, at));
    pen.closePath();
    pen.globalAlpha = 0.22;
    pen.fillStyle = colours().ember;
    pen.fill();
    pen.globalAlpha = 1;
  }

  function draw() {
    if (!width) return;
    const dense = Math.max(1, devicePixelRatio);
    const [w, t] = [Math.round(width * dense), Math.round(height * dense)];
    if (canvas.width !== w || canvas.height !== t) {
      canvas.width = w;
      canvas.height = t;
    }
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const own = colours();
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.lineJoin = "round";
    const box = { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: height - TOP - BOTTOM };
    if (data.task === "classification" && data.surface) drawSurface(pen, data.surface, box);
    axes(pen);
    pen.save();
    pen.beginPath();
    pen.rect(box.x, box.y, box.width, box.height);
    pen.clip();
    if (data.task === "regression") {
      if (data.band) fillBand(pen, data.band);
      if (data.truth) {
        pen.strokeStyle = own.edge;
        pen.lineWidth = 1.5;
        pen.setLineDash([2, 4]);
        trace(pen, data.truth);
        pen.setLineDash([]);
      }
      if (data.surface) {
        pen.strokeStyle = own.ink;
        pen.lineWidth = 2.25;
        trace(pen, data.surface);
      }
    }
    for (const part of /** @type {PartName[]} */ (["test", "validation", "train"])) {
      for (const point of data.points) {
        if (point.part !== part) continue;
        drawPoint(pen, data.task === "regression" ? PART_MARKS[part] : classMark(part, point.group), px(point.x), py(point.y), data.points.length > 150 ? 3 : 4);
      }
    }
    pen.restore();
  }

  // ── by mouse, pen and finger ──
  /** @param {number} x @param {number} y @param {number} near */
  function pointAt(x, y, near) {
    let best = -1, least = near * near;
    data.points.forEach((point, row) => {
      const away = (px(point.x) - x) ** 2 + (py(point.y) - y) ** 2;
      if (away <= least) [best, least] = [row, away];
    });
    return best;
  }
  /** @param {{clientX: number, clientY: number}} event @returns {[number, number]} */
  const placeOf = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  };
  if (handlers) listen(handlers);

  /** @param {PlotHandlers} to */
  function listen(to) {
    /** @type {{row: number, x: number, y: number, moved: boolean} | null} */
    let press = null;
    // A finger on a point moves it; anywhere else it scrolls the page.
    canvas.addEventListener("touchstart", (event) => {
      const [x, y] = placeOf(event.touches[0]);
      if (pointAt(x, y, NEAR.finger) >= 0) event.preventDefault();
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      const [x, y] = placeOf(event);
      press = { row: pointAt(x, y, event.pointerType === "mouse" ? NEAR.mouse : NEAR.finger), x, y, moved: false };
      if (press.row >= 0) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = placeOf(event);
      if (!press) canvas.style.cursor = pointAt(x, y, NEAR.mouse) >= 0 ? "grab" : inside(x, y) ? "crosshair" : "";
      else if (press.row >= 0 && (press.moved || Math.hypot(x - press.x, y - press.y) > STILL)) {
        press.moved = true;
        canvas.style.cursor = inside(x, y) ? "grabbing" : "no-drop";
        if (inside(x, y)) to.move(press.row, ...at(x, y));
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      const [x, y] = placeOf(event);
      if (press && press.row >= 0) {
        if (press.moved && !inside(x, y)) to.remove(press.row);
      } else if (press && inside(x, y) && Math.hypot(x - press.x, y - press.y) <= STILL) to.add(...at(x, y));
      press = null;
      canvas.style.cursor = "";
    });
    canvas.addEventListener("pointercancel", () => void (press = null));
    canvas.addEventListener("dblclick", (event) => {
      const row = pointAt(...placeOf(event), NEAR.mouse);
      if (row >= 0) to.remove(row);
    });
  }

  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width && contentRect.height === height) return;
    ({ width, height } = contentRect);
    draw();
  }).observe(canvas);

  return {
    element: canvas,
    draw,
    /** @param {PlotData} next */
    set(next) {
      data = next;
      canvas.setAttribute("aria-label", next.label);
      draw();
    },
  };
}
