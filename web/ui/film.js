// A strip of frames with a slider under it: one tick a frame, the ends under the first and the last.
// While frames are still coming, those to come are empty outlines.

import { h } from "../base/dom.js";
import { enlarge } from "./enlarge.js";

const SHOWN = 9;
const SIDE = 88;

/** @param {{id: string, onStep: (at: number) => void}} options */
export function film({ id, onStep }) {
  const frames = h("div", { class: "frames", "aria-hidden": "true" });
  const slider = h("input", { type: "range", id, min: "1", max: "1", step: "1", value: "1" });
  const element = h("div", { class: "strip" }, frames, slider);
  /** What each cell shows, so that it is painted once. @type {(HTMLCanvasElement | null)[]} */
  let painted = [];
  /** Frame under each cell. @type {number[]} */
  let places = [];
  slider.addEventListener("input", () => onStep(Number(slider.value) - 1));
  frames.addEventListener("click", (event) => {
    const at = [...frames.children].indexOf(/** @type {Element} */ (event.target));
    if (at >= 0 && places[at] !== undefined) onStep(places[at]);
  });

  /** @param {number} total */
  function lay(total) {
    const cells = Math.min(SHOWN, total);
    places = Array.from({ length: cells }, (_, at) => (cells > 1 ? Math.round((at * (total - 1)) / (cells - 1)) : 0));
    if (frames.children.length === cells) return;
    frames.replaceChildren(...places.map(() => h("canvas", null)));
    painted = places.map(() => null);
    element.style.setProperty("--cells", String(Math.max(1, cells)));
  }

  return {
    element,
    slider,
    /** @param {{pictures: HTMLCanvasElement[], total: number, at: number, label: string, words: string}} data `pictures` as far as they are there */
    set({ pictures, total, at, label, words }) {
      lay(total);
      let on = 0;
      places.forEach((place, cell) => {
        const canvas = /** @type {HTMLCanvasElement} */ (frames.children[cell]);
        const picture = pictures[place] ?? null;
        if (painted[cell] !== picture) {
          enlarge(canvas, picture, SIDE);
          painted[cell] = picture;
        }
        canvas.classList.toggle("coming", !picture);
        if (Math.abs(place - at) < Math.abs(places[on] - at)) on = cell;
      });
      [...frames.children].forEach((canvas, cell) => canvas.classList.toggle("on", cell === on && pictures.length > 0));
      element.style.setProperty("--ticks", String(Math.max(1, total - 1)));
      slider.max = String(Math.max(1, total));
      slider.value = String(at + 1);
      slider.disabled = pictures.length < 2;
      slider.setAttribute("aria-label", label);
      slider.setAttribute("aria-valuetext", words);
    },
  };
}
