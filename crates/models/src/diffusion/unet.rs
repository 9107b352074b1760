//! The U-Net that predicts what to take away from noisy latents, told the step and the prompt (Rombach et al. 2022, section 3.3).
//! Reference implementation: `diffusers.UNet2DConditionModel`.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use kindling_kernels::{self as kernels, Act};

use super::blocks::{DownBlock, MidBlock, UpBlock};
use super::config::UNet2DConditionConfig;
use super::controlnet::Residuals;
use super::resnet::{conv, group_norm};
use super::timestep::{TimestepEmbedding, sinusoidal};
use crate::ConfigError;

/// The U-Net.
#[derive(Module, Debug)]
pub struct UNet2DConditionModel {
    /// `[first width, in_channels, 3, 3]`
    pub conv_in: Conv2d,
    /// The step, as a vector.
    pub time_embedding: TimestepEmbedding,
    /// The way down.
    pub down_blocks: Vec<DownBlock>,
    /// The middle.
    pub mid_block: Option<MidBlock>,
    /// The way up.
    pub up_blocks: Vec<UpBlock>,
    /// Before the last convolution.
    pub conv_norm_out: GroupNorm,
    /// `[out_channels, first width, 3, 3]`
    pub conv_out: Conv2d,
    #[module(skip)]
    time: TimeInput,
    #[module(skip)]
    act: Act,
    #[module(skip)]
    centred: bool,
}

/// How a timestep becomes sines and cosines.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeInput {
    width: usize,
    flip: bool,
    shift: f32,
}

impl TimeInput {
    pub(super) fn of(config: &UNet2DConditionConfig) -> Self {
        Self { width: config.block_out_channels[0], flip: config.flip_sin_to_cos, shift: config.freq_shift }
    }

    /// One timestep for the whole batch, or one for each: `[batch, width]`
    pub(super) fn embed(&self, timesteps: &[f32], batch: usize, device: &Device) -> Tensor<2> {
        let embedded = sinusoidal(timesteps, self.width, self.flip, self.shift, device);
        if timesteps.len() == 1 { kernels::expand(embedded, [batch, self.width]) } else { embedded }
    }
}

impl UNet2DConditionConfig {
    /// The model with weights still to be loaded.
    ///
    /// # Errors
    /// As [`UNet2DConditionConfig::check`].
    pub fn init(&self, device: &Device) -> Result<UNet2DConditionModel, ConfigError> {
        self.check()?;
        let first = self.block_out_channels[0];
        let blocks = self.block_out_channels.len();
        Ok(UNet2DConditionModel {
            conv_in: conv(self.in_channels, first, self.conv_in_kernel, device),
            time_embedding: self.time_embedding(device),
            down_blocks: (0..blocks).map(|block| DownBlock::new(self, block, device)).collect(),
            mid_block: MidBlock::new(self, device),
            up_blocks: (0..blocks).map(|block| UpBlock::new(self, block, device)).collect(),
            conv_norm_out: group_norm(self.norm_num_groups, first, self.norm_eps, device),
            conv_out: conv(first, self.out_channels, self.conv_out_kernel, device),
            time: TimeInput::of(self),
            act: self.act(),
            centred: self.center_input_sample,
        })
    }

    pub(super) fn time_embedding(&self, device: &Device) -> TimestepEmbedding {
        TimestepEmbedding::new(self.block_out_channels[0], self.time(), self.time_cond_proj_dim, self.act(), device)
    }
}

impl UNet2DConditionModel {
    /// What is to be taken away: noise, velocity or the picture itself, as the checkpoint was trained.
    ///
    /// # Shapes
    /// - `sample`: `[batch, in_channels, height, width]`
    /// - `timesteps`: one for all, or one for each; in training steps
    /// - `states`: `[batch, tokens, cross_attention_dim]`
    /// - `extra.condition`: `[batch, time_cond_proj_dim]`
    /// - returns `[batch, out_channels, height, width]`
    pub fn forward(&self, sample: Tensor<4>, timesteps: &[f32], states: Tensor<3>, extra: Extra) -> Tensor<4> {
        self.watched(sample, timesteps, states, extra, |_, _| ())
    }

    /// What the first block gives: arguments as in [`UNet2DConditionModel::forward`], the weights of later blocks not needed.
    pub fn first_block(&self, sample: Tensor<4>, timesteps: &[f32], states: Tensor<3>) -> Tensor<4> {
        let (time, x) = self.begin(sample, timesteps, None);
        let mut left = vec![x.clone()];
        self.down_blocks.first().map_or(x.clone(), |block| block.forward(x, &time, &states, &mut left))
    }

    /// The step `[batch, time]` and the latents `[batch, first width, height, width]`, ready for the first block.
    fn begin(&self, sample: Tensor<4>, timesteps: &[f32], condition: Option<Tensor<2>>) -> (Tensor<2>, Tensor<4>) {
        let time = self.time.embed(timesteps, sample.dims()[0], &sample.device()); // [batch, first width]
        let time = self.time_embedding.forward(time, condition); // [batch, time]
        let sample = if self.centred { kernels::scale(sample, 2.0, -1.0) } else { sample };
        (time, kernels::conv2d(&self.conv_in, sample)) // [batch, first width, height, width]
    }

    /// As [`UNet2DConditionModel::forward`], showing what each block gives: `down_blocks.0`, …, `mid_block`, `up_blocks.0`, ….
    pub fn watched(
        &self,
        sample: Tensor<4>,
        timesteps: &[f32],
        states: Tensor<3>,
        extra: Extra,
        mut watch: impl FnMut(String, &Tensor<4>),
    ) -> Tensor<4> {
        let (time, mut x) = self.begin(sample, timesteps, extra.condition);
        let mut left = vec![x.clone()];
        for (at, block) in self.down_blocks.iter().enumerate() {
            x = block.forward(x, &time, &states, &mut left);
            watch(format!("down_blocks.{at}"), &x);
        }
        if let Some(middle) = &self.mid_block {
            x = middle.forward(x, &time, &states);
            watch("mid_block".into(), &x);
        }
        if let Some(residuals) = extra.residuals {
            left = left.into_iter().zip(residuals.down).map(|(left, residual)| kernels::add(left, residual)).collect();
            x = kernels::add(x, residuals.mid);
        }
        for (at, block) in self.up_blocks.iter().enumerate() {
            x = block.forward(x, &time, &states, &mut left);
            watch(format!("up_blocks.{at}"), &x);
        }
        kernels::conv2d(&self.conv_out, kernels::group_norm(&self.conv_norm_out, x, None, Some(self.act)))
    }
}

/// What a U-Net may be told besides.
#[derive(Debug, Default)]
pub struct Extra {
    /// What a ControlNet adds.
    pub residuals: Option<Residuals>,
    /// The guidance scale of a distilled model, as sines and cosines.
    pub condition: Option<Tensor<2>>,
}
