//! Where pixels look at each other and at the prompt. Reference: `diffusers.Transformer2DModel`, `BasicTransformerBlock`, `Attention`.

use burn::module::Module;
use burn::nn::{GroupNorm, Linear};
use burn::tensor::{Device, Tensor};
use kindling_kernels::{self as kernels, LayerNorm, Look, geglu, linear, linear_add, linear_layer};

use super::resnet::group_norm;

/// Norms inside transformers, as the reference has them whatever the configuration says.
const LAYER_EPS: f64 = 1e-5;
const GROUP_EPS: f64 = 1e-6;

/// Queries from pixels; keys and values from pixels too, or from the prompt.
#[derive(Module, Debug)]
pub struct Attention {
    /// Before the projections, in an autoencoder only.
    pub group_norm: Option<GroupNorm>,
    /// `[channels, channels]`
    pub to_q: Linear,
    /// `[channels or cross_attention_dim, channels]`
    pub to_k: Linear,
    /// `[channels or cross_attention_dim, channels]`
    pub to_v: Linear,
    /// One: `[channels, channels]`
    pub to_out: Vec<Linear>,
    #[module(skip)]
    heads: usize,
}

impl Attention {
    fn new(channels: usize, states: usize, heads: usize, bias: bool, device: &Device) -> Self {
        let linear = |from| linear_layer(from, channels, bias, device);
        Self {
            group_norm: None,
            to_q: linear(channels),
            to_k: linear(states),
            to_v: linear(states),
            to_out: vec![linear_layer(channels, channels, true, device)],
            heads,
        }
    }

    /// The one in the middle of an autoencoder: one head, its own norm, biases everywhere.
    pub(super) fn of_autoencoder(channels: usize, groups: usize, device: &Device) -> Self {
        let norm = group_norm(groups, channels, GROUP_EPS, device);
        Self { group_norm: Some(norm), ..Self::new(channels, channels, 1, true, device) }
    }

    /// `x`: `[batch, pixels, channels]`; `states`: `[batch, tokens, …]`, or none to look at `x` itself; `past`, of the shape of `x`, is
    /// what the result is added to
    pub fn forward(&self, x: Tensor<3>, states: Option<Tensor<3>>, past: Tensor<3>) -> Tensor<3> {
        let seen = match states {
            None => kernels::self_attention([&self.to_q, &self.to_k, &self.to_v], x, self.heads, &Look::default()),
            Some(states) => {
                let query = linear(&self.to_q, x); // [batch, pixels, channels]
                let key = linear(&self.to_k, states.clone()); // [batch, tokens, channels]
                let value = linear(&self.to_v, states); // [batch, tokens, channels]
                kernels::attention(query, key, value, self.heads, &Look::default())
            }
        }; // [batch, pixels, channels]
        match &self.to_out[..] {
            [out, ..] => linear_add(out, seen, past),
            [] => kernels::add(seen, past),
        }
    }

    /// As an autoencoder uses it: `[batch, channels, height, width]` → the same, added to what came in
    pub fn over_pixels(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let to_rows = |x: Tensor<4>| x.reshape([batch, channels, height * width]).swap_dims(1, 2); // [batch, pixels, channels]
        let normed = match &self.group_norm {
            Some(norm) => kernels::group_norm(norm, x.clone(), None, None),
            None => x.clone(),
        };
        let seen = self.forward(to_rows(normed), None, to_rows(x)).swap_dims(1, 2); // [batch, channels, pixels]
        seen.reshape([batch, channels, height, width])
    }
}

/// A gated feed-forward part (Shazeer 2020, "GLU Variants Improve Transformer", GEGLU).
#[derive(Module, Debug)]
pub struct FeedForward {
    /// The checkpoint's own name for the sequence.
    pub net: FeedForwardNet,
}

/// What stands at places 0 and 2 of the sequence; at 1 there is a dropout.
#[derive(Module, Debug)]
pub struct FeedForwardNet {
    /// Values and gates.
    pub at_0: Geglu,
    /// `[4 channels, channels]`
    pub at_2: Linear,
}

/// `value · gelu(gate)`
#[derive(Module, Debug)]
pub struct Geglu {
    /// `[channels, 8 channels]`: values, then gates
    pub proj: Linear,
}

impl FeedForward {
    fn new(channels: usize, device: &Device) -> Self {
        let proj = linear_layer(channels, channels * 8, true, device);
        let at_2 = linear_layer(channels * 4, channels, true, device);
        Self { net: FeedForwardNet { at_0: Geglu { proj }, at_2 } }
    }

    /// `[batch, pixels, channels]` → the same, added to `past`
    pub fn forward(&self, x: Tensor<3>, past: Tensor<3>) -> Tensor<3> {
        let gated = geglu(linear(&self.net.at_0.proj, x)); // [batch, pixels, 4 channels]
        linear_add(&self.net.at_2, gated, past)
    }
}

/// Pixels look at pixels, then at the prompt, then each is worked on by itself.
#[derive(Module, Debug)]
pub struct BasicTransformerBlock {
    /// Before the first attention.
    pub norm1: LayerNorm,
    /// Pixels to pixels.
    pub attn1: Attention,
    /// Before the second attention.
    pub norm2: LayerNorm,
    /// Pixels to the prompt.
    pub attn2: Attention,
    /// Before the feed-forward part.
    pub norm3: LayerNorm,
    /// Feed-forward.
    pub ff: FeedForward,
    #[module(skip)]
    prompt_only: bool,
}

impl BasicTransformerBlock {
    fn new(channels: usize, shape: &TransformerShape, device: &Device) -> Self {
        let TransformerShape { heads, states, prompt_only, .. } = *shape;
        let norm = || LayerNorm::new(channels, LAYER_EPS, device);
        Self {
            norm1: norm(),
            attn1: Attention::new(channels, if prompt_only { states } else { channels }, heads, false, device),
            norm2: norm(),
            attn2: Attention::new(channels, states, heads, false, device),
            norm3: norm(),
            ff: FeedForward::new(channels, device),
            prompt_only,
        }
    }

    /// `x`: `[batch, pixels, channels]`; `states`: `[batch, tokens, cross_attention_dim]`; returns the shape of `x`
    pub fn forward(&self, x: Tensor<3>, states: Tensor<3>) -> Tensor<3> {
        let first = self.prompt_only.then(|| states.clone());
        let x = self.attn1.forward(self.norm1.forward(x.clone()), first, x);
        let x = self.attn2.forward(self.norm2.forward(x.clone()), Some(states), x);
        self.ff.forward(self.norm3.forward(x.clone()), x)
    }
}

/// The transformer of one place in the U-Net.
///
/// Older checkpoints hold the two projections as convolutions of 1 × 1, newer ones as linear layers: the same numbers, and loading
/// takes both.
#[derive(Module, Debug)]
pub struct Transformer2DModel {
    /// Before everything.
    pub norm: GroupNorm,
    /// `[channels, channels]`
    pub proj_in: Linear,
    /// In the order in which they run.
    pub transformer_blocks: Vec<BasicTransformerBlock>,
    /// `[channels, channels]`
    pub proj_out: Linear,
}

/// What one transformer is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct TransformerShape {
    pub heads: usize,
    pub layers: usize,
    pub states: usize,
    pub groups: usize,
    /// Whether the first attention looks at the prompt too.
    pub prompt_only: bool,
}

impl Transformer2DModel {
    pub(super) fn new(channels: usize, shape: &TransformerShape, device: &Device) -> Self {
        let linear = || linear_layer(channels, channels, true, device);
        let block = |_| BasicTransformerBlock::new(channels, shape, device);
        Self {
            norm: group_norm(shape.groups, channels, GROUP_EPS, device),
            proj_in: linear(),
            transformer_blocks: (0..shape.layers).map(block).collect(),
            proj_out: linear(),
        }
    }

    /// `x`: `[batch, channels, height, width]`; `states`: `[batch, tokens, cross_attention_dim]`; returns the shape of `x`
    pub fn forward(&self, x: Tensor<4>, states: Tensor<3>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let pixels = kernels::group_norm(&self.norm, x.clone(), None, None).reshape([batch, channels, height * width]);
        let pixels = linear(&self.proj_in, pixels.swap_dims(1, 2)); // [batch, pixels, channels]
        let pixels = self.transformer_blocks.iter().fold(pixels, |pixels, block| block.forward(pixels, states.clone()));
        let pixels = linear(&self.proj_out, pixels).swap_dims(1, 2); // [batch, channels, pixels]
        kernels::add(x, pixels.reshape([batch, channels, height, width]))
    }
}
