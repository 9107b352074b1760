// The parts of each lab that a lesson may hide: a step names what it needs, the rest goes away. Hiding
// is a mark on the element, apart from the labs' own `hidden`, so neither undoes the other.

/** @param {string} name */
const knob = (name) => `#overfit-knobs > section > :has(#overfit-${name})`;

/** @type {Record<string, Record<string, string>>} */
const PARTS = {
  sentiment: {
    text: "#live > .over, #text, #cut", verdict: "#two-ends .verdict, #scale, #numerals", ends: ".ends", setup: "#live > .setup", acts: "#acts",
    inside: "#inside", examples: "#fig-examples", sweep: "#fig-sweep", pair: "#fig-pair", batch: "#fig-batch",
  },
  map: {
    source: ".map-chips, .map-about, #map-own", map: "#fig-map", method: "#map-method", colour: "#map-colour", tools: "#fig-map .map-tools",
    readings: "#fig-map .map-readings, #fig-map .map-warning", knobs: "#map-knobs", table: "#map-as-table", inside: "#map-inside", acts: "#map-acts",
    near: "#fig-near", pairs: "#fig-pairs", clusters: "#fig-clusters", sum: "#fig-sum",
  },
  overfit: {
    presets: "#overfit-presets", task: "#overfit-task", stage: "#fig-overfit", run: "#fig-overfit .run-row", tools: "#fig-overfit .draw-tools, #fig-overfit figcaption",
    shape: knob("shape"), count: knob("count"), noise: knob("noise"), seed: knob("seed"), locked: knob("locked"),
    kind: knob("kind"), degree: knob("degree"), layers: knob("layers"), width: knob("width"), activation: knob("activation"), dropout: knob("dropout"), l2: knob("l2"),
    weights: "#overfit-knobs > section > .note", rate: knob("rate"), optimiser: knob("optimiser"), batch: knob("batch"), patience: knob("patience"),
    own: "#overfit-own", acts: "#overfit-acts", inside: "#overfit-inside", capacity: "#fig-capacity", folds: "#fig-folds", spread: "#fig-spread",
  },
  digits: {
    presets: "#digits-presets", stage: "#fig-digits", pad: "#digits-draw", curves: "#fig-digits .two-plots", run: "#fig-digits .run-row", readings: "#fig-digits .readings, #fig-digits figcaption", verdict: "#digits-verdict",
    ...Object.fromEntries(["train", "variety", "seed", "net", "filters", "layers", "width", "dropout", "l2", "rate", "optimiser", "batch", "patience"].map((name) => [name, `#digits-knobs > section > :has(#digits-${name})`])),
    locked: "#digits-knobs > section > :has(#digits-locked)", weights: "#digits-knobs > section > .note", own: "#digits-own", acts: "#digits-acts", inside: "#digits-inside",
    matrix: "#fig-digits-matrix", filtersShown: "#fig-digits-weights",
  },
};

/** What a question may hide until the reveal, as its maker sees the lab; the names stand in links. @type {Record<string, Record<string, string>>} */
const HIDES = {
  sentiment: { verdict: "#two-ends .verdict, #scale, #numerals, #many-labels .rank", ends: ".ends", setup: "#live > .setup" },
  images: { add: "#images-body > .tools", shown: ".against .shown", labels: ".against .labels", setup: "#images-live .setup" },
  generate: { tries: "#generate-body > .tries", film: "#fig-film", knobs: "#more-knobs" },
  overfit: {
    presets: "#overfit-presets", task: "#overfit-task", run: "#fig-overfit .run-row", curves: ".curves-box:has(> #overfit-curves)", readings: "#overfit-verdict, .losses",
    points: "#overfit-knobs > section:nth-of-type(1)", model: "#overfit-knobs > section:nth-of-type(2)", training: "#overfit-knobs > section:nth-of-type(3)", own: "#overfit-own",
  },
  map: { source: ".map-chips, .map-about, #map-own", method: "#map-method", colour: "#map-colour", readings: "#fig-map .map-readings, #fig-map .map-warning", knobs: "#map-knobs", table: "#map-as-table" },
  digits: { presets: "#digits-presets", run: "#fig-digits .run-row", pad: "#digits-draw", curves: "#fig-digits .two-plots", readings: "#fig-digits .readings, #digits-verdict", knobs: "#digits-knobs", own: "#digits-own" },
};
/** Parts that every lab has. @type {Record<string, string>} */
const EVERYWHERE = { acts: ".live > .acts", inside: "details.inside", figures: ".figures" };

/** Names of the parts of a lab that a question may hide. @param {string} lab */
export const hidesOf = (lab) => [...Object.keys(Object.hasOwn(HIDES, lab) ? HIDES[lab] : {}), ...Object.keys(EVERYWHERE)];

/** Marks what a question hides. @param {string} lab @param {string[]} names as `hidesOf` has them */
export function markHidden(lab, names) {
  unmarkParts();
  const parts = { ...(Object.hasOwn(HIDES, lab) ? HIDES[lab] : {}), ...EVERYWHERE };
  for (const name of names) for (const element of document.querySelectorAll(`#lab-${lab} :is(${parts[name]})`)) element.setAttribute("data-lesson-part", "off");
  dispatchEvent(new Event("resize"));
}

/** Marks what the step can do without, and what would tell the answer too early. @param {string} lab @param {LessonStep} step @param {boolean} covered */
export function markParts(lab, { needs, covers }, covered) {
  unmarkParts();
  for (const [name, selector] of Object.entries(PARTS[lab] ?? {})) {
    const mark = covered && covers.includes(name) ? "cover" : needs.includes(name) || covers.includes(name) ? "" : "off";
    if (mark) for (const element of document.querySelectorAll(`#lab-${lab} :is(${selector})`)) element.setAttribute("data-lesson-part", mark);
  }
  // Fields and drawings measure themselves, and could not while they were hidden.
  dispatchEvent(new Event("resize"));
}

export function unmarkParts() {
  for (const element of document.querySelectorAll("[data-lesson-part]")) element.removeAttribute("data-lesson-part");
}
