// The beats of every lab: the words become pieces, the pieces steer numbers, the numbers settle.

import { fill, h, s } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { lineChart } from "../ui/line-chart.js";
import { plainTable, tableOnDemand } from "../ui/table.js";
import { tokenNotes, tokenStrip } from "../ui/tokens.js";
import { print } from "./generate-film.js";
import { debounced } from "./room.js";

const PARTS = /** @type {const} */ ([["inputs", "crates/inputs"], ["models", "crates/models/src/diffusion"], ["tasks", "crates/tasks"], ["page", "web/rooms"]]);

/** @param {HTMLElement} body @param {GenerateRoom} room @param {() => {prompt: TokenView | null, negative: TokenView | null}} tokens */
export function mountInside(body, room, tokens) {
  const titles = [0, 1, 2].map(() => h("h2", null));
  const strip = h("div", { id: "generate-tokens" });
  const shape = h("div", { id: "latent-shape" });
  const chart = s("svg", { class: "chart", id: "latent-chart", role: "img" });
  const chartNote = h("p", { class: "note" });
  const table = tableOnDemand(() => {
    const words = t().generate.inside;
    return plainTable(words.settle, [t().generate.film.stepName, words.timestep, words.noise, words.mean, words.std],
      (room.shown?.frames ?? []).map(({ step, timestep, noise, latents }) => [String(step), print(timestep), noise.toFixed(3), minus(latents.mean.toFixed(3)), latents.std.toFixed(3)]));
  });

  function drawTokens() {
    const words = t().generate.inside;
    const { prompt, negative } = tokens();
    titles[0].textContent = words.tokens;
    if (!prompt) return fill(strip, h("p", { class: "note" }, t().inside.withheld));
    const extra = negative && negative.tokens.some(({ special }) => !special);
    fill(strip, tokenStrip(prompt, "token"), ...tokenNotes(prompt).map((note) => h("p", { class: "note" }, note)),
      prompt.truncated ? h("p", { class: "note" }, t().images.inside.cut(prompt.kept, prompt.total)) : null,
      h("p", { class: "note" }, extra ? words.negative : words.noNegative), extra ? tokenStrip(negative, "token") : null);
  }

  function drawNumbers() {
    const words = t().generate.inside;
    titles[1].textContent = words.steered;
    titles[2].textContent = words.settle;
    const { info, shown } = room;
    if (info) {
      const { width, height } = shown?.options ?? room.options();
      fill(shape, h("p", { class: "note" }, words.shape(info.channels, width / info.factor, height / info.factor, width, height, info.channels * (width / info.factor) * (height / info.factor))),
        h("p", { class: "eq" }, words.formula), h("p", { class: "note" }, words.formulaNote(String(shown?.options.guidance ?? room.store.state.guidance))));
    } else fill(shape, h("p", { class: "note" }, t().inside.withheld));
    const frames = shown?.frames ?? [];
    chart.toggleAttribute("hidden", frames.length < 2);
    table.element.hidden = frames.length < 2;
    chartNote.textContent = frames.length < 2 ? t().inside.withheld : words.chartNote;
    if (frames.length < 2 || !shown) return;
    lineChart(chart, {
      series: [
        { name: words.noise, kind: "noise", values: frames.map(({ noise }) => noise) },
        { name: words.std, kind: "std", values: frames.map(({ latents }) => latents.std) },
        { name: words.mean, kind: "mean", values: frames.map(({ latents }) => latents.mean) },
      ],
      total: Math.max(frames.length, shown.plan?.evaluations ?? 0), at: room.step, label: words.chartLabel,
    });
    table.refresh();
  }

  function build() {
    const words = t().generate.inside;
    /** @type {HTMLElement} */ (table.element.querySelector("summary")).textContent = t().table;
    fill(body, h("ol", { class: "steps" }, h("li", null, titles[0], strip), h("li", null, titles[1], shape), h("li", null, titles[2], chart, chartNote, table.element)),
      h("section", { class: "how" }, h("h2", { class: "lbl" }, t().inside.words), h("p", null, words.three),
        h("p", { class: "note" }, t().inside.code, " ", ...PARTS.flatMap(([key, path], at) => [at ? t().open.comma : "", h("code", null, path), ` ${words.codeParts[key]}`]))));
    drawTokens();
    drawNumbers();
  }

  const soon = debounced(drawNumbers, 40);
  for (const event of /** @type {const} */ (["answer", "vectors"])) room.on(event, drawTokens);
  for (const event of /** @type {const} */ (["shown", "step", "frame", "run-ended", "ready"])) room.on(event, soon);
  room.on("language", build);
  build();
}

/** @param {string} text */
const minus = (text) => text.replace("-", "\u2212");
