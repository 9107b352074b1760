// A mask as the list of what was done to it, so that any of it can be taken back. It knows nothing of
// pointers or pages; coordinates are pixels of the picture.

const FINE = 4;
const MOST_SIDE = 1024;
const MOST_ACTS = 400;

/**
 * @typedef {{kind: "stroke", erase: boolean, size: number, points: [number, number][]}} Stroke
 * @typedef {{kind: "rectangle" | "ellipse", erase: boolean, x: number, y: number, w: number, h: number}} Shape
 * @typedef {Stroke | Shape | {kind: "invert"} | {kind: "clear"}} Act
 */

/** @param {number} width @param {number} height */
export function createMask(width, height) {
  const fine = Math.min(FINE, MOST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * fine);
  canvas.height = Math.round(height * fine);
  const top = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  /** What can no longer be taken back. */
  const base = document.createElement("canvas");
  base.width = canvas.width;
  base.height = canvas.height;
  const below = /** @type {CanvasRenderingContext2D} */ (base.getContext("2d"));
  /** @type {Act[]} */
  let done = [];
  /** @type {Act[]} */
  let undone = [];

  /** @param {Act} act @param {CanvasRenderingContext2D} [pen] */
  function apply(act, pen = top) {
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.globalCompositeOperation = "source-over";
    pen.fillStyle = pen.strokeStyle = "#fff";
    if (act.kind === "clear") return pen.clearRect(0, 0, canvas.width, canvas.height);
    if (act.kind === "invert") {
      pen.globalCompositeOperation = "xor";
      return pen.fillRect(0, 0, canvas.width, canvas.height);
    }
    pen.globalCompositeOperation = act.erase ? "destination-out" : "source-over";
    pen.scale(fine, fine);
    pen.beginPath();
    if (act.kind === "stroke") {
      const [first, ...rest] = act.points;
      pen.lineCap = pen.lineJoin = "round";
      pen.lineWidth = act.size;
      if (rest.length) {
        pen.moveTo(...first);
        for (const point of rest) pen.lineTo(...point);
        return pen.stroke();
      }
      pen.arc(...first, act.size / 2, 0, 7);
    } else if (act.kind === "rectangle") pen.rect(act.x, act.y, act.w, act.h);
    else pen.ellipse(act.x + act.w / 2, act.y + act.h / 2, act.w / 2, act.h / 2, 0, 0, 7);
    pen.fill();
  }

  function again() {
    apply({ kind: "clear" });
    top.globalCompositeOperation = "source-over";
    top.drawImage(base, 0, 0);
    for (const act of done) apply(act);
  }

  return {
    canvas, width, height,
    /** @param {Act} act */
    do(act) {
      undone = [];
      done.push(act);
      const oldest = done.length > MOST_ACTS ? done.shift() : null;
      if (oldest) apply(oldest, below);
      apply(act);
    },
    /** The stroke under way grows. @param {[number, number]} point */
    extend(point) {
      const last = done[done.length - 1];
      if (last?.kind !== "stroke") return;
      last.points.push(point);
      apply({ ...last, points: last.points.slice(-2) });
    },
    undo() {
      const act = done.pop();
      if (!act) return;
      undone.push(act);
      again();
    },
    redo() {
      const act = undone.pop();
      if (!act) return;
      done.push(act);
      apply(act);
    },
    get canUndo() { return done.length > 0; },
    get canRedo() { return undone.length > 0; },
    /** Share of the picture that is marked. */
    share() {
      const { data } = top.getImageData(0, 0, canvas.width, canvas.height);
      let marked = 0;
      for (let at = 3; at < data.length; at += 4) marked += data[at];
      return marked / 255 / (data.length / 4);
    },
    /** White where marked, black elsewhere. @returns {Promise<Uint8Array | null>} */
    async png() {
      const flat = document.createElement("canvas");
      flat.width = canvas.width;
      flat.height = canvas.height;
      const ink = /** @type {CanvasRenderingContext2D} */ (flat.getContext("2d"));
      ink.fillRect(0, 0, flat.width, flat.height);
      ink.drawImage(canvas, 0, 0);
      const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => flat.toBlob(resolve, "image/png"));
      return blob && new Uint8Array(await blob.arrayBuffer());
    },
  };
}
/** @typedef {ReturnType<typeof createMask>} Mask */
