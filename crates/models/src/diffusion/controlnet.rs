//! A copy of the U-Net's way down that reads a hint beside the latents (Zhang et al. 2023).
//! Reference implementation: `diffusers.ControlNetModel`.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use kindling_kernels::{self as kernels, Act, Window};

use super::blocks::{DownBlock, MidBlock};
use super::config::ControlNetConfig;
use super::resnet::conv;
use super::timestep::TimestepEmbedding;
use super::unet::TimeInput;
use crate::ConfigError;

/// What is added to the U-Net's own: one for each thing left on the way down, and one for the middle.
#[derive(Debug, Clone)]
pub struct Residuals {
    /// In the order of the way down.
    pub down: Vec<Tensor<4>>,
    /// The middle's.
    pub mid: Tensor<4>,
}

/// The side network.
#[derive(Module, Debug)]
pub struct ControlNetModel {
    /// `[first width, in_channels, 3, 3]`
    pub conv_in: Conv2d,
    /// The step, as a vector.
    pub time_embedding: TimestepEmbedding,
    /// Reads the hint.
    pub controlnet_cond_embedding: HintEmbedding,
    /// The way down.
    pub down_blocks: Vec<DownBlock>,
    /// `[width, width, 1, 1]`, one for each thing left on the way down
    pub controlnet_down_blocks: Vec<Conv2d>,
    /// The middle.
    pub mid_block: MidBlock,
    /// `[width, width, 1, 1]`
    pub controlnet_mid_block: Conv2d,
    #[module(skip)]
    time: TimeInput,
    #[module(skip)]
    centred: bool,
    #[module(skip)]
    reversed: bool,
}

/// From a picture to the size of the latents.
#[derive(Module, Debug)]
pub struct HintEmbedding {
    /// `[first, conditioning_channels, 3, 3]`
    pub conv_in: Conv2d,
    /// In pairs: one that keeps the size, one that halves it.
    pub blocks: Vec<Conv2d>,
    /// `[first width of the U-Net, last, 3, 3]`
    pub conv_out: Conv2d,
}

impl HintEmbedding {
    fn new(config: &ControlNetConfig, device: &Device) -> Self {
        let widths = &config.conditioning_embedding_out_channels;
        let halving = |from: usize, to: usize| {
            let window = Window { stride: [2; 2], ..Window::around(1) };
            kernels::conv_layer([from, to], 3, window, true, device)
        };
        let pair = |pair: &[usize]| [conv(pair[0], pair[0], 3, device), halving(pair[0], pair[1])];
        let last = widths[widths.len() - 1];
        Self {
            conv_in: conv(config.conditioning_channels, widths[0], 3, device),
            blocks: widths.windows(2).flat_map(pair).collect(),
            conv_out: conv(last, config.unet.block_out_channels[0], 3, device),
        }
    }

    /// `[batch, conditioning_channels, height, width]` → `[batch, first width, height / factor, width / factor]`
    pub fn forward(&self, hint: Tensor<4>) -> Tensor<4> {
        let silu = |x| Act::Silu.forward(x);
        let x = silu(kernels::conv2d(&self.conv_in, hint));
        let x = self.blocks.iter().fold(x, |x, block| silu(kernels::conv2d(block, x)));
        kernels::conv2d(&self.conv_out, x)
    }
}

impl ControlNetConfig {
    /// The model with weights still to be loaded.
    ///
    /// # Errors
    /// As [`ControlNetConfig::check`].
    pub fn init(&self, device: &Device) -> Result<ControlNetModel, ConfigError> {
        self.check()?;
        let half = self.half();
        let widths = &half.block_out_channels;
        let blocks = widths.len();
        let zero = |width: usize| conv(width, width, 1, device);
        let mut left = vec![zero(widths[0])];
        for (block, &width) in widths.iter().enumerate() {
            let halved = usize::from(block + 1 < blocks);
            left.extend((0..half.layers_per_block.at(block) + halved).map(|_| zero(width)));
        }
        let middle =
            MidBlock::new(&half, device).ok_or_else(|| ConfigError::field("mid_block_type", "none", "a middle"))?;
        Ok(ControlNetModel {
            conv_in: conv(half.in_channels, widths[0], 3, device),
            time_embedding: half.time_embedding(device),
            controlnet_cond_embedding: HintEmbedding::new(self, device),
            down_blocks: (0..blocks).map(|block| DownBlock::new(&half, block, device)).collect(),
            controlnet_down_blocks: left,
            mid_block: middle,
            controlnet_mid_block: zero(widths[blocks - 1]),
            time: TimeInput::of(&half),
            centred: half.center_input_sample,
            reversed: self.controlnet_conditioning_channel_order == "bgr",
        })
    }

    /// Pixels of the hint for one latent, along each side.
    pub fn factor(&self) -> usize {
        1 << (self.conditioning_embedding_out_channels.len() - 1)
    }
}

impl ControlNetModel {
    /// What every step is shown of a picture: the same at each, so worked out once.
    ///
    /// # Shapes
    /// `pixels`: `[batch, conditioning_channels, factor × height, factor × width]`, 0…1; returns `[batch, first width, height, width]`
    pub fn hint(&self, pixels: Tensor<4>) -> Tensor<4> {
        self.controlnet_cond_embedding.forward(if self.reversed { kernels::reversed(pixels, 1) } else { pixels })
    }

    /// What to add to the U-Net's own.
    ///
    /// # Shapes
    /// - `sample`: `[batch, in_channels, height, width]`
    /// - `timesteps`: one for all, or one for each
    /// - `states`: `[batch, tokens, cross_attention_dim]`
    /// - `hint`: `[batch or 1, first width, height, width]`, see [`ControlNetModel::hint`]
    /// - `weight`: 1 for the full effect
    pub fn forward(
        &self,
        sample: Tensor<4>,
        timesteps: &[f32],
        states: Tensor<3>,
        hint: Tensor<4>,
        weight: f64,
    ) -> Residuals {
        let time = self.time.embed(timesteps, sample.dims()[0], &sample.device());
        let time = self.time_embedding.forward(time, None); // [batch, time]
        let sample = if self.centred { kernels::scale(sample, 2.0, -1.0) } else { sample };
        let mut x = kernels::add(kernels::conv2d(&self.conv_in, sample), hint); // [batch, first width, height, width]
        let mut left = vec![x.clone()];
        for block in &self.down_blocks {
            x = block.forward(x, &time, &states, &mut left);
        }
        let x = self.mid_block.forward(x, &time, &states);
        let weigh = |(left, zero): (Tensor<4>, &Conv2d)| kernels::scale(kernels::conv2d(zero, left), weight, 0.0);
        Residuals {
            down: left.into_iter().zip(&self.controlnet_down_blocks).map(weigh).collect(),
            mid: kernels::scale(kernels::conv2d(&self.controlnet_mid_block, x), weight, 0.0),
        }
    }
}
