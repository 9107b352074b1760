// What a checkpoint's folder holds, as hubs lay it out, and how it comes down.

import { fetchBytes } from "./fetch.js";

/**
 * @typedef {import("./index.js").ModelName} ModelName
 * @typedef {Record<string, Uint8Array | undefined> & {dense?: any}} Files
 * @typedef {[key: string, path: string]} File key in what Rust takes, path in the folder
 * @typedef {{ways: File[][], needed: boolean}} Part the first way whose files are all there is taken
 */

/** @param {string} key @param {string} path @param {boolean} [needed] @returns {Part} */
const file = (key, path, needed = true) => ({ ways: [[[key, path]]], needed });
/** Rust takes the files of a pipeline by their paths. @param {boolean} needed @param {string[][]} ways @returns {Part} */
const part = (needed, ...ways) => ({ ways: ways.map((paths) => paths.map((path) => [path, path])), needed });

/** One file, or a vocabulary that the tokenizer is built of. @type {Part[]} */
const TOKENIZER = [
  { ways: [[["tokenizer", "tokenizer.json"]], [["vocabTxt", "vocab.txt"]], [["vocabJson", "vocab.json"], ["merges", "merges.txt"]]], needed: true },
  file("tokenizerConfig", "tokenizer_config.json", false),
  file("specialTokens", "special_tokens_map.json", false),
];

const WEIGHTS = ["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors"];

/** @type {Record<ModelName, Part[]>} */
const PARTS = {
  encoder: [
    file("config", "config.json"),
    ...TOKENIZER,
    file("weights", "model.safetensors"),
    file("modules", "modules.json", false),
    file("pooling", "1_Pooling/config.json", false),
    file("sentence", "sentence_bert_config.json", false),
    file("sentenceTransformers", "config_sentence_transformers.json", false),
  ],
  clip: [
    file("config", "config.json"),
    ...TOKENIZER,
    file("weights", "model.safetensors"),
    file("preprocessor", "preprocessor_config.json", false),
  ],
  text2image: [
    ...["model_index.json", "scheduler/scheduler_config.json", "unet/config.json", "vae/config.json", "text_encoder/config.json"].map((path) => part(true, [path])),
    part(true, ...WEIGHTS.map((name) => [`unet/${name}`])),
    part(true, ...WEIGHTS.map((name) => [`vae/${name}`])),
    part(true, ["text_encoder/model.safetensors"], ["text_encoder/model.fp16.safetensors"]),
    part(true, ["tokenizer/tokenizer.json"], ["tokenizer/vocab.json", "tokenizer/merges.txt"]),
    part(false, ["tokenizer/tokenizer_config.json"]),
    part(false, ...WEIGHTS.map((name) => ["controlnet/config.json", `controlnet/${name}`])),
  ],
};

/** @param {ModelName} name @param {string} folder @returns {Promise<Files>} */
export async function fetchModel(name, folder) {
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  const files = Object.assign({}, ...await Promise.all(PARTS[name].map((part) => fetchPart(part, base))));
  return files.modules ? { ...files, dense: await fetchDense(files.modules, base) } : files;
}

/** What a sentence encoder has after its pooling, by path. @param {Uint8Array} modules `modules.json` @param {string} base @returns {Promise<Record<string, Uint8Array>>} */
async function fetchDense(modules, base) {
  /** @type {unknown} */
  let list;
  try {
    list = JSON.parse(new TextDecoder().decode(modules));
  } catch {
    return {}; // Rust says what is wrong with it
  }
  const dense = Array.isArray(list) ? list.filter((one) => typeof one?.type === "string" && one.type.endsWith(".Dense") && typeof one.path === "string") : [];
  const paths = dense.flatMap(({ path }) => [`${path}/config.json`, `${path}/model.safetensors`]);
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await fetchBytes(new URL(path, base).href)])));
}

/** @param {Part} part @param {string} base @returns {Promise<Files>} */
async function fetchPart({ ways, needed }, base) {
  /** @type {unknown} */
  let first;
  for (const way of ways) {
    try {
      /** @type {Files} */
      const files = {};
      // One by one: where the small one is missing, the large one need not be asked for.
      for (const [key, path] of way) files[key] = await fetchBytes(new URL(path, base).href);
      return files;
    } catch (error) {
      // Only a file that the server says it lacks may be missing: one that failed to arrive is an error.
      if (!/** @type {any} */ (error).detail?.status) throw error;
      first ??= error;
    }
  }
  if (needed) throw first;
  return {};
}
