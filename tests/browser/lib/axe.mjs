// What axe finds on a page. It goes in as text, which the page's own policy rightly refuses: open
// the context with `bypassCSP`.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Opens all that can be opened and lets it come to rest first. @param {import("playwright-core").Page} page @returns {Promise<string[]>} a line for each rule that is broken, with a few places */
export async function axeFindings(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = true)));
  await page.waitForTimeout(500);
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document);
    return violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.slice(0, 4).map((/** @type {any} */ node) => node.target.join(" ")).join(" | ")}`);
  });
}
