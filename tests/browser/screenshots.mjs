// docs/screenshots: the labs in both languages, light and dark, wide and narrow, with the real models.

import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fixtures, launch, root } from "./lib/browser.mjs";
import { draw, openGenerate } from "./lib/generate.mjs";
import { matrixDone, openImages } from "./lib/images.mjs";
import { openLab, scoreOf, serveLab, settled } from "./lib/lab.mjs";
import { mapDone, openMap, setMethod } from "./lib/map.mjs";
import { openDigits, runDigits } from "./lib/digits.mjs";
import { openModels, rowIn } from "./lib/models.mjs";
import { openOverfit, runPreset } from "./lib/overfit.mjs";
import { PLEASED } from "./lib/texts.mjs";

const folder = join(root, "docs/screenshots");
const TEXTS = { en: "The soup came cold, but the waiter was so kind that we stayed for dessert.", zh: PLEASED };
/** A seed whose picture shows what the prompt says. */
const SEED = 4;
/** Enough to see the curves part. */
const EPOCHS = 400;
/** Pictures in the set that the lab opens with. */
const SAMPLES = 12;
/** The first screen of each: what a README shows. */
const SIZES = /** @type {const} */ ([[1280, 860], [390, 844]]);
/** Narrower ones are phones, where fingers point and nothing hovers. */
const PHONE = 760;

mkdirSync(folder, { recursive: true });
const [browser, server] = await Promise.all([launch(), serveLab()]);
try {
  for (const lang of /** @type {const} */ (["en", "zh"])) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      for (const [width, height] of SIZES) {
        const phone = width < PHONE;
        const context = { colorScheme, viewport: { width, height }, isMobile: phone, hasTouch: phone, reducedMotion: /** @type {const} */ ("reduce") };
        const lab = await openLab(browser, server, { lang, context });
        await scoreOf(lab.page, TEXTS[lang]);
        await lab.page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
        await offline(lab.page);
        await settled(lab.page);
        await take(lab.page, `sentiment-${colorScheme}-${lang}-${width}`);
        await lab.context.close();

        const images = await openImages(browser, server, { lang, context });
        await matrixDone(images.page, SAMPLES);
        await offline(images.page);
        await take(images.page, `images-${colorScheme}-${lang}-${width}`);
        await images.page.evaluate(() => document.getElementById("fig-matrix")?.scrollIntoView());
        await take(images.page, `images-matrix-${colorScheme}-${lang}-${width}`);
        await images.context.close();

        const generate = await openGenerate(browser, server, { lang, query: "?device=cpu", context });
        await draw(generate.page, { seed: SEED, steps: 20 });
        await offline(generate.page);
        await generate.page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
        await take(generate.page, `generate-${colorScheme}-${lang}-${width}`);
        await generate.context.close();

        const overfit = await openOverfit(browser, server, { lang, context });
        await runPreset(overfit.page, "regression", "overfit", EPOCHS);
        await offline(overfit.page);
        await overfit.page.evaluate(() => scrollTo(0, 0));
        await take(overfit.page, `overfit-${colorScheme}-${lang}-${width}`);
        await overfit.context.close();

        const digits = await openDigits(browser, server, { lang, context });
        await runDigits(digits.page, "good", 12);
        await offline(digits.page);
        await digits.page.evaluate(() => scrollTo(0, 0));
        await take(digits.page, `digits-${colorScheme}-${lang}-${width}`);
        await digits.context.close();

        const models = await openModels(browser, server, { lang, context });
        await models.page.locator("#model-folder").setInputFiles(join(fixtures, "bert-tiny"));
        await rowIn(models.page, "whole").waitFor({ timeout: 60_000 });
        await offline(models.page);
        await take(models.page, `models-${colorScheme}-${lang}-${width}`);
        await models.context.close();

        const map = await openMap(browser, server, { lang, context });
        await setMethod(map.page, "tsne");
        await mapDone(map.page);
        await offline(map.page);
        await map.page.evaluate(() => scrollTo(0, 0));
        await take(map.page, `map-${colorScheme}-${lang}-${width}`);
        await map.context.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
}

/** The service worker has kept everything, and the status line says so. @param {import("playwright-core").Page} page */
async function offline(page) {
  await page.locator("#offline").waitFor({ timeout: 60_000 }).catch(() => {});
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function take(page, name) {
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  shrink(path);
  console.log(`${path} ${Math.round(statSync(path).size / 1024)} kB`);
}

/** A flat page needs few colours; where the tool for it is there, use it. @param {string} path */
function shrink(path) {
  try {
    execFileSync("pngquant", ["--force", "--skip-if-larger", "--output", path, "256", path], { stdio: "ignore" });
  } catch {
    // Larger then, and still right.
  }
}
