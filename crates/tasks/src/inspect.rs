//! What a checkpoint is, without loading it.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::Device;
use kindling_models::SEGMENT_NAMES;
use kindling_weights::{Checkpoint, LoadReport, WeightFiles, WeightsError};
use serde::Serialize;

use crate::error::architecture;
use crate::generate::parts::{AutoencoderConfig, controlnet, controlnet_config, unet, unet_config};
use crate::text_model::{self, TextConfig};
use crate::towers::TowersConfig;
use crate::{Compute, TaskError};

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
    pub bytes: u64,
}

/// Compares a configuration with a file of weights.
///
/// # Errors
/// A configuration or a header that cannot be read.
pub fn inspect(config: &[u8], weights: impl Into<WeightFiles>, device: &Device) -> Result<Inspection, TaskError> {
    let mut checkpoint = Checkpoint::open(weights.into())?;
    let architecture = architecture(config)?;
    let (parameters, errors, unused) = match architecture.as_str() {
        "clip" | "chinese_clip" => TowersConfig::read(config)?.compare(&checkpoint, device)?,
        "UNet2DConditionModel" => compared(&unet_config("config.json", config)?.init(device)?, &checkpoint),
        "ControlNetModel" => compared(&controlnet_config("config.json", config)?.init(device)?, &checkpoint),
        "AutoencoderKL" | "AutoencoderTiny" => {
            AutoencoderConfig::read("config.json", config)?.compare(&mut checkpoint, device)?
        }
        name if text_model::NAMES.contains(&name) => TextConfig::read(config)?.compare(&checkpoint, device)?,
        _ => {
            let known = "bert, roberta, xlm-roberta, distilbert, clip, chinese_clip, UNet2DConditionModel, ControlNetModel, AutoencoderKL, AutoencoderTiny";
            return Err(TaskError::Architecture { found: architecture, known });
        }
    };
    let (mut missing, mut misshapen) = (Vec::new(), Vec::new());
    for error in errors {
        match error {
            WeightsError::MissingTensor { name } => missing.push(name),
            other => misshapen.push(other.to_string()),
        }
    }
    let dtypes = kindling_weights::dtypes(&checkpoint);
    Ok(Inspection { architecture, parameters, dtypes, missing, misshapen, unused, bytes: checkpoint.bytes() })
}

/// Loads every tensor onto a device and lets go of it again: whether its numbers are finite, and what it takes there.
///
/// # Errors
/// The field or tensor that does not fit; an architecture that is not here.
pub fn try_load(config: &[u8], weights: impl Into<WeightFiles>, device: &Device) -> Result<LoadReport, TaskError> {
    let mut checkpoint = Checkpoint::open(weights.into())?;
    Ok(match architecture(config)?.as_str() {
        "clip" | "chinese_clip" => TowersConfig::read(config)?.load(&checkpoint, device, Compute::Full)?.1,
        "UNet2DConditionModel" => unet(&unet_config("config.json", config)?, &checkpoint, device)?.1,
        "ControlNetModel" => controlnet(&controlnet_config("config.json", config)?, &checkpoint, device)?.1,
        "AutoencoderKL" | "AutoencoderTiny" => {
            AutoencoderConfig::read("config.json", config)?.load(&mut checkpoint, device)?.1
        }
        name if text_model::NAMES.contains(&name) => {
            TextConfig::read(config)?.load(&checkpoint, device, Compute::Full)?.1
        }
        found => {
            let known = "clip, chinese_clip, UNet2DConditionModel, ControlNetModel, AutoencoderKL, AutoencoderTiny";
            return Err(TaskError::Architecture { found: found.into(), known });
        }
    })
}

/// Parameters asked for, names that do not fit, names that nothing asks for.
pub(crate) fn compared<M: Module>(model: &M, checkpoint: &Checkpoint) -> (usize, Vec<WeightsError>, Vec<String>) {
    let expected = kindling_weights::expected(model, &SEGMENT_NAMES);
    (
        expected.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum(),
        kindling_weights::compare(model, checkpoint, &SEGMENT_NAMES),
        kindling_weights::unused(model, checkpoint, &SEGMENT_NAMES),
    )
}
