//! CLIP (Radford et al. 2021) and Chinese-CLIP (Yang et al. 2022): a picture and a caption meet in one space.
//! Reference implementations: `transformers.CLIPModel` and `transformers.ChineseCLIPModel`.

mod config;
mod layers;
mod text;
mod vision;

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_kernels::{first_token, linear, linear_layer, mean_tokens};

pub use config::{ChineseClipConfig, ClipConfig, ClipTextConfig, ClipVisionConfig};
pub use layers::{ClipAttention, ClipEncoder, ClipEncoderLayer, ClipMlp};
pub use text::{ClipTextEmbeddings, ClipTextModel};
pub use vision::{ClipVisionEmbeddings, ClipVisionModel, PatchEmbedding};

use crate::{BertModel, ConfigError, TextEncoder};

/// ln(1 / 0.07): where the scale starts before training (section 2.5 of the paper).
const LOGIT_SCALE: f32 = 2.659_26;

/// CLIP.
#[derive(Module, Debug)]
pub struct ClipModel {
    /// Reads captions.
    pub text_model: ClipTextModel,
    /// Looks at pictures.
    pub vision_model: ClipVisionModel,
    /// `[text hidden, projection]`
    pub text_projection: Linear,
    /// `[vision hidden, projection]`
    pub visual_projection: Linear,
    /// `[1]`: the logarithm of what cosines are multiplied by before a softmax
    pub logit_scale: Param<Tensor<1>>,
}

/// Chinese-CLIP.
#[derive(Module, Debug)]
pub struct ChineseClipModel {
    /// Reads captions.
    pub text_model: BertModel,
    /// Looks at pictures.
    pub vision_model: ClipVisionModel,
    /// `[text hidden, projection]`
    pub text_projection: Linear,
    /// `[vision hidden, projection]`
    pub visual_projection: Linear,
    /// `[1]`: as in [`ClipModel`]
    pub logit_scale: Param<Tensor<1>>,
}

fn projection(from: usize, to: usize, device: &Device) -> Linear {
    linear_layer(from, to, false, device)
}

fn logit_scale(device: &Device) -> Param<Tensor<1>> {
    Param::from_tensor(Tensor::from_data(TensorData::new(vec![LOGIT_SCALE], [1]), device))
}

impl ClipConfig {
    /// The model with weights still to be loaded.
    ///
    /// # Errors
    /// As [`ClipConfig::check`].
    pub fn init(&self, device: &Device) -> Result<ClipModel, ConfigError> {
        self.check()?;
        Ok(ClipModel {
            text_model: self.text_config.init(device)?,
            vision_model: self.vision_config.init(device)?,
            text_projection: projection(self.text_config.hidden_size, self.projection_dim, device),
            visual_projection: projection(self.vision_config.hidden_size, self.projection_dim, device),
            logit_scale: logit_scale(device),
        })
    }
}

impl ChineseClipConfig {
    /// The model with weights still to be loaded.
    ///
    /// # Errors
    /// As [`ChineseClipConfig::check`].
    pub fn init(&self, device: &Device) -> Result<ChineseClipModel, ConfigError> {
        self.check()?;
        Ok(ChineseClipModel {
            text_model: self.text_config.init(device)?,
            vision_model: self.vision_config.init(device)?,
            text_projection: projection(self.text_config.hidden_size, self.projection_dim, device),
            visual_projection: projection(self.vision_config.hidden_size, self.projection_dim, device),
            logit_scale: logit_scale(device),
        })
    }
}

impl ClipModel {
    /// Captions to vectors of the common space, of any length.
    ///
    /// # Shapes
    /// - `ids`: `[batch, tokens]`
    /// - `ends`: `[batch, tokens]`, 1 at the token whose vector counts ([`ClipTextConfig::end`]) and 0 elsewhere
    /// - `mask`: see [`ClipTextModel::forward`]
    /// - returns `[batch, projection]`
    pub fn text_features(&self, ids: Tensor<2, Int>, ends: Tensor<2>, mask: Option<Tensor<2>>) -> Tensor<2> {
        self.text_end(self.text_model.before_end(ids, mask), ends)
    }

    /// From the last layer's output `[batch, tokens, hidden]`; `ends` as in [`ClipModel::text_features`].
    pub fn text_end(&self, hidden: Tensor<3>, ends: Tensor<2>) -> Tensor<2> {
        let hidden = self.text_model.final_layer_norm.forward(hidden); // [batch, tokens, hidden]
        linear(&self.text_projection, mean_tokens(hidden, Some(ends))) // [batch, projection]
    }

    /// Pictures to vectors of the common space, of any length: `[batch, 3, size, size]` → `[batch, projection]`.
    pub fn image_features(&self, pixels: Tensor<4>) -> Tensor<2> {
        linear(&self.visual_projection, self.vision_model.forward(pixels, None))
    }

    /// From the last layer's output `[batch, 1 + patches, hidden]`.
    pub fn image_end(&self, hidden: Tensor<3>) -> Tensor<2> {
        linear(&self.visual_projection, self.vision_model.end(hidden)) // [batch, projection]
    }
}

impl ChineseClipModel {
    /// Captions to vectors of the common space, of any length: the first token's vector, projected.
    ///
    /// # Shapes
    /// `ids`, `mask`: `[batch, tokens]`; returns `[batch, projection]`
    pub fn text_features(&self, ids: Tensor<2, Int>, mask: Tensor<2>) -> Tensor<2> {
        self.text_end(self.text_model.forward(ids, Some(mask)))
    }

    /// From the last layer's output `[batch, tokens, hidden]`.
    pub fn text_end(&self, hidden: Tensor<3>) -> Tensor<2> {
        linear(&self.text_projection, first_token(hidden)) // [batch, projection]
    }

    /// As [`ClipModel::image_end`].
    pub fn image_end(&self, hidden: Tensor<3>) -> Tensor<2> {
        linear(&self.visual_projection, self.vision_model.end(hidden)) // [batch, projection]
    }

    /// As [`ClipModel::image_features`].
    pub fn image_features(&self, pixels: Tensor<4>) -> Tensor<2> {
        linear(&self.visual_projection, self.vision_model.forward(pixels, None))
    }
}
