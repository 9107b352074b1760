//! Safetensors to tensors and back: checks, types of numbers, quantisation, modules.

mod checkpoint;
mod dtype;
mod error;
mod header;
mod module;
mod save;
mod source;

pub use checkpoint::{Checkpoint, SCALE_SUFFIX};
pub use dtype::{Dtype, to_f32, to_i8, to_i64};
pub use error::WeightsError;
pub use header::{Header, MAX_HEADER_BYTES, TensorEntry};
pub use module::{
    LoadReport, NamedTensor, SegmentNames, collect, compare, dtypes, expected, load, load_resident, unused,
};
pub use save::{Precision, quantise_rows, write};
pub use source::{Source, WeightFiles, small_file};
