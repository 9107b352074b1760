// Where models are kept when the browser, the disk, another tab or the visitor gets in the way.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { launchProfile } from "./lib/browser.mjs";
import { abort, ask, begin, download, encoder, finished, hashes, hashesOf, MIB, must, NO_CACHE, NO_DISK, openTab, progressOf, sha256, shimStore, sizeOf, spoil, stagedFor, until } from "./lib/store.mjs";

const WEIGHTS = "model.safetensors";
const BYTES = 17.5 * MIB;
const CHUNK = 4 * MIB;
const files = encoder(BYTES);

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} Context */
const { at, fresh, planned: plannedAt } = stagedFor({ "some/model": files, "some/small": encoder(2 * MIB, 3) }, { calm: false });
/** @param {Page} page @param {string} [address] */
const planned = (page, address = "some/model") => plannedAt(page, address);
/** Eight seconds for the whole. */
const slowly = () => at.hub.faults({ path: WEIGHTS, times: 1, fault: { kind: "drip", bytes: 65_536, millis: 30 } });
/** So many bytes, and then nothing for as long as the test takes. @param {number} after */
const stalled = (after) => at.hub.faults({ path: WEIGHTS, times: 1, fault: { kind: "stall", after, millis: 600_000 } });
const PATIENT = { idleMillis: 600_000 };
/** Where requests for the weights began. */
const starts = async () => (await at.hub.log()).filter(({ path }) => path.startsWith("/lfs/")).map(({ range }) => Number(/\d+/.exec(range ?? "")?.[0]));


for (const [place, shim] of /** @type {const} */ ([["cache", NO_DISK], ["memory", NO_DISK + NO_CACHE]])) {
  test(`no origin-private file system${place === "memory" ? " and no Cache API" : ""}: ${place}, and it says so`, () => fresh(async (page, context) => {
    shimStore(at.server, shim);
    const wanted = await planned(page);
    await at.hub.faults({ path: WEIGHTS, times: 1, fault: { kind: "cut", after: 9 * MIB } });
    const { value, error } = await download(page, wanted);
    assert.equal(error, undefined, JSON.stringify(error));
    assert.deepEqual([value.place, value.placeReason, value.state], [place, "private", "whole"]);
    assert.ok((await progressOf(page)).every((now) => now.place === place && now.placeReason === "private"));
    assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
    assert.deepEqual(await must(page, "verify", wanted.id), { passed: true, bad: [] });
    const usage = await must(page, "usage");
    assert.deepEqual([usage.place, usage.placeReason, usage.models], [place, "private", sizeOf(files)]);
    const second = await openTab(context, at.server);
    const kept = (await must(second, "list")).map((/** @type {StoredModel} */ { state }) => state);
    assert.deepEqual(kept, place === "cache" ? ["whole"] : []);
    await must(page, "remove", wanted.id);
    assert.deepEqual(await must(page, "list"), []);
  }));
}

test("quota exceeded: runs from memory, shows used and quota, and what is on the disk stays for later", () => fresh(async (page, context) => {
  const wanted = await planned(page);
  const small = await planned(page, "some/small");
  assert.equal((await download(page, small)).error, undefined);
  const devtools = await context.newCDPSession(page);
  const origin = new URL(at.server.url).origin;
  const { used } = await must(page, "usage");
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: used + 10 * MIB });
  const { value, error } = await download(page, wanted);
  assert.equal(error, undefined, JSON.stringify(error));
  assert.deepEqual([value.place, value.placeReason, value.state], ["memory", "quota", "whole"]);
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
  const usage = await must(page, "usage");
  // Chromium tells pages a quota that gives nothing away.
  assert.ok(usage.used > used && usage.quota >= usage.used, JSON.stringify(usage));
  const before = (await must(page, "list")).find((/** @type {StoredModel} */ { id }) => id === wanted.id);
  assert.deepEqual([before.state, before.place], ["whole", "memory"]);

  // Another visit: the memory is gone, the part is not; there is room after a stored model was deleted.
  const later = await openTab(context, at.server);
  await page.close();
  const left = (await must(later, "list")).find((/** @type {StoredModel} */ { id }) => id === wanted.id);
  assert.equal(left.state, "part");
  assert.ok(left.held > 0);
  await must(later, "remove", small.id);
  const again = await context.newCDPSession(later);
  await again.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: used + 40 * MIB });
  await at.hub.forget();
  const { value: model } = await download(later, left.plan);
  assert.deepEqual([model?.place, model?.state], ["disk", "whole"]);
  assert.ok((await at.hub.bytes()) < 0.9 * BYTES, "the part counted");
  assert.deepEqual(await hashes(later, wanted.id), hashesOf(files));
}));

test("two tabs: one downloads, the other shows its progress", () => fresh(async (page, context) => {
  const second = await openTab(context, at.server);
  const wanted = await planned(page);
  await must(second, "usage"); // its worker is here
  await at.hub.forget();
  await slowly();
  await begin(page, wanted);
  await until(page, { phase: "fetch", done: 64 * 1024 });
  await begin(second, wanted);
  await until(second, { phase: "watch", done: 64 * 1024 });
  const [one, two] = [await finished(page), await finished(second)];
  assert.deepEqual([one.value?.state, two.value?.state], ["whole", "whole"]);
  assert.deepEqual(await starts(), [0]);
  assert.deepEqual(await hashes(second, wanted.id), hashesOf(files));
}));

test("two tabs: closing the one that downloads hands over", () => fresh(async (page, context) => {
  const second = await openTab(context, at.server);
  const wanted = await planned(page);
  await stalled(8 * MIB);
  await begin(page, wanted, PATIENT);
  await until(page, { phase: "fetch", done: 6 * MIB });
  await begin(second, wanted);
  await until(second, { phase: "watch", done: 6 * MIB });
  assert.equal((await must(second, "list"))[0].busy, true);
  await page.close();
  const { value, error } = await finished(second);
  assert.equal(error, undefined, JSON.stringify(error));
  assert.equal(value.state, "whole");
  assert.ok(Math.max(...(await starts())) >= 5 * MIB, `went on from ${await starts()}`);
  assert.deepEqual(await hashes(second, wanted.id), hashesOf(files));
}));

test("two tabs: a failure and a cancel are told to both", () => fresh(async (page, context) => {
  const second = await openTab(context, at.server);
  const wanted = await planned(page);
  await must(second, "usage"); // its worker is here
  for (const how of ["cancel", "abort", "fail"]) {
    // A wrong sum is found at the end, when the other is watching.
    await (how === "fail" ? slowly() : stalled(8 * MIB));
    const told = how === "fail" ? { ...wanted, variants: [{ ...wanted.variants[0], files: wanted.variants[0].files.map((/** @type {PlanFile} */ file) => ({ ...file, ...(file.path === WEIGHTS && { sha256: "0".repeat(64) }) })) }] } : wanted;
    await begin(page, told, PATIENT);
    await until(page, { phase: "fetch", done: 64 * 1024 });
    await begin(second, told);
    await until(second, { phase: "watch" });
    if (how === "cancel") await second.evaluate((id) => /** @type {any} */ (globalThis).kindling.store.cancel(id), wanted.id);
    if (how === "abort") await abort(page);
    const kinds = [(await finished(page)).error?.kind, (await finished(second)).error?.kind];
    assert.deepEqual(kinds, how === "fail" ? ["checksum", "checksum"] : ["cancelled", "cancelled"]);
  }
}));

test("a tab killed in mid-write: the journal is verified, the part is never loaded, little is fetched again", async () => {
  const profile = mkdtempSync(join(tmpdir(), "kindling-profile-"));
  try {
    await at.hub.faults();
    let context = await launchProfile(profile);
    let page = await openTab(context, at.server);
    const wanted = await planned(page);
    await stalled(3.5 * CHUNK);
    await begin(page, wanted, PATIENT);
    await until(page, { phase: "fetch", done: 3.25 * CHUNK });
    const devtools = await context.newCDPSession(page);
    // The whole process goes, without a chance to tidy up.
    const crashed = page.waitForEvent("crash");
    devtools.send("Page.crash").catch(() => {}); // nobody is left to answer
    await crashed;
    await context.close();

    context = await launchProfile(profile);
    page = await openTab(context, at.server);
    const [part] = await must(page, "list");
    assert.deepEqual([part.state, part.id], ["part", wanted.id]);
    assert.equal((await ask(page, "open", wanted.id)).error?.kind, "missing");
    // What the disk gives back is not believed: a byte of the second chunk has changed meanwhile.
    await spoil(page, wanted.id, WEIGHTS, CHUNK + 100);
    await at.hub.forget();
    const { error } = await download(page, part.plan);
    assert.equal(error, undefined, JSON.stringify(error));
    assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
    const ranges = (await at.hub.log()).filter(({ path }) => path.startsWith("/lfs/")).map(({ range }) => range);
    assert.equal(ranges[0], `bytes=${CHUNK}-${2 * CHUNK - 1}`, "the bad chunk alone");
    assert.ok(Number(/\d+/.exec(ranges[1] ?? "")?.[0]) >= 3 * CHUNK, `then the rest: ${ranges}`);
    await context.close();
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});

test("what is stored works after a reload without a network", () => fresh(async (page, context) => {
  const wanted = await planned(page);
  await download(page, wanted);
  await page.close();
  const second = await openTab(context, at.server);
  await must(second, "usage"); // its worker is here
  await context.setOffline(true);
  const [model] = await must(second, "list");
  assert.deepEqual([model.state, model.title, model.kind], ["whole", "some/model", "encoder"]);
  assert.deepEqual(await hashes(second, wanted.id), hashesOf(files));
  assert.equal((await ask(second, "plan", { kind: "hub", base: at.hub.hub, id: "some/small" })).error?.detail.reason, "offline");
}));

test("evicted: missed, and one call fetches it again", () => fresh(async (page) => {
  const wanted = await planned(page);
  await download(page, wanted);
  await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry("models", { recursive: true }));
  await page.reload();
  const second = await openTab(page.context(), at.server);
  const [model] = await must(second, "list");
  assert.deepEqual([model.state, model.held, model.refetchable, model.id], ["evicted", 0, true, wanted.id]);
  assert.match((await ask(second, "open", wanted.id)).error?.kind ?? "", /^(missing|evicted)$/);
  assert.equal((await download(second, model.plan)).value?.state, "whole");
  assert.deepEqual(await hashes(second, wanted.id), hashesOf(files));
  assert.deepEqual((await must(second, "list")).map((/** @type {StoredModel} */ { state }) => state), ["whole"]);
}));

test("a stored byte that changed: found by verify and by open, mended by fetching its chunk alone", () => fresh(async (page) => {
  const wanted = await planned(page);
  await download(page, wanted);
  await spoil(page, wanted.id, WEIGHTS, 2 * CHUNK + 5);
  const wrong = Uint8Array.from(/** @type {Uint8Array} */ (files[WEIGHTS]).subarray(2 * CHUNK, 3 * CHUNK));
  const expected = sha256(wrong);
  wrong[5] ^= 1;
  const bad = [{ path: WEIGHTS, chunk: 2, expected, found: sha256(wrong) }];
  assert.deepEqual((await ask(page, "open", wanted.id)).error?.detail, { id: wanted.id, bad });
  assert.deepEqual(await must(page, "verify", wanted.id), { passed: false, bad });
  const [model] = await must(page, "list");
  assert.equal(model.state, "damaged");
  await at.hub.forget();
  assert.equal((await download(page, model.plan)).value?.state, "whole");
  assert.deepEqual((await at.hub.log()).filter(({ path }) => path.startsWith("/lfs/")).map(({ range, bytes }) => [range, bytes]), [[`bytes=${2 * CHUNK}-${3 * CHUNK - 1}`, CHUNK]]);
  assert.deepEqual(await must(page, "verify", wanted.id), { passed: true, bad: [] });
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
}));

test("removed: gone here and told in other tabs", () => fresh(async (page, context) => {
  const wanted = await planned(page, "some/small");
  await download(page, wanted);
  const second = await openTab(context, at.server);
  await second.evaluate(() => new Promise((resolve) => {
    const { kindling } = /** @type {any} */ (globalThis);
    kindling.changes = 0;
    kindling.store.onChange(() => kindling.changes++);
    kindling.store.usage().then(resolve); // the worker listens by then
  }));
  await must(page, "remove", wanted.id);
  await second.waitForFunction(() => /** @type {any} */ (globalThis).kindling.changes > 0);
  assert.deepEqual([await must(page, "list"), await must(second, "list")], [[], []]);
}));
