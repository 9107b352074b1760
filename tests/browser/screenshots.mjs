// docs/screenshots: the lab in both languages, light and dark, wide and narrow, with the real model.

import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { launch, root } from "./lib/browser.mjs";
import { openLab, scoreOf, serveLab, settled } from "./lib/lab.mjs";
import { PLEASED } from "./lib/texts.mjs";

const folder = join(root, "docs/screenshots");
const TEXTS = { en: "The soup came cold, but the waiter was so kind that we stayed for dessert.", zh: PLEASED };
/** The first screen of each: what a README shows. */
const SIZES = /** @type {const} */ ([[1280, 860], [390, 844]]);

mkdirSync(folder, { recursive: true });
const [browser, server] = await Promise.all([launch(), serveLab()]);
try {
  for (const lang of /** @type {const} */ (["en", "zh"])) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      for (const [width, height] of SIZES) {
        const context = { colorScheme, viewport: { width, height }, reducedMotion: /** @type {const} */ ("reduce") };
        const lab = await openLab(browser, server, { lang, context });
        await scoreOf(lab.page, TEXTS[lang]);
        await lab.page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
        await lab.page.locator("#offline").waitFor({ timeout: 60_000 }).catch(() => {});
        await settled(lab.page);
        const path = join(folder, `sentiment-${colorScheme}-${lang}-${width}.png`);
        await lab.page.screenshot({ path });
        shrink(path);
        console.log(`${path} ${Math.round(statSync(path).size / 1024)} kB`);
        await lab.context.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
}

/** A flat page needs few colours; where the tool for it is there, use it. @param {string} path */
function shrink(path) {
  try {
    execFileSync("pngquant", ["--force", "--skip-if-larger", "--output", path, "256", path], { stdio: "ignore" });
  } catch {
    // Larger then, and still right.
  }
}
