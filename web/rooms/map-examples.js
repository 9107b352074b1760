// The ready maps: word lists and texts written for this page, in web/samples/map/.

/** @type {Promise<MapExample[]> | null} */
let loading = null;
/** @type {MapExample[]} */
let list = [];

/** Asked again after a failure: the network may be back. @returns {Promise<MapExample[]>} */
export function loadExamples() {
  loading ??= fetch("./samples/map/examples.json")
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`status ${response.status}`))))
    .then((/** @type {{examples: MapExample[]}} */ found) => (list = found.examples))
    .catch(() => {
      loading = null;
      return [];
    });
  return loading;
}

export const examples = () => list;
/** @param {string} source */
export const exampleCalled = (source) => list.find(({ id }) => id === source) ?? null;
/** What the lab opens with, and falls back to. */
export const FIRST = "words";
/** Ids that links may name before the list has arrived. */
export const EXAMPLE_IDS = ["words", "topics", "reviews", "captions", "colours"];
