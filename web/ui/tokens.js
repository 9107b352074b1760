// The token strip: piece over id, by token or by whole character.

import { h } from "../base/dom.js";
import { t } from "../i18n/index.js";

const SHOWN = 96;

/** @param {TokenView} view @param {"token" | "character"} by */
export function tokenStrip(view, by) {
  const graphemes = by === "token" ? [] : view.graphemes.filter((grapheme) => grapheme.text.trim() || grapheme.tokens.length);
  const all = by === "token" ? view.tokens.length : graphemes.length;
  const pieces = by === "token" ? view.tokens.slice(0, SHOWN).map(tokenBox) : graphemes.slice(0, SHOWN).map((grapheme) => graphemeBox(grapheme, view));
  const strip = h("p", { class: "tokens", dir: "auto" }, ...pieces);
  if (all > SHOWN) strip.append(h("span", { class: "rest" }, t().inside.more(all - SHOWN)));
  return strip;
}

/** @param {Token} token */
function tokenBox(token) {
  const name = token.unknown ? t().unknown : String(token.id);
  const kind = [token.special && "special", token.unknown && "unk"].filter(Boolean).join(" ");
  return h("span", { class: kind || null },
    h("b", null, token.word_start && !token.special ? h("u", { "aria-hidden": "true" }) : null, token.special ? token.piece : withoutSpace(token)),
    h("i", null, name));
}

/** The tick stands for the space in front. @param {Token} token */
const withoutSpace = ({ text, piece, word_start }) => (word_start && text.trimStart()) || text || piece;

/** A character may be several tokens, part of one, or none at all. @param {Grapheme} grapheme @param {TokenView} view */
function graphemeBox(grapheme, view) {
  const tokens = grapheme.tokens.map((at) => view.tokens[at]).filter(Boolean);
  const unknown = tokens.some((token) => token.unknown);
  const shared = tokens.length === 1 && (tokens[0].start < grapheme.start || tokens[0].end > grapheme.end);
  const kind = unknown ? "unk" : tokens.length ? (shared ? "part" : "") : "dropped";
  const ids = unknown ? t().unknown : tokens.map((token) => token.id).join(" ");
  return h("span", { class: kind || null }, h("b", null, grapheme.text), h("i", null, ids || "–"));
}

/** Which notes belong under a strip. @param {TokenView} view */
export function tokenNotes(view) {
  const words = t().inside;
  const dropped = view.graphemes.some((grapheme) => grapheme.text.trim() && !grapheme.tokens.length && grapheme.end <= lastEnd(view));
  return [words.tokenNote, view.tokens.some((token) => token.unknown) && words.unknownNote, dropped && words.droppedNote].filter((note) => typeof note === "string");
}

/** @param {TokenView} view */
const lastEnd = (view) => view.tokens.reduce((end, token) => Math.max(end, token.end), 0);
