//! CLIP and Chinese-CLIP behind one face: ids or pixels in, vectors of the common space out.

use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_kernels::Look;
use kindling_models::{
    ChineseClipConfig, ChineseClipModel, ClipConfig, ClipModel, TextEncoder,
    clip::{ClipVisionConfig, ClipVisionModel},
};
use kindling_weights::{Checkpoint, LoadReport, WeightsError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{architecture, fields};
use crate::fill::{Fill, Resident};
use crate::{Compute, TaskError};

/// A configuration of either architecture.
#[derive(Debug, Clone)]
pub(crate) enum TowersConfig {
    Clip(ClipConfig),
    Chinese(ChineseClipConfig),
}

/// What a configuration says of its towers. Where an older name holds one too, that one counts, as in transformers.
fn towers<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, TaskError> {
    let mut config: Value = fields(bytes)?;
    for (tower, older) in [("text_config", "text_config_dict"), ("vision_config", "vision_config_dict")] {
        if let Some(said) = config.get(older).filter(|said| said.is_object()).cloned() {
            config[tower] = said;
        }
    }
    let reason = |error: serde_json::Error| TaskError::Json { file: "config.json", reason: error.to_string() };
    serde_json::from_value(config).map_err(reason)
}

/// A model of either architecture.
#[derive(Debug)]
pub(crate) enum Towers {
    Clip(Box<ClipConfig>, Box<ClipModel>),
    Chinese(Box<ChineseClipModel>),
}

impl TowersConfig {
    /// Reads and checks `config.json`.
    pub fn read(bytes: &[u8]) -> Result<Self, TaskError> {
        match architecture(bytes)?.as_str() {
            "clip" => {
                let config: ClipConfig = towers(bytes)?;
                config.check()?;
                Ok(Self::Clip(config))
            }
            "chinese_clip" => {
                let config: ChineseClipConfig = towers(bytes)?;
                config.check()?;
                Ok(Self::Chinese(config))
            }
            found => Err(TaskError::Architecture { found: found.into(), known: "clip, chinese_clip" }),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Clip(config) => &config.model_type,
            Self::Chinese(config) => &config.model_type,
        }
    }

    pub fn vision(&self) -> &ClipVisionConfig {
        match self {
            Self::Clip(config) => &config.vision_config,
            Self::Chinese(config) => &config.vision_config,
        }
    }

    pub fn dim(&self) -> usize {
        match self {
            Self::Clip(config) => config.projection_dim,
            Self::Chinese(config) => config.projection_dim,
        }
    }

    /// Layers, rows of the token embedding, longest caption in tokens: of the text tower.
    pub fn text(&self) -> (usize, usize, usize) {
        match self {
            Self::Clip(config) => {
                let text = &config.text_config;
                (text.num_hidden_layers, text.vocab_size, text.max_position_embeddings)
            }
            Self::Chinese(config) => {
                let text = &config.text_config;
                (text.num_hidden_layers, text.vocab_size, text.max_position_embeddings)
            }
        }
    }

    /// One layer of one head, for captions of so many tokens, and the side of its pictures in pixels.
    pub fn tiny(&self, tokens: usize) -> (Self, usize) {
        let tiny = match self {
            Self::Clip(config) => Self::Clip(config.tiny(tokens)),
            Self::Chinese(config) => Self::Chinese(config.tiny(tokens)),
        };
        let side = tiny.vision().image_size;
        (tiny, side)
    }

    /// Shapes first, then tensor by tensor to the device.
    pub fn load(
        &self,
        checkpoint: &Checkpoint,
        device: &Device,
        compute: Compute,
    ) -> Result<(Towers, LoadReport), TaskError> {
        self.filled(device, &Resident { checkpoint, compute, parts: &[] })
    }

    /// Of all the weights those alone whose keys begin so; what needs others cannot be run.
    pub fn load_part(&self, checkpoint: &Checkpoint, device: &Device, parts: &[&str]) -> Result<Towers, TaskError> {
        Ok(self.filled(device, &Resident { checkpoint, compute: Compute::Full, parts })?.0)
    }

    /// The model, filled.
    pub fn filled(&self, device: &Device, fill: &impl Fill) -> Result<(Towers, LoadReport), TaskError> {
        Ok(match self {
            Self::Clip(config) => {
                let (model, report) = fill.fill(config.init(device)?)?;
                (Towers::Clip(Box::new(config.clone()), Box::new(model)), report)
            }
            Self::Chinese(config) => {
                let (model, report) = fill.fill(config.init(device)?)?;
                (Towers::Chinese(Box::new(model)), report)
            }
        })
    }

    /// What the keys of a stage of the text tower begin with: 0 for the embeddings, then the layers.
    pub fn text_stage(&self, at: usize) -> String {
        match (at.checked_sub(1), self) {
            (None, _) => "text_model.embeddings".into(),
            (Some(layer), Self::Clip(_)) => format!("text_model.encoder.layers.{layer}"),
            (Some(layer), Self::Chinese(_)) => format!("text_model.encoder.layer.{layer}"),
        }
    }

    /// Parameters asked for, names that do not fit, names that nothing asks for.
    pub fn compare(
        &self,
        checkpoint: &Checkpoint,
        device: &Device,
    ) -> Result<(usize, Vec<WeightsError>, Vec<String>), TaskError> {
        Ok(match self {
            Self::Clip(config) => crate::inspect::compared(&config.init(device)?, checkpoint),
            Self::Chinese(config) => crate::inspect::compared(&config.init(device)?, checkpoint),
        })
    }
}

/// Captions as ids, padded to one length.
pub(crate) struct Captions<'a> {
    /// `[rows × cols]`
    pub ids: &'a [u32],
    /// `[rows × cols]`, 1 for a token and 0 for padding
    pub mask: &'a [u32],
    pub rows: usize,
    pub cols: usize,
}

impl Captions<'_> {
    pub fn ids(&self, device: &Device) -> Tensor<2, Int> {
        let ids: Vec<i32> = self.ids.iter().map(|&id| id as i32).collect();
        Tensor::from_data(TensorData::new(ids, [self.rows, self.cols]), device)
    }

    pub fn mask(&self, device: &Device) -> Tensor<2> {
        let mask: Vec<f32> = self.mask.iter().map(|&m| m as f32).collect();
        Tensor::from_data(TensorData::new(mask, [self.rows, self.cols]), device)
    }
}

impl Towers {
    /// `[rows, dim]`, of any length
    pub fn text(&self, captions: &Captions<'_>, device: &Device) -> Tensor<2> {
        let ids = captions.ids(device); // [rows, cols]
        match self {
            Self::Clip(_, model) => self.text_end(model.text_model.before_end(ids, None), captions, device),
            Self::Chinese(model) => model.text_features(ids, captions.mask(device)),
        }
    }

    /// From the last layer's output `[rows, cols, hidden]` to `[rows, dim]`, of any length
    pub fn text_end(&self, hidden: Tensor<3>, captions: &Captions<'_>, device: &Device) -> Tensor<2> {
        match self {
            Self::Clip(config, model) => {
                let mut ends = vec![0.0f32; captions.rows * captions.cols];
                for (row, cells) in captions.ids.chunks(captions.cols.max(1)).enumerate() {
                    // Where the tokens end, padding may have the end token's id too: what counts comes before it.
                    let mask = &captions.mask[row * captions.cols..][..captions.cols];
                    let length = mask.iter().rposition(|&m| m > 0).map_or(0, |last| last + 1);
                    ends[row * captions.cols + config.text_config.end(&cells[..length])] = 1.0;
                }
                let ends = Tensor::from_data(TensorData::new(ends, [captions.rows, captions.cols]), device);
                model.text_end(hidden, ends)
            }
            Self::Chinese(model) => model.text_end(hidden),
        }
    }

    /// `[count, 3, size, size]` → `[count, dim]`, of any length
    pub fn images(&self, pixels: Tensor<4>) -> Tensor<2> {
        match self {
            Self::Clip(_, model) => model.image_features(pixels),
            Self::Chinese(model) => model.image_features(pixels),
        }
    }

    /// `[1]`: the logarithm of what cosines are multiplied by
    pub fn logit_scale(&self) -> Tensor<1> {
        match self {
            Self::Clip(_, model) => model.logit_scale.val(),
            Self::Chinese(model) => model.logit_scale.val(),
        }
    }

    /// What goes into the first layer of the text tower and every layer's output.
    pub fn text_states(&self, captions: &Captions<'_>, device: &Device) -> Vec<Tensor<3>> {
        let (ids, mask) = (captions.ids(device), captions.mask(device));
        match self {
            Self::Clip(_, model) => model.text_model.hidden_states(ids, Some(mask)),
            Self::Chinese(model) => model.text_model.hidden_states(ids, Some(mask)),
        }
    }

    /// What goes into the first layer of the text tower.
    pub fn text_start(&self, captions: &Captions<'_>, device: &Device) -> Tensor<3> {
        match self {
            Self::Clip(_, model) => model.text_model.start(captions.ids(device)),
            Self::Chinese(model) => model.text_model.embed(captions.ids(device)),
        }
    }

    /// One layer of the text tower.
    pub fn text_layer(&self, at: usize, hidden: Tensor<3>, captions: &Captions<'_>, device: &Device) -> Tensor<3> {
        let padding = Some(captions.mask(device));
        match self {
            Self::Clip(_, model) => {
                model.text_model.encoder.layers[at].forward(hidden, &Look { padding, causal: true })
            }
            Self::Chinese(model) => model.text_model.layers()[at].forward(hidden, &Look { padding, causal: false }),
        }
    }

    fn vision(&self) -> &ClipVisionModel {
        match self {
            Self::Clip(_, model) => &model.vision_model,
            Self::Chinese(model) => &model.vision_model,
        }
    }

    /// What goes into the first layer of the vision tower.
    pub fn vision_start(&self, pixels: Tensor<4>) -> Tensor<3> {
        self.vision().start(pixels, None)
    }

    /// One layer of the vision tower.
    pub fn vision_layer(&self, at: usize, hidden: Tensor<3>) -> Tensor<3> {
        self.vision().encoder.layers[at].forward(hidden, &Look::default())
    }

    /// From the last layer's output to `[count, dim]`, of any length
    pub fn vision_end(&self, hidden: Tensor<3>) -> Tensor<2> {
        match self {
            Self::Clip(_, model) => model.image_end(hidden),
            Self::Chinese(model) => model.image_end(hidden),
        }
    }

    /// What goes into the first layer of the vision tower and every layer's output.
    pub fn vision_states(&self, pixels: Tensor<4>) -> Vec<Tensor<3>> {
        self.vision().hidden_states(pixels)
    }
}
