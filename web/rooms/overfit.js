// The overfitting lab: points, a model that learns them, and what it is worth on points it never saw.
// Sections share a room, not each other.

import { byId, fill, h } from "../base/dom.js";
import { megabytes } from "../base/format.js";
import { classroom } from "../classroom.js";
import { t } from "../i18n/index.js";
import { mountOverfitActs } from "./overfit-acts.js";
import { mountCapacity, mountFolds } from "./overfit-capacity.js";
import { mountInside } from "./overfit-inside.js";
import { mountKnobs } from "./overfit-knobs.js";
import { mountOwn } from "./overfit-own.js";
import { mountPresets, runsWhat } from "./overfit-presets.js";
import { withRun } from "./overfit-run.js";
import { freshState } from "./overfit-settings.js";
import { overfitCodec } from "./overfit-share.js";
import { mountSpread } from "./overfit-spread.js";
import { mountStage } from "./overfit-stage.js";
import { createRoom, listenForKeys } from "./room.js";

/** @type {LabDefinition<OverfitState>["mount"]} */
function mount(element, session, store, { onError }) {
  const room = withRun(createRoom(session, store, null, onError), () => !element.hidden);
  const { run } = room;
  const body = byId("overfit-body");
  const figures = byId("overfit-figures");
  const figure = (/** @type {string} */ id) => {
    const place = h("figure", { class: "fig", id });
    figures.append(place);
    return place;
  };
  mountPresets(body, room);
  const stage = h("figure", { class: "fig", id: "fig-overfit" });
  const knobs = h("div", { class: "knob-groups", id: "overfit-knobs" });
  body.append(stage, knobs);
  mountStage(stage, room);
  mountKnobs(knobs, room);
  mountOwn(body, element, room);
  mountInside(byId("overfit-inside-body"), room);
  const capacity = mountCapacity(figure("fig-capacity"), room);
  const folds = mountFolds(figure("fig-folds"), room, capacity.value);
  const spread = mountSpread(figure("fig-spread"), room);
  mountOverfitActs(byId("overfit-acts"), room, () => ({ capacity: capacity.value(), widths: capacity.widths(), folds: folds.value(), spread: spread.value() }));
  listenForKeys(element, room);

  room.on("run", () => (run.phase === "running" ? run.pause() : run.play()));
  room.on("cancel", () => run.pause());

  // ── a link or a saved data plan: nothing is fetched before a click ──
  const place = /** @type {HTMLElement} */ (element.querySelector("[data-place=progress]"));
  function drawHeld() {
    if (run.phase !== "held") return fill(place);
    const words = t().overfit.held;
    fill(place, h("div", { class: "ask" }, h("p", null, words.text(megabytes(run.heldBytes ?? 0))), h("p", { class: "acts" }, h("button", { type: "button", class: "go", id: "fetch-lessons", onclick: () => run.restart(true) }, words.fetch))));
  }
  room.on("phase", drawHeld);
  room.on("language", drawHeld);

  const cover = h("p", { class: "cover", "aria-hidden": "true" }, h("span", null));
  element.append(cover);
  const translate = () => void (/** @type {HTMLElement} */ (cover.firstChild).textContent = t().overfit.own.over);
  room.on("language", translate);
  translate();

  return {
    room, refresh: () => {},
    start({ byLink, bytes }) {
      if (bytes !== null && classroom.phase !== "ready") run.hold(bytes); // what is here already need not be asked for
      else run.restart(!byLink);
    },
  };
}

/** @type {LabDefinition<OverfitState>} */
export const overfitLab = { id: "overfit", model: null, codec: overfitCodec, title: () => t().overfit.title, runs: runsWhat, fresh: freshState, translated: () => ({}), mount };
