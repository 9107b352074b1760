// Lines over a common axis, drawn by uPlot: directly labelled at their ends, events as dashed rules with
// words, a cursor for the mouse and for the keyboard that reads values out, and the same as a table.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { h } from "../base/dom.js";
import { colours, labelFont } from "./colours.js";
import { drawPoint } from "./point-marks.js";
import { t } from "../i18n/index.js";
import { plainTable, tableOnDemand } from "./table.js";

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {keyof ReturnType<typeof colours>} colour
 * @property {number[]} [dash]
 * @property {import("./point-marks.js").PointMark} [mark] one on every value
 * @property {(number | null)[]} values
 * @property {(number | null)[]} [spread] half of a bar around every value
 */
/**
 * @typedef {object} CurveData
 * @property {number[]} x
 * @property {Line[]} lines always as many as at first
 * @property {{x: number, words: string}[]} rules
 * @property {[number, number]} range of the values
 * @property {[number, number]} span of x
 * @property {string} xName
 * @property {string} yName
 * @property {string} label what the chart shows, in one clause
 * @property {string} caption of the table
 */

const TOP = 22, BOTTOM = 40;
/** Labels at the lines' ends must not lie on each other. */
const APART = 15;
/** Rows of a table that someone can still read. */
const MOST_ROWS = 200;

/**
 * @param {object} options
 * @param {string} options.id
 * @param {number} options.count of lines
 * @param {number} options.right room for the labels
 * @param {boolean} [options.log]
 * @param {(value: number) => string} options.print
 * @param {(place: number) => void} [options.pick] a place of x is clicked, or chosen by Enter
 * @param {(x: number) => string} [options.nameX] where places of x stand for something else
 */
export function createCurves({ id, count, right, log = false, print, pick, nameX = String }) {
  const place = h("div", { class: "curves", id, tabindex: "0", role: "slider" });
  const said = h("p", { class: "note said", "aria-hidden": "true" });
  const table = tableOnDemand(() => {
    if (!data) return h("p", null);
    const { x, lines, xName, caption } = data;
    const every = Math.ceil(x.length / MOST_ROWS);
    const rows = x.flatMap((value, at) => (at % every && at !== x.length - 1 ? [] : [[nameX(value), ...lines.map((line) => cell(line, at))]]));
    return plainTable(caption, [xName, ...lines.map(({ name }) => name)], rows);
  });
  said.dataset.notSaved = table.element.dataset.notSaved = "";
  const element = h("div", { class: "curves-box" }, place, said, table.element);
  /** @type {CurveData | null} */
  let data = null;
  /** @type {UPlotLike | null} */
  let plot = null;
  /** Where the keyboard's cursor stands; null follows the last value. @type {number | null} */
  let cursor = null;

  /** @param {Line} line @param {number} at */
  function cell({ values, spread }, at) {
    const value = values[at], half = spread?.[at];
    if (value === null || value === undefined) return "–";
    return half === null || half === undefined ? print(value) : `${print(value)} ± ${print(half)}`;
  }
  /** @param {number} at */
  const words = (at) => (data ? [`${data.xName} ${nameX(data.x[at])}`, ...data.lines.map((line) => `${line.name} ${cell(line, at)}`)].join(" · ") : "");

  function options(/** @type {number} */ width, /** @type {number} */ height) {
    const axis = {
      stroke: () => colours()["ink-3"], font: `12px ${labelFont()}`, gap: 4,
      grid: { stroke: () => colours().rule, width: 1 }, ticks: { stroke: () => colours().edge, width: 1, size: 4 },
    };
    return {
      width, height, padding: [TOP, right, 0, 6], legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 7, fill: (/** @type {any} */ _, /** @type {number} */ line) => colours()[data?.lines[line - 1]?.colour ?? "ink"] } },
      scales: { x: { time: false, range: () => data?.span ?? [0, 1] }, y: { distr: log ? 3 : 1, range: () => data?.range ?? [0, 1] } },
      axes: [{ ...axis, grid: { show: false }, size: BOTTOM, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000], space: nameX === String ? 44 : 22, ...(nameX === String ? {} : { values: (/** @type {any} */ _, /** @type {number[]} */ marks) => marks.map(nameX) }) },
        { ...axis, size: 38, space: 36, incrs: STEPS, ...(log ? { splits: () => logMarks(data?.range ?? [0.1, 1]) } : {}), values: (/** @type {any} */ _, /** @type {(number | null)[]} */ marks) => marks.map((value) => (value === null ? "" : short(value))) }],
      series: [{}, ...Array.from({ length: count }, (_, at) => ({
        stroke: () => colours()[data?.lines[at]?.colour ?? "ink"], width: 1.75, dash: data?.lines[at]?.dash, points: { show: false }, spanGaps: false,
      }))],
      hooks: { draw: [drawOver], setCursor: [hover] },
    };
  }

  /** @param {UPlotLike} u */
  function drawOver(u) {
    if (!data) return;
    const dense = devicePixelRatio || 1;
    const pen = u.ctx;
    const own = colours();
    const { left, top, width, height } = u.bbox;
    pen.save();
    pen.textBaseline = "alphabetic";
    pen.font = `${12 * dense}px ${labelFont()}`;
    pen.fillStyle = own["ink-3"];
    pen.textAlign = "left";
    pen.fillText(data.yName, left, top - 9 * dense);
    pen.textAlign = "right";
    pen.fillText(data.xName, left + width, top + height + 33 * dense);
    drawRules(u, pen, dense);
    drawMarks(u, pen, dense);
    drawNames(u, pen, dense);
    pen.restore();
  }

  /** @param {UPlotLike} u @param {CanvasRenderingContext2D} pen @param {number} dense */
  function drawRules(u, pen, dense) {
    const { left, top, width, height } = u.bbox;
    pen.lineWidth = dense;
    (data?.rules ?? []).forEach(({ x, words: text }, line) => {
      const at = u.valToPos(x, "x", true);
      pen.strokeStyle = colours()["ink-2"];
      pen.setLineDash([3 * dense, 3 * dense]);
      pen.beginPath();
      pen.moveTo(at, top);
      pen.lineTo(at, top + height);
      pen.stroke();
      pen.setLineDash([]);
      const back = at > left + width * 0.55;
      pen.textAlign = back ? "right" : "left";
      const y = top + (13 + line * APART) * dense, from = at + (back ? -6 : 6) * dense;
      pen.strokeStyle = colours().paper;
      pen.lineWidth = 4 * dense;
      pen.strokeText(text, from, y);
      pen.lineWidth = dense;
      pen.fillStyle = colours()["ink-2"];
      pen.fillText(text, from, y);
    });
  }

  /** @param {UPlotLike} u @param {CanvasRenderingContext2D} pen @param {number} dense */
  function drawMarks(u, pen, dense) {
    if (!data) return;
    const { x, lines, range } = data;
    for (const { values, spread, mark, colour } of lines) {
      values.forEach((value, at) => {
        if (value === null) return;
        const across = u.valToPos(x[at], "x", true);
        const half = spread?.[at];
        if (typeof half === "number" && value <= range[1]) {
          pen.strokeStyle = colours()[colour];
          pen.lineWidth = 1.25 * dense;
          pen.beginPath();
          pen.moveTo(across, u.valToPos(Math.min(range[1], value + half), "y", true));
          pen.lineTo(across, u.valToPos(Math.max(range[0], value - half), "y", true));
          pen.stroke();
        }
        if (!mark || value > range[1] || value < range[0]) return;
        pen.save();
        pen.translate(across, u.valToPos(value, "y", true));
        pen.scale(dense, dense);
        drawPoint(pen, mark, 0, 0, 3);
        pen.restore();
      });
    }
  }

  /** @param {UPlotLike} u @param {CanvasRenderingContext2D} pen @param {number} dense */
  function drawNames(u, pen, dense) {
    if (!data) return;
    const { top, height } = u.bbox;
    const { x, range } = data;
    const ends = data.lines.flatMap(({ name, colour, values }) => {
      const at = values.findLastIndex((value) => value !== null);
      if (at < 0) return [];
      const value = /** @type {number} */ (values[at]);
      const beyond = value > range[1];
      const y = Math.min(top + height, Math.max(top + 4 * dense, u.valToPos(Math.min(range[1], Math.max(range[0], value)), "y", true)));
      return [{ name: beyond ? `↑ ${name}` : name, colour, x: u.valToPos(x[at], "x", true), y }];
    }).sort((a, b) => a.y - b.y);
    ends.forEach((end, at) => {
      if (at && end.y - ends[at - 1].y < APART * dense) end.y = ends[at - 1].y + APART * dense;
    });
    const over = (ends.at(-1)?.y ?? 0) - (top + height);
    if (over > 0) ends.forEach((end) => (end.y -= over));
    pen.textAlign = "left";
    pen.font = `${13 * dense}px ${labelFont()}`;
    const from = Math.max(...ends.map((end) => end.x)) + 8 * dense;
    for (const { name, colour, y } of ends) {
      pen.fillStyle = colours()[colour];
      pen.fillText(name, from, y + 4 * dense);
    }
  }

  /** @param {UPlotLike} u */
  function hover(u) {
    const at = u.cursor.idx;
    if (!data || (u.cursor.left ?? -1) < 0 || at === null || at === undefined) return void (said.textContent = cursor === null ? "" : words(cursor));
    said.textContent = words(at);
  }

  /** @param {number} at */
  function moveTo(at) {
    if (!data || !plot || !data.x.length) return;
    cursor = Math.min(data.x.length - 1, Math.max(0, at));
    plot.setCursor({ left: plot.valToPos(data.x[cursor], "x"), top: 0 });
    said.textContent = words(cursor);
    value();
  }
  /** What a screen reader says of the cursor. */
  function value() {
    if (!data) return;
    const at = Math.min(cursor ?? data.x.length - 1, data.x.length - 1);
    place.setAttribute("aria-label", data.label);
    place.setAttribute("aria-valuemin", String(data.x[0] ?? 0));
    place.setAttribute("aria-valuemax", String(data.x.at(-1) ?? 0));
    place.setAttribute("aria-valuenow", String(data.x[at] ?? 0));
    place.setAttribute("aria-valuetext", at < 0 ? data.label : words(at));
  }

  place.addEventListener("keydown", (event) => {
    if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = cursor ?? data.x.length - 1;
    const many = Math.max(1, Math.round(data.x.length / 10));
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, PageDown: now - many, PageUp: now + many, Home: 0, End: data.x.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      moveTo(to);
    } else if ((event.key === "Enter" || event.key === " ") && pick && data.x[now] !== undefined) {
      event.preventDefault();
      pick(data.x[now]);
    }
  });
  place.addEventListener("blur", () => {
    cursor = null;
    plot?.setCursor({ left: -10, top: -10 });
    said.textContent = "";
    value();
  });

  const columns = () => (data ? [data.x, ...data.lines.map(({ values }) => values)] : []);
  function make(/** @type {number} */ width, /** @type {number} */ height) {
    plot = new uPlot(options(width, height), columns(), place);
    const { over } = plot;
    if (!pick) return;
    over.classList.add("picks");
    over.addEventListener("click", ({ clientX }) => {
      if (!plot || !data) return;
      const found = data.x[plot.posToIdx(clientX - over.getBoundingClientRect().left)];
      if (found !== undefined) pick(found);
    });
  }
  let size = { width: 0, height: 0 };
  new ResizeObserver(([{ contentRect: { width, height } }]) => {
    if (!width || (width === size.width && height === size.height)) return;
    size = { width, height };
    if (plot) plot.setSize(size);
    else if (data) make(width, height);
  }).observe(place);

  return {
    element,
    /** @param {CurveData} next */
    set(next) {
      data = next;
      if (plot) plot.setData(columns());
      else if (size.width) make(size.width, size.height);
      if (cursor !== null) moveTo(cursor);
      value();
      table.refresh();
    },
    /** In the theme's or the language's new colours and letters. */
    redraw() {
      /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
      plot?.destroy();
      plot = null;
      if (data && size.width) make(size.width, size.height);
    },
  };
}

/** Marks of a logarithmic axis: powers of ten; where fewer than two are in sight, 2 and 5 as well, then all. @param {[number, number]} range @returns {number[]} */
function logMarks([low, high]) {
  const powers = Array.from({ length: Math.max(1, Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1) }, (_, at) => Math.floor(Math.log10(low)) + at);
  const marks = (/** @type {number[]} */ leads) => powers.flatMap((power) => leads.map((lead) => Number(`${lead}e${power}`))).filter((value) => value >= low && value <= high);
  return [[1], [1, 2, 5]].map(marks).find(({ length }) => length >= 2) ?? marks([1, 2, 3, 4, 5, 6, 7, 8, 9]);
}
/** Between the marks of the upright axis. No quarters below 25: 1.25 is long, and 1.3 is not where that mark stands. */
const STEPS = Array.from({ length: 13 }, (_, at) => at - 6).flatMap((power) => [1, 2, ...(power > 0 ? [2.5] : []), 5].map((lead) => Number(`${lead}e${power}`)));
/** Without the noise of the last bits. @param {number} value */
const short = (value) => String(Number(value.toPrecision(4))).replace("-", "\u2212");
