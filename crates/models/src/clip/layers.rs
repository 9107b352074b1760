//! The transformer that both towers of CLIP are made of: norms come first, residuals go past.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use kindling_kernels::{Act, LayerNorm, Look, linear_act, linear_add, linear_layer, self_attention};

use super::config::Tower;

/// The layers, under the checkpoint's own name.
#[derive(Module, Debug)]
pub struct ClipEncoder {
    /// In the order in which they run.
    pub layers: Vec<ClipEncoderLayer>,
}

/// One layer: attention, then feed-forward.
#[derive(Module, Debug)]
pub struct ClipEncoderLayer {
    /// Before attention.
    pub layer_norm1: LayerNorm,
    /// Attention.
    pub self_attn: ClipAttention,
    /// Before the feed-forward part.
    pub layer_norm2: LayerNorm,
    /// Feed-forward.
    pub mlp: ClipMlp,
}

/// The four projections of attention.
#[derive(Module, Debug)]
pub struct ClipAttention {
    /// `[hidden, hidden]`
    pub q_proj: Linear,
    /// `[hidden, hidden]`
    pub k_proj: Linear,
    /// `[hidden, hidden]`
    pub v_proj: Linear,
    /// `[hidden, hidden]`
    pub out_proj: Linear,
    #[module(skip)]
    heads: usize,
}

/// Two projections with a non-linearity between them.
#[derive(Module, Debug)]
pub struct ClipMlp {
    /// `[hidden, intermediate]`
    pub fc1: Linear,
    /// `[intermediate, hidden]`
    pub fc2: Linear,
    #[module(skip)]
    act: Act,
}

pub(super) fn layer_norm(tower: &Tower<'_>, device: &Device) -> LayerNorm {
    LayerNorm::new(tower.hidden, tower.eps, device)
}

impl ClipEncoder {
    pub(super) fn new(tower: &Tower<'_>, device: &Device) -> Self {
        Self { layers: (0..tower.layers).map(|_| ClipEncoderLayer::new(tower, device)).collect() }
    }

    /// `hidden`: `[batch, tokens, hidden]`; `look`: what a token may look at
    pub fn forward(&self, hidden: Tensor<3>, look: &Look) -> Tensor<3> {
        self.layers.iter().fold(hidden, |hidden, layer| layer.forward(hidden, look))
    }

    /// What goes in and every layer's output: `layers + 1` tensors of `[batch, tokens, hidden]`.
    pub fn hidden_states(&self, hidden: Tensor<3>, look: &Look) -> Vec<Tensor<3>> {
        let mut states = vec![hidden];
        for layer in &self.layers {
            let hidden = states[states.len() - 1].clone();
            states.push(layer.forward(hidden, look));
        }
        states
    }
}

impl ClipEncoderLayer {
    fn new(tower: &Tower<'_>, device: &Device) -> Self {
        let linear = |from, to| linear_layer(from, to, true, device);
        Self {
            layer_norm1: layer_norm(tower, device),
            self_attn: ClipAttention {
                q_proj: linear(tower.hidden, tower.hidden),
                k_proj: linear(tower.hidden, tower.hidden),
                v_proj: linear(tower.hidden, tower.hidden),
                out_proj: linear(tower.hidden, tower.hidden),
                heads: tower.heads,
            },
            layer_norm2: layer_norm(tower, device),
            mlp: ClipMlp {
                fc1: linear(tower.hidden, tower.inner),
                fc2: linear(tower.inner, tower.hidden),
                act: Act::named(tower.act).unwrap_or(Act::QuickGelu),
            },
        }
    }

    /// `hidden`: `[batch, tokens, hidden]`; `look`: what a token may look at
    pub fn forward(&self, hidden: Tensor<3>, look: &Look) -> Tensor<3> {
        let normed = self.layer_norm1.forward(hidden.clone());
        let hidden = self.self_attn.forward(normed, hidden, look);
        let normed = self.layer_norm2.forward(hidden.clone());
        self.mlp.forward(normed, hidden) // [batch, tokens, hidden]
    }
}

impl ClipAttention {
    /// `past`: what the result is added to.
    fn forward(&self, hidden: Tensor<3>, past: Tensor<3>, look: &Look) -> Tensor<3> {
        let seen = self_attention([&self.q_proj, &self.k_proj, &self.v_proj], hidden, self.heads, look);
        linear_add(&self.out_proj, seen, past) // [batch, tokens, hidden]
    }
}

impl ClipMlp {
    /// `past`: what the result is added to.
    fn forward(&self, x: Tensor<3>, past: Tensor<3>) -> Tensor<3> {
        linear_add(&self.fc2, linear_act(&self.fc1, x, self.act), past) // [batch, tokens, hidden]
    }
}
