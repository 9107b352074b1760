//! The parts of a diffusion model, from their files.

use burn::tensor::{Device, Tensor, TensorData};
use kindling_models::diffusion::{
    AutoencoderKl, AutoencoderKlConfig, AutoencoderTiny, AutoencoderTinyConfig, ControlNetConfig, ControlNetModel,
    Extra, UNet2DConditionConfig, UNet2DConditionModel,
};
use kindling_weights::{Checkpoint, LoadReport, WeightFiles, WeightsError};

use crate::encoder::read;
use crate::error::{architecture, json};
use crate::{Compute, TaskError};

/// What diffusers calls the attention of an autoencoder today, of names from before its release 0.18: Stable Diffusion 1's files
/// on the hubs have those.
fn newer_name(name: &str) -> Option<String> {
    let (place, rest) = name.split_once(".attentions.0.")?;
    let (part, end) = rest.split_once('.')?;
    let part = match part {
        "query" => "to_q",
        "key" => "to_k",
        "value" => "to_v",
        "proj_attn" => "to_out.0",
        _ => return None,
    };
    Some(format!("{place}.attentions.0.{part}.{end}"))
}

/// Either autoencoder.
#[derive(Debug)]
pub(crate) enum Autoencoder {
    Kl(Box<AutoencoderKl>),
    Tiny(Box<AutoencoderTiny>),
}

/// The configuration of either.
#[derive(Debug, Clone)]
pub(crate) enum AutoencoderConfig {
    Kl(AutoencoderKlConfig),
    Tiny(AutoencoderTinyConfig),
}

/// `config.json` of a U-Net, checked; `file` is what errors name.
pub(crate) fn unet_config(file: &'static str, config: &[u8]) -> Result<UNet2DConditionConfig, TaskError> {
    named(config, "UNet2DConditionModel")?;
    let config: UNet2DConditionConfig = json(file, config)?;
    config.check()?;
    Ok(config)
}

/// The U-Net of that configuration.
pub(crate) fn unet(
    config: &UNet2DConditionConfig,
    weights: &Checkpoint,
    device: &Device,
) -> Result<(UNet2DConditionModel, LoadReport), TaskError> {
    crate::resident(config.init(device)?, weights, Compute::Full)
}

/// `config.json` of a ControlNet, checked.
pub(crate) fn controlnet_config(file: &'static str, config: &[u8]) -> Result<ControlNetConfig, TaskError> {
    named(config, "ControlNetModel")?;
    let config: ControlNetConfig = json(file, config)?;
    config.check()?;
    Ok(config)
}

/// The ControlNet of that configuration.
pub(crate) fn controlnet(
    config: &ControlNetConfig,
    weights: &Checkpoint,
    device: &Device,
) -> Result<(ControlNetModel, LoadReport), TaskError> {
    crate::resident(config.init(device)?, weights, Compute::Full)
}

fn named(config: &[u8], known: &'static str) -> Result<(), TaskError> {
    let found = architecture(config)?;
    if found == known { Ok(()) } else { Err(TaskError::Architecture { found, known }) }
}

/// A U-Net by itself, from plain numbers to plain numbers: for benchmarks.
#[derive(Debug)]
pub struct UNet {
    pub(crate) config: UNet2DConditionConfig,
    pub(crate) model: UNet2DConditionModel,
    pub(crate) device: Device,
}

impl UNet {
    /// Reads, checks and loads.
    ///
    /// # Errors
    /// The field or tensor that does not fit.
    pub fn load(config: &[u8], weights: WeightFiles, device: &Device) -> Result<Self, TaskError> {
        let config = unet_config("config.json", config)?;
        let (model, _) = unet(&config, &Checkpoint::open(weights)?, device)?;
        Ok(Self { config, model, device: device.clone() })
    }

    /// One pass.
    ///
    /// # Shapes
    /// latents `[batch, channels, height, width]` and states `[batch, tokens, width]`, row by row with their shapes; returns the
    /// output row by row
    ///
    /// # Errors
    /// [`TaskError::Question`] where numbers and shapes do not fit; [`TaskError::Device`].
    pub async fn step(
        &self,
        (latents, shape): (Vec<f32>, [usize; 4]),
        timestep: f32,
        (states, states_shape): (Vec<f32>, [usize; 3]),
    ) -> Result<Vec<f32>, TaskError> {
        let fits = |count: usize, shape: &[usize]| count == shape.iter().product::<usize>();
        if !fits(latents.len(), &shape) || !fits(states.len(), &states_shape) {
            return Err(TaskError::Question { reason: "latents or states of another size than their shape" });
        }
        let latents = Tensor::<4>::from_data(TensorData::new(latents, shape), &self.device);
        let states = Tensor::<3>::from_data(TensorData::new(states, states_shape), &self.device);
        read(self.model.forward(latents, &[timestep], states, Extra::default())).await
    }
}

impl AutoencoderConfig {
    pub fn read(file: &'static str, config: &[u8]) -> Result<Self, TaskError> {
        match architecture(config)?.as_str() {
            "AutoencoderKL" => Ok(Self::Kl(json(file, config)?)),
            "AutoencoderTiny" => Ok(Self::Tiny(json(file, config)?)),
            found => Err(TaskError::Architecture { found: found.into(), known: "AutoencoderKL, AutoencoderTiny" }),
        }
    }

    pub fn load(&self, weights: &mut Checkpoint, device: &Device) -> Result<(Autoencoder, LoadReport), TaskError> {
        Ok(match self {
            Self::Kl(config) => {
                weights.rename(newer_name);
                let (model, report) = crate::resident(config.init(device)?, weights, Compute::Full)?;
                (Autoencoder::Kl(Box::new(model)), report)
            }
            Self::Tiny(config) => {
                let (model, report) = crate::resident(config.init(device)?, weights, Compute::Full)?;
                (Autoencoder::Tiny(Box::new(model)), report)
            }
        })
    }

    /// Parameters asked for, names that do not fit, names that nothing asks for.
    pub fn compare(
        &self,
        weights: &mut Checkpoint,
        device: &Device,
    ) -> Result<(usize, Vec<WeightsError>, Vec<String>), TaskError> {
        Ok(match self {
            Self::Kl(config) => {
                weights.rename(newer_name);
                crate::inspect::compared(&config.init(device)?, weights)
            }
            Self::Tiny(config) => crate::inspect::compared(&config.init(device)?, weights),
        })
    }

    /// Pixels for one latent, along each side.
    pub fn factor(&self) -> usize {
        match self {
            Self::Kl(config) => config.factor(),
            Self::Tiny(config) => config.factor(),
        }
    }

    /// Channels of the latents.
    pub fn channels(&self) -> usize {
        match self {
            Self::Kl(config) => config.latent_channels,
            Self::Tiny(config) => config.latent_channels,
        }
    }

    /// What latents are multiplied by before the U-Net sees them.
    pub fn scaling(&self) -> f64 {
        match self {
            Self::Kl(config) => config.scaling_factor,
            Self::Tiny(config) => config.scaling_factor,
        }
    }
}

impl Autoencoder {
    /// Latents, not scaled, to pixels of −1…1.
    pub fn decode(&self, latents: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Kl(model) => model.decode(latents),
            Self::Tiny(model) => model.decode(latents),
        }
    }
}
