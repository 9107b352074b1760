// kindling-playground: sentence embeddings and zero-shot sentiment on the visitor's own machine.

/**
 * @typedef {import("./index.js").Options} Options
 * @typedef {import("./index.js").Kindling} Kindling
 * @typedef {{opened: {device: any, model: any}, call: (action: string, ...args: any[]) => Promise<any>, end: () => void}} Engine
 */

const BUNDLED_MODEL = new URL("./dist/models/encoder/", import.meta.url).href;

/** @param {Options} [options] @returns {Promise<Kindling>} */
export async function create({ device = "auto", modelUrl = BUNDLED_MODEL, worker = true } = {}) {
  const url = new URL(modelUrl, globalThis.document?.baseURI ?? import.meta.url).href;
  const engine = await (worker ? inWorker : here)({ device, modelUrl: url });
  return {
    device: engine.opened.device,
    model: engine.opened.model,
    embed: (texts) => engine.call("embed", texts),
    tokens: (text) => engine.call("tokens", text),
    async sentiment({ texts, positive, negative, template = "{}" }) {
      const answer = await engine.call("sentiment", { texts, labels: [positive, negative], template });
      return answer.rows.map((/** @type {any} */ row) => ({
        score: row.score, positive: row.cosines[0], negative: row.cosines[1], truncated: row.truncated,
      }));
    },
    dispose: engine.end,
  };
}

/** @param {{device: string, modelUrl: string}} options @returns {Promise<Engine>} */
async function here(options) {
  const { openEngine } = await import("./engine.js");
  const { playground, device, model } = await openEngine(/** @type {any} */ (options));
  return {
    opened: { device, model },
    call: async (action, ...args) => /** @type {any} */ (playground)[action](...args),
    end: () => playground.unloadEncoder(),
  };
}

/** @param {{device: string, modelUrl: string}} options @returns {Promise<Engine>} */
async function inWorker(options) {
  const thread = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "kindling" });
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: any) => void}>} */
  const waiting = new Map();
  /** @type {{kind: string, message: string, detail: object} | null} */
  let ended = null;
  let lastId = 0;

  /** @param {string} kind @param {string} message */
  const end = (kind, message) => {
    ended ??= { kind, message, detail: {} };
    thread.terminate();
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  thread.addEventListener("message", ({ data }) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) call?.reject(data.error);
    else call?.resolve(data.value);
  });
  // A panic in wasm leaves a module that cannot be trusted: everyone who waits is told.
  thread.addEventListener("error", (event) => end("panic", event.message || "worker failed to start"));

  /** @param {string} action @param {any[]} args */
  const call = (action, ...args) => {
    if (ended) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      waiting.set(++lastId, { resolve, reject });
      thread.postMessage({ id: lastId, action, args });
    });
  };
  try {
    return { opened: await call("open", options), call, end: () => end("cancelled", "disposed") };
  } catch (error) {
    thread.terminate();
    throw error;
  }
}
