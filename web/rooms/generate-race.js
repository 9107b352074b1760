// Fig. 3.4: the same noise, the same words, several samplers. Each fills its lane, one after the other.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { thumbOf } from "../ui/enlarge.js";
import { pngButton } from "../ui/figure-png.js";
import { RACE, SAMPLER_NAMES, SAMPLERS } from "./generate-settings.js";
import { about } from "./generate-state.js";
import { debounced } from "./room.js";

const CELLS = 8;
const SIDE = 72;

/** @param {HTMLElement} figure @param {GenerateRoom} room */
export function mountRace(figure, room) {
  const { store } = room;
  const caption = h("figcaption", null);
  const choice = h("fieldset", { class: "choices", id: "race-samplers" });
  const note = h("p", { class: "note", id: "race-note" });
  const go = h("button", { type: "button", class: "go second", id: "race-run", onclick: () => (controller ? stop() : void run()) });
  const lanes = h("ol", { class: "lanes", id: "lanes" });
  const acts = h("div", { class: "acts" });
  /** @type {AbortController | null} */
  let controller = null;
  /** @type {Map<SamplerName, GenerateRun>} */
  let results = new Map();
  /** @type {SamplerName[]} */
  let lined = [];

  const stop = () => controller?.abort();
  const optionsFor = (/** @type {SamplerName} */ sampler) => room.options({ sampler, karras: store.state.karras && SAMPLERS[sampler].karras, eta: SAMPLERS[sampler].eta ? store.state.eta : 0, batch: 1, panels: false });

  async function run() {
    if (!room.ready || store.state.race.length < RACE.least) return;
    const own = (controller = new AbortController());
    lined = [...store.state.race];
    results = new Map();
    draw();
    for (const sampler of lined) {
      const done = await room.compute("race", optionsFor(sampler), own.signal, (run) => {
        results.set(sampler, run);
        drawLane(sampler);
      });
      if (!done || own.signal.aborted) break;
      results.set(sampler, done);
      drawLane(sampler);
      if (done.phase === "failed") break;
    }
    if (controller === own) controller = null;
    own.abort();
    draw();
  }

  /** @param {SamplerName} sampler */
  function lane(sampler) {
    const words = t().generate.race;
    const run = results.get(sampler);
    const total = run?.plan?.evaluations ?? CELLS;
    const frames = run?.frames ?? [];
    const count = Math.min(CELLS, total);
    const places = Array.from({ length: count }, (_, at) => Math.round(((at + 1) * total) / count) - 1);
    const last = run?.images[0] ?? null;
    const state = !run ? words.waits : run.phase === "running" ? t().generate.run.progress(frames.length, total) : run.phase === "done" ? words.took(total, t().duration(run.millis)) : run.phase === "failed" ? words.failed : words.stopped;
    const cells = places.map((place, at) => thumbOf((at === count - 1 && last) || (frames[place]?.images[0] ?? null), SIDE));
    cells.forEach((cell, at) => cell.classList.toggle("coming", !frames[places[at]]));
    return h("li", { "data-sampler": sampler }, h("p", { class: "lane-name" }, h("b", null, SAMPLERS[sampler].title), h("span", { class: "note" }, state)),
      h("button", { type: "button", class: "lane", disabled: !frames.length, "aria-label": words.show(SAMPLERS[sampler].title), onclick: () => { if (run) room.show(run); } }, ...cells));
  }
  /** @param {SamplerName} sampler */
  function drawLane(sampler) {
    const at = lined.indexOf(sampler);
    if (lanes.children[at]) lanes.children[at].replaceWith(lane(sampler));
  }

  function drawFoot() {
    const words = t().generate.race;
    const { race } = store.state;
    const few = race.length < RACE.least;
    go.textContent = controller ? t().cancel : words.run;
    go.disabled = !controller && (few || !room.ready);
    const all = race.map((sampler) => room.estimate(optionsFor(sampler)));
    const millis = all.reduce((sum, one) => sum + one.millis, 0), passes = all.reduce((sum, one) => sum + one.evaluations, 0);
    note.textContent = few ? words.few : !room.ready ? "" : words.estimate(passes, about(millis), all.every(({ measured }) => measured));
    for (const input of choice.querySelectorAll("input")) {
      input.checked = race.includes(/** @type {SamplerName} */ (input.value));
      input.disabled = !input.checked && race.length >= RACE.most;
    }
  }

  function draw() {
    const words = t().generate.race;
    fill(caption, h("b", null, words.title), words.text);
    fill(lanes, ...lined.map(lane));
    lanes.hidden = !lined.length;
    fill(acts, lined.length && !controller ? pngButton("race-png", () => ({ element: lanes, title: `${words.title}  ${results.get(lined[0])?.options.prompt ?? ""}` }), "kindling-race.png") : null);
    drawFoot();
  }

  function build() {
    const words = t().generate.race;
    fill(choice, h("legend", { class: "lbl" }, words.choose(RACE.least, RACE.most)), ...SAMPLER_NAMES.map((name) => h("label", { class: "option" }, h("input", { type: "checkbox", value: name, onchange: choose }), h("span", null, SAMPLERS[name].title))));
    draw();
  }
  function choose() {
    const race = [...choice.querySelectorAll("input")].filter(({ checked }) => checked).map(({ value }) => /** @type {SamplerName} */ (value));
    store.set({ race: race.slice(0, RACE.most) });
  }

  figure.dataset.runs = "";
  figure.addEventListener("kindling-run", () => void run());
  figure.append(caption, choice, h("div", { class: "acts" }, go, note), lanes, acts);
  room.on("cancel", stop);
  store.onChange(debounced(drawFoot, 60));
  for (const event of /** @type {const} */ (["ready", "waiting", "run-ended"])) room.on(event, debounced(drawFoot, 60));
  room.on("language", build);
  build();
}
