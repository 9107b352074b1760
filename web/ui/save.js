// Files made on the spot; nothing leaves the device.

import { t } from "../i18n/index.js";
import { toast } from "./toast.js";

/** @param {string} name @param {string} text @param {string} type */
export const saveFile = (name, text, type) => saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }));

/** @param {string} name @param {Blob} blob */
export function saveBlob(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Copies a share link, or shows it ready to copy where there is no clipboard; says what the link leaves out.
 * @param {{hash: string, cut: boolean, leftOut: ShareNotice[]}} link
 * @param {HTMLInputElement} shown
 */
export async function offerLink({ hash, cut, leftOut }, shown) {
  const url = new URL(hash, location.href).href;
  const words = t().acts;
  shown.hidden = true;
  const left = leftOut.find((what) => Object.hasOwn(words.linkWithout, what));
  if (await copyText(url)) return toast(left ? words.linkWithout[/** @type {keyof typeof words.linkWithout} */ (left)] : cut ? words.linkCut : words.linkCopied);
  shown.value = url;
  shown.hidden = false;
  shown.focus();
  shown.select();
}
