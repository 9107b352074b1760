// Names and shapes of a whole CLIP, as transformers writes them, and what memory a browser takes.

import { readdirSync, readFileSync } from "node:fs";

/** @param {any} config config.json @returns {[string, number[]][]} */
export function clipTensors({ text_config: text, vision_config: vision, projection_dim: dim }) {
  const patches = (vision.image_size / vision.patch_size) ** 2;
  return [
    ["logit_scale", []],
    ["text_model.embeddings.token_embedding.weight", [text.vocab_size, text.hidden_size]],
    ["text_model.embeddings.position_embedding.weight", [text.max_position_embeddings, text.hidden_size]],
    ...tower("text_model", text),
    ...norm("text_model.final_layer_norm", text.hidden_size),
    ["vision_model.embeddings.class_embedding", [vision.hidden_size]],
    ["vision_model.embeddings.patch_embedding.weight", [vision.hidden_size, 3, vision.patch_size, vision.patch_size]],
    ["vision_model.embeddings.position_embedding.weight", [1 + patches, vision.hidden_size]],
    ...norm("vision_model.pre_layrnorm", vision.hidden_size),
    ...tower("vision_model", vision),
    ...norm("vision_model.post_layernorm", vision.hidden_size),
    ["visual_projection.weight", [dim, vision.hidden_size]],
    ["text_projection.weight", [dim, text.hidden_size]],
  ];
}

/** What a safetensors file of F32 tensors begins with, its length included, and bytes of what follows. @param {[string, number[]][]} tensors */
export function headerOf(tensors) {
  /** @type {Record<string, object>} */
  const header = {};
  let bytes = 0;
  for (const [name, shape] of tensors) {
    const start = bytes;
    bytes += 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [start, bytes] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return { head: [...length, ...text], bytes };
}

/** A checkpoint of small numbers that look like noise, as a file. @param {[string, number[]][]} tensors @param {number} [spread] */
export function checkpointOf(tensors, spread = 0.4) {
  const { head, bytes } = headerOf(tensors);
  const file = Buffer.concat([Uint8Array.from(head), Buffer.alloc(bytes)]);
  for (let at = 0; at < bytes / 4; at++) file.writeFloatLE((((at * 0.754877666 + 3 * Math.sin(at) ** 2) % 1) - 0.5) * 2 * spread, head.length + 4 * at);
  return file;
}

/** @param {string} name @param {number} width @returns {[string, number[]][]} */
const norm = (name, width) => [[`${name}.weight`, [width]], [`${name}.bias`, [width]]];
/** @param {string} name @param {number} from @param {number} to @returns {[string, number[]][]} */
const linear = (name, from, to) => [[`${name}.weight`, [to, from]], [`${name}.bias`, [to]]];

/** @param {string} name @param {any} config @returns {[string, number[]][]} */
function tower(name, { hidden_size: width, intermediate_size: wide, num_hidden_layers: layers }) {
  return Array.from({ length: layers }, (_, at) => `${name}.encoder.layers.${at}`).flatMap((layer) => [
    ...["q_proj", "k_proj", "v_proj", "out_proj"].flatMap((part) => linear(`${layer}.self_attn.${part}`, width, width)),
    ...norm(`${layer}.layer_norm1`, width), ...norm(`${layer}.layer_norm2`, width),
    ...linear(`${layer}.mlp.fc1`, width, wide), ...linear(`${layer}.mlp.fc2`, wide, width),
  ]);
}

/** What the tensors need once every matrix is a byte a number, with a scale a row. @param {[string, number[]][]} tensors */
export const int8Bytes = (tensors) => tensors.reduce((sum, [, shape]) => {
  const numbers = shape.reduce((product, side) => product * side, 1);
  return sum + (shape.length === 2 ? numbers + 4 * shape[0] : 4 * numbers);
}, 0);

/** A file of /proc, or nothing where the process has just ended. @param {string} path */
function proc(path) {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

/** The browser with that profile, and all that it started. @param {string} profile */
function processes(profile) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  // Behind the name in brackets: state, parent.
  const parents = new Map(all.map((id) => [id, proc(`${id}/stat`).split(") ").at(-1)?.split(" ")[1]]));
  const family = new Set(all.filter((id) => proc(`${id}/cmdline`).includes(profile)));
  for (let before = -1; before !== family.size;) {
    before = family.size;
    for (const [id, parent] of parents) if (parent && family.has(parent)) family.add(id);
  }
  return [...family];
}

const OFTEN_MILLIS = 50;

/** Bytes of a process; of what it shares with others, its part. @param {string} id */
const bytes = (id) => 1024 * Number(proc(`${id}/smaps_rollup`).match(/Pss:\s+(\d+)/)?.[1] ?? 0);

/**
 * Watches a browser's processes. The answer: by how much the ones of a kind ("renderer", "gpu-process", …) rose at most since, and all of them
 * together as "all". Only Linux tells; elsewhere the answer is null. @param {string} profile
 */
export function watchMemory(profile) {
  if (process.platform !== "linux") return () => null;
  const kinds = new Map(processes(profile).map((id) => [id, proc(`${id}/cmdline`).match(/--type=([\w-]+)/)?.[1] ?? "browser"]));
  const before = new Map([...kinds.keys()].map((id) => [id, bytes(id)]));
  /** @type {Record<string, number>} */
  const most = {};
  const timer = setInterval(() => {
    /** @type {Record<string, number>} */
    const now = { all: 0 };
    for (const [id, kind] of kinds) {
      const risen = bytes(id) - (before.get(id) ?? 0);
      now[kind] = (now[kind] ?? 0) + risen;
      now.all += risen;
    }
    for (const [kind, risen] of Object.entries(now)) most[kind] = Math.max(most[kind] ?? 0, risen);
  }, OFTEN_MILLIS);
  return () => {
    clearInterval(timer);
    return most;
  };
}
