// Name, bar, amount, time left, Cancel. No time is claimed before two seconds of data.

import { h } from "../base/dom.js";
import { megabytes, percent } from "../base/format.js";
import { t } from "../i18n/index.js";

const HONEST_MILLIS = 2000;

/**
 * @param {{name: string, onCancel?: () => void, note?: string}} options
 */
export function progressNote({ name, onCancel, note = "" }) {
  const bar = h("progress", { max: "1", "aria-label": name });
  const title = h("strong", null, name);
  const amount = h("p", { class: "note" });
  const element = h("div", { class: "prog" },
    h("p", null, title, onCancel && h("button", { type: "button", class: "plain", onclick: onCancel }, t().cancel)),
    bar, amount, note && h("p", { class: "note" }, note));
  let sinceMillis = performance.now();
  return {
    element,
    /** @param {Progress} progress @param {string} [label] */
    update(progress, label) {
      if (label && title.textContent !== label) {
        title.textContent = label;
        bar.setAttribute("aria-label", label);
        sinceMillis = performance.now(); // another task, at another speed
      }
      if (!progress.total) {
        bar.removeAttribute("value");
        amount.textContent = "";
        return;
      }
      const share = Math.min(1, progress.done / progress.total);
      bar.value = share;
      amount.textContent = [amountText(progress, share), leftText(share, performance.now() - sinceMillis)].filter(Boolean).join(t().open.comma) + (note ? t().open.stop : "");
    },
  };
}

/** @param {Progress} progress @param {number} share */
function amountText(progress, share) {
  if (progress.unit === "bytes") return t().open.amount(megabytes(progress.done), megabytes(progress.total), percent(share));
  if (progress.unit === "pictures") return t().images.tray.progress(progress.done, progress.total);
  if (progress.unit === "steps") return t().generate.run.progress(progress.done, progress.total);
  return t().fig.batch.progress(progress.done, progress.total);
}

/** @param {number} share @param {number} millis */
function leftText(share, millis) {
  if (millis < HONEST_MILLIS || share <= 0 || share >= 1) return "";
  return t().open.left(Math.max(1, Math.ceil((millis * (1 - share)) / share / 1000)));
}
