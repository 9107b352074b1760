// What a self-check compares with: the weights as they lie in the file, read anew.

import { failure } from "./download.js";
import { fetchWeights } from "./load.js";

/** Of a text-to-image model the U-Net's. @type {Record<ModelName, string>} */
const WEIGHTS = { encoder: "model.safetensors", clip: "model.safetensors", text2image: "unet/diffusion_pytorch_model.safetensors" };

/** @param {ModelName} model @param {Record<string, Blob> | undefined} files the visitor's own, else the bundled ones @param {AbortSignal} signal @returns {Promise<Uint8Array>} */
export async function weightsOf(model, files, signal) {
  const path = WEIGHTS[model];
  if (!files) return /** @type {Uint8Array} */ (await fetchWeights(model, path, signal));
  if (!files[path]) throw failure("input", "weights in shards are not checked", { code: "shards" });
  return new Uint8Array(await files[path].arrayBuffer());
}
