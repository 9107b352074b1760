// The pad: a digit is drawn, or an example is taken and moved, and the network that is being trained reads
// it again and again. Beside it the ten shares, and the 28 × 28 numbers that the network is given.

import { h } from "../base/dom.js";
import { percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { colours } from "../ui/colours.js";
import { checkField } from "../ui/number-field.js";
import { inkStrokes, paintDigit, shift } from "./digits-paint.js";
import { withPad } from "./digits-reader.js";
import { DIGITS, largest, MAX_SHIFT } from "./digits-settings.js";

/** Points of a stroke that lie nearer are one, in 1/255 of the pad. */
const NEAR = 4;
const MOVES = /** @type {const} */ ([["ArrowLeft", -1, 0, "←"], ["ArrowUp", 0, -1, "↑"], ["ArrowDown", 0, 1, "↓"], ["ArrowRight", 1, 0, "→"]]);

/** @param {DigitsRoom} room @returns {HTMLElement} */
export function mountPad(room) {
  const { store, run } = room;
  const core = withPad(room);
  const canvas = h("canvas", { id: "digits-pad", role: "img", class: "pad" });
  const seen = h("canvas", { id: "digits-seen", role: "img", class: "digit seen" });
  const seenNote = h("p", { class: "note" });
  const clear = h("button", { type: "button", class: "plain small", id: "digits-clear", onclick: () => store.set({ strokes: [], example: null, dx: 0, dy: 0 }) });
  const next = h("button", { type: "button", class: "plain small", id: "digits-example", onclick: takeNext });
  const arrows = MOVES.map(([key, dx, dy, sign]) => h("button", { type: "button", class: "move", "data-key": key, onclick: () => move(dx, dy) }, sign));
  const moves = h("div", { class: "moves", role: "group", id: "digits-moves", "data-not-saved": "" }, ...arrows);
  const centred = checkField({ id: "digits-centred", changed: (on) => store.set({ centred: on }) });
  centred.element.dataset.notSaved = "";
  const says = h("p", { class: "pad-says", id: "digits-says" });
  const rows = DIGITS.map((digit) => {
    const bar = h("i", null), share = h("span", { class: "val" });
    return { bar, share, row: h("li", null, h("b", null, digit), h("span", { class: "bar" }, bar), share) };
  });
  const shares = h("ol", { class: "ten", id: "digits-shares" }, ...rows.map(({ row }) => row));

  function takeNext() {
    const count = run.split?.test.length ?? 0;
    if (count) store.set({ example: store.state.example === null ? 0 : (store.state.example + 1) % count, dx: 0, dy: 0 });
  }
  /** @param {number} dx @param {number} dy */
  function move(dx, dy) {
    const { state } = store;
    const held = (/** @type {number} */ value) => Math.min(MAX_SHIFT, Math.max(-MAX_SHIFT, value));
    if (state.example !== null) store.set({ dx: held(state.dx + dx), dy: held(state.dy + dy) }, { group: "move" });
    else store.set({ strokes: moved(state.strokes, dx, dy) }, { group: "move" });
  }
  moves.addEventListener("keydown", (event) => {
    const found = MOVES.find(([key]) => key === event.key);
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(found[1], found[2]);
  });

  // ── what is drawn ──
  let side = 0;
  function drawPad() {
    const dense = Math.max(1, devicePixelRatio);
    const whole = Math.round(side * dense);
    if (!whole) return;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    if (canvas.width !== whole) canvas.width = canvas.height = whole;
    pen.clearRect(0, 0, whole, whole);
    const taken = core.example();
    if (taken) {
      const small = h("canvas", null);
      paintDigit(small, shift(taken.pixels, store.state.dx, store.state.dy));
      pen.imageSmoothingEnabled = false;
      pen.drawImage(small, 0, 0, whole, whole);
    } else {
      pen.strokeStyle = colours().ink;
      inkStrokes(pen, core.strokes(), whole);
    }
    const words = t().digits.pad;
    canvas.setAttribute("aria-label", taken ? words.example(taken.label) : core.strokes().length ? words.drawn : words.empty);
    canvas.toggleAttribute("data-empty", !taken && !core.strokes().length);
    clear.disabled = !taken && !core.strokes().length;
    next.disabled = !run.split?.test.length;
    for (const arrow of arrows) arrow.disabled = clear.disabled;
  }

  let said = "";
  function drawReading() {
    const words = t().digits.pad;
    const { reading, label } = room.pad;
    const given = room.pad.seen;
    const best = reading ? largest(reading.probabilities) : -1;
    rows.forEach(({ bar, share, row }, digit) => {
      const value = reading?.probabilities[digit] ?? null;
      bar.style.setProperty("width", `${(value ?? 0) * 100}%`);
      share.textContent = value === null ? "" : percent(value);
      row.classList.toggle("top", digit === best);
      row.classList.toggle("truth", digit === label);
    });
    shares.setAttribute("aria-label", words.shares);
    says.textContent = !given ? words.invite : !reading ? words.waits : label === null ? words.says(best) : words.saysOf(best, label);
    seen.hidden = !given;
    if (given) paintDigit(seen, given);
    seen.setAttribute("aria-label", words.seenLabel);
    seenNote.textContent = given ? words.seen(store.state.centred) : "";
    // Only what rests is read out: the network changes its mind many times a second.
    if (run.phase === "running" || says.textContent === said) return;
    said = says.textContent ?? "";
    live.textContent = said;
  }
  const live = h("p", { class: "hidden", role: "status" });

  function build() {
    const words = t().digits.pad;
    clear.textContent = words.clear;
    next.textContent = words.next;
    moves.setAttribute("aria-label", words.move);
    arrows.forEach((arrow, at) => arrow.setAttribute("aria-label", words.moves[at]));
    centred.set(words.centred, store.state.centred);
    drawPad();
    drawReading();
  }
  listenForPen(canvas, core, drawPad);
  new ResizeObserver(([{ contentRect }]) => {
    side = contentRect.width;
    drawPad();
  }).observe(canvas);
  store.onChange((changed) => {
    if (changed.has("centred")) centred.set(t().digits.pad.centred, store.state.centred);
    drawPad();
  });
  for (const event of /** @type {const} */ (["data", "theme"])) room.on(event, drawPad);
  for (const event of /** @type {const} */ (["read", "theme", "phase"])) room.on(event, drawReading);
  room.on("language", build);
  build();
  return h("div", { class: "pad-side", id: "digits-draw" }, canvas, h("div", { class: "pad-read" }, says, shares),
    h("div", { class: "pad-tools" }, h("div", { class: "pad-acts", "data-not-saved": "" }, clear, next), moves, h("div", { class: "pad-seen" }, seen, h("div", null, seenNote, centred.element)), live));
}

/** Strokes moved by one pixel of the 28 × 28 picture, inside the pad. @param {number[][]} strokes @param {number} dx @param {number} dy */
function moved(strokes, dx, dy) {
  const step = 255 / 28;
  const to = strokes.map((stroke) => stroke.map((value, at) => Math.round(value + (at % 2 ? dy : dx) * step)));
  return to.every((stroke) => stroke.every((value) => value >= 0 && value <= 255)) ? to : strokes;
}

/** @param {HTMLCanvasElement} canvas @param {ReturnType<typeof withPad>} core @param {() => void} drawn */
function listenForPen(canvas, core, drawn) {
  /** @type {number[] | null} */
  let stroke = null;
  /** @param {PointerEvent} event @returns {[number, number]} */
  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    const at = (/** @type {number} */ value, /** @type {number} */ size) => Math.round(Math.min(1, Math.max(0, value / size)) * 255);
    return [at(clientX - box.left, box.width), at(clientY - box.top, box.height)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = place(event);
    core.draw(stroke);
    drawn();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || !event.isPrimary) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length ? between : [event]) {
      const [x, y] = place(one);
      if (Math.hypot(x - stroke[stroke.length - 2], y - stroke[stroke.length - 1]) >= NEAR) stroke.push(x, y);
    }
    core.draw(stroke);
    drawn();
  });
  const finish = () => {
    if (!stroke) return;
    stroke = null;
    core.done();
    drawn();
  };
  canvas.addEventListener("pointerup", finish);
  canvas.addEventListener("pointercancel", finish);
}
