//! What a person types or drops, made into plain numbers and rows.
//!
//! * [`TextTokenizer`]: texts to token ids, equal to those of the reference tokenizer;
//! * [`TokenView`]: the same tokens laid over the graphemes that a reader sees;
//! * [`Table`]: pasted lines, CSV or TSV, with the text and the label column found.
//!
//! Knows neither tensors nor browsers. Everything that comes from a stranger is bounded before it is parsed, and
//! every failure is an [`InputError`].

mod boundary;
mod error;
mod json;
mod names;
mod sniff;
mod table;
mod text;
mod view;

pub use error::InputError;
pub use table::{Format, ReadOptions, Table, TableLimits, read_table, read_table_with, write_table};
pub use text::{Batch, Limits, MAX_TEXT_BYTES, MAX_TOKENIZER_BYTES, MAX_TOKENIZER_DEPTH, TextTokenizer};
pub use view::{Grapheme, MAX_VIEW_GRAPHEMES, Token, TokenView};
