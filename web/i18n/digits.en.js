/** @param {number} n @param {string} one @param {string} [many] */
const plural = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
/** @param {string} text */
const quote = (text) => `“${text}”`;
/** @param {number[]} list */
const and = (list) => (list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")} and ${list.at(-1)}`);
/** @typedef {(value: number | null | undefined) => string} Print */
/** @typedef {import("../rooms/digits-judge.js").Judgement} Judgement */


/** What the numbers say. @param {Judgement} j @param {Print} share */
function says({ verdict, epoch, best, right, risen }, share) {
  const both = `${share(right.train)} of its own digits right, ${share(right.validation)} of those it never saw`;
  switch (verdict) {
    case "diverged": return "The numbers left their range: the learning rate is too high for this network.";
    case "underfit": return `Too small so far for ten digits: ${both}.`;
    case "memorising": return `It knows its own digits by heart: ${both}.${risen && best !== null ? ` The validation loss has been rising since epoch ${Number(best.toFixed(1))}.` : ""}`;
    case "good": return `It reads digits it never saw nearly as well as its own: ${both}.`;
    case "middling": return `Getting there: ${both}.`;
    case "unchecked": return "With no validation digits, nobody can tell what it has learned.";
    default: return epoch > 0 ? `The first epochs: ${both}.` : `Not trained yet: of ten answers about one is right by chance (${share(right.test)} here).`;
  }
}

const parts = { train: "training", validation: "validation", test: "test" };

export default {
  title: "Can it read your handwriting? · Kindling",
  live: "A pad, what is read from it, and the training",
  space: " ",
  runs: (/** @type {number} */ n) => `${plural(n, "weight")}, trained here`,
  waits: "It appears with the first answers.",
  parts,
  presets: {
    choose: "Three settings to begin with",
    names: { underfit: "Too small", good: "Good fit", overfit: "Too few" },
    says: (/** @type {DigitsState} */ s) => `${plural(s.train, "digit")}, ${plural(s.width, "neuron")}`,
  },
  pad: {
    empty: "Pad, empty. Draw a digit on it, or take an example.", drawn: "Pad with your drawing", example: (/** @type {number} */ d) => `Pad with an example of a ${d}`,
    clear: "Clear", next: "Another example", move: "Move what is on the pad; arrow keys do it too", moves: ["Move left", "Move up", "Move down", "Move right"],
    centred: "Centre it first, as MNIST does", shares: "What the network says: the share of each digit",
    invite: "Draw a digit.", waits: "Reading …",
    says: (/** @type {number} */ d) => `It reads a ${d}.`, saysOf: (/** @type {number} */ d, /** @type {number} */ label) => (d === label ? `It reads a ${d}, and that is right.` : `It reads a ${d}, but this is a ${label}.`),
    seen: (/** @type {boolean} */ centred) => String(centred ? "28 × 28, centred: all that it sees." : "28 × 28, as it lies: all that it sees."), seenLabel: "What the network is given, 28 × 28 pixels",
  },
  stage: {
    title: "Fig. 6.1",
    text: "Draw over the example. The network is trained while you watch, and reads your digit again after every few steps.",
    curves: { accuracy: "Share of right answers by epoch", loss: "Loss by epoch" }, curvesTable: { accuracy: "Right answers by epoch", loss: "Losses by epoch" },
    curveOf: { accuracy: "right answers, %", loss: "cross-entropy, nats" },
    epoch: "epoch", steps: (/** @type {number} */ n) => plural(n, "step"), loss: (/** @type {string} */ v) => `loss ${v}`, count: (/** @type {string} */ name, /** @type {number} */ n) => `${n.toLocaleString("en")} ${name}`,
    bestRule: (/** @type {string} */ e) => `lowest loss: ${e}`, stoppedRule: (/** @type {string} */ e) => `kept: epoch ${e}`,
    run: "Train", pause: "Pause", goOn: "Go on", step: "One step", oneEpoch: "One epoch", again: "Start again", speed: "Epochs a second", fastest: "fastest",
    verdict: (/** @type {Judgement} */ j, /** @type {TrainingPhase} */ phase, /** @type {Print} */ share) => {
      if (phase === "held" || phase === "failed") return "";
      if (j.verdict === "none" && j.right.test === null) return "Drawing the digits …";
      const said = says(j, share);
      if (phase === "ended" && j.verdict !== "diverged") return `Stopped and went back to epoch ${Number((j.best ?? j.epoch).toFixed(1))}, as the validation loss fell no further. ${said}`;
      return phase === "full" ? `Resting at epoch ${Math.round(j.epoch)}. ${said}` : said;
    },
  },
  knobs: {
    groups: ["Digits", "What may be learned", "How it is learned"],
    train: "Learn from", digits: (/** @type {number} */ n) => plural(n, "digit"), variety: "Variety of the pen", seed: "Seed", dice: "Another", keep: "Keep it when starting again",
    net: "Network", nets: { none: "No hidden layer (softmax regression)", mlp: "Hidden layers (MLP)", cnn: "Convolution first (CNN)" },
    layers: "Hidden layers", width: "Width", neurons: (/** @type {number} */ n) => plural(n, "neuron"), filters: "Filters",
    dropout: "Dropout", l2: "L2 penalty", off: "off", weights: (/** @type {number} */ n) => `${plural(n, "weight")} to learn.`,
    optimiser: "Optimiser", optimisers: { sgd: "SGD", momentum: "SGD with momentum" }, batch: "Batch", rows: (/** @type {number} */ n) => `${n} digits a step`,
    rate: "Learning rate", patience: "Patience", never: "never stops", epochs: (/** @type {number} */ n) => plural(n, "epoch"),
  },
  own: {
    title: "Digits of your own: MNIST’s files, or CSV", over: "Drop files with digits here",
    text: "Two files as MNIST has them (images and labels, packed as .gz or not), or lines with a label and 784 numbers from 0 to 255. At most 20,000 digits are taken. They stay on this device.",
    choose: "Choose files", drop: "or drop them here.", back: "Go back to drawn digits", reading: "Reading the files …",
    half: (/** @type {boolean} */ images, /** @type {string} */ name) => `${name} holds ${images ? "the pictures. Now choose the file with their labels" : "the labels. Now choose the file with the pictures"}.`,
    read: (/** @type {number} */ n, /** @type {number} */ found, /** @type {string} */ name) => `${plural(n, "digit")} read from ${name}.${found > n ? ` The file holds ${found.toLocaleString("en")}; the rest is left out.` : ""}`,
    side: (/** @type {[number, number]} */ [rows, columns]) => `They were ${columns} × ${rows} and are brought to 28 × 28.`,
    skipped: (/** @type {number[]} */ lines) => `Not digits, so left out: ${lines.length === 1 ? "line" : "lines"} ${lines.slice(0, 8).join(", ")}${lines.length > 8 ? " …" : ""}.`,
  },
  errors: {
    network: () => ["The lessons’ program did not arrive.", "Check the connection, then try again. Your settings are kept."],
    worker: () => ["The lessons’ program stopped answering.", "Start it again. Your settings are kept."],
    panic: () => ["The calculation broke down.", "A fresh one has been started. Your settings are kept; try again."],
    lesson_too_few: (/** @type {any} */ d) => [`There are ${plural(Number(d.found) || 0, "digit")}, and ${Number(d.needed) || 10} are needed.`, "Choose a file with more of them."],
    lesson_too_many: (/** @type {any} */ d) => [`There are ${(Number(d.found) || 0).toLocaleString("en")}; ${(Number(d.limit) || 0).toLocaleString("en")} are the most.`, "Leave some out and try again."],
    lesson_setting: (/** @type {any} */ d) => [`${quote(String(d.name ?? "?"))} must lie between ${Number(d.low)} and ${Number(d.high)}.`, "Turn the knob back and try again."],
    lesson_idx_magic: (/** @type {any} */ d) => [`The file with the ${d.file === "labels" ? "labels" : "pictures"} does not begin as MNIST’s do.`, "Choose the IDX files themselves, such as t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz."],
    lesson_idx_short: (/** @type {any} */ d) => [`The file with the ${d.file === "labels" ? "labels" : "pictures"} is cut off: ${(Number(d.found) || 0).toLocaleString("en")} bytes of ${(Number(d.needed) || 0).toLocaleString("en")} are there.`, "Fetch it again, and choose it when it is whole."],
    lesson_idx_counts: (/** @type {any} */ d) => [`There are ${(Number(d.images) || 0).toLocaleString("en")} pictures and ${(Number(d.labels) || 0).toLocaleString("en")} labels.`, "Choose the two files that belong together."],
    lesson_idx_side: (/** @type {any} */ d) => [`These pictures are ${Number(d.columns) || 0} × ${Number(d.rows) || 0}.`, "Sides from 1 to 64 can be read."],
    lesson_label: (/** @type {any} */ d) => [`Label ${Number(d.row) || 0} is ${String(d.found ?? "?")}, which is no digit.`, "Choose a file with labels from 0 to 9."],
    lesson_no_digits: () => ["No line holds a label and 784 numbers.", "Put the label first, then 784 numbers from 0 to 255 with commas between."],
    digits_format: (/** @type {any} */ d) => [`${quote(String(d.name ?? ""))} is neither an IDX file nor a table.`, "Choose MNIST’s files with images and labels, or a CSV."],
    digits_packed: (/** @type {any} */ d) => [`${quote(String(d.name ?? ""))} is packed, but it is damaged or cut off.`, "Fetch it again, and choose it when it is whole."],
    digits_large: (/** @type {any} */ d) => [`${quote(String(d.name ?? ""))} is larger than ${Math.round((Number(d.limit) || 0) / 1e6)} MB when unpacked.`, "Choose a smaller file; 20,000 digits are taken at most."],
    digits_unread: () => ["This file cannot be read.", "Choose it again, or another one."],
    other: () => ["This could not be computed.", "Change the settings, or try again. Nothing is lost."],
  },
  acts: { curves: "Save curves (CSV)", answers: "Save answers (CSV)" },
  matrix: {
    title: "Fig. 6.2", text: "Digits that it has not learned from: what they are, and what it says. Click a cell to see its pictures, a heading for all of its row or column.",
    name: "Confusion matrix: rows are what a digit is, columns what the network says", axes: "Down: what it is. Across: what it says.",
    row: (/** @type {number} */ d) => `All that are a ${d}`, column: (/** @type {number} */ d) => `All that are read as ${d}`,
    says: (/** @type {number} */ right, /** @type {number} */ all, /** @type {[number, number, number] | null} */ worst) => `${right} of ${all} are right.${worst ? ` Most often mistaken: ${worst[0]} for ${worst[1]}, ${worst[2] === 1 ? "once" : `${worst[2]} times`}.` : ""}`,
    scores: "Scores of every digit", scoresOf: "Precision, recall and F1 of every digit", columns: ["digit", "precision", "recall", "F1", "pictures"], macro: "mean",
    unsaid: (/** @type {number[]} */ d) => `Precision of ${and(d)} is undefined: the network never says ${d.length === 1 ? "it" : "them"}.`,
    absent: (/** @type {number[]} */ d) => `Recall of ${and(d)} is undefined: no test picture shows ${d.length === 1 ? "it" : "them"}.`,
    cell: (/** @type {DigitsCell} */ { truth, said }, /** @type {number} */ n) => `${plural(n, "picture")}: ${truth === null ? "" : `a ${truth}`}${said === null ? "" : truth === null ? `read as ${said}` : truth === said ? ", read right" : `, read as ${said}`}`,
    picture: (/** @type {number} */ label, /** @type {number} */ said, /** @type {string} */ sure) => `${said}, ${sure}: what it says of this ${label}. Put it on the pad`,
    said: (/** @type {number} */ said, /** @type {string} */ sure) => `${said}, ${sure}`,
    more: (/** @type {number} */ n) => `Show ${n} more`, toPad: "Under each picture: what it says, and the share it gives that. A click puts the picture on the pad.", none: "No picture is in this cell.",
  },
  weights: {
    title: "Fig. 6.3", text: "The first weights, each in the place of the pixel that it multiplies. They are where the learning shows.",
    label: (/** @type {number} */ n, /** @type {number} */ side) => `Weights of ${plural(n, "unit")}, ${side} × ${side} each`,
    key: (/** @type {DigitNet} */ net, /** @type {number} */ n, /** @type {string} */ most, /** @type {boolean} */ more) => `${net === "none" ? "One picture for each digit" : net === "cnn" ? `${plural(n, "filter")} of 3 × 3, which slide over the picture` : `${more ? "The first " : ""}${plural(n, "neuron")}`}. Warm: ink here speaks for it (up to +${most}). Blue: against it (down to −${most}).`,
  },
  inside: {
    numbers: "A picture becomes 784 numbers", layers: "Numbers go through the layers", compared: "The answer is compared",
    pixels: "The 784 numbers", pixelRow: "row", numbersText: (/** @type {number} */ n) => `From 0 for paper to 255 for ink, row by row; ${n} of them are not paper. That you drew a line is lost: the network sees places, not strokes.`,
    layersText: (/** @type {DigitNet} */ net, /** @type {number} */ n) => `${net === "none" ? "Each answer multiplies all 784 numbers by weights of its own and adds up." : net === "cnn" ? "Filters of 3 × 3 slide over the picture; of every 2 × 2 places the largest is kept. Layers of neurons follow." : "Each arrow multiplies by weights and adds up; what falls below zero becomes zero (ReLU)."} ${plural(n, "weight")} in all.`,
    mapsName: "maps of the filters", units: (/** @type {number} */ at) => `hidden layer ${at}`, logits: "ten answers (logits)", maps: (/** @type {number} */ n, /** @type {number} */ side) => `${plural(n, "map")} of ${side} × ${side}`,
    film: (/** @type {string} */ name, /** @type {number} */ n) => `${name}: ${plural(n, "number")} as bars`,
    softmax: "From logits to shares", digit: "digit", logit: "logit", share: "share",
    softmaxText: "Softmax: e to the power of each logit, divided by their sum. Shares add up to one, whatever lies on the pad; a scribble gets them too.",
    noTruth: "Nobody has labelled what you drew, so it has no loss.", lossText: (/** @type {number} */ label, /** @type {string} */ given, /** @type {string} */ v) => `The label is ${label}; its share is ${given}, so the loss of this picture is −ln ${given} = ${v}.`,
    step: (/** @type {string} */ ms) => `One step of the optimiser takes ${ms} ms here.`,
    three: "The network turns 784 grey values into ten shares by multiplying with weights that begin at random. After every few digits each weight moves a little in the direction that gives the right answers more; nobody tells it what a loop or a stroke is. Digits that it never learns from tell whether it has found what makes a 7, or has only learned its own sevens by heart.",
    code: { lessons: "digits, network, steps", page: "this page" },
  },
};
