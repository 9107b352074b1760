// The share link: #lab=sentiment&v=1&text=…  Each lab reads its own known names, every value is
// clamped, and reading a link never starts a download.

import { isShareLink } from "./base/address.js";
import { clip } from "./base/dom.js";
import { LINK_CHARS } from "./base/constants.js";

const VERSION = "1";
const KEY_CHARS = 300;
/** Labs whose model may be the visitor's own. A link names one of a hub, at its commit; a folder's name would say nothing elsewhere. */
const WITH_MODEL = ["sentiment", "images", "generate", "map"];
const ON_A_HUB = /^(?!\.)[\w.-]{1,96}\/(?!\.)[\w.-]{1,96}@[0-9a-f]{7,64}(#[\w.-]{1,20})?$/;
/** Whether a key may travel in a link. @param {unknown} key */
export const travels = (key) => typeof key === "string" && ON_A_HUB.test(key);
/** The model of an earlier visit's draft. @param {string} lab @param {Record<string, unknown>} draft */
export const draftModel = (lab, { model }) => (WITH_MODEL.includes(lab) && typeof model === "string" ? { model: clip(model, KEY_CHARS) } : {});

/** @typedef {{lab: string, state: Record<string, any>, lang: Lang | null, notices: ShareNotice[]}} Shared */

/**
 * @template State
 * @param {string} lab
 * @param {ShareCodec<State>} codec
 * @param {State} state
 * @param {Lang} lang
 * @returns {{hash: string, cut: boolean, leftOut: ShareNotice[]}}
 */
export function writeHash(lab, codec, state, lang) {
  const params = new URLSearchParams({ lab, v: VERSION });
  let cut = false;
  /** @type {Set<ShareNotice>} */
  const leftOut = new Set();
  codec.write(state, (name, value, limit) => {
    cut ||= value.length > limit;
    params.set(name, clip(value, limit));
  }, (what) => void leftOut.add(what));
  const { model } = /** @type {Partial<OwnChoice>} */ (state);
  if (model && travels(model)) params.set("model", model);
  else if (model) leftOut.add("noModel");
  params.set("lang", lang);
  return { hash: `#${params}`, cut, leftOut: [...leftOut] };
}

/**
 * @param {string} hash
 * @param {Record<string, ShareCodec<any>>} codecs by lab
 * @returns {Shared | null} null where the hash is no share link at all
 */
export function readHash(hash, codecs) {
  if (!isShareLink(hash)) return null;
  /** @type {Set<ShareNotice>} */
  const notices = new Set();
  if (hash.length > LINK_CHARS) notices.add("clamped");
  const params = new URLSearchParams(hash.slice(1, LINK_CHARS));
  const asked = params.get("lang");
  const lab = params.get("lab") ?? "sentiment";
  const lang = asked === "en" || asked === "zh" ? asked : null;
  /** @type {Record<string, any>} */
  let state = {};
  if (!Object.hasOwn(codecs, lab)) notices.add("lab");
  else if (params.get("v") !== VERSION) notices.add("version");
  else {
    const model = params.get("model") ?? "";
    if (model && WITH_MODEL.includes(lab) && !travels(model)) notices.add("clamped");
    state = { ...codecs[lab].read(taker(params, notices), params, (notice) => void notices.add(notice)), ...(WITH_MODEL.includes(lab) ? { model: travels(model) ? model : "" } : {}) };
  }
  return { lab: Object.hasOwn(codecs, lab) ? lab : "sentiment", state, lang, notices: [...notices] };
}

/** @param {URLSearchParams} params @param {Set<ShareNotice>} notices @returns {TakeParameter} */
const taker = (params, notices) => (name, limit) => {
  const raw = params.get(name);
  if (raw === null) return null;
  const value = clean(raw);
  if (value.length > limit) notices.add("clamped");
  return clip(value, limit);
};

/**
 * @param {string | null} raw one label a line
 * @param {{most: number, chars: number, note: (notice: ShareNotice) => void}} limits
 */
export function readLabels(raw, { most, chars, note }) {
  if (raw === null) return [];
  const labels = raw.split("\n").map((label) => clean(label).trim()).filter(Boolean);
  if (labels.length > most || labels.some((label) => label.length > chars)) note("clamped");
  return labels.slice(0, most).map((label) => clip(label, chars));
}

/** @param {string} text */
export const oneLine = (text) => text.replace(/\s*\n\s*/g, " ");
/** Lone surrogates cannot travel in a link. @param {string} text */
const clean = (text) => text.toWellFormed();
