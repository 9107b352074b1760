// After one visit the page works without a network, and a new version asks before it takes over.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch } from "./lib/browser.mjs";
import { copyOfPage, firstScore, FIRST_SCORE_MILLIS, openLab, scoreOf, serveLab, switchLanguage } from "./lib/lab.mjs";
import { serve } from "./lib/server.mjs";
import { DISPLEASED } from "./lib/texts.mjs";

const browser = await launch();
after(() => browser.close());

/** Hundreds of files are fetched, checked and written. */
const KEPT_MILLIS = 240_000;
/** @param {import("playwright-core").Page} page */
const keptOffline = (page) => explained(page, "what is kept", page.locator("#offline").waitFor({ timeout: KEPT_MILLIS }));

/**
 * A wait that ends badly says what the browser holds by then.
 * @template T
 * @param {import("playwright-core").Page} page @param {string} what @param {Promise<T>} wait
 * @returns {Promise<T>}
 */
async function explained(page, what, wait) {
  try {
    return await wait;
  } catch (error) {
    const held = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration("./");
      const workers = ["installing", "waiting", "active"].map((name) => `${name} ${/** @type {any} */ (registration)?.[name]?.state} ${/** @type {any} */ (registration)?.[name]?.scriptURL.split("?")[1]}`);
      const kept = await Promise.all((await caches.keys()).map(async (name) => `${name}: ${(await (await caches.open(name)).keys()).length}`));
      return [...workers, `controlled ${Boolean(navigator.serviceWorker.controller)}`, ...kept, JSON.stringify(await navigator.storage.estimate())].join("; ");
    }).catch(String);
    throw new Error(`${what} did not come: ${held}`, { cause: error });
  }
}

test("one visit is enough to work without a network", async () => {
  const server = await serveLab();
  const { page, context, complaints } = await openLab(browser, server, { lang: "zh" });
  await keptOffline(page);
  await server.stop();
  await page.reload({ timeout: FIRST_SCORE_MILLIS });
  await firstScore(page);
  assert.ok((await scoreOf(page, DISPLEASED)) < 0);
  await switchLanguage(page, "en");
  const second = await context.newPage();
  await second.goto(server.url);
  await firstScore(second);
  assert.deepEqual(complaints.strangers, []);
  await context.close();
});

for (const busy of [false, true]) {
  test(`a new version asks, then takes over and keeps the text${busy ? ", also while the old one is still answering something" : ""}`, async () => {
    const copy = copyOfPage();
    const server = await serve({ "/some/folder/": copy.folder });
    try {
      const { page, context } = await openLab(browser, server);
      await keptOffline(page);
      await page.reload({ timeout: FIRST_SCORE_MILLIS });
      await firstScore(page);
      copy.change("web/styles/base.css", (css) => `${css}\n/* another version */\n`);
      await page.reload({ timeout: FIRST_SCORE_MILLIS });
      await firstScore(page);
      const prompt = page.locator("#update");
      await explained(page, "the prompt", prompt.waitFor({ timeout: KEPT_MILLIS }));
      await page.locator("#text").fill("kept across versions");
      const styles = () => page.evaluate(async () => (await fetch("web/styles/base.css")).text());
      assert.doesNotMatch(await styles(), /another version/, "the old version answers until told otherwise");
      if (busy) {
        server.fault("/never", () => {}); // a download that takes long, as the browser sees it
        await page.evaluate(() => void fetch("./never").catch(() => {}));
      }
      const loaded = page.waitForEvent("load", { timeout: KEPT_MILLIS });
      await Promise.all([explained(page, "the new version", loaded), prompt.getByRole("button").first().click()]);
      await firstScore(page);
      assert.match(await styles(), /another version/);
      assert.equal(await page.locator("#text").inputValue(), "kept across versions");
      await keptOffline(page);
      assert.deepEqual(await page.evaluate(() => caches.keys().then((names) => names.length)), 1, "and the older copy is gone");
      await context.close();
    } finally {
      await server.stop();
      copy.remove();
    }
  });
}

test("a file that fails on the way to the copy is fetched again in the same visit", async () => {
  const server = await serveLab();
  const { page, context } = await openLab(browser, server, { wait: false });
  let failed = 0;
  server.fault("/icons/icon-512.png", (request) => {
    failed += 1;
    if (failed === 3) server.heal();
    request.socket.destroy();
  });
  await firstScore(page);
  await keptOffline(page);
  assert.equal(failed, 3, "the line was cut");
  await context.close();
  await server.stop();
});
