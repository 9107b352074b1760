// What a visitor sees when there is no room, nothing may be kept, there is no network, or another version of the page has come meanwhile.

import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { launch, openPage } from "./lib/browser.mjs";
import { copyOfPage, firstScore, openLab } from "./lib/lab.mjs";
import { answersWith, download, largeEncoder, LONG_MILLIS, lookUp, openModels, rowIn, rows, stage, tinyEncoder } from "./lib/models.mjs";
import { atEpoch, epoch, openOverfit } from "./lib/overfit.mjs";
import { serve } from "./lib/server.mjs";
import { NO_CACHE, NO_DISK, shimStore } from "./lib/store.mjs";

/** @typedef {import("playwright-core").Page} Page */
const TINY = "tiny/bert", LARGE = "large/bert";
const [browser, { hub, server, stop }] = await Promise.all([launch(), stage({ [TINY]: tinyEncoder(), [LARGE]: largeEncoder() })]);
after(() => Promise.all([browser.close(), stop()]));
afterEach(() => server.heal());

/** The row of a model. @param {Page} page @param {string} name */
const rowOf = (page, name) => rows(page).filter({ has: page.getByText(name, { exact: true }) });
/** Nothing may be kept, as in some private windows. */
const PRIVATE = `Object.defineProperty(globalThis, "localStorage", { get() { throw new DOMException("not in a private window", "SecurityError"); } });if ("CacheStorage" in globalThis) ${NO_CACHE}`;

test("a window that keeps nothing: a badge says so, the page answers, and a model of one's own lasts for the visit", async () => {
  shimStore(server, NO_DISK + NO_CACHE);
  const { page, context, complaints } = await openModels(browser, server, { init: PRIVATE });
  await page.locator("#lab-models #visit-only:visible").waitFor({ timeout: LONG_MILLIS });
  // What cannot be kept is set again in each visit.
  await page.locator("#hub-change").click();
  await page.locator("#hub-base").fill(hub.hub);
  await page.locator("#hub-set").click();
  await lookUp(page, TINY);
  await download(page);
  await rowIn(page, "whole").getByText("this visit only").waitFor();
  await rowIn(page, "whole").getByText("A private window keeps nothing.").waitFor();
  await page.locator("#usage").getByText("models last for this visit").waitFor();
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(page, TINY);
  await page.locator("#lab-sentiment #visit-only:visible").waitFor();
  assert.deepEqual([complaints.errors, complaints.violations, complaints.strangers], [[], [], []]);
  await context.close();
});

for (const [room, bytes] of /** @type {const} */ ([["no room", 0], ["too little room", 3_000_000]])) {
  test(`${room} on the disk: the model runs from memory, what is used is shown, and one that is stored is still there and can go`, () => fullDisk(bytes));
}

/** @param {number} left bytes that the origin may still write */
async function fullDisk(left) {
  const { page, context } = await openModels(browser, server, { hub: hub.hub });
  await lookUp(page, TINY);
  await download(page);
  await page.locator("#offline").waitFor({ timeout: LONG_MILLIS }); // what the page itself keeps is no longer growing
  const { usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
  const devtools = await context.newCDPSession(page);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: new URL(server.url).origin, quotaSize: usage + left });
  await page.reload();
  await rowOf(page, TINY).waitFor({ timeout: LONG_MILLIS });
  assert.equal(await rowOf(page, TINY).getByText("this visit only").count(), 0, "it lies on the disk");
  await lookUp(page, LARGE);
  await page.locator("#plan-download").click();
  await rowOf(page, LARGE).getByText("There is no room on the disk.").waitFor({ timeout: LONG_MILLIS });
  await rowOf(page, LARGE).getByText("this visit only").waitFor();
  assert.match((await page.locator("#usage").textContent()) ?? "", /[\d.]+ [kMG]B used of [\d.]+ [kMG]B/);
  await rowOf(page, TINY).locator("[data-act=remove]").click();
  await page.locator("[data-act=really]").click();
  await rowOf(page, TINY).waitFor({ state: "detached", timeout: LONG_MILLIS });
  await rowOf(page, LARGE).locator("[data-act=use-sentiment]").click();
  await answersWith(page, LARGE);
  await context.close();
}

test("without a network: labs that need no model work though nobody had visited them; one that needs a model says so, and its size", async () => {
  const { page, context } = await openLab(browser, server);
  await page.locator("#offline").waitFor({ timeout: LONG_MILLIS });
  await context.setOffline(true);
  await page.reload();
  await firstScore(page);
  await page.locator(".rail a[href='#overfit']").click();
  await atEpoch(page, 5);
  await page.locator(".rail [data-fetch=images]").getByText(/^\d+(\.\d)? MB to fetch$/).waitFor();
  await page.locator(".rail a[href='#images']").click();
  const note = page.locator("#lab-images [role=alert][data-kind=network]");
  await note.waitFor({ timeout: LONG_MILLIS });
  await context.setOffline(false);
  await note.getByRole("button").first().click();
  await page.locator("#lab-images [data-place=live][data-phase=ready]").waitFor({ timeout: LONG_MILLIS });
  await context.close();
});

test("a new version in the middle of a run, and a second tab: both runs go on, one takes the new version when it is told to", async () => {
  const copy = copyOfPage();
  const own = await serve({ "/some/folder/": copy.folder });
  try {
    const { page, context } = await openOverfit(browser, own);
    await page.locator("#offline").waitFor({ timeout: LONG_MILLIS });
    await page.locator("#overfit-speed").selectOption("5"); // so that it does not come to its end meanwhile
    await page.reload(); // from here on the service worker answers
    await atEpoch(page, 1);
    const second = await context.newPage();
    await second.goto(page.url());
    await atEpoch(second, 1);
    copy.change("web/styles/base.css", (css) => `${css}\n/* another version */\n`);
    // A third visit is told of the new version; those that run are too.
    const third = await context.newPage();
    await third.goto(own.url);
    await firstScore(third);
    await page.locator("#update").waitFor({ timeout: LONG_MILLIS });
    const before = await epoch(page);
    await atEpoch(page, before + 5);
    await page.locator("#update").getByRole("button").nth(1).click(); // later
    assert.equal(await page.locator("#update").count(), 0);
    await atEpoch(page, (await epoch(page)) + 5);
    await second.bringToFront();
    await Promise.all([second.waitForEvent("load"), second.locator("#update").getByRole("button").first().click()]);
    await atEpoch(second, 1);
    assert.match(await second.evaluate(async () => (await fetch("web/styles/base.css")).text()), /another version/);
    // The first was not reloaded: it still is where it was, and goes on.
    await page.bringToFront();
    assert.ok((await epoch(page)) > before);
    await atEpoch(page, (await epoch(page)) + 5);
    await context.close();
  } finally {
    await own.stop();
    copy.remove();
  }
});

test("a part of the page that is missing: it reloads once, then says so; without a network it does not reload at all", async () => {
  const missing = "web/rooms/images.js";
  const broken = (/** @type {Page} */ page) => page.locator("#broken:visible").waitFor({ timeout: LONG_MILLIS });
  const mark = (/** @type {Page} */ page) => page.evaluate(() => void Object.assign(globalThis, { sameVisit: true }));
  const marked = (/** @type {Page} */ page) => page.evaluate(() => "sameVisit" in globalThis);
  server.fault(missing, (_, response) => void response.writeHead(404).end());
  {
    const { page, context } = await openPage(browser, server, "#lab=sentiment&v=1&text=kept"); // waits for a click, so that nothing is kept yet
    await page.locator("#fetch-model").waitFor();
    await mark(page);
    server.requests.length = 0;
    await Promise.all([page.waitForEvent("load"), page.locator(".rail a[href='#images']").click()]);
    await broken(page);
    assert.equal(await marked(page), false, "it was reloaded");
    assert.equal(server.requests.filter((path) => path.endsWith("/some/folder/")).length, 1, "once");
    await context.close();
  }
  server.heal();
  const { page, context } = await openPage(browser, server, "#lab=sentiment&v=1&text=kept");
  await page.locator("#fetch-model").waitFor();
  await mark(page);
  await context.setOffline(true);
  await page.locator(".rail a[href='#images']").click();
  await broken(page);
  assert.equal(await marked(page), true, "no reload");
  assert.equal(await page.locator("#text").inputValue(), "kept");
  await context.close();
});
