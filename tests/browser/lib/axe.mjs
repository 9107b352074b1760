// What axe finds on a page. It goes in as text, which the page's own policy rightly refuses: open
// the context with `bypassCSP`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

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

/** How far something reaches past the page's right edge, in pixels; 0 or less is none. @param {import("playwright-core").Page} page */
export const pastEdge = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/**
 * What a finger would miss: controls below 44 px. Links in running text, the status line (36) and the arcs, whose rows
 * repeat what the matrix above them holds, are left out.
 * @param {import("playwright-core").Page} page
 */
export const smallTargets = (page) => page.evaluate(() => [...document.querySelectorAll("button, summary, select, textarea, input, nav a")].flatMap((control) => {
  if (!control.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || control.closest(".status, .att-arcs, .hidden, .skip, [role=listbox]")) return [];
  const { width, height } = (control.matches("[type=checkbox], [type=radio], [type=file]") ? control.closest("label") ?? control : control).getBoundingClientRect();
  return width > 1 && height < 43.5 ? [`${Math.round(height)} px: ${control.id || control.className || control.tagName} in ${control.parentElement?.id || control.parentElement?.className}: ${(control.textContent ?? "").trim().slice(0, 30)}`] : [];
}));

/** Narrower ones are phones. */
const PHONE = 760;

/** @typedef {[lang: "en" | "zh", colorScheme: "light" | "dark", width: number]} Look */
/** @typedef {{lang: "en" | "zh", context: import("playwright-core").BrowserContextOptions}} LookOptions */

/**
 * The tests that hold wherever a page is looked at: axe finds nothing, nothing reaches past the edge, and on a phone a finger can hit everything.
 * @param {string} name @param {Look} look
 * @param {(options: LookOptions) => Promise<{page: import("playwright-core").Page, context: import("playwright-core").BrowserContext}>} open brings the page to where it is looked at
 */
export function testLook(name, [lang, colorScheme, width], open) {
  describe(`${name}: ${lang}, ${colorScheme}, ${width} px`, () => {
    /** @type {Awaited<ReturnType<typeof open>>} */
    let lab;
    before(async () => {
      lab = await open({ lang, context: { colorScheme, viewport: { width, height: 844 }, bypassCSP: true } });
    });
    after(() => lab?.context.close());

    test("axe finds nothing", async () => {
      assert.deepEqual(await axeFindings(lab.page), []);
    });

    test("nothing reaches past the edge", async () => {
      const past = await pastEdge(lab.page);
      assert.ok(past <= 0, `${past} px too wide`);
    });

    if (width < PHONE) test("a finger hits every control", async () => assert.deepEqual(await smallTargets(lab.page), []));
  });
}
