// The embedding map lab: its plain sums in Node, its main job in Chromium on the CPU bundle with the bundled encoder.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fitView, nearestPoint, occupied, placeLabel, pointsInside, pointTowards, toScreen, ZOOMS, zoomAt } from "../../web/ui/scatter-view.js";
import { contentOfTable, looksLike } from "../../web/rooms/map-content.js";
import { meanCosine, median, nearest, nearestOnMap, pairsOf, standardised, sumOf, unitOf } from "../../web/rooms/map-numbers.js";
import { launch, violations } from "./lib/browser.mjs";
import { serveLab, switchLanguage } from "./lib/lab.mjs";
import { mapDone, neighbours, openMap, readTable, saved, setMethod, setTexts } from "./lib/map.mjs";
import { vectorsIn } from "./lib/workers.mjs";

/** A frame of 5,000 points may take so long at the middle, even on a busy machine without a GPU. */
const FRAME_MILLIS = 33;

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
const dot = (a, b) => Array.from(a).reduce((sum, value, at) => sum + value * b[at], 0);

describe("plain sums", () => {
  const size = { width: 400, height: 300 };
  const square = Float32Array.from([0, 0, 10, 0, 10, 10, 0, 10]);

  test("the fitted view holds every point, and one point or none is no fault", () => {
    for (const positions of [square, Float32Array.from([3, 3]), Float32Array.from([1, 5, 1, 9])]) {
      const view = fitView(positions, size);
      for (let at = 0; at < positions.length; at += 2) {
        const [x, y] = toScreen(view, size, positions[at], positions[at + 1]);
        assert.ok(x >= 0 && x <= 400 && y >= 0 && y <= 300, `${x} ${y}`);
      }
    }
    assert.deepEqual(fitView(new Float32Array(), size), { x: 0, y: 0, scale: 1 });
  });

  test("zooming leaves the place under the pointer where it is, and ends at the limits", () => {
    const view = fitView(square, size);
    const before = toScreen(view, size, 10, 10);
    const after = toScreen(zoomAt(view, size, before, 3, view.scale), size, 10, 10);
    assert.ok(Math.hypot(after[0] - before[0], after[1] - before[1]) < 1e-6);
    assert.equal(zoomAt(view, size, [0, 0], 1e9, view.scale).scale, view.scale * ZOOMS.most);
    assert.equal(zoomAt(view, size, [0, 0], 1e-9, view.scale).scale, view.scale * ZOOMS.least);
  });

  test("points are found by place, by outline and by arrow", () => {
    const screen = [10, 10, 100, 10, 100, 100, 10, 100];
    assert.equal(nearestPoint(screen, 97, 12, 16), 1);
    assert.equal(nearestPoint(screen, 50, 50, 16), -1);
    assert.deepEqual(pointsInside(screen, [[0, 0], [50, 0], [50, 200], [0, 200]]), [0, 3]);
    assert.deepEqual(pointsInside(screen, [[0, 0], [50, 0]]), []);
    assert.equal(pointTowards(screen, 0, 1, 0), 1);
    assert.equal(pointTowards(screen, 0, 0, 1), 3);
    assert.equal(pointTowards(screen, 1, 1, 0), 1, "nothing lies further right");
  });

  test("labels never lie on each other", () => {
    const taken = occupied();
    /** @type {import("../../web/ui/scatter-view.js").Box[]} */
    const placed = [];
    for (let at = 0; at < 200; at++) {
      const box = placeLabel(taken, size, [(at * 37) % 400, (at * 91) % 300], 60, 16, { away: 6 });
      if (!box) continue;
      for (const other of placed) assert.ok(box.left >= other.right || box.right <= other.left || box.top >= other.bottom || box.bottom <= other.top);
      assert.ok(box.left >= 0 && box.right <= 400 && box.top >= 0 && box.bottom <= 300);
      taken.take(box);
      placed.push(box);
    }
    assert.ok(placed.length > 20 && placed.length < 200, `${placed.length} found room`);
  });

  test("neighbours, pairs, sums and means are what they are called", () => {
    const vectors = [[1, 0], [0.8, 0.6], [0, 1], [-0.6, 0.8]].map((v) => Float32Array.from(v));
    const unit = (/** @type {number} */ at) => vectors[at];
    assert.deepEqual(nearest(vectors[0], 4, unit, { most: 2, without: (at) => at === 0 }).map(({ at }) => at), [1, 2]);
    assert.deepEqual(nearestOnMap(Float32Array.from([0, 0, 5, 0, 1, 0, 2, 0]), 0, 2), [2, 3]);
    const [first, second] = pairsOf([[0, 1], [3, 2]], unit);
    assert.ok(first.mutual && Math.abs(first.cosine - 0.8) < 1e-6);
    assert.ok(second.mutual && Math.abs(second.cosine - 0.8) < 1e-6);
    const [crossed] = pairsOf([[0, 2], [2, 1]], unit);
    assert.equal(crossed.mutual, false);
    assert.equal(crossed.forth, 1);
    assert.equal(sumOf([1, 0], [1, 0], [0, 0]), null, "what cancels out has no direction");
    assert.deepEqual([.../** @type {Float32Array} */ (sumOf([1, 0], [0, 1], [0, 1]))], [1, 0]);
    assert.ok(Math.abs(/** @type {number} */ (meanCosine([0, 1, 2], unit)) - (0.8 + 0 + 0.6) / 3) < 1e-6);
    assert.equal(meanCosine([0], unit), null);
    assert.equal(median([]), null);
    assert.equal(median([3, 1, 2, 10]), 2.5);
    assert.deepEqual([...unitOf([0, 0])], [0, 0]);
  });

  test("columns are brought to one scale; a constant one says nothing", () => {
    const vectors = standardised([[1, 1000, 0.1], [2, 2000, 0.1], [3, 3000, 0.1]]);
    for (const column of [0, 1]) {
      const values = [0, 1, 2].map((row) => vectors[3 * row + column]);
      assert.ok(Math.abs(values.reduce((a, b) => a + b)) < 1e-6 && Math.abs(dot(values, values) / 3 - 1) < 1e-6);
    }
    assert.deepEqual([vectors[2], vectors[5], vectors[8]], [0, 0, 0]);
  });

  test("a table is read as what it holds, and rows that cannot be used are counted", () => {
    const how = { readAs: /** @type {const} */ ("auto"), textColumn: null, groupColumn: null };
    const numbers = { columns: ["name", "a", "b"], rows: [["x", "1", "2"], ["y", "\u22123", "4"], ["z", "5", "6"], ...Array.from({ length: 20 }, () => ["w", "1", "1"]), ["bad", "?", "1"]], text_column: 0, label_column: null };
    assert.equal(looksLike(numbers), "numbers");
    const read = contentOfTable(numbers, how);
    assert.deepEqual([read.kind, read.points.length, read.skipped, read.points[1].numbers], ["numbers", 23, 1, [-3, 4]]);
    const texts = { columns: ["text", "label"], rows: [["good morning to you", "a"], ["good morning to you", "a"], ["", "b"], ["good night, sleep well", "b"]], text_column: 0, label_column: 1 };
    const content = contentOfTable(texts, how);
    assert.deepEqual([content.kind, content.points.length, content.skipped, content.groups], ["texts", 2, 2, ["a", "b"]]);
    assert.equal(contentOfTable(texts, { ...how, groupColumn: -1 }).groups.length, 0);
  });
});

describe("in the page", () => {
  /** @type {Awaited<ReturnType<typeof launch>>} */
  let browser;
  /** @type {Awaited<ReturnType<typeof serveLab>>} */
  let server;
  /** @type {Awaited<ReturnType<typeof openMap>>} */
  let lab;
  before(async () => {
    [browser, server] = await Promise.all([launch(), serveLab()]);
    lab = await openMap(browser, server);
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  test("opens with words of two languages on a map, with its losses, and no second model", async () => {
    const rows = await readTable(lab.page);
    assert.equal(rows.length, 80);
    assert.ok(rows.every(({ x, y, group }) => Number.isFinite(x) && Number.isFinite(y) && group));
    assert.match((await lab.page.locator("#map-kept").textContent()) ?? "", /^\d+%$/);
    assert.ok(!server.requests.some((path) => path.includes("models/clip")));
    assert.deepEqual(await violations(lab.page), []);
    assert.deepEqual(lab.complaints.errors, []);
  });

  test("neighbours are those of the full space, and a neighbour can be followed", async () => {
    const vectors = await vectorsIn(lab.page);
    const names = (await readTable(lab.page)).map(({ name }) => name);
    const wanted = names.filter((name) => name !== "dog").map((name) => ({ name, cosine: dot(vectors.dog, vectors[name]) })).sort((a, b) => b.cosine - a.cosine);
    const shown = await neighbours(lab.page);
    assert.deepEqual(shown.map(({ name }) => name), wanted.slice(0, shown.length).map(({ name }) => name));
    shown.forEach(({ cosine }, at) => assert.ok(Math.abs(cosine - wanted[at].cosine) < 6e-4));
    await lab.page.locator("#map-near li button").first().click();
    assert.equal(await lab.page.locator("#map-chosen bdi").textContent(), wanted[0].name);
    await lab.page.locator("#map-table tbody button").first().click();
  });

  test("the number of pairs that find each other is counted from the vectors", async () => {
    const vectors = await vectorsIn(lab.page);
    const names = (await readTable(lab.page)).map(({ name }) => name);
    const pairs = Array.from({ length: 40 }, (_, at) => [names[2 * at], names[2 * at + 1]]);
    const best = (/** @type {string} */ of, /** @type {number} */ side) => pairs.map((pair) => pair[side]).sort((a, b) => dot(vectors[of], vectors[b]) - dot(vectors[of], vectors[a]))[0];
    const mutual = pairs.filter(([en, zh]) => best(en, 1) === zh && best(zh, 0) === en).length;
    assert.equal(await lab.page.locator("#map-mutual .big").textContent(), `${mutual} of 40`);
    assert.equal(await lab.page.locator("#map-tiles [data-mutual=false]").count(), 40 - mutual);
    assert.ok(mutual >= 32, `${mutual} of 40: the bundled encoder knows both languages`);
  });

  test("king − man + woman lies near the queen, inputs and partners left out", async () => {
    const hits = await lab.page.locator("#map-sum li button").allTextContents();
    assert.ok(hits.slice(0, 2).some((name) => name === "queen" || name === "女王"), hits.join());
    assert.ok(!hits.some((name) => ["king", "man", "woman", "国王", "男人", "女人"].includes(name)));
    await lab.page.locator("#map-a").fill("");
    await lab.page.locator("#map-sum-says", { hasText: "Write three words" }).waitFor();
    await lab.page.locator("#map-undo").click();
  });

  test("t-SNE keeps more neighbours than PCA's shadow, and is the same again by its seed", { timeout: 120_000 }, async () => {
    const { page } = lab;
    const kept = async () => Number(((await page.locator("#map-kept").textContent()) ?? "").replace("%", ""));
    const flat = await kept();
    await setMethod(page, "tsne");
    assert.ok((await kept()) > flat, `${await kept()} against ${flat}`);
    assert.match((await page.locator(".map-warning").textContent()) ?? "", /gap between two mean little/);
    const first = (await readTable(page)).map(({ x, y }) => [x, y]);
    await page.locator("#map-rerun").click();
    await page.waitForTimeout(150);
    await mapDone(page);
    assert.deepEqual((await readTable(page)).map(({ x, y }) => [x, y]), first);
    await setMethod(page, "pca");
  });

  test("a run can be stopped, and says where it stood", { timeout: 120_000 }, async () => {
    const { page } = lab;
    await page.locator("#map-method [data-value=umap]").click();
    await page.locator("#map-steps").fill("2000");
    await page.locator(".map-state progress").waitFor();
    await page.waitForTimeout(500);
    await page.keyboard.press("Escape");
    await page.locator(".map-state progress").waitFor({ state: "detached", timeout: 5_000 });
    await setMethod(page, "pca");
  });

  test("what the data cannot give is clamped and said", async () => {
    const { page } = lab;
    await setTexts(page, "one\ntwo\nthree\nfour\nfive\nsix", 6);
    await setMethod(page, "tsne");
    assert.match((await page.locator("#map-used").textContent()) ?? "", /Perplexity.*was used instead of 15; 6 points/);
    assert.match((await page.locator(".map-warning").textContent()) ?? "", /everyone’s neighbour/);
    await setTexts(page, "alone\ntogether", 2);
    assert.equal(await page.locator("#map-kept").textContent(), "–", "a dash where there is no number");
    assert.match((await page.locator(".map-readings").first().textContent()) ?? "", /three points or more/);
    assert.match((await page.locator("#fig-clusters").textContent()) ?? "", /undefined/);
    await setMethod(page, "pca");
  });

  test("search rings matches, a lasso selects, the table does the same without a pointer", async () => {
    const { page } = lab;
    await page.locator("[data-example=words]").click();
    await mapDone(page);
    await page.locator("#map-search").fill("狗");
    await page.locator(".map-find .note", { hasText: "1 match" }).waitFor();
    await page.locator("#map-search").fill("");
    await page.locator("#map-tool [data-value=box]").click();
    const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator("#map-plot").boundingBox());
    await page.mouse.move(box.x + 3, box.y + 3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 3, box.y + box.height - 3, { steps: 4 });
    await page.mouse.up();
    assert.match((await page.locator("#map-picked strong").textContent()) ?? "", /^80 of 80/);
    await page.locator("#map-picked button").click();
    await page.locator("#map-tool [data-value=move]").click();
    await readTable(page);
    await page.locator("#map-table tbody input").nth(4).check();
    await page.locator("#map-picked strong", { hasText: "1 of 80" }).waitFor();
    assert.match((await page.locator("#map-picked .note").textContent()) ?? "", /undefined/);
    await page.locator("#map-picked button").click();
  });

  test("keys go from point to point, zoom, and say what is chosen", async () => {
    const { page } = lab;
    await page.locator("#map-plot").focus();
    const before = await page.locator("#map-chosen bdi").textContent();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((name) => document.querySelector("#map-chosen bdi")?.textContent !== name, before);
    assert.match((await page.locator("#map-announce").textContent()) ?? "", /Nearest: .+, cosine 0\.\d\d/);
    await page.keyboard.press("+");
    assert.equal(await page.locator("#map-plot[data-zoomed]").count(), 1);
    await page.keyboard.press("0");
    assert.equal(await page.locator("#map-plot[data-zoomed]").count(), 0);
  });

  test("files hold what the map shows, and formulas stay text", async () => {
    const { page } = lab;
    await setTexts(page, "text,label\n\"=1+1 is a sum\",a\nthe weather is fine today,b\nit rains all day long,b\nI like noodles,c\n", 4);
    const csv = (await saved(page, "#map-csv")).bytes.toString("utf8").replace("\uFEFF", "");
    const [head, first] = csv.trim().split(/\r?\n/);
    assert.equal(head, "name,group,x,y,cluster,kept,selected");
    assert.match(first, /^"?'=1\+1 is a sum/);
    assert.equal(csv.trim().split(/\r?\n/).length, 5);
    const wide = (await saved(page, "#map-csv-vectors")).bytes.toString("utf8").split(/\r?\n/);
    assert.ok(wide[1].split(",").length > 300);
    const json = JSON.parse((await saved(page, "#map-json")).bytes.toString("utf8"));
    assert.deepEqual([json.lab, json.points.length, json.points[0].vector.length], ["map", 4, 384]);
    const png = (await saved(page, "#map-png")).bytes;
    assert.deepEqual([...png.subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join(""), "PNG");
  });

  test("a link carries method, numbers and texts; a hostile one is clamped and starts nothing", { timeout: 120_000 }, async () => {
    const { page } = lab;
    await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.locator("#map-link").click();
    const link = await page.locator("#map-acts .link").inputValue();
    assert.match(link, /#lab=map&v=1&src=text&texts=.*noodles/);
    const other = await openMap(browser, server, { query: "", hash: new URL(link).hash, wait: false });
    await other.page.locator("#lab-map [data-place=notices]", { hasText: "Opened from a link" }).waitFor();
    assert.equal(await other.page.locator("#map-text").inputValue(), await page.locator("#map-text").inputValue());
    await other.context.close();
    const hostile = await openMap(browser, server, { query: "", hash: `#lab=map&v=1&src=__proto__&m=evil&perp=1e99&steps=-5&k=NaN&texts=${"x".repeat(9000)}&q=<img onerror=alert(1)>`, wait: false });
    await hostile.page.locator("#lab-map [data-place=notices]", { hasText: "cut" }).waitFor();
    assert.equal(await hostile.page.locator("#map-search").inputValue(), "<img onerror=alert(1)>");
    assert.equal(await hostile.page.locator("#map-method [aria-pressed=true]").getAttribute("data-value"), "pca");
    await hostile.context.close();
  });

  test("a link to pictures fetches the second model only when asked to", { timeout: 120_000 }, async () => {
    const before = server.requests.length;
    const clip = () => server.requests.slice(before).filter((path) => path.includes("models/clip")).length;
    const other = await openMap(browser, server, { hash: "#lab=map&v=1&src=captions", wait: false });
    await other.page.locator("#lab-map .ask button").click();
    await other.page.locator("#map-fetch-clip").waitFor({ timeout: 60_000 });
    assert.equal(clip(), 0);
    await other.page.locator("#map-fetch-clip").click();
    await mapDone(other.page);
    assert.ok(clip() > 0);
    assert.equal((await readTable(other.page)).length, 24);
    assert.match((await other.page.locator("#map-mutual .big").textContent()) ?? "", /^\d+ of 12$/);
    await other.context.close();
  });

  test("the other language: words, examples and the sum follow", async () => {
    const { page } = lab;
    await page.locator("#map-reset").click();
    await mapDone(page);
    await switchLanguage(page, "zh");
    await page.locator("#map-mutual .big", { hasText: "/ 40" }).waitFor();
    assert.equal(await page.locator("#map-a").inputValue(), "国王");
    assert.match((await page.locator("#fig-map figcaption").textContent()) ?? "", /^图 5\.1/);
    await switchLanguage(page, "en");
    await mapDone(page);
    assert.deepEqual(lab.complaints.errors, []);
    assert.deepEqual(lab.complaints.strangers, []);
  });

  test("5,000 points stay fluid while the map is moved", { timeout: 60_000 }, async () => {
    const { context } = lab;
    const page = await context.newPage();
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${server.url}?device=cpu#sentiment`);
    const millis = await page.evaluate(async () => {
      const { createScatter } = await import(new URL("web/ui/scatter.js", document.baseURI).href);
      const plot = createScatter({ onChoose: () => {}, onSelect: () => {} });
      document.getElementById("main")?.replaceChildren(plot.element);
      const count = 5000;
      let seed = 7;
      const random = () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
      plot.set({ positions: Float32Array.from({ length: 2 * count }, random), names: Array.from({ length: count }, (_, at) => `point ${at}`), groups: Array.from({ length: count }, (_, at) => at % 6), groupNames: ["a", "b", "c", "d", "e", "f"], tints: null, links: [], faces: null }, true);
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      for (let at = 0; at < 3; at++) await frame();
      const box = plot.element.getBoundingClientRect();
      const fire = (/** @type {string} */ kind, /** @type {number} */ x) => plot.element.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerId: 1, clientX: box.left + x, clientY: box.top + 100 }));
      plot.element.setPointerCapture = () => {};
      fire("pointerdown", 100);
      const gaps = [];
      let before = performance.now();
      for (let at = 0; at < 90; at++) {
        fire("pointermove", 100 + at * 2);
        await frame();
        const now = performance.now();
        gaps.push(now - before);
        before = now;
      }
      fire("pointerup", 280);
      const middle = (/** @type {number[]} */ values, share = 0.5) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
      const took = plot.frames().slice(-90);
      return { frames: took.length, median: middle(took), p95: middle(took, 0.95), gap: middle(gaps) };
    });
    console.log(`5,000 points: drawing ${millis.median.toFixed(1)} ms (95 % under ${millis.p95.toFixed(1)}), a frame every ${millis.gap.toFixed(1)} ms`);
    assert.ok(millis.frames >= 80, `${millis.frames} frames were drawn`);
    assert.ok(millis.median < FRAME_MILLIS, `${millis.median} ms`);
    await page.close();
  });
});
