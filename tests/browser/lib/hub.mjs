// The test hub (tests/hub) in a process of its own, over a folder of repositories made for one test.

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** @typedef {{kind: "cut", after: number} | {kind: "stall", after: number, millis: number} | {kind: "drip", bytes: number, millis: number} | {kind: "status", code: number} | {kind: "flip", at: number} | {kind: "wrong_length", by: number} | {kind: "no_range" | "wrong_range" | "html" | "replaced" | "no_cors"}} Fault */
/** `path` is a part of the file's path; `times` 0 spoils every answer. @typedef {{path: string, times?: number, fault: Fault}} Rule */
/** @typedef {{method: string, path: string, range: string | null, status: number, bytes: number}} Logged */
/** @typedef {Awaited<ReturnType<typeof startHub>>} Hub */

const root = new URL("../../../", import.meta.url).pathname;

/**
 * @param {Record<string, Record<string, string | Uint8Array>>} repositories `owner/name` to its files
 */
export async function startHub(repositories) {
  const folder = await mkdtemp(join(tmpdir(), "kindling-hub-"));
  /** @param {string} id @param {Record<string, string | Uint8Array>} files */
  async function put(id, files) {
    for (const [path, bytes] of Object.entries(files)) {
      const file = join(folder, id, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
  }
  for (const [id, files] of Object.entries(repositories)) await put(id, files);
  const ready = process.env.KINDLING_HUB;
  const [command, ...args] = ready ? [ready] : ["cargo", "run", "--quiet", "--release", "--locked", "--package", "kindling-hub", "--"];
  const child = spawn(command, [...args, "--root", folder], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const said = createInterface({ input: child.stdout });
  /** @type {{hub: string, store: string}} */
  const address = await new Promise((resolve, reject) => {
    said.once("line", (line) => resolve(JSON.parse(line)));
    child.once("exit", (code) => reject(new Error(`the hub ended with ${code}`)));
    child.once("error", reject);
  });
  /** @param {string} path @param {RequestInit} [init] */
  async function ask(path, init) {
    const response = await fetch(address.hub + path, init);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return response.json();
  }
  return {
    ...address,
    put,
    /** Replaces all rules; none heals. @param {Rule[]} rules @returns {Promise<void>} */
    faults: (...rules) => ask("/faults", { method: "PUT", body: JSON.stringify(rules) }),
    /** What was answered since the last call of `forget`. @returns {Promise<Logged[]>} */
    log: () => ask("/log"),
    /** @returns {Promise<void>} */
    forget: () => ask("/log", { method: "DELETE" }),
    /** Bytes of files that went out; what the API said is none. */
    async bytes() {
      return (/** @type {Logged[]} */ (await ask("/log"))).reduce((sum, { path, bytes }) => sum + (path.startsWith("/api/") ? 0 : bytes), 0);
    },
    async stop() {
      child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
