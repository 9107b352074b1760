// Texts in PNG files, read and written without our own code: what the page writes is checked with it.

import { crc32 } from "node:zlib";

/** @param {Buffer} png @returns {[string, string][]} of its uncompressed iTXt chunks */
export function textsIn(png) {
  /** @type {[string, string][]} */
  const texts = [];
  for (let at = 8; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at);
    const data = png.subarray(at + 8, at + 8 + length);
    if (png.toString("latin1", at + 4, at + 8) === "iTXt") {
      const key = data.indexOf(0);
      const language = data.indexOf(0, key + 3), translated = data.indexOf(0, language + 1);
      texts.push([data.toString("latin1", 0, key), data.toString("utf8", translated + 1)]);
    }
    at += 12 + length;
  }
  return texts;
}

/** The same picture with other texts. @param {Buffer} png @param {[string, string][]} texts */
export function withTexts(png, texts) {
  const parts = [png.subarray(0, 8)];
  for (let at = 8; at + 12 <= png.length;) {
    const whole = png.subarray(at, at + 12 + png.readUInt32BE(at));
    if (whole.toString("latin1", 4, 8) !== "iTXt") parts.push(whole);
    if (whole.toString("latin1", 4, 8) === "IHDR") parts.push(...texts.map(([key, text]) => chunk("iTXt", Buffer.concat([Buffer.from(key, "latin1"), Buffer.alloc(5), Buffer.from(text, "utf8")]))));
    at += whole.length;
  }
  return Buffer.concat(parts);
}

/** One chunk of a PNG: its length, type, bytes and check. @param {string} type @param {Buffer} data */
export function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4), check = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
