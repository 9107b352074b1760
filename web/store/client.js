// The page's side of the model store: one worker for the page, started with the first question.

import { keep, setting } from "../base/storage.js";
import { storeWorkerUrl } from "../early.js";

const CANCELLED = /** @type {KindlingError} */ ({ kind: "cancelled", message: "cancelled", detail: {} });
/** What was stored, noted apart from it: what the browser then throws away is missed. */
const KNOWN = "stored-models";

/** @returns {ModelStore} */
function createStore() {
  /** @type {Worker | null} */
  let worker = null;
  let lastId = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: KindlingError) => void, onProgress?: (progress: StoreProgress) => void}>} */
  const waiting = new Map();
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {Promise<boolean | null> | null} */
  let asked = null;

  function start() {
    if (worker) return worker;
    const fresh = new Worker(storeWorkerUrl(), { type: "module" });
    fresh.addEventListener("message", ({ data }) => worker === fresh && receive(data));
    fresh.addEventListener("error", (event) => {
      event.preventDefault();
      broke(fresh, event.message || "worker failed to start");
    });
    fresh.addEventListener("messageerror", () => broke(fresh, "unreadable message"));
    return (worker = fresh);
  }

  /** @param {Worker} which @param {string} message */
  function broke(which, message) {
    if (which !== worker) return;
    which.terminate();
    worker = null;
    for (const one of waiting.values()) one.reject({ kind: "worker", message, detail: {} });
    waiting.clear();
  }

  /** @param {FromStore} message */
  function receive(message) {
    if ("changed" in message) return listeners.forEach((listener) => listener());
    const one = waiting.get(message.id);
    if ("progress" in message) return one?.onProgress?.(message.progress);
    waiting.delete(message.id);
    if ("value" in message) one?.resolve(message.value);
    else one?.reject(message.error);
  }

  /** @param {StoreAction} action @param {any} args @param {StoreOptions} [options] @returns {Promise<any>} */
  function ask(action, args, { signal, onProgress } = {}) {
    if (signal?.aborted) return Promise.reject(CANCELLED);
    const target = start();
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, onProgress });
      // The worker answers when it has put away what it had: then another may begin.
      signal?.addEventListener("abort", () => target.postMessage({ abort: id }), { once: true });
      target.postMessage({ id, action, args });
    });
  }

  async function list() {
    /** @type {StoredModel[]} */
    const models = await ask("list", {});
    const gone = readKnown().filter((known) => !models.some(({ id }) => id === known.id));
    note(models.filter(({ state, place }) => state !== "part" && place !== "memory"), gone);
    return [...models, ...gone];
  }

  return {
    plan: (source, { signal, ...args } = {}) => ask("plan", { source, ...args }, { signal }),
    fetch: (plan, { signal, onProgress, ...args } = {}) => ask("fetch", { plan, ...args }, { signal, onProgress }).then(noted),
    cancel: (id) => start().postMessage({ cancel: id }),
    list,
    verify: (id, options) => ask("verify", { id }, options),
    async remove(id) {
      await ask("remove", { id });
      note(readKnown().filter((known) => known.id !== id));
    },
    open: (id, { check, ...options } = {}) => ask("open", { id, check }, options),
    importFolder(folder, { name = "", device, ...options } = {}) {
      if (!Array.isArray(folder)) return ask("importFolder", { folder, name: name || folder.name, device }, options).then(noted);
      // A File loses its path on the way to a worker.
      const files = folder.map((file) => [file.webkitRelativePath || file.name, file]);
      return ask("importFolder", { files, name: name || String(files[0]?.[0] ?? "").split("/")[0], device }, options).then(noted);
    },
    exportKit: (ids, { to, ...options } = {}) => ask("exportKit", { ids, to }, options),
    importKit: (zip, { name = "", ...options } = {}) => ask("importKit", { zip, name: name || (zip instanceof File ? zip.name : "kit") }, options).then((models) => models.map(noted)),
    usage: () => ask("usage", {}),
    persist: () => (asked ??= askToPersist()),
    onChange(listener) {
      start();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function askToPersist() {
  try {
    if (await navigator.storage.persisted()) return true;
    if (setting("persist") === "asked") return false;
    keep("persist", "asked");
    return await navigator.storage.persist();
  } catch {
    return null;
  }
}

/** @returns {StoredModel[]} */
function readKnown() {
  try {
    const known = JSON.parse(setting(KNOWN) ?? "[]");
    return known.filter((/** @type {any} */ model) => typeof model?.id === "string" && Array.isArray(model.plan?.variants)).map((/** @type {StoredModel} */ model) => ({ ...model, state: "evicted", held: 0, busy: false }));
  } catch {
    return [];
  }
}

/** @param {...StoredModel[]} models */
const note = (...models) => void keep(KNOWN, JSON.stringify(models.flat()));

/** @param {StoredModel} model */
function noted(model) {
  if (model.place !== "memory") note(readKnown().filter(({ id }) => id !== model.id), [model]);
  return model;
}

export const modelStore = createStore();
