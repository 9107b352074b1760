// Light, dark, or as the system says.

import { byId } from "../base/dom.js";
import { keep, setting } from "../base/storage.js";
import { t } from "../i18n/index.js";

/** @typedef {"light" | "dark" | "system"} Theme */
/** @type {Theme[]} */
const ORDER = ["system", "light", "dark"];

/** @returns {Theme} */
function current() {
  const shown = document.documentElement.dataset.theme;
  return shown === "light" || shown === "dark" ? shown : "system";
}

export function drawTheme() {
  const name = t().theme[current()];
  byId("theme-word").textContent = name;
  byId("theme").setAttribute("aria-label", t().theme.label(name));
}

/** @param {() => void} changed canvases hold pixels, so they must be drawn anew */
export function mountTheme(changed) {
  byId("theme").addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    keep("theme", next);
    drawTheme();
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  if (setting("theme") === null) drawTheme();
}
