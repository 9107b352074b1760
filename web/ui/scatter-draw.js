// What a scatter looks like: axes, lines, marks, rings, and the labels that find room.

import { MARKS, outline, PLAIN, paintMark } from "./marks.js";
import { occupied, placeLabel } from "./scatter-view.js";

/** Labels that are tried, and those that are drawn, at most: past this a map is no clearer, only slower. */
const TRIED = 600;
const DRAWN = 160;
const DRAWN_IN_CROWD = 70;
/** Up to so many points in sight, labels keep off every mark; past CROWD only those are named that matter now. */
const SPARSE = 400;
const FAINT = 0.22;
/** From here on marks are drawn in batches. */
const CROWD = 1_000;
const BATCH = 16;

/**
 * @typedef {object} ScatterData
 * @property {Float32Array} positions x and y in turn
 * @property {string[]} names
 * @property {(number | null)[]} groups
 * @property {string[]} groupNames
 * @property {ArrayLike<number> | null} tints 0 … 1 for each point: size and ink instead of marks
 * @property {[number, number][]} links
 * @property {(CanvasImageSource | null)[] | null} faces
 *
 * @typedef {object} ScatterMarks
 * @property {number} chosen −1 is none
 * @property {number} over under the pointer
 * @property {number[]} near tied to the chosen one by lines
 * @property {Set<number>} matches
 * @property {Set<number>} selected
 *
 * @typedef {Record<"paper" | "ink" | "ink-2" | "ink-3" | "edge" | "rule" | "steel" | "ochre" | "ember", string> & {font: string}} Inks
 */

/** Marks drawn once and stamped thousands of times. */
export function stamps() {
  /** @type {Map<string, HTMLCanvasElement>} */
  const made = new Map();
  return {
    forget: () => made.clear(),
    /** @param {import("./marks.js").Mark} mark @param {Inks} inks @param {number} r @param {number} dense */
    of(mark, inks, r, dense) {
      const key = [mark.shape, mark.ink, mark.hollow, r, dense].join();
      const known = made.get(key);
      if (known) return known;
      const canvas = document.createElement("canvas");
      const side = Math.ceil((2 * r * 1.3 + 4) * dense);
      canvas.width = canvas.height = side;
      const pen = canvas.getContext("2d");
      if (pen) {
        pen.scale(dense, dense);
        paintMark(pen, mark, inks[mark.ink], inks.paper, side / dense / 2, side / dense / 2, r);
      }
      made.set(key, canvas);
      return canvas;
    },
  };
}

/** Points get smaller where there are many of them. @param {number} count */
export const radiusFor = (count) => (count > 2500 ? 2.6 : count > 800 ? 3.3 : count > 250 ? 4.2 : 5.2);
/** Ink by steps, so that few stamps are needed. @param {number} tint */
const tintStep = (tint) => Math.round(Math.min(1, Math.max(0, tint)) * 5) / 5;

/**
 * @param {CanvasRenderingContext2D} pen scaled to CSS pixels
 * @param {{data: ScatterData, marks: ScatterMarks, screen: Float32Array, size: {width: number, height: number}, inks: Inks, dense: number, stamp: ReturnType<typeof stamps>, widths: Map<string, number>, labels: boolean}} scene
 */
export function drawScatter(pen, scene) {
  const { data, marks, screen, size, inks, dense } = scene;
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.fillStyle = inks.paper;
  pen.fillRect(0, 0, size.width, size.height);
  lines(pen, scene);
  dots(pen, scene);
  const r = radiusFor(data.names.length);
  pen.lineWidth = 1.6;
  pen.strokeStyle = inks.ink;
  for (const at of [...marks.matches, ...marks.near]) ring(pen, screen, at, r + 4);
  if (marks.over >= 0 && marks.over !== marks.chosen) ring(pen, screen, marks.over, r + 3);
  if (marks.chosen >= 0) chosen(pen, scene, r);
  if (scene.labels) names(pen, scene, r);
  pen.strokeStyle = inks.edge;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0.5, 0);
  pen.lineTo(0.5, size.height - 0.5);
  pen.lineTo(size.width, size.height - 0.5);
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {Float32Array} screen @param {number} at @param {number} r */
function ring(pen, screen, at, r) {
  pen.beginPath();
  pen.arc(screen[2 * at], screen[2 * at + 1], r, 0, 2 * Math.PI);
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {Parameters<typeof drawScatter>[1]} scene */
function lines(pen, { data, marks, screen, inks }) {
  pen.lineWidth = 1;
  pen.strokeStyle = inks.rule;
  pen.beginPath();
  for (const [a, b] of data.links) {
    pen.moveTo(screen[2 * a], screen[2 * a + 1]);
    pen.lineTo(screen[2 * b], screen[2 * b + 1]);
  }
  pen.stroke();
  if (marks.chosen < 0) return;
  pen.strokeStyle = inks["ink-3"];
  pen.beginPath();
  for (const at of marks.near) {
    pen.moveTo(screen[2 * marks.chosen], screen[2 * marks.chosen + 1]);
    pen.lineTo(screen[2 * at], screen[2 * at + 1]);
  }
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {Parameters<typeof drawScatter>[1]} scene */
function dots(pen, { data, marks, screen, size, inks, dense, stamp }) {
  const base = radiusFor(data.names.length);
  if (data.names.length > CROWD && !data.faces) return crowd(pen, { data, marks, screen, size, inks }, base);
  const dims = marks.selected.size > 0;
  const stampOf = MARKS.map((mark) => stamp.of(mark, inks, base, dense));
  const plain = stamp.of(PLAIN, inks, base, dense);
  for (let at = 0; at < data.names.length; at++) {
    const x = screen[2 * at], y = screen[2 * at + 1];
    if (x < -30 || y < -30 || x > size.width + 30 || y > size.height + 30) continue;
    if (dims) pen.globalAlpha = marks.selected.has(at) ? 1 : FAINT;
    const face = data.faces?.[at];
    if (face) {
      const side = data.names.length > 120 ? 20 : 30;
      pen.drawImage(face, x - side / 2, y - side / 2, side, side);
      continue;
    }
    const group = data.groups[at];
    let image = group === null ? plain : (stampOf[group] ?? plain);
    if (data.tints) {
      const tint = tintStep(data.tints[at]);
      image = stamp.of({ shape: "circle", ink: "ink", hollow: tint === 0 }, inks, base * (0.55 + 0.85 * tint), dense);
      if (!dims) pen.globalAlpha = 0.45 + 0.55 * tint;
    }
    const side = image.width / dense;
    pen.drawImage(image, x - side / 2, y - side / 2, side, side);
  }
  pen.globalAlpha = 1;
}

/**
 * Thousands of marks: one outline for all that look alike costs a fraction of as many stamps.
 * @param {CanvasRenderingContext2D} pen @param {Pick<Parameters<typeof drawScatter>[1], "data" | "marks" | "screen" | "size" | "inks">} scene @param {number} r
 */
function crowd(pen, { data, marks, screen, size, inks }, r) {
  /** @type {Map<string, {mark: import("./marks.js").Mark, r: number, alpha: number, points: number[]}>} */
  const alike = new Map();
  for (let at = 0; at < data.names.length; at++) {
    const x = screen[2 * at], y = screen[2 * at + 1];
    if (x < -9 || y < -9 || x > size.width + 9 || y > size.height + 9) continue;
    const faint = marks.selected.size > 0 && !marks.selected.has(at);
    const group = data.groups[at];
    const tint = data.tints ? tintStep(data.tints[at]) : -1;
    const key = `${tint < 0 ? group : `t${tint}`}${faint}`;
    let same = alike.get(key);
    if (!same) {
      const mark = tint < 0 ? (group === null ? PLAIN : (MARKS[group] ?? PLAIN)) : /** @type {import("./marks.js").Mark} */ ({ shape: "circle", ink: "ink", hollow: tint === 0 });
      alike.set(key, (same = { mark, r: tint < 0 ? r : r * (0.55 + 0.85 * tint), alpha: faint ? FAINT : tint < 0 ? 1 : 0.45 + 0.55 * tint, points: [] }));
    }
    same.points.push(at);
  }
  for (const { mark, r: radius, alpha, points } of alike.values()) {
    const stroked = mark.hollow || mark.shape === "plus" || mark.shape === "cross";
    pen.globalAlpha = alpha;
    pen.fillStyle = pen.strokeStyle = inks[mark.ink];
    pen.lineWidth = 1.2;
    pen.beginPath();
    points.forEach((at, place) => {
      outline(pen, mark.shape, screen[2 * at], screen[2 * at + 1], stroked ? radius - 0.5 : radius);
      // Very long outlines take more than their share of time.
      if (place % BATCH < BATCH - 1) return;
      if (stroked) pen.stroke();
      else pen.fill();
      pen.beginPath();
    });
    if (stroked) pen.stroke();
    else pen.fill();
  }
  pen.globalAlpha = 1;
}

/** The one ember of the map. @param {CanvasRenderingContext2D} pen @param {Parameters<typeof drawScatter>[1]} scene @param {number} r */
function chosen(pen, { data, marks, screen, inks }, r) {
  const at = marks.chosen, x = screen[2 * at], y = screen[2 * at + 1];
  if (data.faces?.[at]) {
    pen.strokeStyle = inks.ember;
    pen.lineWidth = 3;
    return pen.strokeRect(x - 17.5, y - 17.5, 35, 35);
  }
  const group = data.tints ? null : data.groups[at];
  const mark = { ...(group === null ? PLAIN : (MARKS[group] ?? PLAIN)), hollow: false };
  paintMark(pen, mark.shape === "dot" ? { shape: "circle", ink: "ink" } : mark, inks.ember, inks.paper, x, y, Math.max(r * 1.35, 5));
}

/** @param {CanvasRenderingContext2D} pen @param {string} font @param {string} text @param {Map<string, number>} widths */
function widthOf(pen, font, text, widths) {
  const key = font + text;
  let width = widths.get(key);
  if (width === undefined) widths.set(key, (width = pen.measureText(text).width));
  return width;
}

/** @param {string} name */
const short = (name) => (name.length > 34 ? `${name.slice(0, 32).trimEnd()}…` : name);

/** Chosen, pointed at, near, found, selected; then groups; then everybody else where there is room. @param {CanvasRenderingContext2D} pen @param {Parameters<typeof drawScatter>[1]} scene @param {number} r */
function names(pen, scene, r) {
  const { data, marks, screen, size, inks, widths } = scene;
  const taken = occupied();
  const count = data.names.length;
  /** @type {Map<number, import("./scatter-view.js").Box>} */
  const own = new Map();
  const half = (/** @type {number} */ at) => (data.faces?.[at] ? 17 : r + 1);
  /** @type {number[]} */
  const inSight = [];
  for (let at = 0; at < count; at++) {
    const x = screen[2 * at], y = screen[2 * at + 1];
    if (x >= 0 && y >= 0 && x <= size.width && y <= size.height) inSight.push(at);
  }
  if (inSight.length <= SPARSE) {
    for (const at of inSight) {
      const x = screen[2 * at], y = screen[2 * at + 1];
      const box = { left: x - half(at), right: x + half(at), top: y - half(at), bottom: y + half(at) };
      own.set(at, box);
      taken.take(box);
    }
  }
  const plain = `400 13px ${inks.font}`, bold = `600 13px ${inks.font}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.lineJoin = "round";
  /** @param {string} text @param {[number, number]} place @param {string} font @param {string} colour @param {Parameters<typeof placeLabel>[5]} how */
  function write(text, place, font, colour, how) {
    pen.font = font;
    const box = placeLabel(taken, size, place, widthOf(pen, font, text, widths) + 2, 16, how);
    if (!box) return false;
    taken.take(box);
    pen.lineWidth = 3.5;
    pen.strokeStyle = inks.paper;
    pen.strokeText(text, box.left + 1, box.top + 8.5);
    pen.fillStyle = colour;
    pen.fillText(text, box.left + 1, box.top + 8.5);
    return true;
  }
  /** @param {number} at @param {string} font @param {string} colour @param {boolean} must */
  const point = (at, font, colour, must) => {
    const x = screen[2 * at], y = screen[2 * at + 1];
    if (x < 0 || y < 0 || x > size.width || y > size.height) return false;
    return write(short(data.names[at]), [x, y], font, colour, { away: half(at) + (marks.near.includes(at) || marks.matches.has(at) ? 6 : 3), own: own.get(at), must });
  };
  const said = new Set();
  /** @param {Iterable<number>} points @param {string} font @param {string} colour @param {boolean} must @param {number} most */
  function say(points, font, colour, must, most) {
    let tried = 0, drawn = 0;
    for (const at of points) {
      if (said.has(at)) continue;
      if (++tried > TRIED || drawn >= most) return;
      if (!point(at, font, colour, must)) continue;
      said.add(at);
      drawn += 1;
    }
  }
  if (marks.chosen >= 0) say([marks.chosen], bold, inks.ember, true, 1);
  if (marks.over >= 0) say([marks.over], bold, inks.ink, true, 1);
  say(marks.matches, bold, inks.ink, false, 40);
  groupNames(scene, write);
  say(marks.near, plain, inks.ink, false, 30);
  const rest = marks.selected.size ? marks.selected : inSight.length > CROWD ? [] : inSight;
  say(rest, plain, marks.selected.size ? inks.ink : inks["ink-2"], false, count > CROWD ? DRAWN_IN_CROWD : DRAWN);
}

/** A group's name stands beside its points, behind its mark: direct labels, no legend. @param {Parameters<typeof drawScatter>[1]} scene @param {(text: string, place: [number, number], font: string, colour: string, how: Parameters<typeof placeLabel>[5]) => boolean} write */
function groupNames({ data, screen, inks, size }, write) {
  if (data.tints) return;
  /** @type {[number[], number[]][]} */
  const places = data.groupNames.map(() => [[], []]);
  data.groups.forEach((group, at) => {
    if (group === null || !places[group]) return;
    const x = screen[2 * at], y = screen[2 * at + 1];
    if (x < 0 || y < 0 || x > size.width || y > size.height) return;
    places[group][0].push(x);
    places[group][1].push(y);
  });
  places.forEach(([xs, ys], group) => {
    if (!xs.length) return;
    const mark = MARKS[group] ?? PLAIN;
    const text = `${GLYPHS[mark.shape][mark.hollow ? 1 : 0]} ${data.groupNames[group]}`;
    const colour = mark.ink === "ochre" ? inks.ink : inks[mark.ink];
    for (const place of aroundGroup(xs, ys)) if (write(text, place, `600 14px ${inks.font}`, colour, { away: 10 })) return;
  });
}

/** Full, and hollow. @type {Record<import("./marks.js").Shape, [string, string]>} */
const GLYPHS = { circle: ["●", "○"], square: ["■", "□"], triangle: ["▲", "△"], diamond: ["◆", "◇"], plus: ["+", "+"], down: ["▼", "▽"], cross: ["×", "×"], dot: ["·", "·"] };

const RINGS = [12, 24, 38, 54, 74];
/** Of a large group, so many points find its middle. */
const SAMPLED = 60;

/** Around the point that is nearest to all of its group, nearest places first: outliers do not count. @param {number[]} xs @param {number[]} ys @returns {[number, number][]} */
function aroundGroup(xs, ys) {
  const step = Math.max(1, Math.floor(xs.length / SAMPLED));
  let best = 0, least = Infinity;
  for (let at = 0; at < xs.length; at += step) {
    let sum = 0;
    for (let other = 0; other < xs.length; other += step) sum += Math.hypot(xs[at] - xs[other], ys[at] - ys[other]);
    if (sum < least) [best, least] = [at, sum];
  }
  const x = xs[best], y = ys[best];
  return RINGS.flatMap((r) => /** @type {[number, number][]} */ ([[x, y - r], [x, y + r], [x + r, y], [x - r, y], [x + r, y - r], [x - r, y - r], [x + r, y + r], [x - r, y + r]]));
}
