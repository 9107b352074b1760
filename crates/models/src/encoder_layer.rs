//! One layer of an encoder as Vaswani et al. 2017 have it, norms after the residuals: what BERT, RoBERTa and DistilBERT share under
//! different names.

use burn::nn::Linear;
use burn::tensor::{Int, Tensor};
use kindling_kernels::{Act, LayerNorm, Look, linear, linear_act, linear_add, self_attention};

/// The parts of a layer, wherever a checkpoint keeps them.
#[derive(Debug, Clone, Copy)]
pub struct LayerParts<'a> {
    /// Query, key, value: `[hidden, hidden]` each.
    pub projections: [&'a Linear; 3],
    /// Heads; divides `hidden`.
    pub heads: usize,
    /// What brings attention back: `[hidden, hidden]`.
    pub attended: &'a Linear,
    /// After the first residual.
    pub attention_norm: &'a LayerNorm,
    /// The feed-forward part: `[hidden, intermediate]` and `[intermediate, hidden]`.
    pub dense: [&'a Linear; 2],
    /// Between those two.
    pub act: Act,
    /// After the second residual.
    pub output_norm: &'a LayerNorm,
}

impl LayerParts<'_> {
    /// `hidden`: `[batch, tokens, hidden]`; `look`: what a token may look at
    pub fn forward(&self, hidden: Tensor<3>, look: &Look) -> Tensor<3> {
        let seen = self_attention(self.projections, hidden.clone(), self.heads, look); // [batch, tokens, hidden]
        let hidden = self.attention_norm.forward(linear_add(self.attended, seen, hidden));
        let [up, down] = self.dense;
        let inner = linear_act(up, hidden.clone(), self.act); // [batch, tokens, intermediate]
        self.output_norm.forward(linear_add(down, inner, hidden)) // [batch, tokens, hidden]
    }
}

/// An encoder of texts: embeddings, then layers.
pub trait TextEncoder: std::fmt::Debug {
    /// `[batch, tokens]` → `[batch, tokens, hidden]`
    fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3>;

    /// In the order in which they run.
    fn layers(&self) -> Vec<LayerParts<'_>>;

    /// The last layer's vector of every token.
    ///
    /// # Shapes
    /// - `ids`: `[batch, tokens]`
    /// - `mask`: `[batch, tokens]`, 1 for a token and 0 for padding; `None` when nothing is padded
    /// - returns `[batch, tokens, hidden]`
    fn forward(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2>>) -> Tensor<3> {
        let look = Look { padding: mask, causal: false };
        self.layers().iter().fold(self.embed(ids), |hidden, layer| layer.forward(hidden, &look))
    }

    /// Embeddings and every layer's output, `layers + 1` tensors of `[batch, tokens, hidden]`
    /// (`output_hidden_states` of the reference).
    fn hidden_states(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2>>) -> Vec<Tensor<3>> {
        let look = Look { padding: mask, causal: false };
        let mut states = vec![self.embed(ids)];
        for layer in self.layers() {
            let hidden = states[states.len() - 1].clone();
            states.push(layer.forward(hidden, &look));
        }
        states
    }

    /// What attention compares: each layer's queries and keys as [`TextEncoder::forward`] makes them, of texts without padding.
    ///
    /// # Shapes
    /// - `ids`: `[batch, tokens]`
    /// - returns a pair a layer, each `[batch, tokens, hidden]`: the heads side by side, [`TextEncoder::heads`] of them
    fn queries_and_keys(&self, ids: Tensor<2, Int>) -> Vec<[Tensor<3>; 2]> {
        let layers = self.layers();
        let mut hidden = self.embed(ids);
        let mut pairs = Vec::with_capacity(layers.len());
        for layer in &layers {
            let [query, key, _] = layer.projections;
            pairs.push([linear(query, hidden.clone()), linear(key, hidden.clone())]);
            // What the last layer gives is nobody's question here.
            if pairs.len() < layers.len() {
                hidden = layer.forward(hidden, &Look::default());
            }
        }
        pairs
    }

    /// Heads in a layer.
    fn heads(&self) -> usize {
        self.layers().first().map_or(1, |layer| layer.heads)
    }
}
