// A figure as a PNG: what the browser has laid out is painted again on a canvas, text as text.
// Our figures are flat (colours, lines, letters, canvases), so this needs no library.

import { h } from "../base/dom.js";
import { t } from "../i18n/index.js";
import { saveBlob } from "./save.js";
import { toast } from "./toast.js";

const MARGIN = 24;
const LINE = 24;
/** Browsers refuse larger canvases; a large matrix is saved at a lower density instead. */
const MOST_PIXELS = 32_000_000;
const MOST_SIDE = 16_000;

/**
 * @param {HTMLElement} element what to paint, as it lies on the page, its scrolled-off parts included
 * @param {{name: string, title?: string, foot?: string}} options
 */
export async function saveFigure(element, { name, title = "", foot = "" }) {
  const blob = await figurePng(element, title, foot);
  if (!blob) return;
  saveBlob(name, blob);
  toast(t().acts.saved(name));
}

/** A button that saves a part of a figure. @param {string} id @param {() => {element: HTMLElement | null, title: string}} what @param {string} name */
export const pngButton = (id, what, name) => h("button", {
  type: "button", class: "plain", id,
  onclick: () => {
    const { element, title } = what();
    if (element) void saveFigure(element, { name, title, foot: "Kindling" });
  },
}, t().acts.png);

/** @param {HTMLElement} element @param {string} title @param {string} foot @returns {Promise<Blob | null>} */
async function figurePng(element, title, foot) {
  // Sticky headings lie where they are scrolled to, so nothing is scrolled while painting.
  const scrolled = [];
  for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
    if (up.scrollTop || up.scrollLeft) scrolled.push({ up, top: up.scrollTop, left: up.scrollLeft });
    up.scrollTop = up.scrollLeft = 0;
  }
  const frame = element.getBoundingClientRect();
  const top = MARGIN + (title ? LINE : 0);
  const width = Math.max(frame.width, 320) + 2 * MARGIN;
  const height = frame.height + top + MARGIN + (foot ? LINE : 0);
  const dense = Math.min(2, Math.sqrt(MOST_PIXELS / (width * height)), MOST_SIDE / Math.max(width, height));
  const canvas = h("canvas", null);
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  const page = getComputedStyle(document.body);
  pen.scale(dense, dense);
  pen.fillStyle = page.backgroundColor;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = page.color;
  pen.font = `600 15px ${page.fontFamily}`;
  pen.textBaseline = "alphabetic";
  pen.fillText(title, MARGIN, MARGIN + 6, width - 2 * MARGIN);
  pen.font = `400 13px ${page.fontFamily}`;
  if (foot) pen.fillText(foot, MARGIN, height - MARGIN + 6, width - 2 * MARGIN);
  pen.translate(MARGIN - frame.left, top - frame.top);
  paint(pen, element);
  for (const { up, top: y, left } of scrolled) up.scrollTo(left, y);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** @param {CanvasRenderingContext2D} pen @param {Element} element */
function paint(pen, element) {
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility === "hidden" || element.classList.contains("hidden") || element.hasAttribute("data-not-saved")) return;
  const box = element.getBoundingClientRect();
  ground(pen, style, box);
  pseudo(pen, element, box, "::before");
  pseudo(pen, element, box, "::after");
  if (element instanceof HTMLCanvasElement) {
    pen.imageSmoothingEnabled = style.imageRendering !== "pixelated";
    if (element.width && box.width) pen.drawImage(element, box.left, box.top, box.width, box.height);
    return;
  }
  if (element instanceof SVGGeometryElement) return trace(pen, element, style);
  for (const child of element.childNodes) {
    if (child instanceof Element) paint(pen, child);
    else if (child.nodeType === Node.TEXT_NODE) letters(pen, /** @type {Text} */ (child), style);
  }
  outline(pen, style, box);
}

/** @param {CanvasRenderingContext2D} pen @param {CSSStyleDeclaration} style @param {{left: number, top: number, width: number, height: number}} box */
function ground(pen, style, box) {
  if (!/, 0\)$|transparent/.test(style.backgroundColor)) {
    pen.fillStyle = style.backgroundColor;
    if (parseFloat(style.borderTopLeftRadius) >= box.width / 2 && box.width) {
      pen.beginPath();
      pen.ellipse(box.left + box.width / 2, box.top + box.height / 2, box.width / 2, box.height / 2, 0, 0, 7);
      pen.fill();
    } else pen.fillRect(box.left, box.top, box.width, box.height);
  }
  const sides = /** @type {const} */ ([
    ["Top", box.left, box.top, box.width, 0], ["Bottom", box.left, box.top + box.height, box.width, 0],
    ["Left", box.left, box.top, 0, box.height], ["Right", box.left + box.width, box.top, 0, box.height],
  ]);
  for (const [side, x, y, w, t] of sides) {
    const thick = parseFloat(/** @type {any} */ (style)[`border${side}Width`]);
    if (!thick || /** @type {any} */ (style)[`border${side}Style`] === "none") continue;
    pen.fillStyle = /** @type {any} */ (style)[`border${side}Color`];
    pen.fillRect(x - (side === "Right" ? thick : 0), y - (side === "Bottom" ? thick : 0), w || thick, t || thick);
  }
}

/** Zero lines and end ticks are boxes beside the text, placed by the style sheet. @param {CanvasRenderingContext2D} pen @param {Element} element @param {DOMRect} box @param {string} which */
function pseudo(pen, element, box, which) {
  const style = getComputedStyle(element, which);
  if (style.content === "none" || style.content === "normal" || style.position !== "absolute") return;
  const [left, top, width, height] = [style.left, style.top, style.width, style.height].map(parseFloat);
  if ([left, top, width, height].some(Number.isNaN)) return;
  const edge = (/** @type {string} */ side) => (style.boxSizing === "border-box" ? 0 : parseFloat(/** @type {any} */ (style)[`border${side}Width`]));
  ground(pen, style, { left: box.left + left, top: box.top + top, width: width + edge("Left") + edge("Right"), height: height + edge("Top") + edge("Bottom") });
}

/** @param {CanvasRenderingContext2D} pen @param {CSSStyleDeclaration} style @param {DOMRect} box */
function outline(pen, style, box) {
  const thick = parseFloat(style.outlineWidth);
  if (!thick || style.outlineStyle !== "solid") return;
  const inset = thick / 2 - (parseFloat(style.outlineOffset) + thick);
  pen.strokeStyle = style.outlineColor;
  pen.lineWidth = thick;
  pen.strokeRect(box.left + inset, box.top + inset, box.width - 2 * inset, box.height - 2 * inset);
}

/** A line of a drawing, where it lies on the page. @param {CanvasRenderingContext2D} pen @param {SVGGeometryElement} element @param {CSSStyleDeclaration} style */
function trace(pen, element, style) {
  const place = element.getScreenCTM();
  const number = (/** @type {string} */ name) => Number(element.getAttribute(name) ?? 0);
  const path = new Path2D(element.getAttribute("d") ?? "");
  if (element instanceof SVGCircleElement) path.arc(number("cx"), number("cy"), number("r"), 0, 7);
  if (!place) return;
  pen.save();
  /** @type {Path2D} */
  let drawn = path;
  if (style.vectorEffect === "non-scaling-stroke") (drawn = new Path2D()).addPath(path, place); // as wide wherever the drawing is stretched
  else pen.transform(place.a, place.b, place.c, place.d, place.e, place.f);
  pen.lineCap = /** @type {CanvasLineCap} */ (style.strokeLinecap);
  if (style.fill !== "none") {
    pen.globalAlpha = Number(style.opacity) * Number(style.fillOpacity);
    pen.fillStyle = style.fill;
    pen.fill(drawn);
  }
  if (style.stroke !== "none") {
    pen.globalAlpha = Number(style.opacity) * Number(style.strokeOpacity);
    pen.strokeStyle = style.stroke;
    pen.lineWidth = parseFloat(style.strokeWidth);
    pen.stroke(drawn);
  }
  pen.restore();
}

/** Letters that lie on their side, read from the top down. @param {CanvasRenderingContext2D} pen @param {Text} node */
function turned(pen, node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  const { left, top, width } = range.getBoundingClientRect();
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = pen.measureText("x");
  pen.save();
  pen.translate(left + (width - up + down) / 2, top);
  pen.rotate(Math.PI / 2);
  pen.fillText(node.data, 0, 0);
  pen.restore();
}

/** Line by line, as the browser broke it. @param {CanvasRenderingContext2D} pen @param {Text} node @param {CSSStyleDeclaration} style */
function letters(pen, node, style) {
  const text = node.data;
  if (!text.trim()) return;
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  pen.fillStyle = style.color;
  pen.textBaseline = "alphabetic";
  // Chinese stands upright in a column, letter under letter, as it is painted below.
  if (style.writingMode.startsWith("vertical") && !/\p{Script=Han}/u.test(text)) return turned(pen, node);
  const range = document.createRange();
  /** @type {{top: number, left: number, height: number, from: number, to: number} | null} */
  let line = null;
  const flush = () => {
    if (!line) return;
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = pen.measureText("x");
    pen.fillText(text.slice(line.from, line.to).replace(/\s+/g, " "), line.left, line.top + (line.height + up - down) / 2);
  };
  for (let at = 0; at < text.length; at++) {
    // A surrogate pair is one letter.
    const from = at;
    const to = /[\uD800-\uDBFF]/.test(text[at]) ? at + 2 : at + 1;
    range.setStart(node, from);
    range.setEnd(node, Math.min(to, text.length));
    const rect = range.getClientRects()[0];
    at = to - 1;
    if (!rect || !rect.width) continue;
    if (line && Math.abs(rect.top - line.top) < rect.height / 2) line.to = to;
    else {
      flush();
      line = { top: rect.top, left: rect.left, height: rect.height, from, to };
    }
  }
  flush();
}
