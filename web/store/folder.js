// Files that the visitor picked or dropped, by their paths in the model's own folder.

import { failure } from "../worker/download.js";
import { sha256 } from "./hash.js";

const MAX_FILES = 5000;
const DEEPEST = 6;

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<Map<string, File>>} */
export async function walk(folder) {
  /** @type {Map<string, File>} */
  const files = new Map();
  /** @param {FileSystemDirectoryHandle} at @param {string} path @param {number} depth */
  async function visit(at, path, depth) {
    for await (const [name, entry] of /** @type {any} */ (at).entries()) {
      if (name.startsWith(".") || files.size >= MAX_FILES) continue;
      if (entry.kind === "file") files.set(path + name, await entry.getFile());
      else if (depth < DEEPEST) await visit(entry, `${path}${name}/`, depth + 1);
    }
  }
  await visit(folder, "", 0);
  return files;
}

/** The folder inside what was picked that holds the model. @template F @param {Map<string, F>} files @returns {Map<string, F>} */
export function rooted(files) {
  const depth = (/** @type {string} */ path) => path.split("/").length;
  for (const mark of ["model_index.json", "config.json"]) {
    const [shallowest, rival] = [...files.keys()].filter((path) => path === mark || path.endsWith(`/${mark}`)).sort((a, b) => depth(a) - depth(b));
    if (!shallowest) continue;
    const base = shallowest.slice(0, -mark.length);
    if (mark === "config.json" && rival && depth(rival) === depth(shallowest)) throw failure("refused", "several models", { reason: "several", found: [shallowest, rival] });
    return new Map([...files].filter(([path]) => path.startsWith(base)).map(([path, file]) => [path.slice(base.length), file]));
  }
  return files;
}

/** Tells folders of one name apart. @param {ModelPlan} plan @param {string} config */
export async function fingerprint({ variants: [{ files }] }, config) {
  const text = files.map(({ path, bytes }) => `${path} ${bytes}`).join("\n") + config;
  return (await sha256(new TextEncoder().encode(text))).slice(0, 8);
}
