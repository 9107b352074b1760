//! The transformer that both towers of CLIP are made of: norms come first, residuals go past.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::config::Tower;
use crate::activation::Act;
use crate::attention::{attention_weights, merge_heads, split_heads};

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
    LayerNormConfig::new(tower.hidden).with_epsilon(tower.eps).init(device)
}

impl ClipEncoder {
    pub(super) fn new(tower: &Tower<'_>, device: &Device) -> Self {
        Self { layers: (0..tower.layers).map(|_| ClipEncoderLayer::new(tower, device)).collect() }
    }

    /// `hidden`: `[batch, tokens, hidden]`; `bias`: see [`crate::attention`]
    pub fn forward(&self, hidden: Tensor<3>, bias: Option<Tensor<4>>) -> Tensor<3> {
        self.layers.iter().fold(hidden, |hidden, layer| layer.forward(hidden, bias.clone()))
    }

    /// What goes in and every layer's output: `layers + 1` tensors of `[batch, tokens, hidden]`.
    pub fn hidden_states(&self, hidden: Tensor<3>, bias: Option<Tensor<4>>) -> Vec<Tensor<3>> {
        let mut states = vec![hidden];
        for layer in &self.layers {
            let hidden = states[states.len() - 1].clone();
            states.push(layer.forward(hidden, bias.clone()));
        }
        states
    }
}

impl ClipEncoderLayer {
    fn new(tower: &Tower<'_>, device: &Device) -> Self {
        let linear = |from, to| LinearConfig::new(from, to).init(device);
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

    fn forward(&self, hidden: Tensor<3>, bias: Option<Tensor<4>>) -> Tensor<3> {
        let hidden = hidden.clone() + self.self_attn.forward(self.layer_norm1.forward(hidden), bias);
        hidden.clone() + self.mlp.forward(self.layer_norm2.forward(hidden)) // [batch, tokens, hidden]
    }
}

impl ClipAttention {
    fn forward(&self, hidden: Tensor<3>, bias: Option<Tensor<4>>) -> Tensor<3> {
        let query = split_heads(self.q_proj.forward(hidden.clone()), self.heads); // [batch, heads, tokens, head_dim]
        let key = split_heads(self.k_proj.forward(hidden.clone()), self.heads);
        let value = split_heads(self.v_proj.forward(hidden), self.heads);
        self.out_proj.forward(merge_heads(attention_weights(query, key, bias).matmul(value))) // [batch, tokens, hidden]
    }
}

impl ClipMlp {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.fc2.forward(self.act.forward(self.fc1.forward(x))) // [batch, tokens, hidden]
    }
}
