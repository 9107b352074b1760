// Fig. 3.5: any two knobs against each other, from one seed. The values are listed by hand; how many
// pictures that makes, and how long they take, is said before the start.

import { MAX_CELLS } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { thumbOf } from "../ui/enlarge.js";
import { onSettled, setField } from "../ui/field.js";
import { pngButton } from "../ui/figure-png.js";
import { selectField } from "../ui/number-field.js";
import { knobText, plotOptions, readValues, SAMPLE_VALUES } from "./generate-plot-values.js";
import { PLOT_KNOBS } from "./generate-settings.js";
import { about } from "./generate-state.js";
import { debounced } from "./room.js";

const SIDE = 112;
/** @typedef {{knob: PlotKnob, values: any[]}} Axis */

/** @param {HTMLElement} figure @param {GenerateRoom} room */
export function mountPlot(figure, room) {
  const { store } = room;
  const caption = h("figcaption", null);
  const note = h("p", { class: "note", id: "plot-note" });
  const go = h("button", { type: "button", class: "go second", id: "plot-run", onclick: () => (controller ? controller.abort() : void run()) });
  const table = h("table", { class: "plot-grid", id: "plot-grid", hidden: true });
  const acts = h("div", { class: "acts" });
  /** @type {AbortController | null} */
  let controller = null;
  /** @type {{x: Axis, y: Axis, prompt: string, cells: (GenerateRun | null)[][]} | null} */
  let result = null;

  const axes = /** @type {const} */ (["x", "y"]).map((axis) => {
    const knob = selectField({ id: `plot-${axis}`, changed: (value) => {
      const next = /** @type {PlotKnob} */ (value);
      store.set(/** @type {Partial<GenerateState>} */ ({ [`${axis}Knob`]: next, [`${axis}Values`]: SAMPLE_VALUES[next](store.state) }));
    } });
    const field = h("input", { id: `plot-${axis}-values`, dir: "auto", autocomplete: "off", spellcheck: "false", maxlength: "400", "aria-describedby": "plot-note" });
    const label = h("label", { for: field.id });
    onSettled(field, (value) => store.set(/** @type {Partial<GenerateState>} */ ({ [`${axis}Values`]: value }), { group: `plot-${axis}` }));
    return { axis, knob, field, label, element: h("div", { class: "axis-of" }, knob.element, h("p", { class: "field wide" }, label, field)) };
  });

  /** @returns {{x: Axis & {left: number}, y: Axis & {left: number}}} */
  const asked = () => {
    const { xKnob, xValues, yKnob, yValues } = store.state;
    return { x: { knob: xKnob, ...readValues(xKnob, xValues) }, y: { knob: yKnob, ...readValues(yKnob, yValues) } };
  };

  async function run() {
    const { x, y } = asked();
    if (!room.ready || !x.values.length || !y.values.length || x.knob === y.knob || x.values.length * y.values.length > MAX_CELLS) return;
    const own = (controller = new AbortController());
    const now = (result = { x, y, prompt: store.state.prompt, cells: y.values.map(() => x.values.map(() => /** @type {GenerateRun | null} */ (null))) });
    const base = room.options({ batch: 1, panels: false });
    draw();
    rows: for (const [down, yValue] of y.values.entries()) {
      for (const [across, xValue] of x.values.entries()) {
        const done = await room.compute("plot", plotOptions(plotOptions(base, x.knob, xValue), y.knob, yValue), own.signal);
        if (!done || own.signal.aborted) break rows;
        now.cells[down][across] = done;
        drawCell(down, across);
        if (done.phase === "failed") break rows;
      }
    }
    if (controller === own) controller = null;
    own.abort();
    draw();
  }

  /** @param {number} down @param {number} across */
  function cell(down, across) {
    if (!result) return h("td", null);
    const { x, y, cells } = result;
    const run = cells[down][across];
    const name = `${knobText(x.knob, x.values[across])}${t().open.comma}${knobText(y.knob, y.values[down])}`;
    const picture = thumbOf(run?.images[0] ?? null, SIDE);
    picture.classList.toggle("coming", !run?.images.length);
    return h("td", null, h("button", { type: "button", "aria-label": t().generate.plot.show(name), disabled: !run?.images.length, onclick: () => {
      if (!run) return;
      room.gallery.add(run);
      room.show(run);
    } }, picture));
  }
  /** @param {number} down @param {number} across */
  function drawCell(down, across) {
    table.tBodies[0]?.rows[down]?.cells[across + 1]?.replaceWith(cell(down, across));
    drawFoot();
  }

  function drawFoot() {
    const words = t().generate.plot;
    const { x, y } = asked();
    const cells = x.values.length * y.values.length;
    const wrong = x.knob === y.knob ? words.same : !x.values.length || !y.values.length ? words.empty : cells > MAX_CELLS ? words.tooMany(cells, MAX_CELLS) : "";
    const base = room.options({ batch: 1, panels: false });
    const all = wrong ? [] : x.values.flatMap((xValue) => y.values.map((yValue) => room.estimate(plotOptions(plotOptions(base, x.knob, xValue), y.knob, yValue), 0)));
    const left = x.left + y.left;
    note.textContent = [wrong || (room.ready ? words.estimate(cells, about(all.reduce((sum, { millis }) => sum + millis, 0)), all.every(({ measured }) => measured)) : ""), left ? words.left(left) : ""].filter(Boolean).join(t().generate.space);
    go.textContent = controller ? t().cancel : words.run;
    go.disabled = !controller && (Boolean(wrong) || !room.ready);
  }

  function draw() {
    const words = t().generate.plot;
    fill(caption, h("b", null, words.title), words.text);
    for (const { axis, knob, field, label } of axes) {
      knob.set(words[axis], PLOT_KNOBS.map((name) => [name, words.knobs[name]]), store.state[`${axis}Knob`]);
      label.textContent = ["prompt", "negative"].includes(store.state[`${axis}Knob`]) ? words.textValues : words.values;
      setField(field, store.state[`${axis}Values`]);
    }
    table.hidden = !result;
    if (result) {
      const { x, y, cells } = result;
      fill(table, h("caption", { class: "hidden" }, words.caption(words.knobs[x.knob], words.knobs[y.knob])),
        h("thead", null, h("tr", null, h("td", { class: "corner" }, `${words.knobs[y.knob]} ↓  ${words.knobs[x.knob]} →`), ...x.values.map((value) => h("th", { scope: "col", dir: "auto" }, knobText(x.knob, value))))),
        h("tbody", null, ...cells.map((row, down) => h("tr", null, h("th", { scope: "row", dir: "auto" }, knobText(y.knob, y.values[down])), ...row.map((_, across) => cell(down, across))))));
    }
    fill(acts, result && !controller ? pngButton("plot-png", () => ({ element: table, title: `${words.title}  ${result?.prompt ?? ""}` }), "kindling-plot.png") : null);
    drawFoot();
  }

  figure.dataset.runs = "";
  figure.addEventListener("kindling-run", () => void run());
  figure.append(caption, h("div", { class: "axes" }, ...axes.map(({ element }) => element)), h("div", { class: "acts" }, go, note), h("div", { class: "scroll plot-scroll", tabindex: "0", role: "region", "aria-label": "" }, table), acts);
  const region = /** @type {HTMLElement} */ (figure.querySelector(".plot-scroll"));
  const build = () => {
    region.setAttribute("aria-label", t().generate.plot.region);
    draw();
  };
  room.on("cancel", () => controller?.abort());
  const soon = debounced(drawFoot, 80);
  store.onChange((changed) => {
    if (["xKnob", "yKnob", "xValues", "yValues"].some((name) => changed.has(/** @type {keyof GenerateState} */ (name)))) draw();
    else soon();
  });
  for (const event of /** @type {const} */ (["ready", "waiting", "run-ended"])) room.on(event, soon);
  room.on("language", build);
  build();
}
