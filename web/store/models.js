// What can be done with models: each function is one action of the worker.

import { failure } from "../worker/download.js";
import { hashChunks, Incoming } from "./chunks.js";
import { fetchFile } from "./download.js";
import { fingerprint, rooted, walk } from "./folder.js";
import { mainType } from "./header.js";
import { writeKit } from "./kit.js";
import { listBlobs, listSource, MANIFEST, readManifest as readKitManifest } from "./listing.js";
import { createMeter } from "./meter.js";
import { planModel } from "./plan.js";
import { begin, choose, describe, exactPlan, folderOf, forget, keepInMemory, keptPlan, publish, readManifest, storedId, storedIds, unpublish, writeManifest } from "./records.js";
import { isQuota, openShelf, spilling } from "./shelf.js";
import { alone, busy, cancel, changed, inTurn } from "./turns.js";
import { readZip } from "./unzip.js";

/** @typedef {(progress: StoreProgress) => void} Report */

/** @param {{source: StoreSource, device?: StoreDevice}} args @param {AbortSignal} signal @returns {Promise<ModelPlan>} */
export async function plan({ source, device }, signal) {
  return completed(await planModel(await listSource(source, signal), device));
}

/** What of a plan is here already, and whether the rest would fit. @param {ModelPlan} plan */
async function completed(plan) {
  const states = await Promise.all(plan.variants.map(async ({ name }) => (await describe(storedId(choose(plan, name)), new Set()))?.state === "whole" ? name : null));
  const { usage, quota } = await estimate();
  return { ...plan, stored: states.filter((name) => name !== null), room: quota ? Math.max(0, quota - usage) : null };
}

async function estimate() {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  return { usage, quota };
}

/** @param {{plan: ModelPlan, variant?: string, mirrors?: StoreSource[], idleMillis?: number}} args @param {AbortSignal} outer @param {Report} report */
export async function fetch({ plan, variant, mirrors = [], idleMillis }, outer, report) {
  return fill(choose(plan, variant), outer, report, (file, job) => fetchFile(file, { ...job, sources: [plan.source, ...mirrors], idleMillis }));
}

/**
 * Fills a model's folder file by file, and publishes it when all are there.
 * @param {ModelPlan} chosen with one variant @param {AbortSignal} outer @param {Report} report
 * @param {(file: PlanFile, job: {folder: import("./shelf.js").Folder, meter: import("./meter.js").Meter, signal: AbortSignal}) => Promise<import("./records.js").KeptFile>} bring
 * @returns {Promise<StoredModel>}
 */
function fill(chosen, outer, report, bring) {
  const id = storedId(chosen);
  return inTurn(id, outer, report, async (signal, tell) => {
    const before = await describe(id, new Set());
    if (before?.state === "whole") return before;
    const { folder: disk, place, reason } = /** @type {NonNullable<Awaited<ReturnType<typeof folderOf>>>} */ (await folderOf(id, true));
    const exact = await takeUp(chosen, disk);
    const meter = createMeter(id, exact.variants[0].bytes, tell);
    const folder = spilling(disk, () => {
      keepInMemory(id, folder, "quota");
      meter.become({ place: "memory", placeReason: "quota" });
    });
    meter.become({ place, placeReason: reason });
    try {
      await begin(folder, exact);
      changed();
      const kept = [];
      // The small ones first: what is wrong with them is known before the large ones are fetched.
      for (const file of exact.variants[0].files.toSorted((a, b) => a.bytes - b.bytes)) kept.push(await bring(file, { folder, meter, signal }));
      meter.become({ phase: "store" });
      await publish(folder, await typed(exact, folder), kept);
    } finally {
      meter.end();
      changed();
    }
    return /** @type {StoredModel} */ (await describe(id, new Set()));
  });
}

/** With what an earlier visit knew of it; a damaged model becomes a part again, of which the good chunks count. @param {ModelPlan} chosen @param {import("./shelf.js").Folder} folder */
async function takeUp(chosen, folder) {
  const manifest = await readManifest(folder);
  if (manifest) await unpublish(folder, manifest);
  const known = manifest ? exactPlan(manifest) : await keptPlan(folder);
  const [variant] = chosen.variants;
  const files = variant.files.map((file) => {
    const same = known?.variants[0].files.find((one) => one.path === file.path && one.bytes === file.bytes);
    return { ...file, sha256: file.sha256 ?? same?.sha256, chunks: file.chunks ?? same?.chunks };
  });
  return { ...chosen, variants: [{ ...variant, files }] };
}

/** Names and configuration promise a precision; the files say which it is. @param {ModelPlan} plan @param {import("./shelf.js").Folder} folder @returns {Promise<ModelPlan>} */
async function typed(plan, folder) {
  const [variant] = plan.variants;
  const blobs = await Promise.all(variant.files.filter(({ path }) => path.endsWith(".safetensors")).map(({ path, bytes }) => folder.blob(path, bytes)));
  const dtype = await mainType(blobs.filter((blob) => blob !== null));
  return { ...plan, variants: [{ ...variant, dtype: dtype ?? variant.dtype }] };
}

export async function list() {
  const held = await busy();
  const models = await Promise.all((await storedIds()).map((id) => describe(id, held).catch(() => null)));
  return models.filter((model) => model !== null);
}

/** @param {string} id */
async function whole(id) {
  const model = await describe(id, new Set());
  if (!model || model.state === "part") throw failure("missing", "not stored", { id });
  if (model.state === "evicted") throw failure("evicted", "its files are gone", { id });
  const { folder } = /** @type {NonNullable<Awaited<ReturnType<typeof folderOf>>>} */ (await folderOf(id));
  return { model, folder, manifest: /** @type {import("./records.js").Manifest} */ (await readManifest(folder)) };
}

/** @param {{id: string}} args @param {AbortSignal} signal @param {Report} report */
export const verify = ({ id }, signal, report) => alone(id, signal, async () => {
  const { folder, manifest } = await whole(id);
  const bad = await check(id, folder, manifest, signal, report);
  changed();
  return { passed: bad.length === 0, bad };
});

/** Every chunk against the manifest, which then says how it went. @param {string} id @param {import("./shelf.js").Folder} folder @param {import("./records.js").Manifest} manifest @param {AbortSignal} signal @param {Report} report */
async function check(id, folder, manifest, signal, report) {
  const meter = createMeter(id, manifest.plan.variants[0].bytes, report);
  meter.become({ phase: "check", place: (await folderOf(id))?.place });
  /** @type {BadChunk[]} */
  const bad = [];
  for (const { path, bytes, chunks } of manifest.files) {
    meter.become({ file: path });
    const blob = (await folder.blob(path, bytes)) ?? new Blob();
    /** @type {(string | null)[]} */
    const found = chunks.map(() => null);
    let done = 0;
    await hashChunks(blob, signal, (chunk, hash, length) => {
      found[chunk] = hash;
      meter.hold(path, (done += length));
    }, await folder.handle(path, bytes));
    chunks.forEach((expected, chunk) => found[chunk] !== expected && bad.push({ path, chunk, expected, found: found[chunk] }));
  }
  meter.end();
  // Another tab may be writing the same, or the disk be full: what was found stands all the same.
  await writeManifest(folder, { ...manifest, verifiedAt: Date.now(), bad }).catch((error) => {
    if (error?.name !== "NoModificationAllowedError" && !isQuota(error)) throw error;
  });
  return bad;
}

/** @param {{id: string}} args @param {AbortSignal} signal */
export async function remove({ id }, signal) {
  cancel(id);
  await alone(id, signal, () => forget(id));
  changed();
}

/** Checked as it is taken out: a file system may give back something else than it was given. @param {{id: string, check?: boolean}} args @param {AbortSignal} signal @param {Report} report */
export async function open({ id, check: checked = true }, signal, report) {
  const { model, folder, manifest } = await whole(id);
  const bad = checked || model.state === "damaged" ? await check(id, folder, manifest, signal, report) : [];
  if (bad.length) {
    changed();
    throw failure("damaged", "not what was stored", { id, bad });
  }
  const blobs = await Promise.all(manifest.files.map(async ({ path, bytes }) => [path, await folder.blob(path, bytes)]));
  const weights = manifest.files.filter(({ path }) => path.endsWith(".safetensors"));
  const handles = await Promise.all(weights.map(async ({ path, bytes }) => [path, await folder.handle(path, bytes)]));
  return { model: (await describe(id, new Set())) ?? model, files: Object.fromEntries(blobs), handles: Object.fromEntries(handles.filter(([, handle]) => handle)) };
}

/** @param {{folder?: FileSystemDirectoryHandle, files?: [string, File][], name: string, device?: StoreDevice}} args @param {AbortSignal} signal @param {Report} report */
export async function importFolder({ folder, files, name, device }, signal, report) {
  return take({ kind: "folder", name }, rooted(folder ? await walk(folder) : new Map(files)), device, signal, report);
}

/** @param {StoreSource} source @param {Map<string, Blob>} files @param {StoreDevice | undefined} device @param {AbortSignal} signal @param {Report} report */
async function take(source, files, device, signal, report) {
  const plan = await planModel(listBlobs(source, files), device);
  const config = (await (files.get("model_index.json") ?? files.get("config.json"))?.text()) ?? "";
  const named = { ...choose(plan), id: `${plan.id}~${await fingerprint(plan, config)}` };
  return fill(named, signal, report, (file, job) => copyFile(file, /** @type {Blob} */ (files.get(file.remote)), job));
}

/** @param {PlanFile} file @param {Blob} blob @param {{folder: import("./shelf.js").Folder, meter: import("./meter.js").Meter, signal: AbortSignal}} job @returns {Promise<import("./records.js").KeptFile>} */
async function copyFile(file, blob, { folder, meter, signal }) {
  meter.become({ phase: "store", file: file.path });
  const incoming = await Incoming.open(file, folder, { signal });
  try {
    while (!incoming.complete) {
      for await (const bytes of blob.slice(incoming.at, incoming.until).stream()) {
        signal.throwIfAborted();
        meter.receive(bytes.length);
        await incoming.take(bytes);
        meter.hold(file.path, incoming.held);
      }
    }
    const found = await incoming.digest();
    if (file.sha256 && file.sha256 !== found) throw failure("checksum", "checksum mismatch", { file: file.path, expected: file.sha256, found });
    return { path: file.path, bytes: file.bytes, sha256: found, chunks: /** @type {string[]} */ (incoming.hashes) };
  } finally {
    await incoming.close();
  }
}

/** @param {{ids: string[], to?: FileSystemFileHandle}} args @param {AbortSignal} signal @param {Report} report @returns {Promise<Blob | null>} */
export async function exportKit({ ids, to }, signal, report) {
  const models = await Promise.all(ids.map(async (id) => {
    const { model, files } = await open({ id, check: false }, signal, report);
    const { manifest } = await whole(id);
    return { manifest: kitManifest(model, manifest), files };
  }));
  const total = models.reduce((sum, { manifest }) => sum + manifest.files.reduce((bytes, file) => bytes + file.bytes, 0), 0);
  const meter = createMeter(ids.join(" "), total, report);
  meter.become({ phase: "pack" });
  let done = 0;
  const stream = writeKit(models, signal, (bytes) => meter.hold("kit", Math.min(total, (done += bytes))));
  try {
    if (!to) return await new Response(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (stream)).blob();
    await stream.pipeTo(await to.createWritable(), { signal });
    return null;
  } finally {
    meter.end();
  }
}

/** @param {StoredModel} model @param {import("./records.js").Manifest} manifest @returns {import("./listing.js").KitManifest} */
function kitManifest({ id, title, source, kind, architecture, variant }, { plan, files }) {
  const [{ dtype, files: planned }] = plan.variants;
  const remote = (/** @type {string} */ path) => planned.find((file) => file.path === path)?.remote ?? path;
  return { version: 1, id: id.replace(/#[^#]*$/, ""), title, source, kind, architecture, variant, dtype, files: files.map((file) => ({ ...file, remote: remote(file.path) })) };
}

/** @param {{zip: Blob, name: string}} args @param {AbortSignal} signal @param {Report} report @returns {Promise<StoredModel[]>} */
export async function importKit({ zip, name }, signal, report) {
  const packed = await readZip(zip);
  const manifests = packed.filter(({ path }) => path === MANIFEST || path.endsWith(`/${MANIFEST}`));
  if (!manifests.length) {
    const needed = new Map(await Promise.all(packed.map(async (one) => /** @type {const} */ ([one.path, await one.blob()]))));
    return [await take({ kind: "kit", name }, rooted(needed), undefined, signal, report)];
  }
  const models = [];
  for (const one of manifests) {
    const base = one.path.slice(0, -MANIFEST.length);
    const manifest = readKitManifest(await (await one.blob()).text());
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    /** @type {ModelPlan} */
    const plan = {
      ...manifest, recommended: 0, stored: [], room: null,
      variants: [{ name: manifest.variant, dtype: manifest.dtype, bytes, weightBytes: manifest.files.reduce((sum, file) => sum + (file.path.endsWith(".safetensors") ? file.bytes : 0), 0), files: manifest.files.map((file) => ({ ...file, remote: file.remote ?? file.path })) }],
    };
    models.push(await fill(plan, signal, report, async (file, job) => {
      const found = packed.find(({ path }) => path === base + file.path);
      if (!found || found.bytes !== file.bytes) throw failure("kit", "incomplete", { reason: "cut", file: file.path });
      return copyFile(file, await found.blob(), job);
    }));
  }
  return models;
}

/** @returns {Promise<StoreUsage>} */
export async function usage() {
  const [{ usage: used, quota }, shelf, models, persisted] = await Promise.all([estimate(), openShelf(), list(), navigator.storage?.persisted?.().catch(() => null) ?? null]);
  return { used, quota, models: models.reduce((sum, { held }) => sum + held, 0), persisted, place: shelf.place, ...(shelf.reason && { placeReason: shelf.reason }) };
}
