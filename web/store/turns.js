// One tab downloads a model, others watch and take over. The lock is the browser's, so a tab that dies gives it back.

import { failure } from "../worker/download.js";
import { plainError } from "./http.js";

const CHANNEL = "kindling-store";
const PREFIX = "kindling-store ";

/** @typedef {{id: string, progress: StoreProgress} | {id: string, ended: KindlingError | null, job: number} | {ask: string} | {cancel: string} | {changed: true}} Said */

const channel = globalThis.BroadcastChannel ? new BroadcastChannel(CHANNEL) : null;
/** Jobs of this worker. @type {Map<string, Set<AbortController>>} */
const jobs = new Map();
/** What was last said of each, for tabs that come later. @type {Map<string, StoreProgress>} */
const latest = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {Said} said */
const say = (said) => channel?.postMessage(said);
channel?.addEventListener("message", ({ data }) => {
  if (data.cancel) abort(data.cancel);
  const progress = data.ask && latest.get(data.ask);
  if (progress) say({ id: data.ask, progress });
  if (data.changed) for (const listener of listeners) listener();
});

/** @param {string} id */
const abort = (id) => jobs.get(id)?.forEach((job) => job.abort(failure("cancelled", "cancelled")));

/** Calls off what is done for a model, in all tabs. @param {string} id */
export function cancel(id) {
  abort(id);
  say({ cancel: id });
}

/** What is stored is not what it was. */
export function changed() {
  say({ changed: true });
  for (const listener of listeners) listener();
}
/** @param {() => void} listener */
export const onChanged = (listener) => void listeners.add(listener);

/** Models that some tab is at. @returns {Promise<Set<string>>} */
export async function busy() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.flatMap(({ name = "" }) => (name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [])));
}

/**
 * Alone with a model; waits until it is free. @template T @param {string} id @param {AbortSignal} signal @param {() => Promise<T>} work @returns {Promise<T>}
 */
export const alone = (id, signal, work) => navigator.locks ? navigator.locks.request(PREFIX + id, { signal }, work) : work();

/**
 * Does the work, unless another tab is at it: then its progress is handed on, its failure is ours, and when it goes away the work is taken over.
 * @template T @param {string} id @param {AbortSignal} outer @param {(progress: StoreProgress) => void} onProgress
 * @param {(signal: AbortSignal, report: (progress: StoreProgress) => void) => Promise<T>} work @returns {Promise<T>}
 */
export async function inTurn(id, outer, onProgress, work) {
  const own = new AbortController();
  const signal = AbortSignal.any([outer, own.signal]);
  const mine = jobs.get(id) ?? new Set();
  jobs.set(id, mine.add(own));
  const watcher = globalThis.BroadcastChannel ? new BroadcastChannel(CHANNEL) : null;
  const job = Math.random();
  let ours = false;
  watcher?.addEventListener("message", ({ data }) => {
    if (data.id !== id) return;
    if (data.progress && !ours) onProgress({ ...data.progress, phase: "watch" });
    // The lock may come before the word of the one that had it.
    if (data.ended && data.job !== job) own.abort(data.ended);
  });
  say({ ask: id });
  try {
    return await alone(id, signal, async () => {
      ours = true;
      return lead(id, job, signal, onProgress, work);
    });
  } finally {
    watcher?.close();
    mine.delete(own);
    if (!mine.size) jobs.delete(id);
  }
}

/** @template T @param {string} id @param {number} job @param {AbortSignal} signal @param {(progress: StoreProgress) => void} onProgress @param {(signal: AbortSignal, report: (progress: StoreProgress) => void) => Promise<T>} work */
async function lead(id, job, signal, onProgress, work) {
  try {
    const value = await work(signal, (progress) => {
      onProgress(progress);
      latest.set(id, progress);
      say({ id, progress });
    });
    say({ id, ended: null, job });
    return value;
  } catch (error) {
    const told = signal.aborted ? signal.reason : error;
    say({ id, ended: plainError(told), job });
    throw told;
  } finally {
    latest.delete(id);
  }
}
