// The package's worker: one engine, calls answered in order.

import { openEngine } from "./engine.js";

/** @type {Awaited<ReturnType<typeof openEngine>> | null} */
let engine = null;
/** @type {Promise<unknown>} */
let last = Promise.resolve();

self.addEventListener("message", ({ data }) => {
  last = last.then(() => answer(data));
});

/** @param {{id: number, action: string, args: any[]}} call */
async function answer({ id, action, args }) {
  try {
    self.postMessage({ id, value: await act(action, args) });
  } catch (error) {
    const { kind = "worker", message = String(error), detail = {} } = /** @type {any} */ (error);
    self.postMessage({ id, error: { kind, message, detail } });
  }
}

/** @param {string} action @param {any[]} args */
async function act(action, args) {
  if (action === "open") {
    engine = await openEngine(args[0]);
    return { device: engine.device, infos: engine.infos };
  }
  if (!engine) throw { kind: "no_model", message: "no model loaded", detail: {} };
  return engine.run(action, args);
}
