// A bare page with a bundle in it: no worker, no user interface, so that a failure is the bundle's.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fixtures, root } from "./browser.mjs";
import { serve } from "./server.mjs";

const pages = fileURLToPath(new URL("../pages/", import.meta.url));

export const serveBundles = () =>
  serve(
    { "/pages/": pages, "/wasm/": join(root, ".cache/bundles/wasm"), "/fixtures/": fixtures, "/models/": join(root, "web/models") },
    "/pages/blank.html",
  );

/**
 * Opens a bundle in a page and puts helpers beside it: `kindling.load(folder, changes)` fetches a
 * checkpoint, lets `changes` break it, and loads it; `kindling.folder(address)` fetches a text-to-image model; `kindling.attempt(work)` turns a throw into a value.
 * @param {import("playwright-core").Page} page
 * @param {"cpu" | "webgpu"} kind
 */
export async function openBundle(page, kind) {
  return page.evaluate(async (bundle) => {
    const module = await import(`/wasm/${bundle}/playground.js`);
    await module.default();
    const playground = await module.Playground.open(bundle);
    const paths = {
      config: "config.json", tokenizer: "tokenizer.json", weights: "model.safetensors",
      modules: "modules.json", pooling: "1_Pooling/config.json", sentence: "sentence_bert_config.json",
    };
    const fetched = async (/** @type {string} */ url) => {
      const response = await fetch(url);
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    };
    const files = async (/** @type {string} */ folder) =>
      Object.fromEntries(await Promise.all(Object.entries(paths).map(async ([key, path]) => [key, await fetched(`${folder}/${path}`)])));
    const attempt = async (/** @type {() => any} */ work) => {
      try {
        return { value: await work() };
      } catch (error) {
        const { kind, message, detail } = /** @type {any} */ (error);
        return { error: { kind, message: String(message ?? error), detail } };
      }
    };
    const load = async (/** @type {string} */ folder, /** @type {any} */ changes = {}) =>
      playground.loadEncoder({ ...(await files(folder)), ...changes });
    const parts = [
      "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/model.safetensors",
      "tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
      "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
    ];
    /** A folder in diffusers' layout, by paths. */
    const folder = async (/** @type {string} */ at) =>
      Object.fromEntries(await Promise.all(parts.map(async (path) => [path, await fetched(at + path)])));
    Object.assign(globalThis, { kindling: { playground, files, load, attempt, folder } });
    return playground.device();
  }, kind);
}
