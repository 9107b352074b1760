// Pictures for the tests: made here, from the fixtures, from our own samples, and photos and emoji
// where the folder that is shared between checkouts is at hand.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, inflateRawSync } from "node:zlib";
import { fixtures, root } from "./browser.mjs";
import { chunk } from "./png-text.mjs";

/** @typedef {{name: string, bytes: Buffer}} FileToDrop */

/** A PNG of two colours, parted at a slant. @param {number} width @param {number} height @param {number} hue */
export function png(width, height, hue) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      const side = x * height > y * width ? 1 : 0;
      rows[at] = (hue * 47 + side * 120) % 256;
      rows[at + 1] = (hue * 91 + side * 60) % 256;
      rows[at + 2] = (hue * 13 + 200 - side * 150) % 256;
    }
  }
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

/** @param {string} name in tests/fixtures/pictures @returns {FileToDrop} */
export const fixture = (name) => ({ name, bytes: readFileSync(join(fixtures, "pictures", name)) });

/** @param {string} set */
export function samples(set) {
  const folder = join(root, "web/samples", set);
  return readdirSync(folder).sort().map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

const shared = [join(root, "shared/data"), join(root, "../shared/data")].find((folder) => existsSync(folder));

/** Photos from the shared archive, or none. @param {string[]} wanted folders in the archive @returns {FileToDrop[]} */
export function photos(wanted) {
  const path = shared && join(shared, "images/caltech101_96px.zip");
  if (!path || !existsSync(path)) return [];
  const zip = readFileSync(path);
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  /** @type {FileToDrop[]} */
  const found = [];
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size, nameLength, extra, comment, start] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)];
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extra + comment;
    const folder = wanted.find((one) => name.startsWith(`${one}/`) && name.endsWith("_0001.jpg"));
    if (!folder) continue;
    const from = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28);
    const packed = zip.subarray(from, from + size);
    found.push({ name: `${folder.toLowerCase()}.jpg`, bytes: method ? inflateRawSync(packed) : packed });
  }
  return found;
}

/** Emoji from the shared sheet, cut by the browser, or none. @param {import("playwright-core").Page} page @param {string[]} wanted English names @returns {Promise<FileToDrop[]>} */
export async function emoji(page, wanted) {
  const sheet = shared && join(shared, "emoji/noto_64.webp");
  if (!sheet || !existsSync(sheet)) return [];
  /** @type {{style: string, en: string, sheet: [number, number]}[]} */
  const list = JSON.parse(readFileSync(join(/** @type {string} */ (shared), "emoji/emoji_meta.json"), "utf8"));
  const places = wanted.map((name) => list.find((one) => one.style === "noto" && one.en === name)).filter((one) => one !== undefined);
  const cut = await page.evaluate(async ([data, where]) => {
    const blob = new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], { type: "image/webp" });
    const whole = await createImageBitmap(blob);
    return Promise.all(where.map(async ([row, column]) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 64;
      canvas.getContext("2d")?.drawImage(whole, column * 64, row * 64, 64, 64, 0, 0, 64, 64);
      return canvas.toDataURL("image/png").split(",")[1];
    }));
  }, /** @type {const} */ ([readFileSync(sheet).toString("base64"), places.map((one) => one.sheet)]));
  return cut.map((data, at) => ({ name: `${places[at].en}.png`, bytes: Buffer.from(data, "base64") }));
}
