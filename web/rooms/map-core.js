// What every part of the map shares: points, their vectors, where they lie, and the runs that find it out.

import { classroom } from "../classroom.js";
import { lang, t } from "../i18n/index.js";
import { readList } from "../listed.js";
import { createGallery } from "./gallery.js";
import { contentOfExample, contentOfPictures, contentOfTable, noContent } from "./map-content.js";
import { exampleCalled, FIRST, loadExamples } from "./map-examples.js";
import { standardised, unitOf } from "./map-numbers.js";
import { createVectors } from "./map-vectors.js";
import { loadSamples, sampleSets, sourcesOf } from "./samples.js";

/** Frames are drawn at most this often. */
const FRAME_MILLIS = 100;
/** Above this k-means runs when it is looked at, not with every map. */
const CLUSTER_AT_ONCE = 1_500;
const CLUSTER_SEED = 1;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @typedef {ReturnType<typeof createVectors>} Vectors */

/** @param {Room<MapState>} base @param {{onError: (error: KindlingError) => void}} options @returns {MapRoom & {vectorsOf: Vectors, load: () => Promise<void>, cluster: () => Promise<void>}} */
export function withMap(base, { onError }) {
  const { store, session } = base;
  const room = /** @type {MapRoom & {vectorsOf: Vectors, load: () => Promise<void>, cluster: () => Promise<void>}} */ (base);
  let content = noContent(), fault = "";
  /** @type {Float32Array | null} */
  let vectors = null;
  let dim = 0;
  /** @type {Float32Array[]} */
  let units = [];
  /** @type {MapLayout | null} */
  let layout = null;
  /** @type {ClusterAnswer | null} */
  let clusters = null;
  /** @type {MapWork | null} */
  let work = null;
  let chosen = -1;
  let selected = new Set();
  /** Pictures of the source in use. @type {string[]} */
  let shown = [];
  /** Files of this visit. @type {Map<string, {name: string, text: string}>} */
  const files = new Map();
  /** @type {Map<string, AbortController>} */
  const lanes = new Map();

  const gallery = createGallery(/** @type {any} */ ({
    session, store: { state: { get pictures() { return shown; } } }, emit: () => room.emit("pictures"),
    get ready() { return session.status.models.clip.phase === "ready"; },
  }));
  const vectorsOf = createVectors(room, () => content.kind === "pictures");

  /** Before anything of the second model is asked for, its size is known. */
  const sizes = readList();

  /** @param {string} lane */
  function begin(lane) {
    lanes.get(lane)?.abort();
    const controller = new AbortController();
    lanes.set(lane, controller);
    return controller.signal;
  }
  /** @param {MapWork | null} next */
  function setWork(next) {
    work = next;
    room.emit("work");
  }
  /** What went wrong is said once; a question that was taken back is not an error. @param {unknown} caught @param {AbortSignal} signal */
  function failed(caught, signal) {
    const error = /** @type {KindlingError} */ (caught);
    if (signal.aborted || error?.kind === "cancelled") return;
    setWork(null);
    onError(typeof error?.kind === "string" ? error : { kind: "worker", message: String(caught), detail: {} });
  }

  /** @param {AbortSignal} signal @returns {Promise<MapContent>} */
  async function read(signal) {
    const { source, text } = store.state;
    await Promise.all([loadExamples(), sizes]);
    const file = files.get(source);
    if (source === "pictures") return pictureContent([...store.state.pictures], store.state.captions.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => ({ name: line, text: line })), false);
    if (source === "text" || file) return tableContent(file?.text ?? text, store.state, signal);
    const example = exampleCalled(source) ?? exampleCalled(FIRST);
    if (!example) return noContent();
    if (example.table) return tableContent(example.table[lang()], { readAs: "numbers", textColumn: null, groupColumn: null }, signal);
    if (!example.set) return contentOfExample(example, lang());
    await loadSamples();
    const set = sampleSets().find(({ id }) => id === example.set);
    if (!set) return noContent();
    return pictureContent(gallery.know(sourcesOf(set)), set.pictures.map((one) => ({ name: one[lang()], text: (example.template?.[lang()] ?? "{}").replace("{}", () => one[lang()]) })), true);
  }
  /** @param {string} text @param {Pick<MapState, "readAs" | "textColumn" | "groupColumn">} how @param {AbortSignal} signal */
  async function tableContent(text, how, signal) {
    if (!text.trim()) return noContent();
    return contentOfTable(await session.request("readTable", { text: text.toWellFormed() }, { signal }), how);
  }
  /** @param {string[]} ids @param {{name: string, text: string}[]} captions @param {boolean} tied */
  function pictureContent(ids, captions, tied) {
    shown = ids;
    const known = ids.map((id) => gallery.get(id)).filter((picture) => picture !== undefined);
    return contentOfPictures(known, captions, lang(), [t().map.sides.picture, t().map.sides.caption], tied && known.length === captions.length);
  }

  /** From the source to the map, from the start. */
  async function load() {
    if (!room.ready) return;
    const signal = begin("load");
    for (const lane of ["project", "cluster"]) lanes.get(lane)?.abort();
    fault = "";
    try {
      const next = await read(signal);
      signal.throwIfAborted();
      adopt(next);
      if (!content.points.length) return setWork(null);
      const found = await vectorise(signal);
      signal.throwIfAborted();
      if (!found) return;
      setVectors(found);
      await project();
      if (!signal.aborted && (content.points.length <= CLUSTER_AT_ONCE || store.state.colour === "cluster")) await cluster();
    } catch (caught) {
      const error = /** @type {KindlingError} */ (caught);
      if (error?.kind !== "table" || signal.aborted) return failed(caught, signal);
      fault = t().map.source.unreadable;
      setWork(null);
      adopt(noContent());
    }
  }

  /** @param {MapContent} next */
  function adopt(next) {
    const same = next.points.length === content.points.length && next.points.every(({ name }, at) => name === content.points[at].name);
    content = next;
    vectors = null;
    units = [];
    layout = null;
    clusters = null;
    if (!same) {
      chosen = content.points.length ? 0 : -1;
      selected = new Set();
    }
    room.emit("content");
  }

  /** @param {AbortSignal} signal @returns {Promise<Float32Array | null>} */
  async function vectorise(signal) {
    if (content.kind === "numbers") {
      const rows = content.points.map(({ numbers }) => numbers ?? []);
      dim = rows[0]?.length ?? 0;
      return standardised(rows);
    }
    const total = content.points.length;
    const tell = (/** @type {number} */ done) => setWork({ phase: "vectors", done, total });
    tell(0);
    const rows = content.kind === "pictures" ? await vectorsOf.pictures(content.points, gallery, signal, tell) : await vectorsOf.texts("encoder", content.points.map(({ text }) => text ?? ""), signal, tell);
    if (!rows) return null;
    // A picture that could not be read is no point.
    if (rows.some((row) => !row)) {
      const kept = content.points.filter((_, at) => rows[at]);
      adopt({ ...content, points: kept, links: [], skipped: content.skipped + total - kept.length });
    }
    const good = rows.filter((row) => row !== null);
    dim = good[0]?.length ?? 0;
    const all = new Float32Array(good.length * dim);
    good.forEach((row, at) => all.set(row, at * dim));
    return all;
  }

  /** @param {Float32Array} found */
  function setVectors(found) {
    vectors = found;
    units = content.points.map((_, at) => {
      const row = found.subarray(at * dim, (at + 1) * dim);
      return content.kind === "numbers" ? unitOf(row) : row;
    });
    room.emit("vectors");
  }

  async function project() {
    if (!vectors) return;
    const signal = begin("project");
    const { method, perplexity, neighbours, minDist, steps, seed } = store.state;
    const count = content.points.length;
    const planned = method === "pca" ? 0 : steps;
    setWork({ phase: "project", done: 0, total: planned });
    let lastMillis = -Infinity;
    /** @param {ProjectFrame} frame */
    function onFrame({ step, steps: all, positions }) {
      if (signal.aborted) return;
      const now = performance.now();
      if (now - lastMillis < FRAME_MILLIS) return;
      lastMillis = now;
      if (!still.matches) {
        layout = { positions, method, answer: null, step, steps: all };
        room.emit("layout");
      }
      setWork({ phase: "project", done: step, total: all });
    }
    try {
      const answer = await classroom.request("project", { vectors: vectors.slice(), count, dim, method, seed, ...(method === "tsne" ? { perplexity, steps } : method === "umap" ? { neighbours, min_dist: minDist, steps } : {}) }, { signal, onFrame });
      if (signal.aborted) return;
      layout = { positions: answer.positions, method, answer, step: answer.used.steps ?? 0, steps: answer.used.steps ?? 0 };
      setWork(null);
      room.emit("layout");
      room.emit("scored");
    } catch (caught) {
      failed(caught, signal);
    }
  }

  async function cluster() {
    if (!vectors) return;
    const signal = begin("cluster");
    try {
      const answer = await classroom.request("cluster", { vectors: vectors.slice(), count: content.points.length, dim, k: store.state.k, seed: CLUSTER_SEED }, { signal });
      if (signal.aborted) return;
      clusters = answer;
      room.emit("clusters");
    } catch (caught) {
      failed(caught, signal);
    }
  }

  let found = { query: "", of: content, points: /** @type {Set<number>} */ (new Set()) };
  function matches() {
    const query = store.state.query.trim().normalize("NFKC").toLowerCase();
    if (query !== found.query || content !== found.of) {
      found = { query, of: content, points: new Set(query ? content.points.flatMap(({ name }, at) => (name.normalize("NFKC").toLowerCase().includes(query) ? [at] : [])) : []) };
    }
    return found.points;
  }

  return Object.defineProperties(Object.assign(room, {
    gallery, vectorsOf, load, cluster, matches,
    unit: (/** @type {number} */ at) => units[at],
    choose(/** @type {number} */ at) {
      if (at === chosen || !content.points[at]) return;
      chosen = at;
      room.emit("chosen");
    },
    select(/** @type {Iterable<number>} */ points) {
      selected = new Set(points);
      room.emit("selected");
    },
    async embed(/** @type {string} */ lane, /** @type {string[]} */ texts) {
      const signal = begin(lane);
      try {
        return (await vectorsOf.texts(content.kind === "pictures" ? "clip" : "encoder", texts, signal)) ?? texts.map(() => null);
      } catch (caught) {
        failed(caught, signal);
        return texts.map(() => null);
      }
    },
    keepFile(/** @type {string} */ name, /** @type {string} */ text) {
      const id = `file:${files.size + 1}`;
      files.set(id, { name, text });
      return id;
    },
    fileName: (/** @type {string} */ source) => files.get(source)?.name ?? "",
    run: () => void (vectors ? project() : load()),
    stop() {
      for (const lane of ["load", "project"]) lanes.get(lane)?.abort();
      gallery.cancel();
      setWork(null);
    },
  }), {
    content: { get: () => content }, vectors: { get: () => vectors }, dim: { get: () => dim }, layout: { get: () => layout }, clusters: { get: () => clusters },
    work: { get: () => work }, fault: { get: () => fault }, chosen: { get: () => chosen }, selected: { get: () => selected },
  });
}
