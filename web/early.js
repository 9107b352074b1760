// Runs before the rest of the page has arrived: sets the worker to what the first lab will ask for,
// so that program and model come down beside the page's own modules. The session takes the worker
// over, with everything that it has said meanwhile.

import { isShareLink } from "./base/address.js";
import { setting } from "./base/storage.js";

// Script addresses are the only thing Trusted Types must vouch for: our own workers.
const OURS = /^\.\/(web\/worker\.js(\?faults)?|web\/(lessons|store)-worker\.js|service-worker\.js\?v=[\w.%-]+)$/;
const checked = (/** @type {string} */ url) => {
  if (!OURS.test(url)) throw new TypeError(`script address not ours: ${url}`);
  return url;
};
export const policy = window.trustedTypes?.createPolicy("kindling", { createScriptURL: checked }) ?? { createScriptURL: checked };

const query = new URLSearchParams(location.search);
export const lessonsWorkerUrl = () => policy.createScriptURL("./web/lessons-worker.js");
export const storeWorkerUrl = () => policy.createScriptURL("./web/store-worker.js");
export const workerUrl = () => policy.createScriptURL(query.has("faults") ? "./web/worker.js?faults" : "./web/worker.js");

/** @returns {DeviceChoice} */
export function keptChoice() {
  const asked = query.get("device") ?? setting("device");
  return asked === "cpu" || asked === "webgpu" ? asked : "auto";
}

/** A link must not start a download, and neither must a visit on a saved data plan. */
export const savesData = () => /** @type {any} */ (navigator).connection?.saveData === true;

/** The first lab has no name in the address; null is a lab that loads no model. @type {Record<string, ModelName | null>} */
const MODELS = { "#images": "clip", "#generate": "text2image", "#overfit": null, "#map": "encoder", "#digits": null, "#models": null };

/** @returns {EarlyWorker | null} */
function begin() {
  if (savesData() || isShareLink(location.hash)) return null;
  const choice = keptChoice();
  // Lessons are asked for by their names; the one that trains needs no model, the others the first.
  const place = /^#lesson=(overfitting|digits)\b/.test(location.hash) ? "#overfit" : location.hash;
  const model = Object.hasOwn(MODELS, place) ? MODELS[place] : "encoder";
  if (model === null) return null;
  const worker = new Worker(workerUrl(), { type: "module" });
  /** @type {["message" | "error" | "messageerror", any][]} */
  const said = [];
  const note = (/** @type {Event} */ event) => {
    event.preventDefault();
    said.push([/** @type {"message"} */ (event.type), event]);
  };
  const kinds = /** @type {const} */ (["message", "error", "messageerror"]);
  for (const kind of kinds) worker.addEventListener(kind, note);
  worker.postMessage({ id: 1, action: "open", args: { device: choice, failed: false } });
  worker.postMessage({ id: 2, action: "load", args: { model } });
  return {
    worker, choice, model, ids: { open: 1, load: 2 },
    handOver() {
      for (const kind of kinds) worker.removeEventListener(kind, note);
      return said;
    },
  };
}

let early = begin();

/**
 * The worker that is at it already, once, if it is at what is wanted; one that is at something else ends.
 * @param {DeviceChoice} choice @param {ModelName[]} models
 */
export function takeEarly(choice, models) {
  const taken = early;
  early = null;
  if (!taken || (taken.choice === choice && models.length === 1 && models[0] === taken.model)) return taken;
  taken.worker.terminate();
  return null;
}
