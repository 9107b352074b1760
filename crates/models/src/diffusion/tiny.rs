//! A small autoencoder that decodes in one quick step (TAESD, Ollin Boer Bohan 2023). Reference implementation:
//! `diffusers.AutoencoderTiny`; the repository of the original: github.com/madebyollin/taesd.

use burn::module::{Module, Param};
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use kindling_kernels::{self as kernels, Act, Window};
use serde::{Deserialize, Serialize};

use super::config::{act, latents, within};
use super::resnet::{conv, group_norm};
use crate::ConfigError;

/// `config.json` of an `AutoencoderTiny`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AutoencoderTinyConfig {
    /// Channels of a picture.
    pub in_channels: usize,
    /// Channels of a picture.
    pub out_channels: usize,
    /// Width of each stage on the way in: all alike, as the reference's convolutions demand.
    pub encoder_block_out_channels: Vec<usize>,
    /// Width of each stage on the way out: all alike.
    pub decoder_block_out_channels: Vec<usize>,
    /// `relu`, `silu`, …
    pub act_fn: String,
    /// Channels of the latents.
    pub latent_channels: usize,
    /// Only 2 is known here.
    pub upsampling_scaling_factor: usize,
    /// Blocks of each stage on the way in.
    pub num_encoder_blocks: Vec<usize>,
    /// Blocks of each stage on the way out.
    pub num_decoder_blocks: Vec<usize>,
    /// What latents are multiplied by before the U-Net sees them.
    pub scaling_factor: f64,
    /// What is taken off before that.
    pub shift_factor: f64,
    /// Only `nearest` is known here.
    pub upsample_fn: String,
    /// Whether the blocks next to the latents have a pool with a group norm, as those of TAEF2 do. Not a field of diffusers'
    /// configuration, but of the original's constructor.
    pub use_midblock_gn: bool,
}

impl Default for AutoencoderTinyConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            out_channels: 3,
            encoder_block_out_channels: vec![64; 4],
            decoder_block_out_channels: vec![64; 4],
            act_fn: "relu".into(),
            latent_channels: 4,
            upsampling_scaling_factor: 2,
            num_encoder_blocks: vec![1, 3, 3, 3],
            num_decoder_blocks: vec![3, 3, 3, 1],
            scaling_factor: 1.0,
            shift_factor: 0.0,
            upsample_fn: "nearest".into(),
            use_midblock_gn: false,
        }
    }
}

/// Both ways.
#[derive(Module, Debug)]
pub struct AutoencoderTiny {
    /// Pixels to latents.
    pub encoder: TinyStack,
    /// Latents to pixels.
    pub decoder: TinyStack,
}

/// Layers by their place in the reference's sequence.
#[derive(Module, Debug)]
pub struct TinyStack {
    /// In the order in which they run.
    pub layers: Vec<TinyLayer>,
    #[module(skip)]
    act: Act,
}

/// One place of the sequence: a convolution, a residual block, or something without weights.
#[derive(Module, Debug)]
pub struct TinyLayer {
    /// Of a convolution: `[out, in, 3, 3]`
    pub weight: Option<Param<Tensor<4>>>,
    /// Of a convolution: `[out]`
    pub bias: Option<Param<Tensor<1>>>,
    /// Of a residual block.
    pub conv: Option<TinyConvs>,
    /// Of a residual block next to the latents.
    pub pool: Option<TinyPool>,
    #[module(skip)]
    kind: Kind,
}

/// Three convolutions with non-linearities between them, at 1 and 3.
#[derive(Module, Debug)]
pub struct TinyConvs {
    /// `[width, width, 3, 3]`
    pub at_0: Conv2d,
    /// `[width, width, 3, 3]`
    pub at_2: Conv2d,
    /// `[width, width, 3, 3]`
    pub at_4: Conv2d,
}

/// Widens each pixel, normalises over the picture, and narrows it again; a ReLU at 2.
#[derive(Module, Debug)]
pub struct TinyPool {
    /// `[4 width, width, 1, 1]`
    pub at_0: Conv2d,
    /// Of 4 groups.
    pub at_1: GroupNorm,
    /// `[width, 4 width, 1, 1]`
    pub at_3: Conv2d,
}

impl TinyPool {
    fn new(width: usize, device: &Device) -> Self {
        let plain = |from, to| kernels::conv_layer([from, to], 1, Window::around(0), false, device);
        Self {
            at_0: plain(width, 4 * width),
            at_1: group_norm(4, 4 * width, 1e-5, device),
            at_3: plain(4 * width, width),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let wide = kernels::group_norm(&self.at_1, kernels::conv2d(&self.at_0, x), None, Some(Act::Relu)); // [batch, 4 width, height, width]
        kernels::conv2d(&self.at_3, wide)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Conv { stride: usize },
    Block,
    Act,
    Double,
}

impl TinyLayer {
    fn of(kind: Kind) -> Self {
        Self { weight: None, bias: None, conv: None, pool: None, kind }
    }

    fn conv(from: usize, to: usize, stride: usize, bias: bool, device: &Device) -> Self {
        let made = kernels::conv_layer([from, to], 3, Window::around(1), bias, device);
        Self { weight: Some(made.weight), bias: made.bias, ..Self::of(Kind::Conv { stride }) }
    }

    fn block(width: usize, pool: bool, device: &Device) -> Self {
        let at = || conv(width, width, 3, device);
        let pool = pool.then(|| TinyPool::new(width, device));
        Self { conv: Some(TinyConvs { at_0: at(), at_2: at(), at_4: at() }), pool, ..Self::of(Kind::Block) }
    }

    fn forward(&self, x: Tensor<4>, act: Act) -> Tensor<4> {
        match (self.kind, &self.weight, &self.conv) {
            (Kind::Conv { stride }, Some(weight), _) => {
                let window = Window { stride: [stride; 2], ..Window::around(1) };
                kernels::convolve(x, weight.val(), self.bias.as_ref().map(Param::val), window, None)
            }
            (Kind::Block, _, Some(convs)) => {
                let x = match &self.pool {
                    Some(pool) => kernels::add(x.clone(), pool.forward(x)),
                    None => x,
                };
                let hidden = act.forward(kernels::conv2d(&convs.at_0, x.clone()));
                let hidden = act.forward(kernels::conv2d(&convs.at_2, hidden));
                // The reference's `fuse` is a ReLU whatever the other non-linearities are.
                Act::Relu.forward(kernels::conv2d_add(&convs.at_4, hidden, x))
            }
            (Kind::Double, ..) => {
                let [_, _, height, width] = x.dims();
                kernels::nearest(x, [height * 2, width * 2])
            }
            _ => act.forward(x),
        }
    }
}

impl TinyStack {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.layers.iter().fold(x, |x, layer| layer.forward(x, self.act))
    }
}

impl AutoencoderTinyConfig {
    /// Names the first field that cannot be run.
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        latents(self.in_channels, self.out_channels, self.latent_channels, self.scaling_factor)?;
        stages("encoder_block_out_channels", &self.encoder_block_out_channels, &self.num_encoder_blocks)?;
        stages("decoder_block_out_channels", &self.decoder_block_out_channels, &self.num_decoder_blocks)?;
        act(&self.act_fn)?;
        if self.upsampling_scaling_factor != 2 {
            return Err(ConfigError::field("upsampling_scaling_factor", self.upsampling_scaling_factor, 2));
        }
        if self.upsample_fn != "nearest" {
            return Err(ConfigError::field("upsample_fn", &self.upsample_fn, "nearest"));
        }
        Ok(())
    }

    /// Pixels for one latent, along each side.
    pub fn factor(&self) -> usize {
        1 << (self.encoder_block_out_channels.len() - 1)
    }

    /// The model with weights still to be loaded.
    ///
    /// # Errors
    /// As [`AutoencoderTinyConfig::check`].
    pub fn init(&self, device: &Device) -> Result<AutoencoderTiny, ConfigError> {
        self.check()?;
        let act = act(&self.act_fn)?;
        Ok(AutoencoderTiny {
            encoder: TinyStack { layers: self.way_in(device), act },
            decoder: TinyStack { layers: self.way_out(device), act },
        })
    }

    fn way_in(&self, device: &Device) -> Vec<TinyLayer> {
        let width = self.encoder_block_out_channels[0];
        let last = self.num_encoder_blocks.len() - 1;
        let mut layers = Vec::new();
        for (stage, &blocks) in self.num_encoder_blocks.iter().enumerate() {
            layers.push(match stage {
                0 => TinyLayer::conv(self.in_channels, width, 1, true, device),
                _ => TinyLayer::conv(width, width, 2, false, device),
            });
            let pool = self.use_midblock_gn && stage == last;
            layers.extend((0..blocks).map(|_| TinyLayer::block(width, pool, device)));
        }
        layers.push(TinyLayer::conv(width, self.latent_channels, 1, true, device));
        layers
    }

    fn way_out(&self, device: &Device) -> Vec<TinyLayer> {
        let width = self.decoder_block_out_channels[0];
        let last = self.num_decoder_blocks.len() - 1;
        let mut layers = vec![TinyLayer::conv(self.latent_channels, width, 1, true, device), TinyLayer::of(Kind::Act)];
        for (stage, &blocks) in self.num_decoder_blocks.iter().enumerate() {
            let pool = self.use_midblock_gn && stage == 0;
            layers.extend((0..blocks).map(|_| TinyLayer::block(width, pool, device)));
            if stage < last {
                layers.push(TinyLayer::of(Kind::Double));
                layers.push(TinyLayer::conv(width, width, 1, false, device));
            } else {
                layers.push(TinyLayer::conv(width, self.out_channels, 1, true, device));
            }
        }
        layers
    }
}

fn stages(field: &'static str, widths: &[usize], blocks: &[usize]) -> Result<(), ConfigError> {
    within(field, widths.len(), 6)?;
    within(field, widths[0], 4096)?;
    if widths.iter().any(|width| width != &widths[0]) {
        return Err(ConfigError::field(field, format!("{widths:?}"), "one width throughout"));
    }
    if blocks.len() != widths.len() || blocks.iter().any(|&blocks| blocks > 32) {
        return Err(ConfigError::field(
            field,
            format!("{} stages", widths.len()),
            "as many as numbers of blocks, up to 32",
        ));
    }
    Ok(())
}

impl AutoencoderTiny {
    /// `[batch, 3, height, width]`, −1…1 → `[batch, latent_channels, height / factor, width / factor]`, not scaled
    pub fn encode(&self, pixels: Tensor<4>) -> Tensor<4> {
        self.encoder.forward(kernels::scale(pixels, 0.5, 0.5))
    }

    /// `[batch, latent_channels, height, width]`, not scaled → `[batch, 3, factor × height, factor × width]`, −1…1
    pub fn decode(&self, latents: Tensor<4>) -> Tensor<4> {
        // What lies far outside is pulled in, as in the reference.
        let latents = kernels::scale(kernels::tanh_of(latents, 1.0 / 3.0), 3.0, 0.0);
        kernels::scale(self.decoder.forward(latents), 2.0, -1.0)
    }
}
