// The overfitting lab: points, a model that learns them, and what it is worth on points it never saw.
// Sections share a room, not each other.

import { byId, h } from "../base/dom.js";
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
import { figuresOf, mountTraining } from "./training-room.js";

/** @type {LabDefinition<OverfitState>["mount"]} */
function mount(element, session, store, { onError }) {
  const room = withRun(createRoom(session, store, null, onError), () => !element.hidden);
  const { run } = room;
  const body = byId("overfit-body");
  const figure = figuresOf("overfit");
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

  const lab = mountTraining("overfit", element, room, () => t().overfit.own.over);
  room.on("cancel", () => run.pause());
  return lab;
}

/** @type {LabDefinition<OverfitState>} */
export const overfitLab = { id: "overfit", model: null, codec: overfitCodec, title: () => t().overfit.title, runs: runsWhat, fresh: freshState, translated: () => ({}), mount };
