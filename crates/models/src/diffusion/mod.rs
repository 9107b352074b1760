//! Latent diffusion (Rombach et al. 2022): a U-Net that removes noise, autoencoders between pixels and latents, ControlNet beside
//! the U-Net, and the schedulers that say how much noise goes at each step.
//!
//! Reference implementations: `diffusers.UNet2DConditionModel`, `AutoencoderKL`, `AutoencoderTiny`, `ControlNetModel`. Fields of
//! configurations and modules are theirs.

mod blocks;
mod config;
mod controlnet;
mod kl;
mod latents;
mod resnet;
pub mod scheduler;
mod timestep;
mod tiny;
mod transformer;
mod unet;

pub use blocks::{DownBlock, MidBlock, UpBlock};
pub use config::{ControlNetConfig, PerBlock, Switch, UNet2DConditionConfig};
pub use controlnet::{ControlNetModel, Residuals};
pub use kl::{AutoencoderKl, AutoencoderKlConfig};
pub use resnet::{Downsample2D, ResnetBlock2D, Upsample2D};
pub use timestep::{TimestepEmbedding, sinusoidal};
pub use tiny::{AutoencoderTiny, AutoencoderTinyConfig};
pub use transformer::{Attention, BasicTransformerBlock, FeedForward, Transformer2DModel};
pub use unet::{Extra, UNet2DConditionModel};
