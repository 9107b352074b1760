//! BERT, the encoder (Devlin et al. 2018), and RoBERTa and XLM-RoBERTa (Liu et al. 2019, Conneau et al. 2019), which have its layers and
//! its keys and count places another way. Reference implementations: `transformers.BertModel`, `RobertaModel` and `XLMRobertaModel`
//! without their poolers.

use burn::module::Module;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Device, Int, Tensor};
use kindling_kernels::{Act, Counted, LayerNorm, Table, embed_tokens, embedding, linear_layer};
use serde::{Deserialize, Serialize};

use crate::encoder_layer::{LayerParts, TextEncoder};
use crate::{ConfigError, bounded};

/// Those whose places begin after padding's.
const COUNTED_FROM_PADDING: [&str; 2] = ["xlm-roberta", "roberta"];
/// What this architecture calls itself: by itself, and as Chinese-CLIP's text tower.
const MODEL_TYPES: [&str; 4] = ["bert", "chinese_clip_text_model", COUNTED_FROM_PADDING[0], COUNTED_FROM_PADDING[1]];

/// `config.json` of a BERT checkpoint; fields that change nothing at inference are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BertConfig {
    /// `bert`, `roberta` or `xlm-roberta`; `chinese_clip_text_model` where it is Chinese-CLIP's text tower.
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
    /// Rows of the position embedding; see [`BertConfig::max_tokens`].
    pub max_position_embeddings: usize,
    /// Rows of the segment embedding.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// Added to the variance before its root.
    #[serde(default = "tiny")]
    pub layer_norm_eps: f64,
    /// Id of padding; without it 0, and 1 where places begin after padding's.
    #[serde(default)]
    pub pad_token_id: Option<usize>,
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
        sizes.into_iter().try_for_each(|(field, found, most)| bounded(field, found, most))?;
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
        if self.padding() >= self.vocab_size {
            return Err(ConfigError::field("pad_token_id", self.padding(), "below vocab_size"));
        }
        let first = self.counted().first();
        if first >= self.max_position_embeddings {
            return Err(ConfigError::field(
                "max_position_embeddings",
                self.max_position_embeddings,
                format!("above {first}"),
            ));
        }
        Ok(())
    }

    fn padding(&self) -> usize {
        let roberta = COUNTED_FROM_PADDING.contains(&self.model_type.as_str());
        self.pad_token_id.unwrap_or(usize::from(roberta))
    }

    /// How places are counted.
    fn counted(&self) -> Counted {
        if COUNTED_FROM_PADDING.contains(&self.model_type.as_str()) {
            Counted::Without(self.padding())
        } else {
            Counted::All
        }
    }

    /// The longest input, in tokens; of a configuration that [`BertConfig::check`] accepts.
    pub fn max_tokens(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.counted().first())
    }

    /// The same kind of model with one layer of one head, for texts of so many tokens: it needs the shaders that this one needs.
    pub fn tiny(&self, tokens: usize) -> Self {
        let width = self.hidden_size / self.num_attention_heads.max(1);
        Self {
            // The row of padding, whose number the shaders are made with.
            vocab_size: self.counted().first().max(1),
            hidden_size: width,
            num_hidden_layers: 1,
            num_attention_heads: 1,
            intermediate_size: width,
            max_position_embeddings: tokens + self.counted().first(),
            type_vocab_size: 1,
            pad_token_id: Some(if self.counted() == Counted::All { 0 } else { self.padding() }),
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
        let tables = [self.vocab_size, self.max_position_embeddings, self.type_vocab_size];
        let embeddings =
            BertEmbeddings::new(tables, self.hidden_size, layer_norm(self, device), self.counted(), device);
        Ok(BertModel { embeddings, encoder: BertEncoder { layer } })
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

/// Word, position and, but for DistilBERT, segment embeddings, added and normalised.
#[derive(Module, Debug)]
pub struct BertEmbeddings {
    /// `[vocab_size, hidden]`
    pub word_embeddings: Table,
    /// `[max_position_embeddings, hidden]`
    pub position_embeddings: Embedding,
    /// `[type_vocab_size, hidden]`; one text has segment 0 throughout
    pub token_type_embeddings: Option<Embedding>,
    /// Over `hidden`.
    pub layer_norm: LayerNorm,
    #[module(skip)]
    counted: Counted,
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
    /// `tables`: rows of words, places and segments; without a row of segments there is no such table.
    pub(crate) fn new(
        [words, places, segments]: [usize; 3],
        hidden: usize,
        layer_norm: LayerNorm,
        counted: Counted,
        device: &Device,
    ) -> Self {
        let embedding = |rows| embedding(rows, hidden, device);
        Self {
            word_embeddings: Table::new(words, hidden, device),
            position_embeddings: embedding(places),
            token_type_embeddings: (segments > 0).then(|| embedding(segments)),
            layer_norm,
            counted,
        }
    }

    /// `[batch, tokens]` → `[batch, tokens, hidden]`
    pub fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let (words, places, segments) = (&self.word_embeddings, &self.position_embeddings, &self.token_type_embeddings);
        self.layer_norm.forward(embed_tokens(words, ids, places, segments.as_ref(), self.counted))
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

    fn parts(&self) -> LayerParts<'_> {
        let BertSelfAttention { query, key, value, heads } = &self.attention.self_attention;
        LayerParts {
            projections: [query, key, value],
            heads: *heads,
            attended: &self.attention.output.dense,
            attention_norm: &self.attention.output.layer_norm,
            dense: [&self.intermediate.dense, &self.output.dense],
            act: self.intermediate.act,
            output_norm: &self.output.layer_norm,
        }
    }
}

impl TextEncoder for BertModel {
    fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        self.embeddings.forward(ids)
    }

    fn layers(&self) -> Vec<LayerParts<'_>> {
        self.encoder.layer.iter().map(BertLayer::parts).collect()
    }
}

fn layer_norm(config: &BertConfig, device: &Device) -> LayerNorm {
    LayerNorm::new(config.hidden_size, config.layer_norm_eps, device)
}
