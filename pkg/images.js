// Pictures as callers have them, and what follows from unit vectors on plain numbers.

import { fetchBytes } from "./fetch.js";

/** @typedef {import("./index.js").ImageSource} ImageSource */

/** Everything that goes wrong with a picture says which one it was. @param {any} error @param {number} index */
const at = (error, index) => ({
  kind: error?.kind ?? "image",
  message: String(error?.message ?? error),
  detail: { ...error?.detail, index },
});

/**
 * One picture after the other, so that no more than one is held decoded.
 * @param {readonly ImageSource[]} images
 * @param {(bytes: Uint8Array) => Promise<Float32Array>} embed
 */
export async function vectorsOf(images, embed) {
  /** @type {Float32Array[]} */
  const vectors = [];
  for (const [index, image] of images.entries()) {
    try {
      vectors.push(await embed(await bytesOf(image)));
    } catch (error) {
      throw at(error, index);
    }
  }
  return vectors;
}

/** A copy of its own, which may be transferred. @param {ImageSource} image @returns {Promise<Uint8Array>} */
export async function bytesOf(image) {
  if (image instanceof Blob) return new Uint8Array(await image.arrayBuffer());
  if (image instanceof ArrayBuffer) return new Uint8Array(image.slice(0));
  if (ArrayBuffer.isView(image)) return new Uint8Array(image.buffer, image.byteOffset, image.byteLength).slice();
  if (typeof image === "string" || image instanceof URL) return fetched(image);
  // The file behind the element, not its pixels: a canvas in between would change colours.
  if (typeof HTMLImageElement !== "undefined" && image instanceof HTMLImageElement) return fetched(image.currentSrc || image.src);
  throw { kind: "input", message: "not a Blob, ArrayBuffer, Uint8Array, address or <img>", detail: {} };
}

/** @param {string | URL} address */
const fetched = (address) => fetchBytes(new URL(address, globalThis.document?.baseURI ?? import.meta.url).href);

/** As the encoder does it: a template without `{}` stands before the label. @param {string} template @param {string} label */
export const fill = (template, label) => (template.includes("{}") ? template.replaceAll("{}", () => label) : template + label);

/** @param {readonly Float32Array[]} images @param {Float32Array} labels one unit vector after the other @returns {number[][]} */
export function cosines(images, labels) {
  return images.map((image) => Array.from({ length: labels.length / image.length }, (_, row) => {
    let sum = 0;
    for (let at = 0; at < image.length; at++) sum += image[at] * labels[row * image.length + at];
    return sum;
  }));
}

/** Softmax over the labels of one picture. @param {readonly number[]} row @param {number} temperature */
export function shares(row, temperature) {
  const most = Math.max(...row);
  const weights = row.map((cosine) => Math.exp((cosine - most) / temperature));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}
