// Calls in order, one at a time. A long one gives way after every turn and goes to the back of the
// queue, so that a short call is answered between two passes of a picture in the making.

/**
 * @typedef {{action: string, args: any[], signal: AbortSignal, report: (progress: any) => void}} Job
 * @typedef {(action: string, args: any[], hooks?: {signal?: AbortSignal, report?: (progress: any) => void}) => Promise<any>} Ask
 */

/** What a turn gives back that needs another one. */
export const AGAIN = Symbol("again");

export const CANCELLED = Object.freeze({ kind: "cancelled", message: "cancelled", detail: {} });

/** Lets messages and clicks in, and answers out. */
const rest = () => new Promise((resolve) => setTimeout(resolve));

/**
 * @param {(job: Job) => unknown} turn an answer, a promise of one, or AGAIN
 * @returns {(job: Job) => Promise<any>}
 */
export function createTurns(turn) {
  /** @type {{job: Job, begun: boolean, resolve: (value: any) => void, reject: (error: any) => void}[]} */
  const queue = [];
  let working = false;

  async function work() {
    working = true;
    for (let call = queue.shift(); call; call = queue.shift()) {
      try {
        const value = await turn(call.job);
        if (value === AGAIN) {
          call.begun = true;
          // What comes in meanwhile goes before it.
          await rest();
          queue.push(call);
          continue;
        }
        call.resolve(value);
      } catch (error) {
        call.reject(error);
      }
      // The answer would otherwise leave only after the next pass.
      if (queue[0]?.begun) await rest();
    }
    working = false;
  }

  return (job) => new Promise((resolve, reject) => {
    queue.push({ job, begun: false, resolve, reject });
    if (!working) void work();
  });
}

/**
 * Whoever waits is told at once; the work itself ends at its next turn.
 * @template T @param {AbortSignal | undefined} signal @param {Promise<T>} answer @param {() => any} [cause]
 * @returns {Promise<T>}
 */
export function unlessAborted(signal, answer, cause = () => CANCELLED) {
  if (!signal) return answer;
  return new Promise((resolve, reject) => {
    const abort = () => reject(cause());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
