// What a share link of the image–text lab holds: everything but the pictures. A sample set travels
// by its name.

import { LINK_LABEL_CHARS, MAX_PICTURE_LABELS, MAX_PICTURES, TEMPERATURES } from "../base/constants.js";
import { clip } from "../base/dom.js";
import { oneLine, readLabels } from "../share.js";
import { setOf, wholeSet } from "./samples.js";

/** @param {unknown} value */
export const clampTemperature = (value) => {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? Math.min(TEMPERATURES.warmest, Math.max(TEMPERATURES.coldest, number)) : null;
};
/** @param {string} sort */
const knownSort = (sort) => ["added", "closest", "name"].includes(sort) || sort.startsWith("label:");

/** @type {ShareCodec<ImagesState>} */
export const imagesCodec = {
  write(state, put, leftOut) {
    const sets = [...new Set(state.pictures.map(setOf))].filter((set) => set !== null);
    if (sets.length) put("set", sets.slice(0, 8).join(","), 400);
    if (state.pictures.some((id) => setOf(id) === null)) {
      leftOut("noPictures");
      put("own", "1", 1);
    }
    const labels = state.labels.slice(0, MAX_PICTURE_LABELS).map((label) => clip(oneLine(label), LINK_LABEL_CHARS)).join("\n");
    put("labels", labels, labels.length);
    put("template", state.template, LINK_LABEL_CHARS);
    if (state.temperature !== null) put("t", String(Number(state.temperature.toPrecision(4))), 20);
    put("view", state.view, 10);
    put("across", state.across, 10);
    put("sort", state.sort, LINK_LABEL_CHARS + 6);
    if (state.query) put("q", state.query, LINK_LABEL_CHARS);
  },
  read(take, params, note) {
    /** @type {Partial<ImagesState>} */
    const state = { pictures: [] };
    const sets = (take("set", 400) ?? "").split(",").filter((set) => /^[\w-]{1,40}$/.test(set));
    if (sets.length > 8) note("clamped");
    state.pictures = [...new Set(sets)].slice(0, 8).map(wholeSet);
    if (params.get("own") === "1") note("noPictures");
    const labels = readLabels(params.get("labels"), { most: MAX_PICTURE_LABELS, chars: LINK_LABEL_CHARS, note });
    if (labels.length) state.labels = labels;
    const template = take("template", LINK_LABEL_CHARS);
    if (template !== null) state.template = oneLine(template);
    const asked = params.get("t");
    if (asked !== null) {
      state.temperature = clampTemperature(asked);
      if (state.temperature !== Number(asked)) note("clamped");
    }
    const view = params.get("view");
    if (view === "cosine" || view === "share") state.view = view;
    const across = params.get("across");
    if (across === "labels" || across === "pictures") state.across = across;
    const sort = take("sort", LINK_LABEL_CHARS + 6);
    if (sort !== null && knownSort(sort)) state.sort = oneLine(sort);
    const query = take("q", LINK_LABEL_CHARS);
    if (query !== null) state.query = oneLine(query);
    return state;
  },
  readDraft(draft) {
    /** @type {Partial<ImagesState>} */
    const state = {};
    const strings = (/** @type {unknown} */ list) => (Array.isArray(list) ? list.filter((one) => typeof one === "string") : []);
    // A reload keeps the samples; a person's own files must be given again.
    const samples = strings(draft.pictures).filter((id) => setOf(id) !== null).slice(0, MAX_PICTURES);
    if (samples.length) state.pictures = samples;
    const labels = strings(draft.labels).slice(0, MAX_PICTURE_LABELS);
    if (labels.length) state.labels = labels;
    if (typeof draft.template === "string") state.template = draft.template;
    if (typeof draft.query === "string") state.query = draft.query;
    if (draft.temperature !== null && draft.temperature !== undefined) state.temperature = clampTemperature(draft.temperature);
    if (draft.view === "cosine" || draft.view === "share") state.view = draft.view;
    if (draft.across === "labels" || draft.across === "pictures") state.across = draft.across;
    if (typeof draft.sort === "string" && knownSort(draft.sort)) state.sort = draft.sort;
    if (typeof draft.turned === "boolean") state.turned = draft.turned;
    return state;
  },
};
