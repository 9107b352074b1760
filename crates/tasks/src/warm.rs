//! Shaders compiled while a model's weights are still being read. A GPU compiles a pipeline when it is first asked for, and that takes longer
//! than a short text's whole pass; so a model of the same kind, one layer of one head, runs on zeros first, and nobody waits for its answer.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_kernels::Place;
use kindling_models::{Pooling, SEGMENT_NAMES};
use kindling_weights::{Checkpoint, LoadReport, NamedTensor, Precision, expected, write};

use crate::fill::Fill;
use crate::text_model::TextConfig;
use crate::towers::{Captions, TowersConfig};
use crate::{Compute, TaskError};

/// As many tokens as a sentence has: the shaders' tiles go by their number.
const TOKENS: usize = 16;

/// What a pass over sentences needs, padded and not.
pub(crate) fn encoder(config: &TextConfig, pooling: Pooling, stored: Precision, compute: Compute, device: &Device) {
    let work = || -> Result<(), TaskError> {
        let model = config.tiny(TOKENS).filled(device, &Blank { stored, compute })?.0;
        let ids = Tensor::<2, Int>::from_data(TensorData::new(vec![0; TOKENS], [1, TOKENS]), device);
        let mask = Tensor::<2>::from_data(TensorData::new(vec![1.0f32; TOKENS], [1, TOKENS]), device);
        for mask in [None, Some(mask)] {
            pooling.forward(model.forward(ids.clone(), mask.clone()), mask);
        }
        Ok(())
    };
    on_a_gpu(device, work);
}

/// What captions and pictures need.
pub(crate) fn towers(config: &TowersConfig, stored: Precision, compute: Compute, device: &Device) {
    let work = || {
        let (tiny, side) = config.tiny(TOKENS);
        let towers = tiny.filled(device, &Blank { stored, compute })?.0;
        towers.text(&Captions { ids: &[0; TOKENS], mask: &[1; TOKENS], rows: 1, cols: TOKENS }, device);
        towers.images(Tensor::from_data(TensorData::new(vec![0.0f32; 3 * side * side], [1, 3, side, side]), device));
        Ok(())
    };
    on_a_gpu(device, work);
}

/// Has a GPU compile what a model will need, by its configuration alone, while its weights are on their way; elsewhere there is nothing to do.
/// A configuration that does not fit is left to loading, which says why.
pub fn warm(config: &[u8], stored: Precision, device: &Device) {
    match TextConfig::read(config) {
        Ok(config) => encoder(&config, Pooling::Mean, stored, Compute::Full, device),
        Err(_) => {
            if let Ok(config) = TowersConfig::read(config) {
                towers(&config, stored, Compute::Full, device);
            }
        }
    }
}

/// A model that cannot be warmed with is one that cannot be loaded either, and loading says why.
fn on_a_gpu(device: &Device, work: impl FnOnce() -> Result<(), TaskError>) {
    if Place::of(device) == Place::Gpu {
        work().ok();
    }
}

/// Zeros that lie as the weights of a file will that stores them so.
struct Blank {
    stored: Precision,
    compute: Compute,
}

impl Fill for Blank {
    fn fill<M: Module>(&self, model: M) -> Result<(M, LoadReport), TaskError> {
        let zeros = |(name, shape): (String, Vec<usize>)| NamedTensor {
            name,
            values: vec![0.0; shape.iter().product()],
            shape,
        };
        let tensors: Vec<NamedTensor> = expected(&model, &SEGMENT_NAMES).into_iter().map(zeros).collect();
        crate::resident(model, &Checkpoint::parse(write(&tensors, self.stored)?)?, self.compute)
    }
}
