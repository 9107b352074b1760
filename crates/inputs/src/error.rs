//! The one error type of this crate.

use serde::Serialize;

/// Why a tokenizer, a text or a table was refused.
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
}

impl InputError {
    /// The family by which a page words the error: `"tokenizer"`, `"input"` or `"table"`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TokenizerSize { .. }
            | Self::TokenizerDepth { .. }
            | Self::TokenizerMalformed { .. }
            | Self::TokenId { .. }
            | Self::TokenLimit { .. } => "tokenizer",
            Self::Encode { .. } | Self::TextSize { .. } => "input",
            Self::TableSize { .. }
            | Self::TableRows { .. }
            | Self::TableColumns { .. }
            | Self::TableRagged { .. }
            | Self::TableEmpty
            | Self::TableMalformed { .. } => "table",
        }
    }
}
