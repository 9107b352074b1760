// The visitor's own files, as the program takes them: what is small is read here, weights stay where
// they are, on disk as a rule, and the program reads them piece by piece.

import { failure } from "./download.js";

/** Key in what Rust takes, path on a hub. @type {Record<"encoder" | "clip", [string, string][]>} */
const SMALL = {
  encoder: [
    ["config", "config.json"], ["tokenizer", "tokenizer.json"], ["index", "model.safetensors.index.json"],
    ["modules", "modules.json"], ["pooling", "1_Pooling/config.json"], ["sentence", "sentence_bert_config.json"],
  ],
  clip: [
    ["config", "config.json"], ["tokenizer", "tokenizer.json"], ["index", "model.safetensors.index.json"],
    ["preprocessor", "preprocessor_config.json"],
  ],
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
  const used = [...named.map(([, path]) => files[path]), ...(files[WHOLE] ? [files[WHOLE]] : shards.map(([, blob]) => blob))];
  /** @type {Record<string, any>} */
  const taken = { ...Object.fromEntries(small), weights };
  // An index beside the whole file speaks of shards that nobody needs.
  if (files[WHOLE]) delete taken.index;
  return { files: taken, bytes: sum(used) };
}
