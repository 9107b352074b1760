// Fig. 5.5: a − b + c on the vectors. What lies nearest, inputs left out, and whether that is near at all.

import { TYPING_MILLIS } from "../base/constants.js";
import { fill, h, langOf } from "../base/dom.js";
import { cosine as cosineText } from "../base/format.js";
import { lang, t } from "../i18n/index.js";
import { onSettled, setField } from "../ui/field.js";
import { median, nearest, sumOf, unitOf } from "./map-numbers.js";
import { debounced } from "./room.js";

const SHOWN = 5;
/** Points of which the usual distance to the nearest is taken: enough for a median, and quick. */
const SAMPLE = 200;
/** The page's thread is not held longer than this at a time. */
const TURN_MILLIS = 12;
const TERMS = /** @type {const} */ (["a", "b", "c"]);

/** @type {Record<Lang, {a: string, b: string, c: string}[]>} */
export const SUMS = {
  en: [{ a: "king", b: "man", c: "woman" }, { a: "father", b: "man", c: "woman" }, { a: "plane", b: "airport", c: "rain" }],
  zh: [{ a: "国王", b: "男人", c: "女人" }, { a: "父亲", b: "男人", c: "女人" }, { a: "飞机", b: "机场", c: "雨" }],
};

/** @param {HTMLElement} figure @param {MapRoom} room */
export function mountSum(figure, room) {
  const { store } = room;
  const fields = TERMS.map((term) => h("input", { id: `map-${term}`, maxlength: "200", dir: "auto", autocomplete: "off", spellcheck: "false", list: "map-words" }));
  const options = h("datalist", { id: "map-words" });
  const list = h("ol", { class: "map-near", id: "map-sum" });
  const verdict = h("p", { class: "says", id: "map-sum-says", role: "status" });
  const note = h("p", { class: "note" });
  const ready = h("p", { class: "acts" });
  TERMS.forEach((term, at) => onSettled(fields[at], (value) => store.set({ [term]: value }, { group: term })));

  /** Of vectors that were asked about before. @type {WeakMap<Float32Array, Promise<number | null>>} */
  const known = new WeakMap();
  /** How near a point's nearest usually is here; partners do not count, as they do not among the answers. @param {Float32Array} vectors */
  async function usual(vectors) {
    const { content } = room;
    const count = content.points.length;
    if (count < 3) return null;
    const partner = new Map(content.links.flatMap(([a, b]) => [[a, b], [b, a]]));
    const step = Math.max(1, Math.floor(count / SAMPLE));
    const values = [];
    let rested = performance.now();
    for (let at = 0; at < count && room.vectors === vectors; at += step) {
      values.push(nearest(room.unit(at), count, room.unit, { most: 1, without: (one) => one === at || one === partner.get(at) })[0]?.cosine ?? 0);
      if (performance.now() - rested < TURN_MILLIS) continue;
      await new Promise((resolve) => setTimeout(resolve));
      rested = performance.now();
    }
    return median(values);
  }

  const ask = debounced(async () => {
    const words = t().map.sum;
    const { content, vectors } = room;
    if (content.kind === "numbers") return done(words.noWords);
    const terms = TERMS.map((term) => store.state[term].trim());
    if (!vectors) return done("");
    if (terms.some((term) => !term)) return done(words.empty);
    const found = await room.embed("sum", terms);
    if (found.some((vector) => !vector) || vectors !== room.vectors) return;
    const [a, b, c] = found.map((vector) => unitOf(/** @type {Float32Array} */ (vector)));
    const sum = sumOf(a, b, c);
    if (!sum) return done(words.nil);
    // The inputs are always nearest to their own sum, and so are their other halves.
    const inputs = new Set(content.points.flatMap(({ name, text }, at) => (terms.includes(name) || (text !== null && terms.includes(text)) ? [at] : [])));
    const partners = new Set(content.links.flatMap(([x, y]) => (inputs.has(x) ? [y] : inputs.has(y) ? [x] : [])));
    const hits = nearest(sum, content.points.length, room.unit, { most: SHOWN, without: (at) => inputs.has(at) || partners.has(at) });
    const normal = await (known.get(vectors) ?? known.set(vectors, usual(vectors)).get(vectors) ?? null);
    if (vectors !== room.vectors || TERMS.some((term, at) => store.state[term].trim() !== terms[at])) return;
    if (!hits.length) return done(words.alone);
    const high = Math.max(0.01, hits[0].cosine);
    fill(list, ...hits.map(({ at, cosine }, place) => {
      const name = content.points[at].name;
      const item = h("li", { class: place ? null : "top" }, h("button", { type: "button", onclick: () => room.choose(at) }, h("bdi", { lang: langOf(name) }, name)), h("span", { class: "bar", "aria-hidden": "true" }, h("i", null)), h("span", { class: "val" }, cosineText(cosine)));
      item.style.setProperty("--p", String((Math.max(0, cosine) / high) * 100));
      return item;
    }));
    const far = normal !== null && hits[0].cosine < normal;
    verdict.textContent = far ? words.far(content.points[hits[0].at].name) : words.near(content.points[hits[0].at].name);
    note.textContent = [normal === null ? "" : words.usual(cosineText(hits[0].cosine), cosineText(normal)), partners.size ? words.without : words.withoutInputs].filter(Boolean).join(lang() === "zh" ? "" : " ");
  }, TYPING_MILLIS);

  /** @param {string} why there is no answer */
  function done(why) {
    fill(list);
    verdict.textContent = why;
    note.textContent = "";
  }

  function build() {
    const words = t().map.sum;
    const cell = (/** @type {number} */ at) => h("p", { class: "field" }, h("label", { for: fields[at].id }, words.terms[at]), fields[at]);
    fill(figure, h("figcaption", null, h("b", null, words.title), words.text),
      h("div", { class: "map-terms" }, cell(0), h("span", { "aria-hidden": "true" }, "\u2212"), cell(1), h("span", { "aria-hidden": "true" }, "+"), cell(2)), options,
      ready, verdict, list, note);
    fill(ready, h("span", { class: "note" }, words.tries), ...SUMS[lang()].map((sum) => h("button", { type: "button", class: "plain small", onclick: () => store.set(sum) }, `${sum.a} \u2212 ${sum.b} + ${sum.c}`)));
    TERMS.forEach((term, at) => setField(fields[at], store.state[term]));
    refresh();
  }
  function refresh() {
    figure.hidden = room.content.kind === "numbers";
    fill(options, ...room.content.points.slice(0, 500).flatMap(({ text }) => (text === null ? [] : [h("option", { value: text })])).slice(0, 300));
    ask();
  }

  for (const event of /** @type {const} */ (["content", "vectors"])) room.on(event, refresh);
  room.on("language", build);
  store.onChange((changed, source) => {
    if (!TERMS.some((term) => changed.has(term))) return;
    if (source !== "edit") TERMS.forEach((term, at) => setField(fields[at], store.state[term]));
    ask();
  });
  build();
}
