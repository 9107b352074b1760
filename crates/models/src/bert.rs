//! BERT, the encoder (Devlin et al. 2018). Reference implementation: `transformers.BertModel` without its pooler.

use burn::module::Module;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Device, Int, Tensor};
use kindling_kernels::{
    Act, LayerNorm, Look, embed_tokens, embedding, linear, linear_act, linear_add, linear_layer, self_attention,
};
use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// What this architecture calls itself: by itself, and as Chinese-CLIP's text tower.
const MODEL_TYPES: [&str; 2] = ["bert", "chinese_clip_text_model"];

/// `config.json` of a BERT checkpoint; fields that change nothing at inference are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BertConfig {
    /// `bert`, or `chinese_clip_text_model` where it is Chinese-CLIP's text tower.
    #[serde(default = "bert")]
    pub model_type: String,
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads in a layer; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward part.
    pub intermediate_size: usize,
    /// `gelu` (exact), `gelu_new` (tanh) or `relu`.
    #[serde(default = "gelu")]
    pub hidden_act: String,
    /// Rows of the position embedding: the longest input, in tokens.
    pub max_position_embeddings: usize,
    /// Rows of the segment embedding.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// Added to the variance before its root.
    #[serde(default = "tiny")]
    pub layer_norm_eps: f64,
    /// Id of padding.
    #[serde(default)]
    pub pad_token_id: usize,
    /// Only `absolute` is known here.
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
}

fn bert() -> String {
    "bert".into()
}
fn gelu() -> String {
    "gelu".into()
}
fn absolute() -> String {
    "absolute".into()
}
fn two() -> usize {
    2
}
fn tiny() -> f64 {
    1e-12
}

impl BertConfig {
    /// Names the first field that cannot be run. Bounds are far above every published checkpoint:
    /// they stop a hostile file before it asks for memory.
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        if !MODEL_TYPES.contains(&self.model_type.as_str()) {
            return Err(ConfigError::field("model_type", &self.model_type, MODEL_TYPES.join(" or ")));
        }
        let sizes = [
            ("vocab_size", self.vocab_size, 2_000_000),
            ("hidden_size", self.hidden_size, 8_192),
            ("num_hidden_layers", self.num_hidden_layers, 128),
            ("num_attention_heads", self.num_attention_heads, 256),
            ("intermediate_size", self.intermediate_size, 65_536),
            ("max_position_embeddings", self.max_position_embeddings, 131_072),
            ("type_vocab_size", self.type_vocab_size, 1_024),
        ];
        for (field, found, most) in sizes {
            if found == 0 || found > most {
                return Err(ConfigError::field(field, found, format!("1 to {most}")));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let expected = format!("a divisor of hidden_size {}", self.hidden_size);
            return Err(ConfigError::field("num_attention_heads", self.num_attention_heads, expected));
        }
        if Act::named(&self.hidden_act).is_none() {
            return Err(ConfigError::field("hidden_act", &self.hidden_act, Act::NAMES));
        }
        if self.position_embedding_type != "absolute" {
            return Err(ConfigError::field("position_embedding_type", &self.position_embedding_type, "absolute"));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            return Err(ConfigError::field("layer_norm_eps", self.layer_norm_eps, "between 0 and 1"));
        }
        if self.pad_token_id >= self.vocab_size {
            return Err(ConfigError::field("pad_token_id", self.pad_token_id, "below vocab_size"));
        }
        Ok(())
    }

    /// The same kind of model with one layer of one head, for texts of so many tokens: it needs the shaders that this one needs.
    pub fn tiny(&self, tokens: usize) -> Self {
        let width = self.hidden_size / self.num_attention_heads.max(1);
        Self {
            vocab_size: 1,
            hidden_size: width,
            num_hidden_layers: 1,
            num_attention_heads: 1,
            intermediate_size: width,
            max_position_embeddings: tokens,
            type_vocab_size: 1,
            pad_token_id: 0,
            ..self.clone()
        }
    }

    /// The model with weights still to be loaded (they are made at random only if nothing is loaded).
    ///
    /// # Errors
    /// As [`BertConfig::check`].
    pub fn init(&self, device: &Device) -> Result<BertModel, ConfigError> {
        self.check()?;
        let layer = (0..self.num_hidden_layers).map(|_| BertLayer::new(self, device)).collect();
        Ok(BertModel { embeddings: BertEmbeddings::new(self, device), encoder: BertEncoder { layer } })
    }
}

/// The whole encoder.
#[derive(Module, Debug)]
pub struct BertModel {
    /// Ids to vectors.
    pub embeddings: BertEmbeddings,
    /// The layers.
    pub encoder: BertEncoder,
}

/// Word, position and segment embeddings, added and normalised.
#[derive(Module, Debug)]
pub struct BertEmbeddings {
    /// `[vocab_size, hidden]`
    pub word_embeddings: Embedding,
    /// `[max_position_embeddings, hidden]`
    pub position_embeddings: Embedding,
    /// `[type_vocab_size, hidden]`; one text has segment 0 throughout
    pub token_type_embeddings: Embedding,
    /// Over `hidden`.
    pub layer_norm: LayerNorm,
}

/// The layers, under the checkpoint's own name.
#[derive(Module, Debug)]
pub struct BertEncoder {
    /// In the order in which they run.
    pub layer: Vec<BertLayer>,
}

/// One layer: attention, then feed-forward, each with its residual and norm.
#[derive(Module, Debug)]
pub struct BertLayer {
    /// Attention with its output.
    pub attention: BertAttention,
    /// First half of the feed-forward part.
    pub intermediate: BertDense,
    /// Second half, residual and norm.
    pub output: BertOutput,
}

/// Attention with its output projection.
#[derive(Module, Debug)]
pub struct BertAttention {
    /// Query, key, value.
    pub self_attention: BertSelfAttention,
    /// Projection, residual and norm.
    pub output: BertOutput,
}

/// The three projections of attention.
#[derive(Module, Debug)]
pub struct BertSelfAttention {
    /// `[hidden, hidden]`
    pub query: Linear,
    /// `[hidden, hidden]`
    pub key: Linear,
    /// `[hidden, hidden]`
    pub value: Linear,
    #[module(skip)]
    heads: usize,
}

/// A projection and its non-linearity.
#[derive(Module, Debug)]
pub struct BertDense {
    /// `[hidden, intermediate]`
    pub dense: Linear,
    #[module(skip)]
    act: Act,
}

/// A projection, the residual and a norm.
#[derive(Module, Debug)]
pub struct BertOutput {
    /// Back to `hidden`.
    pub dense: Linear,
    /// Over `hidden`.
    pub layer_norm: LayerNorm,
}

impl BertEmbeddings {
    fn new(config: &BertConfig, device: &Device) -> Self {
        let embedding = |rows| embedding(rows, config.hidden_size, device);
        Self {
            word_embeddings: embedding(config.vocab_size),
            position_embeddings: embedding(config.max_position_embeddings),
            token_type_embeddings: embedding(config.type_vocab_size),
            layer_norm: layer_norm(config, device),
        }
    }

    /// `[batch, tokens]` → `[batch, tokens, hidden]`
    pub fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let (words, places, segments) = (&self.word_embeddings, &self.position_embeddings, &self.token_type_embeddings);
        self.layer_norm.forward(embed_tokens(words, ids, places, Some(segments)))
    }
}

impl BertLayer {
    fn new(config: &BertConfig, device: &Device) -> Self {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let linear = |from, to| linear_layer(from, to, true, device);
        let output = |from| BertOutput { dense: linear(from, hidden), layer_norm: layer_norm(config, device) };
        Self {
            attention: BertAttention {
                self_attention: BertSelfAttention {
                    query: linear(hidden, hidden),
                    key: linear(hidden, hidden),
                    value: linear(hidden, hidden),
                    heads: config.num_attention_heads,
                },
                output: output(hidden),
            },
            intermediate: BertDense {
                dense: linear(hidden, inner),
                act: Act::named(&config.hidden_act).unwrap_or(Act::Gelu),
            },
            output: output(inner),
        }
    }

    /// `hidden`: `[batch, tokens, hidden]`; `look`: what a token may look at
    pub fn forward(&self, hidden: Tensor<3>, look: &Look) -> Tensor<3> {
        let seen = self.attention.self_attention.forward(hidden.clone(), look); // [batch, tokens, hidden]
        let hidden = self.attention.output.forward(seen, hidden);
        let BertDense { dense, act } = &self.intermediate;
        let inner = linear_act(dense, hidden.clone(), *act); // [batch, tokens, intermediate]
        self.output.forward(inner, hidden) // [batch, tokens, hidden]
    }
}

impl BertSelfAttention {
    fn forward(&self, hidden: Tensor<3>, look: &Look) -> Tensor<3> {
        self_attention([&self.query, &self.key, &self.value], hidden, self.heads, look) // [batch, tokens, hidden]
    }
}

impl BertOutput {
    fn forward(&self, x: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        self.layer_norm.forward(linear_add(&self.dense, x, residual))
    }
}

impl BertModel {
    /// The last layer's vector of every token.
    ///
    /// # Shapes
    /// - `ids`: `[batch, tokens]`
    /// - `mask`: `[batch, tokens]`, 1 for a token and 0 for padding; `None` when nothing is padded
    /// - returns `[batch, tokens, hidden]`
    pub fn forward(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2>>) -> Tensor<3> {
        let look = Look { padding: mask, causal: false };
        self.encoder.layer.iter().fold(self.embeddings.forward(ids), |hidden, layer| layer.forward(hidden, &look))
    }

    /// Embeddings and every layer's output, `layers + 1` tensors of `[batch, tokens, hidden]`
    /// (`output_hidden_states` of the reference).
    pub fn hidden_states(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2>>) -> Vec<Tensor<3>> {
        let look = Look { padding: mask, causal: false };
        let mut states = vec![self.embeddings.forward(ids)];
        for layer in &self.encoder.layer {
            let hidden = states[states.len() - 1].clone();
            states.push(layer.forward(hidden, &look));
        }
        states
    }

    /// What attention compares: each layer's queries and keys as [`BertModel::forward`] makes them, of texts without padding.
    ///
    /// # Shapes
    /// - `ids`: `[batch, tokens]`
    /// - returns a pair a layer, each `[batch, tokens, hidden]`: the heads side by side, [`BertModel::heads`] of them
    pub fn queries_and_keys(&self, ids: Tensor<2, Int>) -> Vec<[Tensor<3>; 2]> {
        let layers = &self.encoder.layer;
        let mut hidden = self.embeddings.forward(ids);
        let mut pairs = Vec::with_capacity(layers.len());
        for layer in layers {
            let BertSelfAttention { query, key, .. } = &layer.attention.self_attention;
            pairs.push([linear(query, hidden.clone()), linear(key, hidden.clone())]);
            // What the last layer gives is nobody's question here.
            if pairs.len() < layers.len() {
                hidden = layer.forward(hidden, &Look::default());
            }
        }
        pairs
    }

    /// Heads in a layer.
    pub fn heads(&self) -> usize {
        self.encoder.layer.first().map_or(1, |layer| layer.attention.self_attention.heads)
    }
}

fn layer_norm(config: &BertConfig, device: &Device) -> LayerNorm {
    LayerNorm::new(config.hidden_size, config.layer_norm_eps, device)
}
