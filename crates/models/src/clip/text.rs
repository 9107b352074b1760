//! CLIP's text tower. Reference implementation: `transformers.CLIPTextModel`.

use burn::module::Module;
use burn::nn::Embedding;
use burn::tensor::{Device, Int, Tensor};
use kindling_kernels::{Counted, LayerNorm, Look, Table, embed_tokens, embedding};

use super::config::ClipTextConfig;
use super::layers::{ClipEncoder, layer_norm};
use crate::ConfigError;

/// The transformer that reads captions, each token seeing only those before it.
#[derive(Module, Debug)]
pub struct ClipTextModel {
    /// Ids to vectors.
    pub embeddings: ClipTextEmbeddings,
    /// The layers.
    pub encoder: ClipEncoder,
    /// After the last layer.
    pub final_layer_norm: LayerNorm,
}

/// Token and position embeddings, added.
#[derive(Module, Debug)]
pub struct ClipTextEmbeddings {
    /// `[vocab_size, hidden]`
    pub token_embedding: Table,
    /// `[max_position_embeddings, hidden]`
    pub position_embedding: Embedding,
}

impl ClipTextConfig {
    /// The tower with weights still to be loaded.
    ///
    /// # Errors
    /// As [`ClipTextConfig::check`].
    pub fn init(&self, device: &Device) -> Result<ClipTextModel, ConfigError> {
        self.check()?;
        Ok(ClipTextModel {
            embeddings: ClipTextEmbeddings {
                token_embedding: Table::new(self.vocab_size, self.hidden_size, device),
                position_embedding: embedding(self.max_position_embeddings, self.hidden_size, device),
            },
            encoder: ClipEncoder::new(&self.tower(), device),
            final_layer_norm: layer_norm(&self.tower(), device),
        })
    }
}

impl ClipTextModel {
    /// What goes into the first layer: `[batch, tokens]` → `[batch, tokens, hidden]`
    pub fn start(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let ClipTextEmbeddings { token_embedding, position_embedding } = &self.embeddings;
        embed_tokens(token_embedding, ids, position_embedding, None, Counted::All) // [batch, tokens, hidden]
    }

    /// The normalised vector of every token.
    ///
    /// # Shapes
    /// - `ids`: `[batch, tokens]`
    /// - `mask`: `[batch, tokens]`, 1 for a token and 0 for padding. Not needed where only the end token's vector counts: padding comes
    ///   after it, and no token looks ahead
    /// - returns `[batch, tokens, hidden]`
    pub fn forward(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2>>) -> Tensor<3> {
        self.final_layer_norm.forward(self.before_end(ids, mask))
    }

    /// The last layer's output, before the last norm: arguments and shapes as in [`ClipTextModel::forward`].
    pub fn before_end(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2>>) -> Tensor<3> {
        self.encoder.forward(self.start(ids), &Look { padding: mask, causal: true })
    }

    /// Embeddings and every layer's output, before the last norm: `layers + 1` tensors of `[batch, tokens, hidden]`.
    pub fn hidden_states(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2>>) -> Vec<Tensor<3>> {
        self.encoder.hidden_states(self.start(ids), &Look { padding: mask, causal: true })
    }
}
