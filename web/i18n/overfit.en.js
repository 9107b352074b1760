/** @param {number} n @param {string} one @param {string} [many] */
const plural = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
/** @param {string} text */
const quote = (text) => `“${text}”`;
/** @typedef {(value: number | null | undefined) => string} Print */
/** @typedef {import("../rooms/overfit-judge.js").Judgement} Judgement */

const parts = { train: "training", validation: "validation", test: "test" };

/** @param {number[]} hidden */
const neurons = (hidden) => (hidden.length === 1 ? plural(hidden[0], "neuron") : `${hidden.length} × ${hidden[0]} neurons`);

/** What the numbers say. @param {Judgement} j @param {Print} print */
function says({ verdict, epoch, best, now, kept }, print) {
  switch (verdict) {
    case "diverged": return "The numbers left their range: the learning rate is too high for this model.";
    case "underfit": return `Too simple so far: it is still far off on its own training points (${print(now.train)}), and no better on those it never saw (${print(now.validation)}).`;
    case "memorising": return `Since epoch ${best} it is only memorising: the training loss fell on to ${print(now.train)}, while the validation loss rose from ${print(kept?.validation)} to ${print(now.validation)}.`;
    case "gap": return `It knows its training points (${print(now.train)}) far better than those it never saw (${print(now.validation)}).`;
    case "good": return `It does about as well on points it never saw (${print(now.validation)}) as on its own (${print(now.train)}).`;
    case "unchecked": return "With no validation points, nobody can tell what it has learned.";
    default: return epoch > 0 ? "The first epochs: too early to tell." : "Not trained yet.";
  }
}

export default {
  title: "Does more practice always help? · Kindling",
  live: "Points, a model and its curves",
  space: " ",
  runs: (/** @type {number} */ n) => `${plural(n, "weight")}, trained here`,
  parts,
  classes: ["A, circles", "B, diamonds"],
  presets: {
    task: "What is learned", choose: "Three settings to begin with",
    tasks: { regression: "A curve", classification: "Two classes" },
    names: { underfit: "Underfit", good: "Good fit", overfit: "Overfit" },
    says: (/** @type {OverfitState} */ s) => (s.kind === "mlp" ? neurons(Array(s.layers).fill(s.width)) : s.degree === 1 ? "a straight line" : `degree ${s.degree}`),
  },
  stage: {
    title: "Fig. 4.1",
    text: "Click into the plot to add a point, drag one to move it, drag it out to remove it. The model sees the training points only.",
    plot: (/** @type {number} */ n, /** @type {LessonTask} */ task) => (task === "regression" ? `${plural(n, "point")} and the fitted curve` : `${plural(n, "point")} of two classes, and which side the model puts every place on`),
    curves: "Training, validation and test loss by epoch", curvesTable: "Losses by epoch",
    epoch: "epoch", lossOf: { regression: "mean squared error", classification: "cross-entropy, nats" },
    bestRule: (/** @type {number} */ e) => `best: epoch ${e}`, stoppedRule: (/** @type {number} */ e) => `kept: epoch ${e}`,
    count: (/** @type {string} */ name, /** @type {number} */ n) => `${n} ${name}`, truth: "drawn from",
    run: "Run", pause: "Pause", goOn: "Go on", step: "One epoch", again: "Start again", speed: "Epochs a second", speeds: (/** @type {number} */ n) => String(n), fastest: "as fast as it goes",
    nextPart: "New points are for", nextClass: "and of class", turns: "each in turn",
    verdict: (/** @type {Judgement} */ j, /** @type {TrainingPhase} */ phase, /** @type {Print} */ print) => {
      if (phase === "empty") return "The plot is empty. Click into it: three points will do to begin.";
      if (phase === "held" || phase === "failed") return "";
      const said = says(j, print);
      if (phase === "ended" && j.verdict !== "diverged") return `Stopped at epoch ${j.epoch} and went back to epoch ${j.best}, as the validation loss fell no further. ${said}`;
      return phase === "full" ? `Resting at epoch ${j.epoch.toLocaleString("en")}. ${said}` : said;
    },
  },
  knobs: {
    groups: ["Points", "What may be learned", "How it is learned"],
    shape: "Shape", shapes: { line: "Line", sine: "Sine", step: "Step", bumps: "Bumps" }, clusters: { moons: "Moons", circles: "Circles", spirals: "Spirals", xor: "XOR", blobs: "Blobs" },
    count: "Points", noise: "Noise", seed: "Seed", dice: "Another", keep: "Keep it when starting again",
    mine: "These are your own points.", back: "Draw them from the shape again",
    model: "Model", kinds: { polynomial: "Polynomial", mlp: "Network" }, degree: "Degree", layers: "Hidden layers", width: "Width", neurons: (/** @type {number} */ n) => plural(n, "neuron"),
    activation: "Activation", dropout: "Dropout", l2: "L2 penalty", off: "off", weights: (/** @type {number} */ n) => `${plural(n, "weight")} to learn.`,
    optimiser: "Optimiser", optimisers: { sgd: "SGD", momentum: "SGD with momentum" }, batch: "Batch", rows: (/** @type {number} */ n) => `${n} points a step`, all: "all points at once",
    rate: "Learning rate", patience: "Patience", never: "never stops", epochs: (/** @type {number} */ n) => plural(n, "epoch"),
  },
  own: {
    title: "Points of your own: a table, CSV, or an empty plot", over: "Drop a file with numbers here",
    text: "Numbers as CSV: x, y, and a class where there are two", placeholder: "x,y\n1.2,3.4\n1.9,2.8",
    use: "Use these numbers", nothing: "Paste some lines first.", empty: "Start with an empty plot", add: "Add a row",
    read: (/** @type {number} */ n, /** @type {string} */ name) => `${plural(n, "point")} read${name ? ` from ${name}` : ""} and scaled to the plot.`,
    cut: (/** @type {number} */ n, /** @type {number} */ most) => `The first ${most.toLocaleString("en")} of ${n.toLocaleString("en")} are used.`,
    skipped: (/** @type {number[]} */ lines) => `Not numbers, so left out: ${lines.length === 1 ? "line" : "lines"} ${lines.slice(0, 8).join(", ")}${lines.length > 8 ? " …" : ""}.`,
    unread: "This file cannot be read.",
    caption: "The points", columns: { group: "class", part: "used for" }, cell: (/** @type {string} */ name, /** @type {number} */ row) => `${name}, point ${row}`, remove: (/** @type {number} */ row) => `Remove point ${row}`, none: "No points yet.",
  },
  held: { text: (/** @type {string} */ size) => `This sets up an experiment. Running it needs the lessons’ program, ${size}, once.`, fetch: "Fetch it and run" },
  errors: {
    network: () => ["The lessons’ program did not arrive.", "Check the connection, then try again. Your settings are kept."],
    worker: () => ["The lessons’ program stopped answering.", "Start it again. Your settings are kept."],
    panic: () => ["The calculation broke down.", "A fresh one has been started. Your settings are kept; try again."],
    table: () => ["These lines cannot be read as a table.", "Check that they are CSV, TSV or numbers with spaces between."],
    lesson_too_few: (/** @type {any} */ d) => [`There are ${plural(Number(d.found) || 0, "point")} to learn from, and ${Number(d.needed) || 3} are needed.`, "Add some, or use some of the others for training."],
    lesson_too_many: (/** @type {any} */ d) => [`There are ${(Number(d.found) || 0).toLocaleString("en")} points; ${(Number(d.limit) || 0).toLocaleString("en")} are the most.`, "Leave some out and try again."],
    lesson_no_numbers: () => ["There are not two columns of numbers.", "Put x in one column and y in the next."],
    lesson_classes: () => ["No column tells two classes apart.", "Add a column with two different values, such as 0 and 1."],
    lesson_constant: (/** @type {any} */ d) => [`All values of ${d.axis === "y" ? "y" : "x"} are the same.`, "There is nothing to scale or to learn; use another column."],
    lesson_far: () => ["A point lies too far away.", "Scale the numbers to the plot first."],
    lesson_setting: (/** @type {any} */ d) => [`${quote(String(d.name ?? "?"))} must lie between ${Number(d.low)} and ${Number(d.high)}.`, "Turn the knob back and try again."],
    lesson_not_finite: () => ["A value is not a number.", "Check the points in the table."],
    other: () => ["This could not be computed.", "Change the settings, or try again. Nothing is lost."],
  },
  acts: { curves: "Save curves (CSV)", points: "Save points (CSV)" },
  figures: {
    degree: "degree", lossLog: "mean squared error, each mark ten times the last",
    best: (/** @type {string} */ d) => `lowest: ${d}`, mine: (/** @type {string} */ d) => `yours: ${d}`, mineBest: (/** @type {string} */ d) => `yours and lowest: ${d}`,
    regressionOnly: "This figure solves hundreds of fits at once, which only polynomials allow. It waits under “A curve”.",
    waits: "It appears with the points.", noValidation: "Without points to check against there is no lowest error.",
    capacity: {
      title: "Fig. 4.2", text: "The same points, every degree from 0 to 20, each solved in one go. Click a degree to take it.",
      label: "Training, validation and test error by degree", caption: "Errors by degree",
      says: (/** @type {number} */ best, /** @type {string} */ low, /** @type {number} */ d, /** @type {string} */ train, /** @type {string} */ validation) => `Degree ${best} has the lowest validation error, ${low}. At degree ${d} the best possible fit has ${train} in training and ${validation} in validation; the fit above goes there step by step, if it is given the time.`,
    },
    widths: {
      title: "Fig. 4.2", text: "The same points, and networks with one hidden layer, each width trained afresh for 500 epochs. Click a width to take it.",
      neurons: "neurons", loss: { regression: "mean squared error, log scale", classification: "cross-entropy, log scale" },
      label: "Training, validation and test loss by width of the network", caption: "Losses by width",
      working: (/** @type {number} */ done, /** @type {number} */ all) => `${done} of ${all} widths trained.`,
      says: (/** @type {number} */ best, /** @type {string} */ low) => `With ${neurons([best])} the validation loss is lowest, ${low}.`,
      mine: (/** @type {number} */ width, /** @type {string} */ train, /** @type {string} */ validation) => ` With your ${width} it is ${train} in training and ${validation} in validation after 500 epochs.`,
      deeper: (/** @type {number} */ layers) => ` Your network has ${layers} hidden layers, so it has no place on this axis.`,
    },
    folds: {
      title: "Fig. 4.3", text: "One split may be lucky. Here every point is checked against once, and the bars show by how much the folds differ.",
      choose: "Folds", k: (/** @type {number} */ k) => `${k} folds`, line: (/** @type {number} */ k) => `mean of ${k}`,
      label: (/** @type {number} */ k) => `Mean error of ${k} folds by degree`, caption: (/** @type {number} */ k) => `Error of ${k} folds by degree, mean ± standard deviation`,
      says: (/** @type {number} */ k, /** @type {number} */ best, /** @type {string} */ mean, /** @type {string} */ deviation, /** @type {number | null} */ single) => `${k} folds choose degree ${best}: ${mean} ± ${deviation}. ${single === null ? "" : single === best ? "The one split above chose the same." : `The one split above chose ${single}.`}`,
    },
    spread: {
      title: "Fig. 4.4", text: "The same degree, fitted many times to fresh points. What is off on average is bias; what changes from fit to fit is variance.",
      label: (/** @type {number} */ d) => `Mean of many fits of degree ${d}, and the band that holds eight of ten`,
      key: (/** @type {number} */ n, /** @type {boolean} */ truth) => `Line: the mean of ${n} fits. Band: eight of ten lie in it.${truth ? " Dots: what the points were drawn from." : ""}`,
      bias: "bias²", variance: "variance", noise: "noise", sum: "their sum", measured: "measured on fresh points",
      says: (/** @type {string} */ sum, /** @type {string} */ measured, /** @type {boolean} */ near) => `The three add up to ${sum}; measured on fresh points it is ${measured}. ${near ? "What is between them is chance." : "At this degree single fits swing so far that this many of them do not settle it."}`,
      unknown: "Your own points were drawn from nobody knows what, so bias and noise are undefined. The variance comes from resampling them.",
    },
  },
  inside: {
    features: "A point becomes features", numbers: "Weights follow the loss", kept: "Stopping in time",
    polynomial: (/** @type {number} */ d, /** @type {number} */ n, /** @type {boolean} */ curve) => `${curve ? "Each x becomes" : "Each point becomes"} ${plural(n, "number")}: ${curve ? "its powers" : "all products of powers of x and y"} up to ${d}, combined so that none outweighs the others (Legendre polynomials). The fit gives each a weight.`,
    network: (/** @type {number[]} */ hidden, /** @type {number} */ n, /** @type {string} */ f) => `Each arrow multiplies by weights and adds up; ${neurons(hidden)} with ${f} in between. That makes ${plural(n, "weight")}.`,
    part: "points", loss: "loss now", base: (/** @type {string} */ v) => `Always giving the same answer would lose ${v} in training.`, step: (/** @type {string} */ ms) => `One step of the optimiser takes ${ms} ms here.`,
    atBest: (/** @type {number} */ e) => `epoch ${e}`, atEnd: (/** @type {number} */ e) => `epoch ${e}, last`,
    saved: (/** @type {Judgement} */ { best, epoch, last: now, kept }, /** @type {Print} */ print) => (best === epoch ? "The validation loss is at its lowest right now." : (now.test ?? 0) > (kept?.test ?? 0) ? `Stopping at epoch ${best} would have kept a test loss of ${print(kept?.test)} instead of ${print(now.test)}.` : `Here stopping at epoch ${best} would not have helped: the test loss went from ${print(kept?.test)} to ${print(now.test)}.`),
    noValidation: "Without validation points there is nothing to tell when to stop.",
    three: "Each step compares the model’s answers with the training points and moves every weight a little against the loss. A model with many weights can bend through each point, noise included. The validation points tell when bending stops helping; the test points, which decided nothing, tell what is left of it.",
    code: { lessons: "points, models, steps", page: "this page" },
  },
};
