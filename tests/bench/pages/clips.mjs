// CLIPs: pixels, token ids or a picture's bytes to vectors of unit length, in ours and the peers.
import { fetchBytes, fetchFiles, openOrt, openPlayground, openTransformers } from './peers.mjs';

const FILES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  weights: 'model.safetensors',
  preprocessor: 'preprocessor_config.json',
};

/** The same numbers for everyone, made where they are needed. */
function* random() {
  for (let seed = 1; ; ) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield seed / 2 ** 32;
  }
}

/** @param {{ count: number, size: number }} input */
function pixelsOf({ count, size }) {
  const numbers = random();
  return Float32Array.from({ length: count * 3 * size * size }, () => Number(numbers.next().value) * 4 - 2);
}

/**
 * Captions of which each fills its row but for the last place, where the end token stands.
 * @param {{ rows: number, cols: number, vocabulary: number }} input
 */
function idsOf({ rows, cols, vocabulary }) {
  const numbers = random();
  return Uint32Array.from({ length: rows * cols }, (_, at) => {
    if (at % cols === 0) return vocabulary - 2;
    if (at % cols === cols - 1) return vocabulary - 1;
    return 1 + Math.floor(Number(numbers.next().value) * (vocabulary - 3));
  });
}

/** @param {{ bundle: string, model: string, device?: 'cpu' | 'webgpu' }} options */
export async function ours({ bundle, model, device }) {
  const fetching = fetchFiles(model, FILES);
  const playground = await openPlayground(bundle, device);
  const info = await playground.loadClip(await fetching);
  return {
    info,
    pixels: (input) => {
      const pixels = pixelsOf(input);
      return () => playground.embedPixels(pixels, input.count);
    },
    captions: (input) => {
      const ids = idsOf(input);
      return () => playground.embedLabelIds(ids, input.rows, input.cols);
    },
    picture: async ({ url }) => {
      const bytes = await fetchBytes(url);
      return async () => (await playground.embedImage(bytes)).vector;
    },
    unload: () => playground.unloadClip(),
  };
}

/** One tower; its graph gives vectors of unit length. @param {{ model: string, device?: 'cpu' | 'webgpu' }} options */
export async function ort({ model, device }) {
  const { ort, session, version } = await openOrt(model, device);
  return {
    info: { version },
    pixels: (input) => {
      const { count, size } = input;
      const feeds = { pixel_values: new ort.Tensor('float32', pixelsOf(input), [count, 3, size, size]) };
      return async () => (await session.run(feeds)).image_embeds.data;
    },
    captions: (input) => {
      const { rows, cols } = input;
      const ids = BigInt64Array.from(Array.from(idsOf(input), BigInt));
      const feeds = { input_ids: new ort.Tensor('int64', ids, [rows, cols]) };
      return async () => (await session.run(feeds)).text_embeds.data;
    },
    unload: () => session.release(),
  };
}

/** Decodes and resizes in the browser's own canvas. @param {{ folder: string, model: string }} options */
export async function transformers({ folder, model }) {
  const { env, AutoProcessor, CLIPVisionModelWithProjection, RawImage } = await openTransformers(folder);
  const [processor, tower] = await Promise.all([
    AutoProcessor.from_pretrained(model, {}),
    CLIPVisionModelWithProjection.from_pretrained(model, { device: 'wasm', dtype: 'fp32' }),
  ]);
  return {
    info: { version: env.version },
    picture: async ({ url }) => {
      const blob = new Blob([/** @type {BlobPart} */ (await fetchBytes(url))]);
      return async () => (await tower(await processor(await RawImage.fromBlob(blob)))).image_embeds.data;
    },
    unload: () => tower.dispose(),
  };
}
