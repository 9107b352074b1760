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
const keptOffline = (page) => page.locator("#offline").waitFor({ timeout: KEPT_MILLIS });

test("one visit is enough to work without a network", async () => {
  const server = await serveLab();
  const { page, context, complaints } = await openLab(browser, server, { lang: "zh" });
  await keptOffline(page);
  await server.stop();
  await page.reload();
  await firstScore(page);
  assert.ok((await scoreOf(page, DISPLEASED)) < 0);
  await switchLanguage(page, "en");
  const second = await context.newPage();
  await second.goto(server.url);
  await firstScore(second);
  assert.deepEqual(complaints.strangers, []);
  await context.close();
});

test("a new version asks, then takes over and keeps the text", async () => {
  const copy = copyOfPage();
  const server = await serve({ "/some/folder/": copy.folder });
  try {
    const { page, context } = await openLab(browser, server);
    await keptOffline(page);
    await page.reload();
    await firstScore(page);
    copy.change("web/styles/base.css", (css) => `${css}\n/* another version */\n`);
    await page.reload();
    await firstScore(page);
    const prompt = page.locator("#update");
    await prompt.waitFor({ timeout: KEPT_MILLIS });
    await page.locator("#text").fill("kept across versions");
    const styles = () => page.evaluate(async () => (await fetch("web/styles/base.css")).text());
    assert.doesNotMatch(await styles(), /another version/, "the old version answers until told otherwise");
    await Promise.all([page.waitForEvent("load"), prompt.getByRole("button").first().click()]);
    await firstScore(page);
    assert.match(await styles(), /another version/);
    assert.equal(await page.locator("#text").inputValue(), "kept across versions");
    await context.close();
  } finally {
    await server.stop();
    copy.remove();
  }
});
