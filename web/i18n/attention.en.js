/** @param {string} text */
const quote = (text) => `“${text}”`;

export default {
  summary: "Attention between the tokens",
  lead: (/** @type {number} */ layers, /** @type {number} */ heads) => `In each of ${layers} layers, ${heads} heads decide side by side what every token takes from the others. These are their weights from the model’s own pass over your text.`,
  layer: "Layer", head: "Head", mean: "Mean", meanName: "Mean of the heads",
  headName: (/** @type {number} */ n) => `Head ${n}`,
  matrix: "Rows look at columns", arcs: (/** @type {string} */ token) => `What ${quote(token)} looks at`,
  choose: "Token whose arcs are drawn",
  row: "A row is one token: it says how its attention is shared out over all tokens, itself included, so it adds up to 1.",
  scale: (/** @type {string} */ most) => `The darkest cell is ${most}.`,
  hint: "Point at a cell; choose one for its arcs.",
  reading: (/** @type {string} */ from, /** @type {string} */ to) => `${quote(from)} looks at ${quote(to)}`,
  keys: "Arrow keys go from cell to cell, Enter draws the row as arcs. The table below holds the same.",
  cut: (/** @type {number} */ shown, /** @type {number} */ all) => `The first ${shown} of ${all} tokens are shown; what a row lacks to 1 goes to the rest.`,
  caption: (/** @type {number} */ layer, /** @type {string} */ head) => `Attention in layer ${layer}, ${head.toLowerCase()}: rows look at columns`,
  rowCaption: (/** @type {string} */ token) => `What ${quote(token)} looks at; a text this long is shown row by row`,
  corner: "token", weight: "weight",
  caveat: [
    "Attention is not an explanation of the score: in models put to the test, quite other weights led to the same answer (", "Jain & Wallace 2019",
    "); how much follows from that is disputed (", "Wiegreffe & Pinter 2019", ").",
  ],
  save: { csv: "Save this head (CSV)", json: "Save all heads (JSON)", title: (/** @type {number} */ layer, /** @type {string} */ head) => `Attention in layer ${layer}, ${head.toLowerCase()}` },
  missing: "This part did not arrive. Reload the page when the network is back.",
};
