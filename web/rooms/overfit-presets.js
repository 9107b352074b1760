// What one clicks first: the task, and three settings that are what their names say.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { presetIn, presetOf, PRESETS, weightsOf } from "./overfit-settings.js";

const TASKS = /** @type {LessonTask[]} */ (["regression", "classification"]);

/** @param {HTMLElement} body @param {OverfitRoom} room */
export function mountPresets(body, room) {
  const { store, run } = room;
  const tasks = h("div", { class: "seg", role: "group", id: "overfit-task" });
  const row = h("div", { class: "presets", role: "group", id: "overfit-presets" });

  /** @param {LessonTask} task */
  function changeTask(task) {
    if (task === store.state.task) return;
    store.set({ ...presetOf(task, presetIn(store.state) ?? "good"), ...kept() });
    run.restart(true);
  }
  /** A seed that is kept on purpose stays. */
  const kept = () => ({ speed: store.state.speed });

  function build() {
    const words = t().overfit.presets;
    tasks.setAttribute("aria-label", words.task);
    row.setAttribute("aria-label", words.choose);
    fill(tasks, ...TASKS.map((task) => h("button", { type: "button", "data-task": task, onclick: () => changeTask(task) }, words.tasks[task])));
    fill(row, ...PRESETS.map((name) => h("button", {
      type: "button", "data-preset": name,
      onclick: () => {
        store.set({ ...presetOf(store.state.task, name), ...kept() });
        run.restart(true);
      },
    }, h("b", null, words.names[name]), h("span", { class: "note" }))));
    draw();
  }
  function draw() {
    const words = t().overfit.presets;
    const now = presetIn(store.state);
    for (const button of tasks.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.task === store.state.task));
    for (const button of row.querySelectorAll("button")) {
      const name = /** @type {import("./overfit-settings.js").PresetName} */ (button.dataset.preset);
      button.setAttribute("aria-pressed", String(name === now));
      /** @type {HTMLElement} */ (button.lastElementChild).textContent = words.says(/** @type {OverfitState} */ ({ ...store.state, ...presetOf(store.state.task, name) }));
    }
  }
  store.onChange(draw);
  room.on("language", build);
  body.append(h("div", { class: "choose" }, row, tasks));
  build();
}

/** One clause for the status line. @param {OverfitState} state */
export const runsWhat = (state) => t().overfit.runs(weightsOf(state));
