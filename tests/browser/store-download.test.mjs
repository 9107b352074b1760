// Downloads on bad networks and from bad servers, as docs/FAULTS asks: nothing is lost, nothing is spliced, and what is wrong is named.

import assert from "node:assert/strict";
import { test } from "node:test";
import { abort, ask, begin, download, encoder, finished, hashes, hashesOf, MIB, must, progressOf, sha256, sizeOf, stagedFor, until } from "./lib/store.mjs";

/** @typedef {import("./lib/hub.mjs").Fault} Fault */
const WEIGHTS = "model.safetensors";
const BYTES = 17.5 * MIB;
const files = encoder(BYTES);
/** Long enough for a chunk and a half. */
const short = encoder(6.5 * MIB, 2);

const { at, fresh, planned: plannedAt } = stagedFor({ "some/model": files, "some/short": short });
/** @param {import("playwright-core").Page} page @param {string} [address] */
const planned = (page, address = "some/model") => plannedAt(page, address);
/** A folder of plain files: no listing, no hashes. */
const folder = () => `${at.hub.hub}/files/some/model/`;
/** @param {Fault} fault @param {number} [times] */
const spoiled = (fault, times = 1) => ({ path: WEIGHTS, times, fault });

test("a plan says what would be fetched before anything large is", () => fresh(async (page) => {
  const { id, kind, architecture, source, variants, stored, room } = await planned(page);
  assert.match(id, /some\/model@[0-9a-f]{12}$/);
  assert.match(source.revision, /^[0-9a-f]{40}$/);
  assert.deepEqual([kind, architecture, stored], ["encoder", "bert", []]);
  assert.equal(variants[0].bytes, sizeOf(files));
  assert.equal(variants[0].weightBytes, BYTES);
  assert.ok(room > BYTES);
  assert.ok((await at.hub.bytes()) < 1000, "only small files so far");
}));

for (const [name, address] of [["a hub", "some/model"], ["a plain folder", ""]]) {
  test(`${name}: cut at 1, 50 and 99 %, it goes on where it stopped`, () => fresh(async (page) => {
    const wanted = await planned(page, address || folder());
    await at.hub.forget();
    let from = 0;
    const cuts = [0.01, 0.5, 0.99].map((share) => {
      const after = Math.round(share * BYTES) - from;
      from += after;
      return spoiled({ kind: "cut", after });
    });
    await at.hub.faults(...cuts);
    const { value, error } = await download(page, wanted);
    assert.equal(error, undefined, JSON.stringify(error));
    assert.equal(value.state, "whole");
    assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
    const fetched = await at.hub.bytes();
    assert.ok(fetched <= 1.02 * sizeOf(files), `${fetched} bytes for ${sizeOf(files)}`);
    assert.ok((await progressOf(page)).some(({ phase, problem, attempt }) => phase === "wait" && problem.kind === "network" && attempt >= 1), "a wait is told");
  }));
}

/** What a server may do to a request for the rest of a file. @type {[string, Fault][]} */
const RANGES = [
  ["the whole file with status 200", { kind: "no_range" }],
  ["416", { kind: "status", code: 416 }],
  ["another range", { kind: "wrong_range" }],
  ["a file of another length and tag", { kind: "replaced" }],
  ["a length that is too long", { kind: "wrong_length", by: 10 }],
  ["a length that is too short", { kind: "wrong_length", by: -10 }],
  ["503", { kind: "status", code: 503 }],
  ["429", { kind: "status", code: 429 }],
];
for (const [name, fault] of RANGES) {
  test(`asked to go on, the server answers ${name}: never spliced, whether a hash is known or not`, () => fresh(async (page) => {
    for (const address of ["some/short", `${at.hub.hub}/files/some/short/`]) {
      const wanted = await planned(page, address);
      await at.hub.faults(spoiled({ kind: "cut", after: 5 * MIB }), spoiled(fault));
      const { error } = await download(page, wanted);
      assert.equal(error, undefined, `${address}: ${JSON.stringify(error)}`);
      assert.deepEqual(await hashes(page, wanted.id), hashesOf(short), address);
    }
  }));
}

test("a file that goes on changing is refused, not stored", () => fresh(async (page) => {
  const wanted = await planned(page, folder());
  await at.hub.faults(spoiled({ kind: "replaced" }, 0));
  const { error } = await download(page, wanted);
  assert.equal(error?.kind, "changed");
  assert.equal(error?.detail.file, WEIGHTS);
  assert.equal((await ask(page, "open", wanted.id)).error?.kind, "missing");
}));

test("a socket on which nothing comes is given up, and the download goes on", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "stall", after: 3 * MIB, millis: 600_000 }));
  const { error } = await download(page, wanted, { idleMillis: 4000 });
  assert.equal(error, undefined, JSON.stringify(error));
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
  assert.ok((await progressOf(page)).some(({ problem }) => problem?.detail.reason === "stalled"));
}));

test("a slow connection on which something comes is no stalled one, however long it takes", () => fresh(async (page) => {
  const wanted = await planned(page);
  // About nine seconds for the whole.
  await at.hub.faults(spoiled({ kind: "drip", bytes: 65_536, millis: 30 }));
  const since = Date.now();
  assert.equal((await download(page, wanted, { idleMillis: 4000 })).error, undefined);
  assert.ok(Date.now() - since > 6000, "longer than the watchdog waits");
  assert.ok((await progressOf(page)).every(({ problem }) => !problem), "in one go");
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
}));

test("a page with status 200 is not a model file", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "html" }, 0));
  const { error } = await download(page, wanted);
  assert.deepEqual([error?.kind, error?.detail.file], ["not-a-model", WEIGHTS]);
  const [model] = await must(page, "list");
  assert.equal(model.state, "part");
}));

test("a page in place of the listing is named too", () => fresh(async (page) => {
  await at.hub.faults({ path: "/api/models/some/model", times: 0, fault: { kind: "html" } });
  const { error } = await ask(page, "plan", { kind: "hub", base: at.hub.hub, id: "some/model" });
  assert.equal(error?.kind, "not-a-model");
}));

test("a wrong byte: fetched once more", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "flip", at: 5 * MIB }));
  assert.equal((await download(page, wanted)).error, undefined);
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
}));

test("a source that is wrong twice: the next one is asked", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "flip", at: 5 * MIB }, 2));
  const mirror = { ...wanted.source, base: at.hub.hub.replace("127.0.0.1", "localhost") };
  const { error } = await download(page, wanted, { mirrors: [{ kind: "http", base: folder() }, mirror] });
  assert.equal(error, undefined, JSON.stringify(error));
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
  assert.ok((await at.hub.log()).some(({ path }) => path.startsWith("/files/some/model/model.safetensors")), "the mirror was asked");
}));

test("wrong everywhere: the error shows both hashes", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "flip", at: 5 * MIB }, 0));
  const { error } = await download(page, wanted, { mirrors: [{ kind: "http", base: folder() }] });
  const wrong = Uint8Array.from(/** @type {Uint8Array} */ (files[WEIGHTS]));
  wrong[5 * MIB] ^= 1;
  assert.equal(error?.kind, "checksum");
  assert.deepEqual(error?.detail, { file: WEIGHTS, expected: sha256(files[WEIGHTS]), found: sha256(wrong), sources: 2 });
  assert.equal((await ask(page, "open", wanted.id)).error?.kind, "missing");
}));

test("what is not safetensors is refused after its first bytes", () => fresh(async (page) => {
  await at.hub.put("bad/model", { ...files, [WEIGHTS]: new Uint8Array(BYTES).fill(0x41) });
  const wanted = await planned(page, "bad/model");
  await at.hub.forget();
  const { error } = await download(page, wanted);
  assert.deepEqual([error?.kind, error?.detail.file], ["not-a-model", WEIGHTS]);
  assert.equal((await ask(page, "open", wanted.id)).error?.kind, "missing");
}));

test("no answer, or no leave to read it: named with the address, what came stays", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "cut", after: BYTES / 2 }), spoiled({ kind: "no_cors" }, 0));
  const { error } = await download(page, wanted);
  assert.deepEqual([error?.kind, error?.detail.reason, error?.detail.file], ["network", "unreachable", WEIGHTS]);
  await at.hub.faults();
  await at.hub.forget();
  assert.equal((await download(page, wanted)).error, undefined);
  assert.ok((await at.hub.bytes()) < 0.65 * BYTES, "the first half was kept, but for what was on its way");
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
}));

test("called off, it keeps what is here; asked again, it goes on from there", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "stall", after: 3.5 * MIB, millis: 600_000 }));
  await begin(page, wanted, { idleMillis: 600_000 });
  await until(page, { phase: "fetch", done: 3 * MIB });
  await abort(page);
  assert.equal((await finished(page)).error?.kind, "cancelled");
  const [part] = await must(page, "list");
  assert.equal(part.state, "part");
  assert.ok(part.held >= 3 * MIB && part.held < BYTES);
  assert.equal((await ask(page, "open", wanted.id)).error?.kind, "missing");
  await at.hub.forget();
  assert.equal((await download(page, part.plan)).error, undefined);
  // The request that was called off may be logged late, so the last one counts.
  const { range } = (await at.hub.log()).findLast(({ path }) => path.startsWith("/lfs/")) ?? {};
  assert.ok(Number(/\d+/.exec(range ?? "")?.[0]) >= 3 * MIB, `asked for ${range}`);
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(files));
}));

test("progress counts every byte once, and tells rate and time left", () => fresh(async (page) => {
  const wanted = await planned(page);
  await at.hub.faults(spoiled({ kind: "drip", bytes: 131_072, millis: 40 }));
  assert.equal((await download(page, wanted)).error, undefined);
  const seen = await progressOf(page);
  assert.ok(seen.every(({ done, total }, index) => total === sizeOf(files) && done <= total && done >= (seen[index - 1]?.done ?? 0)), "it only grows");
  assert.equal(seen.at(-1).done, sizeOf(files));
  assert.ok(seen.some(({ rate, secondsLeft, done, total }) => rate > 0 && Math.abs(secondsLeft - (total - done) / rate) < 1e-6));
}));

test("gone, closed, or of another kind: each has its name", () => fresh(async (page) => {
  const of = async (/** @type {string} */ address) => (await ask(page, "plan", await page.evaluate(([text, base]) => /** @type {any} */ (globalThis).kindling.parseAddress(text, base), [address, at.hub.hub]))).error;
  assert.deepEqual([(await of("no/such"))?.kind, (await of("some/model@no-such"))?.kind], ["not-found", "not-found"]);
  await at.hub.faults({ path: "/api/models/", times: 1, fault: { kind: "status", code: 401 } });
  assert.equal((await of("some/model"))?.kind, "gated");
  await at.hub.put("onnx/only", { "config.json": files["config.json"], "tokenizer.json": "{}", "onnx/model.onnx": "x", "pytorch_model.bin": "x" });
  await at.hub.put("gpt/other", { ...files, "config.json": JSON.stringify({ model_type: "gpt2" }) });
  await at.hub.put("no/tokenizer", { "config.json": files["config.json"], [WEIGHTS]: files[WEIGHTS], "vocab.json": "{}", "sentencepiece.bpe.model": "x" });
  await at.hub.put("bad/config", { ...files, "config.json": "{" });
  const reasons = [];
  for (const id of ["onnx/only", "gpt/other", "no/tokenizer", "bad/config"]) {
    const error = await of(id);
    assert.equal(error?.kind, "refused", id);
    reasons.push([error?.detail.reason, error?.detail.found]);
  }
  assert.deepEqual(reasons, [["no-safetensors", ["pytorch_model.bin", "onnx/model.onnx"]], ["architecture", "gpt2"], ["no-tokenizer", undefined], ["bad-config", undefined]]);
}));
