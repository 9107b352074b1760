// A picture in the making, beside the program: one pass of the U-Net is one turn of the queue. The
// program holds one run at a time, so a second one waits until the first has ended.

import { AGAIN, CANCELLED } from "./turns.js";

/**
 * @typedef {import("./turns.js").Job} Job
 * @typedef {import("./dist/wasm/cpu/playground.js").Playground} Playground
 * @typedef {import("./dist/wasm/cpu/playground.js").GenerationPlan} Plan
 */

/** `args` of a job: what Rust takes, a picture every so many passes (0: none), bytes of picture files. @param {Playground} playground */
export function createRuns(playground) {
  /** @type {{job: Job, plan: Plan, startMillis: number} | null} */
  let run = null;

  function stop() {
    run = null;
    playground.stopGeneration();
  }

  /** @param {Job} job */
  async function begin(job) {
    const [options, , init, mask, control] = job.args;
    const startMillis = performance.now();
    const plan = await playground.startGeneration(options, init, mask, control).catch((error) => {
      throw pointed(error, { init, mask, control });
    });
    run = { job, plan, startMillis };
  }

  /** Rust reads several pictures and does not say which was at fault. @param {any} error @param {Record<string, Uint8Array | undefined>} pictures */
  function pointed(error, pictures) {
    if (error?.kind !== "image") return error;
    for (const [field, bytes] of Object.entries(pictures)) {
      try {
        if (bytes) playground.edges(bytes, 8, 8, 100, 200);
      } catch (found) {
        const { kind, message, detail } = /** @type {any} */ (found);
        return { kind, message, detail: { ...detail, field } };
      }
    }
    return error;
  }

  /** @param {Job} job */
  async function pass(job) {
    const every = job.args[1];
    const startMillis = performance.now();
    const { done, of, timestep, finished } = await playground.stepGeneration();
    const step = { step: done, of, timestep, millis: performance.now() - startMillis };
    if (every > 0 && (done % every === 0 || finished)) {
      const { images, panels } = await playground.previewGeneration();
      job.report({ ...step, images, ...(panels && { panels }) });
    } else job.report(step);
    return finished;
  }

  /** @param {Job} job */
  return async function turn(job) {
    const mine = run?.job === job;
    if (job.signal.aborted) {
      if (mine) stop();
      throw CANCELLED;
    }
    if (run && !mine) return AGAIN;
    try {
      if (!run) {
        await begin(job);
        return AGAIN;
      }
      const { plan, startMillis } = run;
      if (!(await pass(job))) return AGAIN;
      const { images } = await playground.finishGeneration();
      run = null;
      return { images, steps: plan.evaluations, truncated: plan.truncated, millis: performance.now() - startMillis };
    } catch (error) {
      stop();
      throw error;
    }
  };
}
