// The ready maps: word lists and texts written for this page, in web/samples/map/.

import { listAt } from "../base/list.js";

const list = /** @type {ReturnType<typeof listAt<MapExample>>} */ (listAt("./samples/map/examples.json", "examples"));
export const loadExamples = list.load;
export const examples = list.now;
/** @param {string} source */
export const exampleCalled = (source) => list.now().find(({ id }) => id === source) ?? null;
/** What the lab opens with, and falls back to. */
export const FIRST = "words";
/** Ids that links may name before the list has arrived. */
export const EXAMPLE_IDS = ["words", "topics", "reviews", "captions", "colours"];
