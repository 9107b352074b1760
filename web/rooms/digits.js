// The digits lab: pictures of digits, a network that learns to read them, and a pad on which one draws
// what it has never seen. Sections share a room, not each other.

import { byId, h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { mountDigitsActs } from "./digits-acts.js";
import { mountInside } from "./digits-inside.js";
import { mountKnobs } from "./digits-knobs.js";
import { mountMatrix } from "./digits-matrix.js";
import { mountOwn } from "./digits-own.js";
import { mountPresets, runsWhat } from "./digits-presets.js";
import { withRun } from "./digits-run.js";
import { freshState } from "./digits-settings.js";
import { digitsCodec } from "./digits-share.js";
import { mountStage } from "./digits-stage.js";
import { mountWeights } from "./digits-weights.js";
import { createRoom, listenForKeys } from "./room.js";
import { figuresOf, mountTraining } from "./training-room.js";

/** @param {DigitsRoom} room */
function withCell(room) {
  /** @type {DigitsCell | null} */
  let cell = null;
  Object.defineProperty(room, "cell", { get: () => cell });
  room.openCell = (next) => {
    cell = next;
    room.emit("cell");
  };
  return room;
}

/** @type {LabDefinition<DigitsState>["mount"]} */
function mount(element, session, store, { onError }) {
  const room = withCell(withRun(createRoom(session, store, null, onError), () => !element.hidden));
  const { run } = room;
  const body = byId("digits-body");
  const figure = figuresOf("digits");
  mountPresets(body, room);
  const stage = h("figure", { class: "fig", id: "fig-digits" });
  const knobs = h("div", { class: "knob-groups", id: "digits-knobs" });
  body.append(stage, knobs);
  mountStage(stage, room);
  mountKnobs(knobs, room);
  mountOwn(body, element, room);
  mountInside(byId("digits-inside-body"), room);
  mountMatrix(figure("fig-digits-matrix"), room);
  mountWeights(figure("fig-digits-weights"), room);
  mountDigitsActs(byId("digits-acts"), room);
  listenForKeys(element, room);

  const lab = mountTraining("digits", element, room, () => t().digits.own.over);
  room.on("cancel", () => (room.cell ? room.openCell(null) : run.pause()));
  // Another run, other answers: what was open may be empty now, and stays open all the same.
  room.on("data", () => room.emit("cell"));
  return lab;
}

/** @type {LabDefinition<DigitsState>} */
export const digitsLab = { id: "digits", model: null, codec: digitsCodec, title: () => t().digits.title, runs: runsWhat, fresh: freshState, translated: () => ({}), mount };
