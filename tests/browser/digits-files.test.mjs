// The digits lab's files: digits of one's own that go in, and curves, answers and pictures that come out.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { launch } from "./lib/browser.mjs";
import { atEpoch, barDigits, download, epoch, idxImages, idxLabels, openDigits, pause, press, runDigits, saved, WAIT_MILLIS } from "./lib/digits.mjs";
import { serveLab, switchLanguage } from "./lib/lab.mjs";

/** @typedef {import("playwright-core").Page} Page */

const [browser, server] = await Promise.all([launch(), serveLab()]);
after(async () => {
  await browser.close();
  await server.stop();
});

describe("files of one's own", () => {
  const { labels, pictures } = barDigits(200);
  const [images, names] = [idxImages(pictures), idxLabels(labels)];
  const file = (/** @type {string} */ name, /** @type {Buffer} */ buffer) => ({ name, mimeType: "application/octet-stream", buffer });
  /** @param {Page} page @param {{name: string, mimeType: string, buffer: Buffer}[]} files */
  const choose = (page, files) => page.locator("#digits-file").setInputFiles(files);
  /** @param {Page} page @param {RegExp} text */
  const says = (page, text) => page.locator("#digits-own-said").filter({ hasText: text }).waitFor({ timeout: WAIT_MILLIS });

  test("MNIST's files, packed, one after the other, and CSV; a link leaves them out", async () => {
    const { page, context } = await openDigits(browser, server);
    await choose(page, [file("train-images-idx3-ubyte.gz", gzipSync(images))]);
    await says(page, /holds the pictures\. Now choose the file with their labels/);
    await choose(page, [file("train-labels-idx1-ubyte.gz", gzipSync(names))]);
    await says(page, /200 digits read from train-images-idx3-ubyte\.gz\./);
    await page.waitForFunction(() => /120 training/.test(document.querySelector("#fig-digits .losses")?.textContent ?? ""), null, { timeout: WAIT_MILLIS });
    await atEpoch(page, 12);
    await pause(page);
    const run = await saved(page);
    assert.deepEqual([run.own, run.counts], [{ pictures: 200 }, { train: 120, validation: 30, test: 50 }]);
    assert.ok(run.now.test.accuracy > 0.9, `bars are easy: ${run.now.test.accuracy}`);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await press(page, "link");
    await page.locator("#toast").filter({ hasText: "your own digits stay here" }).waitFor();
    assert.doesNotMatch(await page.evaluate(() => navigator.clipboard.readText()), /own|bars|train-images/);
    await press(page, "drawn");
    await page.waitForFunction(() => /2,000 training/.test(document.querySelector("#fig-digits .losses")?.textContent ?? ""), null, { timeout: WAIT_MILLIS });
    const rows = pictures.slice(0, 60).map((picture, at) => `${labels[at]},${picture.join(",")}`);
    await choose(page, [{ name: "digits.csv", mimeType: "text/csv", buffer: Buffer.from([`label,${Array.from({ length: 784 }, (_, at) => `p${at}`)}`, ...rows, "no digit at all"].join("\n")) }]);
    await says(page, /60 digits read from digits\.csv\..*left out: line 62/);
    await context.close();
  });

  test("small sides are brought to 28 × 28, and more than the labels say is refused", async () => {
    const { page, context } = await openDigits(browser, server);
    const small = barDigits(100, 14);
    await choose(page, [file("a", idxImages(small.pictures, 14)), file("b", idxLabels(small.labels))]);
    await says(page, /100 digits read from a\. They were 14 × 14/);
    await choose(page, [file("a", images), file("b", idxLabels(labels.slice(0, 150)))]);
    await says(page, /200 pictures and 150 labels/);
    await context.close();
  });

  for (const [what, files, told] of /** @type {[string, {name: string, mimeType: string, buffer: Buffer}[], RegExp][]} */ ([
    ["cut off", [file("images", images.subarray(0, images.length - 100)), file("labels", names)], /pictures is cut off: 156,716 bytes of 156,816/],
    ["a gzip cut off", [file("images.gz", gzipSync(images).subarray(0, 900)), file("labels", names)], /packed, but it is damaged or cut off/],
    ["no IDX", [file("photo.jpg", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0]))], /“photo\.jpg” is neither an IDX file nor a table/],
    ["an empty file", [file("nothing", Buffer.alloc(0))], /neither an IDX file nor a table/],
    ["a label that is no digit", [file("images", images), file("labels", idxLabels([...labels.slice(1), 77]))], /is 77, which is no digit/],
    ["a table without digits", [{ name: "notes.csv", mimeType: "text/csv", buffer: Buffer.from("<img onerror=alert(1)>,2\n3,4\n") }], /No line holds a label and 784 numbers/],
  ])) {
    test(`refused with a cause: ${what}`, async () => {
      const { page, context, complaints } = await openDigits(browser, server);
      await choose(page, files);
      await page.locator("#digits-own-said [role=alert]").filter({ hasText: told }).waitFor({ timeout: WAIT_MILLIS });
      assert.equal((await saved(page)).own, null, "what was there stays");
      assert.deepEqual(complaints.errors, []);
      await context.close();
    });
  }
});

test("what is saved: curves and answers as CSV, pictures; the language changes and the run stays", async () => {
  const { page, context } = await openDigits(browser, server);
  await runDigits(page, "overfit", 4);
  const { history, labels, said } = await saved(page);
  const curves = (await download(page, "csv")).replace("\uFEFF", "").trim().split("\r\n");
  assert.equal(curves[0], "epoch,loss_train,loss_validation,loss_test,accuracy_train,accuracy_validation,accuracy_test");
  assert.equal(curves.length, history.epochs.length + 1);
  const answers = (await download(page, "answers-csv")).replace("\uFEFF", "").trim().split("\r\n");
  assert.equal(answers.length, labels.length + 1);
  assert.match(answers[1], new RegExp(`^0,${labels[0]},${said[0]},`));
  const [picture] = await Promise.all([page.waitForEvent("download"), page.locator("#digits-png").click()]);
  assert.equal(picture.suggestedFilename(), "kindling-digits.png");
  const at = await epoch(page);
  await switchLanguage(page, "zh");
  await page.locator("#digits-verdict").filter({ hasText: /学过的/ }).waitFor();
  assert.equal(await epoch(page), at);
  await context.close();
});
