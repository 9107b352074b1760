//! The autoencoder of Stable Diffusion: pixels to a distribution of latents and back (Rombach et al. 2022, section 3.1).
//! Reference implementation: `diffusers.AutoencoderKL`.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use kindling_kernels::{self as kernels, Act};
use serde::{Deserialize, Serialize};

use super::config::{act, latents, widths, within};
use super::resnet::{Downsample2D, ResnetBlock2D, Style, Upsample2D, conv, group_norm, halves};
use super::transformer::Attention;
use crate::ConfigError;

/// Added to every variance, as the reference has it.
const EPS: f64 = 1e-6;

/// `config.json` of an `AutoencoderKL`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AutoencoderKlConfig {
    /// Channels of a picture.
    pub in_channels: usize,
    /// Channels of a picture.
    pub out_channels: usize,
    /// `DownEncoderBlock2D`
    pub down_block_types: Vec<String>,
    /// `UpDecoderBlock2D`
    pub up_block_types: Vec<String>,
    /// Width of each block.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks in each block; one more on the way out.
    pub layers_per_block: usize,
    /// `silu`
    pub act_fn: String,
    /// Channels of the latents.
    pub latent_channels: usize,
    /// Groups of every group norm.
    pub norm_num_groups: usize,
    /// What latents are multiplied by before the U-Net sees them.
    pub scaling_factor: f64,
    /// What is taken off before that.
    pub shift_factor: Option<f64>,
    /// A convolution of 1 × 1 after the encoder.
    pub use_quant_conv: bool,
    /// A convolution of 1 × 1 before the decoder.
    pub use_post_quant_conv: bool,
    /// Whether pixels look at each other in the middle.
    pub mid_block_add_attention: bool,
}

impl Default for AutoencoderKlConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            out_channels: 3,
            down_block_types: vec!["DownEncoderBlock2D".into()],
            up_block_types: vec!["UpDecoderBlock2D".into()],
            block_out_channels: vec![64],
            layers_per_block: 1,
            act_fn: "silu".into(),
            latent_channels: 4,
            norm_num_groups: 32,
            scaling_factor: 0.18215,
            shift_factor: None,
            use_quant_conv: true,
            use_post_quant_conv: true,
            mid_block_add_attention: true,
        }
    }
}

/// Both ways.
#[derive(Module, Debug)]
pub struct AutoencoderKl {
    /// Pixels to moments.
    pub encoder: Encoder,
    /// Latents to pixels.
    pub decoder: Decoder,
    /// `[2 latent_channels, 2 latent_channels, 1, 1]`
    pub quant_conv: Option<Conv2d>,
    /// `[latent_channels, latent_channels, 1, 1]`
    pub post_quant_conv: Option<Conv2d>,
}

/// Pixels to moments.
#[derive(Module, Debug)]
pub struct Encoder {
    /// `[first width, in_channels, 3, 3]`
    pub conv_in: Conv2d,
    /// The way down.
    pub down_blocks: Vec<DownEncoderBlock>,
    /// The middle.
    pub mid_block: MidEncoderBlock,
    /// Before the last convolution.
    pub conv_norm_out: GroupNorm,
    /// `[2 latent_channels, last width, 3, 3]`
    pub conv_out: Conv2d,
}

/// Latents to pixels.
#[derive(Module, Debug)]
pub struct Decoder {
    /// `[last width, latent_channels, 3, 3]`
    pub conv_in: Conv2d,
    /// The middle.
    pub mid_block: MidEncoderBlock,
    /// The way up.
    pub up_blocks: Vec<UpDecoderBlock>,
    /// Before the last convolution.
    pub conv_norm_out: GroupNorm,
    /// `[out_channels, first width, 3, 3]`
    pub conv_out: Conv2d,
}

/// One width on the way down.
#[derive(Module, Debug)]
pub struct DownEncoderBlock {
    /// One after the other.
    pub resnets: Vec<ResnetBlock2D>,
    /// One, but for the last block.
    pub downsamplers: Vec<Downsample2D>,
}

/// One width on the way up.
#[derive(Module, Debug)]
pub struct UpDecoderBlock {
    /// One after the other.
    pub resnets: Vec<ResnetBlock2D>,
    /// One, but for the last block.
    pub upsamplers: Vec<Upsample2D>,
}

/// Residual, attention, residual.
#[derive(Module, Debug)]
pub struct MidEncoderBlock {
    /// Two.
    pub resnets: Vec<ResnetBlock2D>,
    /// One or none.
    pub attentions: Vec<Attention>,
}

impl MidEncoderBlock {
    fn new(width: usize, attention: bool, style: &Style, device: &Device) -> Self {
        let attention = attention.then(|| Attention::of_autoencoder(width, style.groups, device));
        Self {
            resnets: (0..2).map(|_| ResnetBlock2D::new(width, width, style, device)).collect(),
            attentions: attention.into_iter().collect(),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut x = x;
        for (at, resnet) in self.resnets.iter().enumerate() {
            if let Some(attention) = at.checked_sub(1).and_then(|before| self.attentions.get(before)) {
                x = attention.over_pixels(x);
            }
            x = resnet.forward(x, None);
        }
        x
    }
}

impl AutoencoderKlConfig {
    /// Names the first field that cannot be run.
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        latents(self.in_channels, self.out_channels, self.latent_channels, self.scaling_factor)?;
        widths(&self.block_out_channels, self.norm_num_groups)?;
        within("layers_per_block", self.layers_per_block, 32)?;
        act(&self.act_fn)?;
        for (field, names, known) in [
            ("down_block_types", &self.down_block_types, "DownEncoderBlock2D"),
            ("up_block_types", &self.up_block_types, "UpDecoderBlock2D"),
        ] {
            if names.len() != self.block_out_channels.len() || names.iter().any(|name| name != known) {
                return Err(ConfigError::field(field, format!("{names:?}"), format!("{known}, one for each block")));
            }
        }
        Ok(())
    }

    /// Pixels for one latent, along each side.
    pub fn factor(&self) -> usize {
        1 << (self.block_out_channels.len() - 1)
    }

    /// The model with weights still to be loaded.
    ///
    /// # Errors
    /// As [`AutoencoderKlConfig::check`].
    pub fn init(&self, device: &Device) -> Result<AutoencoderKl, ConfigError> {
        self.check()?;
        let latent = self.latent_channels;
        Ok(AutoencoderKl {
            encoder: self.encoder(device),
            decoder: self.decoder(device),
            quant_conv: self.use_quant_conv.then(|| conv(2 * latent, 2 * latent, 1, device)),
            post_quant_conv: self.use_post_quant_conv.then(|| conv(latent, latent, 1, device)),
        })
    }

    fn style(&self) -> Style {
        let act = Act::named(&self.act_fn).unwrap_or(Act::Silu);
        Style { groups: self.norm_num_groups, eps: EPS, act, time: None, scale_shift: false, divisor: 1.0 }
    }

    fn encoder(&self, device: &Device) -> Encoder {
        let (widths, style) = (&self.block_out_channels, self.style());
        let last = widths.len() - 1;
        let block = |at: usize| {
            let (from, to) = (widths[at.saturating_sub(1)], widths[at]);
            let resnet = |layer| ResnetBlock2D::new(if layer == 0 { from } else { to }, to, &style, device);
            DownEncoderBlock {
                resnets: (0..self.layers_per_block).map(resnet).collect(),
                downsamplers: (0..usize::from(at < last)).map(|_| Downsample2D::new(to, 0, device)).collect(),
            }
        };
        Encoder {
            conv_in: conv(self.in_channels, widths[0], 3, device),
            down_blocks: (0..=last).map(block).collect(),
            mid_block: MidEncoderBlock::new(widths[last], self.mid_block_add_attention, &style, device),
            conv_norm_out: group_norm(style.groups, widths[last], EPS, device),
            conv_out: conv(widths[last], 2 * self.latent_channels, 3, device),
        }
    }

    fn decoder(&self, device: &Device) -> Decoder {
        let (widths, style) = (&self.block_out_channels, self.style());
        let last = widths.len() - 1;
        let block = |at: usize| {
            let (from, to) = (widths[(at + 1).min(last)], widths[at]);
            let resnet = |layer| ResnetBlock2D::new(if layer == 0 { from } else { to }, to, &style, device);
            UpDecoderBlock {
                resnets: (0..=self.layers_per_block).map(resnet).collect(),
                upsamplers: (0..usize::from(at > 0)).map(|_| Upsample2D::new(to, device)).collect(),
            }
        };
        Decoder {
            conv_in: conv(self.latent_channels, widths[last], 3, device),
            mid_block: MidEncoderBlock::new(widths[last], self.mid_block_add_attention, &style, device),
            up_blocks: (0..=last).rev().map(block).collect(),
            conv_norm_out: group_norm(style.groups, widths[0], EPS, device),
            conv_out: conv(widths[0], self.out_channels, 3, device),
        }
    }
}

/// Before the last convolution, whatever `act_fn` says: that is of the residual blocks.
const LAST: Option<Act> = Some(Act::Silu);

impl Encoder {
    /// `[batch, in_channels, height, width]` → `[batch, 2 latent_channels, height / factor, width / factor]`
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut x = kernels::conv2d(&self.conv_in, pixels);
        for block in &self.down_blocks {
            x = block.resnets.iter().fold(x, |x, resnet| resnet.forward(x, None));
            x = block.downsamplers.iter().fold(x, |x, downsampler| downsampler.forward(x));
        }
        let x = kernels::group_norm(&self.conv_norm_out, self.mid_block.forward(x), None, LAST);
        kernels::conv2d(&self.conv_out, x)
    }
}

impl Decoder {
    /// `[batch, latent_channels, height, width]` → `[batch, out_channels, factor × height, factor × width]`
    pub fn forward(&self, latents: Tensor<4>) -> Tensor<4> {
        let mut x = self.mid_block.forward(kernels::conv2d(&self.conv_in, latents));
        for block in &self.up_blocks {
            x = block.resnets.iter().fold(x, |x, resnet| resnet.forward(x, None));
            x = block.upsamplers.iter().fold(x, |x, upsampler| upsampler.forward(x, None));
        }
        kernels::conv2d(&self.conv_out, kernels::group_norm(&self.conv_norm_out, x, None, LAST))
    }
}

impl AutoencoderKl {
    /// Mean and standard deviation of the latents of pictures, not scaled.
    ///
    /// # Shapes
    /// `pixels`: `[batch, in_channels, height, width]`, −1…1; returns two of `[batch, latent_channels, height / factor, width / factor]`
    pub fn encode(&self, pixels: Tensor<4>) -> [Tensor<4>; 2] {
        let moments = self.encoder.forward(pixels);
        let moments = match &self.quant_conv {
            Some(quant) => kernels::conv2d(quant, moments),
            None => moments,
        };
        let [mean, log_variance] = halves(moments, 1);
        [mean, kernels::exp_of(kernels::clamp(log_variance, -30.0, 20.0), 0.5)]
    }

    /// `[batch, latent_channels, height, width]`, not scaled → `[batch, out_channels, factor × height, factor × width]`, −1…1
    pub fn decode(&self, latents: Tensor<4>) -> Tensor<4> {
        self.decoder.forward(match &self.post_quant_conv {
            Some(quant) => kernels::conv2d(quant, latents),
            None => latents,
        })
    }
}
