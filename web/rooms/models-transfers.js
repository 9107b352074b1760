// What is under way: one block each, with phase, amount, rate, time left, and a way to stop it.

import { fill, h } from "../base/dom.js";
import { percent } from "../base/format.js";
import { t } from "../i18n/index.js";
import { storeError, wordsOf } from "./models-error.js";
import { sizeText, timeText } from "./models-words.js";

/** @param {HTMLElement} body @param {ModelsRoom} room */
export function mountTransfers(body, room) {
  const place = h("div", { id: "transfers" });
  body.append(place);
  /** @type {Map<Transfer, () => void>} */
  const updates = new Map();

  /** @param {Transfer} transfer */
  function running(transfer) {
    const words = t().models.transfer;
    const name = words[transfer.what](transfer.title);
    const bar = h("progress", { max: "1", "aria-label": name });
    const said = h("p", { class: "note" }), problem = h("p", { class: "note" });
    const element = h("div", { class: "prog", "data-transfer": transfer.id },
      h("p", null, h("strong", null, name), h("button", { type: "button", class: "plain", onclick: () => room.stop(transfer) }, t().cancel)), bar, said, problem,
      transfer.what === "fetch" ? h("p", { class: "note" }, words.kept) : null);
    updates.set(transfer, () => {
      const { progress } = transfer;
      element.dataset.phase = progress?.phase ?? "";
      if (!progress?.total) bar.removeAttribute("value");
      else bar.value = Math.min(1, progress.done / progress.total);
      said.textContent = progress ? amount(progress) : "";
      const cause = progress?.phase === "wait" && progress.problem ? wordsOf(progress.problem)?.[0] : "";
      problem.textContent = cause ? `${cause} ${progress?.attempt ? words.again(progress.attempt) : ""}` : "";
    });
    return element;
  }

  /** @param {Transfer} transfer */
  function failed(transfer) {
    const { error, plan, variant } = transfer;
    const done = { label: t().close, run: () => room.clear(transfer) };
    const again = plan ? { label: t().retry, run: () => void room.download(plan, variant) } : null;
    return h("div", { "data-transfer": transfer.id, "data-phase": "failed" }, h("p", { class: "lbl" }, h("bdi", null, transfer.title)), storeError(/** @type {KindlingError} */ (error), again ? [again, done] : [done]));
  }

  function draw() {
    const focused = document.activeElement?.closest("[data-transfer]")?.getAttribute("data-transfer");
    updates.clear();
    fill(place, ...room.transfers.map((transfer) => (transfer.phase === "failed" ? failed(transfer) : running(transfer))));
    update();
    if (focused) /** @type {HTMLElement | null} */ (place.querySelector(`[data-transfer="${CSS.escape(focused)}"] button`))?.focus();
  }
  const update = () => updates.forEach((one) => one());

  room.on("transfers", draw);
  room.on("transfer", update);
  room.on("language", draw);
}

/** @param {StoreProgress} progress */
function amount({ phase, done, total, rate, secondsLeft }) {
  const words = t().models.transfer;
  const parts = [words.phases[phase]];
  if (total) parts.push(words.amount(sizeText(done), sizeText(total), percent(Math.min(1, done / total))));
  if (rate && phase === "fetch") parts.push(words.rate(sizeText(rate)));
  if (secondsLeft !== null && secondsLeft > 0) parts.push(words.left(timeText(secondsLeft)));
  return parts.join(t().open.comma);
}
