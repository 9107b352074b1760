// What the page asks its workers and what they answer, heard, kept or changed by scripts that run in the page before anything else.

/** @typedef {import("playwright-core").Page} Page */
/**
 * Runs in the page. `asked` hears each question and may give another one to be sent in its place; `answered` hears each message that comes
 * back, with the question that it is about.
 * @typedef {() => {asked?: (question: any) => any, answered?: (message: any, question: any) => void}} Listener
 */

/** Runs in the page: every worker from now on is listened to. @param {Listener} listen */
function listenToWorkers(listen) {
  const { asked, answered } = listen();
  const Native = Worker;
  globalThis.Worker = class extends Native {
    /** Those without an answer; private, for a worker may have several listeners. @type {Map<number, any>} */
    #questions = new Map();
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", ({ data }) => {
        const question = this.#questions.get(data.id);
        if (!question) return;
        if (!("progress" in data)) this.#questions.delete(data.id);
        answered?.(data, question);
      });
    }
    /** @param {any} message @param {any} more */
    postMessage(message, more) {
      if (!message.action) return super.postMessage(message, more);
      if (answered) this.#questions.set(message.id, message);
      super.postMessage(asked?.(message) ?? message, more);
    }
  };
}

/** A script for a context's beginning. @param {Listener} listener */
export const workersHeardBy = (listener) => `(${listenToWorkers})(${listener})`;

/** Keeps the vector of every text that was embedded or scored. */
export const recordVectors = workersHeardBy(() => {
  const vectors = /** @type {Record<string, number[]>} */ ({});
  Object.assign(globalThis, { vectors });
  return {
    answered({ value }, { action, args }) {
      if (!value) return;
      if (action === "sentiment") args.question.texts.forEach((/** @type {string} */ text, /** @type {number} */ at) => (vectors[text] = [...value.rows[at].vector]));
      if (action !== "embed") return;
      const dim = value.length / args.texts.length;
      args.texts.forEach((/** @type {string} */ text, /** @type {number} */ at) => (vectors[text] = [...value.slice(at * dim, (at + 1) * dim)]));
    },
  };
});

/** The vectors so far, by their texts. @param {Page} page @returns {Promise<Record<string, number[]>>} */
export const vectorsIn = (page) => page.evaluate(() => /** @type {any} */ (globalThis).vectors);

/** Makes the program panic where `panicAt` says so; `?faults` allows it. */
export const panicWhereTold = workersHeardBy(() => ({
  asked(question) {
    const wish = /** @type {any} */ (globalThis).panic;
    if (!wish || question.action !== wish.action || --wish.left > 0) return question;
    Object.assign(globalThis, { panic: null });
    return { ...question, action: "panic", args: {} };
  },
}));
/** The program panics at the n-th question of that kind from now on. @param {Page} page @param {string} action @param {number} [nth] */
export const panicAt = (page, action, nth = 1) => page.evaluate((wish) => void Object.assign(globalThis, { panic: wish }), { action, left: nth });
/** Waits until that question was asked. @param {Page} page */
export const panicked = (page) => page.waitForFunction(() => /** @type {any} */ (globalThis).panic === null);
