// Training steps of dense layers with ReLU between them, softmax cross-entropy and plain gradient descent: ours, TF.js and jax-js, on the same rows.
// What is timed is `steps` steps one after the other; what comes out are the losses of the first and of the last step ever.

const TF = '/peers/@tensorflow/';
const JAX = '/peers/@jax-js/jax/dist/index.js';
const RATE = 0.05;

/** Rows around as many centres as there are classes: something can be learned. @param {{ widths: number[], batch: number }} shape */
function rowsOf({ widths, batch }) {
  let seed = 1;
  const uniform = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const [dim, classes] = [widths[0], /** @type {number} */ (widths.at(-1))];
  const labels = Uint8Array.from({ length: batch }, (_, row) => row % classes);
  const inputs = Float32Array.from({ length: batch * dim }, (_, at) => uniform() - 0.5 + (at % classes === labels[Math.floor(at / dim)] ? 0.3 : 0));
  return { inputs, labels };
}

/** A loader's `train`: one model for each shape, made outside the clock. @param {(shape: { widths: number[], batch: number }) => Promise<() => Promise<number>>} make */
function train(make) {
  /** @type {Map<string, { step: () => Promise<number>, first: number | null }>} */
  const made = new Map();
  return async (/** @type {{ widths: number[], batch: number, steps: number }} */ input) => {
    const name = input.widths.join('-');
    const found = made.get(name) ?? { step: await make(input), first: null };
    made.set(name, found);
    return async () => {
      let loss = NaN;
      for (let at = 0; at < input.steps; at++) {
        loss = await found.step();
        found.first ??= loss;
      }
      return [found.first, loss];
    };
  };
}

/** @param {{ bundle: string }} options */
export async function ours({ bundle }) {
  const program = await import(bundle);
  await program.default();
  return {
    info: {},
    train: train(async (shape) => {
      const { inputs, labels } = rowsOf(shape);
      const trainer = new program.Trainer({ widths: shape.widths, activation: 'relu', optimiser: 'sgd', rate: RATE, l2: 0, seed: 1 });
      return async () => trainer.step(inputs, labels);
    }),
    // A run of the digits' lab, piece by piece as its worker does it: the longest and the middle piece of the last epochs.
    pieces: async ({ model, batch, epochs }) => {
      const pictures = program.Lessons.digits({ count: 3000, seed: 1 });
      const split = program.Lessons.splitPictures(pictures.labels, { train: 2000, validation: 500, test: 500, seed: 1 });
      const settings = { split, model, l2: 0, rate: 0.001, batch, optimiser: 'adam', measure: 0, patience: null, seed: 1 };
      return async () => {
        const fit = new program.PictureFit(pictures.pixels, pictures.labels, settings);
        const times = [];
        for (let looks = 0; looks <= epochs;) {
          const begun = performance.now();
          looks += fit.advance() === 'looked' ? 1 : 0;
          if (looks) times.push(performance.now() - begun);
        }
        const { accuracy } = fit.frame().now.test;
        fit.free();
        times.sort((a, b) => a - b);
        return [times.at(-1), times[times.length >> 1], accuracy];
      };
    },
    unload: () => {},
  };
}

/** @param {{ backend: 'wasm' | 'cpu' }} options */
export async function tfjs({ backend }) {
  await import(`${TF}tfjs/dist/tf.min.js`);
  await import(`${TF}tfjs-backend-wasm/dist/tf-backend-wasm.min.js`);
  const { tf } = /** @type {any} */ (globalThis);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.wasm.setWasmPaths(`${TF}tfjs-backend-wasm/dist/`);
  if (!(await tf.setBackend(backend))) throw new Error(`TF.js has no backend ${backend} here`);
  await tf.ready();
  return {
    info: { version: tf.version.tfjs },
    train: train(async (shape) => {
      const { inputs, labels } = rowsOf(shape);
      const x = tf.tensor2d(inputs, [shape.batch, shape.widths[0]]);
      const y = tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), shape.widths.at(-1)), 'float32');
      const layers = shape.widths.slice(1).map((units, at) => {
        const limit = 1 / Math.sqrt(shape.widths[at]);
        return [tf.variable(tf.randomUniform([shape.widths[at], units], -limit, limit)), tf.variable(tf.zeros([units]))];
      });
      const optimiser = tf.train.sgd(RATE);
      const forward = () =>
        layers.reduce((rows, [weights, bias], at) => {
          const out = tf.add(tf.matMul(rows, weights), bias);
          return at + 1 < layers.length ? tf.relu(out) : out;
        }, x);
      return async () => {
        const loss = optimiser.minimize(() => tf.losses.softmaxCrossEntropy(y, forward()), true);
        const [value] = await loss.data();
        loss.dispose();
        return value;
      };
    }),
    unload: () => {},
  };
}

export async function jaxjs() {
  const jax = await import(JAX);
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const { numpy: np, nn, valueAndGrad, jit, tree } = jax;
  return {
    info: {},
    train: train(async (shape) => {
      const { inputs, labels } = rowsOf(shape);
      const [dim, classes, layers] = [shape.widths[0], shape.widths.at(-1), shape.widths.length - 1];
      const x = np.array(inputs).reshape([shape.batch, dim]);
      const y = np.array(Int32Array.from(labels));
      /** @type {Record<string, any>} */
      let parameters = {};
      for (let at = 0; at < layers; at++) {
        const [from, to] = shape.widths.slice(at, at + 2);
        const weights = Float32Array.from({ length: from * to }, () => (Math.random() * 2 - 1) / Math.sqrt(from));
        parameters[`w${at}`] = np.array(weights).reshape([from, to]);
        parameters[`b${at}`] = np.zeros([to]);
      }
      const predict = jit((p, x) => {
        let rows = x;
        for (let at = 0; at < layers; at++) {
          rows = np.dot(rows, p[`w${at}`]).add(p[`b${at}`]);
          if (at + 1 < layers) rows = nn.relu(rows);
        }
        return nn.logSoftmax(rows);
      });
      const loss = (p, x, y) => predict(p, x).mul(nn.oneHot(y, classes)).sum().mul(-1 / shape.batch);
      const follow = jit((p, g) => Object.fromEntries(Object.keys(p).map((key) => [key, p[key].sub(g[key].mul(RATE))])));
      return async () => {
        const [value, gradients] = valueAndGrad(loss)(tree.ref(parameters), x.ref, y.ref);
        parameters = follow(parameters, gradients);
        return (await value.data())[0];
      };
    }),
    unload: () => {},
  };
}
