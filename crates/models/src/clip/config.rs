//! `config.json` of CLIP and Chinese-CLIP checkpoints; fields that change nothing at inference are left out, and what a file
//! leaves out has the reference implementation's default.

use kindling_kernels::Act;
use serde::{Deserialize, Serialize};

use crate::{BertConfig, ConfigError, bounded};

/// CLIP: two towers and what joins them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipConfig {
    /// `clip`
    pub model_type: String,
    /// The text tower.
    pub text_config: ClipTextConfig,
    /// The vision tower.
    pub vision_config: ClipVisionConfig,
    /// Width of the space that both towers meet in.
    #[serde(default = "at::<512>")]
    pub projection_dim: usize,
}

/// Chinese-CLIP: a BERT reads the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChineseClipConfig {
    /// `chinese_clip`
    pub model_type: String,
    /// The text tower.
    pub text_config: BertConfig,
    /// The vision tower.
    pub vision_config: ClipVisionConfig,
    /// Width of the space that both towers meet in.
    #[serde(default = "at::<512>")]
    pub projection_dim: usize,
}

/// The transformer that reads captions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipTextConfig {
    /// Rows of the token embedding.
    #[serde(default = "at::<49_408>")]
    pub vocab_size: usize,
    /// Width of a token's vector.
    #[serde(default = "at::<512>")]
    pub hidden_size: usize,
    /// Width of the feed-forward part.
    #[serde(default = "at::<2048>")]
    pub intermediate_size: usize,
    /// Layers.
    #[serde(default = "at::<12>")]
    pub num_hidden_layers: usize,
    /// Heads in a layer; divides `hidden_size`.
    #[serde(default = "at::<8>")]
    pub num_attention_heads: usize,
    /// Rows of the position embedding: the longest caption, in tokens.
    #[serde(default = "at::<77>")]
    pub max_position_embeddings: usize,
    /// `quick_gelu`, `gelu`, `gelu_new` or `relu`.
    #[serde(default = "quick_gelu")]
    pub hidden_act: String,
    /// Added to the variance before its root.
    #[serde(default = "small")]
    pub layer_norm_eps: f64,
    /// Id of the token that ends a caption, where its vector is taken. 2 has a meaning of its own, see
    /// [`ClipTextConfig::end`].
    #[serde(default = "at::<49_407>")]
    pub eos_token_id: usize,
}

/// The transformer that looks at patches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipVisionConfig {
    /// Width of a patch's vector.
    #[serde(default = "at::<768>")]
    pub hidden_size: usize,
    /// Width of the feed-forward part.
    #[serde(default = "at::<3072>")]
    pub intermediate_size: usize,
    /// Layers.
    #[serde(default = "at::<12>")]
    pub num_hidden_layers: usize,
    /// Heads in a layer; divides `hidden_size`.
    #[serde(default = "at::<12>")]
    pub num_attention_heads: usize,
    /// Channels of a picture.
    #[serde(default = "at::<3>")]
    pub num_channels: usize,
    /// Side of a picture, in pixels.
    #[serde(default = "at::<224>")]
    pub image_size: usize,
    /// Side of a patch, in pixels.
    #[serde(default = "at::<32>")]
    pub patch_size: usize,
    /// `quick_gelu`, `gelu`, `gelu_new` or `relu`.
    #[serde(default = "quick_gelu")]
    pub hidden_act: String,
    /// Added to the variance before its root.
    #[serde(default = "small")]
    pub layer_norm_eps: f64,
}

fn at<const N: usize>() -> usize {
    N
}
fn quick_gelu() -> String {
    "quick_gelu".into()
}
fn small() -> f64 {
    1e-5
}

/// What the layers of both towers need.
pub(super) struct Tower<'a> {
    pub hidden: usize,
    pub inner: usize,
    pub heads: usize,
    pub layers: usize,
    pub act: &'a str,
    pub eps: f64,
}

impl Tower<'_> {
    fn check(&self) -> Result<(), ConfigError> {
        bounded("hidden_size", self.hidden, 8_192)?;
        bounded("intermediate_size", self.inner, 65_536)?;
        bounded("num_hidden_layers", self.layers, 128)?;
        bounded("num_attention_heads", self.heads, 256)?;
        if !self.hidden.is_multiple_of(self.heads) {
            let expected = format!("a divisor of hidden_size {}", self.hidden);
            return Err(ConfigError::field("num_attention_heads", self.heads, expected));
        }
        if Act::named(self.act).is_none() {
            return Err(ConfigError::field("hidden_act", self.act, Act::NAMES));
        }
        if !(self.eps > 0.0 && self.eps < 1.0) {
            return Err(ConfigError::field("layer_norm_eps", self.eps, "between 0 and 1"));
        }
        Ok(())
    }
}

impl ClipConfig {
    /// Names the first field that cannot be run; bounds are far above every published checkpoint.
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        bounded("projection_dim", self.projection_dim, 8_192)?;
        self.text_config.check()?;
        self.vision_config.check()
    }
}

impl ChineseClipConfig {
    /// As [`ClipConfig::check`].
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        bounded("projection_dim", self.projection_dim, 8_192)?;
        self.text_config.check()?;
        self.vision_config.check()
    }
}

impl ClipTextConfig {
    pub(super) fn tower(&self) -> Tower<'_> {
        Tower {
            hidden: self.hidden_size,
            inner: self.intermediate_size,
            heads: self.num_attention_heads,
            layers: self.num_hidden_layers,
            act: &self.hidden_act,
            eps: self.layer_norm_eps,
        }
    }

    /// As [`ClipConfig::check`].
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        bounded("vocab_size", self.vocab_size, 2_000_000)?;
        bounded("max_position_embeddings", self.max_position_embeddings, 131_072)?;
        self.tower().check()
    }

    /// Where a caption's vector is taken from.
    ///
    /// Files of 2021 and 2022 say `eos_token_id: 2`, which is wrong, and mean the largest id; later ones name the token, and the first
    /// one counts. The reference implementation keeps both rules, and so does this.
    pub fn end(&self, ids: &[u32]) -> usize {
        if self.eos_token_id == 2 {
            // The first of the largest, as `argmax` gives it.
            let largest = ids.iter().max().copied().unwrap_or(0);
            return ids.iter().position(|&id| id == largest).unwrap_or(0);
        }
        ids.iter().position(|&id| id as usize == self.eos_token_id).unwrap_or(0)
    }
}

impl ClipVisionConfig {
    pub(super) fn tower(&self) -> Tower<'_> {
        Tower {
            hidden: self.hidden_size,
            inner: self.intermediate_size,
            heads: self.num_attention_heads,
            layers: self.num_hidden_layers,
            act: &self.hidden_act,
            eps: self.layer_norm_eps,
        }
    }

    /// As [`ClipConfig::check`].
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        bounded("image_size", self.image_size, 4_096)?;
        bounded("patch_size", self.patch_size, self.image_size)?;
        if self.num_channels != 3 {
            return Err(ConfigError::field("num_channels", self.num_channels, "3"));
        }
        self.tower().check()
    }

    /// Patches in a row and in a column; what is left over at the edge is not looked at, as in the reference.
    pub fn side(&self) -> usize {
        self.image_size / self.patch_size
    }
}

impl ClipConfig {
    /// The same kind of model with one layer of one head a tower, for captions of so many tokens: it needs the shaders that this one needs.
    pub fn tiny(&self, tokens: usize) -> Self {
        let text = &self.text_config;
        let width = text.hidden_size / text.num_attention_heads.max(1);
        let text_config = ClipTextConfig {
            vocab_size: 1,
            hidden_size: width,
            intermediate_size: width,
            num_hidden_layers: 1,
            num_attention_heads: 1,
            max_position_embeddings: tokens,
            eos_token_id: 0,
            ..text.clone()
        };
        Self { text_config, vision_config: self.vision_config.tiny(), projection_dim: width, ..self.clone() }
    }
}

impl ChineseClipConfig {
    /// As [`ClipConfig::tiny`].
    pub fn tiny(&self, tokens: usize) -> Self {
        let text_config = self.text_config.tiny(tokens);
        let projection_dim = text_config.hidden_size;
        Self { text_config, vision_config: self.vision_config.tiny(), projection_dim, ..self.clone() }
    }
}

impl ClipVisionConfig {
    /// One layer of one head, for pictures of four patches.
    fn tiny(&self) -> Self {
        let width = self.hidden_size / self.num_attention_heads.max(1);
        Self {
            hidden_size: width,
            intermediate_size: width,
            num_hidden_layers: 1,
            num_attention_heads: 1,
            image_size: 2 * self.patch_size,
            ..self.clone()
        }
    }
}
