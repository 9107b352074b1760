// Whole pictures from the bundled text-to-image model; ours alone, no peer has it.
import { fetchFiles, openPlayground } from './peers.mjs';

const PARTS = [
  'model_index.json',
  'scheduler/scheduler_config.json',
  'tokenizer/tokenizer.json',
  'tokenizer/tokenizer_config.json',
  ...['unet', 'vae', 'controlnet'].flatMap((part) => [
    `${part}/config.json`,
    `${part}/diffusion_pytorch_model.safetensors`,
  ]),
  'text_encoder/config.json',
  'text_encoder/model.safetensors',
];
/** The whole of `GenerateOptions`; an input replaces some. */
const DEFAULTS = {
  prompt: 'a red apple on a blue background',
  negative_prompt: '',
  sampler: 'dpmpp_2m',
  karras: false,
  spacing: null,
  steps: 20,
  guidance: 3,
  eta: 0,
  seed: 0,
  batch: 1,
  strength: 1,
  control_weight: 1,
  edge_low: 100,
  edge_high: 200,
  panels: false,
};

/** @param {{ bundle: string, model: string }} options */
export async function ours({ bundle, model }) {
  const fetching = fetchFiles(model, Object.fromEntries(PARTS.map((part) => [part, part])));
  const playground = await openPlayground(bundle);
  const files = Object.fromEntries(Object.entries(await fetching).filter(([, bytes]) => bytes));
  const info = await playground.loadGenerator(files);
  const settings = (input) => ({ ...DEFAULTS, width: info.size, height: info.size, ...input });
  return {
    info,
    /** A picture from the prompt to its pixels. */
    picture: (input) => async () => {
      await playground.startGeneration(settings(input));
      while (!(await playground.stepGeneration()).finished);
      const { images } = await playground.finishGeneration();
      return images[0].rgba;
    },
    /** A run that is begun, taken some passes far and thrown away, as someone does who keeps changing their mind. */
    cancelled: ({ passes, ...input }) => async () => {
      await playground.startGeneration(settings(input));
      for (let pass = 0; pass < passes; pass++) await playground.stepGeneration();
      playground.stopGeneration();
      return [];
    },
    unload: () => playground.unloadGenerator(),
  };
}
