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

/** @type {Map<string, {raw: number, brotli: number}>} */
const known = new Map();

/** Best compression, as a host that packs once would use; a minute for 30 MB. @param {string} file */
function packed(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const size = { raw: bytes.length, brotli: brotliCompressSync(bytes, { params }).length };
  known.set(file, size);
  return size;
}

/** @param {string[]} paths */
function size(paths) {
  const sum = { raw: 0, brotli: 0 };
  for (const file of paths.flatMap((path) => files(join(dist, path)))) {
    const { raw, brotli } = known.get(file) ?? packed(file);
    sum.raw += raw;
    sum.brotli += brotli;
  }
  return sum;
}

console.log(
  JSON.stringify({
    "code, cpu": size(["index.html", "web", "wasm/cpu"]),
    "code, webgpu": size(["index.html", "web", "wasm/webgpu"]),
    "code, lessons": size(["wasm/lessons"]),
    "wasm, cpu": size(["wasm/cpu"]),
    "wasm, webgpu": size(["wasm/webgpu"]),
    "page": size(["index.html", "web"]),
    "model, encoder": size(["models/encoder"]),
    "model, clip": size(["models/clip"]),
    "model, text2image": size(["models/text2image"]),
    "samples": size(["samples"]),
  }),
);
