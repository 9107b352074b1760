// What is written about each model beside its files: plan.json when a download begins, manifest.json when everything is
// here and verified, last of all. Without a manifest it is a part, and a part is never opened.

import { failure } from "../worker/download.js";
import { journalOf } from "./chunks.js";
import { isQuota, memoryFolder, openShelf } from "./shelf.js";

/** @typedef {import("./shelf.js").Folder} Folder */
/** @typedef {{path: string, bytes: number, sha256: string, chunks: string[]}} KeptFile */
/** @typedef {{version: 1, plan: ModelPlan, files: KeptFile[], savedAt: number, verifiedAt: number | null, bad?: BadChunk[]}} Manifest */

const MANIFEST = "manifest.json";
const PLAN = "plan.json";

/** Models that did not fit on the disk, or whose place is memory: for as long as this worker lives. @type {Map<string, {folder: Folder, reason: StorePlaceReason}>} */
const spilled = new Map();

/** One variant of a plan is what is stored. @param {ModelPlan} plan @param {string} [name] @returns {ModelPlan} */
export function choose(plan, name) {
  const variant = name === undefined ? plan.variants[plan.recommended] : plan.variants.find((one) => one.name === name);
  if (!variant) throw failure("not-found", "no such variant", { what: "file", file: name });
  return { ...plan, variants: [variant], recommended: 0, stored: [], room: null };
}

/** @param {ModelPlan} plan with one variant */
export const storedId = ({ id, variants: [{ name }] }) => (name === "default" ? id : `${id}#${name}`);

/** @param {string} id @param {Folder} folder @param {StorePlaceReason} reason */
export const keepInMemory = (id, folder, reason) => void spilled.set(id, { folder, reason });

/** On a disk without room even for a new folder it is one of memory's. @param {string} id @param {boolean} [create] */
export async function folderOf(id, create = false) {
  const shelf = await openShelf();
  const made = spilled.has(id) ? null : await shelf.folder(id, create).catch((error) => {
    if (!isQuota(error)) throw error;
    keepInMemory(id, memoryFolder(), "quota");
    return null;
  });
  const held = spilled.get(id);
  const folder = held?.folder ?? made;
  return folder && { folder, place: held ? /** @type {const} */ ("memory") : shelf.place, reason: held?.reason ?? shelf.reason };
}

/** @param {Folder} folder @param {string} name */
async function readJson(folder, name) {
  try {
    return JSON.parse((await folder.readText(name)) ?? "null");
  } catch {
    return null; // cut off while it was written: as if it were not there
  }
}

/** @param {Folder} folder @returns {Promise<Manifest | null>} */
export const readManifest = (folder) => readJson(folder, MANIFEST);
/** @param {Folder} folder @param {Manifest} manifest */
export const writeManifest = (folder, manifest) => folder.writeText(MANIFEST, JSON.stringify(manifest));

/** @param {Folder} folder @param {ModelPlan} plan */
export const begin = (folder, plan) => folder.writeText(PLAN, JSON.stringify(plan));

/** What a download began with. @param {Folder} folder @returns {Promise<ModelPlan | null>} */
export const keptPlan = (folder) => readJson(folder, PLAN);

/** @param {Folder} folder @param {ModelPlan} plan @param {KeptFile[]} files */
export async function publish(folder, plan, files) {
  const now = Date.now();
  await writeManifest(folder, { version: 1, plan, files, savedAt: now, verifiedAt: now });
  await Promise.all(files.map((file) => folder.remove(journalOf(file.path))));
}

/** Back to a part, whose journals say which chunks are still to be trusted. @param {Folder} folder @param {Manifest} manifest */
export async function unpublish(folder, manifest) {
  const { plan, files } = manifest;
  for (const file of files) {
    await folder.remove(journalOf(file.path));
    const log = await folder.log(journalOf(file.path));
    try {
      await log.add({ bytes: file.bytes, sha256: plan.variants[0].files.find((one) => one.path === file.path)?.sha256 });
      for (const [c, h] of file.chunks.entries()) await log.add({ c, h });
    } finally {
      await log.close();
    }
  }
  await begin(folder, exactPlan(manifest));
  await folder.remove(MANIFEST);
}

/** The plan with the hashes that were found when it was whole: what it must be again. @param {Manifest} manifest @returns {ModelPlan} */
export function exactPlan({ plan, files }) {
  const [variant] = plan.variants;
  const exact = variant.files.map((file) => ({ ...file, ...files.find((kept) => kept.path === file.path) }));
  return { ...plan, variants: [{ ...variant, files: exact }] };
}

/** @param {string} id @param {Set<string>} busy @returns {Promise<StoredModel | null>} */
export async function describe(id, busy) {
  const found = await folderOf(id);
  if (!found) return null;
  const { folder, place, reason } = found;
  const manifest = await readManifest(folder);
  /** @type {ModelPlan | null} */
  const plan = manifest?.plan ?? (await keptPlan(folder));
  if (!plan?.variants?.[0]) return null;
  const [variant] = plan.variants;
  const sizes = await Promise.all(variant.files.map(async (file) => (await folder.blob(file.path, file.bytes))?.size ?? 0));
  const held = sizes.reduce((sum, size) => sum + size, 0);
  const state = !manifest ? "part" : held === 0 && variant.bytes > 0 ? "evicted" : held < variant.bytes || manifest.bad?.length ? "damaged" : "whole";
  return {
    id, title: plan.title, source: plan.source, kind: plan.kind, architecture: plan.architecture, variant: variant.name,
    bytes: variant.bytes, held, state, place, ...(reason && { placeReason: reason }),
    files: variant.files.map((file) => ({ path: file.path, bytes: file.bytes, sha256: manifest?.files.find((kept) => kept.path === file.path)?.sha256 ?? file.sha256 ?? null })),
    savedAt: manifest?.savedAt ?? 0, verifiedAt: manifest?.verifiedAt ?? null,
    refetchable: plan.source.kind === "hub" || plan.source.kind === "http",
    plan: { ...plan, variants: [{ ...variant, files: variant.files.map(({ chunks: _, ...file }) => file) }] },
    busy: busy.has(id),
  };
}

export async function storedIds() {
  return [...new Set([...(await (await openShelf()).names()), ...spilled.keys()])].sort();
}

/** @param {string} id */
export async function forget(id) {
  spilled.delete(id);
  await (await openShelf()).drop(id);
}
