// What a self-check compares with: the weights as they lie in the file, read anew.

import { fetchWeights } from "./load.js";
import { ownModel } from "./own.js";

/** Of a text-to-image model the U-Net's. */
const UNET = "unet/";
/** @type {Record<ModelName, string>} */
const WEIGHTS = { encoder: "model.safetensors", clip: "model.safetensors", text2image: `${UNET}diffusion_pytorch_model.safetensors` };

/** @param {ModelName} model @param {Record<string, Blob> | undefined} files the visitor's own, else the bundled ones @param {Stored | undefined} storeAs @param {AbortSignal} signal @returns {Promise<CheckedFiles>} */
export async function filesToCheck(model, files, storeAs, signal) {
  const path = WEIGHTS[model];
  if (!files) return { weights: /** @type {Uint8Array} */ (await fetchWeights(model, path, signal)) };
  if (model !== "text2image") {
    const { weights, index } = (await ownModel(model, files)).files;
    return { weights, index, storeAs };
  }
  if (files[path]) return { weights: files[path], storeAs };
  const shards = Object.entries(files).filter(([name]) => name.startsWith(UNET) && name.endsWith(".safetensors"));
  const index = await files[`${path}.index.json`]?.arrayBuffer();
  return { weights: Object.fromEntries(shards.map(([name, blob]) => [name.slice(UNET.length), blob])), index: index && new Uint8Array(index), storeAs };
}
