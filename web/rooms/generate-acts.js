// What the text-to-image lab saves, and its row of acts.

import { t } from "../i18n/index.js";
import { mountActs, saveJson, saveTable } from "./acts.js";
import { stateOf } from "./generate-png.js";
import { generateCodec } from "./generate-share.js";

/** @param {HTMLElement} row @param {GenerateRoom} room @param {{fresh: () => GenerateState}} options */
export function mountGenerateActs(row, room, { fresh }) {
  const ready = () => (room.shown?.frames.length ?? 0) > 0;
  mountActs(row, room, {
    lab: "generate", prefix: "generate", codec: generateCodec, fresh, events: ["shown", "run-ended"],
    savings: [
      { name: "csv", label: () => t().generate.saveSteps, ready, run: () => saveSteps(room) },
      { name: "json", label: () => t().acts.json, ready: () => true, run: () => saveSettings(room) },
    ],
  });
}

/** One line a step of the run on the stage. @param {GenerateRoom} room */
async function saveSteps(room) {
  const run = room.shown;
  if (!run) return;
  const rows = run.frames.map(({ step, timestep, noise, latents, millis }) => [step, timestep, noise, latents.mean, latents.std, Math.round(millis * 10) / 10].map(String));
  await saveTable(room, "kindling-steps.csv", ["step", "timestep", "noise", "latents_mean", "latents_std", "millis"], rows);
}

/** Settings and numbers, never pictures. @param {GenerateRoom} room */
function saveSettings(room) {
  const { session, store, shown } = room;
  saveJson("kindling-generate.json", {
    lab: "generate", version: 1, state: store.state, device: session.status.opened?.device, model: room.info,
    run: shown && {
      device: shown.device, recorded: shown.kind === "recorded" || undefined, millis: Math.round(shown.millis), from: shown.from, options: shown.options, settings: stateOf(shown, room.picture),
      plan: shown.plan && { steps: shown.plan.steps, first_step: shown.plan.first_step, evaluations: shown.plan.evaluations, timesteps: shown.plan.timesteps, tokens: shown.plan.tokens, truncated: shown.plan.truncated },
      steps: shown.frames.map(({ step, timestep, noise, latents, millis }) => ({ step, timestep, noise, ...latents, millis })),
    },
  });
}
