// The ready sets of pictures, drawn for this page, with labels in both languages.

import { listAt } from "../base/list.js";

const list = /** @type {ReturnType<typeof listAt<SampleSet>>} */ (listAt("./samples/samples.json", "sets"));
export const loadSamples = list.load;
export const sampleSets = list.now;

/** @param {string} set @param {string} file */
const idOf = (set, file) => `sample:${set}/${file.split("/").slice(-1)[0]}`;
/** @param {string} id */
export const setOf = (id) => /^sample:([\w-]{1,40})\//.exec(id)?.[1] ?? null;
/** Stands for a whole set where its files are not known yet. @param {string} set */
export const wholeSet = (set) => `sample:${set}/*`;

/** @param {SampleSet} set @returns {PictureSource[]} */
export const sourcesOf = (set) => set.pictures.map(({ file, en, zh }) => ({
  id: idOf(set.id, file), name: { en, zh }, bytes: 0,
  read: async () => {
    const response = await fetch(`./${file}`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  },
}));

/** @param {string[]} labels @param {Lang} language whose labels these are, untouched */
export const setWithLabels = (labels, language) => sampleSets().find((set) => JSON.stringify(set.labels[language]) === JSON.stringify(labels));
