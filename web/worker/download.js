// One file over the network: progress, back-off, resume, an idle watchdog instead of a total
// time-out, and a check against the precache list before anyone may use the bytes.

const TRIES = 4;
const BACK_OFF_MILLIS = 400;
const IDLE_MILLIS = 20_000;

/** @param {string} kind @param {string} message @param {object} detail @returns {KindlingError} */
export const failure = (kind, message, detail = {}) => ({ kind, message, detail });

/**
 * What the list says of the file may come later than its first bytes: only the verdict waits for it. `onChunk` hears of each
 * piece and where in the file it belongs, before anyone has checked it.
 * @typedef {{expected: Promise<PrecacheFile | undefined>, signal: AbortSignal, onBytes: (received: number, total: number) => void, onChunk?: (at: number, bytes: Uint8Array) => void}} Options
 */

/** @param {URL} url @param {Options} options @returns {Promise<Uint8Array>} */
export async function download(url, options) {
  const first = await fetchWhole(url, options, "default");
  const expected = await options.expected;
  const found = await digest(first, expected);
  if (!expected || found === expected.sha256) return first;
  // A bad copy may sit in a cache on the way: ask past it, once.
  const second = await fetchWhole(url, options, "reload");
  const again = await digest(second, expected);
  if (again === expected.sha256) return second;
  throw failure("network", "checksum mismatch", { reason: "checksum", file: name(url), expected: expected.sha256, found: again });
}

/** @param {Uint8Array} bytes @param {PrecacheFile | undefined} expected */
async function digest(bytes, expected) {
  if (!expected || !globalThis.crypto?.subtle) return expected?.sha256;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {URL} url @param {Options} options @param {RequestCache} cache */
async function fetchWhole(url, options, cache) {
  /** @type {Partial} */
  const partial = { parts: [], received: 0, tag: "", total: 0 };
  for (let attempt = 0; ; attempt++) {
    try {
      await attemptOnce(url, partial, options, cache);
      return join(partial);
    } catch (error) {
      options.signal.throwIfAborted();
      const final = /** @type {any} */ (error).final || attempt + 1 >= TRIES;
      if (final) throw isFailure(error) ? plain(error) : failure("network", "download failed", { file: name(url), received: partial.received, total: partial.total });
      await pause(BACK_OFF_MILLIS * 2 ** attempt, options.signal);
    }
  }
}

/** @typedef {{parts: Uint8Array[], received: number, tag: string, total: number}} Partial */

/** @param {URL} url @param {Partial} partial @param {Options} options @param {RequestCache} cache */
async function attemptOnce(url, partial, options, cache) {
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), IDLE_MILLIS);
  try {
    /** @type {Record<string, string>} */
    const headers = partial.received && partial.tag ? { Range: `bytes=${partial.received}-`, "If-Range": partial.tag } : {};
    const response = await fetch(url, { headers, cache, signal: AbortSignal.any([options.signal, idle.signal]) });
    accept(url, response, partial);
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(), IDLE_MILLIS);
      options.onChunk?.(partial.received, value);
      partial.parts.push(value);
      partial.received += value.length;
      options.onBytes(partial.received, Math.max(partial.total, partial.received));
    }
    partial.total = (await options.expected)?.bytes ?? partial.total;
    if (partial.total && partial.received < partial.total) throw failure("network", "download cut short", { file: name(url) });
  } finally {
    clearTimeout(timer);
  }
}

/** Decides whether the answer continues what we hold, replaces it, or is not the file at all. @param {URL} url @param {Response} response @param {Partial} partial */
function accept(url, response, partial) {
  const type = response.headers.get("content-type") ?? "";
  if (response.ok && type.startsWith("text/html")) throw final(failure("network", "page instead of a file", { reason: "not-a-model", file: name(url) }));
  if (response.status === 206 && !continues(response, partial.received)) {
    restart(partial);
    throw failure("network", "wrong range", { file: name(url) });
  }
  if (response.status === 416) {
    restart(partial);
    throw failure("network", "range refused", { file: name(url) });
  }
  if (!response.ok) {
    const error = failure("network", `status ${response.status}`, { reason: "status", file: name(url), status: response.status });
    throw response.status < 500 ? final(error) : error;
  }
  if (response.status === 200) {
    restart(partial);
    partial.tag = response.headers.get("etag") ?? "";
    // A compressed answer's length says nothing about the bytes that come out of it.
    if (!response.headers.get("content-encoding")) partial.total ||= Number(response.headers.get("content-length")) || 0;
  }
}

/** @param {Response} response @param {number} from */
function continues(response, from) {
  return response.headers.get("content-range")?.startsWith(`bytes ${from}-`) ?? false;
}

/** @param {Partial} partial */
function restart(partial) {
  partial.parts = [];
  partial.received = 0;
  partial.tag = "";
}

/** @param {Partial} partial */
function join(partial) {
  if (partial.parts.length === 1) return partial.parts[0];
  const whole = new Uint8Array(partial.received);
  let at = 0;
  for (const part of partial.parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {number} millis @param {AbortSignal} signal */
function pause(millis, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

/** @param {KindlingError} error */
const final = (error) => Object.assign(error, { final: true });
/** @param {any} error @returns {KindlingError} */
const plain = ({ kind, message, detail }) => ({ kind, message, detail });
/** @param {any} error */
const isFailure = (error) => typeof error?.kind === "string";
/** @param {URL} url */
const name = (url) => url.pathname.split("/").slice(-1)[0];
