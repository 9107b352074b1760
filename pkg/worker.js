// The package's worker: one engine. Calls are answered in order, but for a picture in the making,
// which lets others go between two passes.

import { openEngine } from "./engine.js";

/** @type {Awaited<ReturnType<typeof openEngine>> | null} */
let engine = null;
/** @type {Map<number, AbortController>} */
const calls = new Map();

self.addEventListener("message", ({ data }) => {
  if ("cancel" in data) calls.get(data.cancel)?.abort();
  else void answer(data);
});

/** @param {{id: number, action: string, args: any[]}} call */
async function answer({ id, action, args }) {
  const controller = new AbortController();
  calls.set(id, controller);
  const report = (/** @type {any} */ progress) => self.postMessage({ id, progress }, { transfer: pixelsOf(progress) });
  try {
    const value = await act(action, args, { signal: controller.signal, report });
    self.postMessage({ id, value }, { transfer: pixelsOf(value) });
  } catch (error) {
    const { kind = "worker", message = String(error), detail = {} } = /** @type {any} */ (error);
    self.postMessage({ id, error: { kind, message, detail } });
  } finally {
    calls.delete(id);
  }
}

/** @param {string} action @param {any[]} args @param {{signal: AbortSignal, report: (progress: any) => void}} hooks */
async function act(action, args, hooks) {
  if (action === "open") {
    engine = await openEngine(args[0]);
    return { device: engine.device, infos: engine.infos };
  }
  if (!engine) throw { kind: "no_model", message: "no model loaded", detail: {} };
  return engine.ask(action, args, hooks);
}

/** Pictures move instead of being copied. @param {any} value @returns {Transferable[]} */
function pixelsOf(value) {
  const rasters = [value, ...(value?.images ?? []), ...Object.values(value?.panels ?? {})];
  return [...new Set(rasters.flatMap((raster) => (raster?.rgba ? [raster.rgba.buffer] : [])))];
}
