// The models room and one's own model in a lab, with a hub that misbehaves on demand.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { axeFindings } from "./lib/axe.mjs";
import { dropFiles, launch, violations } from "./lib/browser.mjs";
import { answersWith, download, failure, folderOf, largeEncoder, LONG_MILLIS, lookUp, openModels, rowIn, rows, stage, tinyEncoder } from "./lib/models.mjs";

const TINY = "tiny/bert";
const LARGE = "someone/encoder";
const [browser, { hub, server, stop }] = await Promise.all([launch(), stage({ [TINY]: tinyEncoder(), [LARGE]: largeEncoder() })]);
after(async () => {
  await browser.close();
  await stop();
});

/** @param {Parameters<typeof openModels>[2]} [options] */
const open = async (options) => {
  await hub.faults();
  await hub.forget();
  return openModels(browser, server, { hub: hub.hub, ...options });
};
const built = /** @param {import("playwright-core").Page} page */ (page) => page.locator("#model-card dl").textContent();

test("a model by its name: what it needs first, then it is here, answers, and is there again without a network", async () => {
  const { page, context, complaints } = await open();
  await lookUp(page, TINY);
  assert.equal(await hub.bytes() < 20_000, true, "looking up fetches small files only");
  const choices = page.locator("#model-plan .option");
  assert.equal(await choices.count(), 2, "both precisions are offered");
  await page.locator("[name=variant][value=fp16]").check();
  assert.match((await page.locator("#plan-download").textContent()) ?? "", /63 kB/);
  await page.locator("[name=variant][value=default]").check();
  await download(page);
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(page, TINY);
  assert.match((await built(page)) ?? "", /2 layers.*vocabulary of 189/, "it is that model which answers");
  const score = await page.locator("#score").textContent();
  await page.locator("#offline").waitFor({ timeout: LONG_MILLIS });
  await context.setOffline(true);
  await page.reload();
  await answersWith(page, TINY);
  assert.equal(await page.locator("#score").textContent(), score);
  assert.match((await built(page)) ?? "", /vocabulary of 189/);
  await context.setOffline(false); // the bundled one was never asked for, so it is not kept
  await page.locator("#model").click();
  await page.locator("#own-choice input").first().check();
  await page.keyboard.press("Escape");
  await answersWith(page, "Kindling encoder");
  assert.deepEqual([complaints.strangers, complaints.violations, await violations(page)], [[], [], []]);
  await context.close();
});

test("a download that is called off keeps what came, and goes on from there after a reload", async () => {
  const { page, context } = await open();
  await lookUp(page, LARGE);
  await hub.faults({ path: "model.safetensors", times: 0, fault: { kind: "drip", bytes: 131_072, millis: 100 } });
  await page.locator("#plan-download").click();
  // A whole piece of 4 MiB has come.
  await page.waitForFunction(() => (/** @type {HTMLProgressElement | null} */ (document.querySelector("#transfers progress"))?.value ?? 0) > 0.45, null, { timeout: LONG_MILLIS });
  await page.locator("#transfers button").click();
  await page.locator("#transfers progress").waitFor({ state: "detached" });
  await rowIn(page, "part").locator("[data-act=fetch]").waitFor({ timeout: LONG_MILLIS });
  await hub.faults();
  await hub.forget();
  await page.reload();
  await rowIn(page, "part").locator("[data-act=fetch]").click();
  await rowIn(page, "whole").waitFor({ timeout: LONG_MILLIS });
  const all = Object.values(largeEncoder()).reduce((sum, file) => sum + file.length, 0);
  assert.ok(await hub.bytes() <= all - 4 * 2 ** 20, "no whole piece is fetched twice");
  await context.close();
});

test("an address that leads nowhere says why and what to do", async () => {
  const { page, context } = await open();
  for (const [address, said] of /** @type {[string, RegExp][]} */ ([
    ["", /no address yet/], ["what is this", /not an address/], ["http://example.com/model/", /not encrypted/], ["nobody/nothing", /no such model or revision/], [`${TINY}@none`, /no such model or revision/],
  ])) {
    await page.locator("#model-address").fill(address);
    await page.locator("#model-look").click();
    await failure(page).getByText(said).first().waitFor({ timeout: LONG_MILLIS });
  }
  await hub.faults({ path: "/api/", times: 0, fault: { kind: "no_cors" } });
  await page.locator("#model-address").fill(TINY);
  await page.locator("#model-look").click();
  await failure(page).getByText(/does not answer this page/).first().waitFor({ timeout: LONG_MILLIS });
  await hub.faults();
  await failure(page).getByRole("button", { name: "Try again" }).click();
  await page.locator("#plan-download").waitFor({ timeout: LONG_MILLIS });
  await context.close();
});

test("bytes that differ from what was published are refused, and both hashes are shown", async () => {
  const { page, context } = await open();
  await lookUp(page, TINY);
  await hub.faults({ path: "model.safetensors", times: 0, fault: { kind: "flip", at: 5_000 } });
  await page.locator("#plan-download").click();
  await failure(page).getByText(/differ from what was published/).first().waitFor({ timeout: LONG_MILLIS });
  const hashes = await failure(page).locator(".facts code").allTextContents();
  assert.equal(hashes.length, 2);
  assert.ok(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash)) && hashes[0] !== hashes[1]);
  assert.equal(await rowIn(page, "whole").count(), 0);
  await hub.faults({ path: "model.safetensors", times: 0, fault: { kind: "html" } });
  await failure(page).getByRole("button", { name: "Try again" }).click();
  await failure(page).getByText(/not a model file/).first().waitFor({ timeout: LONG_MILLIS });
  await hub.faults();
  await failure(page).getByRole("button", { name: "Try again" }).click();
  await rowIn(page, "whole").waitFor({ timeout: LONG_MILLIS });
  await context.close();
});

test("a folder comes in by the file field; a kit goes out, and comes back in after a deletion", async () => {
  const { page, context } = await open();
  const { "model.fp16.safetensors": _, ...files } = tinyEncoder();
  const { folder, above, drop } = folderOf("my-model", files);
  await page.locator("#model-folder").setInputFiles(folder);
  await rowIn(page, "whole").getByText(/my-model/).first().waitFor({ timeout: LONG_MILLIS });
  await rowIn(page, "whole").locator("[data-act=verify]").click();
  await rowIn(page, "whole").getByText("All 5 files are what they were.").waitFor({ timeout: LONG_MILLIS });
  const [saved] = await Promise.all([page.waitForEvent("download"), rowIn(page, "whole").locator("[data-act=pack]").click()]);
  const kit = join(above, "kit.zip");
  await saved.saveAs(kit);
  // A deletion asks first.
  await rowIn(page, "whole").locator("[data-act=remove]").click();
  await rowIn(page, "whole").locator("[data-act=keep]").click();
  assert.equal(await rows(page).count(), 1);
  await rowIn(page, "whole").locator("[data-act=remove]").click();
  await page.locator("[data-act=really]").click();
  await rows(page).first().waitFor({ state: "detached", timeout: LONG_MILLIS });
  await page.locator("#model-kit").setInputFiles(kit);
  await rowIn(page, "whole").locator("[data-act=use-map]").waitFor({ timeout: LONG_MILLIS });
  await page.locator("#model-kit").setInputFiles({ name: "not-a-kit.zip", mimeType: "application/zip", buffer: Buffer.from("<img onerror=alert(1)>") });
  await failure(page).getByText(/not a kit/).first().waitFor({ timeout: LONG_MILLIS });
  drop();
  await context.close();
});

test("a model that is deleted or whose files are gone gives way to the bundled one, and a click fetches it again", async () => {
  const { page, context } = await open();
  await lookUp(page, TINY);
  await download(page);
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(page, TINY);
  // As a browser does that needs room: the files go, and nobody is told.
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    for await (const name of /** @type {any} */ (root).keys()) await root.removeEntry(name, { recursive: true });
  });
  await page.reload();
  await answersWith(page, "Kindling encoder");
  await page.locator("#notices").getByText(/no longer here/).waitFor({ timeout: LONG_MILLIS });
  await page.locator("#notices").getByRole("button", { name: "Fetch it again" }).click();
  await rowIn(page, "whole").waitFor({ timeout: LONG_MILLIS });
  await page.locator(".rail a[href='#sentiment']").click();
  await answersWith(page, TINY);
  await page.locator(".rail a[href='#models']").click();
  await rowIn(page, "whole").locator("[data-act=remove]").click();
  await page.locator("[data-act=really]").click();
  await rows(page).first().waitFor({ state: "detached", timeout: LONG_MILLIS });
  await page.locator(".rail a[href='#sentiment']").click();
  await answersWith(page, "Kindling encoder");
  await context.close();
});

test("a link names the model and fetches nothing: it asks, and the bundled one is the other way", async () => {
  const sender = await open();
  await lookUp(sender.page, TINY);
  await download(sender.page);
  await rowIn(sender.page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(sender.page, TINY);
  await sender.page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await sender.page.locator("#act-link").click();
  const link = new URL(await sender.page.locator("#acts .link").inputValue());
  assert.match(new URLSearchParams(link.hash.slice(1)).get("model") ?? "", /^tiny\/bert@[0-9a-f]{40}$/);
  await sender.context.close();

  const { page, context } = await open({ hash: link.hash });
  await page.locator("#own-see").waitFor({ timeout: LONG_MILLIS });
  assert.deepEqual(await hub.log(), [], "nobody was asked for anything");
  assert.equal(server.requests.some((path) => path.endsWith("models/encoder/model.safetensors")) && (await page.locator("#score").textContent()) !== "", false, "and nothing answers yet");
  await page.locator("#own-see").click();
  await page.locator("#plan-download").waitFor({ timeout: LONG_MILLIS });
  await page.locator("#plan-download").click();
  await rowIn(page, "whole").waitFor({ timeout: LONG_MILLIS });
  await page.locator(".rail a[href='#sentiment']").click();
  await answersWith(page, TINY);
  await context.close();

  const other = await open({ hash: link.hash });
  await other.page.locator("#own-bundled").click();
  await answersWith(other.page, "Kindling encoder");
  await other.context.close();

  const hostile = await open({ hash: "#lab=sentiment&v=1&text=hello&model=%3Cimg%20onerror%3D1%3E" });
  await hostile.page.locator("#fetch-model").waitFor({ timeout: LONG_MILLIS });
  await hostile.context.close();
});

test("files that are dropped become a model; a link does not carry its name, and what is no model is told so", async () => {
  const { page, context } = await open();
  await page.locator("#model-list [data-bundled]").first().waitFor({ timeout: LONG_MILLIS });
  const drop = (/** @type {Record<string, string | Uint8Array>} */ files) => dropFiles(page, "#lab-models h1", Object.entries(files).map(([name, bytes]) => ({ name, bytes })));
  await drop({ "notes.txt": "<img onerror=alert(1)>" });
  await page.getByText("neither a folder with a model nor a kit").waitFor({ timeout: LONG_MILLIS });
  const { "config.json": config, "tokenizer.json": tokenizer, "model.safetensors": weights } = tinyEncoder();
  await drop({ "config.json": config, "tokenizer.json": tokenizer, "model.safetensors": weights });
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click({ timeout: LONG_MILLIS });
  await answersWith(page, "model");
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.locator("#act-link").click();
  const link = new URL(await page.locator("#acts .link").inputValue());
  assert.equal(new URLSearchParams(link.hash.slice(1)).get("model"), null);
  await context.close();
});

test("the hub is a setting: another one is asked from then on, and what is no address is refused", async () => {
  const { page, context } = await openModels(browser, server);
  await page.locator("#hub-change").click();
  await page.locator("#hub-base").fill("http://example.com");
  await page.locator("#hub-set").click();
  await page.locator("#model-hub").getByText(/not encrypted/).waitFor();
  await page.locator("#hub-base").fill(`${hub.hub}/`);
  await page.locator("#hub-set").click();
  await page.locator("#hub-change").waitFor();
  await page.reload();
  await lookUp(page, TINY);
  await context.close();
});

test("a loaded model is checked against the CPU on demand, stage by stage", async () => {
  const { page, context } = await open();
  await lookUp(page, TINY);
  await download(page);
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(page, TINY);
  await page.locator("#inside [data-check=encoder]").click();
  await page.locator("#inside .check [role=status] strong").getByText(/checked: .* apart/).waitFor({ timeout: LONG_MILLIS });
  assert.ok(await page.locator("#inside .check tbody tr").count() > 1);
  await context.close();
});

test("each lab keeps its own choice, and one that waits does not answer with another's model", async () => {
  const { page, context } = await open();
  await lookUp(page, TINY);
  await download(page);
  await rowIn(page, "whole").locator("[data-act=use-sentiment]").click();
  await answersWith(page, TINY);
  await page.locator(".rail a[href='#map']").click();
  await page.locator("#lab-map #model").getByText("Kindling encoder").waitFor({ timeout: LONG_MILLIS });
  await page.waitForFunction(() => (document.getElementById("map-kept")?.textContent ?? "") !== "", null, { timeout: LONG_MILLIS });
  await page.locator(".rail a[href='#sentiment']").click();
  await answersWith(page, TINY);
  await page.locator("#act-undo").click();
  await answersWith(page, "Kindling encoder");
  await page.locator("#act-redo").click();
  await answersWith(page, TINY);
  await context.close();
});

for (const [lang, colorScheme, width] of /** @type {const} */ ([["en", "light", 1280], ["zh", "dark", 390], ["zh", "light", 1280], ["en", "dark", 390]])) {
  describe(`models: ${lang}, ${colorScheme}, ${width} px`, () => {
    test("axe finds nothing and nothing reaches past the edge, with a plan, a model, a question and an error on show", async () => {
      const { page, context } = await open({ lang, context: { colorScheme, viewport: { width, height: 844 }, bypassCSP: true } });
      await lookUp(page, TINY);
      await download(page);
      await rowIn(page, "whole").locator("[data-act=remove]").click();
      await page.locator("#model-kit").setInputFiles({ name: `${"long".repeat(30)}.zip`, mimeType: "application/zip", buffer: Buffer.from("no") });
      await failure(page).waitFor({ timeout: LONG_MILLIS });
      await page.locator("#hub-change").click();
      await lookUp(page, LARGE);
      assert.deepEqual(await axeFindings(page), []);
      const past = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(past <= 0, `${past} px too wide`);
      if (width < 760) {
        await page.locator("#rail-more").click();
        await page.locator(".rail a[href='#map']").waitFor();
        assert.deepEqual(await axeFindings(page), []);
        await page.keyboard.press("Escape");
        assert.equal(await page.locator(".rail a[href='#map']").isVisible(), false);
      }
      await context.close();
    });
  });
}

test("the keyboard reaches what the room does", async () => {
  const { page, context } = await open();
  await lookUp(page, TINY);
  await download(page);
  const wanted = new Set(["model-address", "model-look", "hub-change", "model-folder", "model-kit", "use-sentiment", "verify", "pack", "remove", "usage-keep"]);
  await page.locator("#skip").focus();
  for (let press = 0; press < 80 && wanted.size; press++) {
    await page.keyboard.press("Tab");
    for (const name of await page.evaluate(() => [document.activeElement?.id ?? "", document.activeElement?.getAttribute("data-act") ?? ""])) wanted.delete(name);
  }
  wanted.delete("usage-keep"); // only where the browser has not promised yet
  assert.deepEqual([...wanted], []);
  await context.close();
});
