// Two tabs opened at once on a first visit: the browser's own cache lets the second read along
// while the first downloads, and carries on where the first is closed. So there is no lock of ours.
// A private window may keep no file of this size and then fetches it for each tab.

import assert from "node:assert/strict";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { dist, launchProfile } from "./lib/browser.mjs";
import { firstScore, serveLab } from "./lib/lab.mjs";

const WEIGHTS = "models/encoder/model.safetensors";

for (const closing of [false, true]) {
  test(`two tabs fetch the model once${closing ? ", even if the first is closed meanwhile" : ""}`, async () => {
    const profile = mkdtempSync(join(tmpdir(), "kindling-profile-"));
    const [server, context] = await Promise.all([serveLab(), launchProfile(profile)]);
    try {
      const weights = slowly(server);
      const [first, second] = [await context.newPage(), await context.newPage()];
      await first.goto(server.url);
      await weights.asked(1);
      await second.goto(server.url);
      await weights.asked(2);
      if (closing) await first.close();
      weights.release();
      if (!closing) await firstScore(first);
      await firstScore(second);
      assert.equal(weights.sent(), 1);
    } finally {
      await context.close();
      await server.stop();
      rmSync(profile, { recursive: true, force: true });
    }
  });
}

/** Lets the weights trickle until they are released, and counts how often they are sent. @param {Awaited<ReturnType<typeof serveLab>>} server */
function slowly(server) {
  const bytes = readFileSync(join(dist, WEIGHTS));
  const headers = { "Content-Type": "application/octet-stream", "Cache-Control": "no-cache", ETag: `"${bytes.length}"` };
  let asked = 0, sent = 0, released = false;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
  server.fault(WEIGHTS, async (request, response) => {
    asked += 1;
    if (request.headers["if-none-match"] === headers.ETag) return void response.writeHead(304, headers).end();
    sent += 1;
    response.writeHead(200, { ...headers, "Content-Length": bytes.length });
    let from = 0;
    for (; !released && !response.destroyed; await pause()) response.write(bytes.subarray(from, (from += 1024)));
    response.end(bytes.subarray(from));
  });
  return {
    sent: () => sent,
    release: () => void (released = true),
    async asked(/** @type {number} */ times) {
      for (let turn = 0; asked < times; turn++, await pause()) assert.ok(turn < 600, `${asked} requests for the weights instead of ${times}`);
    },
  };
}
