// Emoji as pictures: drawn by the visitor's own font, so that no picture has to be fetched.

import { EMOJI_PIXELS, MAX_EMOJI } from "../base/constants.js";
import { fill, h } from "../base/dom.js";
import { t } from "../i18n/index.js";

const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u;
const FONT = '"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif';

/** @param {string} text */
export function emojiIn(text) {
  const pieces = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text.slice(0, 2000).toWellFormed())].map(({ segment }) => segment);
  return pieces.filter((piece) => EMOJI.test(piece)).slice(0, MAX_EMOJI);
}

/** @param {string} emoji */
function draw(emoji) {
  const canvas = h("canvas", null);
  canvas.width = canvas.height = EMOJI_PIXELS;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("no canvas");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, EMOJI_PIXELS, EMOJI_PIXELS);
  pen.fillStyle = "#000000";
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  pen.font = `${Math.round(EMOJI_PIXELS * 0.72)}px ${FONT}`;
  // Fonts set emoji at different heights, so what was measured is centred, not the line.
  const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = pen.measureText(emoji);
  pen.fillText(emoji, EMOJI_PIXELS / 2, EMOJI_PIXELS / 2 + (up - down) / 2);
  return { canvas, pixels: pen.getImageData(0, 0, EMOJI_PIXELS, EMOJI_PIXELS).data };
}

/** A box in place of a letter that no font here has. @param {string} emoji */
function missing(emoji) {
  const drawn = draw(emoji).pixels;
  const box = draw("\u{10FFFD}").pixels;
  return drawn.every((value, at) => value === box[at]) || drawn.every((value) => value === 255);
}

/** @param {string} emoji @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function pictureOf(emoji) {
  const { canvas } = draw(emoji);
  /** @type {Blob} */
  const blob = await new Promise((resolve, reject) => canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("no picture"))), "image/png"));
  return new Uint8Array(await blob.arrayBuffer());
}

/** @param {(sources: PictureSource[]) => void} add */
export function emojiPanel(add) {
  const field = h("input", { id: "emoji-text", dir: "auto", autocomplete: "off", maxlength: "2000" });
  const note = h("p", { class: "note", role: "status" });
  const element = h("div", { class: "panel", id: "emoji-panel", hidden: true });
  field.value = t().images.emoji.sample;
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) run();
  });

  function run() {
    const found = emojiIn(field.value);
    const usable = found.filter((emoji) => !missing(emoji));
    const words = t().images.emoji;
    note.textContent = !found.length ? words.none : usable.length < found.length ? words.missing(found.length - usable.length) : "";
    if (usable.length) add(usable.map((emoji) => ({ name: { en: emoji, zh: emoji }, bytes: 0, read: () => pictureOf(emoji) })));
  }

  function build() {
    const words = t().images.emoji;
    fill(element, h("p", { class: "field" }, h("label", { for: "emoji-text" }, words.label), field), h("button", { type: "button", class: "go", id: "emoji-draw", onclick: run }, words.add),
      h("p", { class: "note" }, words.note), note);
  }
  return { element, build, focus: () => field.focus() };
}
