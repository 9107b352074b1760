// Two true angles around one direction: how far each end lies from the text.

import { fill, s } from "../base/dom.js";
import { cosine as cosineText, degrees } from "../base/format.js";

const RAY = 118;
const ARC = 92;
const WIDTH = 300;

/** @typedef {{cosine: number, name: string}} Side */

/**
 * @param {SVGElement} svg
 * @param {{positive: Side, negative: Side, text: string, label: string}} data
 */
export function drawProtractor(svg, { positive, negative, text, label }) {
  const up = degrees(positive.cosine), down = degrees(negative.cosine);
  const widest = Math.max(up, down);
  const left = widest > 90 ? Math.sin(((widest - 90) * Math.PI) / 180) * RAY : 0;
  const middle = { x: 12 + Math.min(left, 100), y: 0 };
  const top = -rise(up) - 30, bottom = rise(down) + 36;
  svg.setAttribute("viewBox", `0 ${top.toFixed(1)} ${WIDTH} ${(bottom - top).toFixed(1)}`);
  svg.setAttribute("aria-label", label);
  fill(svg,
    ...ticks(middle, up, down),
    ...ray(middle, 0, "ink"), ...ray(middle, up, "pos"), ...ray(middle, -down, "neg"),
    s("text", { x: middle.x + RAY + 9, y: 5, class: "v" }, text),
    ...caption(middle, up, positive, "tp"), ...caption(middle, -down, negative, "tn"));
}

/** How far a ray of this angle reaches above the line. @param {number} angle */
const rise = (angle) => (angle > 90 ? RAY : Math.sin((angle * Math.PI) / 180) * RAY);

/** @param {{x: number, y: number}} from @param {number} angle @param {number} length */
function point(from, angle, length) {
  const radians = (angle * Math.PI) / 180;
  return { x: from.x + Math.cos(radians) * length, y: from.y - Math.sin(radians) * length };
}

/** @param {{x: number, y: number}} middle @param {number} up @param {number} down */
function ticks(middle, up, down) {
  const first = -Math.ceil(down / 10) * 10, last = Math.ceil(up / 10) * 10;
  const a = point(middle, first, ARC), b = point(middle, last, ARC);
  const marks = [s("path", { class: "tick", d: `M${a.x} ${a.y}A${ARC} ${ARC} 0 ${last - first > 180 ? 1 : 0} 0 ${b.x} ${b.y}` })];
  for (let angle = first; angle <= last; angle += 10) {
    const outer = point(middle, angle, ARC), inner = point(middle, angle, angle % 30 ? ARC - 4 : ARC - 8);
    marks.push(s("path", { class: "tick", d: `M${outer.x} ${outer.y}L${inner.x} ${inner.y}` }));
  }
  return marks;
}

/** @param {{x: number, y: number}} middle @param {number} angle @param {string} kind */
function ray(middle, angle, kind) {
  const end = point(middle, angle, RAY);
  return [s("path", { class: kind, d: `M${middle.x} ${middle.y}L${end.x} ${end.y}` }), s("circle", { class: kind, cx: end.x, cy: end.y, r: 3.5 })];
}

/** @param {{x: number, y: number}} middle @param {number} angle @param {Side} side @param {string} kind */
function caption(middle, angle, side, kind) {
  const end = point(middle, angle, RAY);
  // Steep rays are labelled beside their tip; the label must not run into the text's own ray.
  const y = angle > 0 ? Math.min(end.y + 2, -34) : Math.max(end.y + 2, 30);
  const name = side.name.length > 22 ? `${side.name.slice(0, 21)}…` : side.name;
  return [
    s("text", { class: kind, x: end.x + 10, y }, name),
    s("text", { class: "v", x: end.x + 10, y: y + 17 }, `${Math.abs(angle).toFixed(1)}° · cos ${cosineText(side.cosine)}`),
  ];
}
