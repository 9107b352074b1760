//! The one error type of this crate.

use serde::Serialize;

use crate::picture::{ForeignFormat, PictureFormat};

/// Why a tokenizer, a text, a table or a picture was refused.
///
/// Serializes to its fields beside `code`, the variant's name in snake case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum InputError {
    /// `tokenizer.json` is larger than any that is known.
    #[error("tokenizer file of {bytes} bytes, above the limit of {limit}")]
    TokenizerSize {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// `tokenizer.json` nests lists and objects too deeply.
    #[error("tokenizer file nested deeper than {limit} levels")]
    TokenizerDepth {
        /// Levels allowed.
        limit: usize,
    },
    /// `tokenizer.json` is not JSON, or not a tokenizer.
    #[error("malformed tokenizer file: {reason}")]
    TokenizerMalformed {
        /// What the parser found, with line and column where it knows them.
        reason: String,
    },
    /// One of the files beside or instead of `tokenizer.json` cannot be followed.
    #[error("{file}: {reason}")]
    TokenizerFile {
        /// The file's name.
        file: String,
        /// What is wrong with it, with the line where there are lines.
        reason: String,
    },
    /// A piece has an id for which the model has no row.
    #[error("token {piece:?} with id {id}, outside a vocabulary of {vocabulary}")]
    TokenId {
        /// The id.
        id: u32,
        /// The token as it is written in the file.
        piece: String,
        /// Rows of the model's embedding; ids run from 0 to one below.
        vocabulary: usize,
    },
    /// The limit leaves no room for a single token of text.
    #[error("token limit of {max_tokens}, not above the {special} special tokens")]
    TokenLimit {
        /// Tokens allowed in a row, special ones included.
        max_tokens: usize,
        /// Special tokens that each row needs.
        special: usize,
    },
    /// The tokenizer could not encode a text.
    #[error("text the tokenizer could not encode: {reason}")]
    Encode {
        /// The tokenizer's own words.
        reason: String,
    },
    /// A text is too large to look at.
    #[error("text of {bytes} bytes, above the limit of {limit}")]
    TextSize {
        /// Bytes given (UTF-8).
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A table is too large to look at.
    #[error("table of {bytes} bytes, above the limit of {limit}")]
    TableSize {
        /// Bytes given (UTF-8).
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A table has too many rows.
    #[error("table of more than {limit} rows")]
    TableRows {
        /// Rows allowed, the header not counted.
        limit: usize,
    },
    /// A table has too many columns.
    #[error("table of {found} columns, above the limit of {limit}")]
    TableColumns {
        /// Columns found.
        found: usize,
        /// Columns allowed.
        limit: usize,
    },
    /// A row has more or fewer cells than the first one.
    #[error("row {row} with {found} cells where {expected} are expected")]
    TableRagged {
        /// Row in the file, counted from 1, the header included.
        row: usize,
        /// Cells of the first row.
        expected: usize,
        /// Cells of this row.
        found: usize,
    },
    /// Nothing but white space, or a header alone.
    #[error("table without rows")]
    TableEmpty,
    /// The CSV reader or writer gave up.
    #[error("malformed table: {reason}")]
    TableMalformed {
        /// The reader's own words.
        reason: String,
    },
    /// A picture file without a byte.
    #[error("empty file, no picture")]
    ImageEmpty,
    /// A picture file is too large to look at.
    #[error("picture file of {bytes} bytes, above the limit of {limit}")]
    ImageBytes {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// None of the formats that are read, whatever the file's name says.
    #[error("{found}, not a picture in PNG, JPEG, WebP or GIF")]
    ImageUnsupported {
        /// What the bytes look like.
        found: ForeignFormat,
    },
    /// One of the formats that are read, in a variant that is not.
    #[error("{format} with {feature}, which is not supported")]
    ImageFeature {
        /// The format found.
        format: PictureFormat,
        /// The variant, such as `"arithmetic coding"`.
        feature: String,
    },
    /// The header claims more pixels than are decoded.
    #[error("picture of {width} × {height} pixels, above the limit of {limit} pixels")]
    ImagePixels {
        /// Pixels in a row, by the header.
        width: u32,
        /// Rows, by the header.
        height: u32,
        /// Pixels allowed.
        limit: usize,
    },
    /// The header claims a side longer than any that is decoded.
    #[error("picture of {width} × {height} pixels, a side above the limit of {limit} pixels")]
    ImageSide {
        /// Pixels in a row, by the header.
        width: u32,
        /// Rows, by the header.
        height: u32,
        /// Pixels allowed on a side.
        limit: u32,
    },
    /// The file ends before the picture does.
    #[error("{format} file that ends early: it was cut off on its way, or not written to the end")]
    ImageTruncated {
        /// The format found.
        format: PictureFormat,
    },
    /// The bytes break the rules of their format.
    #[error("corrupt {format} file: {reason}")]
    ImageCorrupt {
        /// The format found.
        format: PictureFormat,
        /// What the decoder found.
        reason: String,
    },
    /// `preprocessor_config.json` is too large, nested too deeply, or not JSON.
    #[error("malformed preprocessor_config.json: {reason}")]
    PreprocessorMalformed {
        /// What was found.
        reason: String,
    },
    /// A field of `preprocessor_config.json` cannot be followed.
    #[error("preprocessor_config.json, field {field:?}: {reason}")]
    PreprocessorField {
        /// The field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The bytes are not those of a picture of that size.
    #[error("{bytes} bytes, not {width} × {height} pixels of four bytes")]
    PngPixels {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes given.
        bytes: usize,
    },
    /// A key under which no text can be stored in a PNG.
    #[error("text key {key:?}: {reason}")]
    PngKey {
        /// The key, its start where it is long.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Text was asked of a picture in a format that is not read for it.
    #[error("{format}, not a PNG, which alone is read for text")]
    PngFormat {
        /// The format found.
        format: PictureFormat,
    },
    /// A PNG with more texts than are read or written.
    #[error("PNG with more than {limit} texts")]
    PngTexts {
        /// Texts allowed.
        limit: usize,
    },
    /// A PNG with more text than is read or written.
    #[error("PNG with more than {limit} bytes of text")]
    PngTextSize {
        /// Bytes allowed, keys included, inflated.
        limit: usize,
    },
    /// A threshold of the edge detector is no number that can be one.
    #[error("option {field:?}: {reason}")]
    EdgeThreshold {
        /// The option: `"edge_low"` or `"edge_high"`.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl InputError {
    /// The family by which a page words the error: `"tokenizer"`, `"input"`, `"table"`, `"image"` or, for a setting
    /// of a run, `"generate_options"`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TokenizerSize { .. }
            | Self::TokenizerDepth { .. }
            | Self::TokenizerMalformed { .. }
            | Self::TokenizerFile { .. }
            | Self::TokenId { .. }
            | Self::TokenLimit { .. } => "tokenizer",
            Self::Encode { .. } | Self::TextSize { .. } => "input",
            Self::TableSize { .. }
            | Self::TableRows { .. }
            | Self::TableColumns { .. }
            | Self::TableRagged { .. }
            | Self::TableEmpty
            | Self::TableMalformed { .. } => "table",
            Self::ImageEmpty
            | Self::ImageBytes { .. }
            | Self::ImageUnsupported { .. }
            | Self::ImageFeature { .. }
            | Self::ImagePixels { .. }
            | Self::ImageSide { .. }
            | Self::ImageTruncated { .. }
            | Self::ImageCorrupt { .. }
            | Self::PreprocessorMalformed { .. }
            | Self::PreprocessorField { .. }
            | Self::PngPixels { .. }
            | Self::PngKey { .. }
            | Self::PngFormat { .. }
            | Self::PngTexts { .. }
            | Self::PngTextSize { .. } => "image",
            Self::EdgeThreshold { .. } => "generate_options",
        }
    }
}
