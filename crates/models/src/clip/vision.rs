//! CLIP's vision tower, a Vision Transformer (Dosovitskiy et al. 2020). Reference implementation: `transformers.CLIPVisionModel`.

use burn::module::{Module, Param};
use burn::nn::Embedding;
use burn::tensor::{Device, Int, Tensor};
use kindling_kernels::{LayerNorm, Look, add_places, embed_patches, embedding, first_token, keep_patches, parameter};

use super::config::ClipVisionConfig;
use super::layers::{ClipEncoder, layer_norm};
use crate::ConfigError;

/// The transformer that looks at patches.
#[derive(Module, Debug)]
pub struct ClipVisionModel {
    /// Pixels to vectors.
    pub embeddings: ClipVisionEmbeddings,
    /// Before the first layer; the checkpoints spell it so.
    pub pre_layrnorm: LayerNorm,
    /// The layers.
    pub encoder: ClipEncoder,
    /// Over the class token after the last layer.
    pub post_layernorm: LayerNorm,
}

/// One vector for the whole picture and one for each patch, with their places added.
#[derive(Module, Debug)]
pub struct ClipVisionEmbeddings {
    /// `[hidden]`
    pub class_embedding: Param<Tensor<1>>,
    /// Patches to vectors.
    pub patch_embedding: PatchEmbedding,
    /// `[1 + patches, hidden]`
    pub position_embedding: Embedding,
}

/// A convolution whose stride is its size: every patch is seen once.
#[derive(Module, Debug)]
pub struct PatchEmbedding {
    /// `[hidden, channels, patch, patch]`
    pub weight: Param<Tensor<4>>,
}

impl ClipVisionConfig {
    /// The tower with weights still to be loaded.
    ///
    /// # Errors
    /// As [`ClipVisionConfig::check`].
    pub fn init(&self, device: &Device) -> Result<ClipVisionModel, ConfigError> {
        self.check()?;
        let patch = [self.hidden_size, self.num_channels, self.patch_size, self.patch_size];
        let places = 1 + self.side() * self.side();
        Ok(ClipVisionModel {
            embeddings: ClipVisionEmbeddings {
                class_embedding: parameter([self.hidden_size], device),
                patch_embedding: PatchEmbedding { weight: parameter(patch, device) },
                position_embedding: embedding(places, self.hidden_size, device),
            },
            pre_layrnorm: layer_norm(&self.tower(), device),
            encoder: ClipEncoder::new(&self.tower(), device),
            post_layernorm: layer_norm(&self.tower(), device),
        })
    }
}

impl PatchEmbedding {
    /// `[batch, channels, height, width]` → `[batch, patches, hidden]`, row by row; a rest narrower than a patch is not looked at
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<3> {
        embed_patches(pixels, self.weight.val())
    }
}

impl ClipVisionEmbeddings {
    /// `[batch, channels, height, width]` → `[batch, 1 + patches, hidden]`; `keep` names the patches to look at, all without it
    fn forward(&self, pixels: Tensor<4>, keep: Option<Tensor<1, Int>>) -> Tensor<3> {
        let patches = self.patch_embedding.forward(pixels); // [batch, patches, hidden]
        let whole = add_places(patches, self.class_embedding.val(), self.position_embedding.weight.val());
        match keep {
            Some(keep) => keep_patches(whole, keep),
            None => whole,
        }
    }
}

impl ClipVisionModel {
    /// The class token's normalised vector.
    ///
    /// # Shapes
    /// - `pixels`: `[batch, 3, image_size, image_size]`, normalised as `preprocessor_config.json` says
    /// - `keep`: places of the patches to look at, for training on a part of each picture (Li et al. 2022, "Scaling Language-Image
    ///   Pre-training via Masking"); `None` looks at all
    /// - returns `[batch, hidden]`
    pub fn forward(&self, pixels: Tensor<4>, keep: Option<Tensor<1, Int>>) -> Tensor<2> {
        let hidden = self.encoder.forward(self.start(pixels, keep), &Look::default()); // [batch, 1 + patches, hidden]
        self.end(hidden)
    }

    /// From the last layer's output to the class token's normalised vector: `[batch, hidden]`
    pub fn end(&self, hidden: Tensor<3>) -> Tensor<2> {
        self.post_layernorm.forward(first_token(hidden)) // [batch, hidden]
    }

    /// What goes into the first layer, of [`ClipVisionModel::forward`]'s arguments: `[batch, 1 + patches, hidden]`
    pub fn start(&self, pixels: Tensor<4>, keep: Option<Tensor<1, Int>>) -> Tensor<3> {
        self.pre_layrnorm.forward(self.embeddings.forward(pixels, keep))
    }

    /// What goes into the first layer and every layer's output: `layers + 1` tensors of `[batch, 1 + patches, hidden]`.
    pub fn hidden_states(&self, pixels: Tensor<4>) -> Vec<Tensor<3>> {
        self.encoder.hidden_states(self.start(pixels, None), &Look::default())
    }
}
