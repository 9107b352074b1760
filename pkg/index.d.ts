import type { ClipInfo, DeviceInfo, ModelInfo, TokenView } from "./dist/wasm/cpu/playground.js";

export type { ClipInfo, DeviceInfo, ModelInfo, TokenView };

/** `"auto"` takes WebGPU where a real adapter is there and the CPU everywhere else. */
export type Device = "auto" | "cpu" | "webgpu";

/** `encoder`: sentences. `clip`: pictures and labels. */
export type ModelName = "encoder" | "clip";

/** What is known of the models that are loaded. */
export interface Infos {
  encoder: ModelInfo | null;
  clip: ClipInfo | null;
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

export interface Kindling {
  readonly device: DeviceInfo;
  /** The sentence encoder, once it is loaded. */
  readonly model: ModelInfo | null;
  /** The CLIP, once it is loaded. */
  readonly clip: ClipInfo | null;
  /** Fetches a model ahead of the first call that needs it. */
  load(model: "encoder"): Promise<ModelInfo>;
  load(model: "clip"): Promise<ClipInfo>;
  /** Unit vectors one after the other: `texts.length × model.dim` numbers. */
  embed(texts: string[]): Promise<Float32Array>;
  sentiment(request: SentimentRequest): Promise<SentimentResult[]>;
  tokens(text: string): Promise<TokenView>;
  /** Unit vectors one after the other: `images.length × clip.dim` numbers. */
  embedImages(images: readonly ImageSource[]): Promise<Float32Array>;
  /** Unit vectors in the space of the pictures: a dot product with one of them is the cosine. */
  embedLabels(texts: string[]): Promise<Float32Array>;
  matchImages(images: readonly ImageSource[], labels: readonly string[], options?: MatchOptions): Promise<MatchResult>;
  /** Ends the worker and frees its memory. Calls still waiting are rejected. */
  dispose(): void;
}

/** What a rejected promise carries. */
export interface KindlingError {
  kind: string;
  message: string;
  /** Where a picture is at fault, `index` says which one. */
  detail: unknown;
}

export function create(options?: Options & { models?: undefined }): Promise<Kindling & { readonly model: ModelInfo }>;
export function create(options: Options): Promise<Kindling>;
