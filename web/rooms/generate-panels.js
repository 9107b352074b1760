// Fig. 3.2: what one step guessed without the prompt, with it, and what guidance makes of the two.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { enlarge } from "../ui/enlarge.js";
import { stateOf } from "./generate-png.js";

const SIDE = 208;
const KINDS = /** @type {const} */ (["unconditional", "conditional", "guided"]);

/** @param {HTMLElement} figure @param {GenerateRoom} room */
export function mountPanels(figure, room) {
  const caption = h("figcaption", null);
  const canvases = KINDS.map((kind) => h("canvas", { id: `panel-${kind}`, role: "img" }));
  const names = KINDS.map(() => h("span", null));
  const trio = h("div", { class: "trio" }, ...KINDS.map((_, at) => h("p", null, canvases[at], names[at])));
  const note = h("p", { class: "note" });
  // The same seed draws the same picture, so what was not kept can still be seen.
  const keep = h("button", { type: "button", class: "go second", id: "panels-on", onclick: () => {
    const run = room.shown;
    if (!run) return;
    room.store.set({ ...stateOf(run, Math.min(room.picture, run.options.batch - 1)), locked: room.store.state.locked, panels: true });
    void room.draw(true);
  } });

  function draw() {
    const words = t().generate.panels;
    const run = room.shown;
    const frame = run?.frames[room.step] ?? null;
    const panels = frame?.panels ?? null;
    fill(caption, h("b", null, words.title), words.text);
    trio.hidden = !panels;
    keep.hidden = !frame || panels !== null || !run || run.options.guidance <= 1 || run.phase === "running";
    keep.textContent = words.keep;
    keep.disabled = !room.ready;
    if (!panels || !run || !frame) {
      note.textContent = !run || !frame ? words.empty : run.options.guidance <= 1 ? words.noGuidance : run.options.panels ? words.empty : words.off;
      return;
    }
    KINDS.forEach((kind, at) => {
      enlarge(canvases[at], panels[kind], SIDE);
      canvases[at].style.setProperty("--ratio", `${run.options.width} / ${run.options.height}`);
      names[at].textContent = words.kinds[kind](String(run.options.guidance));
      canvases[at].setAttribute("aria-label", words.label(words.kinds[kind](String(run.options.guidance)), frame.step));
    });
    note.textContent = words.note(frame.step, String(run.options.guidance));
  }

  figure.append(caption, trio, note, keep);
  for (const event of /** @type {const} */ (["shown", "step", "run-ended", "language", "visit"])) room.on(event, draw);
  room.on("frame", () => {
    if (room.shown === room.running) draw();
  });
  draw();
}
