//! The steps of the U-Net: down, through the middle, and up again past what was left on the way down.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kindling_kernels::join;

use super::config::UNet2DConditionConfig;
use super::resnet::{Downsample2D, ResnetBlock2D, Style, Upsample2D};
use super::transformer::{Transformer2DModel, TransformerShape};

/// `DownBlock2D`, or `CrossAttnDownBlock2D` where there are attentions.
#[derive(Module, Debug)]
pub struct DownBlock {
    /// One after the other.
    pub resnets: Vec<ResnetBlock2D>,
    /// After each of them, or none at all.
    pub attentions: Vec<Transformer2DModel>,
    /// One, but for the last block.
    pub downsamplers: Vec<Downsample2D>,
}

impl DownBlock {
    pub(super) fn new(config: &UNet2DConditionConfig, block: usize, device: &Device) -> Self {
        let widths = &config.block_out_channels;
        let (from, to) = (widths[block.saturating_sub(1)], widths[block]);
        let layers = config.layers_per_block.at(block);
        let attentions = if config.down_block_types[block].starts_with("CrossAttn") { layers } else { 0 };
        let last = block + 1 == widths.len();
        let resnet = |at| ResnetBlock2D::new(if at == 0 { from } else { to }, to, &config.style(), device);
        let attention = |_| Transformer2DModel::new(to, &config.transformer(block), device);
        let downsampler = |_| Downsample2D::new(to, config.downsample_padding, device);
        Self {
            resnets: (0..layers).map(resnet).collect(),
            attentions: (0..attentions).map(attention).collect(),
            downsamplers: (0..usize::from(!last)).map(downsampler).collect(),
        }
    }

    /// `x`: `[batch, in, height, width]`; leaves what each layer gave in `left`; returns `[batch, out, …]`
    pub fn forward(&self, x: Tensor<4>, time: &Tensor<2>, states: &Tensor<3>, left: &mut Vec<Tensor<4>>) -> Tensor<4> {
        let mut x = x;
        for (at, resnet) in self.resnets.iter().enumerate() {
            x = resnet.forward(x, Some(time.clone()));
            if let Some(attention) = self.attentions.get(at) {
                x = attention.forward(x, states.clone());
            }
            left.push(x.clone());
        }
        for downsampler in &self.downsamplers {
            x = downsampler.forward(x);
            left.push(x.clone());
        }
        x
    }
}

/// `UNetMidBlock2DCrossAttn`, or `UNetMidBlock2D` with its residual blocks only.
#[derive(Module, Debug)]
pub struct MidBlock {
    /// One before the attentions and one after each; or two.
    pub resnets: Vec<ResnetBlock2D>,
    /// Between them.
    pub attentions: Vec<Transformer2DModel>,
}

impl MidBlock {
    pub(super) fn new(config: &UNet2DConditionConfig, device: &Device) -> Option<Self> {
        let name = config.mid_block_type.as_deref()?;
        let last = config.block_out_channels.len() - 1;
        let width = config.block_out_channels[last];
        let style = Style { divisor: config.mid_block_scale_factor, ..config.style() };
        // The reference does not hand `only_cross_attention` to the middle.
        let shape = TransformerShape { prompt_only: false, ..config.transformer(last) };
        let resnet = |_| ResnetBlock2D::new(width, width, &style, device);
        let attention = |_| Transformer2DModel::new(width, &shape, device);
        // The plain one has no attention and, in the reference, no second residual block either: its `num_layers` is 0.
        let attentions = usize::from(name.ends_with("CrossAttn"));
        Some(Self {
            resnets: (0..=attentions).map(resnet).collect(),
            attentions: (0..attentions).map(attention).collect(),
        })
    }

    /// `[batch, width, height, width]` → the same
    pub fn forward(&self, x: Tensor<4>, time: &Tensor<2>, states: &Tensor<3>) -> Tensor<4> {
        let mut x = x;
        for (at, resnet) in self.resnets.iter().enumerate() {
            if let Some(attention) = at.checked_sub(1).and_then(|before| self.attentions.get(before)) {
                x = attention.forward(x, states.clone());
            }
            x = resnet.forward(x, Some(time.clone()));
        }
        x
    }
}

/// `UpBlock2D`, or `CrossAttnUpBlock2D` where there are attentions.
#[derive(Module, Debug)]
pub struct UpBlock {
    /// One after the other, each with what its twin on the way down left.
    pub resnets: Vec<ResnetBlock2D>,
    /// After each of them, or none at all.
    pub attentions: Vec<Transformer2DModel>,
    /// One, but for the last block.
    pub upsamplers: Vec<Upsample2D>,
}

impl UpBlock {
    /// `block` counts on the way up.
    pub(super) fn new(config: &UNet2DConditionConfig, block: usize, device: &Device) -> Self {
        let widths = &config.block_out_channels;
        let down = widths.len() - 1 - block;
        let (before, to, after) =
            (widths[(down + 1).min(widths.len() - 1)], widths[down], widths[down.saturating_sub(1)]);
        let layers = config.layers_per_block.at(down) + 1;
        let mut shape = config.transformer(down);
        if let Some(up) = &config.reverse_transformer_layers_per_block {
            shape.layers = up[block];
        }
        let resnet = |at| {
            let from = if at == 0 { before } else { to };
            let left = if at + 1 == layers { after } else { to };
            ResnetBlock2D::new(from + left, to, &config.style(), device)
        };
        let attentions = if config.up_block_types[block].starts_with("CrossAttn") { layers } else { 0 };
        Self {
            resnets: (0..layers).map(resnet).collect(),
            attentions: (0..attentions).map(|_| Transformer2DModel::new(to, &shape, device)).collect(),
            upsamplers: (0..usize::from(down > 0)).map(|_| Upsample2D::new(to, device)).collect(),
        }
    }

    /// `x`: `[batch, before, height, width]`; takes from the end of `left`; returns `[batch, out, …]` of the size of what is left next
    pub fn forward(&self, x: Tensor<4>, time: &Tensor<2>, states: &Tensor<3>, left: &mut Vec<Tensor<4>>) -> Tensor<4> {
        let mut x = x;
        for (at, resnet) in self.resnets.iter().enumerate() {
            if let Some(skip) = left.pop() {
                x = join(x, skip, 1); // [batch, from + left, height, width]
            }
            x = resnet.forward(x, Some(time.clone()));
            if let Some(attention) = self.attentions.get(at) {
                x = attention.forward(x, states.clone());
            }
        }
        let size = left.last().map(|skip| [skip.dims()[2], skip.dims()[3]]);
        self.upsamplers.iter().fold(x, |x, upsampler| upsampler.forward(x, size))
    }
}
