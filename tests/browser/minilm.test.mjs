// The real all-MiniLM-L6-v2 on a hub with a bad network: what a visitor does from its name to an answer without a network.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fixtures, launch, violations } from "./lib/browser.mjs";
import { answersWith, LONG_MILLIS, lookUp, openModels, rowIn, stage } from "./lib/models.mjs";
import { minilm, skip } from "./lib/minilm.mjs";
import { recordVectors, workersHeardBy } from "./lib/workers.mjs";

const NAME = "sentence-transformers/all-MiniLM-L6-v2";
const WEIGHTS = "model.safetensors";
/** What of its folder is needed. */
const WANTED = [
  WEIGHTS, "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json",
  "config_sentence_transformers.json",
];
/** Of all that a download may fetch, as a share of its files. */
const MOST = 1.02;
/** Agreement with the reference's vector, of length one. */
const TOLERANCE = 1e-4;

/** The first text of the reference, and its vector. */
function golden() {
  const { cases: [{ text }] } = JSON.parse(readFileSync(join(fixtures, "minilm_golden.json"), "utf8"));
  const bytes = readFileSync(join(fixtures, "minilm_golden.safetensors"));
  const head = Number(bytes.readBigUInt64LE());
  const { shape: [, dim], data_offsets: [start] } = JSON.parse(bytes.toString("utf8", 8, 8 + head)).mean_pooled_l2;
  return { text, vector: Array.from({ length: dim }, (_, at) => bytes.readFloatLE(8 + head + start + 4 * at)) };
}

/** Keeps how far the loading of a model was. */
const recordLoads = workersHeardBy(() => {
  const loads = /** @type {Progress[]} */ ([]);
  Object.assign(globalThis, { loads });
  return { answered: ({ progress }) => void (progress?.phase === "load" && progress.unit === "bytes" && loads.push(progress)) };
});

/** Types a text and gives the vector that the model made of it. @param {import("playwright-core").Page} page @param {string} text */
async function vectorOf(page, text) {
  await page.locator("#text").fill(text);
  const handle = await page.waitForFunction((typed) => /** @type {any} */ (globalThis).vectors[typed], text, { timeout: LONG_MILLIS });
  return /** @type {Promise<number[]>} */ (handle.jsonValue());
}

test("cut at 1, 50 and 99 %, it goes on, is verified, answers, and answers after a reload without a network", { skip }, async (context) => {
  const files = minilm();
  const [browser, { hub, server, stop }] = await Promise.all([launch(), stage({ [NAME]: files })]);
  after(() => Promise.all([browser.close(), stop()]));
  const { page, context: tab, complaints } = await openModels(browser, server, { hub: hub.hub, init: [recordVectors, recordLoads] });

  await lookUp(page, NAME);
  await hub.forget();
  const size = files[WEIGHTS].length;
  let from = 0;
  await hub.faults(...[0.01, 0.5, 0.99].map((share) => {
    const after = Math.round(share * size) - from;
    from += after;
    return { path: WEIGHTS, times: 1, fault: /** @type {const} */ ({ kind: "cut", after }) };
  }));
  await page.locator("#plan-download").click();
  await rowIn(page, "whole").first().waitFor({ timeout: 3 * LONG_MILLIS });
  const log = await hub.log();
  const bytes = WANTED.reduce((sum, file) => sum + files[file].length, 0), fetched = await hub.bytes();
  context.diagnostic(`${WANTED.length} files of ${bytes} bytes; ${fetched} bytes fetched, ${(fetched / bytes).toFixed(4)} of them`);
  assert.ok(bytes > size && fetched <= MOST * bytes, `${fetched} of ${bytes} bytes`);
  assert.ok(log.filter(({ path, status }) => path.includes("/lfs/") && status === 206).length >= 4, "three cuts, four requests at least");

  await rowIn(page, "whole").locator("[data-act=verify]").click();
  await rowIn(page, "whole").getByText(`All ${WANTED.length} files are what they were.`).waitFor({ timeout: LONG_MILLIS });
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(page, NAME);
  const loads = await page.evaluate(() => /** @type {{loads: Progress[]}} */ (/** @type {unknown} */ (globalThis)).loads);
  const numbers = size - 8 - Number(Buffer.from(files[WEIGHTS]).readBigUInt64LE()); // all behind the header
  assert.ok(loads.length >= 20 && loads.every(({ done, total }, at) => total === numbers && done >= (loads[at - 1]?.done ?? 0)), `${loads.length} reports of bytes while it was loaded`);
  assert.ok(/** @type {Progress} */ (loads.at(-1)).done > 0.9 * size);
  const { text, vector } = golden();
  const apart = (/** @type {number[]} */ found) => Math.max(...found.map((value, at) => Math.abs(value - vector[at])));
  const first = await vectorOf(page, text);
  assert.equal(first.length, vector.length);
  context.diagnostic(`${apart(first)} from sentence-transformers' vector`);
  assert.ok(apart(first) < TOLERANCE, `${apart(first)}`);

  await page.locator("#offline").waitFor({ timeout: LONG_MILLIS });
  await tab.setOffline(true);
  await hub.forget();
  await page.reload();
  await answersWith(page, NAME);
  assert.deepEqual(await vectorOf(page, text), first);
  assert.deepEqual(await hub.log(), []);
  assert.deepEqual([complaints.strangers, complaints.violations, await violations(page)], [[], [], []]);
});
