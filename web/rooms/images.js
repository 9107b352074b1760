// The image–text lab: many pictures, many labels, one matrix. Sections share a room, not each other.

import { DEFAULT_PICTURE_LABELS, FIRST_QUERY, PICTURE_TEMPLATES, TYPING_MILLIS } from "../base/constants.js";
import { byId, h } from "../base/dom.js";
import { lang, t } from "../i18n/index.js";
import { createGallery } from "./gallery.js";
import { mountImagesActs } from "./images-acts.js";
import { mountAnswer } from "./images-answer.js";
import { mountInside } from "./images-inside.js";
import { mountMatrix } from "./images-matrix.js";
import { mountQuestions } from "./images-questions.js";
import { mountSearch } from "./images-search.js";
import { imagesCodec } from "./images-share.js";
import { mountTray } from "./images-tray.js";
import { createRoom, debounced, listenForKeys } from "./room.js";
import { questionWith } from "./picture-questions.js";
import { loadSamples, sampleSets, setOf, setWithLabels, sourcesOf, wholeSet } from "./samples.js";
import { dot, largest, sharesOf } from "./similarity.js";

/** @param {Lang} language @returns {ImagesState} */
const freshState = (language) => ({
  pictures: [], labels: [...DEFAULT_PICTURE_LABELS[language]], template: PICTURE_TEMPLATES[language][0],
  temperature: null, view: "share", across: "labels", sort: "added", turned: null, query: FIRST_QUERY[language], model: "",
});

/** The labels as columns: without empty ones and repetitions. @param {string[]} labels */
export const realLabels = (labels) => [...new Set(labels.map((label) => label.trim()).filter(Boolean))];

/** @param {Room<ImagesState>} base @returns {ImagesRoom} */
function withPictures(base) {
  const { store, session } = base;
  const gallery = createGallery(base);
  /** Vectors by the model and the text that made them: a label that comes back costs nothing. @type {Map<string, Float32Array>} */
  const vectors = new Map();
  /** @param {string} text @param {string} [model] the one that was asked, which may have changed meanwhile */
  const named = (text, model = session.status.models.clip.own) => `${model}\n${text}`;
  /** @type {string | null} */
  let chosen = null;
  const room = /** @type {ImagesRoom} */ (base);
  /** A cosine never changes, so each is computed once. @type {WeakMap<Float32Array, WeakMap<Picture, number>>} */
  const known = new WeakMap();
  /** @type {SimilarityTable | null} */
  let table = null;
  const forget = () => void (table = null);
  store.onChange(forget);
  for (const event of /** @type {const} */ (["pictures", "vectors", "ready", "waiting"])) room.on(event, forget);

  /** @param {Picture} picture @param {Float32Array | null} column */
  function cosine(picture, column) {
    if (!column || !picture.answer) return null;
    const row = known.get(column) ?? new WeakMap();
    known.set(column, row);
    const value = row.get(picture) ?? dot(picture.answer.vector, column);
    row.set(picture, value);
    return value;
  }

  const prompt = (/** @type {string} */ label) => {
    const { template } = store.state;
    return (template.includes("{}") ? template.replace("{}", () => label) : label).toWellFormed();
  };
  const scale = () => {
    const { temperature } = store.state;
    return temperature === null ? (session.status.models.clip.info?.logit_scale ?? 1 / 0.01) : 1 / temperature;
  };
  return Object.defineProperties(Object.assign(room, {
    gallery, prompt, scale,
    choose(/** @type {string} */ id) {
      if (id === chosen) return;
      chosen = id;
      room.emit("chosen");
    },
    vectorOf: (/** @type {string} */ text) => vectors.get(named(text)) ?? null,
    async embed(/** @type {string} */ lane, /** @type {string[]} */ prompts) {
      const missing = [...new Set(prompts)].filter((text) => !vectors.has(named(text)));
      if (missing.length) {
        const asked = session.status.models.clip.own;
        const answer = await room.latest(lane, "embedLabels", { texts: missing });
        const dim = (answer?.length ?? 0) / missing.length;
        if (answer) missing.forEach((text, at) => vectors.set(named(text, asked), answer.slice(at * dim, (at + 1) * dim)));
      }
      return prompts.map((text) => vectors.get(named(text)) ?? null);
    },
    table() {
      if (table) return table;
      const pictures = gallery.shown();
      const labels = realLabels(store.state.labels);
      const columns = labels.map((label) => vectors.get(named(prompt(label))) ?? null);
      const cosines = pictures.map((picture) => columns.map((column) => cosine(picture, column)));
      return (table = { pictures, labels, cosines, shares: sharesOf(cosines, scale(), store.state.across), best: cosines.map(largest) });
    },
  }), {
    chosen: { get: () => {
      const shown = gallery.shown();
      return shown.find(({ id }) => id === chosen) ?? shown[0] ?? null;
    } },
  });
}

/** @type {LabDefinition<ImagesState>["mount"]} */
function mount(element, session, store, { onError }) {
  const room = withPictures(createRoom(session, store, "clip", onError));
  const { gallery } = room;
  const figures = byId("images-figures");
  const figure = (/** @type {string} */ id) => {
    const place = h("figure", { class: "fig", id });
    figures.append(place);
    return place;
  };
  const tray = mountTray(byId("images-body"), element, room);
  mountAnswer(byId("images-body"), room);
  mountInside(byId("images-inside-body"), room);
  const matrix = figure("fig-matrix");
  mountMatrix(matrix, room);
  mountQuestions(figure("fig-questions"), room, tray.show);
  mountSearch(figure("fig-search"), room);
  mountImagesActs(byId("images-acts"), room, { fresh: () => opening(lang()) });
  listenForKeys(element, room);

  /** Labels get their vectors; whatever has one already is not asked again. */
  const askLabels = async () => {
    const labels = realLabels(store.state.labels);
    const asked = labels.map(room.prompt);
    if (asked.every((text) => room.vectorOf(text))) return room.emit("vectors");
    const found = await room.embed("labels", asked);
    room.emit("vectors");
    if (found.length && found.every(Boolean)) room.emit("scored");
  };
  const soon = debounced(askLabels, TYPING_MILLIS);

  store.onChange((changed, source) => {
    if (changed.has("pictures")) {
      adopt();
      gallery.go();
    }
    if (changed.has("labels") || changed.has("template")) {
      room.emit("vectors");
      if (source === "edit") soon();
      else soon.now();
    }
    if (changed.has("temperature") || changed.has("across")) room.emit("vectors");
  });
  room.on("ready", () => {
    soon.now();
    gallery.go();
  });
  room.on("run", () => {
    soon.now();
    gallery.go();
  });
  room.on("cancel", () => gallery.cancel());

  /** Samples named by a link or a draft become pictures once the list is here. */
  function adopt() {
    const wanted = store.state.pictures;
    const sets = sampleSets();
    if (!sets.length) return;
    const ids = wanted.flatMap((id) => {
      if (gallery.get(id)) return [id];
      const set = sets.find((one) => one.id === setOf(id));
      if (!set) return [];
      const all = gallery.know(sourcesOf(set));
      return id === wholeSet(set.id) ? all : all.filter((one) => one === id);
    });
    if (JSON.stringify(ids) !== JSON.stringify(wanted)) store.set({ pictures: [...new Set(ids)] }, { quiet: true });
  }

  /** What the lab opens with: the first set of samples, so that there is something to see before any choice. @param {Lang} language @returns {ImagesState} */
  function opening(language) {
    const fresh = freshState(language);
    const [set] = sampleSets();
    if (!set) return fresh;
    return { ...fresh, pictures: gallery.know(sourcesOf(set)), labels: [...set.labels[language]], template: set.template?.[language] ?? fresh.template };
  }

  let visited = false;
  room.on("visit", async () => {
    if (visited && sampleSets().length) return;
    visited = true;
    await loadSamples();
    const { pictures, labels, template } = store.state;
    const fresh = freshState(lang());
    if (!pictures.length && JSON.stringify([labels, template]) === JSON.stringify([fresh.labels, fresh.template])) {
      tray.placeSamples();
      store.set({ ...opening(lang()), model: store.state.model }, { quiet: true });
    } else {
      adopt();
      // Samples that an earlier visit opened with are nobody's choice either.
      if (JSON.stringify(store.state.pictures) === JSON.stringify(opening(lang()).pictures)) tray.placeSamples();
    }
    gallery.go();
    room.emit("language"); // the sets have names now
  });
  function refresh() {
    room.emit("waiting");
    // After a breakdown nothing is asked again by itself, unless it is known which picture did it.
    if (!room.ready || !gallery.recovered()) return;
    room.emit("ready");
    room.emit("scored");
  }
  return { room, refresh };
}

/** What the page itself put in follows the language; what a person wrote stays. @param {ImagesState} state @param {Lang} language */
function translated(state, language) {
  const other = language === "zh" ? "en" : "zh";
  /** @type {Partial<ImagesState>} */
  const patch = {};
  const set = setWithLabels(state.labels, other) ?? questionWith(state.labels, other);
  if (set) patch.labels = [...set.labels[language]];
  else if (JSON.stringify(state.labels) === JSON.stringify(DEFAULT_PICTURE_LABELS[other])) patch.labels = [...DEFAULT_PICTURE_LABELS[language]];
  if (state.query === FIRST_QUERY[other]) patch.query = FIRST_QUERY[language];
  const at = PICTURE_TEMPLATES[other].indexOf(state.template);
  const own = [questionWith(state.labels, other), ...sampleSets()].find((one) => one?.template?.[other] === state.template)?.template;
  if (own) patch.template = own[language];
  else if (at >= 0) patch.template = PICTURE_TEMPLATES[language][at];
  if (patch.labels && state.sort.startsWith("label:")) {
    const column = state.labels.indexOf(state.sort.slice(6));
    if (column >= 0) patch.sort = `label:${patch.labels[column]}`;
  }
  return patch;
}

/** @type {LabDefinition<ImagesState>} */
export const imagesLab = { id: "images", model: "clip", codec: imagesCodec, title: () => t().images.title, fresh: freshState, translated, mount };
