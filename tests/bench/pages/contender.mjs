// A dedicated worker that holds one contender: ours, onnxruntime-web or transformers.js.
// Each loader answers { info, unload, … } and, by kind of input, functions that prepare a call outside the clock and give back
// what is timed.
import * as clips from './clips.mjs';
import * as encoders from './encoders.mjs';
import * as generators from './generators.mjs';
import * as trainings from './trainings.mjs';
import * as unets from './unets.mjs';

/** @type {any} */
let contender = null;

/** The loaders of a kind of model: sentence encoders but where the options name another. */
function loadersOf(options) {
  if (options.clip) return clips;
  if (options.unet) return unets;
  if (options.training) return trainings;
  return options.generator ? generators : encoders;
}

const ACTIONS = {
  async load({ contender: name, options }) {
    const begun = performance.now();
    contender = await loadersOf(options)[name.split('-')[0]](options);
    return { info: contender.info, marks: { load: performance.now() - begun } };
  },
  async run({ kind, input }) {
    const timed = await contender[kind](input);
    const begun = performance.now();
    const output = await timed();
    return { millis: performance.now() - begun, output };
  },
  tokenize: (texts) => contender.tokenize(texts),
  async unload() {
    await contender.unload();
    contender = null;
    globalThis.gc?.();
  },
  collect: () => globalThis.gc?.(),
};

/** Ours throws plain objects `{kind, message}`, the peers throw errors. */
function reason(error) {
  return error?.kind ? `${error.kind}: ${error.message}` : String(error?.stack ?? error);
}

self.onmessage = async ({ data: { id, action, args } }) => {
  try {
    postMessage({ id, value: await ACTIONS[action](args) });
  } catch (error) {
    postMessage({ id, error: reason(error) });
  }
};
