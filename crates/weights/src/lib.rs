//! Safetensors to tensors and back: checks, types of numbers, quantisation, modules.

mod checkpoint;
mod collect;
mod dtype;
mod error;
mod header;
mod module;
mod save;
mod source;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod table_tests;

pub use checkpoint::{Checkpoint, SCALE_SUFFIX};
pub use collect::{NamedTensor, collect};
pub use dtype::{Dtype, to_f32, to_i8, to_i64};
pub use error::WeightsError;
pub use header::{Header, MAX_HEADER_BYTES, TensorEntry};
pub use module::{LoadReport, SegmentNames, compare, dtypes, expected, load, load_resident, unused};
pub use save::{Precision, quantise_rows, write};
pub use source::{Source, Watch, WeightFiles, small_file};
