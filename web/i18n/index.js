// The two dictionaries behind one function. zh.js is typed as en.js, so no string can be missing.

import en from "./en.js";
import zh from "./zh.js";

/** @type {Lang} */
let current = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
/** @type {Set<() => void>} */
const listeners = new Set();

export const t = () => (current === "zh" ? zh : en);
export const lang = () => current;
/** For Intl. */
export const locale = () => (current === "zh" ? "zh-CN" : "en");

/** @param {() => void} listener */
export const onLanguage = (listener) => void listeners.add(listener);

/** @param {Lang} next */
export function setLanguage(next) {
  current = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  for (const listener of listeners) listener();
}

/** A dotted name used from index.html, such as "rail.name". @param {string} path */
export function named(path) {
  /** @type {any} */
  let value = t();
  for (const key of path.split(".")) value = value?.[key];
  return typeof value === "string" ? value : "";
}
