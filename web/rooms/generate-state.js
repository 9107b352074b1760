// One line under the knobs: before a run what it will take, during it how far it is, after it how it
// ended. It keeps its height, so that nothing below moves.

import { byId, fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { runError } from "./generate-error.js";
import { debounced } from "./room.js";

/** No time left is claimed before this. */
const HONEST_MILLIS = 1500;

/** @param {HTMLElement} body @param {GenerateRoom} room */
export function mountState(body, room) {
  const bar = h("progress", { max: "1", value: 0 });
  const text = h("span", { class: "note", id: "generate-said" });
  const cancel = h("button", { type: "button", class: "plain small", id: "generate-cancel", onclick: () => room.emit("cancel") });
  const recorded = h("button", { type: "button", class: "plain small", id: "show-recorded", onclick: () => room.emit("recorded") });
  const from = h("p", { class: "note from-note", hidden: true });
  const fault = h("div", { id: "generate-fault" });
  const notice = h("div", { id: "generate-notice", role: "status" });
  /** @type {GenerateRun | null} */
  let last = null;

  function draw() {
    const words = t().generate.run;
    const { running } = room;
    cancel.textContent = t().cancel;
    cancel.hidden = !running;
    recorded.textContent = words.recorded;
    recorded.hidden = running !== null;
    drawStart();
    bar.setAttribute("aria-label", words.working);
    bar.classList.toggle("idle", !running);
    if (running) {
      const { plan, done, millis } = running;
      const total = plan?.evaluations ?? 0;
      if (total) bar.value = done / total;
      else bar.removeAttribute("value");
      const left = done && millis > HONEST_MILLIS ? Math.max(1, Math.ceil((millis / done) * (total - done) / 1000)) : 0;
      text.textContent = [running.kind === "draw" ? words.working : words.kinds[running.kind], total ? words.progress(done, total) : "", left ? t().open.left(left) : ""].filter(Boolean).join(t().open.comma);
      return;
    }
    bar.value = 0;
    if (!room.ready) {
      text.textContent = "";
      return;
    }
    const options = room.options();
    const { millis, evaluations, measured } = room.estimate(options);
    const { opened } = room.session.status;
    const device = opened?.device.kind === "webgpu" ? "WebGPU" : "CPU";
    const ended = last && last === room.shown && last.phase === "cancelled" ? words.cancelled(last.frames.length) : last && last === room.shown && last.phase === "done" ? words.done(t().duration(last.millis)) : "";
    text.textContent = [ended, measured ? words.estimate(evaluations, about(millis), device) : words.guess(evaluations, about(millis), device)].filter(Boolean).join(t().generate.space);
  }

  /** What a run will start from is set far below, so it is said here. */
  function drawStart() {
    const words = t().generate.source;
    const { start, strength } = room.store.state;
    const on = start === "picture" && room.source !== null;
    from.hidden = !on;
    if (on) fill(from, words.startsFrom(room.source?.name ?? "", strength.toFixed(2)), h("button", { type: "button", class: "plain small", id: "from-noise", onclick: () => room.store.set({ start: "noise" }) }, words.backToNoise));
  }

  function drawFault() {
    const run = last;
    if (!run?.error || ["panic", "worker", "no_model"].includes(run.error.kind)) return fill(fault);
    const again = { label: t().retry, run: () => room.emit("run") };
    const cpu = { label: t().errors.useCpu, run: () => room.session.open("cpu", "text2image") };
    const onGpu = room.session.status.opened?.bundle === "webgpu";
    fill(fault, runError(run.error, onGpu ? (run.error.kind === "device" ? [cpu, again] : [again, cpu]) : [again]));
  }

  /** @param {GenerateRun | null} run */
  function announce(run) {
    const words = t().generate.run;
    byId("generate-announce").textContent = !run ? "" : run.phase === "running" ? words.working : run.phase === "done" ? words.announce(run.options.prompt, t().duration(run.millis)) : run.phase === "cancelled" ? words.cancelled(run.frames.length) : "";
  }

  const soon = debounced(draw, 60);
  room.on("run-started", () => {
    last = room.running;
    fill(fault);
    fill(notice);
    draw();
    if (last?.kind === "draw") announce(last);
  });
  room.on("frame", draw);
  room.on("run-ended", () => {
    draw();
    drawFault();
    if (last?.kind === "draw") announce(last);
  });
  for (const event of /** @type {const} */ (["ready", "waiting", "source", "shown"])) room.on(event, soon);
  room.store.onChange(soon);
  room.on("language", () => {
    draw();
    drawFault();
  });
  body.append(h("div", { class: "run-state" }, h("p", null, text, recorded, cancel), bar, from), fault, notice);
  draw();
  return {
    /** What was restored or left out, with what can be done about it. @param {string} said @param {{label: string, run: () => void}[]} [actions] */
    notice(said, actions = []) {
      fill(notice, said ? h("p", { class: "note link-note" }, said, ...actions.map(({ label, run }) => h("button", { type: "button", class: "plain small", onclick: run }, label))) : null);
    },
  };
}

/** To the half second below ten, to the second below a minute, then to the half minute. @param {number} millis */
export function about(millis) {
  const words = t().generate.run;
  if (millis < 1000) return words.second;
  if (millis < 60_000) return words.seconds(millis < 10_000 ? Math.round(millis / 500) / 2 : Math.round(millis / 1000));
  return words.minutes(Math.round(millis / 30_000) / 2);
}
