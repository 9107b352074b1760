// One model's files into its folder: from where an earlier visit stopped, from the first source that gives the right bytes.

import { failure } from "../worker/download.js";
import { fileUrl } from "./address.js";
import { Incoming } from "./chunks.js";
import { backOff, pull, TRIES, Trouble } from "./http.js";

/** A file that is a model's begins with the length of its header, and the header with a brace. */
const MAX_HEADER = 100_000_000;
/**
 * When a connection breaks, what the browser has received and not handed on is lost, up to two megabytes of it. So once one has
 * broken, files for which that is much are asked for in pieces of which no more than this share can be lost.
 */
const PIECE_SHARE = 1 / 256;
const SMALLEST_PIECE = 64 * 1024;
const MOST_LOST = 2 * 1024 * 1024;
/** How often one source may start a file anew before the next is asked. */
const RESTARTS = 2;

/**
 * @typedef {{folder: import("./shelf.js").Folder, sources: StoreSource[], meter: import("./meter.js").Meter, signal: AbortSignal, idleMillis?: number}} Job
 */

/** @param {PlanFile} file @param {Job} job @returns {Promise<import("./records.js").KeptFile>} */
export async function fetchFile(file, job) {
  const { folder, meter, signal } = job;
  let checked = 0;
  meter.become({ phase: "check", file: file.path });
  const incoming = await Incoming.open(file, folder, { signal, onCheck: (bytes) => meter.hold(file.path, (checked += bytes)) });
  try {
    meter.hold(file.path, incoming.held);
    const sha256 = await fromSources(file, incoming, job);
    return { path: file.path, bytes: file.bytes, sha256, chunks: /** @type {string[]} */ (incoming.hashes) };
  } finally {
    await incoming.save().catch(() => {}); // a disk without room has said so before
    await incoming.close();
  }
}

/** @param {PlanFile} file @param {Incoming} incoming @param {Job} job @returns {Promise<string>} the hash of the whole */
async function fromSources(file, incoming, job) {
  const whole = await finished(file, incoming);
  if (whole) return whole.found;
  const sources = job.sources.filter((source) => fileUrl(source, file.remote) !== null);
  /** @type {KindlingError} */
  let last = failure("not-found", "no source", { what: "file", file: file.path });
  for (const [at, source] of sources.entries()) {
    try {
      return await fromSource(/** @type {string} */ (fileUrl(source, file.remote)), file, incoming, job);
    } catch (error) {
      if (!(error instanceof Trouble) || error.remedy === "stop") throw error;
      // A wrong sum says more than that the next source did not answer either.
      if (last.kind !== "checksum" || error.error.kind === "checksum") last = { ...error.error, detail: { .../** @type {object} */ (error.error.detail), sources: at + 1 } };
    }
  }
  throw last;
}

/** Whether it is all here and what it should be; a file that is all here and wrong starts anew. @param {PlanFile} file @param {Incoming} incoming */
async function finished(file, incoming) {
  if (!incoming.complete) return null;
  const found = await incoming.digest();
  if (!file.sha256 || file.sha256 === found) return { found };
  await incoming.restart();
  return null;
}

/** @param {string} url @param {PlanFile} file @param {Incoming} incoming @param {Job} job @returns {Promise<string>} */
async function fromSource(url, file, incoming, job) {
  const { meter, signal } = job;
  let failures = 0, restarts = 0, wrong = 0, best = incoming.held, piece = Infinity;
  // Another source names the same bytes in its own way.
  await incoming.named("");
  for (;;) {
    try {
      await attempt(url, file, incoming, job, { piece, past: wrong > 0 });
      const found = await incoming.digest();
      if (!file.sha256 || found === file.sha256) return found;
      await incoming.restart();
      throw new Trouble(failure("checksum", "checksum mismatch", { file: file.path, expected: file.sha256, found }), "again");
    } catch (error) {
      signal.throwIfAborted();
      const trouble = error instanceof Trouble ? error : sumOf(error);
      if (!trouble) throw error;
      await incoming.save();
      meter.hold(file.path, incoming.held);
      if (/** @type {any} */ (trouble.error.detail).reason === "cut") piece = pieceOf(file);
      if (trouble.error.kind === "checksum" && ++wrong > 1) throw trouble;
      if (trouble.remedy === "next" || trouble.remedy === "stop") throw trouble;
      if (trouble.remedy === "restart") {
        if (++restarts > RESTARTS) throw trouble;
        await incoming.restart();
        best = 0;
      } else if (incoming.held > best) {
        failures = 0;
        best = incoming.held;
      }
      if (++failures >= TRIES) throw trouble;
      meter.hold(file.path, incoming.held);
      meter.become({ phase: "wait", file: file.path, problem: trouble.error, attempt: failures });
      await backOff(failures - 1, trouble.waitMillis, signal);
    }
  }
}

/** A chunk whose own sum was known and wrong: fetched once more. @param {any} error */
const sumOf = (error) => (error?.kind === "checksum" ? new Trouble(error, "again") : null);

/** @param {PlanFile} file */
function pieceOf({ bytes }) {
  const piece = Math.max(SMALLEST_PIECE, Math.ceil(bytes * PIECE_SHARE));
  return piece < MOST_LOST ? piece : Infinity;
}

/** @param {string} url @param {PlanFile} file @param {Incoming} incoming @param {Job} job @param {{piece: number, past: boolean}} how `past`: a copy on the way was wrong */
async function attempt(url, file, incoming, { meter, signal, idleMillis }, { piece, past }) {
  meter.become({ phase: "fetch", file: file.path });
  let address = url;
  while (!incoming.complete) {
    const wanted = {
      from: incoming.at, until: Math.min(incoming.until, incoming.at + piece), total: file.bytes, empty: incoming.held === 0,
      tag: incoming.tag, file: file.path, signal, idleMillis, cache: /** @type {RequestCache} */ (past ? "reload" : "no-store"),
    };
    const head = new Uint8Array(9);
    await pull(address, wanted, {
      onAnswer(tag, from) {
        address = from; // without the way round, for this attempt
        return incoming.named(tag);
      },
      async onBytes(bytes) {
        if (incoming.at < head.length && file.path.endsWith(".safetensors")) lookAt(head, incoming.at, bytes, file);
        meter.receive(bytes.length);
        await incoming.take(bytes);
        meter.hold(file.path, incoming.held);
      },
    });
  }
}

/** Refuses at once what cannot be a model, before hundreds of megabytes of it have come. @param {Uint8Array} head @param {number} at @param {Uint8Array} bytes @param {PlanFile} file */
function lookAt(head, at, bytes, file) {
  head.set(bytes.subarray(0, head.length - at), at);
  if (at + bytes.length < head.length) return;
  const length = Number(new DataView(head.buffer).getBigUint64(0, true));
  if (length > MAX_HEADER || length + 8 > file.bytes || head[8] !== 0x7b) throw new Trouble(failure("not-a-model", "not safetensors", { file: file.path }), "next");
}
