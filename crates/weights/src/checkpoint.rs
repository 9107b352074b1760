//! A checkpoint in memory: the checked header and the bytes behind it, read tensor by tensor.

use kindling_kernels::resident::Stored;

use crate::{Dtype, Header, Precision, TensorEntry, WeightsError, to_f32, to_i8, to_i64};

/// What the name of an int8 tensor's scales ends with: `x.weight` (I8, `[rows, …]`) has `x.weight.scale` (F32, `[rows]`).
///
/// Per-channel symmetric quantisation: `value[r, …] = int8[r, …] × scale[r]`.
pub const SCALE_SUFFIX: &str = ".scale";

/// A safetensors file whose header has been checked.
#[derive(Debug)]
pub struct Checkpoint {
    header: Header,
    bytes: Vec<u8>,
}

impl Checkpoint {
    /// Checks the header; reads no tensor yet.
    ///
    /// # Errors
    /// Whatever [`Header::parse`] finds.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, WeightsError> {
        Ok(Self { header: Header::parse(&bytes)?, bytes })
    }

    /// How the file stores its matrices, as [`crate::write`] names it.
    pub fn precision(&self) -> Precision {
        let holds = |dtype| self.entries().any(|entry| entry.dtype == dtype);
        match (holds(Dtype::I8), holds(Dtype::F16)) {
            (true, _) => Precision::Int8,
            (false, true) => Precision::F16,
            (false, false) => Precision::F32,
        }
    }

    /// As [`Header::rename`].
    pub fn rename(&mut self, rule: impl Fn(&str) -> Option<String>) {
        self.header.rename(rule);
    }

    /// Every tensor, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = &TensorEntry> {
        self.header.tensors().iter()
    }

    /// The tensor of that name.
    ///
    /// # Errors
    /// [`WeightsError::MissingTensor`].
    pub fn entry(&self, name: &str) -> Result<&TensorEntry, WeightsError> {
        self.header.tensor(name)
    }

    /// The values of a tensor as f32, whatever it is stored as.
    ///
    /// # Errors
    /// [`WeightsError::MissingTensor`], [`WeightsError::NotFinite`], or a dtype that holds no numbers for weights.
    pub fn read_f32(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let width = self.entry(name)?.shape.iter().skip(1).product::<usize>();
        Ok(self.read_stored(name)?.floats(width))
    }

    /// The values of a tensor as they lie in the file, f16 and bf16 widened.
    ///
    /// # Errors
    /// As [`Checkpoint::read_f32`].
    pub fn read_stored(&self, name: &str) -> Result<Stored, WeightsError> {
        let entry = self.entry(name)?;
        if entry.dtype != Dtype::I8 {
            return Ok(Stored::Floats(to_f32(entry, entry.slice(&self.bytes)?)?, entry.dtype == Dtype::F16));
        }
        let rows = entry.shape.first().copied().unwrap_or(1);
        let scale_entry = self.entry(&format!("{name}{SCALE_SUFFIX}"))?;
        scale_entry.expect_shape(&[rows])?;
        let scales = to_f32(scale_entry, scale_entry.slice(&self.bytes)?)?;
        Ok(Stored::Int8(to_i8(entry, entry.slice(&self.bytes)?)?, scales))
    }

    /// The values of an integer tensor.
    ///
    /// # Errors
    /// [`WeightsError::MissingTensor`], or another dtype.
    pub fn read_integers(&self, name: &str) -> Result<Vec<i64>, WeightsError> {
        let entry = self.entry(name)?;
        to_i64(entry, entry.slice(&self.bytes)?)
    }
}
