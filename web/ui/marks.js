// Ten marks that differ in shape and colour, so that a group is told without a legend and without colour.

/** @typedef {"circle" | "square" | "triangle" | "diamond" | "plus" | "down" | "cross" | "dot"} Shape */
/** @typedef {{shape: Shape, ink: "steel" | "ink" | "ochre" | "ink-3", hollow?: boolean}} Mark */

/** @type {Mark[]} */
export const MARKS = [
  { shape: "circle", ink: "steel" }, { shape: "square", ink: "ink" }, { shape: "triangle", ink: "ochre" }, { shape: "diamond", ink: "steel", hollow: true }, { shape: "plus", ink: "ink" },
  { shape: "down", ink: "ochre", hollow: true }, { shape: "square", ink: "steel", hollow: true }, { shape: "cross", ink: "ink" }, { shape: "diamond", ink: "ochre" }, { shape: "circle", ink: "ink", hollow: true },
];
/** What has no group, or one beyond the tenth. @type {Mark} */
export const PLAIN = { shape: "dot", ink: "ink-3" };
/** @param {number | null} group */
export const markOf = (group) => (group === null ? PLAIN : (MARKS[group] ?? PLAIN));

/** @param {CanvasRenderingContext2D | Path2D} pen @param {Shape} shape @param {number} x @param {number} y @param {number} r */
export function outline(pen, shape, x, y, r) {
  if (shape === "circle" || shape === "dot") {
    pen.moveTo(x + r, y);
    pen.arc(x, y, shape === "dot" ? r * 0.8 : r, 0, 2 * Math.PI);
  } else if (shape === "square") pen.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
  else if (shape === "plus" || shape === "cross") {
    const reach = r * 1.08, diagonal = reach * Math.SQRT1_2;
    const ends = shape === "plus" ? [[reach, 0], [0, reach]] : [[diagonal, diagonal], [diagonal, -diagonal]];
    for (const [dx, dy] of ends) {
      pen.moveTo(x - dx, y - dy);
      pen.lineTo(x + dx, y + dy);
    }
  } else {
    const corners = { triangle: [[0, -1.15], [1.05, 0.75], [-1.05, 0.75]], down: [[0, 1.15], [1.05, -0.75], [-1.05, -0.75]], diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]] }[shape];
    corners.forEach(([dx, dy], at) => (at ? pen.lineTo(x + dx * r, y + dy * r) : pen.moveTo(x + dx * r, y + dy * r)));
    pen.closePath();
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Mark} mark @param {string} colour @param {string} paper @param {number} x @param {number} y @param {number} r */
export function paintMark(pen, { shape, hollow }, colour, paper, x, y, r) {
  const stroked = hollow || shape === "plus" || shape === "cross";
  const inner = hollow ? r - 0.8 : r;
  pen.beginPath();
  outline(pen, shape, x, y, inner);
  if (stroked) {
    pen.lineWidth = shape === "plus" || shape === "cross" ? r * 0.5 : Math.max(1.4, r * 0.34);
    pen.strokeStyle = colour;
    if (hollow) {
      pen.fillStyle = paper;
      pen.fill();
    }
    pen.stroke();
  } else {
    pen.fillStyle = colour;
    pen.fill();
  }
}
