// One clause, four seconds, never the only copy of a result.

import { byId } from "../base/dom.js";

const SHOWN_MILLIS = 4000;
let timer = 0;

/** @param {string} text */
export function toast(text) {
  const element = byId("toast");
  element.textContent = text;
  element.hidden = false;
  clearTimeout(timer);
  timer = window.setTimeout(() => (element.hidden = true), SHOWN_MILLIS);
}
