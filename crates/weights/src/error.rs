//! The one error type of this crate.

use serde::Serialize;

/// Why weights were refused.
///
/// Serializes to its fields beside `code`, the variant's name in snake case. Sizes and offsets are in bytes;
/// offsets of tensors count from the end of the header, as in the file.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightsError {
    /// Something else was given for a model: a web page, a pointer file, another format.
    #[error("not a model file but {found}")]
    NotAModelFile {
        /// What it looks like, in words.
        found: String,
    },
    /// The file says that its header is longer than the file, or than any header is.
    #[error("header length of {length} bytes, above the limit of {limit}")]
    HeaderLength {
        /// Bytes that the file says.
        length: u64,
        /// Bytes that are possible.
        limit: u64,
    },
    /// The file ends too early.
    #[error("file of {found} bytes where {expected} are expected")]
    Truncated {
        /// Bytes expected at least.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The header is not UTF-8.
    #[error("header that is not UTF-8 at byte {at}")]
    Utf8 {
        /// The first bad byte, counted from the header's start.
        at: usize,
    },
    /// The header is not the JSON that it should be.
    #[error("malformed header: {reason}")]
    HeaderSyntax {
        /// What the parser found, with line and column.
        reason: String,
    },
    /// Two tensors of one name.
    #[error("second tensor named {name:?}")]
    DuplicateTensor {
        /// The name.
        name: String,
    },
    /// A type of number that is not read, or not wanted here.
    #[error("tensor {name:?} of type {found:?} where {expected} is expected")]
    Dtype {
        /// The tensor.
        name: String,
        /// The type that the file says.
        found: String,
        /// The types that would do, in words.
        expected: String,
    },
    /// More numbers than can be counted or addressed here.
    #[error("tensor {name:?} with a shape too large: {shape:?}")]
    ShapeOverflow {
        /// The tensor.
        name: String,
        /// The shape that the file says.
        shape: Vec<u64>,
    },
    /// A tensor ends before it starts.
    #[error("tensor {name:?} with reversed offsets {start}..{end}")]
    Offsets {
        /// The tensor.
        name: String,
        /// Start.
        start: u64,
        /// End.
        end: u64,
    },
    /// Shape and type ask for other bytes than the tensor has.
    #[error("tensor {name:?} of {found} bytes where shape and type need {expected}")]
    SizeMismatch {
        /// The tensor.
        name: String,
        /// Bytes that shape and type need.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// Two tensors share bytes.
    #[error("tensors {first:?} and {second:?} with overlapping bytes")]
    Overlap {
        /// The tensor that starts first.
        first: String,
        /// The tensor that starts inside it.
        second: String,
    },
    /// Bytes that belong to no tensor.
    #[error("bytes {from}..{to} that belong to no tensor")]
    Hole {
        /// First byte.
        from: u64,
        /// Byte after the last.
        to: u64,
    },
    /// The model needs a tensor that the file lacks.
    #[error("missing tensor {name:?}")]
    MissingTensor {
        /// The name looked for.
        name: String,
    },
    /// A tensor of another shape than the model's.
    #[error("tensor {name:?} of shape {found:?} where {expected:?} is expected")]
    Shape {
        /// The tensor.
        name: String,
        /// The model's shape.
        expected: Vec<usize>,
        /// The file's shape.
        found: Vec<usize>,
    },
    /// NaN or infinity among the weights.
    #[error("number that is not finite in tensor {name:?} at {index}")]
    NotFinite {
        /// The tensor.
        name: String,
        /// Position in the tensor, row-major, from 0.
        index: usize,
    },
    /// Bytes that whoever keeps the file does not hand out.
    #[error("unreadable {file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Its keeper's own words.
        reason: String,
    },
    /// The list of shards is not what it should be.
    #[error("unreadable model.safetensors.index.json: {reason}")]
    Index {
        /// The parser's own words.
        reason: String,
    },
    /// A file of weights that is named and not there.
    #[error("missing file {file}")]
    MissingShard {
        /// The file.
        file: String,
    },
    /// A tensor in another file than the index says.
    #[error("tensor {name:?} in {found} where the index says {expected}")]
    OtherShard {
        /// The tensor.
        name: String,
        /// The file that the index names.
        expected: String,
        /// The file that it lies in.
        found: String,
    },
    /// The device did not take what was sent to it.
    #[error("tensor {name:?} that the device did not take: {reason}")]
    Upload {
        /// The tensor, the last of those that were on their way.
        name: String,
        /// The backend's own words.
        reason: String,
    },
    /// A tensor that the device cannot bind as a whole. Tables are cut into parts, other tensors are not.
    #[error("tensor {name:?} of {bytes} bytes on the device, which takes {limit} at most")]
    TooLarge {
        /// The tensor.
        name: String,
        /// Bytes that it takes there.
        bytes: u64,
        /// Bytes that one tensor can take there.
        limit: u64,
    },
    /// The device gave a tensor back not at all.
    #[error("tensor {name:?} that could not be read back: {reason}")]
    Readback {
        /// The tensor.
        name: String,
        /// The backend's own words.
        reason: String,
    },
    /// The format refused a tensor when writing.
    #[error("weights that could not be written: {reason}")]
    Write {
        /// The writer's own words.
        reason: String,
    },
    /// `config.json` asks for something that is not supported, or absurd.
    #[error("config field {field:?}: {found} where {expected} is expected")]
    Config {
        /// The field, as it is written in the file.
        field: String,
        /// Its value.
        found: String,
        /// What would do, in words.
        expected: String,
    },
}

impl WeightsError {
    /// The family by which a page words the error: `"weights"`, `"missing_tensor"`, `"shape"`, `"not_finite"` or
    /// `"config"`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MissingTensor { .. } => "missing_tensor",
            Self::Shape { .. } => "shape",
            Self::NotFinite { .. } => "not_finite",
            Self::Config { .. } => "config",
            _ => "weights",
        }
    }
}
