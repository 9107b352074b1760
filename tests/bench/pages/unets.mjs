// One step of a conditional U-Net: noisy latents, a timestep and a text's states to what the network predicts.
import { fetchFiles, openOrt, openPlayground } from './peers.mjs';

const FILES = { config: 'config.json', weights: 'diffusion_pytorch_model.safetensors' };
const TIMESTEP = 500;

/** Numbers spread as a normal distribution's, the same for everyone. @param {number} seed @param {number} count */
function normal(seed, count) {
  const uniform = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed + 1) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

const product = (/** @type {number[]} */ shape) => shape.reduce((total, side) => total * side, 1);

/** @param {{ latents: number[], states: number[] }} input shapes: batch, channels, rows, columns; batch, tokens, width */
function inputsOf({ latents, states }) {
  return { latents: normal(1, product(latents)), states: normal(2, product(states)) };
}

/** @param {{ bundle: string, model: string, device?: 'cpu' | 'webgpu' }} options */
export async function ours({ bundle, model, device }) {
  const fetching = fetchFiles(model, FILES);
  const playground = await openPlayground(bundle, device);
  const { config, weights } = await fetching;
  const info = await playground.loadUnet(config, weights);
  return {
    info,
    step: (input) => {
      const { latents, states } = inputsOf(input);
      const [shape, statesShape] = [input.latents, input.states].map((sides) => Uint32Array.from(sides));
      return () => playground.unetStep(latents, shape, TIMESTEP, states, statesShape);
    },
    unload: () => playground.unloadUnet?.(),
  };
}

/** @param {{ model: string, device?: 'cpu' | 'webgpu' }} options */
export async function ort({ model, device }) {
  const { ort, session, version } = await openOrt(model, device);
  return {
    info: { version },
    step: (input) => {
      const { latents, states } = inputsOf(input);
      const feeds = {
        sample: new ort.Tensor('float32', latents, input.latents),
        timestep: new ort.Tensor('int64', BigInt64Array.of(BigInt(TIMESTEP)), [1]),
        encoder_hidden_states: new ort.Tensor('float32', states, input.states),
      };
      return async () => (await session.run(feeds)).out_sample.data;
    },
    unload: () => session.release(),
  };
}
