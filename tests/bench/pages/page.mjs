// The page's side of the bench: one worker a contender, calls taken in turns.

/** @typedef {{ worker: Worker, waiting: Map<number, { resolve: Function, reject: Function }> }} Contender */

/** @type {Map<string, Contender>} */
const contenders = new Map();
let nextId = 0;

/** @param {string} name */
function start(name) {
  const worker = new Worker(new URL('contender.mjs', import.meta.url), { type: 'module' });
  /** @type {Contender['waiting']} */
  const waiting = new Map();
  worker.onmessage = ({ data }) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) call?.reject(new Error(`${name}: ${data.error}`));
    else call?.resolve(data.value);
  };
  worker.onerror = (event) => {
    for (const call of waiting.values()) call.reject(new Error(`${name}: ${event.message || 'worker ended'}`));
    waiting.clear();
  };
  contenders.set(name, { worker, waiting });
}

/**
 * @param {string} name
 * @param {string} action
 * @param {unknown} [args]
 * @returns {Promise<any>}
 */
function call(name, action, args) {
  const contender = contenders.get(name);
  if (!contender) throw new Error(`no such contender: ${name}`);
  const id = nextId++;
  return new Promise((resolve, reject) => {
    contender.waiting.set(id, { resolve, reject });
    contender.worker.postMessage({ id, action, args });
  });
}

/** @param {string} name */
function stop(name) {
  contenders.get(name)?.worker.terminate();
  contenders.delete(name);
}

/**
 * Runs every entry once a round, each round beginning with another one, so that whatever else the
 * machine does meets all of them alike.
 * @param {{ entries: { name: string, kind: string }[], input: object, warm: number, rounds: number }} plan
 */
async function alternate({ entries, input, warm, rounds }) {
  const results = entries.map(() => ({ first: NaN, times: /** @type {number[]} */ ([]), output: /** @type {number[]} */ ([]) }));
  for (let round = -warm; round < rounds; round++) {
    for (let turn = 0; turn < entries.length; turn++) {
      const index = (turn + round + warm) % entries.length;
      const { name, kind } = entries[index];
      const { millis, output } = await call(name, 'run', { kind, input });
      if (round === -warm) results[index].first = millis;
      if (round >= 0) results[index].times.push(millis);
      results[index].output = Array.from(output);
    }
  }
  return results;
}

/**
 * Some inputs over and over, without a clock.
 * @param {{ contender: string, kind: string, inputs: object[], times: number }} plan
 */
async function repeat({ contender, kind, inputs, times }) {
  for (let run = 0; run < times; run++) await call(contender, 'run', { kind, input: inputs[run % inputs.length] });
}

/**
 * Loads a contender and has it embed one sentence; the time counts from the start of the navigation.
 * @param {{ contender: string, options: object, input: object, kind: string }} question
 */
async function first({ contender, options, input, kind }) {
  start(contender);
  const { info, marks } = await call(contender, 'load', { contender, options });
  const { output } = await call(contender, 'run', { kind, input });
  return { millis: performance.now(), info, marks, norm: Math.hypot(...output) };
}

/** A question in the address is answered from the page's first moment on, without waiting for anyone to ask. */
const asked = new URLSearchParams(location.search).get('first');
const answer = asked ? first(JSON.parse(asked)) : null;

/** What an index keeps: one vector a picture. @type {Float32Array[]} */
const index = [];

/**
 * Embeds some pictures, one after the other, and keeps their vectors.
 * @param {{ contender: string, urls: string[] }} question
 */
async function addPictures({ contender, urls }) {
  const times = [];
  for (const url of urls) {
    const { millis, output } = await call(contender, 'run', { kind: 'picture', input: { url } });
    times.push(millis);
    index.push(output);
  }
  return times;
}

const vectors = () => index.map((vector) => Array.from(vector));

Object.assign(globalThis, { bench: { start, call, stop, alternate, repeat, answer: () => answer, addPictures, vectors } });
