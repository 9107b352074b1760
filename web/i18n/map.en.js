/** @param {number} n */
const num = (n) => n.toLocaleString("en");
/** @param {number} n @param {string} one @param {string} [many] */
const plural = (n, one, many = `${one}s`) => `${num(n)} ${n === 1 ? one : many}`;
/** @param {string} text */
const quote = (text) => `“${text}”`;
/** @param {number} n 1st, 2nd, 13th */
const ordinal = (n) => `${num(n)}${n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;

export default {
  title: "Do similar words live close together? · Kindling",
  live: "Words and their map",
  sides: { picture: "pictures", caption: "captions" },
  source: {
    name: "What is on the map", own: "Your own", field: "Your texts: one a line, or a table", placeholder: "One text a line, or CSV with a header.\nColumns of numbers work too.",
    choose: "Choose a table or pictures", clear: "Clear", stays: "Or drop them anywhere here. Nothing leaves this device.", pasted: "Pasted text",
    captions: "Captions beside the pictures, one a line", captionsPlaceholder: "a picture of a cat",
    readAs: "Read as", auto: (/** @type {string} */ kind) => `automatic: ${kind}`, kinds: { texts: "texts", numbers: "numbers", pictures: "pictures" },
    textColumn: "Text", nameColumn: "Name", groupColumn: "Group", none: "none",
    file: (/** @type {string} */ name) => `${name}:`, empty: "Write at least three texts to see a map.", noPictures: "Add some pictures.", nothing: "Nothing in it can be put on a map.",
    read: (/** @type {number} */ n) => `${plural(n, "point")}.`,
    columns: (/** @type {string[]} */ names) => `${plural(names.length, "column")} of numbers (${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}), each brought to mean 0 and deviation 1.`,
    skipped: {
      texts: (/** @type {number} */ n) => `${plural(n, "row")} left out: empty, or there already.`, numbers: (/** @type {number} */ n) => `${plural(n, "row")} left out: not a number in every column.`,
      pictures: (/** @type {number} */ n) => `${plural(n, "picture")} left out.`,
    },
    cut: (/** @type {number} */ n, /** @type {number} */ most) => `${num(n)} more left out: a map holds ${num(most)} points.`,
    bad: (/** @type {string} */ name, /** @type {string} */ why) => `${quote(name)}: ${why}`, unreadable: "This table cannot be read. Save it as CSV or paste plain lines.",
  },
  plot: {
    title: "Fig. 5.1",
    text: (/** @type {string} */ kind, /** @type {number} */ dim, /** @type {number} */ count, /** @type {boolean} */ grouped) => (count && dim ? `${plural(count, kind === "pictures" ? "picture and caption" : kind === "numbers" ? "row" : "text", kind === "pictures" ? "pictures and captions" : undefined)}, ${plural(dim, "number")} each, pressed into two.${grouped ? " Shape and colour both tell the group." : ""}` : "Points, pressed into two dimensions."),
    moreGroups: (/** @type {number} */ n) => `The ${plural(n, "smallest group")} share the small dot.`,
    method: "Method", methods: { pca: "PCA", tsne: "t-SNE", umap: "UMAP" },
    colour: "Marks show", colours: { group: "Groups", cluster: "Clusters", kept: "Kept" }, plain: "Plain",
    tool: "Pointer", tools: { move: "Move", lasso: "Lasso", box: "Box" },
    name: "Map of the points", keys: "Arrow keys go from point to point, with Shift they move the map. Plus and minus zoom, 0 shows everything, Space selects, Escape clears the selection. The table below holds the same.",
    in: "Zoom in", out: "Zoom out", fit: "All", fitName: "Show everything",
    search: "Find on the map", found: (/** @type {number} */ n) => (n ? plural(n, "match", "matches") : "no match"),
    needsClip: "Pictures need a second model.", waiting: "The map appears once the model has loaded.", nothing: "Nothing to show yet.", working: "Working out the vectors",
    vectors: "Making vectors", moving: "Laying out the map", stopped: (/** @type {number} */ step, /** @type {number} */ all) => `Stopped at step ${num(step)} of ${num(all)}.`,
    kept: (/** @type {number} */ k) => `of ${k === 10 ? "the 10" : `the ${Math.max(0, k)}`} nearest neighbours kept`, explained: "of the variance in these two axes",
    lost: (/** @type {number} */ lost, /** @type {number} */ k) => `On average ${lost} of a point’s ${k} nearest neighbours are somewhere else on this map.`,
    keptUndefined: "neighbours kept: it takes three points or more", keptTrivial: "With so few points everyone is everyone’s neighbour, so the share kept says nothing.",
    mislead: {
      pca: "PCA is a straight shadow: what is far apart here is far apart, but what lies together may only lie behind one another.",
      tsne: "t-SNE looks after neighbours only: the size of a cluster and the gap between two mean little, and another seed gives another map.",
      umap: "UMAP looks after neighbours first: the gaps between clusters and their sizes mean little, and another seed gives another map.",
    },
    announce: (/** @type {string} */ name, /** @type {string} */ group, /** @type {string} */ near, /** @type {string} */ cosine) => `${name}${group ? `, ${group}` : ""}${near ? `. Nearest: ${near}, cosine ${cosine}` : ""}`,
  },
  picked: {
    count: (/** @type {number} */ n, /** @type {number} */ all) => `${num(n)} of ${num(all)} selected`, clear: "Clear selection", between: " · ", more: (/** @type {number} */ n) => ` and ${num(n)} more`,
    one: "Mean cosine among them: undefined, it takes two.", mean: (/** @type {string} */ mean, /** @type {string} */ all) => `Mean cosine among them ${mean}; among all points ${all}.`,
  },
  knobs: {
    perplexity: "Perplexity: about how many neighbours count", neighbours: "Neighbours", minDist: "Least distance between points", steps: "Steps", seed: "Seed", another: "Another seed", rerun: "Run again",
    clamped: (/** @type {string} */ name, /** @type {string} */ asked, /** @type {string} */ used, /** @type {number} */ n) => `${name}: ${used} was used instead of ${asked}; ${plural(n, "point")} allow no other.`,
  },
  table: {
    caption: "Points on the map", columns: ["select, name", "group", "x", "y", "cluster", "kept"], select: (/** @type {string} */ name) => `Select ${name}`, more: (/** @type {number} */ n) => `Show ${num(n)} more`,
  },
  near: {
    title: "Fig. 5.2", text: "What lies nearest to the chosen point in the full space, and where the map has put it.", empty: "Choose a point on the map.",
    onMap: (/** @type {number} */ place) => `${ordinal(place)} on the map`,
    far: (/** @type {number} */ far, /** @type {number} */ n, /** @type {number} */ k) => `${far} of these ${n} true neighbours ${far === 1 ? "is" : "are"} not among the ${k} nearest on the map. The long lines lead to them.`,
    allNear: (/** @type {number} */ n, /** @type {number} */ k) => `All ${n} are among the ${k} nearest on the map too: around this point it can be believed.`, alone: "There is no other point.",
  },
  pairs: {
    title: "Fig. 5.3",
    text: { words: "The same word in two languages. Nobody told the model which belong together.", pictures: "Pictures and their captions, from two networks that share one space." },
    count: (/** @type {number} */ n, /** @type {number} */ all) => `${n} of ${all}`,
    mutual: { words: "pairs find each other: each is the other’s nearest word in the other language", pictures: "pairs find each other: the picture’s nearest caption, and that caption’s nearest picture" },
    misses: { words: "Arrows show what lay nearer than the translation. Rare and very short words go wrong first.", pictures: "Arrows show what lay nearer. Between a picture and a text even a good match has a small cosine, so only the order counts." },
    all: "None is missed here.", between: "; ",
  },
  clusters: {
    title: "Fig. 5.4", text: "k-means divides the points into k groups by their vectors, not by the map and not by the given groups.",
    suggest: (/** @type {number} */ k) => `Use the suggested k = ${k}`, suggestSoon: "Suggest k", show: "Show on the map", run: "Find clusters", few: "Clusters are undefined: it takes three points or more.",
    silhouette: "silhouette, −1 to 1", suggested: "suggested k", name: (/** @type {number} */ n) => `Cluster ${n}`, size: (/** @type {number} */ n) => plural(n, "point"),
    take: (/** @type {number} */ k, /** @type {string} */ value) => `k = ${k}, silhouette ${value}`,
    undefinedWhy: "The silhouette is undefined here: it takes two clusters and three points at least.",
    weak: "The silhouette is near 0: the groups run into one another, and another k would cut them as well. The names are the points nearest to each middle.",
    note: "The silhouette compares how near a point is to its own cluster and to the next one. The names are the points nearest to each middle.",
  },
  sum: {
    title: "Fig. 5.5", text: "Vectors can be added. Take one meaning away, put another in its place, and see what lies nearest.", terms: ["start with", "take away", "add"], tries: "Try:",
    empty: "Write three words.", nil: "The three cancel out, so there is no direction to look in.", alone: "No other point is left to compare with.", noWords: "Numbers have no words to add.",
    near: (/** @type {string} */ name) => `Nearest is ${quote(name)}.`, far: (/** @type {string} */ name) => `Nothing is near. The least far is ${quote(name)}.`,
    usual: (/** @type {string} */ cosine, /** @type {string} */ normal) => `Its cosine is ${cosine}; a point on this map usually has its nearest neighbour at ${normal}.`,
    without: "The three words and their partners are left out: they would always come first.", withoutInputs: "The three words themselves are left out: they would always come first.",
  },
  inside: {
    tokens: "Cut into tokens", columns: "Columns of a table", columnsNote: (/** @type {string[]} */ names) => `Each row is its numbers: ${names.join(", ")}. Each column is brought to mean 0 and deviation 1, so that no unit outweighs another.`,
    picture: "This point is a picture. Lab 2 shows how it is cut into patches.",
    numbers: (/** @type {number} */ n) => `Become ${n} numbers`, three: "The chosen point, its nearest and its farthest. Look for stripes that agree.",
    flat: "Are pressed into two", to: "to", angle: "angle", place: "on the map", placeOf: (/** @type {number} */ n, /** @type {number} */ all) => `${num(n)} of ${num(all)}`,
    how: {
      pca: "PCA turns the cloud until its widest side faces you, and drops the rest.",
      tsne: "t-SNE turns distances into shares of neighbourhood, and moves the points until the map’s shares resemble them.",
      umap: "UMAP ties each point to its neighbours, pulls tied points together and pushes random ones apart.",
    },
    explained: (/** @type {number} */ dim, /** @type {string} */ x, /** @type {string} */ y) => `Of ${num(dim)} directions it keeps two: across ${x} of the variance, up ${y}.`,
    threeSentences: "The encoder turns every text into one arrow of many numbers, and texts of like meaning into arrows of like direction. Nearness is the angle between two arrows, in the full space. No flat map can keep all those angles, so each method chooses what to give up.",
    codeParts: { inputs: "cuts the text", models: "makes the arrows", lessons: "lays them flat", page: "this page" },
  },
  acts: { csvVectors: "Save CSV with vectors", points: (/** @type {number} */ n) => plural(n, "point") },
};
