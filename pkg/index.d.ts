import type { Attention, ClipInfo, DeviceInfo, GeneratorInfo, ModelInfo, Raster, SamplerName, TokenView } from "./dist/wasm/cpu/playground.js";

export type { Attention, ClipInfo, DeviceInfo, GeneratorInfo, ModelInfo, Raster, SamplerName, TokenView };

/** `"auto"` takes WebGPU where a real adapter is there and the CPU everywhere else. */
export type Device = "auto" | "cpu" | "webgpu";

/** `encoder`: sentences. `clip`: pictures and labels. `text2image`: pictures from prompts. */
export type ModelName = "encoder" | "clip" | "text2image";

/** What is known of the models that are loaded. */
export interface Infos {
  encoder: ModelInfo | null;
  clip: ClipInfo | null;
  text2image: GeneratorInfo | null;
}

export interface Options {
  device?: Device;
  /**
   * The models that are there when `create()` resolves. Any other is fetched by the first call
   * that needs it. Default: `["encoder"]`.
   */
  models?: readonly ModelName[];
  /**
   * A folder with `config.json`, `tokenizer.json` and `model.safetensors` of a BERT sentence
   * encoder, as hubs lay it out. Without it: the bilingual model in this package.
   */
  modelUrl?: string;
  /**
   * The same of a CLIP or Chinese-CLIP, with `preprocessor_config.json` where it has one.
   * Without it: the small bilingual model in this package.
   */
  clipUrl?: string;
  /**
   * A Stable Diffusion folder as diffusers lays it out (`model_index.json`, `unet/`, `vae/`,
   * `text_encoder/`, `tokenizer/`, `scheduler/`, `controlnet/` where it has one).
   * Without it: the small bilingual model in this package.
   */
  text2imageUrl?: string;
  /** Run in a worker of its own, so that the page stays responsive. Default: true. */
  worker?: boolean;
}

export interface SentimentRequest {
  texts: string[];
  /** The phrase at the positive end, for example "好评" or "A pleased review." */
  positive: string;
  /** The phrase at the negative end. */
  negative: string;
  /** `{}` stands for the phrase. Default: the phrase alone. */
  template?: string;
}

export interface SentimentResult {
  /** cos(text, positive) − cos(text, negative). A difference of distances, not a probability. */
  score: number;
  positive: number;
  negative: number;
  /** The text was longer than the model reads. */
  truncated: boolean;
}

/**
 * A PNG, JPEG, WebP or GIF (first frame): its bytes, or where they are. An address is fetched, an
 * `<img>` by its address, so the server must allow it; pixels drawn on a canvas are not asked for.
 */
export type ImageSource = Blob | ArrayBuffer | Uint8Array | URL | string | HTMLImageElement;

export interface MatchOptions {
  /** `{}` stands for the label. Default: the label alone. */
  template?: string;
  /** Divides the cosines before softmax. Default: the temperature the model was trained with. */
  temperature?: number;
}

/** Rows are pictures, columns are labels. */
export interface MatchResult {
  labels: string[];
  template: string;
  temperature: number;
  cosines: number[][];
  /** Softmax over the labels given: it shares 1 among them even where none fits. */
  probabilities: number[][];
  /** For each picture, the place of the nearest label. */
  best: number[];
}

export interface GenerateSettings {
  /** Longer ones than the model reads are cut, and the result says so. */
  prompt: string;
  /** What is not to be seen. */
  negativePrompt?: string;
  /** Default: the checkpoint's own. */
  sampler?: SamplerName;
  /** Karras' noise levels, where the sampler knows them. Default: the checkpoint's own with its own sampler, else none. */
  karras?: boolean;
  /** How steps lie on the training steps. `null`, the default: as the checkpoint says. */
  spacing?: "leading" | "trailing" | "linspace" | null;
  /** Steps from noise to a picture. Default: 20. */
  steps?: number;
  /** How far away from the negative prompt. 1 is not at all and half the work. Default: 5. */
  guidance?: number;
  /** Fresh noise at each step of `ddim`, 0 to 1. */
  eta?: number;
  /** What the first noise is drawn from; picture k of a batch has `seed + k`. Default: any. */
  seed?: number;
  /** In pixels, a multiple of the model's `factor`. Default: what the model was made for. */
  width?: number;
  height?: number;
  /** Pictures at once. */
  batch?: number;
  /** How much of `init` goes, 0 to 1. Default: 0.6. */
  strength?: number;
  /** How much `control` counts, 0 to 2. Default: 1. */
  controlWeight?: number;
  /** Canny's thresholds, as OpenCV counts. Default: 100 and 200. */
  edgeLow?: number;
  edgeHigh?: number;
}

export interface GenerateOptions extends GenerateSettings {
  /** A picture to start from. */
  init?: ImageSource;
  /** What of `init` is painted anew: white. */
  mask?: ImageSource;
  /** A picture whose edges are kept to, by a checkpoint with a ControlNet. */
  control?: ImageSource;
  /** Let `onStep` have pictures after so many passes and after the last one. 0, the default: never. */
  previewEvery?: number;
  /** Let those come with what prompt and negative prompt would give by themselves. */
  panels?: boolean;
  /** Ends the run between two passes; the promise is rejected at once, with the kind `cancelled`. */
  signal?: AbortSignal;
}

/** A pass of the U-Net that is done. */
export interface GenerateStep {
  /** Passes done, from 1 on. */
  step: number;
  /** Passes in all: fewer than `steps` where a picture is started from, more with `heun` and `pndm`. */
  of: number;
  /** What the U-Net was told: how far along the training steps. */
  timestep: number;
  millis: number;
  /** As this pass sees the end. */
  images?: Raster[];
  /** Of the first picture. */
  panels?: { conditional: Raster; unconditional: Raster; guided: Raster };
}

export interface GenerateResult {
  images: Raster[];
  /** One a picture. */
  seeds: number[];
  /** Passes of the U-Net. */
  steps: number;
  /** From the first look at the prompt to the last pixel, other calls in between included. */
  millis: number;
  /** The prompt or the negative prompt was longer than the model reads. */
  truncated: boolean;
  /** Every knob that counted, for `toPng` or to do it again. */
  settings: GenerateSettings & Required<Omit<GenerateSettings, "strength" | "controlWeight" | "edgeLow" | "edgeHigh">>;
}

export interface EdgeOptions {
  /** The picture covers this and is cut around its centre. Default: its own size. */
  width?: number;
  height?: number;
  low?: number;
  high?: number;
}

export interface Kindling {
  readonly device: DeviceInfo;
  /** The sentence encoder, once it is loaded. */
  readonly model: ModelInfo | null;
  /** The CLIP, once it is loaded. */
  readonly clip: ClipInfo | null;
  /** The text-to-image model, once it is loaded. */
  readonly text2image: GeneratorInfo | null;
  /** Fetches a model ahead of the first call that needs it. */
  load(model: "encoder"): Promise<ModelInfo>;
  load(model: "clip"): Promise<ClipInfo>;
  load(model: "text2image"): Promise<GeneratorInfo>;
  /** Unit vectors one after the other: `texts.length × model.dim` numbers. */
  embed(texts: string[]): Promise<Float32Array>;
  sentiment(request: SentimentRequest): Promise<SentimentResult[]>;
  tokens(text: string): Promise<TokenView>;
  /**
   * What every token of a text takes from each other one, in every head of every layer:
   * `weights[((layer * heads + head) * tokens + row) * tokens + column]`, rows look at columns and
   * add up to 1. Of texts of more than 128 tokens, the first 128.
   */
  attention(text: string): Promise<Attention>;
  /** Unit vectors one after the other: `images.length × clip.dim` numbers. */
  embedImages(images: readonly ImageSource[]): Promise<Float32Array>;
  /** Unit vectors in the space of the pictures: a dot product with one of them is the cosine. */
  embedLabels(texts: string[]): Promise<Float32Array>;
  matchImages(images: readonly ImageSource[], labels: readonly string[], options?: MatchOptions): Promise<MatchResult>;
  /**
   * Pictures from a prompt. `onStep` is called after every pass of the U-Net and not waited for;
   * what it throws ends the run. Other calls are answered between two passes.
   */
  generate(options: GenerateOptions, onStep?: (step: GenerateStep) => void): Promise<GenerateResult>;
  /** White edges on black, by Canny: what a ControlNet is shown of `control`. */
  edges(image: ImageSource, options?: EdgeOptions): Promise<Raster>;
  /** A PNG file, with the settings inside as text. */
  toPng(picture: Raster | ImageData, settings?: Partial<GenerateSettings>): Promise<Uint8Array>;
  /** The settings inside a PNG file of `toPng` or of Kindling's page; `null` where it has none. */
  readSettings(png: ImageSource): Promise<Partial<GenerateSettings> | null>;
  /** Ends the worker and frees its memory. Calls still waiting are rejected. */
  dispose(): void;
}

/** What a rejected promise carries. */
export interface KindlingError {
  kind: string;
  message: string;
  /** Where a picture is at fault, `index` or `field` says which one; `field` also names an unusable option. */
  detail: unknown;
}

export function create(options?: Options & { models?: undefined }): Promise<Kindling & { readonly model: ModelInfo }>;
export function create(options: Options): Promise<Kindling>;
