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

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
    use burn::tensor::{Device, Tensor};
    use pollster::block_on;

    use super::*;
    use crate::{Checkpoint, collect, load};

    #[derive(Module, Debug)]
    struct Small {
        dense: Linear,
        layer_norm: LayerNorm,
    }

    const NAMES: [(&str, &str); 1] = [("layer_norm", "LayerNorm")];

    fn small(device: &Device) -> Small {
        Small { dense: LinearConfig::new(3, 2).init(device), layer_norm: LayerNormConfig::new(2).init(device) }
    }

    fn forward(module: &Small, device: &Device) -> Vec<f32> {
        let x = Tensor::<2>::from_data([[0.5, -1.0, 2.0], [3.0, 0.1, -0.7]], device);
        let out = module.layer_norm.forward(module.dense.forward(x));
        block_on(out.into_data_async()).unwrap().try_to_vec::<f32>().unwrap()
    }

    fn again(precision: Precision) -> (Vec<f32>, Vec<f32>, Checkpoint) {
        let device = Device::flex();
        let module = small(&device);
        let bytes = write(&block_on(collect(&module, &NAMES)).unwrap(), precision).unwrap();
        let checkpoint = Checkpoint::parse(bytes).unwrap();
        let (loaded, report) = load(small(&device), &checkpoint, &NAMES).unwrap();
        assert_eq!((report.parameters, report.unused.len()), (3 * 2 + 2 + 2 + 2, 0));
        (forward(&module, &device), forward(&loaded, &device), checkpoint)
    }

    #[test]
    fn f32_comes_back_as_it_was_under_the_checkpoints_names() {
        let (before, after, checkpoint) = again(Precision::F32);
        assert_eq!(before, after);
        // PyTorch's layout: [out, in].
        assert_eq!(checkpoint.entry("dense.weight").unwrap().shape, [2, 3]);
        assert!(checkpoint.entry("LayerNorm.weight").is_ok());
    }

    #[test]
    fn f16_and_int8_come_back_close() {
        for (precision, tolerance) in [(Precision::F16, 0.01), (Precision::Int8, 0.1)] {
            let (before, after, _) = again(precision);
            let gap = before.iter().zip(&after).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(gap < tolerance, "{precision:?}: {gap}");
        }
    }

    #[test]
    fn int8_without_its_scales_is_refused_by_name() {
        let tensor = NamedTensor { name: "w".into(), shape: vec![2, 2], values: vec![1.0, -2.0, 0.0, 0.0] };
        let (quantised, scales) = quantise_rows(&tensor.values, 2);
        assert_eq!((quantised, scales), (vec![64, -127, 0, 0], vec![2.0 / 127.0, 1.0]));
        let checkpoint = Checkpoint::parse(write(&[tensor], Precision::Int8).unwrap()).unwrap();
        let values = checkpoint.read_f32("w").unwrap();
        assert!((values[0] - 1.0).abs() < 0.01 && values[1] == -2.0 && values[2..] == [0.0, 0.0]);
    }
}
