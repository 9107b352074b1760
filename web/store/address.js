// What people paste into the one field for a model, made into a source. No network, no page.

import { failure } from "../worker/download.js";

export const HUB = "https://huggingface.co";
/** Hosts whose two-part paths are models; others are taken for folders unless their path says /tree/ or /resolve/. */
const HUBS = ["huggingface.co", "www.huggingface.co", "hf.co", "hf-mirror.com"];
const NAME = /^(?!\.)[\w.-]{1,96}$/;
const REVISION = /^(?![./])(?!.*\.\.)[\w./-]{1,200}$/;
const LONGEST = 2000;

/** @typedef {StoreSource | KindlingError} Parsed a source has no message */

/** @param {string} reason */
const refuse = (reason) => failure("address", `address: ${reason}`, { reason });

/**
 * "owner/name", "owner/name@revision", the address of a model's page on a hub, or of a folder on any server.
 * @param {string} text @param {string} [base] the hub that bare names belong to @returns {Parsed}
 */
export function parseAddress(text, base = HUB) {
  const address = text.trim();
  if (!address) return refuse("empty");
  if (address.length > LONGEST) return refuse("form");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return fromUrl(address, base);
  const [id, revision, ...more] = address.split("@");
  return more.length || revision === "" ? refuse("form") : hub(base, id.replace(/\/$/, ""), revision);
}

/** @param {string} base @param {string} id @param {string | undefined} revision @returns {Parsed} */
function hub(base, id, revision) {
  const parts = id.split("/");
  if (parts.length !== 2 || !parts.every((part) => NAME.test(part)) || (revision !== undefined && !REVISION.test(revision))) return refuse("form");
  const checked = parseBase(base);
  if (typeof checked !== "string") return checked;
  return { kind: "hub", base: checked, id, ...(revision !== undefined && { revision }) };
}

/** The address of a hub, without a slash at its end. @param {string} text @returns {string | KindlingError} */
export function parseBase(text) {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol) || url.username) return refuse("form");
  if (!isSafe(url)) return refuse("insecure");
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/** @param {string} address @param {string} base @returns {Parsed} */
function fromUrl(address, base) {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.username) return refuse("form");
  if (!isSafe(url)) return refuse("insecure");
  const own = URL.parse(base);
  const ours = own?.origin === url.origin && url.pathname.startsWith(own.pathname);
  const root = ours ? base.replace(/\/+$/, "") : url.origin;
  const path = url.pathname.slice(new URL(root).pathname.replace(/\/$/, "").length);
  const [, owner, name, verb, rest] = /^\/(?:models\/)?([^/]+)\/([^/]+?)(?:\/(tree|resolve|blob)\/(.+?))?\/?$/.exec(path) ?? [];
  if (owner && (verb || HUBS.includes(url.hostname) || (ours && !url.pathname.endsWith("/")))) {
    // A branch may have slashes in its name; those that people paste have none.
    return hub(root, `${owner}/${name}`, verb ? decoded(rest.split("/")[0]) : undefined);
  }
  return { kind: "http", base: url.origin + url.pathname.replace(/[^/]+\.(json|safetensors)$/, "").replace(/\/*$/, "/") };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** Without encryption only on this machine: elsewhere anyone on the way could change what arrives. @param {URL} url */
const isSafe = (url) => url.protocol === "https:" || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);

/** Names a source, pinned or not; equal sources have equal names. @param {StoreSource} source */
export function sourceId(source) {
  if (source.kind === "http") return source.base;
  if (source.kind !== "hub") return `${source.kind}:${source.name}`;
  const home = source.base === HUB ? "" : `${source.base}/`;
  // Twelve digits tell commits apart, and file systems limit the length of names.
  const revision = source.revision?.replace(/^([0-9a-f]{12})[0-9a-f]{28}$/, "$1");
  return `${home}${source.id}${revision ? `@${revision}` : ""}`;
}

/** Where a file of a pinned source is. @param {StoreSource} source @param {string} path */
export function fileUrl(source, path) {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  if (source.kind === "hub") return `${source.base}/${source.id}/resolve/${encodeURIComponent(source.revision ?? "main")}/${encoded}`;
  return source.kind === "http" ? source.base + encoded : null;
}

/** Inside its folder, and nowhere else. @param {string} path */
export const isPlainPath = (path) => path.length < 400 && path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !/[\\\0]/.test(part));
