// A picture in the making. One pass of the U-Net is one turn of the worker's queue, so that calls of
// other labs go between two passes, and a cancel takes effect within one. The program holds one run
// at a time: a second one waits in the queue until the first has ended.

/**
 * @typedef {{plan: GenerationPlan, startMillis: number, done: number}} Run
 * @typedef {{id: number, args: any, controller: AbortController}} GenerateJob
 * @typedef {{playground: () => Playground, guarded: <T>(answer: T | Promise<T>) => Promise<T>, post: (message: FromWorker, transfer?: Transferable[]) => void}} Tools
 */

/** @param {Tools} tools */
export function createGenerator({ playground, guarded, post }) {
  /** @type {{job: GenerateJob, run: Run} | null} */
  let current = null;

  function stop() {
    current = null;
    try {
      playground().stopGeneration();
    } catch {
      // No program any more, so no run either.
    }
  }

  /** @param {GenerateJob} job */
  async function begin(job) {
    const { options, init, mask, control } = job.args;
    const startMillis = performance.now();
    const plan = await guarded(playground().startGeneration(options, init, mask, control));
    current = { job, run: { plan, startMillis, done: 0 } };
    post({ id: job.id, progress: { phase: "steps", done: 0, total: plan.evaluations, unit: "steps", plan } });
  }

  /** @param {GenerateJob} job @param {Run} run */
  async function pass(job, run) {
    const started = performance.now();
    const { done, of, timestep, finished } = await guarded(playground().stepGeneration());
    const stepMillis = performance.now() - started;
    run.done = done;
    const every = job.args.previewEvery;
    /** @type {Progress} */
    const progress = { phase: "steps", done, total: of, unit: "steps", stepMillis };
    if (every > 0 && (done % every === 0 || finished)) {
      const from = performance.now();
      const preview = await guarded(playground().previewGeneration());
      progress.previewMillis = performance.now() - from;
      progress.frame = { step: done, timestep, noise: run.plan.noise[done - 1] ?? 0, ...preview };
    }
    post({ id: job.id, progress }, buffersOf(progress.frame));
    return finished;
  }

  /** One pass a turn; undefined asks for another turn. @param {GenerateJob} job */
  async function generate(job) {
    if (current && current.job !== job) return undefined;
    try {
      job.controller.signal.throwIfAborted();
      if (!current) {
        await begin(job);
        return undefined;
      }
      const { run } = current;
      if (!(await pass(job, run))) return undefined;
      const { images } = await guarded(playground().finishGeneration());
      current = null;
      return { images, plan: run.plan, millis: performance.now() - run.startMillis };
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** What a run would see and where it would start, without a pass. @param {GenerateJob} job */
  async function prepare(job) {
    if (current) return undefined;
    const { options, init, mask, control } = job.args;
    try {
      return await guarded(playground().startGeneration(options, init, mask, control));
    } finally {
      stop();
    }
  }

  return {
    generate,
    prepare,
    /** A run that is taken out of the queue between two passes. @param {GenerateJob} job */
    forget: (job) => {
      if (current?.job === job) stop();
    },
  };
}

/** @param {GenerationFrame | undefined} frame @returns {Transferable[]} */
function buffersOf(frame) {
  const rasters = [...(frame?.images ?? []), ...Object.values(frame?.panels ?? {})];
  return [...new Set(rasters.map((raster) => /** @type {ArrayBuffer} */ (raster.rgba.buffer)))];
}
