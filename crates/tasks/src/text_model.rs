//! Encoders of texts behind one face, chosen by `model_type`.

use burn::tensor::Device;
use kindling_models::{BertConfig, DistilBertConfig, TextEncoder};
use kindling_weights::{Checkpoint, LoadReport, WeightsError};

use crate::error::{architecture, fields};
use crate::fill::{Fill, Resident};
use crate::{Compute, TaskError};

/// As `model_type` names them.
pub(crate) const NAMES: [&str; 4] = ["bert", "roberta", "xlm-roberta", "distilbert"];

/// A configuration of any of them.
#[derive(Debug, Clone)]
pub(crate) enum TextConfig {
    Bert(BertConfig),
    DistilBert(DistilBertConfig),
}

impl TextConfig {
    /// Reads and checks `config.json`.
    pub fn read(bytes: &[u8]) -> Result<Self, TaskError> {
        match architecture(bytes)?.as_str() {
            "distilbert" => {
                let config: DistilBertConfig = fields(bytes)?;
                config.check()?;
                Ok(Self::DistilBert(config))
            }
            name if NAMES.contains(&name) => {
                let config: BertConfig = fields(bytes)?;
                config.check()?;
                Ok(Self::Bert(config))
            }
            found => {
                Err(TaskError::Architecture { found: found.into(), known: "bert, roberta, xlm-roberta, distilbert" })
            }
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Bert(config) => &config.model_type,
            Self::DistilBert(config) => &config.model_type,
        }
    }

    /// Rows of the word embedding.
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Bert(config) => config.vocab_size,
            Self::DistilBert(config) => config.vocab_size,
        }
    }

    /// Width of a vector.
    pub fn hidden(&self) -> usize {
        match self {
            Self::Bert(config) => config.hidden_size,
            Self::DistilBert(config) => config.dim,
        }
    }

    pub fn layers(&self) -> usize {
        match self {
            Self::Bert(config) => config.num_hidden_layers,
            Self::DistilBert(config) => config.n_layers,
        }
    }

    /// The longest input, in tokens.
    pub fn max_tokens(&self) -> usize {
        match self {
            Self::Bert(config) => config.max_tokens(),
            Self::DistilBert(config) => config.max_position_embeddings,
        }
    }

    /// One layer of one head, for texts of so many tokens.
    pub fn tiny(&self, tokens: usize) -> Self {
        match self {
            Self::Bert(config) => Self::Bert(config.tiny(tokens)),
            Self::DistilBert(config) => Self::DistilBert(config.tiny(tokens)),
        }
    }

    /// What the keys of a stage begin with: 0 for the embeddings, then the layers.
    pub fn stage(&self, at: usize) -> String {
        match (at.checked_sub(1), self) {
            (None, _) => "embeddings".into(),
            (Some(layer), Self::Bert(_)) => format!("encoder.layer.{layer}"),
            (Some(layer), Self::DistilBert(_)) => format!("transformer.layer.{layer}"),
        }
    }

    /// The model, filled.
    pub fn filled(&self, device: &Device, fill: &impl Fill) -> Result<(Box<dyn TextEncoder>, LoadReport), TaskError> {
        match self {
            Self::Bert(config) => boxed(fill.fill(config.init(device)?)?),
            Self::DistilBert(config) => boxed(fill.fill(config.init(device)?)?),
        }
    }

    /// Shapes first, then tensor by tensor to the device.
    pub fn load(
        &self,
        checkpoint: &Checkpoint,
        device: &Device,
        compute: Compute,
    ) -> Result<(Box<dyn TextEncoder>, LoadReport), TaskError> {
        self.filled(device, &Resident { checkpoint, compute, parts: &[] })
    }

    /// Of all the weights those alone whose keys begin so; what needs others cannot be run.
    pub fn load_part(
        &self,
        checkpoint: &Checkpoint,
        device: &Device,
        parts: &[&str],
    ) -> Result<Box<dyn TextEncoder>, TaskError> {
        Ok(self.filled(device, &Resident { checkpoint, compute: Compute::Full, parts })?.0)
    }

    /// Parameters asked for, names that do not fit, names that nothing asks for.
    pub fn compare(
        &self,
        checkpoint: &Checkpoint,
        device: &Device,
    ) -> Result<(usize, Vec<WeightsError>, Vec<String>), TaskError> {
        Ok(match self {
            Self::Bert(config) => crate::inspect::compared(&config.init(device)?, checkpoint),
            Self::DistilBert(config) => crate::inspect::compared(&config.init(device)?, checkpoint),
        })
    }
}

fn boxed<M: TextEncoder + 'static>(
    (model, report): (M, LoadReport),
) -> Result<(Box<dyn TextEncoder>, LoadReport), TaskError> {
    Ok((Box::new(model), report))
}
