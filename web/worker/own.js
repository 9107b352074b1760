// The visitor's own files, as the program takes them: what is small is read here, weights stay where
// they are, on disk as a rule, and the program reads them piece by piece.

import { openToRead } from "../store/open-file.js";
import { failure } from "./download.js";

/** The tokenizer is one file, or a vocabulary that it is built of. @type {[string, string][]} */
const SHARED = [
  ["config", "config.json"], ["index", "model.safetensors.index.json"], ["tokenizer", "tokenizer.json"], ["vocabTxt", "vocab.txt"], ["vocabJson", "vocab.json"],
  ["merges", "merges.txt"], ["tokenizerConfig", "tokenizer_config.json"], ["specialTokens", "special_tokens_map.json"],
];
/** Key in what Rust takes, path on a hub. @type {Record<"encoder" | "clip", [string, string][]>} */
const SMALL = {
  encoder: [
    ...SHARED, ["modules", "modules.json"], ["pooling", "1_Pooling/config.json"], ["sentence", "sentence_bert_config.json"],
    ["sentenceTransformers", "config_sentence_transformers.json"],
  ],
  clip: [...SHARED, ["preprocessor", "preprocessor_config.json"]],
};
const WHOLE = "model.safetensors";

/** @param {string} path @param {Blob} blob */
async function read(path, blob) {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    // A picked file that was changed or taken away since, or a disk that gives out.
    const reason = String(/** @type {any} */ (error)?.message ?? error);
    throw failure("weights", `unreadable ${path}: ${reason}`, { code: "unreadable", file: path, reason });
  }
}

/**
 * Works with files of the origin's own opened for reading: those fill the program's memory themselves, where a Blob is read through a buffer a piece,
 * which lie about until the browser collects them. Where no handle is to be had, another tab holding the file for instance, the Blob is read.
 * @template T @param {Record<string, any>} files what the program takes, Blobs among them @param {Partial<OwnFiles>} own @param {(files: any) => Promise<T>} work
 */
export async function withHandles(files, { files: blobs = {}, handles = {} }, work) {
  /** @type {Map<Blob, OpenFile & {close(): void}>} */
  const opened = new Map();
  try {
    for (const [path, handle] of Object.entries(handles)) {
      const one = await openToRead(handle);
      if (one) opened.set(blobs[path], one);
    }
    return await work(swapped(files, opened));
  } finally {
    for (const one of opened.values()) one.close();
  }
}

/** @param {Record<string, any>} files shards in a record of their own @param {Map<any, any>} opened @returns {Record<string, any>} */
const swapped = (files, opened) => Object.fromEntries(Object.entries(files).map(([key, value]) => [key, opened.get(value) ?? (value?.constructor === Object ? swapped(value, opened) : value)]));

/**
 * @param {ModelName} model @param {Record<string, Blob>} files
 * @returns {Promise<{files: Record<string, any>, bytes: number}>}
 */
export async function ownModel(model, files) {
  const sum = (/** @type {Blob[]} */ blobs) => blobs.reduce((all, blob) => all + blob.size, 0);
  // A folder of parts goes by its paths.
  if (model === "text2image") return { files: { ...files }, bytes: sum(Object.values(files)) };
  const named = SMALL[model].filter(([, path]) => files[path]);
  const small = await Promise.all(named.map(async ([key, path]) => [key, await read(path, files[path])]));
  const shards = Object.entries(files).filter(([path]) => path.endsWith(".safetensors") && !path.includes("/"));
  const weights = files[WHOLE] ?? Object.fromEntries(shards);
  const listed = new Set(named.map(([, path]) => path));
  // What lies in folders: the dense modules of a sentence encoder.
  const dense = Object.entries(files).filter(([path]) => path.includes("/") && !listed.has(path));
  const used = [...dense.map(([, blob]) => blob), ...named.map(([, path]) => files[path]), ...(files[WHOLE] ? [files[WHOLE]] : shards.map(([, blob]) => blob))];
  /** @type {Record<string, any>} */
  const taken = { ...Object.fromEntries(small), weights, dense: Object.fromEntries(dense) };
  // An index beside the whole file speaks of shards that nobody needs.
  if (files[WHOLE]) delete taken.index;
  return { files: taken, bytes: sum(used) };
}
