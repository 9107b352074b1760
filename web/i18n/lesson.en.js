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
  timer: {
    name: "Class timer", minutes: "Minutes", start: "Start", stop: "Stop",
    clock: (/** @type {number} */ seconds) => `${Math.floor(seconds / 60)}:${two(seconds % 60)}`, over: "Time is up.",
  },
};
