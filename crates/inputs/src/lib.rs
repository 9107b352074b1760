//! What a person types or drops, made into plain numbers and rows.
//!
//! * [`TextTokenizer`]: texts to token ids, equal to those of the reference tokenizer;
//! * [`TokenizerFiles`]: the tokenizer of checkpoints with `vocab.txt`, or `vocab.json` and `merges.txt`, instead;
//! * [`TokenView`]: the same tokens laid over the graphemes that a reader sees;
//! * [`Table`]: pasted lines, CSV or TSV, with the text and the label column found;
//! * [`Picture`]: PNG, JPEG, WebP or GIF, by their bytes, turned upright, in 8-bit RGB;
//! * [`ImageProcessor`]: a picture as a vision tower reads it, equal to what the reference makes of it;
//! * [`init_pixels`], [`mask`], [`control_pixels`]: pictures as a diffusion model reads them;
//! * [`edges()`]: what a ControlNet for edges reads, equal to OpenCV's;
//! * [`write_png`], [`read_png_text`]: pictures that carry the settings that made them;
//! * [`TorchGenerator`]: the noise that a seed stands for.
//!
//! Knows neither tensors nor browsers. Everything that comes from a stranger is bounded before it is parsed, and
//! every failure is an [`InputError`].

mod boundary;
mod bpe_tokenizer;
mod charsmap;
mod diffusion_input;
mod edges;
mod error;
mod json;
mod names;
mod noise;
mod picture;
mod processor;
mod resample;
mod sniff;
mod table;
mod text;
mod tokenizer_config;
mod tokenizer_files;
mod view;
mod wordpiece;

pub use bpe_tokenizer::{MAX_BPE_BYTES, clip_tokenizer_json, roberta_tokenizer_json};
pub use diffusion_input::{Fit, control_pixels, fitted, init_pixels, luma, mask, mask_latents};
pub use edges::{Gradient, edges};
pub use error::InputError;
pub use noise::TorchGenerator;
pub use picture::{
    ForeignFormat, MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MAX_PICTURE_SIDE, MAX_PNG_TEXT_BYTES, MAX_PNG_TEXTS, Picture,
    PictureFormat, PictureInfo, Thumbnail, decode_picture, probe_picture, read_png_text, write_png,
};
pub use processor::{Crop, ImageProcessor, MAX_MODEL_SIDE, MAX_PREPROCESSOR_BYTES};
pub use table::{Format, ReadOptions, Table, TableLimits, read_table, read_table_with, write_table};
pub use text::{Batch, Limits, MAX_TEXT_BYTES, MAX_TOKENIZER_BYTES, MAX_TOKENIZER_DEPTH, TextTokenizer};
pub use tokenizer_config::{MAX_TOKENIZER_CONFIG_BYTES, TokenizerConfig, token_limit};
pub use tokenizer_files::TokenizerFiles;
pub use view::{Grapheme, MAX_VIEW_GRAPHEMES, Token, TokenView};
pub use wordpiece::bert_tokenizer_json;
