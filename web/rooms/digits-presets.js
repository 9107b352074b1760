// What one clicks first: three settings that are what their names say.

import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { presetIn, presetOf, PRESETS, weightsOf } from "./digits-settings.js";

/** @param {HTMLElement} body @param {DigitsRoom} room */
export function mountPresets(body, room) {
  const { store, run } = room;
  const row = h("div", { class: "presets", role: "group", id: "digits-presets" });

  function build() {
    const words = t().digits.presets;
    row.setAttribute("aria-label", words.choose);
    fill(row, ...PRESETS.map((name) => h("button", {
      type: "button", "data-preset": name,
      onclick: () => {
        store.set(presetOf(name));
        run.restart(true);
      },
    }, h("b", null, words.names[name]), h("span", { class: "note" }, words.says(/** @type {DigitsState} */ ({ ...store.state, ...presetOf(name) }))))));
    draw();
  }
  function draw() {
    const now = presetIn(store.state);
    for (const button of row.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.preset === now));
  }
  store.onChange(draw);
  room.on("language", build);
  body.append(row);
  build();
}

/** One clause for the status line. @param {DigitsState} state */
export const runsWhat = (state) => t().digits.runs(weightsOf(state));
