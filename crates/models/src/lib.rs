//! Architectures, in Burn only.
//!
//! Every model reads like its paper: a config struct has the fields of the checkpoint's own `config.json`,
//! a module has the fields of the checkpoint's own keys, and every line that changes a shape ends with it.

pub mod bert;
pub mod clip;
pub mod diffusion;
pub mod distilbert;
pub mod encoder_layer;
pub mod pooling;

pub use bert::{BertConfig, BertModel};
pub use clip::{ChineseClipConfig, ChineseClipModel, ClipConfig, ClipModel};
pub use distilbert::{DistilBertConfig, DistilBertModel};
pub use encoder_layer::TextEncoder;
pub use pooling::Pooling;

/// Rules that turn a field path of a module here into the key of a checkpoint, one path segment each.
///
/// Some names cannot be Rust fields: `LayerNorm` would break the naming lint, `self` is a keyword, and a sequence of unlike parts has
/// numbers for names.
pub const SEGMENT_NAMES: [(&str, &str); 7] = [
    ("layer_norm", "LayerNorm"),
    ("self_attention", "self"),
    ("at_0", "0"),
    ("at_1", "1"),
    ("at_2", "2"),
    ("at_3", "3"),
    ("at_4", "4"),
];

/// What is wrong with a model's configuration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A field holds a value that this code cannot run.
    #[error("unusable config field `{field}`: found {found}, expected {expected}")]
    Field {
        /// The field of `config.json`.
        field: &'static str,
        /// What it holds.
        found: String,
        /// What it may hold.
        expected: String,
    },
}

impl ConfigError {
    pub(crate) fn field(field: &'static str, found: impl ToString, expected: impl ToString) -> Self {
        Self::Field { field, found: found.to_string(), expected: expected.to_string() }
    }
}

/// A size within bounds far above every published checkpoint: they stop a hostile file before it asks for memory.
pub(crate) fn bounded(field: &'static str, found: usize, most: usize) -> Result<(), ConfigError> {
    if (1..=most).contains(&found) {
        return Ok(());
    }
    Err(ConfigError::field(field, found, format!("1 to {most}")))
}
