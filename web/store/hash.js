// SHA-256. The browser's own is several times faster but takes whole pieces only; hash-wasm's streams.

import "../vendor/hash-wasm/sha256.umd.min.js";

/** @type {{createSHA256(): Promise<Sha256Hasher>}} */
const { createSHA256 } = /** @type {any} */ (globalThis).hashwasm;

/** Takes a file's bytes in order, as they come. */
export const streaming = async () => (await createSHA256()).init();

/** @param {Uint8Array} bytes @returns {Promise<string>} hex */
export async function sha256(bytes) {
  // Pages without encryption have no crypto.subtle.
  if (!globalThis.crypto?.subtle) return (await streaming()).update(bytes).digest();
  const hash = await crypto.subtle.digest("SHA-256", /** @type {Uint8Array<ArrayBuffer>} */ (bytes));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
