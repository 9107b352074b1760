// Requests for models: ranges, an idle watchdog, back-off, and a judgement of every answer before a byte of it counts.
// Only headers that need no preflight are sent, since redirects to other hosts do not survive one.

import { failure } from "../worker/download.js";

export const IDLE_MILLIS = 20_000;
const BACK_OFF_MILLIS = 400;
const LONGEST_WAIT_MILLIS = 15_000;
/** In a row, without a byte of progress. */
export const TRIES = 5;
/** Bytes that were read and not yet written. */
const MAX_WAITING = 32 * 1024 * 1024;
/** Listings and small files that are read as text. */
const MAX_TEXT = 30_000_000;

/**
 * Something that went wrong, and what may help: "again" the same; "restart" from the first byte; "next" source; "stop".
 * @typedef {"again" | "restart" | "next" | "stop"} Remedy
 */
export class Trouble extends Error {
  /** @param {KindlingError} error @param {Remedy} remedy @param {number} [waitMillis] */
  constructor(error, remedy, waitMillis = 0) {
    super(error.message);
    this.error = error;
    this.remedy = remedy;
    this.waitMillis = waitMillis;
  }
}

/** @param {any} error @returns {KindlingError} */
export const plainError = (error) => {
  if (error instanceof Trouble) return error.error;
  if (typeof error?.kind === "string") return { kind: error.kind, message: error.message, detail: error.detail ?? {} };
  if (error?.name === "AbortError") return failure("cancelled", "cancelled");
  return failure("unknown", String(error?.message ?? error));
};

/** @param {string} url @param {string} file @param {AbortSignal} signal @param {RequestInit} init */
async function ask(url, file, signal, init) {
  try {
    return await fetch(url, { mode: "cors", credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", signal, ...init });
  } catch (error) {
    signal.throwIfAborted();
    throw new Trouble(failure("network", "no answer", { reason: navigator.onLine ? "unreachable" : "offline", url, file }), "again");
  }
}

/** Aborts when nothing has come for a while. @param {AbortSignal} signal @param {number} millis */
function watchdog(signal, millis) {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), millis);
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    stalled: () => stalled.signal.aborted,
    fed() {
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), millis);
    },
    end: () => clearTimeout(timer),
  };
}

/** What an answer that is not the file means. @param {Response} response @param {string} url @param {string} file @returns {Trouble | null} */
function refusal(response, url, file) {
  const { status } = response;
  if (response.ok) {
    const page = response.headers.get("content-type")?.startsWith("text/html") && !/\.html?$/.test(file);
    return page ? new Trouble(failure("not-a-model", "a page instead of a file", { file, url }), "next") : null;
  }
  if (status === 404 || status === 410) return new Trouble(failure("not-found", "not there", { what: "file", file, url }), "next");
  if (status === 401 || status === 403) return new Trouble(failure("gated", `status ${status}`, { file, url, status }), "next");
  const error = failure("network", `status ${status}`, { reason: "status", status, url, file });
  if (status !== 429 && status < 500) return new Trouble(error, "next");
  const seconds = Number(response.headers.get("retry-after")) || 0;
  return new Trouble(error, "again", Math.min(LONGEST_WAIT_MILLIS, seconds * 1000));
}

/** "bytes 5-9/10" @param {string | null} text */
function readRange(text) {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text ?? "") ?? [];
  return first === undefined ? null : { first: Number(first), last: Number(last), total: total === "*" ? null : Number(total) };
}

/**
 * Whether an answer continues the file where we are. @param {Response} response
 * @param {{from: number, until: number, total: number, empty: boolean, tag: string, file: string}} wanted
 * @returns {Trouble | null}
 */
function judge(response, { from, until, total, empty, tag, file }) {
  const changed = (/** @type {number | null} */ found) => new Trouble(failure("changed", "another file than before", { file, expected: total, found }), "restart");
  const length = response.headers.get("content-encoding") ? null : Number(response.headers.get("content-length") ?? NaN);
  const known = length !== null && Number.isFinite(length);
  const found = response.headers.get("etag") ?? "";
  if (response.status === 200) {
    // The whole file, whatever was asked: from the start, or not at all.
    if (known && length !== total) return changed(length);
    return empty ? null : new Trouble(failure("changed", "the whole file instead of a part", { file }), "restart");
  }
  if (tag && found && tag !== found) return changed(null);
  const range = readRange(response.headers.get("content-range"));
  if (range && range.total !== null && range.total !== total) return changed(range.total);
  if (range && range.first !== from) return new Trouble(failure("network", "another range than was asked for", { reason: "cut", file }), "restart");
  // Where the server hides the header from us, the length has to do.
  if (known && length !== until - from) return range && length < until - from ? null : changed(from + length);
  if (!range && !known) return from ? new Trouble(failure("changed", "a part of unknown place", { file }), "restart") : null;
  return null;
}

/**
 * Hands on the bytes from `from` to `until`, as they come and in order.
 * @param {string} url
 * @param {{from: number, until: number, total: number, empty: boolean, tag: string, file: string, signal: AbortSignal, idleMillis?: number, cache?: RequestCache}} wanted
 * @param {{onAnswer: (tag: string, address: string) => Promise<void>, onBytes: (bytes: Uint8Array) => Promise<void>}} to
 */
export async function pull(url, wanted, { onAnswer, onBytes }) {
  const { from, until, total, file, signal, idleMillis = IDLE_MILLIS, cache = "no-store" } = wanted;
  const watch = watchdog(signal, idleMillis);
  try {
    const range = `bytes=${from}-${until < total ? until - 1 : ""}`;
    const response = await ask(url, file, watch.signal, { headers: { Range: range }, cache });
    watch.fed();
    const wrong = response.status === 416
      ? new Trouble(failure("changed", "shorter than before", { file, expected: total, found: null }), "restart")
      : refusal(response, url, file) ?? judge(response, wanted);
    if (wrong) {
      await response.body?.cancel().catch(() => {});
      throw wrong;
    }
    await onAnswer(response.headers.get("etag") ?? "", response.url);
    // Who ignores ranges sends all of it, which is welcome where nothing is here yet.
    await drain(response, { from, until: response.status === 200 ? total : until, total, file }, watch, onBytes);
  } catch (error) {
    signal.throwIfAborted();
    if (watch.stalled()) throw new Trouble(failure("network", "nothing came for a while", { reason: "stalled", url, file }), "again");
    throw error;
  } finally {
    watch.end();
  }
}

/**
 * Reading does not wait for hashing and writing, within bounds: what the browser holds unread when a connection breaks is lost.
 * @param {Response} response @param {{from: number, until: number, total: number, file: string}} wanted @param {ReturnType<typeof watchdog>} watch @param {(bytes: Uint8Array) => Promise<void>} onBytes
 */
async function drain(response, { from, until, total, file }, watch, onBytes) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const line = queue(onBytes);
  let at = from;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new Trouble(failure("network", "the connection was cut", { reason: "cut", file }), "again");
      });
      watch.fed();
      if (done) break;
      const { length } = value;
      await line.put(value.subarray(0, until - at));
      at += length;
      if (at > until && until === total) throw new Trouble(failure("changed", "longer than it should be", { file, expected: total, found: at }), "restart");
      if (at >= until && until < total) break; // a server that ignores the end of a range
    }
    if (at < until) throw new Trouble(failure("network", "the connection was cut", { reason: "cut", file }), "again");
  } finally {
    reader.cancel().catch(() => {});
    await line.end();
  }
}

/** Hands pieces on one after the other; `put` waits only when too many lie there. @param {(bytes: Uint8Array) => Promise<void>} onBytes */
function queue(onBytes) {
  let waiting = 0;
  /** @type {unknown} */
  let failed = null;
  let last = Promise.resolve();
  return {
    /** @param {Uint8Array} bytes */
    async put(bytes) {
      if (failed) throw failed;
      waiting += bytes.length;
      last = last.then(() => (failed ? undefined : onBytes(bytes))).catch((error) => void (failed ??= error)).then(() => void (waiting -= bytes.length));
      if (waiting > MAX_WAITING) await last;
    },
    async end() {
      await last;
      if (failed) throw failed;
    },
  };
}

/** Waits longer each time; a network that comes back ends it. @param {number} attempt @param {number} atLeastMillis @param {AbortSignal} signal */
export function backOff(attempt, atLeastMillis, signal) {
  const millis = Math.max(atLeastMillis, Math.min(LONGEST_WAIT_MILLIS, BACK_OFF_MILLIS * 2 ** attempt * (0.75 + Math.random() / 2)));
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", on);
      signal.removeEventListener("abort", off);
    };
    const on = () => { end(); resolve(undefined); };
    const off = () => { end(); reject(signal.reason); };
    const timer = setTimeout(on, millis);
    addEventListener("online", on);
    signal.addEventListener("abort", off);
  });
}

/** Tries a few times what may work later. @template T @param {AbortSignal} signal @param {() => Promise<T>} work @returns {Promise<T>} */
async function patiently(signal, work) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Trouble) || error.remedy !== "again" || attempt + 2 >= TRIES) throw error instanceof Trouble ? error.error : error;
      await backOff(attempt, error.waitMillis, signal);
    }
  }
}

/** A small file as text, or null where there is none. @param {string} url @param {string} file @param {AbortSignal} signal @returns {Promise<string | null>} */
export const readText = (url, file, signal) => patiently(signal, async () => {
  const watch = watchdog(signal, IDLE_MILLIS);
  try {
    const response = await ask(url, file, watch.signal, { cache: "no-cache" });
    if (response.status === 404 || response.status === 410) return null;
    const wrong = refusal(response, url, file);
    if (wrong) throw wrong;
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const parts = [];
    let length = 0;
    const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader();
    for (let step; !(step = await reader.read()).done; watch.fed()) {
      parts.push(step.value);
      if ((length += step.value.length) > MAX_TEXT) throw new Trouble(failure("not-a-model", "too long", { file, expected: MAX_TEXT, found: length }), "next");
    }
    return new TextDecoder().decode(await new Blob(parts).arrayBuffer());
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Trouble) throw error;
    throw new Trouble(failure("network", "cut", { reason: watch.stalled() ? "stalled" : "cut", url, file }), "again");
  } finally {
    watch.end();
  }
});

/** Size of a file of a server without a listing, or null where there is none. @param {string} url @param {string} file @param {AbortSignal} signal @returns {Promise<number | null>} */
export const probe = (url, file, signal) => patiently(signal, async () => {
  const watch = watchdog(signal, IDLE_MILLIS);
  try {
    const head = await ask(url, file, watch.signal, { method: "HEAD" });
    if (head.status === 404 || head.status === 410) return null;
    const length = Number(head.headers.get("content-length") ?? NaN);
    if (head.ok && !refusal(head, url, file) && Number.isFinite(length) && !head.headers.get("content-encoding")) return length;
    const first = await ask(url, file, watch.signal, { headers: { Range: "bytes=0-0" } });
    await first.body?.cancel().catch(() => {});
    if (first.status === 404 || first.status === 410) return null;
    const wrong = refusal(first, url, file);
    if (wrong) throw wrong;
    const total = first.status === 206 ? readRange(first.headers.get("content-range"))?.total : Number(first.headers.get("content-length") ?? NaN);
    if (total === null || total === undefined || !Number.isFinite(total)) throw new Trouble(failure("network", "size unknown", { reason: "list", url, file }), "next");
    return total;
  } finally {
    watch.end();
  }
});
