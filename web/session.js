// The page's side of the worker: requests with abort and progress, a watchdog on silence, models
// that are loaded when a lab asks for them, and a fresh worker in place of a poisoned one, with the
// same models. The document never enters this file.

/** Longest silence before a worker counts as stuck; a graphics device compiles shaders for a while. */
const SILENCE_MILLIS = { cpu: 90_000, webgpu: 300_000 };

/** @typedef {{action: keyof Actions, resolve: (value: any) => void, reject: (error: KindlingError) => void, onProgress?: (progress: Progress) => void, seenMillis: number}} Waiting */

const CANCELLED = /** @type {KindlingError} */ ({ kind: "cancelled", message: "cancelled", detail: {} });
/** @returns {ModelStatus<any>} */
const unloaded = (own = "", instead = "") => ({ phase: "idle", info: null, bytes: 0, progress: null, error: null, own, instead });
/** What the store says of a model whose files cannot be had: the bundled one stands in. */
const GONE = ["missing", "evicted", "damaged"];

/**
 * @param {{onStatus: (status: SessionStatus) => void, workerUrl: () => string | URL, takeEarly?: (choice: DeviceChoice, models: ModelName[]) => EarlyWorker | null, openOwn?: (key: string, options: StoreOptions) => Promise<OwnFiles>}} options
 * @returns {Session}
 */
export function createSession({ onStatus, workerUrl, takeEarly, openOwn }) {
  /** @type {SessionStatus} */
  let status = { phase: "idle", choice: "auto", opened: null, error: null, models: { encoder: unloaded(), clip: unloaded(), text2image: unloaded() } };
  /** @type {Worker | null} */
  let worker = null;
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let lastId = 0;
  let watchdog = 0;
  let poisonings = 0;
  /** @type {AbortController | null} */
  let opening = null;
  /** @type {Map<ModelName, AbortController>} */
  const loading = new Map();
  /** The visitor's own model in place of a bundled one, by its key; and one that was asked for and is gone. @type {Map<ModelName, string>} */
  const owns = new Map(), gone = new Map();
  /** @param {ModelName} name */
  const blank = (name) => unloaded(owns.get(name), gone.get(name));
  /** @type {Map<ModelName, Progress>} */
  const downloads = new Map();
  /** What the program itself has reported: it counts towards every model that waits for it. @type {Progress | null} */
  let programProgress = null;

  /** @param {Partial<SessionStatus>} patch */
  function setStatus(patch) {
    status = { ...status, ...patch };
    onStatus(status);
  }

  /** @param {ModelName[]} names @param {Partial<ModelStatus<any>>} patch @param {Partial<SessionStatus>} [more] */
  function setModels(names, patch, more = {}) {
    const models = { ...status.models };
    for (const name of names) models[name] = { ...models[name], ...patch };
    setStatus({ ...more, models });
  }

  /** @param {(phase: SessionPhase) => boolean} test */
  const modelsThat = (test) => /** @type {ModelName[]} */ (Object.keys(status.models)).filter((name) => test(status.models[name].phase));
  const wanted = () => modelsThat((phase) => phase === "ready" || phase === "opening");

  /** @param {EarlyWorker | null} early one that is at work already */
  function startWorker(early) {
    const fresh = early?.worker ?? new Worker(workerUrl(), { type: "module" });
    /** @type {Record<"message" | "error" | "messageerror", (event: any) => void>} */
    const listeners = {
      message: ({ data }) => receive(data),
      error: (event) => {
        event.preventDefault();
        poison(fresh, { kind: "worker", message: event.message || "worker failed to start", detail: {} });
      },
      messageerror: () => poison(fresh, { kind: "worker", message: "unreadable message", detail: {} }),
    };
    for (const [kind, listener] of Object.entries(listeners)) fresh.addEventListener(kind, listener);
    return { fresh, listeners };
  }

  /** @param {FromWorker} message */
  function receive(message) {
    for (const call of waiting.values()) call.seenMillis = performance.now();
    const call = waiting.get(message.id);
    if (!call) return; // answered late: the caller has gone
    if ("progress" in message) return call.onProgress?.(message.progress);
    waiting.delete(message.id);
    if ("value" in message) {
      // Starting well is no proof: only real work shows that a worker is sound again.
      if (call.action !== "open" && call.action !== "load") poisonings = 0;
      return call.resolve(message.value);
    }
    call.reject(message.error);
    if (message.error.kind === "panic" && worker) poison(worker, message.error);
  }

  /** Ends a worker that cannot be trusted any more and opens another, but not in a loop. @param {Worker} which @param {KindlingError} error */
  function poison(which, error) {
    if (which !== worker) return;
    const wasOpen = status.phase === "ready";
    const again = wanted();
    poisonings += 1;
    opening = null;
    loading.clear();
    dropWorker({ ...error, kind: error.kind === "worker" ? "worker" : "panic" });
    setModels(again, { phase: "failed", progress: null, error }, { phase: "failed", opened: null, error });
    if (wasOpen && poisonings < 3) start(status.choice, again);
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

  /** With `asked`, the question is out already, under that number. @type {Session["request"]} */
  function request(action, args, { signal, onProgress, transfer = [], asked } = {}) {
    if (signal?.aborted) return Promise.reject(CANCELLED);
    if (!worker) return Promise.reject({ kind: "no_model", message: "no model loaded", detail: {} });
    const id = asked ?? ++lastId;
    const target = worker;
    return new Promise((resolve, reject) => {
      waiting.set(id, { action, resolve, reject, onProgress, seenMillis: performance.now() });
      if (!asked) target.postMessage({ id, action, args }, transfer);
      signal?.addEventListener("abort", () => {
        target.postMessage({ cancel: id });
        // The page moves on at once; whatever the worker still answers is dropped.
        if (waiting.delete(id)) reject(CANCELLED);
      }, { once: true });
    });
  }

  /** @param {DeviceChoice} choice @param {ModelName[]} models @param {DeviceReason} [failed] */
  function start(choice, models, failed) {
    opening?.abort();
    for (const controller of loading.values()) controller.abort();
    loading.clear();
    dropWorker({ ...CANCELLED, message: "device changed" });
    // What was set going early is the bundled model: of no use where somebody brings another.
    const early = (!failed && takeEarly?.(choice, models.some((name) => owns.has(name)) ? [] : models)) || null;
    const { fresh, listeners } = startWorker(early);
    worker = fresh;
    lastId = Math.max(lastId, ...Object.values(early?.ids ?? {}));
    watch();
    const controller = (opening = new AbortController());
    programProgress = null;
    downloads.clear();
    const others = modelsThat(() => true).filter((name) => !models.includes(name));
    status = { ...status, models: { ...status.models, ...Object.fromEntries([...others, ...models].map((name) => [name, blank(name)])) } };
    setModels(models, { phase: "opening" }, { phase: "opening", choice, opened: null, error: null });
    request("open", { device: choice, failed }, {
      signal: controller.signal,
      asked: early?.ids.open,
      onProgress: (progress) => {
        programProgress = progress.phase === "download" || programProgress?.phase !== "download" ? progress : { ...programProgress, done: programProgress.total };
        if (opening === controller) for (const name of wanted()) tell(name, progress);
      },
    }).then((opened) => {
      if (opening !== controller) return;
      opening = null;
      setStatus({ phase: "ready", opened });
    }, (/** @type {KindlingError} */ error) => {
      if (opening !== controller) return;
      opening = null;
      const names = wanted();
      for (const one of loading.values()) one.abort();
      loading.clear();
      setModels(names, { phase: "failed", progress: null, error }, { phase: "failed", error });
    });
    for (const name of models) fetchModel(name, early?.ids.load);
    for (const [kind, event] of early?.handOver() ?? []) listeners[kind](event);
  }

  /** @param {ModelName} name @param {number} [asked] */
  function fetchModel(name, asked) {
    const controller = new AbortController();
    loading.set(name, controller);
    const mine = () => loading.get(name) === controller;
    const key = owns.get(name);
    /** @type {RequestOptions} */
    const options = { signal: controller.signal, asked, onProgress: (progress) => mine() && tell(name, progress, true) };
    const answer = key === undefined ? request("load", { model: name }, options) : ownFiles(key, { signal: controller.signal, onProgress: ({ phase, done, total }) => mine() && tell(name, { phase, done, total, unit: "bytes" }) }).then((own) => request("load", { model: name, ...own }, options));
    answer.then((loaded) => {
      if (!mine()) return;
      loading.delete(name);
      setModels([name], { ...loaded, phase: "ready", progress: null, error: null });
    }, (/** @type {KindlingError} */ error) => {
      if (!mine()) return;
      loading.delete(name);
      if (key !== undefined && GONE.includes(error.kind)) {
        owns.delete(name);
        gone.set(name, key);
        setModels([name], { ...blank(name), phase: "opening" });
        return fetchModel(name);
      }
      // The graphics device let itself be opened and then could not hold the model.
      if (error.kind === "device" && status.opened?.bundle === "webgpu" && status.choice === "auto") return start("auto", [...wanted()], "failed");
      setModels([name], { phase: "failed", progress: null, error });
    });
  }

  /** @param {string} key @param {StoreOptions} options @returns {Promise<OwnFiles>} */
  const ownFiles = async (key, options) => {
    if (!openOwn) throw { kind: "missing", message: `no store for ${key}`, detail: { id: key } };
    return openOwn(key, options);
  };

  /** Program and model come down together, so the person is told of both in one. @param {ModelName} name @param {Progress} progress @param {boolean} [own] */
  function tell(name, progress, own = false) {
    if (own && progress.phase === "download") downloads.set(name, progress);
    const mine = downloads.get(name);
    const program = opening && programProgress?.phase === "download" ? programProgress : null;
    const done = (mine?.done ?? 0) + (program?.done ?? 0);
    const total = (mine?.total ?? 0) + (program?.total ?? 0);
    const coming = progress.phase !== "device" && done < total;
    setModels([name], { progress: coming ? { phase: "download", done, total, unit: "bytes" } : progress });
  }

  return {
    request,
    open(choice, model, failed) {
      start(choice, [...new Set([...wanted(), ...modelsThat((phase) => phase === "failed"), ...(model ? [model] : [])])], failed);
    },
    load(model, choice, own, again = false) {
      const other = own !== undefined && (again || (own !== (owns.get(model) ?? "") && own !== gone.get(model)));
      if (!other && ["ready", "opening"].includes(status.models[model].phase)) return;
      if (other) {
        gone.delete(model);
        if (own) owns.set(model, own);
        else owns.delete(model);
      }
      loading.get(model)?.abort();
      downloads.delete(model);
      if (!worker || status.phase === "failed" || status.phase === "idle") return start(choice, [...new Set([...wanted(), model])]);
      setModels([model], { ...blank(model), phase: "opening" });
      fetchModel(model);
    },
    cancel(model) {
      const alone = wanted().every((name) => name === model);
      if (alone && opening) return opening.abort();
      loading.get(model)?.abort();
    },
    get status() {
      return status;
    },
  };
}

/**
 * The session as one lab sees it: while another lab's choice of model is loaded, this one's is not.
 * @param {Session} session @param {ModelName} model @param {() => string} wanted key of the model that the lab wants, "" for the bundled one
 * @returns {Session}
 */
export function sessionOf(session, model, wanted) {
  /** @type {SessionStatus | null} */
  let seen = null;
  /** @type {SessionStatus | null} */
  let shown = null;
  return {
    request: session.request, open: session.open, cancel: session.cancel,
    load: (name, choice, own, again) => session.load(name, choice, own ?? (name === model ? wanted() : undefined), again),
    get status() {
      const { status } = session;
      const { own, instead } = status.models[model];
      if ((instead || own) === wanted()) return status;
      if (seen !== status || !shown) shown = { ...status, models: { ...status.models, [model]: unloaded() } };
      seen = status;
      return shown;
    },
  };
}
