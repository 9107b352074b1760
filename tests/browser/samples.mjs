// web/samples: renders the drawings of web/samples/source to the WebP pictures that the page ships.
// Run by hand after changing a drawing: node tests/browser/samples.mjs [set/name …]

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { launch, root } from "./lib/browser.mjs";

const folder = join(root, "web/samples");
const source = join(folder, "source");
const QUALITY = 0.88;
const MOST_BYTES = 15_000;

const wanted = process.argv.slice(2);
const drawings = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".svg"))
  .map((file) => file.slice(0, -4).replaceAll("\\", "/"))
  .filter((name) => !wanted.length || wanted.includes(name))
  .sort();

let sum = 0;
const browser = await launch();
try {
  const page = await (await browser.newContext()).newPage();
  for (const name of drawings) {
    const drawing = /** @type {[string, number]} */ ([readFileSync(join(source, `${name}.svg`), "utf8"), QUALITY]);
    const bytes = Buffer.from(await page.evaluate(render, drawing), "base64");
    const path = join(folder, `${name}.webp`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    sum += bytes.length;
    console.log(`${name}.webp ${bytes.length} bytes${bytes.length > MOST_BYTES ? ": too large" : ""}`);
  }
} finally {
  await browser.close();
}
console.log(`${drawings.length} pictures, ${sum} bytes`);

/** Runs in the page. At the size that the drawing states. @param {[string, number]} drawing */
async function render([svg, quality]) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(image, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}
