// The share link: #lab=sentiment&v=1&text=…  Only known names are read, every value is clamped,
// and reading a link never starts a download.

import { clip } from "./base/dom.js";
import { LINK_CHARS, LINK_LABEL_CHARS, LINK_TEXT_CHARS, MAX_LABELS } from "./base/constants.js";

const VERSION = "1";

/** @typedef {"clamped" | "version" | "lab"} ShareNotice */
/** @typedef {{state: Partial<LabState>, lang: Lang | null, notices: ShareNotice[]}} Shared */

/**
 * @param {LabState} state
 * @param {Lang} lang
 * @returns {{hash: string, cut: boolean}}
 */
export function writeHash(state, lang) {
  const params = new URLSearchParams({ lab: "sentiment", v: VERSION });
  let cut = false;
  const put = (/** @type {string} */ name, /** @type {string} */ value, /** @type {number} */ limit) => {
    cut ||= value.length > limit;
    params.set(name, clip(value, limit));
  };
  put("text", state.text, LINK_TEXT_CHARS);
  put("pos", state.pos, LINK_LABEL_CHARS);
  put("neg", state.neg, LINK_LABEL_CHARS);
  put("template", state.template, LINK_LABEL_CHARS);
  params.set("labels", state.labels.slice(0, MAX_LABELS).map((label) => clip(oneLine(label), LINK_LABEL_CHARS)).join("\n"));
  params.set("mode", state.mode);
  put("pair_en", state.pairEn, LINK_TEXT_CHARS);
  put("pair_zh", state.pairZh, LINK_TEXT_CHARS);
  params.set("lang", lang);
  return { hash: `#${params}`, cut };
}

/**
 * @param {string} hash
 * @returns {Shared | null} null where the hash is no share link at all
 */
export function readHash(hash) {
  if (!hash.startsWith("#lab=") && !/[#&](lab|v|text)=/.test(hash.slice(0, 200))) return null;
  /** @type {Set<ShareNotice>} */
  const notices = new Set();
  if (hash.length > LINK_CHARS) notices.add("clamped");
  const params = new URLSearchParams(hash.slice(1, LINK_CHARS));
  const lang = params.get("lang");
  /** @type {Shared} */
  const shared = { state: {}, lang: lang === "en" || lang === "zh" ? lang : null, notices: [] };
  if ((params.get("lab") ?? "sentiment") !== "sentiment") notices.add("lab");
  else if (params.get("v") !== VERSION) notices.add("version");
  else shared.state = readState(params, notices);
  shared.notices = [...notices];
  return shared;
}

/** @param {URLSearchParams} params @param {Set<ShareNotice>} notices */
function readState(params, notices) {
  /** @type {Partial<LabState>} */
  const state = {};
  const take = (/** @type {string} */ name, /** @type {number} */ limit) => {
    const raw = params.get(name);
    if (raw === null) return null;
    const value = clean(raw);
    if (value.length > limit) notices.add("clamped");
    return clip(value, limit);
  };
  /** @type {[keyof LabState & ("text" | "pos" | "neg" | "template" | "pairEn" | "pairZh"), string, number][]} */
  const fields = [
    ["text", "text", LINK_TEXT_CHARS], ["pos", "pos", LINK_LABEL_CHARS], ["neg", "neg", LINK_LABEL_CHARS],
    ["template", "template", LINK_LABEL_CHARS], ["pairEn", "pair_en", LINK_TEXT_CHARS], ["pairZh", "pair_zh", LINK_TEXT_CHARS],
  ];
  for (const [field, name, limit] of fields) {
    const value = take(name, limit);
    if (value !== null) state[field] = field === "text" || field.startsWith("pair") ? value : oneLine(value);
  }
  const labels = readLabels(params.get("labels"), notices);
  if (labels) state.labels = labels;
  const mode = params.get("mode");
  if (mode === "labels" || mode === "ends") state.mode = mode;
  return state;
}

/** @param {string | null} raw @param {Set<ShareNotice>} notices */
function readLabels(raw, notices) {
  if (raw === null) return null;
  const labels = raw.split("\n").map((label) => clean(label).trim()).filter(Boolean);
  if (labels.length > MAX_LABELS || labels.some((label) => label.length > LINK_LABEL_CHARS)) notices.add("clamped");
  return labels.length >= 2 ? labels.slice(0, MAX_LABELS).map((label) => clip(label, LINK_LABEL_CHARS)) : null;
}

/** A draft or an imported state goes through the same clamp. @param {Record<string, unknown>} draft @returns {Partial<LabState>} */
export function readDraft(draft) {
  /** @type {Partial<LabState>} */
  const state = {};
  for (const field of /** @type {const} */ (["text", "pos", "neg", "template", "pairEn", "pairZh"])) {
    if (typeof draft[field] === "string") state[field] = draft[field];
  }
  if (Array.isArray(draft.labels)) state.labels = draft.labels.filter((label) => typeof label === "string").slice(0, MAX_LABELS);
  if (draft.mode === "labels" || draft.mode === "ends") state.mode = draft.mode;
  return state;
}

/** @param {string} text */
const oneLine = (text) => text.replace(/\s*\n\s*/g, " ");
/** Lone surrogates cannot travel in a link. @param {string} text */
const clean = (text) => text.toWellFormed();
