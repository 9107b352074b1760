// For everyone: no violation that axe finds, nothing cut off on a phone, all of it by keyboard.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { launch } from "./lib/browser.mjs";
import { openLab, serveLab } from "./lib/lab.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

const LOOKS = /** @type {const} */ ([
  ["en", "light", 1280], ["en", "dark", 1280], ["zh", "light", 390], ["zh", "dark", 390], ["zh", "light", 1280], ["en", "dark", 390],
]);

for (const [lang, colorScheme, width] of LOOKS) {
  describe(`${lang}, ${colorScheme}, ${width} px`, () => {
    /** @type {Awaited<ReturnType<typeof openLab>>} */
    let lab;
    before(async () => {
      // axe is put into the page as text, which the page's own policy rightly refuses.
      lab = await openLab(browser, server, { lang, context: { colorScheme, viewport: { width, height: 844 }, bypassCSP: true } });
    });
    after(() => lab?.context.close());

    test("axe finds nothing", async () => {
      const { page } = lab;
      await page.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = true)));
      await page.waitForTimeout(500);
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { violations } = await /** @type {any} */ (globalThis).axe.run(document);
        return violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.slice(0, 4).map((/** @type {any} */ node) => node.target.join(" ")).join(" | ")}`);
      });
      assert.deepEqual(found, []);
    });

    test("nothing reaches past the edge", async () => {
      const past = await lab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(past <= 0, `${past} px too wide`);
    });
  });
}

test("the keyboard reaches the text, the ends and the language", async () => {
  const { page, context } = await openLab(browser, server);
  const wanted = new Set(["text", "neg", "swap", "pos", "template", "theme", "device"]);
  for (let press = 0; press < 40 && wanted.size; press++) {
    await page.keyboard.press("Tab");
    const { id, outlined } = await page.evaluate(() => {
      const element = /** @type {HTMLElement} */ (document.activeElement);
      const style = getComputedStyle(element);
      return { id: element.id, outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
    });
    if (wanted.delete(id)) assert.ok(outlined, `focus on ${id} can be seen`);
  }
  assert.deepEqual([...wanted], [], "reached all");
  await context.close();
});
