import type { DeviceInfo, ModelInfo, TokenView } from "./dist/wasm/cpu/playground.js";

export type { DeviceInfo, ModelInfo, TokenView };

/** `"auto"` takes WebGPU where a real adapter is there and the CPU everywhere else. */
export type Device = "auto" | "cpu" | "webgpu";

export interface Options {
  device?: Device;
  /**
   * A folder with `config.json`, `tokenizer.json` and `model.safetensors` of a BERT sentence
   * encoder, as hubs lay it out. Without it: the bilingual model in this package.
   */
  modelUrl?: string;
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

export interface Kindling {
  readonly device: DeviceInfo;
  readonly model: ModelInfo;
  /** Unit vectors one after the other: `texts.length × model.dim` numbers. */
  embed(texts: string[]): Promise<Float32Array>;
  sentiment(request: SentimentRequest): Promise<SentimentResult[]>;
  tokens(text: string): Promise<TokenView>;
  /** Ends the worker and frees its memory. Calls still waiting are rejected. */
  dispose(): void;
}

/** What a rejected promise carries. */
export interface KindlingError {
  kind: string;
  message: string;
  detail: unknown;
}

export function create(options?: Options): Promise<Kindling>;
