// Lines over steps: directly labelled at their end, with a mark at the step that is looked at.

import { fill, s } from "../base/dom.js";

const WIDTH = 300, HEIGHT = 132, LEFT = 28, RIGHT = 78, TOP = 12, BOTTOM = 20;

/**
 * @param {SVGElement} svg
 * @param {{series: {name: string, kind: string, values: number[]}[], total: number, at: number, label: string}} data `total` steps, `at` counts from 0
 */
export function lineChart(svg, { series, total, at, label }) {
  const all = series.flatMap(({ values }) => values);
  const high = Math.max(1, ...all), low = Math.min(0, ...all);
  const floor = low < -0.15 * high ? low : 0;
  const x = (/** @type {number} */ step) => LEFT + (total > 1 ? (step / (total - 1)) * (WIDTH - LEFT - RIGHT) : 0);
  const y = (/** @type {number} */ value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-label", label);
  const marks = [...new Set([floor, 0, high > 1.5 ? high : 1])].map((value) => [
    s("path", { class: "grid", d: `M${LEFT} ${y(value)}H${WIDTH - RIGHT}` }),
    s("text", { class: "axis", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, short(value)),
  ]);
  // Labels at the lines' ends must not lie on each other.
  const ends = series.filter(({ values }) => values.length).map(({ values }, line) => ({ line, y: y(values[values.length - 1]) })).sort((a, b) => a.y - b.y);
  ends.forEach((end, place) => {
    if (place && end.y - ends[place - 1].y < 15) end.y = ends[place - 1].y + 15;
  });
  fill(svg, ...marks.flat(),
    s("text", { class: "axis", x: LEFT, y: HEIGHT - 3 }, "1"), s("text", { class: "axis", x: WIDTH - RIGHT, y: HEIGHT - 3, "text-anchor": "end" }, String(total)),
    ...series.flatMap(({ values, kind }) => [
      s("path", { class: `line ${kind}`, d: values.map((value, step) => `${step ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("") }),
      values[at] === undefined ? null : s("circle", { class: kind, cx: x(at), cy: y(values[at]), r: 3.5 }),
    ]).filter((node) => node !== null),
    ...ends.map(({ line, y: place }) => s("text", { class: `name ${series[line].kind}`, x: x(series[line].values.length - 1) + 8, y: place + 4 }, series[line].name)));
}

/** @param {number} value */
const short = (value) => String(Number(value.toPrecision(2))).replace("-", "\u2212");
