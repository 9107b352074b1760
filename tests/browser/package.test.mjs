// The npm package, installed from its tarball as anyone would, in an empty page.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, openContext, root } from "./lib/browser.mjs";
import { serve } from "./lib/server.mjs";
import { DISPLEASED, PLEASED } from "./lib/texts.mjs";

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Empty</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:">`;

describe("npm package", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let server;
  const folder = mkdtempSync(join(tmpdir(), "kindling-package-"));

  before(async () => {
    const tarball = readdirSync(join(root, ".cache/pkg")).find((name) => name.endsWith(".tgz"));
    assert.ok(tarball, "no tarball; make it with `cargo xtask pkg`");
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
    writeFileSync(join(folder, "index.html"), PAGE);
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    execFileSync(npm, ["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", join(root, ".cache/pkg", tarball)], { cwd: folder });
    server = await serve({ "/app/": folder });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("brings types, licence notes and both bundles", () => {
    const inside = join(folder, "node_modules/kindling-playground");
    for (const file of ["index.d.ts", "README.md", "dist/wasm/cpu/playground.d.ts", "dist/wasm/webgpu/playground_bg.wasm", "dist/models/encoder/README.md"]) {
      assert.ok(existsSync(join(inside, file)), file);
    }
  });

  for (const worker of [true, false]) {
    test(`embeds and scores ${worker ? "in its worker" : "on the page's own thread"}`, async () => {
      const { context, complaints } = await openContext(browser);
      const page = await context.newPage();
      await page.goto(server.url);
      const seen = await page.evaluate(async ([texts, inWorker]) => {
        const { create } = await import(/** @type {any} */ ("/app/node_modules/kindling-playground/index.js"));
        const kindling = await create({ device: "auto", worker: inWorker });
        const vectors = await kindling.embed(texts);
        const rows = await kindling.sentiment({ texts, positive: "好评", negative: "差评" });
        const answer = { device: kindling.device.kind, dim: kindling.model.dim, length: vectors.length, scores: rows.map((/** @type {any} */ row) => row.score) };
        kindling.dispose();
        return answer;
      }, /** @type {const} */ ([[PLEASED, DISPLEASED], worker]));
      assert.equal(seen.device, "cpu", "no real adapter here");
      assert.equal(seen.length, 2 * seen.dim);
      assert.ok(seen.scores[0] > seen.scores[1], `scores ${seen.scores}`);
      assert.deepEqual(complaints, { errors: [], violations: [], strangers: [] });
      assert.ok(!server.requests.some((path) => path.includes("webgpu")), "the other bundle stays where it is");
      await context.close();
    });
  }

  test("a missing model is a typed error", async () => {
    const { context } = await openContext(browser);
    const page = await context.newPage();
    await page.goto(server.url);
    const kind = await page.evaluate(async () => {
      const { create } = await import(/** @type {any} */ ("/app/node_modules/kindling-playground/index.js"));
      return create({ modelUrl: "/app/nowhere/" }).then(() => "none", (/** @type {any} */ error) => error.kind);
    });
    assert.equal(kind, "network");
    await context.close();
  });
});
