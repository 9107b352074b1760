// Two pictures in one frame with a line between them that can be moved.

import { h } from "../base/dom.js";
import { enlarge } from "./enlarge.js";

const SIDE = 320;

/** @param {string} id */
export function compareSlider(id) {
  const canvas = h("canvas", { role: "img" });
  const slider = h("input", { type: "range", id, min: "0", max: "100", step: "1", value: "50" });
  const left = h("span", null), right = h("span", null);
  const element = h("div", { class: "compare" }, canvas, slider, h("p", { class: "numerals" }, left, right));
  /** @type {{before: HTMLCanvasElement, after: HTMLCanvasElement} | null} */
  let now = null;

  function draw() {
    if (!now) return;
    enlarge(canvas, now.after, SIDE);
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const at = Math.round((canvas.width * Number(slider.value)) / 100);
    if (at > 0) {
      pen.save();
      pen.beginPath();
      pen.rect(0, 0, at, canvas.height);
      pen.clip();
      pen.drawImage(now.before, 0, 0, canvas.width, canvas.height);
      pen.restore();
    }
    if (at > 0 && at < canvas.width) {
      pen.fillStyle = getComputedStyle(canvas).backgroundColor;
      pen.fillRect(at - 2, 0, 4, canvas.height);
    }
  }
  slider.addEventListener("input", draw);
  // The line follows the pointer on the picture too.
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && !event.buttons) return;
    const box = canvas.getBoundingClientRect();
    slider.value = String(Math.round(((event.clientX - box.left) / box.width) * 100));
    draw();
  });

  return {
    element,
    draw,
    /** @param {HTMLCanvasElement} before @param {HTMLCanvasElement} after @param {{label: string, before: string, after: string}} words */
    set(before, after, words) {
      now = { before, after };
      left.textContent = words.before;
      right.textContent = words.after;
      slider.setAttribute("aria-label", words.label);
      canvas.setAttribute("aria-label", words.label);
      draw();
    },
  };
}
