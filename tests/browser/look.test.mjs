// For everyone: no violation that axe finds, nothing cut off on a phone, all of it by keyboard.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testLook } from "./lib/axe.mjs";
import { launch } from "./lib/browser.mjs";
import { badPictures, drop, matrixDone, openImages, setLabels } from "./lib/images.mjs";
import { openLab, serveLab } from "./lib/lab.mjs";
import { openMap } from "./lib/map.mjs";
import { png } from "./lib/pictures.mjs";

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

/** @type {import("./lib/axe.mjs").Look[]} */
const LOOKS = [
  ["en", "light", 1280], ["en", "dark", 1280], ["zh", "light", 390], ["zh", "dark", 390], ["zh", "light", 1280], ["en", "dark", 390],
];

/** @typedef {import("./lib/axe.mjs").LookOptions} LookOptions */
/** @type {Record<string, (options: LookOptions) => ReturnType<typeof openLab>>} */
const LABS = {
  sentiment: (options) => openLab(browser, server, options), images: (options) => openEverything(browser, server, options), map: (options) => openMap(browser, server, options),
};
/** One look after the other would take long; these four hold every value of each. */
const FEWER = [1, 2, 4, 5];

/** The image–text lab with all its parts on show: a cropped picture, files that were refused, the panel for emoji. @type {typeof openLab} */
async function openEverything(...wishes) {
  const lab = await openImages(...wishes);
  const { page } = lab;
  await page.locator("#tool-emoji").click();
  await drop(page, [{ name: "wide.png", bytes: png(300, 100, 3) }, { name: "tall.png", bytes: png(80, 200, 4) }, { name: "empty.jpg", bytes: Buffer.alloc(0) }]);
  await badPictures(page).first().waitFor();
  await matrixDone(page, 2);
  await setLabels(page, [...Array.from({ length: 14 }, (_, at) => `label number ${at}`), "averylongwordthatnothingcanbreakinthemiddle".repeat(3)]);
  await matrixDone(page, 2);
  return lab;
}

for (const [name, open] of Object.entries(LABS)) {
  for (const look of LOOKS.filter((_, at) => name === "sentiment" || FEWER.includes(at))) testLook(name, look, open);
}

/** @type {[string, typeof openLab, string[]][]} */
const STOPS = [
  ["text, the ends and the language", openLab, ["text", "neg", "swap", "pos", "template", "theme", "device"]],
  ["pictures, labels, matrix and search", openImages, ["picture-files", "tool-camera", "tool-emoji", "add-label", "picture-template", "temperature", "images-link", "images-json", "matrix-sort", "matrix-turn", "matrix-png", "picture-query"]],
];
for (const [what, open, stops] of STOPS) {
  test(`the keyboard reaches the ${what}`, async () => {
    const { page, context } = await open(browser, server);
    const wanted = new Set(stops);
    for (let press = 0; press < 110 && wanted.size; press++) {
      await page.keyboard.press("Tab");
      const { id, outlined } = await page.evaluate(() => {
        const element = /** @type {HTMLElement} */ (document.activeElement);
        const shown = element.matches("input[type=file]") ? /** @type {HTMLElement} */ (element.closest("label")) : element;
        const style = getComputedStyle(shown);
        return { id: element.id, outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
      });
      if (wanted.delete(id)) assert.ok(outlined, `focus on ${id} can be seen`);
    }
    assert.deepEqual([...wanted], [], "reached all");
    await context.close();
  });
}
