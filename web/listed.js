// What a start fetches, as the list of the page's files says, and what of it is on this device already.

import { LESSONS, MODELS } from "./base/constants.js";
import { listAt } from "./base/list.js";

/** @type {ReturnType<typeof listAt<PrecacheFile>>} */
const files = listAt("./precache.json", "files");

/** Bytes: what the constants say until the list is read, and where it does not come. */
export const listed = { program: 0, lessons: LESSONS.bytes, models: { encoder: MODELS.encoder.bytes, clip: MODELS.clip.bytes, text2image: MODELS.text2image.bytes } };

export async function readList() {
  const all = await files.load();
  const sum = (/** @type {string} */ folder) => all.filter(({ url }) => url.replace(/^\.\//, "").startsWith(folder)).reduce((sofar, { bytes }) => sofar + bytes, 0);
  listed.program = sum("wasm/cpu/");
  listed.lessons = sum(LESSONS.folder) || LESSONS.bytes;
  for (const name of /** @type {ModelName[]} */ (Object.keys(MODELS))) listed.models[name] = sum(MODELS[name].folder) || MODELS[name].bytes;
}

/** @param {ModelName} model */
export const modelIsHere = (model) => isKept(MODELS[model].folder + MODELS[model].proof);
export const lessonsAreHere = () => isKept(LESSONS.folder + LESSONS.proof);

/** @param {string} path */
async function isKept(path) {
  try {
    return Boolean(await caches.match(new URL(`./${path}`, document.baseURI), { ignoreSearch: true }));
  } catch {
    return false;
  }
}
