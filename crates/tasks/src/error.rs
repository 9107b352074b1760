//! The one error type of this crate.

use kindling_inputs::InputError;
use kindling_weights::WeightsError;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// A text, table or tokenizer was refused.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file of weights was refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A field of a JSON file cannot be run.
    #[error(transparent)]
    Config(#[from] kindling_models::ConfigError),
    /// A JSON file is not what it should be.
    #[error("unreadable {file}: {reason}")]
    Json {
        /// Name of the file.
        file: &'static str,
        /// The parser's own words.
        reason: String,
    },
    /// A checkpoint of an architecture that is not here.
    #[error("architecture {found}, not one of {known}")]
    Architecture {
        /// As `model_type` says.
        found: String,
        /// Those that would do.
        known: &'static str,
    },
    /// The question itself cannot be asked.
    #[error("unanswerable question: {reason}")]
    Question {
        /// What is missing.
        reason: &'static str,
    },
    /// What is wrong in one part of a model of several.
    #[error("{part}: {error}")]
    Part {
        /// The folder, `unet` for instance.
        part: &'static str,
        /// What is wrong there.
        error: Box<TaskError>,
    },
    /// A knob of a run stands where it cannot.
    #[error("unusable option `{field}`: {reason}")]
    Option {
        /// The knob.
        field: &'static str,
        /// What it holds, and what it may hold.
        reason: String,
    },
    /// A picture of edges for a model without a ControlNet.
    #[error("no ControlNet in this checkpoint")]
    NoControlNet,
    /// Latents that are no numbers any more.
    #[error("latents without a finite value after step {step}")]
    NotFiniteStep {
        /// Passes of the U-Net done.
        step: usize,
    },
    /// The device gave nothing back.
    #[error("device failure: {reason}")]
    Device {
        /// The backend's own words.
        reason: String,
    },
    /// A result that is not a number: the model or the device is broken.
    #[error("result without a finite value for input {row}")]
    NotFinite {
        /// Which text or picture, from 0.
        row: usize,
    },
}

impl TaskError {
    /// Says in which part of a model it is.
    pub(crate) fn of(part: &'static str) -> impl FnOnce(Self) -> Self {
        move |error| Self::Part { part, error: Box::new(error) }
    }

    /// The family by which a page words the error.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Input(error) => error.kind(),
            Self::Part { error, .. } => error.kind(),
            Self::Weights(WeightsError::MissingTensor { .. }) => "missing_tensor",
            Self::Weights(WeightsError::Shape { .. }) => "shape",
            Self::Weights(WeightsError::NotFinite { .. }) | Self::NotFinite { .. } | Self::NotFiniteStep { .. } => {
                "not_finite"
            }
            Self::Option { .. } => "generate_options",
            Self::NoControlNet => "no_controlnet",
            Self::Weights(_) => "weights",
            Self::Config(_) | Self::Json { .. } | Self::Architecture { .. } => "config",
            Self::Question { .. } => "input",
            Self::Device { .. } => "device",
        }
    }
}

/// `model_type` of `config.json`, or `_class_name` as diffusers writes it; read before any field is missed.
///
/// # Errors
/// [`TaskError::Json`].
pub fn architecture(bytes: &[u8]) -> Result<String, TaskError> {
    let value: serde_json::Value = json("config.json", bytes)?;
    let name = value.get("model_type").or_else(|| value.get("_class_name"));
    Ok(name.and_then(|v| v.as_str()).unwrap_or("unnamed").to_string())
}

/// `tokenizer_class` of `config.json`, for folders whose tokenizer has no file that says it.
pub(crate) fn tokenizer_class(config: &[u8]) -> Option<String> {
    let value: serde_json::Value = json("config.json", config).ok()?;
    Some(value.get("tokenizer_class")?.as_str()?.to_owned())
}

/// The fields of `config.json`.
pub(crate) fn fields<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, TaskError> {
    json("config.json", bytes)
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(file: &'static str, bytes: &[u8]) -> Result<T, TaskError> {
    // A configuration is small; a large one is an accident or an attack.
    const MOST: usize = 1 << 20;
    if bytes.len() > MOST {
        return Err(TaskError::Json { file, reason: format!("{} bytes, above the limit of {MOST}", bytes.len()) });
    }
    serde_json::from_slice(bytes).map_err(|error| TaskError::Json { file, reason: error.to_string() })
}
