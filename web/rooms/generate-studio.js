// Runs, one at a time: asks the worker, keeps every frame, and says what happens through the room's
// events. What a run has shown stays, however it ends.

import { KEPT_FILMS, MAX_KEPT_PICTURES } from "../base/constants.js";
import { canvasOf, frameOf } from "./generate-frames.js";
import { optionsOf, randomSeed } from "./generate-settings.js";
import { estimate, remember } from "./generate-timing.js";

/** @param {Room<GenerateState>} base @returns {GenerateRoom} */
export function withStudio(base) {
  const { store, session } = base;
  const room = /** @type {GenerateRoom} */ (base);
  let lastId = 0;
  /** @type {GenerateRun | null} */
  let shown = null;
  /** @type {GenerateRun | null} */
  let running = null;
  /** @type {AbortController | null} */
  let controller = null;
  /** @type {SourcePicture | null} */
  let source = null;
  /** Whoever waits for its turn: only the newest goes on. */
  let turn = 0;
  let step = 0, picture = 0, follows = true;
  /** Runs whose frames are still held, oldest first. @type {GenerateRun[]} */
  const films = [];

  const info = () => session.status.models.text2image.info;
  const runner = () => ({ bundle: session.status.opened?.bundle ?? /** @type {const} */ ("cpu"), own: session.status.models.text2image.own, weights: info()?.parameters.unet ?? 0 });
  const fromPicture = () => store.state.start === "picture" && source !== null;

  /** @param {GenerateRun} run */
  function keepFilm(run) {
    films.push(run);
    while (films.length > KEPT_FILMS) {
      const old = films.shift();
      // The picture stays; one with the same seed can be drawn again.
      if (old && old !== shown) old.frames = old.frames.slice(-1);
    }
  }

  /** @returns {Promise<GenerationPictures>} what the knobs ask for besides words */
  async function pictures() {
    if (!source) return {};
    const { start, masked, edges } = store.state;
    const mask = start === "picture" && masked ? await room.mask() : null;
    return {
      ...(start === "picture" ? { init: source.bytes.slice() } : {}),
      ...(mask ? { mask } : {}),
      ...(edges && info()?.controlnet ? { control: source.bytes.slice() } : {}),
    };
  }

  /**
   * @param {RunKind} kind @param {GenerateOptions} options @param {GenerationPictures} given @param {AbortSignal} signal
   * @param {{every: number, begun?: (run: GenerateRun) => void, onFrame?: (run: GenerateRun) => void}} how
   * @returns {Promise<GenerateRun>}
   */
  async function perform(kind, options, given, signal, { every, begun, onFrame }) {
    const opened = session.status.opened;
    /** @type {GenerateRun} */
    const run = {
      id: ++lastId, kind, options, from: given.mask ? "mask" : given.init ? "picture" : "noise", phase: "running", error: null, plan: null, done: 0, frames: [], images: [], millis: 0,
      device: opened?.device.kind === "webgpu" ? `WebGPU ${opened.device.name}`.trim() : "CPU", before: null, origin: given.init ? source : null,
    };
    const startMillis = performance.now();
    /** @type {{passes: number[], previews: number[]}} */
    const millis = { passes: [], previews: [] };
    running = run;
    keepFilm(run);
    begun?.(run);
    room.emit("run-started");
    try {
      const { images } = await session.request("generate", { options, previewEvery: every, ...given }, {
        signal,
        onProgress: ({ done, plan, frame, stepMillis, previewMillis }) => {
          run.done = done;
          if (plan) {
            run.plan = plan;
            run.before = plan.seen && canvasOf(plan.seen);
          }
          if (stepMillis) millis.passes.push(stepMillis);
          if (previewMillis) millis.previews.push(previewMillis);
          if (frame) run.frames.push(frameOf(frame, stepMillis ?? 0));
          run.millis = performance.now() - startMillis;
          if (shown === run && follows && frame) step = run.frames.length - 1;
          onFrame?.(run);
          room.emit("frame");
        },
      });
      run.images = images.map(canvasOf);
      run.phase = "done";
    } catch (caught) {
      const error = /** @type {KindlingError} */ (caught);
      run.phase = error.kind === "cancelled" ? "cancelled" : "failed";
      run.error = run.phase === "failed" ? error : null;
    }
    run.millis = performance.now() - startMillis;
    if (millis.passes.length) remember(runner(), options, millis);
    if (running === run) running = null;
    if (run.phase === "done" && (kind === "draw" || kind === "race")) room.gallery.add(run);
    room.emit("run-ended");
    return run;
  }

  /** @type {KeptPicture[]} */
  let kept = [];
  /** @type {{picture: KeptPicture, at: number}[]} */
  const removed = [];

  Object.assign(room, {
    mask: async () => null,
    options: (/** @type {Partial<GenerateOptions>} */ patch = {}) => ({ ...optionsOf(store.state, info()), ...(fromPicture() ? {} : { strength: 1 }), ...patch }),
    estimate: (/** @type {GenerateOptions} */ options, /** @type {number | undefined} */ frames) => estimate(runner(), options, fromPicture(), frames),
    lookAt(/** @type {number} */ to) {
      if (!shown) return;
      const last = shown.frames.length - 1;
      step = Math.max(0, Math.min(last, to));
      follows = step === last;
      room.emit("step");
    },
    pick(/** @type {number} */ to) {
      picture = to;
      room.emit("step");
    },
    show(/** @type {GenerateRun} */ run, at = 0) {
      shown = run;
      step = Math.max(0, run.frames.length - 1);
      picture = at;
      follows = true;
      room.emit("shown");
    },
    async draw(again = false) {
      if (!room.ready) return;
      controller?.abort();
      const mine = ++turn;
      const { signal } = (controller = new AbortController());
      // A seed that has been drawn makes room for another one, unless it is locked; what broke off may go on with it.
      const last = shown?.kind === "draw" && shown.phase === "done" ? shown.options.seed : null;
      if (!again && !store.state.locked && last === store.state.seed) store.set({ seed: randomSeed() }, { quiet: true });
      const options = room.options();
      const given = await pictures();
      if (mine !== turn || signal.aborted) return;
      const run = await perform("draw", options, given, signal, { every: 1, begun: room.show });
      if (run.phase === "failed" && run.error && ["panic", "worker", "no_model"].includes(run.error.kind)) return;
      if (run.phase === "done") room.emit("scored");
    },
    async compute(/** @type {RunKind} */ kind, /** @type {GenerateOptions} */ options, /** @type {AbortSignal} */ signal, /** @type {((run: GenerateRun) => void) | undefined} */ onFrame) {
      if (!room.ready || signal.aborted) return null;
      const mine = ++turn;
      controller?.abort();
      const own = (controller = new AbortController());
      const given = await pictures();
      if (mine !== turn || own.signal.aborted) return null;
      const run = await perform(kind, options, given, AbortSignal.any([signal, own.signal]), { every: kind === "plot" ? 0 : 1, onFrame });
      return run.phase === "cancelled" ? null : run;
    },
    cancel() {
      turn += 1;
      controller?.abort();
      controller = null;
    },
    setSource(/** @type {SourcePicture | null} */ next) {
      source = next;
      room.emit("source");
    },
    gallery: Object.defineProperties({
      add(/** @type {GenerateRun} */ run) {
        const fresh = run.images.map((_, at) => ({ id: `${run.id}-${at}`, run, picture: at })).filter(({ id }) => !kept.some((one) => one.id === id));
        kept = [...fresh, ...kept].slice(0, MAX_KEPT_PICTURES);
        room.emit("gallery");
      },
      remove(/** @type {string} */ id) {
        const at = kept.findIndex((one) => one.id === id);
        if (at < 0) return;
        removed.push({ picture: kept[at], at });
        kept = kept.filter((one) => one.id !== id);
        room.emit("gallery");
      },
      undo() {
        const last = removed.pop();
        if (!last) return;
        kept = kept.toSpliced(last.at, 0, last.picture);
        room.emit("gallery");
      },
    }, { pictures: { get: () => kept }, removed: { get: () => removed[removed.length - 1]?.picture ?? null } }),
  });
  return Object.defineProperties(room, {
    info: { get: info }, shown: { get: () => shown }, running: { get: () => running }, source: { get: () => source },
    step: { get: () => step }, picture: { get: () => picture },
  });
}
