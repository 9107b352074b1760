// On a phone the rail is a bar of five cells: four labs, and one that opens the rest above it.

import { byId } from "../base/dom.js";

export function mountRail() {
  const button = byId("rail-more");
  const rail = /** @type {HTMLElement} */ (button.closest(".rail"));
  const set = (/** @type {boolean} */ open) => {
    rail.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => set(!rail.hasAttribute("data-open")));
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element) || !button.contains(target)) set(false);
  });
  rail.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !rail.hasAttribute("data-open")) return;
    event.stopPropagation();
    set(false);
    button.focus();
  });
}
