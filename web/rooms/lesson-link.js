// A question that somebody puts before a lab, as a link carries it: #lab=…&…&q=1&q_ask=…&q_a=…  It rides
// on the lab's own share link. Everything in it was written by a stranger: it is clamped, and only ever text.

import { isShareLink } from "../base/address.js";
import { LINK_CHARS } from "../base/constants.js";
import { clip } from "../base/dom.js";
import { hidesOf } from "./lesson-parts.js";

const VERSION = "1";
/** Longest that each piece may be, in characters; so much is still read at a glance. */
export const LIMITS = { ask: 300, answer: 150, tell: 1_200 };
export const MOST_ANSWERS = 4;
export const LEAST_ANSWERS = 2;

/** Control characters have no place in a line of text. @param {string} text */
const oneLine = (text) => text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
/** Paragraphs stay. @param {string} text */
const lines = (text) => text.toWellFormed().replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n]+/gu, " ").replace(/\n{3,}/g, "\n\n").trim();

/**
 * Cuts a question to what a link may hold.
 * @param {AskedQuestion} question
 * @param {string} lab whose parts may be hidden
 * @returns {{question: AskedQuestion, cut: boolean}}
 */
export function fitQuestion({ ask, answers, right, tell, hide }, lab) {
  const kept = answers.map((text, at) => ({ text: oneLine(text), right: at === right })).filter(({ text }) => text).slice(0, MOST_ANSWERS);
  const known = hidesOf(lab);
  const wanted = [...new Set(hide)];
  const hidden = wanted.filter((name) => known.includes(name));
  const question = {
    ask: clip(oneLine(ask), LIMITS.ask), answers: kept.map(({ text }) => clip(text, LIMITS.answer)), tell: clip(lines(tell), LIMITS.tell), hide: hidden,
    right: kept.some((answer) => answer.right) ? kept.findIndex((answer) => answer.right) : null,
  };
  const cut = oneLine(ask).length > LIMITS.ask || lines(tell).length > LIMITS.tell || kept.some(({ text }) => text.length > LIMITS.answer)
    || answers.filter((text) => oneLine(text)).length > MOST_ANSWERS || hidden.length < wanted.length || (right !== null && (right >= answers.length || right < 0));
  return { question, cut };
}

/** Whether there is something to ask. @param {AskedQuestion} question */
export const isWhole = ({ ask, answers }) => Boolean(ask.trim()) && answers.filter((text) => text.trim()).length >= LEAST_ANSWERS;

/** The link of a lab's state with the question before it. @param {string} hash of the state @param {AskedQuestion} question a fitting one */
export function withQuestion(hash, { ask, answers, right, tell, hide }) {
  const params = new URLSearchParams({ q: VERSION, q_ask: ask, q_a: answers.join("\n") });
  if (right !== null) params.set("q_right", String(right + 1));
  if (tell) params.set("q_tell", tell);
  if (hide.length) params.set("q_hide", hide.join(","));
  return `${hash}&${params}`;
}

/**
 * What a link asks; null where it asks nothing.
 * @param {string} hash
 * @param {string} lab that the link opens
 * @returns {{question: AskedQuestion | null, problem: "clamped" | "version" | "unwhole" | null} | null} no question where it could not be used
 */
export function readQuestion(hash, lab) {
  if (!isShareLink(hash)) return null;
  const params = new URLSearchParams(hash.slice(1, LINK_CHARS));
  const version = params.get("q");
  if (version === null) return null;
  if (version !== VERSION) return { question: null, problem: "version" };
  const right = params.get("q_right");
  const { question, cut } = fitQuestion({
    ask: params.get("q_ask") ?? "", answers: (params.get("q_a") ?? "").split("\n"), tell: params.get("q_tell") ?? "",
    hide: (params.get("q_hide") ?? "").split(",").filter(Boolean), right: right === null ? null : /^[1-9]$/.test(right) ? Number(right) - 1 : -1,
  }, lab);
  if (!isWhole(question)) return { question: null, problem: "unwhole" };
  return { question, problem: cut || hash.length > LINK_CHARS ? "clamped" : null };
}
