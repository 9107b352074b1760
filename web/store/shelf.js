// Where models lie: the origin-private file system, else the Cache API, else memory. One folder a model; its files are
// written in chunks and read as Blobs, which cost nothing until somebody reads them.

import { CHUNK } from "./chunks.js";

/**
 * @typedef {{
 *   read(index: number): Promise<Uint8Array | null>,
 *   write(index: number, bytes: Uint8Array, from: number): Promise<void>,
 *   close(): Promise<void>,
 * }} Part bytes of one chunk, of which those before `from` have been written before
 * @typedef {{add(line: object): Promise<void>, close(): Promise<void>}} Log
 * @typedef {{
 *   readText(name: string): Promise<string | null>,
 *   writeText(name: string, text: string): Promise<void>,
 *   log(name: string): Promise<Log>,
 *   part(name: string): Promise<Part>,
 *   blob(name: string, bytes: number): Promise<Blob | null>,
 *   handle(name: string, bytes: number): Promise<FileSystemFileHandle | null>,
 *   remove(name: string): Promise<void>,
 * }} Folder
 * @typedef {{place: StorePlace, reason?: StorePlaceReason, names(): Promise<string[]>, folder(name: string, create?: boolean): Promise<Folder | null>, drop(name: string): Promise<void>}} Shelf
 */

/** @type {Promise<Shelf> | null} */
let opened = null;
/** The best place that this browser lets us have; tried once, with a real write. @returns {Promise<Shelf>} */
export const openShelf = () => (opened ??= openDisk().catch((error) => openCache(reasonOf(error))).catch((error) => keyed("memory", memoryKeys(), reasonOf(error))));

/** @param {any} error @returns {StorePlaceReason} */
const reasonOf = (error) => (error?.name === "QuotaExceededError" ? "quota" : error?.name === "NotSupportedError" ? "unsupported" : "private");
/** @param {any} error */
export const isQuota = (error) => error?.name === "QuotaExceededError";
const unsupported = () => new DOMException("not here", "NotSupportedError");
/** File names as every file system takes them. @param {string} name */
const safe = (name) => encodeURIComponent(name).replaceAll("*", "%2A");

// ── the origin-private file system ──

/** @returns {Promise<Shelf>} */
async function openDisk() {
  if (!navigator.storage?.getDirectory || !("createSyncAccessHandle" in FileSystemFileHandle.prototype)) throw unsupported();
  const top = await (await navigator.storage.getDirectory()).getDirectoryHandle("models", { create: true });
  await probe(top).catch((error) => {
    // Full: what is stored can be read all the same, and what no longer fits goes to memory.
    if (!isQuota(error)) throw error;
  });
  return {
    place: "disk",
    async names() {
      const names = [];
      for await (const [name, entry] of /** @type {any} */ (top).entries()) if (entry.kind === "directory") names.push(decodeURIComponent(name));
      return names;
    },
    async folder(name, create = false) {
      const folder = await top.getDirectoryHandle(safe(name), { create }).catch(onlyMissing);
      return folder && diskFolder(folder);
    },
    drop: (name) => top.removeEntry(safe(name), { recursive: true }).catch(onlyMissing).then(() => {}),
  };
}

/** @param {FileSystemDirectoryHandle} folder */
async function probe(folder) {
  const name = `probe ${crypto.randomUUID()}`;
  const handle = await syncHandle(await folder.getFileHandle(name, { create: true }));
  handle.write(new Uint8Array(1), { at: 0 });
  handle.close();
  await folder.removeEntry(name);
}

/** @param {any} error @returns {null} */
function onlyMissing(error) {
  if (error?.name === "NotFoundError") return null;
  throw error;
}

/** @typedef {{read(into: Uint8Array, options: {at: number}): number, write(bytes: Uint8Array, options: {at: number}): number, truncate(size: number): void, getSize(): number, flush(): void, close(): void}} SyncHandle */
/** @param {FileSystemFileHandle} file @returns {Promise<SyncHandle>} */
const syncHandle = (file) => /** @type {any} */ (file).createSyncAccessHandle();

/** Where there is no room, browsers throw, write less, or (Chromium's private windows) say nothing at all. @param {SyncHandle} handle @param {Uint8Array} bytes @param {number} at */
function writeAll(handle, bytes, at) {
  if (handle.write(bytes, { at }) < bytes.length || handle.getSize() < at + bytes.length) throw new DOMException("no room", "QuotaExceededError");
}

/** @param {FileSystemDirectoryHandle} folder @returns {Folder} */
function diskFolder(folder) {
  const open = async (/** @type {string} */ name) => syncHandle(await folder.getFileHandle(safe(name), { create: true }));
  const find = async (/** @type {string} */ name) => (await folder.getFileHandle(safe(name)).catch(onlyMissing))?.getFile();
  return {
    readText: async (name) => (await find(name))?.text() ?? null,
    async writeText(name, text) {
      const handle = await open(name);
      try {
        const bytes = new TextEncoder().encode(text);
        writeAll(handle, bytes, 0);
        handle.truncate(bytes.length);
        handle.flush();
      } finally {
        handle.close();
      }
    },
    async log(name) {
      const handle = await open(name);
      let at = handle.getSize();
      return {
        async add(line) {
          // The line break comes first: a line that was cut off then spoils no other.
          const bytes = new TextEncoder().encode(`\n${JSON.stringify(line)}`);
          writeAll(handle, bytes, at);
          at += bytes.length;
        },
        close: async () => handle.close(),
      };
    },
    async part(name) {
      const handle = await open(name);
      return {
        async read(index) {
          const into = new Uint8Array(Math.max(0, Math.min(CHUNK, handle.getSize() - index * CHUNK)));
          return into.length ? into.subarray(0, handle.read(into, { at: index * CHUNK })) : null;
        },
        async write(index, bytes, from) {
          writeAll(handle, bytes.subarray(from), index * CHUNK + from);
        },
        // Not sooner: what a machine without power lost is found out by its hash.
        async close() {
          handle.flush();
          handle.close();
        },
      };
    },
    // A part may be longer than its file where a run was cut off.
    blob: async (name, bytes) => (await find(name))?.slice(0, bytes) ?? null,
    handle: async (name, bytes) => ((await find(name))?.size === bytes ? folder.getFileHandle(safe(name)) : null),
    remove: async (name) => void (await folder.removeEntry(safe(name)).catch(onlyMissing)),
  };
}

// ── by keys: the Cache API and memory ──

/** @typedef {{get(key: string): Promise<Blob | null>, put(key: string, value: Blob): Promise<void>, drop(start: string): Promise<void>, names(): Promise<string[]>}} Keys */

/** @param {StorePlaceReason} reason */
async function openCache(reason) {
  if (!globalThis.caches) throw unsupported();
  const cache = await caches.open("kindling-models");
  const at = (/** @type {string} */ key) => new URL(key, "https://models.invalid/");
  const paths = async () => (await cache.keys()).map(({ url }) => new URL(url).pathname.slice(1));
  /** @type {Keys} */
  const keys = {
    get: async (key) => (await cache.match(at(key)))?.blob() ?? null,
    put: (key, value) => cache.put(at(key), new Response(value)),
    drop: async (start) => void (await Promise.all((await paths()).filter((path) => path === start || path.startsWith(`${start}/`)).map((path) => cache.delete(at(path))))),
    names: async () => (await paths()).map((path) => path.split("/")[0]),
  };
  await keys.put("probe", new Blob(["1"]));
  await keys.drop("probe");
  return keyed("cache", keys, reason);
}

/** @returns {Keys} */
function memoryKeys() {
  /** @type {Map<string, Blob>} */
  const held = new Map();
  return {
    get: async (key) => held.get(key) ?? null,
    put: async (key, value) => void held.set(key, value),
    drop: async (start) => [...held.keys()].filter((key) => key === start || key.startsWith(`${start}/`)).forEach((key) => held.delete(key)),
    names: async () => [...held.keys()].map((key) => key.split("/")[0]),
  };
}

/** A name for each chunk. @param {StorePlace} place @param {Keys} keys @param {StorePlaceReason} [reason] @returns {Shelf} */
function keyed(place, keys, reason) {
  return {
    place, reason,
    names: async () => [...new Set((await keys.names()).map((name) => decodeURIComponent(name)))],
    folder: async (name, create = false) => (create || (await keys.names()).includes(safe(name)) ? keyedFolder(keys, safe(name)) : null),
    drop: (name) => keys.drop(safe(name)),
  };
}

/** A folder that is gone when the worker ends. */
export const memoryFolder = () => keyedFolder(memoryKeys(), "model");

/** @param {Keys} keys @param {string} folder @returns {Folder} */
function keyedFolder(keys, folder) {
  const at = (/** @type {string} */ name) => `${folder}/${safe(name)}`;
  const put = (/** @type {string} */ key, /** @type {BlobPart[]} */ ...parts) => keys.put(key, new Blob(parts));
  return {
    readText: async (name) => (await keys.get(at(name)))?.text() ?? null,
    writeText: (name, text) => put(at(name), text),
    async log(name) {
      let text = (await (await keys.get(at(name)))?.text()) ?? "";
      return { add: (line) => put(at(name), (text += `\n${JSON.stringify(line)}`)), close: async () => {} };
    },
    part: async (name) => ({
      async read(index) {
        const blob = await keys.get(`${at(name)}/${index}`);
        return blob && new Uint8Array(await blob.arrayBuffer());
      },
      write: (index, bytes) => put(`${at(name)}/${index}`, /** @type {Uint8Array<ArrayBuffer>} */ (bytes.slice())),
      close: async () => {},
    }),
    async blob(name, bytes) {
      const parts = [];
      for (let index = 0; index * CHUNK < bytes; index++) {
        const part = await keys.get(`${at(name)}/${index}`);
        if (!part) break;
        parts.push(part);
      }
      return parts.length || bytes === 0 ? new Blob(parts) : null;
    },
    handle: async () => null,
    remove: (name) => keys.drop(at(name)),
  };
}

// ── no room left ──

/**
 * Writes where there is room: from the first write that the disk refuses, everything goes to memory, and what is on the disk stays
 * there for another time. @param {Folder} disk @param {() => void} onFull @returns {Folder & {full(): boolean}}
 */
export function spilling(disk, onFull) {
  const memory = memoryFolder();
  let full = false;
  /** @template T @param {() => Promise<T>} first @param {() => Promise<T>} second */
  async function either(first, second) {
    if (!full) {
      try {
        return await first();
      } catch (error) {
        if (!isQuota(error)) throw error;
        full = true;
        onFull();
      }
    }
    return second();
  }
  return {
    full: () => full,
    readText: async (name) => (await memory.readText(name)) ?? disk.readText(name),
    writeText: (name, text) => either(() => disk.writeText(name, text), () => memory.writeText(name, text)),
    async log(name) {
      const log = await either(() => disk.log(name), () => memory.log(name));
      // What memory holds need not be found again.
      return { add: (line) => either(() => log.add(line), async () => {}), close: log.close };
    },
    async part(name) {
      const [base, over] = [await either(() => disk.part(name), () => memory.part(name)), await memory.part(name)];
      return {
        read: async (index) => (await over.read(index)) ?? base.read(index),
        write: (index, bytes, from) => either(() => base.write(index, bytes, from), () => over.write(index, bytes, 0)),
        close: base.close,
      };
    },
    async blob(name, bytes) {
      const base = await disk.blob(name, bytes);
      const parts = [];
      for (let index = 0; index * CHUNK < bytes; index++) {
        const held = await memoryChunk(memory, name, index);
        parts.push(held ?? base?.slice(index * CHUNK, Math.min(bytes, (index + 1) * CHUNK)) ?? new Blob());
      }
      const whole = new Blob(parts);
      return whole.size === bytes ? whole : null;
    },
    handle: async () => null,
    remove: async (name) => {
      await memory.remove(name);
      if (!full) await disk.remove(name);
    },
  };
}

/** @param {Folder} memory @param {string} name @param {number} index */
async function memoryChunk(memory, name, index) {
  const bytes = await (await memory.part(name)).read(index);
  return bytes && new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]);
}
