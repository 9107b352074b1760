// Reading a zip from a Blob without unpacking it: the directory at its end says where each file lies, and a stored file is
// a slice. client-zip only writes, and libraries that read bring ten times this.

import { failure } from "../worker/download.js";
import { isPlainPath } from "./address.js";

const END = 0x06054b50, END64 = 0x06064b50, LOCATOR64 = 0x07064b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;
const STORED = 0, DEFLATED = 8;
const MAX_COMMENT = 65_535;
const MAX_DIRECTORY = 64_000_000;
const NONE32 = 0xffffffff;

/** @typedef {{path: string, bytes: number, blob(): Promise<Blob>}} Packed */

/** @param {string} reason @param {string} [file] */
const broken = (reason, file) => failure("kit", `zip: ${reason}`, { reason, ...(file && { file }) });

/** @param {Blob} blob @param {number} from @param {number} length */
async function view(blob, from, length) {
  if (from < 0 || from + length > blob.size) throw broken("cut");
  return new DataView(await blob.slice(from, from + length).arrayBuffer());
}
/** @param {DataView} data @param {number} at */
const u64 = (data, at) => Number(data.getBigUint64(at, true));

/** @param {Blob} zip @returns {Promise<Packed[]>} */
export async function readZip(zip) {
  const { at, bytes, count } = await findDirectory(zip);
  if (bytes > MAX_DIRECTORY) throw broken("not-a-zip");
  const data = await view(zip, at, bytes);
  /** @type {Packed[]} */
  const files = [];
  for (let here = 0, seen = 0; seen < count; seen++) {
    if (here + 46 > bytes || data.getUint32(here, true) !== ENTRY) throw broken("cut");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => data.getUint16(here + field, true));
    const next = here + 46 + nameLength + extraLength + commentLength;
    if (next > bytes) throw broken("cut");
    const path = new TextDecoder().decode(new Uint8Array(data.buffer, here + 46, nameLength));
    const entry = { flags: data.getUint16(here + 8, true), method: data.getUint16(here + 10, true), packed: data.getUint32(here + 20, true), size: data.getUint32(here + 24, true), at: data.getUint32(here + 42, true) };
    widen(entry, data, here + 46 + nameLength, extraLength);
    here = next;
    if (path.endsWith("/") || !isPlainPath(path)) continue;
    files.push({ path, bytes: entry.size, blob: () => contents(zip, path, entry) });
  }
  if (!files.length) throw broken("empty");
  return files;
}

/** @param {Blob} zip */
async function findDirectory(zip) {
  const length = Math.min(zip.size, 22 + MAX_COMMENT);
  if (length < 22) throw broken("not-a-zip");
  const data = await view(zip, zip.size - length, length);
  let at = length - 22;
  while (at >= 0 && data.getUint32(at, true) !== END) at--;
  if (at < 0) throw broken("not-a-zip");
  const end = { count: data.getUint16(at + 10, true), bytes: data.getUint32(at + 12, true), at: data.getUint32(at + 16, true) };
  if (at < 20 || data.getUint32(at - 20, true) !== LOCATOR64) return end;
  const wide = await view(zip, u64(data, at - 20 + 8), 56);
  if (wide.getUint32(0, true) !== END64) throw broken("cut");
  return { count: u64(wide, 32), bytes: u64(wide, 40), at: u64(wide, 48) };
}

/** Sizes over 4 GB stand in an extra field. @param {{size: number, packed: number, at: number}} entry @param {DataView} data @param {number} from @param {number} length */
function widen(entry, data, from, length) {
  for (let at = from; at + 4 <= from + length;) {
    const end = Math.min(from + length, at + 4 + data.getUint16(at + 2, true));
    if (data.getUint16(at, true) === 1) {
      let field = at + 4;
      for (const name of /** @type {const} */ (["size", "packed", "at"])) {
        if (entry[name] !== NONE32) continue;
        if (field + 8 > end) throw broken("cut");
        entry[name] = u64(data, field);
        field += 8;
      }
    }
    at = end;
  }
}

/** @param {Blob} zip @param {string} path @param {{flags: number, method: number, packed: number, size: number, at: number}} entry @returns {Promise<Blob>} */
async function contents(zip, path, { flags, method, packed, size, at }) {
  if (flags & 1) throw broken("encrypted", path);
  const local = await view(zip, at, 30);
  if (local.getUint32(0, true) !== LOCAL) throw broken("cut", path);
  const from = at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (from + packed > zip.size) throw broken("cut", path);
  const raw = zip.slice(from, from + packed);
  if (method === STORED) return raw;
  if (method !== DEFLATED) throw broken("compressed", path);
  const blob = await new Response(raw.stream().pipeThrough(new DecompressionStream("deflate-raw")).pipeThrough(atMost(size, path))).blob().catch(() => { throw broken("cut", path); });
  if (blob.size !== size) throw broken("cut", path);
  return blob;
}

/** A bomb ends where its directory said it would. @param {number} bytes @param {string} path @returns {TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>} */
function atMost(bytes, path) {
  let seen = 0;
  return new TransformStream({
    transform(chunk, controller) {
      if ((seen += chunk.length) > bytes) throw broken("cut", path);
      controller.enqueue(chunk);
    },
  });
}
