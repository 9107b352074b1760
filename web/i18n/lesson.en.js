/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

export default {
  list: "Lessons", bar: "Steps of the lesson", steps: "Steps",
  lesson: (/** @type {string} */ title) => `Lesson: ${title}`,
  step: (/** @type {number} */ at, /** @type {number} */ all) => `Step ${at} of ${all}`,
  predict: "Your prediction", pick: "Pick an answer first.",
  run: "Run the experiment", reveal: "Reveal", again: "Ask me again", back: "Back", next: "Next step", nextLesson: (/** @type {string} */ title) => `Next lesson: ${title}`,
  leave: "Leave the lesson", all: "Show all controls", fewer: "Hide what the step does not need",
  running: "The experiment runs below. Reveal the answer when you have seen enough.",
  right: "You predicted it.", wrong: (/** @type {string} */ what) => `It came out differently: “${what}”.`,
  happened: (/** @type {string} */ what) => `What happened: “${what}”.`, yours: "your prediction", came: "what happened",
  soon: "The lab is not done yet. What it measures will stand here.",
  unclear: "What came out fits none of the answers. Read it off the figure.",
  measured: "Measured here:", source: "Source", sources: "Sources",
  unknown: "There is no lesson of that name. The link was not used.",
  badStep: (/** @type {number} */ all) => `The lesson has steps 1 to ${all}; it begins with the first.`,
  asked: {
    name: "A question first", note: "Somebody put this question into the link. Nothing that you answer is sent.",
    right: "That is right.", wrong: (/** @type {string} */ what) => `The right answer is “${what}”.`, noted: (/** @type {string} */ what) => `Your answer: “${what}”.`,
    yours: "your answer", correct: "right", bar: "Question", leave: "Go on in the lab", all: "Show all controls", fewer: "Hide them again",
    version: "The question in the link was made by another version of this page, so it was not used.",
    unwhole: "The question in the link is not complete, so it was not used.", clamped: "The question in the link was longer than this page takes; some of it was cut.",
  },
  maker: {
    open: "Make a lesson link", title: "A question before this lab",
    lead: "The link opens the lab as you have it now, with your question first. It holds everything; nothing is sent.",
    ask: "Question", askHint: "What will happen if the degree rises to 18?", answers: "Two to four answers", answer: (/** @type {number} */ n) => `Answer ${n}`, optional: (/** @type {number} */ n) => `Answer ${n}, optional`,
    right: "right", none: "No answer is the right one", tell: "Told after the reveal", tellHint: "Why it is so, or what to try next. May stay empty.",
    hide: "Hidden until the reveal", copy: "Copy the link", tryIt: "Try it here", close: "Close",
    copied: "Link copied.", shown: "Copy this link:", cut: "Too long for a link: the end was cut.", unwhole: "Write a question and at least two answers.", shownLabel: "Lesson link",
  },
  hides: {
    acts: "Undo, link and saving", inside: "Inside", figures: "All figures below the lab",
    sentiment: { verdict: "Score and scale", ends: "The two ends", setup: "Sentence and labels" },
    images: { add: "Ways to add pictures", shown: "Picture and closest label", labels: "Labels and their shares", setup: "Template and temperature" },
    generate: { tries: "Suggested prompts", film: "The film of the picture", knobs: "More knobs" },
    overfit: { presets: "The three presets", task: "Curve or classes", run: "Run, step, start again", curves: "Loss curves", readings: "Losses and verdict", points: "Knobs of the points", model: "Knobs of the model", training: "Knobs of the training", own: "Points of one's own" },
    digits: { presets: "The three presets", run: "Run, step, start again", pad: "The pad to draw on", curves: "Loss and accuracy curves", readings: "Numbers and verdict", knobs: "All knobs", own: "Digits of one's own" },
    map: { source: "Choice of texts or pictures", method: "PCA, t-SNE, UMAP", colour: "Colours", readings: "What the map kept", knobs: "Knobs of the method", table: "The map as a table" },
  },
  timer: {
    name: "Class timer", minutes: "minutes", start: "Start", stop: "Stop",
    clock: (/** @type {number} */ seconds) => `${Math.floor(seconds / 60)}:${two(seconds % 60)}`, over: "Time is up.",
  },
};
