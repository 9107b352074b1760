// Small pictures drawn large: smoothly, at the density of the screen.

/** A picture enlarged smoothly into a canvas of the page. @param {HTMLCanvasElement} target @param {HTMLCanvasElement | null} picture @param {number} side longest, in CSS pixels */
export function enlarge(target, picture, side) {
  const dense = Math.min(2, devicePixelRatio || 1);
  const width = picture?.width ?? 1, height = picture?.height ?? 1;
  const scale = (side * dense) / Math.max(width, height);
  const w = Math.max(1, Math.round(width * scale)), t = Math.max(1, Math.round(height * scale));
  if (target.width !== w || target.height !== t) {
    target.width = w;
    target.height = t;
  }
  const pen = target.getContext("2d");
  if (!pen) return;
  pen.clearRect(0, 0, w, t);
  if (!picture) return;
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, w, t);
}

/** A small canvas of its own for a list. @param {HTMLCanvasElement | null} picture @param {number} side */
export function thumbOf(picture, side) {
  const canvas = document.createElement("canvas");
  canvas.className = "frame";
  canvas.setAttribute("aria-hidden", "true");
  enlarge(canvas, picture, side);
  return canvas;
}
