// What the parts of the models room share: the plan on show, what is under way, and the room on the disk.

import { clip } from "../base/dom.js";
import { keep, setting } from "../base/storage.js";
import { t } from "../i18n/index.js";
import { HUB, parseAddress } from "../store/address.js";
import { saveBlob } from "../ui/save.js";
import { toast } from "../ui/toast.js";
import { keyOf, own } from "./models-own.js";

export const hubBase = () => setting("hub") ?? HUB;
/** @param {string} base */
export const setHub = (base) => void keep("hub", base);
/** Bytes a second that the last download came with. */
export const keptRate = () => Number(setting("rate")) || null;

/** Changes of figures are drawn at most this often. */
const DRAW_MILLIS = 120;

/** @param {unknown} caught @returns {KindlingError} */
const asError = (caught) => {
  const error = /** @type {any} */ (caught);
  if (typeof error?.kind === "string") return error;
  return error?.name === "AbortError" ? { kind: "cancelled", message: "cancelled", detail: {} } : { kind: "worker", message: String(error?.message ?? error), detail: {} };
};

/** What this device does well. @param {Session} session @returns {StoreDevice} */
const deviceOf = ({ status }) => ({ f16: status.opened?.bundle === "webgpu" });

/** @param {Room<ModelsState>} base @returns {ModelsRoom} */
export function withModels(base) {
  const { store: state, session } = base;
  const room = /** @type {ModelsRoom} */ (base);
  /** @type {ModelPlan | null} */
  let plan = null;
  let variant = 0;
  /** @type {AbortController | null} */
  let looking = null;
  /** @type {KindlingError | null} */
  let fault = null;
  /** @type {Transfer[]} */
  let transfers = [];
  /** @type {StoreUsage | null} */
  let usage = null;
  let refusedToKeep = false;

  async function look() {
    looking?.abort();
    const controller = (looking = new AbortController());
    plan = null;
    fault = null;
    room.emit("plan");
    try {
      const source = parseAddress(clip(state.state.address, 1_000), hubBase());
      if ("message" in source) throw source;
      const store = await own.store();
      const found = await store.plan(source, { signal: controller.signal, device: deviceOf(session) });
      if (looking !== controller) return;
      plan = found;
      variant = found.recommended;
    } catch (caught) {
      if (looking !== controller) return;
      const error = asError(caught);
      fault = error.kind === "cancelled" ? null : error;
    }
    looking = null;
    room.emit("plan");
  }

  let drawn = 0;
  function tellSoon() {
    if (drawn) return;
    drawn = window.setTimeout(() => {
      drawn = 0;
      room.emit("transfer");
    }, DRAW_MILLIS);
  }

  /** Called off, here or in another tab. @param {Transfer} which */
  function leave(which) {
    calledOff.add(which.id);
    room.clear(which);
  }

  /**
   * @template Value
   * @param {Pick<Transfer, "id" | "title" | "what"> & {plan?: ModelPlan | null, variant?: string}} about
   * @param {(store: ModelStore, options: Required<StoreOptions>) => Promise<Value>} work
   * @returns {Promise<Value | null>}
   */
  async function transfer({ id, title, what, plan: planned = null, variant: named = "" }, work) {
    if (transfers.some((other) => other.id === id && other.phase === "running")) return null;
    const controller = new AbortController();
    /** @type {Transfer} */
    const mine = { id, title, plan: planned, variant: named, what, phase: "running", progress: null, error: null, controller };
    transfers = [...transfers.filter((other) => other.id !== id), mine];
    room.emit("transfers");
    try {
      const store = await own.store();
      const value = await work(store, {
        signal: controller.signal,
        onProgress(progress) {
          mine.progress = progress;
          if (progress.rate && progress.phase === "fetch") keep("rate", String(Math.round(progress.rate)));
          tellSoon();
        },
      });
      room.clear(mine);
      return value;
    } catch (caught) {
      const error = asError(caught);
      if (error.kind === "cancelled") leave(mine);
      else if (!controller.signal.aborted) {
        Object.assign(mine, { phase: "failed", error });
        room.emit("transfers");
      }
      return null;
    } finally {
      await refresh();
    }
  }

  async function refresh() {
    try {
      const store = await own.store();
      await own.refresh();
      usage = await store.usage();
    } catch {
      // The store's own errors are told where they happen; a list that cannot be read stays as it was.
    }
    room.emit("stored");
  }

  /** Once something of one's own is stored, the browser is asked not to throw it away. */
  async function keepAll(byHand = false) {
    const store = await own.store();
    const granted = await store.persist().catch(() => null);
    refusedToKeep = byHand && granted === false;
    usage = await store.usage();
    room.emit("stored");
  }

  return Object.defineProperties(Object.assign(room, {
    look,
    setVariant(/** @type {number} */ at) {
      variant = at;
      room.emit("variant");
    },
    dismiss() {
      looking?.abort();
      looking = null;
      plan = null;
      fault = null;
      room.emit("plan");
    },
    async download(/** @type {ModelPlan} */ wanted, /** @type {string} */ named = wanted.variants[0].name) {
      if (plan?.id === wanted.id) room.dismiss();
      const done = await transfer({ id: idOf(wanted, named), title: wanted.title, what: "fetch", plan: wanted, variant: named }, (store, options) => store.fetch(wanted, { ...options, variant: named }));
      if (!done) return;
      toast(t().models.transfer.done(done.title));
      await keepAll();
    },
    async addFolder(/** @type {FileSystemDirectoryHandle | File[]} */ folder, /** @type {string} */ name) {
      const done = await transfer({ id: `folder ${name}`, title: name, what: "folder" }, (store, options) => store.importFolder(folder, { ...options, name, device: deviceOf(session) }));
      if (!done) return;
      toast(t().models.transfer.done(done.title));
      await keepAll();
    },
    async addKit(/** @type {Blob} */ zip, /** @type {string} */ name) {
      const done = await transfer({ id: `kit ${name}`, title: name, what: "kit" }, (store, options) => store.importKit(zip, { ...options, name }));
      if (!done?.length) return;
      toast(t().models.transfer.done(done.map(({ title }) => title).join(t().open.comma)));
      await keepAll();
    },
    async verify(/** @type {StoredModel} */ model) {
      checked.delete(model.id);
      const found = await transfer({ id: model.id, title: model.title, what: "verify" }, (store, options) => store.verify(model.id, options));
      if (found) checked.set(model.id, found);
      room.emit("stored");
    },
    async pack(/** @type {StoredModel[]} */ models) {
      const name = `kindling-${models.length === 1 ? models[0].title.replace(/[^\w.-]+/g, "-") : "models"}.zip`;
      const to = await pickPlace(name);
      if (to === null) return;
      const title = models.length === 1 ? models[0].title : name;
      let saved = false;
      await transfer({ id: `pack ${name}`, title, what: "pack" }, async (store, options) => {
        const blob = await store.exportKit(models.map(({ id }) => id), to ? { ...options, to } : options);
        if (blob) saveBlob(name, blob);
        saved = true;
      });
      if (saved) toast(t().models.transfer.packed);
    },
    async remove(/** @type {StoredModel} */ model) {
      await (await own.store()).remove(model.id);
      own.removed(keyOf(model));
      await refresh();
      toast(t().models.list.removed(model.title));
    },
    stop(/** @type {Transfer} */ which) {
      which.controller.abort();
      leave(which); // the page moves on at once; the worker puts away what it has
      if (which.what !== "fetch") return;
      void own.store().then((store) => store.cancel(which.id));
      toast(t().models.transfer.stopped(which.title));
    },
    clear(/** @type {Transfer} */ which) {
      transfers = transfers.filter((other) => other !== which);
      room.emit("transfers");
    },
    keep: keepAll, refresh,
  }), {
    plan: { get: () => plan }, variant: { get: () => variant }, planning: { get: () => looking !== null }, fault: { get: () => fault },
    transfers: { get: () => transfers }, usage: { get: () => usage }, refusedToKeep: { get: () => refusedToKeep },
  });
}

/** Downloads that were called off, and may not have ended yet. @type {Set<string>} */
export const calledOff = new Set();

/** How the store names what it keeps of a plan. @param {ModelPlan} plan @param {string} variant */
const idOf = ({ id }, variant) => (variant === "default" ? id : `${id}#${variant}`);

/** What the last check of a model's files found, in this visit. @type {Map<string, {passed: boolean, bad: BadChunk[]}>} */
export const checked = new Map();

/** Where the browser can ask for a place, it does; null where the person took it back. @param {string} name @returns {Promise<FileSystemFileHandle | null | undefined>} */
async function pickPlace(name) {
  const pick = /** @type {any} */ (window).showSaveFilePicker;
  if (!pick) return undefined;
  try {
    return await pick({ suggestedName: name, types: [{ accept: { "application/zip": [".zip"] } }] });
  } catch (error) {
    return /** @type {any} */ (error)?.name === "AbortError" ? null : undefined;
  }
}
