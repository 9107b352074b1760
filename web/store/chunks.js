// A file on its way in: cut into chunks, each hashed and noted in a journal before it counts, so that what was here when
// the tab died is known to the byte. Holes are allowed: a bad chunk is fetched alone.

import { failure } from "../worker/download.js";
import { sha256, streaming } from "./hash.js";
import { openToRead } from "./open-file.js";

export const CHUNK = 4 * 1024 * 1024;
/** A tab that is killed loses less than this much of what it fetched. */
const SAVE_BYTES = 1024 * 1024;

/** @typedef {import("./shelf.js").Folder} Folder */
/** @param {string} path */
export const journalOf = (path) => `${path}.journal`;

/** @param {number} bytes */
const countOf = (bytes) => Math.ceil(bytes / CHUNK);

export class Incoming {
  /** Of whole chunks. @type {(string | null)[]} */
  hashes;
  /** The next byte that is wanted. */
  at = 0;
  /** What the server called the file when it began; noted with the chunks. */
  tag = "";
  /** Bytes of the chunk at `at`, how many are there, and how many of these are written. */
  #buffer = new Uint8Array(CHUNK);
  #fill = 0;
  #saved = 0;
  /** @type {import("./shelf.js").Part} */
  #part;
  /** @type {import("./shelf.js").Log} */
  #log;
  /** Runs along while chunks come in order. @type {Sha256Hasher} */
  #hasher;
  #hashed = 0;

  /** @param {PlanFile} file @param {import("./shelf.js").Part} part @param {import("./shelf.js").Log} log @param {Sha256Hasher} hasher */
  constructor(file, part, log, hasher) {
    this.file = file;
    this.#part = part;
    this.#log = log;
    this.#hasher = hasher;
    this.hashes = new Array(countOf(file.bytes)).fill(null);
  }

  /**
   * Takes up what an earlier visit left, after reading and hashing all of it.
   * @param {PlanFile} file @param {Folder} folder @param {{signal: AbortSignal, onCheck?: (bytes: number) => void}} options
   */
  static async open(file, folder, { signal, onCheck }) {
    const lines = readLines(await folder.readText(journalOf(file.path)));
    const part = await folder.part(file.path);
    const log = await folder.log(journalOf(file.path)).catch(async (error) => { await part.close(); throw error; });
    const incoming = new Incoming(file, part, log, await streaming());
    try {
      await incoming.#resume(lines, signal, onCheck);
      return incoming;
    } catch (error) {
      await incoming.close();
      throw error;
    }
  }

  /** @param {any[]} lines @param {AbortSignal} signal @param {(bytes: number) => void} [onCheck] */
  async #resume(lines, signal, onCheck) {
    // A journal of another file, or of another version of it, says nothing about this one.
    const begun = lines.findLastIndex((line) => typeof line.bytes === "number");
    const head = lines[begun];
    const same = head && head.bytes === this.file.bytes && (head.sha256 ?? null) === (this.file.sha256 ?? null);
    if (!same) return this.#begin();
    const since = lines.slice(begun + 1);
    this.tag = since.findLast((line) => typeof line.tag === "string")?.tag ?? "";
    /** @type {Map<number, string>} */
    const noted = new Map(since.filter((line) => Number.isInteger(line.c)).map((line) => [line.c, line.h]));
    for (const [index, hash] of [...noted].sort(([a], [b]) => a - b)) {
      signal.throwIfAborted();
      if (index < 0 || index >= this.hashes.length || (this.file.chunks?.[index] ?? hash) !== hash) continue;
      const bytes = (await this.#part.read(index))?.subarray(0, this.#lengthOf(index));
      if (!bytes || bytes.length !== this.#lengthOf(index) || (await sha256(bytes)) !== hash) continue;
      this.#keep(index, hash, bytes);
      onCheck?.(bytes.length);
    }
    this.#seek();
    const tail = since.findLast((line) => Number.isInteger(line.t));
    if (tail && tail.t === this.#index && tail.n < this.#lengthOf(tail.t)) {
      const bytes = (await this.#part.read(tail.t))?.subarray(0, tail.n);
      if (bytes && bytes.length === tail.n && (await sha256(bytes)) === tail.h) {
        this.#buffer.set(bytes);
        this.#fill = this.#saved = tail.n;
        this.at += tail.n;
        onCheck?.(bytes.length);
      }
    }
  }

  async #begin() {
    await this.#log.add({ bytes: this.file.bytes, sha256: this.file.sha256 });
    this.#seek();
  }

  get #index() {
    return Math.floor(this.at / CHUNK);
  }

  /** @param {number} index */
  #lengthOf(index) {
    return Math.min(CHUNK, this.file.bytes - index * CHUNK);
  }

  /** To the first chunk that is missing. */
  #seek() {
    const missing = this.hashes.indexOf(null);
    this.at = missing < 0 ? this.file.bytes : missing * CHUNK;
    this.#fill = this.#saved = 0;
  }

  /** @param {number} index @param {string} hash @param {Uint8Array} bytes */
  #keep(index, hash, bytes) {
    this.hashes[index] = hash;
    if (index !== this.#hashed) return;
    this.#hasher.update(bytes);
    this.#hashed++;
  }

  /** Bytes that are here and hashed, or about to be. */
  get held() {
    let held = this.#fill;
    this.hashes.forEach((hash, index) => (held += hash ? this.#lengthOf(index) : 0));
    return held;
  }

  get complete() {
    return this.hashes.every(Boolean);
  }

  /** The end of what is wanted in one go, from `at`. */
  get until() {
    let index = this.#index;
    while (index < this.hashes.length && this.hashes[index] === null) index++;
    return Math.min(this.file.bytes, index * CHUNK);
  }

  /** @param {string} tag */
  async named(tag) {
    if (tag === this.tag) return;
    this.tag = tag;
    await this.#log.add({ tag });
  }

  /** The bytes at `at`; no more than up to `until`. @param {Uint8Array} bytes */
  async take(bytes) {
    for (let from = 0; from < bytes.length;) {
      const index = this.#index;
      const room = this.#lengthOf(index) - this.#fill;
      const piece = bytes.subarray(from, from + room);
      this.#buffer.set(piece, this.#fill);
      this.#fill += piece.length;
      this.at += piece.length;
      from += piece.length;
      if (piece.length === room) await this.#accept(index);
      else if (this.#fill - this.#saved >= SAVE_BYTES) await this.save();
    }
  }

  /** @param {number} index */
  async #accept(index) {
    const bytes = this.#buffer.subarray(0, this.#fill);
    const found = await sha256(bytes);
    const expected = this.file.chunks?.[index];
    if (expected && expected !== found) {
      this.#seek();
      throw failure("checksum", "checksum mismatch", { file: this.file.path, chunk: index, expected, found });
    }
    await this.#part.write(index, bytes, this.#saved);
    await this.#log.add({ c: index, h: found });
    this.#keep(index, found, bytes);
    this.#fill = this.#saved = 0;
    if (this.at < this.file.bytes && this.hashes[this.#index] !== null) this.#seek();
  }

  /** Notes a chunk that is not whole yet. */
  async save() {
    if (this.#fill === this.#saved) return;
    const bytes = this.#buffer.subarray(0, this.#fill);
    const index = this.#index;
    const hash = await sha256(bytes);
    await this.#part.write(index, bytes, this.#saved);
    await this.#log.add({ t: index, n: this.#fill, h: hash });
    this.#saved = this.#fill;
  }

  /** All over again: what came belongs to something else. */
  async restart() {
    this.hashes.fill(null);
    this.#hasher.init();
    this.#hashed = 0;
    this.tag = "";
    await this.#begin();
  }

  /** SHA-256 of the whole file; chunks that came out of order are read again. */
  async digest() {
    for (; this.#hashed < this.hashes.length; this.#hashed++) {
      const bytes = await this.#part.read(this.#hashed);
      if (!bytes) throw failure("checksum", "a chunk is gone", { file: this.file.path, chunk: this.#hashed, expected: this.hashes[this.#hashed], found: null });
      this.#hasher.update(bytes.subarray(0, this.#lengthOf(this.#hashed)));
    }
    const digest = this.#hasher.digest();
    this.#hasher.init();
    this.#hashed = 0;
    return digest;
  }

  async close() {
    await this.#log.close();
    await this.#part.close();
  }
}

/** What can be read of a journal: a line that was cut off by the end of the tab says nothing. @param {string | null} text @returns {any[]} */
export function readLines(text) {
  return (text ?? "").split("\n").flatMap((line) => {
    try {
      const value = JSON.parse(line);
      return value && typeof value === "object" ? [value] : [];
    } catch {
      return [];
    }
  });
}

/**
 * The hash of each chunk of a stored file, read through its handle where there is one.
 * @param {Blob} blob @param {AbortSignal} signal @param {(index: number, found: string, bytes: number) => void} onChunk @param {FileSystemFileHandle | null} [handle]
 */
export async function hashChunks(blob, signal, onChunk, handle) {
  const opened = await openToRead(handle);
  const buffer = new Uint8Array(opened ? CHUNK : 0);
  try {
    for (let index = 0; index < countOf(blob.size); index++) {
      signal.throwIfAborted();
      const at = index * CHUNK;
      const bytes = opened ? buffer.subarray(0, opened.read(buffer, { at })) : new Uint8Array(await blob.slice(at, at + CHUNK).arrayBuffer());
      onChunk(index, await sha256(bytes), bytes.length);
    }
  } finally {
    opened?.close();
  }
}
