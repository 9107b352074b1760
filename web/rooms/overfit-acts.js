// What the overfitting lab saves, and its row of acts.

import { byId } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { saveFigure } from "../ui/figure-png.js";
import { saveFile } from "../ui/save.js";
import { toast } from "../ui/toast.js";
import { mountActs, saveJson } from "./acts.js";
import { freshState, modelOf } from "./overfit-settings.js";
import { overfitCodec } from "./overfit-share.js";
import { PARTS } from "./training-settings.js";

/** @param {HTMLElement} row @param {OverfitRoom} room @param {() => Record<string, unknown>} extra what the figures have found */
export function mountOverfitActs(row, room, extra) {
  const { run } = room;
  mountActs(row, room, {
    lab: "overfit", prefix: "overfit", codec: overfitCodec, fresh: freshState, events: ["data", "fitted", "phase"],
    savings: [
      { name: "csv", label: () => t().overfit.acts.curves, ready: () => run.history.epochs.length > 1, run: () => saveCurves(room) },
      { name: "points-csv", label: () => t().overfit.acts.points, ready: () => (run.points?.x.length ?? 0) > 0, run: () => savePoints(room) },
      { name: "png", label: () => t().acts.png, ready: () => run.frame !== null, run: () => void saveFigure(/** @type {HTMLElement} */ (byId("fig-overfit").querySelector(".two-plots")), { name: "kindling-overfitting.png", title: byId("overfit-verdict").textContent ?? "", foot: "Kindling" }) },
      { name: "json", label: () => t().acts.json, ready: () => run.points !== null, run: () => saveAll(room, extra()) },
    ],
  });
}

/** Numbers and fixed names only, so nothing needs quoting. @param {string} name @param {string[]} columns @param {(string | number | null)[][]} rows */
function saveNumbers(name, columns, rows) {
  saveFile(name, `\uFEFF${[columns, ...rows].map((row) => row.map((cell) => cell ?? "").join(",")).join("\r\n")}\r\n`, "text/csv");
  toast(t().acts.saved(name));
}

/** @param {OverfitRoom} room */
function saveCurves({ run: { history } }) {
  saveNumbers("kindling-curves.csv", ["epoch", ...PARTS], history.epochs.map((epoch, at) => [epoch, history.train[at], history.validation[at], history.test[at]]));
}

/** @param {OverfitRoom} room */
function savePoints({ run: { points, split } }) {
  if (!points || !split) return;
  const rows = PARTS.flatMap((part) => split[part].map((row) => ({ part, row }))).sort((a, b) => a.row - b.row);
  saveNumbers("kindling-points.csv", ["x", "y", ...(points.classes ? ["class"] : []), "part"], rows.map(({ part, row }) => [points.x[row], points.y[row], ...(points.classes ? [points.classes[row]] : []), part]));
}

/** @param {OverfitRoom} room @param {Record<string, unknown>} extra */
function saveAll({ run, store: { state } }, extra) {
  const { points, split, history, frame } = run;
  saveJson("kindling-overfitting.json", {
    lab: "overfit", version: 1, state, model: modelOf(state), points, split, history, now: frame?.now, best_epoch: frame?.best_epoch, ended: frame?.ended,
    parameters: frame?.parameters, fitted: frame && [...frame.surface], ...extra,
  });
}
