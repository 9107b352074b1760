// The start: program and model on their way before the page's own modules are there, no byte of them
// twice, and a part that is missing is told.

import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { launch, openContext } from "./lib/browser.mjs";
import { alert, firstScore, openLab, scoreOf, serveLab } from "./lib/lab.mjs";
import { mapDone, openMap } from "./lib/map.mjs";

const PROGRAM = "wasm/cpu/playground_bg.wasm";
const WEIGHTS = "models/encoder/model.safetensors";

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});
afterEach(() => server.heal());

/** Keeps a file back until it is let go. @param {string} path */
function hold(path) {
  /** @type {(() => void)[]} */
  const held = [];
  server.fault(path, ({ url }, response) => void held.push(() => server.serve(new URL(url ?? "", server.url).pathname, response)));
  return { asked: () => held.length, letGo: () => { server.fault(path, null); for (const go of held.splice(0)) go(); } };
}

/** Opens the page without waiting for any of its parts. */
async function arrive() {
  const { context } = await openContext(browser);
  const page = await context.newPage();
  await page.goto(server.url, { waitUntil: "commit" });
  return { page, context };
}

/** @param {string} end */
const times = (end) => server.requests.filter((path) => path.endsWith(end)).length;
/** @param {() => boolean} holds @param {string} what */
async function until(holds, what) {
  for (let turn = 0; !holds(); turn++) {
    assert.ok(turn < 600, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("program and model come down beside the page's modules, each once", async () => {
  server.requests.length = 0;
  const main = hold("web/main.js");
  const { page, context } = await arrive();
  await until(() => times(WEIGHTS) > 0 && times(PROGRAM) > 0, "program and weights are asked for while main.js is held back");
  main.letGo();
  await firstScore(page);
  assert.deepEqual([times(WEIGHTS), times(PROGRAM), page.workers().length], [1, 1, 1]);
  assert.ok(Number.isFinite(await scoreOf(page, "and it answers")));
  await context.close();
});

test("a start that fails before the page is there is told all the same, and can be tried again", async () => {
  server.fault(WEIGHTS, (_, response) => void response.writeHead(404).end());
  const main = hold("web/main.js");
  const { page, context } = await arrive();
  await until(() => times(WEIGHTS) > 0, "the weights are asked for");
  await page.waitForTimeout(500);
  main.letGo();
  await alert(page).waitFor({ timeout: 60_000 });
  server.heal();
  await alert(page).getByRole("button").first().click();
  await firstScore(page);
  await context.close();
});

test("a link and a saved data plan fetch nothing early", async () => {
  for (const [hash, init] of /** @type {const} */ ([["#lab=sentiment&v=1&text=hello", undefined], ["", savesData]])) {
    server.requests.length = 0;
    const { page, context } = await openLab(browser, server, { hash, init, wait: false });
    await page.locator("#fetch-model").waitFor();
    assert.deepEqual([times(WEIGHTS), times(PROGRAM), page.workers().length], [0, 0, 0], hash || "saved data plan");
    await page.locator("#fetch-model").click();
    await firstScore(page);
    await context.close();
  }
});

/** Runs in the page before anything else. */
function savesData() {
  Object.defineProperty(navigator, "connection", { value: { saveData: true } });
}

test("another lab's code waits until it is wanted", async () => {
  server.requests.length = 0;
  const program = hold(PROGRAM);
  const { page, context } = await openLab(browser, server, { wait: false });
  await until(() => times("web/rooms/sentiment-live.js") > 0, "the first lab");
  await page.locator("#live[data-phase]").waitFor();
  assert.equal(times("web/rooms/images.js") + times("web/rooms/generate.js"), 0);
  await page.locator(".rail a[href='#images']").click();
  await page.locator("#images-question:visible").waitFor();
  await page.locator("#images-body *").first().waitFor();
  await page.locator(".rail a[href='#sentiment']").click();
  await page.locator("#question:visible").waitFor();
  program.letGo();
  await firstScore(page);
  await context.close();
});

test("a style that does not arrive is asked for once more, then said", async () => {
  server.fault("web/styles/parts.css", (_, response) => void response.writeHead(404).end());
  server.requests.length = 0;
  const { page, context } = await openLab(browser, server, { wait: false });
  await page.locator("#broken:visible").waitFor({ timeout: 30_000 });
  assert.equal(times("web/styles/parts.css"), 2);
  await context.close();
});

test("a lab whose model another lab has loaded begins at its first visit", async () => {
  const sentiment = await openLab(browser, server);
  await sentiment.page.locator(".rail a[href='#map']").click();
  await mapDone(sentiment.page);
  await sentiment.context.close();
  const map = await openMap(browser, server);
  await map.page.locator(".rail a[href='#sentiment']").click();
  await firstScore(map.page);
  await map.context.close();
});
