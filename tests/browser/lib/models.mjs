// The models room and the choice of a model in a lab, as a visitor sees them. Everything that knows their markup is in this file.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dist, fixtures, openPage } from "./browser.mjs";
import { startHub } from "./hub.mjs";
import { checkpointOf, clipTensors } from "./large.mjs";
import { serve } from "./server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./browser.mjs").Visit} Visit */
/** @typedef {Record<string, string | Uint8Array>} Files */

/** How long a fresh browser on a busy machine may take. */
export const LONG_MILLIS = 90_000;
const TINY = ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json"];

/** @param {string} folder @param {string[]} paths @returns {Files} */
const filesIn = (folder, paths) => Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path))]));

/** A real encoder of a few kilobytes, in two precisions. @returns {Files} */
export const tinyEncoder = () => ({ ...filesIn(join(fixtures, "bert-tiny"), TINY), "model.fp16.safetensors": readFileSync(join(fixtures, "bert-tiny-f16/model.safetensors")) });
/** The bundled encoder as if it were somebody else's: large enough to be cut on the way. @returns {Files} */
export const largeEncoder = () => filesIn(join(dist, "models/encoder"), TINY);

/** What a BERT has after its pooling. */
const DENSE = ["2_Dense", "3_Dense"].flatMap((part) => [`${part}/config.json`, `${part}/model.safetensors`]);
/** An encoder of another architecture. @param {"xlm-roberta-tiny" | "distilbert-tiny" | "roberta-tiny" | "bert-dense-tiny"} name @returns {Files} */
export const otherEncoder = (name) => filesIn(join(fixtures, name), [...TINY, "sentence_bert_config.json", ...(name === "bert-dense-tiny" ? DENSE : [])]);

/** The tiny encoder as older repositories have it: a vocabulary in place of tokenizer.json. @returns {Files} */
export function bareEncoder() {
  const { "tokenizer.json": tokenizer, "model.fp16.safetensors": _, ...files } = tinyEncoder();
  const { model: { vocab }, normalizer } = JSON.parse(String(tokenizer));
  const words = Object.entries(vocab).sort(([, one], [, other]) => one - other).map(([word]) => word);
  return { ...files, "vocab.txt": `${words.join("\n")}\n`, "tokenizer_config.json": JSON.stringify({ tokenizer_class: "BertTokenizer", do_lower_case: normalizer.lowercase }) };
}

/** A Stable Diffusion of a few kilobytes. @returns {Files} */
export const tinyPipeline = () => filesIn(join(fixtures, "diffusion/pipeline"), [
  "model_index.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json",
  ...["unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model"].flatMap((path) => [`${path}.safetensors`, `${path.split("/")[0]}/config.json`]),
]);

/** A CLIP of a few kilobytes, of random numbers, with the tokenizer of that pipeline. @returns {Files} */
export function tinyClip() {
  const { "tokenizer/tokenizer.json": tokenizer } = tinyPipeline();
  const { model: { vocab }, added_tokens: added } = JSON.parse(String(tokenizer));
  const ids = Object.fromEntries(added.map((/** @type {any} */ { content, id }) => [content, id]));
  const size = { hidden_size: 32, intermediate_size: 64, num_attention_heads: 4, num_hidden_layers: 2, layer_norm_eps: 1e-5, hidden_act: "quick_gelu", projection_dim: 24 };
  const config = {
    model_type: "clip", architectures: ["CLIPModel"], projection_dim: 24, logit_scale_init_value: 2.6592, torch_dtype: "float32",
    text_config: { ...size, model_type: "clip_text_model", vocab_size: Object.keys(vocab).length, max_position_embeddings: 77, bos_token_id: ids["<|startoftext|>"], eos_token_id: ids["<|endoftext|>"] },
    vision_config: { ...size, model_type: "clip_vision_model", image_size: 32, patch_size: 8, num_channels: 3 },
  };
  return { "config.json": JSON.stringify(config), "tokenizer.json": tokenizer, "model.safetensors": checkpointOf(clipTensors(config)) };
}

/** A folder on the disk, as a visitor has it; `drop` takes it away. @param {string} name @param {Files} files */
export function folderOf(name, files) {
  const above = mkdtempSync(join(tmpdir(), "kindling-model-"));
  const folder = join(above, name);
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return { folder, above, drop: () => rmSync(above, { recursive: true, force: true }) };
}

/** A hub with models, and the page. @param {Record<string, Files>} models */
export async function stage(models) {
  const [hub, server] = await Promise.all([startHub(models), serve({ "/some/folder/": dist })]);
  return { hub, server, stop: () => Promise.all([hub.stop(), server.stop()]) };
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {{url: string}} server
 * @param {Visit & {hub?: string, hash?: string, query?: string}} [options] `hub` becomes the hub of the settings
 */
export async function openModels(browser, server, { hub = "", hash = "#models", query = "?device=cpu", init = [], context, ...how } = {}) {
  return openPage(browser, server, query + hash, { ...how, init: [withHub(hub), init].flat(), context: { acceptDownloads: true, ...context } });
}

/** Headless browsers have no dialogue for places: the file field and a plain download stand in. @param {string} hub */
const withHub = (hub) => `
  Object.assign(globalThis, { showDirectoryPicker: undefined, showSaveFilePicker: undefined });
  try {
    if (${JSON.stringify(hub)}) localStorage.setItem("kindling.hub", ${JSON.stringify(hub)});
  } catch {
    // a page without storage
  }
`;

/** Looks an address up and waits for its plan. @param {Page} page @param {string} address */
export async function lookUp(page, address) {
  await page.locator("#model-address").fill(address);
  await page.locator("#model-look").click();
  await page.locator("#plan-download").waitFor({ timeout: LONG_MILLIS });
}

/** The rows of one's own models. @param {Page} page */
export const rows = (page) => page.locator("#model-list [data-model]");
/** @param {Page} page @param {string} state */
export const rowIn = (page, state) => page.locator(`#model-list [data-model][data-state="${state}"]`);
/** @param {Page} page */
export const failure = (page) => page.locator("#models-live [role=alert]");

/** Downloads what the plan says, to the end. @param {Page} page */
export async function download(page) {
  await page.locator("#plan-download").click();
  await rowIn(page, "whole").first().waitFor({ timeout: LONG_MILLIS });
  await page.locator("#transfers progress").waitFor({ state: "detached", timeout: LONG_MILLIS });
}

/** The model that the open lab says it uses. @param {Page} page */
export const modelInUse = (page) => page.locator("#model").textContent();

/** Waits until the lab answers with the model of that name. @param {Page} page @param {string | RegExp} name */
export async function answersWith(page, name) {
  await page.locator("#model").getByText(name).waitFor({ timeout: LONG_MILLIS });
  await page.waitForFunction(() => {
    const live = document.getElementById("live");
    return live?.dataset.phase === "ready" && live.dataset.working === undefined && /\d/.test(document.getElementById("score")?.textContent ?? "");
  }, null, { timeout: LONG_MILLIS });
}
