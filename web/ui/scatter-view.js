// Where points lie on the screen: fitting, zooming, finding, placing labels. No canvas here.

/**
 * Screen x is `(x − view.x) · scale + width / 2`; y points up on the map and down on the screen.
 * @typedef {{x: number, y: number, scale: number}} View
 * @typedef {{width: number, height: number}} Size
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 */

const MARGIN = { side: 44, top: 26 };
/** How far one can go in and out, against the view that holds everything. */
export const ZOOMS = { least: 0.5, most: 64 };

/** The view that holds everything. @param {Float32Array} positions x and y in turn @param {Size} size @returns {View} */
export function fitView(positions, { width, height }) {
  let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
  for (let at = 0; at + 1 < positions.length; at += 2) {
    left = Math.min(left, positions[at]);
    right = Math.max(right, positions[at]);
    low = Math.min(low, positions[at + 1]);
    high = Math.max(high, positions[at + 1]);
  }
  if (!(right >= left)) return { x: 0, y: 0, scale: 1 };
  const room = { x: Math.max(40, width - 2 * MARGIN.side), y: Math.max(40, height - 2 * MARGIN.top) };
  const scale = Math.min(room.x / (right - left || 1e-9), room.y / (high - low || 1e-9));
  return { x: (left + right) / 2, y: (low + high) / 2, scale: Math.min(scale, 1e9) };
}

/** @param {View} view @param {Size} size @param {number} x @param {number} y @returns {[number, number]} */
export const toScreen = (view, { width, height }, x, y) => [(x - view.x) * view.scale + width / 2, height / 2 - (y - view.y) * view.scale];

/** Zooms about a place on the screen, which stays where it is. @param {View} view @param {Size} size @param {[number, number]} place @param {number} factor @param {number} fitted the scale that holds everything @returns {View} */
export function zoomAt(view, { width, height }, [px, py], factor, fitted) {
  const scale = Math.min(fitted * ZOOMS.most, Math.max(fitted * ZOOMS.least, view.scale * factor));
  const keep = 1 / view.scale - 1 / scale;
  return { x: view.x + (px - width / 2) * keep, y: view.y - (py - height / 2) * keep, scale };
}

/** @param {View} view @param {number} dx @param {number} dy in pixels @returns {View} */
export const panBy = (view, dx, dy) => ({ ...view, x: view.x - dx / view.scale, y: view.y + dy / view.scale });

/** The nearest point within reach of a place, or −1. @param {ArrayLike<number>} screen x and y in turn @param {number} px @param {number} py @param {number} reach */
export function nearestPoint(screen, px, py, reach) {
  let best = -1, least = reach * reach;
  for (let at = 0; at + 1 < screen.length; at += 2) {
    const dx = screen[at] - px, dy = screen[at + 1] - py, distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      best = at / 2;
    }
  }
  return best;
}

/** The point that one reaches by an arrow key: near, and rather ahead than aside. @param {ArrayLike<number>} screen @param {number} from @param {number} dx @param {number} dy */
export function pointTowards(screen, from, dx, dy) {
  let best = from, least = Infinity;
  for (let at = 0; at < screen.length / 2; at++) {
    const x = screen[2 * at] - screen[2 * from], y = screen[2 * at + 1] - screen[2 * from + 1];
    const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (at === from || ahead <= 0) continue;
    const cost = ahead + 2.5 * aside;
    if (cost < least) {
      least = cost;
      best = at;
    }
  }
  return best;
}

/** Points inside a closed outline, by crossings. @param {ArrayLike<number>} screen @param {[number, number][]} outline */
export function pointsInside(screen, outline) {
  /** @type {number[]} */
  const inside = [];
  if (outline.length < 3) return inside;
  for (let point = 0; point < screen.length / 2; point++) {
    const x = screen[2 * point], y = screen[2 * point + 1];
    let odd = false;
    for (let at = 0, before = outline.length - 1; at < outline.length; before = at++) {
      const [ax, ay] = outline[at], [bx, by] = outline[before];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
    }
    if (odd) inside.push(point);
  }
  return inside;
}

const CELL = 48;

/** Boxes on the screen that others must keep off; a grid, so that thousands of questions stay cheap. */
export function occupied() {
  /** @type {Map<number, Box[]>} */
  const cells = new Map();
  /** @param {Box} box @param {(cell: number) => boolean | void} visit true stops */
  function cellsOf(box, visit) {
    for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x++) {
      for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y++) if (visit(x * 4096 + y)) return true;
    }
    return false;
  }
  return {
    /** @param {Box} box */
    take: (box) => void cellsOf(box, (cell) => {
      const boxes = cells.get(cell);
      if (boxes) boxes.push(box);
      else cells.set(cell, [box]);
    }),
    /** @param {Box} box @param {Box} [own] does not count */
    free: (box, own) => !cellsOf(box, (cell) => (cells.get(cell) ?? []).some((other) => other !== own && box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)),
  };
}

/**
 * Right of the mark, left, above, below: the first that is free and on the canvas; null where none is.
 * @param {ReturnType<typeof occupied>} taken @param {Size} size @param {[number, number]} place @param {number} wide @param {number} tall
 * @param {{away: number, own?: Box, must?: boolean}} options `must` takes a place even where there is none
 * @returns {Box | null}
 */
export function placeLabel(taken, { width, height }, [x, y], wide, tall, { away, own, must = false }) {
  const half = tall / 2;
  /** @param {number} left @param {number} top @returns {Box} */
  const box = (left, top) => ({ left, top, right: left + wide, bottom: top + tall });
  const places = [box(x + away, y - half), box(x - away - wide, y - half), box(x - wide / 2, y - away - tall), box(x - wide / 2, y + away)];
  const onCanvas = places.filter(({ left, right, top, bottom }) => left >= 2 && right <= width - 2 && top >= 2 && bottom <= height - 2);
  return onCanvas.find((one) => taken.free(one, own)) ?? (must ? (onCanvas[0] ?? places[0]) : null);
}
