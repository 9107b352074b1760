// The page's side of the worker: requests with abort and progress, a watchdog on silence, and a
// fresh worker in place of a poisoned one. The document never enters this file.

/** Longest silence before a worker counts as stuck; a graphics device compiles shaders for a while. */
const SILENCE_MILLIS = { cpu: 90_000, webgpu: 300_000 };

/** @typedef {{resolve: (value: any) => void, reject: (error: KindlingError) => void, onProgress?: (progress: Progress) => void, seenMillis: number}} Waiting */

/**
 * @param {{onStatus: (status: SessionStatus) => void, workerUrl: () => string | URL}} options
 * @returns {Session}
 */
export function createSession({ onStatus, workerUrl }) {
  /** @type {SessionStatus} */
  let status = { phase: "idle", choice: "auto", opened: null, progress: null, startedMillis: 0, error: null };
  /** @type {Worker | null} */
  let worker = null;
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let lastId = 0;
  let watchdog = 0;
  let poisonings = 0;
  /** @type {AbortController | null} */
  let opening = null;

  /** @param {Partial<SessionStatus>} patch */
  function setStatus(patch) {
    status = { ...status, ...patch };
    onStatus(status);
  }

  function startWorker() {
    const fresh = new Worker(workerUrl(), { type: "module" });
    fresh.addEventListener("message", ({ data }) => receive(data));
    fresh.addEventListener("error", (event) => {
      event.preventDefault();
      poison(fresh, { kind: "worker", message: event.message || "worker failed to start", detail: {} });
    });
    fresh.addEventListener("messageerror", () => poison(fresh, { kind: "worker", message: "unreadable message", detail: {} }));
    return fresh;
  }

  /** @param {FromWorker} message */
  function receive(message) {
    for (const call of waiting.values()) call.seenMillis = performance.now();
    const call = waiting.get(message.id);
    if (!call) return; // answered late: the caller has gone
    if ("progress" in message) return call.onProgress?.(message.progress);
    waiting.delete(message.id);
    if ("value" in message) {
      if (status.phase === "ready") poisonings = 0;
      return call.resolve(message.value);
    }
    call.reject(message.error);
    if (message.error.kind === "panic" && worker) poison(worker, message.error);
  }

  /** Ends a worker that cannot be trusted any more and opens another, but not in a loop. @param {Worker} which @param {KindlingError} error */
  function poison(which, error) {
    if (which !== worker) return;
    dropWorker({ ...error, kind: error.kind === "worker" ? "worker" : "panic" });
    poisonings += 1;
    const wasOpen = status.phase === "ready";
    setStatus({ phase: "failed", opened: null, progress: null, error });
    if (wasOpen && poisonings < 3) open(status.choice).catch(() => {});
  }

  /** @param {KindlingError} error what everyone still waiting is told */
  function dropWorker(error) {
    worker?.terminate();
    worker = null;
    clearInterval(watchdog);
    const calls = [...waiting.values()];
    waiting.clear();
    for (const call of calls) call.reject(error);
  }

  function watch() {
    clearInterval(watchdog);
    let tickMillis = performance.now();
    watchdog = window.setInterval(() => {
      const late = performance.now() - tickMillis > 15_000;
      tickMillis = performance.now();
      // The machine slept or the tab was frozen: the worker was too, so count anew.
      if (late) for (const call of waiting.values()) call.seenMillis = tickMillis;
      const limit = SILENCE_MILLIS[status.opened?.bundle ?? "webgpu"];
      const quiet = [...waiting.values()].some((call) => performance.now() - call.seenMillis > limit);
      if (quiet && worker) poison(worker, { kind: "worker", message: "no sign of life", detail: { silence_millis: limit } });
    }, 5_000);
  }

  /** @type {Session["request"]} */
  function request(action, args, { signal, onProgress } = {}) {
    if (signal?.aborted) return Promise.reject({ kind: "cancelled", message: "cancelled", detail: {} });
    if (!worker) {
      if (action !== "open") return Promise.reject({ kind: "no_model", message: "no model loaded", detail: {} });
      worker = startWorker();
      watch();
    }
    const id = ++lastId;
    const target = worker;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, onProgress, seenMillis: performance.now() });
      target.postMessage({ id, action, args });
      signal?.addEventListener("abort", () => {
        target.postMessage({ cancel: id });
        // The page moves on at once; whatever the worker still answers is dropped.
        if (waiting.delete(id)) reject({ kind: "cancelled", message: "cancelled", detail: {} });
      }, { once: true });
    });
  }

  /** @param {DeviceChoice} choice */
  async function open(choice) {
    opening?.abort();
    const controller = new AbortController();
    opening = controller;
    if (worker) dropWorker({ kind: "cancelled", message: "device changed", detail: {} });
    setStatus({ phase: "opening", choice, opened: null, progress: null, error: null, startedMillis: performance.now() });
    try {
      const opened = await request("open", { device: choice }, {
        signal: controller.signal,
        onProgress: (progress) => opening === controller && setStatus({ progress }),
      });
      setStatus({ phase: "ready", opened, progress: null });
      return opened;
    } catch (error) {
      if (opening === controller) setStatus({ phase: "failed", progress: null, error: /** @type {KindlingError} */ (error) });
      throw error;
    } finally {
      if (opening === controller) opening = null;
    }
  }

  return {
    request,
    open,
    cancelOpen: () => opening?.abort(),
    restart: () => open(status.choice),
    get status() {
      return status;
    },
  };
}
