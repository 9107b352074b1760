// Raw and brotli bytes of what a visitor downloads, as JSON. Called by `cargo xtask size`.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const dist = process.argv[2];

/** @param {string} path @returns {string[]} */
function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => files(join(path, name)));
}

/** @param {string[]} paths */
function size(paths) {
  let raw = 0;
  let brotli = 0;
  for (const file of paths.flatMap((path) => files(join(dist, path)))) {
    const bytes = readFileSync(file);
    raw += bytes.length;
    brotli += brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
  }
  return { raw, brotli };
}

console.log(
  JSON.stringify({
    "code, cpu": size(["index.html", "web", "wasm/cpu"]),
    "code, webgpu": size(["index.html", "web", "wasm/webgpu"]),
    "wasm, cpu": size(["wasm/cpu"]),
    "wasm, webgpu": size(["wasm/webgpu"]),
    "page": size(["index.html", "web"]),
    "model, encoder": size(["models/encoder"]),
  }),
);
