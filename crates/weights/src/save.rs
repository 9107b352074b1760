//! Writing safetensors: f32, f16, or int8 with a scale a row.

use std::collections::HashMap;

use half::f16;
use safetensors::tensor::{Dtype as StoredDtype, View, serialize};

use crate::{NamedTensor, SCALE_SUFFIX, WeightsError};

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 4 bytes a number.
    F32,
    /// 2 bytes a number.
    F16,
    /// 1 byte a number in matrices (with an f32 scale a row), f32 in vectors.
    Int8,
}

struct Stored {
    dtype: StoredDtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &Stored {
    fn dtype(&self) -> StoredDtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        (&self.bytes).into()
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Symmetric int8 with one scale a row: `scale = max |row| / 127`.
///
/// # Shapes
/// `values`: `[rows, width]`; returns `[rows, width]` and `[rows]`
pub fn quantise_rows(values: &[f32], rows: usize) -> (Vec<i8>, Vec<f32>) {
    let width = (values.len() / rows.max(1)).max(1);
    let mut quantised = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(rows);
    for row in values.chunks(width) {
        let largest = row.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        // Rounded and inside ±127 by construction.
        quantised.extend(row.iter().map(|value| (value / scale).round() as i8));
        scales.push(scale);
    }
    (quantised, scales)
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A whole safetensors file.
///
/// # Errors
/// [`WeightsError::Write`] when the format refuses a tensor.
pub fn write(tensors: &[NamedTensor], precision: Precision) -> Result<Vec<u8>, WeightsError> {
    let mut stored = Vec::new();
    for tensor in tensors {
        let shape = tensor.shape.clone();
        match precision {
            Precision::Int8 if shape.len() > 1 => {
                let (quantised, scales) = quantise_rows(&tensor.values, shape[0]);
                let bytes = quantised.iter().flat_map(|value| value.to_le_bytes()).collect();
                let scale = Stored { dtype: StoredDtype::F32, shape: vec![shape[0]], bytes: f32_bytes(&scales) };
                stored.push((format!("{}{SCALE_SUFFIX}", tensor.name), scale));
                stored.push((tensor.name.clone(), Stored { dtype: StoredDtype::I8, shape, bytes }));
            }
            Precision::F16 => {
                let bytes = tensor.values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
                stored.push((tensor.name.clone(), Stored { dtype: StoredDtype::F16, shape, bytes }));
            }
            Precision::F32 | Precision::Int8 => {
                stored.push((
                    tensor.name.clone(),
                    Stored { dtype: StoredDtype::F32, shape, bytes: f32_bytes(&tensor.values) },
                ));
            }
        }
    }
    let about = HashMap::from([("format".to_string(), "pt".to_string())]);
    serialize(stored.iter().map(|(name, view)| (name, view)), Some(about))
        .map_err(|error| WeightsError::Write { reason: error.to_string() })
}
