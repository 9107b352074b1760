// Models as one zip for a stick: written as a stream, read where it lies. Unpacked on any static host it is a full source.

import { makeZip } from "../vendor/client-zip/client-zip.js";
import { failure } from "../worker/download.js";
import { hashChunks } from "./chunks.js";
import { MANIFEST } from "./listing.js";

const README = `Kindling offline kit
====================

Models for Kindling, a machine-learning playground that runs in the browser.
Open the page, go to Models, and drop this zip there. Nothing is sent anywhere.
Every file is checked against the hashes in its folder's kindling.json as it is read in.

The folders hold the models' own files (config.json, tokenizer.json, *.safetensors), unchanged, with their own licences.
Unpacked on any web server (with CORS), a folder's address can be typed into the page instead.

Kindling 离线包
===============

这里装的是 Kindling 的模型。Kindling 是在浏览器里运行的机器学习实验台。
打开网页，进入“模型”，把这个 zip 拖进去就行，什么都不会上传。
读入时，每个文件都会按文件夹里 kindling.json 记下的哈希值核对。

文件夹里是模型原来的文件（config.json、tokenizer.json、*.safetensors），没有改动，许可证以各模型自己的为准。
也可以解压后放到任意（允许跨域的）网站上，再把文件夹的网址填进页面。
`;

/** @typedef {{manifest: import("./listing.js").KitManifest, files: Record<string, Blob>}} ForKit */

/**
 * @param {ForKit[]} models @param {AbortSignal} signal @param {(bytes: number) => void} onBytes
 * @returns {ReadableStream<Uint8Array>}
 */
export function writeKit(models, signal, onBytes) {
  const taken = new Set();
  async function* entries() {
    yield { name: "README.txt", input: README, lastModified: new Date() };
    for (const { manifest, files } of models) {
      const folder = folderName(manifest, taken);
      yield { name: `${folder}/${MANIFEST}`, input: JSON.stringify(manifest, null, 1), lastModified: new Date() };
      for (const file of manifest.files) {
        signal.throwIfAborted();
        await check(files[file.path], file, signal);
        yield { name: `${folder}/${file.path}`, input: files[file.path], lastModified: new Date(), size: file.bytes };
      }
    }
  }
  return makeZip(entries(), { buffersAreUTF8: true }).pipeThrough(new TransformStream({
    transform(chunk, controller) {
      onBytes(chunk.length);
      controller.enqueue(chunk);
    },
  }));
}

/** A kit of damaged files would be found out far from a network. @param {Blob} blob @param {{path: string, chunks: string[]}} file @param {AbortSignal} signal */
const check = (blob, { path, chunks }, signal) => hashChunks(blob, signal, (chunk, found) => {
  if (found !== chunks[chunk]) throw failure("checksum", "checksum mismatch", { file: path, chunk, expected: chunks[chunk], found });
});

/** @param {{title: string, variant: string}} manifest @param {Set<string>} taken */
function folderName({ title, variant }, taken) {
  const plain = title.replaceAll("/", "--").replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "") || "model";
  const wanted = variant === "default" ? plain : `${plain}-${variant}`;
  let name = wanted;
  for (let turn = 2; taken.has(name); turn++) name = `${wanted}-${turn}`;
  taken.add(name);
  return name;
}
