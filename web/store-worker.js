// The worker of the model store: downloads, hashes, keeps and packs models, so that neither the page's thread nor the worker
// that computes ever waits for a disk or a network.

import { cancel, onChanged } from "./store/turns.js";
import * as models from "./store/models.js";
import { plainError } from "./store/http.js";

/** @type {{postMessage(message: FromStore): void}} */
const page = /** @type {any} */ (self);
/** @type {Map<number, AbortController>} */
const running = new Map();

/** @type {Record<StoreAction, (args: any, signal: AbortSignal, report: (progress: StoreProgress) => void) => Promise<any>>} */
const actions = {
  plan: models.plan, fetch: models.fetch, list: models.list, verify: models.verify, remove: models.remove, open: models.open,
  importFolder: models.importFolder, exportKit: models.exportKit, importKit: models.importKit, usage: models.usage,
};

onChanged(() => page.postMessage({ changed: true }));
self.addEventListener("message", (/** @type {MessageEvent<ToStore>} */ { data }) => {
  if ("abort" in data) running.get(data.abort)?.abort();
  else if ("cancel" in data) cancel(data.cancel);
  else void answer(data);
});

/** @param {{id: number, action: StoreAction, args: any}} job */
async function answer({ id, action, args }) {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const value = await actions[action](args, controller.signal, (progress) => page.postMessage({ id, progress }));
    page.postMessage({ id, value });
  } catch (error) {
    page.postMessage({ id, error: plainError(error) });
  } finally {
    running.delete(id);
  }
}
