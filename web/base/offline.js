// The service worker as the page sees it: registered once the model is here, asked before an
// update takes over, and "works offline" said only after the cache was looked through.

import { clearReloadGuard } from "./storage.js";

const CHECK_MILLIS = 60 * 60 * 1000;
const ASK_AGAIN_MILLIS = 500;

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
  });

  /** Offers a version once it is here. Chromium may tell of it before or after `register` answers. @param {ServiceWorkerRegistration} registration */
  function watch(registration) {
    /** @type {ServiceWorker | null} */
    let coming = null;
    const follow = () => {
      const fresh = registration.installing;
      if (!fresh || fresh === coming) return;
      coming = fresh;
      fresh.addEventListener("statechange", () => {
        if (fresh.state === "installed" && registration.active && registration.active !== fresh) offer(fresh);
      });
    };
    if (registration.waiting && container?.controller) offer(registration.waiting);
    registration.addEventListener("updatefound", follow);
    follow();
  }

  /** The worker's address carries the version, so a new list on the server is a new worker. */
  async function register() {
    const list = await currentList();
    if (!list || !container) return null;
    return container.register(scriptUrl(`./service-worker.js?v=${encodeURIComponent(list.version)}`), { scope: "./", updateViaCache: "none" });
  }

  async function verify() {
    onState((await everythingKept()) ? "yes" : "no");
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
          const registration = await register();
          if (registration) {
            watch(registration);
            setInterval(() => void register().catch(() => {}), CHECK_MILLIS);
          }
        }
        const ready = (await container.getRegistration("./")) ? await container.ready : null;
        // Answered with "kept" when all of it is there.
        ready?.active?.postMessage({ keep: [...folders, ...(bundle === "webgpu" ? ["wasm/webgpu/"] : [])] });
        if (!ready) await verify();
      } catch {
        onState("no"); // private mode, or a server without the list
      }
    },
  };
}

/** @returns {Promise<Precache | null>} */
async function currentList() {
  const response = await fetch("./precache.json", { cache: "no-cache" }).catch(() => null);
  return response?.ok ? response.json() : null;
}
