// The service worker as the page sees it: registered once the model is here, asked before an
// update takes over, and "works offline" said only after the cache was looked through.

import { clearReloadGuard } from "./storage.js";

const CHECK_MILLIS = 60 * 60 * 1000;
const ASK_AGAIN_MILLIS = 500;
const HELD_BACK_MILLIS = 10_000;
const TRY_AGAIN_MILLIS = 5_000;
const TRIES = 3;

/** @typedef {"no" | "saving" | "yes"} OfflineState */

/**
 * @param {{onState: (state: OfflineState) => void, onUpdate: (apply: () => void) => void, scriptUrl: (url: string) => any}} options
 * @returns {{start: (bundle: DeviceKind, folders: string[]) => Promise<void>}}
 */
export function createOffline({ onState, onUpdate, scriptUrl }) {
  let reloading = false;
  let started = false;
  const container = "serviceWorker" in navigator ? navigator.serviceWorker : null;
  container?.addEventListener("controllerchange", () => {
    if (reloading) location.reload();
  });
  container?.addEventListener("message", ({ data }) => {
    if (data === "kept") void verify();
  });

  /** @param {ServiceWorker} waiting */
  const offer = (waiting) => onUpdate(() => {
    reloading = true;
    const ask = () => waiting.state === "installed" && waiting.postMessage("skip-waiting");
    ask();
    // Asked while the old one still answers something, Chromium may forget to take the new one when that is done.
    const again = setInterval(() => (waiting.state === "installed" ? ask() : clearInterval(again)), ASK_AGAIN_MILLIS);
    setTimeout(() => waiting.state === "installed" && void goRound().catch(() => {}), HELD_BACK_MILLIS);
  });

  /**
   * Chromium may hold the new one back for five minutes, where it takes the old one for busy. Without either the page comes from the server,
   * and registers the new one, which finds its files kept. Without a network the wait goes on.
   */
  async function goRound() {
    const registration = await container?.getRegistration("./");
    if (!registration || !(await currentList())) return;
    await registration.unregister();
    location.reload();
  }

  /** @type {WeakSet<ServiceWorker>} */
  const followed = new WeakSet();
  /** Offers the version that is being fetched once it is here; one that fails on the way is asked for again. @param {ServiceWorkerRegistration} registration */
  function follow(registration) {
    const fresh = registration.installing;
    if (!fresh || followed.has(fresh)) return;
    followed.add(fresh);
    let here = false;
    fresh.addEventListener("statechange", () => {
      here ||= fresh.state === "installed";
      if (fresh.state === "installed" && registration.active && registration.active !== fresh) offer(fresh);
      if (fresh.state === "redundant" && !here) later(install);
    });
  }

  /** @type {WeakSet<ServiceWorkerRegistration>} */
  const watched = new WeakSet();
  /** Looks for a version on the server. Chromium may tell of it before or after `register` answers. */
  async function install() {
    const registration = await register();
    if (!registration) return;
    if (!watched.has(registration)) {
      watched.add(registration);
      if (registration.waiting && container?.controller) offer(registration.waiting);
      registration.addEventListener("updatefound", () => follow(registration));
    }
    follow(registration);
  }

  let triesLeft = TRIES;
  /** A cut line or a busy disk is no reason to stay without a copy for a whole visit. @param {() => Promise<unknown>} work @returns {boolean} whether there is another try */
  function later(work) {
    if (triesLeft === 0) {
      onState("no");
      return false;
    }
    triesLeft -= 1;
    setTimeout(() => void work().catch(() => later(work)), TRY_AGAIN_MILLIS);
    return true;
  }

  /** The worker's address carries the version, so a new list on the server is a new worker. */
  async function register() {
    const list = await currentList();
    if (!list || !container) return null;
    return container.register(scriptUrl(`./service-worker.js?v=${encodeURIComponent(list.version)}`), { scope: "./", updateViaCache: "none" });
  }

  async function verify() {
    if (await everythingKept()) {
      triesLeft = TRIES;
      onState("yes");
    } else if (later(askToKeep)) onState("saving");
  }

  /** Asks the worker in charge for what it keeps only when told; it answers with "kept". */
  async function askToKeep() {
    const ready = (await container?.getRegistration("./")) ? await container?.ready : null;
    ready?.active?.postMessage({ keep: [...folders, ...(bundle === "webgpu" ? ["wasm/webgpu/"] : [])] });
    if (!ready) onState("no"); // a server without the list
  }

  /** @type {DeviceKind} */
  let bundle = "cpu";
  /** Folders that this visit uses and the service worker keeps only when told. @type {Set<string>} */
  const folders = new Set();
  /** Whether a visit without a network needs this file. @param {string} url */
  const isNeeded = (url) => {
    const path = url.replace(/^\.\//, "");
    if (path.startsWith("wasm/webgpu/")) return bundle === "webgpu";
    return !path.startsWith("models/") || [...folders].some((folder) => path.startsWith(folder));
  };
  async function everythingKept() {
    const registration = await container?.getRegistration("./");
    if (!registration?.active) return false;
    const name = `kindling ${registration.scope} ${new URL(registration.active.scriptURL).searchParams.get("v")}`;
    if (!(await caches.has(name))) return false;
    const cache = await caches.open(name);
    const base = registration.scope;
    /** @type {Precache | undefined} */
    const list = await (await cache.match(new URL("precache.json", base)))?.json();
    if (!list) return false;
    const held = await Promise.all(list.files.filter((file) => isNeeded(file.url)).map((file) => cache.match(new URL(file.url, base))));
    return held.every(Boolean);
  }

  return {
    async start(inUse, used) {
      bundle = inUse;
      for (const folder of used) folders.add(folder);
      clearReloadGuard();
      if (!container) return;
      try {
        if (await everythingKept()) onState("yes");
        else onState("saving");
        if (!started) {
          started = true;
          setInterval(() => void install().catch(() => {}), CHECK_MILLIS);
          await install().catch(() => later(install));
        }
        await askToKeep();
      } catch {
        onState("no"); // private mode
      }
    },
  };
}

/** @returns {Promise<Precache | null>} */
async function currentList() {
  const response = await fetch("./precache.json", { cache: "no-cache" }).catch(() => null);
  return response?.ok ? response.json() : null;
}
