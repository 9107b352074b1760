// The visitor's own models, as the whole page knows them: one list for the models room and the labs.
// The store and its worker are fetched when somebody first asks.

import { keep, setting } from "../base/storage.js";
import { travels } from "../share.js";

/** A model of a hub is named by its commit, so that a link means the same everywhere. @param {StoredModel} model */
export const keyOf = ({ id, source, variant }) => (source.kind === "hub" && source.revision ? `${source.id}@${source.revision}${variant === "default" ? "" : `#${variant}`}` : `own:${id}`);
/** @param {string} key */
const plain = (key) => key.split("#")[0];
/** As people say it: the name, and the first digits of the commit. @param {string} key */
export function spoken(key) {
  const [name, commit] = plain(key).split("@");
  return travels(key) ? `${name} (${commit.slice(0, 7)})` : (own.find(key)?.title ?? key.replace(/^own:/, ""));
}

/** @type {Record<StoreKind, OwnLab[]>} */
export const LABS_OF = { encoder: ["sentiment", "map"], clip: ["images"], text2image: ["generate"] };
/** @param {StoredModel} model */
export const usable = (model) => model.state === "whole";

/** Whether something was stored in an earlier visit or another tab, as the store's client notes it. */
export const hasOwn = () => (setting("stored-models") ?? "[]") !== "[]";

const STORE_AS = "store-as";
/** @returns {Record<string, string>} */
function settings() {
  try {
    const kept = JSON.parse(setting(STORE_AS) ?? "{}");
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

/** @returns {OwnModels} */
function createOwn() {
  /** @type {StoredModel[]} */
  let list = [];
  let loaded = false;
  /** @type {Promise<void> | null} */
  let loading = null;
  /** @type {Promise<ModelStore> | null} */
  let coming = null;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {(lab: OwnLab, key: string) => void} */
  let use = () => {};
  /** @type {(key: string) => void} */
  let removed = () => {};
  /** @type {(key: string) => void} */
  let precision = () => {};

  /** Asked again after a failure: the network may be back. */
  const store = () => (coming ??= import("../store/client.js").then(({ modelStore }) => {
    modelStore.onChange(() => void refresh());
    return modelStore;
  }, (error) => {
    coming = null;
    throw error;
  }));

  let asked = 0;
  async function refresh() {
    const mine = ++asked;
    const found = await (await store()).list();
    if (mine !== asked) return; // a later question is on its way
    list = found.sort((a, b) => b.savedAt - a.savedAt);
    loaded = true;
    for (const listener of listeners) listener();
  }

  /** The same commit in another precision will do. @param {string} key */
  const find = (key) => list.find((model) => keyOf(model) === key) ?? list.find((model) => travels(key) && plain(keyOf(model)) === plain(key));
  return {
    get list() {
      return list;
    },
    get loaded() {
      return loaded;
    },
    load: () => (loading ??= refresh().catch((error) => {
      loading = null;
      throw error;
    })),
    refresh, store, find,
    async open(key, options) {
      await this.load();
      const model = find(key);
      if (!model) throw { kind: "missing", message: `no model ${key}`, detail: { id: key } };
      const { files, handles } = await (await store()).open(model.id, options);
      return { files, handles, storeAs: this.storeAs(key) };
    },
    storeAs: (key) => (settings()[plain(key)] === "int8" ? "int8" : undefined),
    setStoreAs(key, as) {
      const { [plain(key)]: _, ...others } = settings();
      keep(STORE_AS, JSON.stringify(as ? { ...others, [plain(key)]: as } : others));
    },
    onChange: (listener) => void listeners.add(listener),
    use: (lab, key) => use(lab, key),
    onUse: (handler) => void (use = handler),
    changedPrecision: (key) => precision(key),
    onPrecision: (handler) => void (precision = handler),
    removed: (key) => removed(key),
    onRemoved: (handler) => void (removed = handler),
  };
}

export const own = createOwn();
