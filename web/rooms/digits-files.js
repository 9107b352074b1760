// Files with digits: MNIST's own format (packed or not), or a table. What a file is, is told by its first bytes.

import { classroom } from "../classroom.js";

/** Unpacked at the most: MNIST's largest file is 47 MB. */
export const MAX_BYTES = 100_000_000;
/** Pictures that are taken of a file. */
export const MAX_PICTURES = 20_000;
const MAGIC = { images: 0x00000803, labels: 0x00000801 };

/** @typedef {{name: string, kind: "images" | "labels" | "table", bytes: Uint8Array}} Unpacked */
/** @param {string} kind @param {Record<string, unknown>} detail @returns {KindlingError} */
const fault = (kind, detail) => ({ kind, message: kind, detail });

/** The bytes of a file, unpacked where it is packed; no more of them than can be used. @param {File} file @returns {Promise<Unpacked>} */
export async function unpack(file) {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = await gather(packed ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream(), file.name);
  return { name: file.name, kind: kindOf(bytes, file.name), bytes };
}

/** @param {ReadableStream<Uint8Array>} stream @param {string} name */
async function gather(stream, name) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      // A gzip that ends too early, or is none after its first two bytes.
      throw fault("digits_packed", { name });
    });
    if (done) break;
    size += value.length;
    if (size > MAX_BYTES) {
      void reader.cancel();
      throw fault("digits_large", { name, limit: MAX_BYTES });
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Files that begin with a zero byte are IDX or nothing that can be read. @param {Uint8Array} bytes @param {string} name @returns {Unpacked["kind"]} */
function kindOf(bytes, name) {
  const magic = bytes.length >= 4 ? new DataView(bytes.buffer).getUint32(0) : 0;
  if (magic === MAGIC.images) return "images";
  if (magic === MAGIC.labels) return "labels";
  if (/\.(csv|tsv|txt)$/i.test(name) || (bytes.length > 0 && bytes.subarray(0, 512).every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127)))) return "table";
  throw fault("digits_format", { name, found: magic });
}

/**
 * Digits out of files: a table, or images and labels; what lacks its other half is handed back to wait for it.
 * @param {Unpacked[]} files
 * @returns {Promise<{name: string, pictures: ReadPictures} | {waiting: Unpacked}>}
 */
export async function readDigits(files) {
  const table = files.find(({ kind }) => kind === "table");
  if (table) return { name: table.name, pictures: await classroom.request("readDigitRows", { text: new TextDecoder().decode(table.bytes), most: MAX_PICTURES }) };
  const images = files.findLast(({ kind }) => kind === "images"), labels = files.findLast(({ kind }) => kind === "labels");
  if (images && labels) return { name: images.name, pictures: await classroom.request("readIdx", { images: images.bytes, labels: labels.bytes, most: MAX_PICTURES }) };
  return { waiting: /** @type {Unpacked} */ (images ?? labels) };
}
