// The model store's sources: addresses, plans, folders and offline kits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { parseAddress } from "../../web/store/address.js";
import { folderOf, otherEncoder } from "./lib/models.mjs";
import { ask, download, encoder, hashes, hashesOf, MIB, must, sizeOf, stagedFor, weights } from "./lib/store.mjs";

const WEIGHTS = "model.safetensors";
const CHUNK = 4 * MIB;
const BYTES = 9.5 * MIB;
const files = { ...encoder(BYTES), "modules.json": "[]", "1_Pooling/config.json": "{}" };
const json = JSON.stringify;

/** Two shards and their index. */
const sharded = {
  "config.json": json({ model_type: "xlm-roberta", torch_dtype: "float16" }), "tokenizer.json": "{}",
  "model.safetensors.index.json": json({ metadata: {}, weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" } }),
  "model-00001-of-00002.safetensors": weights(1 * MIB, 5), "model-00002-of-00002.safetensors": weights(1 * MIB, 6),
};
/** As diffusers lays it out, with a smaller variant of two of its three parts. */
const pipeline = {
  "model_index.json": json({ _class_name: "StableDiffusionPipeline", unet: ["diffusers", "UNet2DConditionModel"], vae: ["diffusers", "AutoencoderKL"], text_encoder: ["transformers", "CLIPTextModel"] }),
  "scheduler/scheduler_config.json": "{}", "tokenizer/vocab.json": "{}", "tokenizer/merges.txt": "", "tokenizer/tokenizer_config.json": "{}",
  "unet/config.json": "{}", "vae/config.json": "{}", "text_encoder/config.json": "{}",
  "unet/diffusion_pytorch_model.safetensors": weights(3 * MIB, 7), "unet/diffusion_pytorch_model.fp16.safetensors": weights(1.5 * MIB, 8),
  "vae/diffusion_pytorch_model.safetensors": weights(200_000, 9),
  "text_encoder/model.safetensors": weights(400_000, 10), "text_encoder/model.fp16.safetensors": weights(200_000, 11),
};

/** @typedef {import("playwright-core").Page} Page */
const { at, fresh, planned } = stagedFor({ "some/model": files, "some/shards": sharded, "some/pipeline": pipeline });

test("addresses as people paste them", () => {
  const hub = "https://hub.example/models";
  const commit = "0123456789abcdef0123456789abcdef01234567";
  /** @type {[string, object][]} */
  const cases = [
    ["owner/name", { kind: "hub", base: hub, id: "owner/name" }],
    [`  owner/name@${commit} `, { kind: "hub", base: hub, id: "owner/name", revision: commit }],
    ["owner/na.me_1@refs/pr/3", { kind: "hub", base: hub, id: "owner/na.me_1", revision: "refs/pr/3" }],
    ["https://huggingface.co/owner/name", { kind: "hub", base: "https://huggingface.co", id: "owner/name" }],
    ["https://huggingface.co/owner/name/tree/v1.0?x=1#readme", { kind: "hub", base: "https://huggingface.co", id: "owner/name", revision: "v1.0" }],
    ["https://hub.example/models/owner/name", { kind: "hub", base: hub, id: "owner/name" }],
    ["https://mirror.example/owner/name/resolve/main/config.json", { kind: "hub", base: "https://mirror.example", id: "owner/name", revision: "main" }],
    ["https://files.example/a/b/c", { kind: "http", base: "https://files.example/a/b/c/" }],
    ["https://files.example/a/config.json", { kind: "http", base: "https://files.example/a/" }],
    ["http://localhost:8000/a/", { kind: "http", base: "http://localhost:8000/a/" }],
  ];
  for (const [text, source] of cases) assert.deepEqual(parseAddress(text, hub), source, text);
  /** @type {[string, string][]} */
  const wrong = [
    ["", "empty"], ["   ", "empty"], ["name", "form"], ["a/b/c", "form"], ["../b", "form"], ["a/b@", "form"], ["a/b@../x", "form"], ["a b/c", "form"],
    ["javascript:alert(1)", "form"], ["file:///etc/passwd", "form"], ["https://user:pass@files.example/a/", "form"], ["http://files.example/a/", "insecure"],
    ["https://huggingface.co/owner/%E0%A4%A/tree/%E0%A4%A", "form"], [`a/${"b".repeat(3000)}`, "form"], ["<img src=x>/b", "form"],
  ];
  for (const [text, reason] of wrong) {
    const { kind, detail } = /** @type {KindlingError} */ (parseAddress(text, hub));
    assert.deepEqual([kind, /** @type {any} */ (detail).reason], ["address", reason], text);
  }
});

test("shards come with their index", () => fresh(async (page) => {
  const wanted = await planned(page, "some/shards");
  const [{ name, dtype, bytes, weightBytes }] = wanted.variants;
  assert.deepEqual([name, dtype, bytes, weightBytes], ["default", "f16", sizeOf(sharded), 2 * MIB]);
  assert.equal((await download(page, wanted)).error, undefined);
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(sharded));
  await at.hub.put("bad/shards", { ...sharded, "model.safetensors.index.json": json({ weight_map: { a: "../secret.safetensors" } }) });
  await at.hub.put("few/shards", { ...sharded, "model.safetensors.index.json": json({ weight_map: { a: "model-00009-of-00009.safetensors" } }) });
  const of = async (/** @type {string} */ id) => (await ask(page, "plan", { kind: "hub", base: at.hub.hub, id })).error?.detail.reason;
  assert.deepEqual([await of("bad/shards"), await of("few/shards")], ["bad-config", "no-weights"]);
}));

test("a tokenizer in one file, or the vocabulary that it is built of", () => fresh(async (page) => {
  const { "tokenizer.json": _, ...bare } = encoder(200_000, 13);
  const two = { "vocab.json": "{}", "merges.txt": "" }, small = { "tokenizer_config.json": "{}", "special_tokens_map.json": "{}", "config_sentence_transformers.json": "{}" };
  /** @type {[string, Record<string, string>, string[]][]} */
  const cases = [
    ["one", { ...two, "vocab.txt": "a", "tokenizer.json": "{}" }, ["tokenizer.json"]], ["pieces", { ...two, "vocab.txt": "a" }, ["vocab.txt"]], ["pairs", two, ["merges.txt", "vocab.json"]],
  ];
  for (const [name, files, wanted] of cases) {
    await at.hub.put(`tokens/${name}`, { ...bare, ...files, ...small });
    const chosen = await planned(page, `tokens/${name}`);
    assert.equal((await download(page, chosen)).error, undefined);
    const { files: stored } = (await must(page, "list")).find((/** @type {StoredModel} */ { id }) => id === chosen.id);
    assert.deepEqual(stored.map((/** @type {PlanFile} */ { path }) => path).sort(), [...Object.keys(bare), ...Object.keys(small), ...wanted].sort());
  }
}));

test("dense modules come along, and without their weights there is no model", () => fresh(async (page) => {
  const whole = otherEncoder("bert-dense-tiny");
  await at.hub.put("dense/whole", whole);
  const wanted = await planned(page, "dense/whole");
  assert.equal((await download(page, wanted)).error, undefined);
  assert.deepEqual(await hashes(page, wanted.id), hashesOf(whole));
  const { "3_Dense/model.safetensors": _, ...torn } = whole;
  await at.hub.put("dense/torn", torn);
  await at.hub.put("dense/out", { ...whole, "modules.json": String(whole["modules.json"]).replace("3_Dense", "../other") });
  const refused = async (/** @type {string} */ id) => (await ask(page, "plan", { kind: "hub", base: at.hub.hub, id })).error?.detail;
  const lacking = await refused("dense/torn");
  assert.deepEqual([lacking.reason, lacking.file], ["no-safetensors", "3_Dense/model.safetensors"]);
  const outside = await refused("dense/out");
  assert.deepEqual([outside.reason, outside.file], ["bad-config", "modules.json"]);
}));

test("which numbers the files hold is read from them once they are here", () => fresh(async (page) => {
  await at.hub.put("whole/numbers", { ...encoder(200_000, 14), [WEIGHTS]: weights(200_000, 14, "I8") });
  const wanted = await planned(page, "whole/numbers");
  assert.equal(wanted.variants[0].dtype, "unknown", "its configuration does not say");
  const { value } = await download(page, wanted);
  assert.equal(value.plan.variants[0].dtype, "int8");
}));

test("variants by device, and under the names that loaders know", () => fresh(async (page) => {
  const wanted = await planned(page, "some/pipeline", { f16: false });
  assert.deepEqual([wanted.kind, wanted.architecture, wanted.recommended], ["text2image", "StableDiffusionPipeline", 0]);
  assert.deepEqual(wanted.variants.map((/** @type {PlanVariant} */ { name, dtype }) => [name, dtype]), [["default", "unknown"], ["fp16", "f16"]]);
  assert.deepEqual(wanted.variants.map((/** @type {PlanVariant} */ { weightBytes }) => weightBytes), [3 * MIB + 600_000, 1.5 * MIB + 400_000]);
  assert.equal((await planned(page, "some/pipeline", { f16: true })).recommended, 1);
  assert.equal((await planned(page, "some/pipeline", { f16: false, maxWeightBytes: 2 * MIB })).recommended, 1);
  const { value } = await download(page, wanted, { variant: "fp16" });
  assert.deepEqual([value?.id, value?.variant, value?.state], [`${wanted.id}#fp16`, "fp16", "whole"]);
  const expected = hashesOf(pipeline);
  for (const path of ["unet/diffusion_pytorch_model", "text_encoder/model"]) {
    expected[`${path}.safetensors`] = expected[`${path}.fp16.safetensors`];
    delete expected[`${path}.fp16.safetensors`];
  }
  assert.deepEqual(await hashes(page, value.id), expected);
  assert.deepEqual((await planned(page, "some/pipeline")).stored, ["fp16"]);
}));

test("a folder by the directory input: the model is found inside it, copied and checked", () => fresh(async (page) => {
  const { folder, drop } = folderOf("some-folder", { "README.md": "x", ...Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`inner/model/${path}`, bytes])) });
  try {
    await page.evaluate(() => {
      const input = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });
      document.body.append(input);
    });
    await page.locator("input").setInputFiles(folder);
    const imported = () => page.evaluate(() => /** @type {any} */ (globalThis).kindling.store.importFolder([.../** @type {any} */ (document.querySelector("input")).files]));
    const model = await imported();
    assert.deepEqual([model.kind, model.state, model.source.kind, model.refetchable], ["encoder", "whole", "folder", false]);
    assert.match(folder, new RegExp(`${model.title}$`));
    assert.deepEqual(await hashes(page, model.id), hashesOf(files));
    assert.equal((await imported()).id, model.id, "the same folder again is the same model");
    assert.equal((await must(page, "list")).length, 1);
  } finally {
    drop();
  }
}));

/** Exports a model, empties the store, lets `change` at the zip, and imports it. @param {Page} page @param {string} id @param {{at?: number, cut?: number}} [change] */
const roundTrip = (page, id, change = {}) => page.evaluate(async ([model, { at: place, cut }]) => {
  const { store } = /** @type {any} */ (globalThis).kindling;
  /** @type {Blob} */
  const kit = await store.exportKit([model]);
  await store.remove(model);
  const zip = place === undefined ? kit.slice(0, cut ?? kit.size) : new Blob([kit.slice(0, place), new Uint8Array([new Uint8Array(await kit.slice(place, place + 1).arrayBuffer())[0] ^ 1]), kit.slice(place + 1)]);
  const text = await kit.slice(0, 4000).text();
  return { size: kit.size, text, outcome: await store.importKit(zip, { name: "stick.zip" }).then((/** @type {any} */ models) => ({ models }), (/** @type {any} */ { kind, detail }) => ({ error: { kind, detail } })) };
}, /** @type {const} */ ([id, change]));

test("an offline kit: exported, taken in without a network, and still the model of its hub", () => fresh(async (page) => {
  const wanted = await planned(page, "some/model");
  await download(page, wanted);
  await page.context().setOffline(true);
  const { size, text, outcome } = await roundTrip(page, wanted.id);
  assert.ok(size > sizeOf(files) && size < sizeOf(files) + 20_000, `${size} bytes`);
  assert.match(text, /README\.txt[\s\S]*offline kit[\s\S]*离线包/);
  const [model] = outcome.models;
  assert.deepEqual([model.id, model.state, model.source, model.refetchable], [wanted.id, "whole", wanted.source, true]);
  assert.deepEqual(await hashes(page, model.id), hashesOf(files));
}));

test("a kit with a wrong byte, a cut one, and what is none", () => fresh(async (page) => {
  const wanted = await planned(page, "some/model");
  await download(page, wanted);
  const { outcome: { error } } = await roundTrip(page, wanted.id, { at: 6 * MIB });
  assert.equal(error.kind, "checksum");
  assert.ok(error.detail.file === WEIGHTS && error.detail.chunk === 1 && error.detail.expected !== error.detail.found, json(error));
  assert.equal((await ask(page, "open", wanted.id)).error?.kind, "missing");
  await download(page, wanted);
  assert.deepEqual((await roundTrip(page, wanted.id, { cut: 5 * MIB })).outcome.error, { kind: "kit", detail: { reason: "not-a-zip" } });
  const empty = await page.evaluate(() => /** @type {any} */ (globalThis).kindling.store.importKit(new Blob(["no zip"])).catch((/** @type {any} */ { kind, detail }) => ({ kind, detail })));
  assert.deepEqual(empty, { kind: "kit", detail: { reason: "not-a-zip" } });
}));

/** A zip as other programs pack it. @param {Record<string, string | Uint8Array>} entries */
function packed(entries) {
  const parts = [], directory = [];
  let place = 0;
  for (const [path, bytes] of Object.entries(entries)) {
    const [name, body] = [Buffer.from(path), deflateRawSync(bytes)];
    const fields = Buffer.alloc(26); // from the version to the lengths of name and extra field
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(body.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(place, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, tail, name]));
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, name, body]);
    parts.push(local);
    place += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(place, 16);
  return Buffer.concat([...parts, listed, end]);
}

test("a zip of a model's folder, packed by any program; one that leaves its folder", () => fresh(async (page) => {
  const take = (/** @type {Buffer} */ zip) => page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return /** @type {any} */ (globalThis).kindling.store.importKit(new Blob([bytes]), { name: "packed.zip" }).then((/** @type {any} */ models) => ({ models }), (/** @type {any} */ { kind, detail }) => ({ error: { kind, detail } }));
  }, zip.toString("base64"));
  const small = encoder(1 * MIB, 12);
  const { models: [model] } = await take(packed(Object.fromEntries([...Object.entries(small).map(([path, bytes]) => [`dir/${path}`, bytes]), ["../evil.json", "{}"]])));
  assert.deepEqual([model.state, model.source], ["whole", { kind: "kit", name: "packed.zip" }]);
  assert.deepEqual(await hashes(page, model.id), hashesOf(small));
  assert.deepEqual((await take(packed({ "../config.json": "{}" }))).error, { kind: "kit", detail: { reason: "empty" } });
  assert.equal((await take(packed({ "notes.txt": "x" }))).error.detail.reason, "no-config");
}));

test("an unpacked kit on any host is a source that knows its hashes: a bad chunk is fetched again alone", () => fresh(async (page) => {
  const wanted = await planned(page, "some/model");
  await download(page, wanted);
  const manifest = await page.evaluate(async (id) => {
    const kit = await (await /** @type {any} */ (globalThis).kindling.store.exportKit([id])).arrayBuffer();
    const text = new TextDecoder("latin1").decode(kit.slice(0, 20_000));
    return text.slice(text.indexOf('{\n "version"'), text.indexOf("\n}", text.indexOf('{\n "version"')) + 2);
  }, wanted.id);
  await at.hub.put("some/kit", { ...files, "kindling.json": manifest });
  await at.hub.forget();
  const unpacked = await planned(page, `${at.hub.hub}/files/some/kit/`);
  assert.equal(unpacked.variants[0].bytes, sizeOf(files));
  await at.hub.faults({ path: WEIGHTS, times: 1, fault: { kind: "flip", at: CHUNK + 5 } });
  assert.equal((await download(page, unpacked)).error, undefined);
  assert.deepEqual(await hashes(page, unpacked.id), hashesOf(files));
  const ranges = (await at.hub.log()).filter(({ path, method }) => method === "GET" && path.endsWith(WEIGHTS)).map(({ range }) => range);
  assert.deepEqual(ranges, ["bytes=0-", `bytes=${CHUNK}-`], "from the bad chunk on");
}));

test("persistence is asked for once, and usage says what it came to", () => fresh(async (page) => {
  await page.evaluate(() => {
    let asked = 0;
    navigator.storage.persist = async () => (asked++, false);
    Object.assign(globalThis, { asked: () => asked });
  });
  await must(page, "persist");
  await must(page, "persist");
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).asked()), 1);
  const usage = await must(page, "usage");
  assert.deepEqual([usage.place, usage.models, usage.persisted], ["disk", 0, false]);
  assert.ok(usage.quota > 0);
}));
