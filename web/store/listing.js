// What a source has: asked of a hub's API, of our own manifest, or file by file of a server that lists nothing.

import { failure } from "../worker/download.js";
import { fileUrl, isPlainPath, sourceId } from "./address.js";
import { probe, readText } from "./http.js";

/** Written beside the files of an offline kit, so that any static host of an unpacked one is a full source. */
export const MANIFEST = "kindling.json";

/**
 * @typedef {{bytes: number, sha256?: string, chunks?: string[]}} Listed
 * @typedef {{source: StoreSource, find(path: string): Promise<Listed | null>, text(path: string): Promise<string | null>}} Listing
 */

/** @param {StoreSource} source @param {AbortSignal} signal @returns {Promise<Listing>} */
export async function listSource(source, signal) {
  if (source.kind === "hub") return listHub(source, signal);
  if (source.kind === "http") return listFolder(source, signal);
  throw failure("not-found", "chosen anew each time", { what: "model", id: sourceId(source) });
}

/** @param {Extract<StoreSource, {kind: "hub"}>} source @param {AbortSignal} signal @returns {Promise<Listing>} */
async function listHub(source, signal) {
  const url = `${source.base}/api/models/${source.id}/revision/${encodeURIComponent(source.revision ?? "main")}?blobs=true`;
  const text = await readText(url, source.id, signal).catch((error) => {
    if (error.kind === "gated") throw failure("gated", error.message, { ...error.detail, id: source.id });
    throw error;
  });
  if (text === null) throw failure("not-found", "no such model or revision", { what: "model", id: sourceId(source) });
  const { sha, siblings } = parse(text, source.id);
  if (!/^[0-9a-f]{7,64}$/.test(sha) || !Array.isArray(siblings)) throw failure("network", "malformed listing", { reason: "list", url, file: source.id });
  /** @type {Map<string, Listed>} */
  const files = new Map();
  for (const { rfilename, size, lfs } of siblings) {
    const bytes = lfs?.size ?? size;
    if (typeof rfilename !== "string" || !isPlainPath(rfilename) || !Number.isSafeInteger(bytes) || bytes < 0) continue;
    files.set(rfilename, { bytes, ...(isHash(lfs?.sha256) && { sha256: lfs.sha256 }) });
  }
  const pinned = { ...source, revision: sha };
  return {
    source: pinned,
    find: async (path) => files.get(path) ?? null,
    text: async (path) => (files.has(path) ? readText(/** @type {string} */ (fileUrl(pinned, path)), path, signal) : null),
  };
}

/** @param {Extract<StoreSource, {kind: "http"}>} source @param {AbortSignal} signal @returns {Promise<Listing>} */
async function listFolder(source, signal) {
  const at = (/** @type {string} */ path) => /** @type {string} */ (fileUrl(source, path));
  const manifest = await readText(at(MANIFEST), MANIFEST, signal).catch((error) => {
    // Hosts of single-page apps answer everything with a page.
    if (error.kind === "not-a-model") return null;
    throw error;
  });
  if (manifest !== null) return { source, ...fromManifest(readManifest(manifest)), text: (path) => readText(at(path), path, signal) };
  /** @type {Map<string, Promise<number | null>>} */
  const asked = new Map();
  return {
    source,
    async find(path) {
      if (!asked.has(path)) asked.set(path, probe(at(path), path, signal).catch((error) => (error.kind === "not-a-model" ? null : Promise.reject(error))));
      const bytes = await asked.get(path);
      return typeof bytes === "number" ? { bytes } : null;
    },
    text: (path) => readText(at(path), path, signal).catch((error) => (error.kind === "not-a-model" ? null : Promise.reject(error))),
  };
}

/** Files that the visitor holds. @param {StoreSource} source @param {Map<string, Blob>} files @param {Map<string, Listed>} [known] @returns {Listing} */
export const listBlobs = (source, files, known) => ({
  source,
  find: async (path) => (files.has(path) ? { bytes: /** @type {Blob} */ (files.get(path)).size, ...known?.get(path) } : null),
  text: async (path) => files.get(path)?.text() ?? null,
});

/** @param {KitManifest} manifest */
const fromManifest = ({ files }) => ({ find: async (/** @type {string} */ path) => files.find((file) => file.path === path) ?? null });

/** @typedef {{version: 1, id: string, title: string, source: StoreSource, kind: StoreKind, architecture: string, variant: string, dtype: PlanVariant["dtype"], files: {path: string, remote?: string, bytes: number, sha256: string, chunks: string[]}[]}} KitManifest */

/** @param {string} text @returns {KitManifest} */
export function readManifest(text) {
  const manifest = parse(text, MANIFEST);
  const fits = manifest.version === 1 && typeof manifest.id === "string" && typeof manifest.title === "string" && typeof manifest.architecture === "string" && typeof manifest.variant === "string" &&
    ["encoder", "clip", "text2image"].includes(manifest.kind) && isSource(manifest.source) && Array.isArray(manifest.files) && manifest.files.length > 0 && manifest.files.every(isListed);
  if (!fits) throw failure("refused", "malformed manifest", { reason: "bad-config", file: MANIFEST });
  return manifest;
}

/** @param {any} source */
const isSource = (source) => ["folder", "kit"].includes(source?.kind) ? typeof source.name === "string"
  : typeof source?.base === "string" && /^https?:\/\//.test(source.base) && (source.kind === "http" || (source.kind === "hub" && /^[\w.-]+\/[\w.-]+$/.test(source.id) && (source.revision === undefined || typeof source.revision === "string")));
/** @param {any} file */
const isListed = (file) => typeof file?.path === "string" && isPlainPath(file.path) && (file.remote === undefined || (typeof file.remote === "string" && isPlainPath(file.remote))) && Number.isSafeInteger(file.bytes) && file.bytes >= 0 && isHash(file.sha256) && Array.isArray(file.chunks) && file.chunks.every(isHash);
/** @param {any} hash */
const isHash = (hash) => typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash);

/** @param {string} text @param {string} file */
function parse(text, file) {
  try {
    const value = JSON.parse(text);
    if (value && typeof value === "object") return value;
  } catch {
    // told below
  }
  throw failure("refused", "malformed JSON", { reason: "bad-config", file });
}
export { parse as parseJson };
