// Types of the text-to-image lab. The first part mirrors the exports of crates/playground and adds
// to the worker's protocol; the rest is the page's own.

type SamplerName = "ddim" | "ddpm" | "pndm" | "euler" | "euler_a" | "heun" | "dpmpp_2m" | "dpmpp_3m" | "lcm";
type Spacing = "leading" | "trailing" | "linspace";
type Raster = Pixels;
/** Files of a checkpoint by their path in its folder: "unet/config.json", … */
interface GeneratorFiles { [path: string]: FileBytes }
interface GeneratorInfo {
  parameters: { unet: number; vae: number; text_encoder: number; controlnet: number | null };
  dtypes: string[];
  /** Width and height in pixels that the model was made for. */
  size: number;
  /** Pixels along a side for each latent. */
  factor: number;
  channels: number; inpainting: boolean; controlnet: boolean; max_tokens: number;
  prediction: "epsilon" | "v_prediction" | "sample"; train_steps: number; sampler: SamplerName; karras: boolean;
}
interface GenerateOptions {
  prompt: string; negative_prompt: string; sampler: SamplerName; karras: boolean;
  /** null: as the checkpoint says. */
  spacing: Spacing | null;
  steps: number;
  /** 1: no guidance, half the work. */
  guidance: number;
  eta: number; seed: number; width: number; height: number; batch: number;
  /** Image-to-image and inpainting only. */
  strength: number;
  control_weight: number; edge_low: number; edge_high: number; panels: boolean;
}
interface Panels { conditional: Raster; unconditional: Raster; guided: Raster }
interface GenerationPlan {
  /** Passes of the U-Net still to come. */
  evaluations: number;
  /** Above 0 where a picture is started from. */
  first_step: number;
  steps: number; timesteps: number[];
  /** How much of the latents is noise at each pass, 0 to 1. */
  noise: number[];
  seen: Raster | null; edges: Raster | null; mask: Raster | null;
  tokens: number; truncated: boolean;
}
interface GenerationFrame {
  /** Passes done, from 1 on. */
  step: number;
  timestep: number; noise: number; images: Raster[]; panels: Panels | null; latents: { mean: number; std: number };
}
/** Bytes of picture files; a mask is white where the picture is painted anew. */
interface GenerationPictures { init?: Uint8Array; mask?: Uint8Array; control?: Uint8Array }

interface Playground {
  loadGenerator(files: GeneratorFiles, storeAs?: Stored, onProgress?: OnProgress): Promise<GeneratorInfo>;
  unloadGenerator(): void;
  generatorTokens(text: string): TokenView;
  startGeneration(options: GenerateOptions, init?: Uint8Array, mask?: Uint8Array, control?: Uint8Array): Promise<GenerationPlan>;
  stepGeneration(): Promise<{ done: number; of: number; timestep: number; finished: boolean }>;
  previewGeneration(): Promise<Omit<GenerationFrame, "step" | "timestep" | "noise">>;
  finishGeneration(): Promise<{ images: Raster[] }>;
  stopGeneration(): void;
  edges(bytes: Uint8Array, width: number, height: number, low: number, high: number): Raster;
  writePng(width: number, height: number, rgba: Uint8Array, text: [string, string][]): Uint8Array;
  readPngText(bytes: Uint8Array): [string, string][];
}
interface ModelInfos { text2image: GeneratorInfo }
interface Progress { plan?: GenerationPlan; frame?: GenerationFrame; stepMillis?: number; previewMillis?: number }
interface Actions {
  /** `previewEvery`: a frame after so many passes; 0 for none. */
  generate: { args: { options: GenerateOptions; previewEvery: number } & GenerationPictures; value: { images: Raster[]; plan: GenerationPlan; millis: number } };
  /** What a run would do and see, without a pass. */
  prepare: { args: { options: GenerateOptions } & GenerationPictures; value: GenerationPlan };
  generatorTokens: { args: { text: string }; value: TokenView };
  edges: { args: { bytes: Uint8Array; width: number; height: number; low: number; high: number }; value: Raster };
  writePng: { args: { width: number; height: number; rgba: Uint8Array; text: [string, string][] }; value: Uint8Array };
  readPngText: { args: { bytes: Uint8Array }; value: [string, string][] };
}

// ── page ──
/** A knob that the X/Y plot may turn. */
type PlotKnob = "steps" | "guidance" | "sampler" | "seed" | "karras" | "eta" | "strength" | "prompt" | "negative";
/** Everything a person can change in the text-to-image lab. A share link carries it without the pictures. */
interface GenerateState extends OwnChoice {
  prompt: string; negative: string; sampler: SamplerName; karras: boolean; spacing: Spacing | null;
  steps: number; guidance: number; eta: number; seed: number;
  /** Keep the seed for the next picture. */
  locked: boolean;
  batch: number;
  /** null: the model's own. */
  width: number | null; height: number | null;
  /** Keep what each step guessed with and without the prompt: two more pictures to decode at each step. */
  panels: boolean;
  start: "noise" | "picture";
  strength: number; masked: boolean;
  edges: boolean; weight: number; low: number; high: number;
  race: SamplerName[];
  xKnob: PlotKnob; xValues: string; yKnob: PlotKnob; yValues: string;
}
interface FilmFrame {
  step: number; timestep: number;
  /** Share of noise in the latents that the step was given, 0 to 1. */
  noise: number;
  millis: number; images: HTMLCanvasElement[];
  panels: { conditional: HTMLCanvasElement; unconditional: HTMLCanvasElement; guided: HTMLCanvasElement } | null;
  latents: { mean: number; std: number };
}
type RunKind = "draw" | "race" | "plot" | "recorded";
interface GenerateRun {
  id: number; kind: RunKind; options: GenerateOptions;
  /** What the picture grew from. */
  from: "noise" | "picture" | "mask";
  phase: "running" | "done" | "cancelled" | "failed";
  error: KindlingError | null;
  plan: GenerationPlan | null;
  /** Passes of the U-Net that are over. */
  done: number;
  frames: FilmFrame[];
  /** Finished pictures; empty before the end. */
  images: HTMLCanvasElement[];
  millis: number;
  /** Where it was made: "CPU", or what was recorded. */
  device: string;
  /** The picture it was started from, as the model saw it. */
  before: HTMLCanvasElement | null;
  origin: SourcePicture | null;
}
interface SourcePicture {
  /** The run it comes from; null for a picture of one's own. */
  of: { run: GenerateRun; picture: number } | null;
  name: string; bytes: Uint8Array; /** As the model sees it; null until asked. */ seen: HTMLCanvasElement | null; error: KindlingError | null }
interface Estimate { millis: number; evaluations: number; measured: boolean }
type GenerateEvent = "run-started" | "frame" | "run-ended" | "shown" | "step" | "source" | "gallery" | "timing" | "recorded";
interface GenerateRoom extends Room<GenerateState> {
  readonly info: GeneratorInfo | null;
  /** On the stage. */
  readonly shown: GenerateRun | null;
  readonly running: GenerateRun | null;
  /** Index of the frame on the stage, and of the picture of a batch. */
  readonly step: number; readonly picture: number;
  /** Whether the stage follows the frames as they come. */
  lookAt(step: number): void;
  pick(picture: number): void;
  show(run: GenerateRun, picture?: number): void;
  /** Draws what the knobs say; a run under way makes room. `again`: with the seed that was just drawn. */
  draw(again?: boolean): Promise<void>;
  /** One run after the other, for figures with many pictures; null once cancelled. */
  compute(kind: RunKind, options: GenerateOptions, signal: AbortSignal, onFrame?: (run: GenerateRun) => void): Promise<GenerateRun | null>;
  cancel(): void;
  /** What the knobs say, with sizes that the loaded model takes. */
  options(patch?: Partial<GenerateOptions>): GenerateOptions;
  estimate(options: GenerateOptions, frames?: number): Estimate;
  /** The picture that runs start from, where the knobs say so. */
  readonly source: SourcePicture | null;
  setSource(source: SourcePicture | null): void;
  /** The mask as a PNG file; null where nothing is marked. */
  mask: () => Promise<Uint8Array | null>;
  gallery: PictureGallery;
}
interface KeptPicture { id: string; run: GenerateRun; picture: number }
interface PictureGallery {
  readonly pictures: KeptPicture[];
  readonly removed: KeptPicture | null;
  add(run: GenerateRun): void;
  remove(id: string): void;
  undo(): void;
}
