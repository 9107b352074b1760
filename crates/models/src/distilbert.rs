//! DistilBERT (Sanh et al. 2019): BERT's layers under other names, without segments. Reference implementation:
//! `transformers.DistilBertModel`.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor};
use kindling_kernels::{Act, Counted, LayerNorm, linear_layer};
use serde::{Deserialize, Serialize};

use crate::bert::BertEmbeddings;
use crate::encoder_layer::{LayerParts, TextEncoder};
use crate::{ConfigError, bounded};

/// Added to a norm's variance before its root; no field of the configuration.
const EPS: f64 = 1e-12;

/// `config.json` of a DistilBERT checkpoint; fields that change nothing at inference are left out, `sinusoidal_pos_embds` among them:
/// it says how the table of places began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistilBertConfig {
    /// `distilbert`
    pub model_type: String,
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Width of a token's vector.
    pub dim: usize,
    /// Layers.
    pub n_layers: usize,
    /// Heads in a layer; divides `dim`.
    pub n_heads: usize,
    /// Width of the feed-forward part.
    pub hidden_dim: usize,
    /// `gelu` (exact) or `relu`.
    #[serde(default = "gelu")]
    pub activation: String,
    /// Rows of the position embedding: the longest input, in tokens.
    pub max_position_embeddings: usize,
}

fn gelu() -> String {
    "gelu".into()
}

impl DistilBertConfig {
    /// As [`crate::BertConfig::check`].
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.model_type != "distilbert" {
            return Err(ConfigError::field("model_type", &self.model_type, "distilbert"));
        }
        bounded("vocab_size", self.vocab_size, 2_000_000)?;
        bounded("dim", self.dim, 8_192)?;
        bounded("n_layers", self.n_layers, 128)?;
        bounded("n_heads", self.n_heads, 256)?;
        bounded("hidden_dim", self.hidden_dim, 65_536)?;
        bounded("max_position_embeddings", self.max_position_embeddings, 131_072)?;
        if !self.dim.is_multiple_of(self.n_heads) {
            return Err(ConfigError::field("n_heads", self.n_heads, format!("a divisor of dim {}", self.dim)));
        }
        if Act::named(&self.activation).is_none() {
            return Err(ConfigError::field("activation", &self.activation, Act::NAMES));
        }
        Ok(())
    }

    /// As [`crate::BertConfig::tiny`].
    pub fn tiny(&self, tokens: usize) -> Self {
        let width = self.dim / self.n_heads.max(1);
        Self {
            vocab_size: 1,
            dim: width,
            n_layers: 1,
            n_heads: 1,
            hidden_dim: width,
            max_position_embeddings: tokens,
            ..self.clone()
        }
    }

    /// The model with weights still to be loaded.
    ///
    /// # Errors
    /// As [`DistilBertConfig::check`].
    pub fn init(&self, device: &Device) -> Result<DistilBertModel, ConfigError> {
        self.check()?;
        let tables = [self.vocab_size, self.max_position_embeddings, 0];
        let norm = LayerNorm::new(self.dim, EPS, device);
        let layer = (0..self.n_layers).map(|_| TransformerBlock::new(self, device)).collect();
        Ok(DistilBertModel {
            embeddings: BertEmbeddings::new(tables, self.dim, norm, Counted::All, device),
            transformer: Transformer { layer },
        })
    }
}

/// The whole encoder.
#[derive(Module, Debug)]
pub struct DistilBertModel {
    /// Ids to vectors.
    pub embeddings: BertEmbeddings,
    /// The layers.
    pub transformer: Transformer,
}

/// The layers, under the checkpoint's own name.
#[derive(Module, Debug)]
pub struct Transformer {
    /// In the order in which they run.
    pub layer: Vec<TransformerBlock>,
}

/// One layer.
#[derive(Module, Debug)]
pub struct TransformerBlock {
    /// Attention with its output projection.
    pub attention: MultiHeadSelfAttention,
    /// Over `dim`, after the first residual.
    pub sa_layer_norm: LayerNorm,
    /// The feed-forward part.
    pub ffn: Ffn,
    /// Over `dim`, after the second residual.
    pub output_layer_norm: LayerNorm,
}

/// Query, key, value, and what brings them back.
#[derive(Module, Debug)]
pub struct MultiHeadSelfAttention {
    /// `[dim, dim]`
    pub q_lin: Linear,
    /// `[dim, dim]`
    pub k_lin: Linear,
    /// `[dim, dim]`
    pub v_lin: Linear,
    /// `[dim, dim]`
    pub out_lin: Linear,
    #[module(skip)]
    heads: usize,
}

/// The feed-forward part.
#[derive(Module, Debug)]
pub struct Ffn {
    /// `[dim, hidden_dim]`
    pub lin1: Linear,
    /// `[hidden_dim, dim]`
    pub lin2: Linear,
    #[module(skip)]
    act: Act,
}

impl TransformerBlock {
    fn new(config: &DistilBertConfig, device: &Device) -> Self {
        let linear = |from, to| linear_layer(from, to, true, device);
        let square = || linear(config.dim, config.dim);
        Self {
            attention: MultiHeadSelfAttention {
                q_lin: square(),
                k_lin: square(),
                v_lin: square(),
                out_lin: square(),
                heads: config.n_heads,
            },
            sa_layer_norm: LayerNorm::new(config.dim, EPS, device),
            ffn: Ffn {
                lin1: linear(config.dim, config.hidden_dim),
                lin2: linear(config.hidden_dim, config.dim),
                act: Act::named(&config.activation).unwrap_or(Act::Gelu),
            },
            output_layer_norm: LayerNorm::new(config.dim, EPS, device),
        }
    }

    fn parts(&self) -> LayerParts<'_> {
        let MultiHeadSelfAttention { q_lin, k_lin, v_lin, out_lin, heads } = &self.attention;
        LayerParts {
            projections: [q_lin, k_lin, v_lin],
            heads: *heads,
            attended: out_lin,
            attention_norm: &self.sa_layer_norm,
            dense: [&self.ffn.lin1, &self.ffn.lin2],
            act: self.ffn.act,
            output_norm: &self.output_layer_norm,
        }
    }
}

impl TextEncoder for DistilBertModel {
    fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        self.embeddings.forward(ids)
    }

    fn layers(&self) -> Vec<LayerParts<'_>> {
        self.transformer.layer.iter().map(TransformerBlock::parts).collect()
    }
}
