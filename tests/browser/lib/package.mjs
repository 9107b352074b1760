// The npm package, installed from its tarball as anyone would, in an empty page.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixtures, root } from "./browser.mjs";
import { serve } from "./server.mjs";

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Empty</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:">`;

/** Where the package lies in the empty page. */
export const PACKAGE = "/app/node_modules/kindling-playground/index.js";

/** The tarball as packed; another folder for trying things out. */
const packed = process.env.KINDLING_PACKAGE ?? join(root, ".cache/pkg");

/** Installs the tarball and serves the page, with the lab's samples and the tests' fixtures beside it. */
export async function openPackage() {
  const folder = mkdtempSync(join(tmpdir(), "kindling-package-"));
  const tarball = readdirSync(packed).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball, "no tarball; make it with `cargo xtask pkg`");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  writeFileSync(join(folder, "index.html"), PAGE);
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", join(packed, tarball)], { cwd: folder });
  const server = await serve({ "/app/": folder, "/samples/": join(root, "web/samples"), "/fixtures/": fixtures });
  return {
    server,
    inside: join(folder, "node_modules/kindling-playground"),
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
