//! TypeScript's view of what crosses the edge. The structs behind it live in `inputs`, `tasks` and `lessons`, which know no
//! browser; a browser test holds their values against these declarations.

use wasm_bindgen::prelude::*;

use crate::playground::bytes;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What every export throws. */
export interface KindlingError { kind: string; message: string; detail: Record<string, unknown> }
export interface DeviceInfo { kind: "cpu" | "webgpu"; name: string }
/** A `Blob` is read in pieces, so that a file on disk never lies in memory as a whole; that needs a dedicated worker. */
export type FileBytes = Uint8Array | Blob | OpenFile;
/** A `FileSystemSyncAccessHandle`: read without a buffer between, several times as quick as a `Blob`. Who opened it closes it. */
export interface OpenFile { getSize(): number; read(into: Uint8Array, options?: { at?: number }): number }
/** One file, or shards by their names, with the index beside them. */
export type WeightBytes = FileBytes | Record<string, FileBytes>;
/**
 * tokenizer.json, or what it is made from where it is missing: vocab.txt, or vocab.json with merges.txt. Beside either
 * tokenizer_config.json; special_tokens_map.json and added_tokens.json count in the second case only.
 */
export interface TokenizerFiles {
  tokenizer?: Uint8Array; vocabTxt?: Uint8Array; vocabJson?: Uint8Array; merges?: Uint8Array;
  tokenizerConfig?: Uint8Array; specialTokens?: Uint8Array; addedTokens?: Uint8Array;
}
/**
 * The files of a checkpoint folder. `sentence` is sentence_bert_config.json, `sentenceTransformers` config_sentence_transformers.json,
 * `dense` what the dense modules that modules.json lists consist of, by path ("2_Dense/config.json", "2_Dense/model.safetensors").
 * `storeAs`: what matrices become on the device; without it, what they are in the file.
 */
export interface EncoderFiles extends TokenizerFiles {
  config: Uint8Array; weights: WeightBytes; index?: Uint8Array; modules?: Uint8Array; pooling?: Uint8Array;
  dense?: Record<string, FileBytes>;
  sentence?: Uint8Array; sentenceTransformers?: Uint8Array; precision?: Precision; storeAs?: Stored;
  onProgress?: OnProgress;
}
/** Called as weights are read, after each piece of some megabytes: bytes read and bytes of all; what no field asks for is not read. */
export type OnProgress = (done: number, total: number) => void;
/** `int8`: linear layers multiply int8 by int8 on the CPU, quicker and about 1 % off; `full`, the default: f32. */
export type Precision = "full" | "int8";
/** How a file stores matrices. */
export type Stored = "f32" | "f16" | "int8";
/** Of several the results are laid end to end. */
export type PoolingMode = "cls" | "max" | "mean" | "mean_sqrt_len_tokens" | "weightedmean" | "lasttoken";
export interface ModelInfo {
  architecture: string; parameters: number; dim: number; layers: number; max_tokens: number; vocabulary: number;
  pooling: PoolingMode[]; normalised: boolean; dtypes: string[]; unused: string[];
}
/** `start` and `end` are UTF-16 offsets into the text. */
export interface Token {
  id: number; piece: string; text: string; special: boolean; unknown: boolean; word_start: boolean; start: number; end: number;
}
export interface Grapheme { text: string; start: number; end: number; tokens: number[] }
export interface TokenView { tokens: Token[]; graphemes: Grapheme[]; total: number; kept: number; truncated: boolean }
/** With two labels, `labels[0]` is the positive end. `{}` in the template is where the label goes. */
export interface SentimentQuestion { texts: string[]; labels: string[]; template: string }
export interface SentimentRow {
  cosines: number[]; score: number | null; best: number; vector: number[]; tokens: number; truncated: boolean;
}
export interface SentimentAnswer { prompts: string[]; dim: number; label_vectors: number[][]; rows: SentimentRow[] }
export interface Wording { positive: string; negative: string; template: string }
export interface SweepQuestion { texts: string[]; wordings: Wording[] }
export interface SweepAnswer { rows: { scores: number[] }[] }
/**
 * `weights`: `[layers × heads × tokens × tokens]`, the last index is the token looked at. `tokens` counts the first ones
 * of `view`, 128 at most; where it holds more, a row adds up to less than 1.
 */
export interface Attention { layers: number; heads: number; tokens: number; view: TokenView; weights: Float32Array<ArrayBuffer> }
export interface Table { columns: string[]; rows: string[][]; text_column: number; label_column: number | null }
/** `preprocessor` is preprocessor_config.json; without it CLIP's own, at the model's image size. */
export interface ClipFiles extends TokenizerFiles {
  config: Uint8Array; weights: WeightBytes; index?: Uint8Array;
  preprocessor?: Uint8Array; precision?: Precision; storeAs?: Stored;
  onProgress?: OnProgress;
}
/** `layers`: of the text tower and of the vision tower. `logit_scale`: what cosines are multiplied by before a softmax, as trained. */
export interface ClipInfo {
  architecture: "clip" | "chinese_clip"; parameters: number; dim: number; image_size: number; patch_size: number;
  layers: [number, number]; max_tokens: number; vocabulary: number; logit_scale: number; dtypes: string[]; unused: string[];
}
export type PictureFormat = "png" | "jpeg" | "webp" | "gif";
export interface PictureInfo { format: PictureFormat; width: number; height: number }
/** Pixels of the oriented picture. */
export interface Crop { x: number; y: number; width: number; height: number }
export interface Raster { width: number; height: number; rgba: Uint8ClampedArray<ArrayBuffer> }
/** `vector` has length 1; `seen` is what the model got before normalising, `crop` where that lies in the whole. */
export interface ImageAnswer extends PictureInfo { vector: Float32Array<ArrayBuffer>; crop: Crop; thumbnail: Raster; seen: Raster }
/** `null` where a figure is undefined. */
export interface ClassReport {
  classes: string[]; matrix: number[][]; accuracy: number | null; balanced_accuracy: number | null;
  per_class: { precision: number | null; recall: number | null; f1: number | null; support: number }[];
}
/** Files of a folder in diffusers' layout by their paths in it, `unet/config.json` for instance. */
export interface GeneratorFiles { [path: string]: FileBytes }
export interface GeneratorInfo {
  parameters: { unet: number; vae: number; text_encoder: number; controlnet: number | null };
  dtypes: string[]; unused: string[];
  /** `size`: pixels of a side that the model was made for; `factor`: pixels along a side for each latent. */
  size: number; factor: number; channels: number; inpainting: boolean; controlnet: boolean; max_tokens: number;
  prediction: "epsilon" | "v_prediction" | "sample"; train_steps: number; sampler: SamplerName;
  /** Whether that sampler, the checkpoint's own, goes by Karras' noise levels. */
  karras: boolean;
}
export type SamplerName = "ddim" | "ddpm" | "pndm" | "euler" | "euler_a" | "heun" | "dpmpp_2m" | "dpmpp_3m" | "lcm";
/** What is left out has a default; `guidance` 1 is none; `spacing` null is the checkpoint's own. */
export interface GenerateOptions {
  prompt: string; negative_prompt?: string; sampler?: SamplerName; karras?: boolean;
  spacing?: "leading" | "trailing" | "linspace" | null; steps?: number; guidance?: number; eta?: number; seed?: number;
  width?: number; height?: number; batch?: number; strength?: number; fit?: "crop" | "stretch";
  control_weight?: number; control_ready?: boolean; edge_low?: number; edge_high?: number; panels?: boolean;
}
export interface GenerationPlan {
  /** Passes of the U-Net. `first_step` is above 0 where a picture is started from. `noise`: how much of the latents is noise at each pass. */
  evaluations: number; first_step: number; steps: number; timesteps: number[]; noise: number[];
  seen: Raster | null; edges: Raster | null; mask: Raster | null; tokens: number; truncated: boolean;
}
export interface StepDone { done: number; of: number; timestep: number; finished: boolean }
/** The picture as predicted in the middle of a run; `latents` are those with noise. */
export interface GenerationPreview {
  images: Raster[]; panels: { conditional: Raster; unconditional: Raster; guided: Raster } | null;
  latents: { mean: number; std: number };
}
export interface GenerationImages { images: Raster[] }
"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "DeviceInfo")]
    pub type DeviceInfo;
    #[wasm_bindgen(typescript_type = "EncoderFiles")]
    pub type EncoderFiles;
    /// The part that [`EncoderFiles`] and [`ClipFiles`] share.
    #[derive(Debug)]
    type TokenizerFiles;
    #[wasm_bindgen(typescript_type = "ModelInfo")]
    pub type ModelInfo;
    #[wasm_bindgen(typescript_type = "TokenView")]
    pub type TokenView;
    #[wasm_bindgen(typescript_type = "SentimentQuestion")]
    pub type SentimentQuestion;
    #[wasm_bindgen(typescript_type = "SentimentAnswer")]
    pub type SentimentAnswer;
    #[wasm_bindgen(typescript_type = "SweepQuestion")]
    pub type SweepQuestion;
    #[wasm_bindgen(typescript_type = "SweepAnswer")]
    pub type SweepAnswer;
    #[wasm_bindgen(typescript_type = "Attention")]
    pub type Attention;
    #[wasm_bindgen(typescript_type = "Table")]
    pub type Table;
    #[wasm_bindgen(typescript_type = "ClassReport")]
    pub type ClassReport;
    #[wasm_bindgen(typescript_type = "ClipFiles")]
    pub type ClipFiles;
    #[wasm_bindgen(typescript_type = "ClipInfo")]
    pub type ClipInfo;
    #[wasm_bindgen(typescript_type = "PictureInfo")]
    pub type PictureInfo;
    #[wasm_bindgen(typescript_type = "ImageAnswer")]
    pub type ImageAnswer;
    #[wasm_bindgen(typescript_type = "string[][]")]
    pub type Rows;
    #[wasm_bindgen(typescript_type = "\"cpu\" | \"webgpu\"")]
    pub type DeviceKind;
    #[wasm_bindgen(typescript_type = "Stored")]
    pub type Stored;
    #[wasm_bindgen(typescript_type = "OnProgress")]
    pub type OnProgress;

    #[wasm_bindgen(typescript_type = "Raster")]
    pub type Raster;
    #[wasm_bindgen(typescript_type = "GeneratorFiles")]
    pub type GeneratorFiles;
    #[wasm_bindgen(typescript_type = "GeneratorInfo")]
    pub type GeneratorInfo;
    #[wasm_bindgen(typescript_type = "GenerateOptions")]
    pub type GenerateOptions;
    #[wasm_bindgen(typescript_type = "GenerationPlan")]
    pub type GenerationPlan;
    #[wasm_bindgen(typescript_type = "StepDone")]
    pub type StepDone;
    #[wasm_bindgen(typescript_type = "GenerationPreview")]
    pub type GenerationPreview;
    #[wasm_bindgen(typescript_type = "GenerationImages")]
    pub type GenerationImages;
    #[wasm_bindgen(typescript_type = "[string, string][]")]
    pub type TextPairs;

    /// Bytes of one file, by name, without copying the others.
    #[wasm_bindgen(method, getter, structural, js_name = config)]
    pub fn config(this: &EncoderFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = weights)]
    pub fn weights(this: &EncoderFiles) -> JsValue;
    #[wasm_bindgen(method, getter, structural, js_name = index)]
    pub fn index(this: &EncoderFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = storeAs)]
    pub fn store_as(this: &EncoderFiles) -> Option<String>;
    #[wasm_bindgen(method, getter, structural, js_name = onProgress)]
    pub fn on_progress(this: &EncoderFiles) -> Option<js_sys::Function>;
    #[wasm_bindgen(method, getter, structural, js_name = modules)]
    pub fn modules(this: &EncoderFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = dense)]
    pub fn dense(this: &EncoderFiles) -> JsValue;
    #[wasm_bindgen(method, getter, structural, js_name = pooling)]
    pub fn pooling(this: &EncoderFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = sentence)]
    pub fn sentence(this: &EncoderFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = sentenceTransformers)]
    pub fn sentence_transformers(this: &EncoderFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = precision)]
    pub fn precision(this: &EncoderFiles) -> Option<String>;

    #[wasm_bindgen(method, getter, structural, js_name = tokenizer)]
    fn tokenizer(this: &TokenizerFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = vocabTxt)]
    fn vocab_txt(this: &TokenizerFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = vocabJson)]
    fn vocab_json(this: &TokenizerFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = merges)]
    fn merges(this: &TokenizerFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = tokenizerConfig)]
    fn tokenizer_config(this: &TokenizerFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = specialTokens)]
    fn special_tokens(this: &TokenizerFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = addedTokens)]
    fn added_tokens(this: &TokenizerFiles) -> Option<js_sys::Uint8Array>;

    #[wasm_bindgen(method, getter, structural, js_name = config)]
    pub fn config(this: &ClipFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = weights)]
    pub fn weights(this: &ClipFiles) -> JsValue;
    #[wasm_bindgen(method, getter, structural, js_name = index)]
    pub fn index(this: &ClipFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = storeAs)]
    pub fn store_as(this: &ClipFiles) -> Option<String>;
    #[wasm_bindgen(method, getter, structural, js_name = onProgress)]
    pub fn on_progress(this: &ClipFiles) -> Option<js_sys::Function>;
    #[wasm_bindgen(method, getter, structural, js_name = preprocessor)]
    pub fn preprocessor(this: &ClipFiles) -> Option<js_sys::Uint8Array>;
    #[wasm_bindgen(method, getter, structural, js_name = precision)]
    pub fn precision(this: &ClipFiles) -> Option<String>;
}

/// `TokenizerFiles` of TypeScript, read from an object that has more than that.
pub(crate) fn tokenizer_files(object: &JsValue) -> kindling_tasks::TokenizerFiles {
    let files: &TokenizerFiles = object.unchecked_ref();
    kindling_tasks::TokenizerFiles {
        json: bytes(files.tokenizer()),
        vocab_txt: bytes(files.vocab_txt()),
        vocab_json: bytes(files.vocab_json()),
        merges: bytes(files.merges()),
        config: bytes(files.tokenizer_config()),
        special_tokens: bytes(files.special_tokens()),
        added_tokens: bytes(files.added_tokens()),
    }
}

/// `Precision` by its name; full where none is given.
pub(crate) fn compute(name: Option<String>) -> Result<kindling_tasks::Compute, crate::error::Error> {
    match name.as_deref() {
        None | Some("full") => Ok(kindling_tasks::Compute::Full),
        Some("int8") => Ok(kindling_tasks::Compute::Int8),
        Some(other) => Err(crate::error::Error::new("input", format!("unknown precision {other:?}"))),
    }
}
