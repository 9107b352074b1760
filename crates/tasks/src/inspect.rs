//! What a checkpoint is, without loading it.

use std::collections::BTreeMap;

use burn::tensor::Device;
use kindling_models::SEGMENT_NAMES;
use kindling_weights::{Checkpoint, WeightsError};
use serde::Serialize;

use crate::TaskError;
use crate::error::bert_config;

/// A report on a checkpoint's config and weights.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// `model_type` of the configuration.
    pub architecture: String,
    /// Numbers that the architecture asks for.
    pub parameters: usize,
    /// Tensors of each stored type.
    pub dtypes: BTreeMap<String, usize>,
    /// Tensors that the architecture asks for and the file lacks.
    pub missing: Vec<String>,
    /// Tensors of another shape than asked for.
    pub misshapen: Vec<String>,
    /// Tensors that nothing asks for.
    pub unused: Vec<String>,
    /// Bytes of the weights.
    pub bytes: usize,
}

/// Compares a configuration with a file of weights.
///
/// # Errors
/// A configuration or a header that cannot be read.
pub fn inspect(config: &[u8], weights: Vec<u8>, device: &Device) -> Result<Inspection, TaskError> {
    let config = bert_config(config)?;
    let bytes = weights.len();
    let checkpoint = Checkpoint::parse(weights)?;
    let model = config.init(device)?;
    let expected = kindling_weights::expected(&model, &SEGMENT_NAMES);
    let (mut missing, mut misshapen) = (Vec::new(), Vec::new());
    for error in kindling_weights::compare(&model, &checkpoint, &SEGMENT_NAMES) {
        match error {
            WeightsError::MissingTensor { name } => missing.push(name),
            other => misshapen.push(other.to_string()),
        }
    }
    let unused = kindling_weights::unused(&model, &checkpoint, &SEGMENT_NAMES);
    Ok(Inspection {
        architecture: config.model_type,
        parameters: expected.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum(),
        dtypes: kindling_weights::dtypes(&checkpoint),
        missing,
        misshapen,
        unused,
        bytes,
    })
}
