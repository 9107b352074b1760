// A figure under the experiment that shows what the last look at the test part found: drawn while it can
// be seen, and only when something changed.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { saveFigure } from "../ui/figure-png.js";

const DRAW_MILLIS = 400;

/**
 * @param {HTMLElement} place
 * @param {DigitsRoom} room
 * @param {{words: () => {title: string, text: string}, parts: HTMLElement[], png: string, draw: () => void, tell?: () => void}} figure `png`: the name of the
 *   saved picture; `tell`: says in words what was found, also out of sight, where a lesson reads it
 */
export function mountFigure(place, room, { words, parts, png, draw, tell = () => {} }) {
  const caption = h("figcaption", null);
  const note = h("p", { class: "note" });
  const shown = h("div", { class: "digits-figure" }, ...parts);
  const save = h("button", { type: "button", class: "plain", onclick: () => void saveFigure(shown, { name: png, title: words().title, foot: "Kindling" }) });
  const body = h("div", null, shown, h("p", { class: "acts" }, save));
  place.append(caption, note, body);
  let visible = false, timer = 0, drawnMillis = 0;
  /** The look that the words are of. @type {PictureFrame | null} */
  let toldOf = null;
  /** What is on show: the run, and how many looks at its parts there had been. @type {{history: DigitsHistory, looks: number} | null} */
  let drawn = null;

  function show(force = true) {
    timer = 0;
    drawnMillis = performance.now();
    const { frame, history } = room.run;
    const looks = history.epochs.length;
    const there = (frame?.said.length ?? 0) > 0;
    body.hidden = !there;
    note.hidden = there;
    if (force || frame !== toldOf) tell();
    toldOf = frame;
    if (!there || !visible || (!force && drawn?.history === history && drawn.looks === looks)) return;
    drawn = { history, looks };
    draw();
  }
  function soon() {
    if (!timer) timer = window.setTimeout(() => show(false), Math.max(0, DRAW_MILLIS - (performance.now() - drawnMillis)));
  }
  function build() {
    const { title, text } = words();
    fill(caption, h("b", null, title), text);
    note.textContent = t().digits.waits;
    save.textContent = t().acts.png;
    show();
  }
  new IntersectionObserver((entries) => {
    // Of several since the last call, the newest: on a busy page it may have left and come back.
    visible = entries[entries.length - 1].isIntersecting;
    if (visible) show();
  }, { rootMargin: "200px" }).observe(place);
  room.on("fitted", soon);
  room.on("phase", () => show()); // after an early stop it is the best epoch that counts
  for (const event of /** @type {const} */ (["language", "theme"])) room.on(event, build);
  build();
}
