// Text fields that grow with their text and never act in the middle of a composition.

import { GROW_CHARS } from "../base/constants.js";

/**
 * Calls back on every change that the input method has settled.
 * @param {HTMLTextAreaElement | HTMLInputElement} field
 * @param {(value: string) => void} changed
 */
export function onSettled(field, changed) {
  let composing = false;
  field.addEventListener("compositionstart", () => (composing = true));
  field.addEventListener("compositionend", () => {
    composing = false;
    changed(field.value);
  });
  field.addEventListener("input", () => {
    if (field instanceof HTMLTextAreaElement && !field.classList.contains("fixed")) grow(field);
    if (!composing) changed(field.value);
  });
}

/**
 * Catches a text that is too long before the browser lays it out: on the way in where it is pasted
 * or dropped, and right after where a script has set it.
 * @param {HTMLTextAreaElement} field
 * @param {number} limit
 * @param {(whole: string) => void} tooLong
 */
export function guardLength(field, limit, tooLong) {
  field.addEventListener("beforeinput", (event) => {
    const added = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
    const { value, selectionStart, selectionEnd } = field;
    if (!event.cancelable || value.length - (selectionEnd - selectionStart) + added.length <= limit || added.length < 2) return;
    event.preventDefault();
    tooLong(value.slice(0, selectionStart) + added + value.slice(selectionEnd));
  });
  field.addEventListener("input", (event) => {
    if (field.value.length <= limit) return;
    event.stopImmediatePropagation();
    tooLong(field.value);
  });
}

/** Measuring a very long text would hold up the page, so that one scrolls instead. @param {HTMLTextAreaElement} field */
export function grow(field) {
  const long = field.value.length > GROW_CHARS;
  field.classList.toggle("long", long);
  if (long) {
    field.style.removeProperty("height");
    return;
  }
  field.style.setProperty("height", "auto");
  if (field.scrollHeight) field.style.setProperty("height", `${field.scrollHeight}px`);
}

/** Sets a field without moving the caret of someone who is typing the same thing. @param {HTMLTextAreaElement | HTMLInputElement} field @param {string} value */
export function setField(field, value) {
  if (field.value !== value) field.value = value;
  if (field instanceof HTMLTextAreaElement) grow(field);
}

/** Growing again when widths change. @param {ParentNode} root */
export function growAll(root) {
  for (const field of root.querySelectorAll("textarea")) if (!field.classList.contains("fixed")) grow(field);
}

/** Enter leaves a one-line field instead of breaking it. @param {HTMLTextAreaElement} field */
export function oneLine(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) event.preventDefault();
  });
  field.addEventListener("input", () => {
    if (field.value.includes("\n")) field.value = field.value.replace(/\s*\n\s*/g, " ");
  });
}
