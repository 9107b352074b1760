// Which lessons there are, and how an address names one: #lesson=embedding&step=2. Their words come
// down when a lesson is opened.

import { LINK_CHARS } from "../base/constants.js";

/** @type {{id: string, lab: string, fetch: () => Promise<LessonScript>}[]} */
export const SCRIPTS = [
  { id: "embedding", lab: "map", fetch: async () => (await import("./embedding.js")).embedding },
  { id: "zero-shot", lab: "sentiment", fetch: async () => (await import("./zero-shot.js")).zeroShot },
  { id: "overfitting", lab: "overfit", fetch: async () => (await import("./overfitting.js")).overfitting },
  { id: "digits", lab: "digits", fetch: async () => (await import("./digits.js")).digits },
];

/** @param {string} hash */
export const isLesson = (hash) => hash.startsWith("#lesson=");

/**
 * What an address asks for; `script` is null where no lesson has that name.
 * @param {string} hash
 * @returns {{script: typeof SCRIPTS[number] | null, step: number | null, lang: Lang | null}} `step` counts from 1, null where the address names none that could be one
 */
export function lessonIn(hash) {
  const params = new URLSearchParams(isLesson(hash) ? hash.slice(1, LINK_CHARS) : "");
  const raw = params.get("step") ?? "1", lang = params.get("lang");
  return {
    script: SCRIPTS.find(({ id }) => id === params.get("lesson")) ?? null,
    step: /^[1-9]\d?$/.test(raw) ? Number(raw) : null,
    lang: lang === "en" || lang === "zh" ? lang : null,
  };
}

/** @param {string} id @param {number} step from 1 */
export const addressOf = (id, step) => `#lesson=${id}&step=${step}`;
