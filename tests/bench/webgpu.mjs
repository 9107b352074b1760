// Ours beside onnxruntime-web's WebGPU provider, both on the browser's software adapter: a ratio of two programs on the same
// adapter, not a speed.
import { firstOnGpu } from './first.mjs';
import { GPU_BUNDLE, MINILM, ask, compare, load, open } from './turns.mjs';

const device = 'webgpu';
const BACKEND = 'WebGPU, software adapter';
const HEAD = { dtype: 'f32', peerName: 'onnxruntime-web', backend: BACKEND };
const CLIP = '/models/clip-b32/';
const UNET = '/models/unet-small/';
/** Rounds are few: one run of the peer takes up to twenty seconds. */
const PLAN = { warm: 1, rounds: 3, quick: 1, firstCalls: true };
const sentence = (/** @type {number} */ rows, /** @type {number} */ cols) => ({
  ids: Array.from({ length: rows }, () => [101, ...new Array(cols - 2).fill(2307), 102]).flat(),
  mask: new Array(rows * cols).fill(1),
  rows,
  cols,
});

/** Each model in a browser of its own: the adapter's memory is the machine's. */
const MODELS = [
  {
    options: {}, files: { ours: MINILM, ort: `${MINILM}onnx/model.onnx` }, kind: 'ids',
    cases: [
      { label: 'MiniLM 1×16, tokens → vectors', input: sentence(1, 16), inQuick: true },
      { label: 'MiniLM 8×64, tokens → vectors', input: sentence(8, 64), inQuick: false },
    ],
  },
  {
    options: { clip: true }, files: { ours: CLIP, ort: `${CLIP}onnx/vision_model.onnx` }, kind: 'pixels',
    cases: [{ label: 'CLIP ViT-B/32, 1 image, pixels → vector', input: { count: 1, size: 224 }, inQuick: false }],
  },
  {
    options: { unet: true }, files: { ours: UNET, ort: `${UNET}onnx/model.onnx` }, kind: 'step',
    cases: [{ label: 'U-Net of 25.5 M, one step, latents 32×32, one picture', input: { latents: [1, 4, 32, 32], states: [1, 77, 512] }, inQuick: false }],
  },
];

/** @param {import('./turns.mjs').Setting} setting */
export async function webgpu(setting) {
  const rows = [];
  const agreement = [];
  const versions = {};
  for (const { options, files, kind, cases } of MODELS) {
    const wanted = cases.filter(({ inQuick }) => inQuick || !setting.quick);
    if (!wanted.length) continue;
    const browser = await open(setting, '/bench/', { gpu: true });
    const theirs = { name: 'ort', options: { ...options, device, model: files.ort } };
    const mine = { name: 'ours', options: { ...options, device, model: files.ours, bundle: GPU_BUNDLE } };
    for (const contender of setting.ours ? [theirs, mine] : [theirs]) {
      const { marks, info } = await load(browser, contender);
      if (contender === theirs) Object.assign(versions, { ort: info.version, chromium: browser.version });
      setting.note(`  ${contender.name} loaded in ${(marks.load / 1000).toFixed(1)} s`);
    }
    for (const { label, input } of wanted) {
      const found = await compare(setting, browser, HEAD, { ...PLAN, label, peer: theirs.name, ours: mine.name, kind, input });
      rows.push(...found.rows);
      agreement.push(...found.agreement);
    }
    for (const { name } of setting.ours ? [theirs, mine] : [theirs]) await ask(browser, 'stop', name);
    await browser.close();
  }
  rows.push(await firstOnGpu(setting, BACKEND));
  return { rows, agreement, versions };
}
