// Fig. 3.1: the picture, and the film of how it came about.

import { fill, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { enlarge, thumbOf } from "../ui/enlarge.js";
import { film } from "../ui/film.js";
import { saveFilm, savePicture } from "./generate-png.js";
import { SAMPLERS } from "./generate-settings.js";

const STAGE = 448;
const FRAME_MILLIS = 180, CALM_MILLIS = 600;

/** @param {HTMLElement} figure @param {GenerateRoom} room @param {HTMLElement} knobs stand beside the picture */
export function mountFilm(figure, room, knobs) {
  const stage = h("canvas", { class: "stage", id: "stage", role: "img" });
  const caption = h("figcaption", null);
  const number = h("p", { class: "step-number" });
  const mark = h("p", { class: "note recorded-mark" });
  const readings = h("dl", { class: "readings-list", id: "frame-readings" });
  const batch = h("div", { class: "batch", role: "group", id: "batch" });
  const play = h("button", { type: "button", class: "plain", id: "film-play", onclick: () => (timer ? stop() : start()) });
  const save = h("button", { type: "button", class: "plain", id: "save-png", onclick: () => { if (room.shown) void savePicture(room, room.shown, room.picture); } });
  const saveAll = h("button", { type: "button", class: "plain", id: "save-film", onclick: () => { if (room.shown) void saveFilm(room, room.shown, room.picture); } });
  const strip = film({ id: "film-step", onStep: (at) => { stop(); room.lookAt(at); } });
  let timer = 0;

  function start() {
    const frames = room.shown?.frames.length ?? 0;
    if (frames < 2) return;
    if (room.step >= frames - 1) room.lookAt(0);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    timer = window.setInterval(() => {
      room.lookAt(room.step + 1);
      if (room.step >= (room.shown?.frames.length ?? 0) - 1) stop();
    }, calm ? CALM_MILLIS : FRAME_MILLIS);
    drawActs();
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    drawActs();
  }

  /** The finished picture in the last frame's place, the frame elsewhere. @param {GenerateRun} run */
  function pictures(run) {
    const at = Math.min(room.picture, run.options.batch - 1);
    const list = run.frames.map((frame) => frame.images[at] ?? frame.images[0]);
    if (run.images[at] && list.length) list[list.length - 1] = run.images[at];
    else if (run.images[at]) list.push(run.images[at]);
    return list;
  }

  function drawActs() {
    const words = t().generate.film;
    const run = room.shown;
    play.textContent = timer ? words.stop : words.play;
    play.disabled = (run?.frames.length ?? 0) < 2;
    save.textContent = t().acts.png;
    save.disabled = !run?.images.length;
    saveAll.textContent = words.save;
    saveAll.disabled = (run?.frames.length ?? 0) < 2;
  }

  function draw() {
    const words = t().generate.film;
    const run = room.shown;
    const list = run ? pictures(run) : [];
    const passesAll = run?.plan?.evaluations ?? list.length;
    // What was broken off shows the frames that did not come as outlines; an old film that was let go does not.
    const total = !run ? 0 : run.phase === "done" ? Math.max(1, list.length) : Math.max(1, passesAll, list.length);
    const at = Math.min(room.step, list.length - 1);
    const frame = run?.frames[at] ?? null;
    enlarge(stage, list[at] ?? null, STAGE);
    stage.style.setProperty("--ratio", run ? `${run.options.width} / ${run.options.height}` : "1 / 1");
    figure.classList.toggle("blank", !list.length);
    fill(caption, h("b", null, words.title), run?.kind === "recorded" ? words.recorded(run.options.prompt, run.device, SAMPLERS[run.options.sampler].title) : words.text);
    const passes = run?.plan && run.plan.evaluations !== run.plan.steps - run.plan.first_step;
    const counted = frame && run ? (passes ? words.pass : words.step)(frame.step, passesAll) : null;
    mark.textContent = run?.kind === "recorded" ? words.recordedMark : "";
    fill(number, counted ? h("output", { class: "big", for: "film-step" }, String(frame?.step)) : null, counted ? h("small", null, counted.of) : null);
    const said = frame && run ? words.said(counted?.whole ?? "", print(frame.timestep), frame.noise.toFixed(2)) : words.none;
    fill(readings, ...(frame && run ? [
      [words.timestep, print(frame.timestep)], [words.noise, frame.noise.toFixed(3)], [words.took, t().duration(frame.millis)],
      [words.seed, String(run.options.seed + Math.min(room.picture, run.options.batch - 1))],
    ].map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))) : []));
    strip.element.hidden = !run;
    if (run) strip.set({ pictures: list, total, at: Math.max(0, at), label: words.slider, words: said });
    stage.setAttribute("aria-label", run && list.length ? words.picture(run.options.prompt, said) : words.none);
    drawBatch(run);
    drawActs();
  }

  /** @param {GenerateRun | null} run */
  function drawBatch(run) {
    batch.hidden = !run || run.options.batch < 2;
    if (!run || batch.hidden) return fill(batch);
    const words = t().generate.film;
    const last = run.frames[run.frames.length - 1];
    const held = document.activeElement instanceof HTMLElement && batch.contains(document.activeElement);
    batch.setAttribute("aria-label", words.batch);
    fill(batch, ...Array.from({ length: run.options.batch }, (_, at) => h("button", { type: "button", "aria-pressed": String(at === room.picture), onclick: () => room.pick(at) },
      thumbOf(run.images[at] ?? last?.images[at] ?? null, 56), h("span", null, String(run.options.seed + at)))));
    if (held) /** @type {HTMLElement | null} */ (batch.querySelector("[aria-pressed=true]"))?.focus();
  }

  figure.append(stage, h("div", { class: "beside" }, knobs, h("div", null, mark, number)), strip.element, h("div", { class: "below" }, readings, batch, caption, h("p", { class: "acts" }, play, save, saveAll)));
  for (const event of /** @type {const} */ (["shown", "step"])) room.on(event, draw);
  room.on("shown", stop);
  room.on("frame", () => {
    if (room.shown === room.running) draw();
  });
  for (const event of /** @type {const} */ (["run-ended", "language", "visit"])) room.on(event, draw);
  room.on("leave", stop);
  draw();
}

/** Timesteps may lie between whole ones. @param {number} timestep */
export const print = (timestep) => (Number.isInteger(timestep) ? timestep.toLocaleString(lang() === "zh" ? "zh-CN" : "en") : timestep.toFixed(1));
