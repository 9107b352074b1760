//! What a person sets before a picture is made.

use kindling_inputs::Fit;
use kindling_models::diffusion::scheduler::{Sampler, ScheduleOptions, Spacing};
use serde::{Deserialize, Serialize};

use crate::TaskError;

/// Most pictures at once.
const MOST_PICTURES: usize = 16;
/// Longest side in pixels.
const MOST_SIDE: usize = 2048;
/// Largest guidance scale.
const MOST_GUIDANCE: f64 = 100.0;

/// Every knob of a run. What a JSON leaves out has the value of [`GenerateOptions::default`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenerateOptions {
    /// What is to be seen.
    pub prompt: String,
    /// What is not to be seen.
    pub negative_prompt: String,
    /// The way from noise to a picture.
    pub sampler: Sampler,
    /// Karras' noise levels, where the sampler knows them.
    pub karras: bool,
    /// How steps lie on the training steps; as the checkpoint says where there is none.
    pub spacing: Option<Spacing>,
    /// Steps from noise to a picture.
    pub steps: usize,
    /// How far away from the negative prompt (Ho & Salimans 2022, equation 6, as diffusers counts: 1 is none).
    pub guidance: f64,
    /// 0 to 1: fresh noise at each step of DDIM.
    pub eta: f64,
    /// What the first noise is drawn from; picture k of a batch has `seed + k`. As in PyTorch, only the lower 32 bits count.
    pub seed: u64,
    /// Pixels; a multiple of the autoencoder's factor.
    pub width: usize,
    /// Pixels; a multiple of the autoencoder's factor.
    pub height: usize,
    /// Pictures at once.
    pub batch: usize,
    /// How much of the given picture goes: 0 to 1.
    pub strength: f64,
    /// How a given picture of another shape is made to fit.
    pub fit: FitName,
    /// How much a ControlNet counts.
    pub control_weight: f64,
    /// Whether the control picture is already what the ControlNet reads; else its edges are taken.
    pub control_ready: bool,
    /// Canny's lower threshold.
    pub edge_low: f64,
    /// Canny's upper threshold.
    pub edge_high: f64,
    /// Whether previews show what prompt and negative prompt would give by themselves.
    pub panels: bool,
}

/// [`Fit`] by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitName {
    /// Covers, cut around the centre.
    Crop,
    /// Both sides on their own.
    Stretch,
}

impl From<FitName> for Fit {
    fn from(name: FitName) -> Self {
        match name {
            FitName::Crop => Fit::Crop,
            FitName::Stretch => Fit::Stretch,
        }
    }
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative_prompt: String::new(),
            sampler: Sampler::Ddim,
            karras: false,
            spacing: None,
            steps: 20,
            guidance: 5.0,
            eta: 0.0,
            seed: 0,
            width: 64,
            height: 64,
            batch: 1,
            strength: 0.6,
            fit: FitName::Crop,
            control_weight: 1.0,
            control_ready: false,
            edge_low: 100.0,
            edge_high: 200.0,
            panels: false,
        }
    }
}

/// Why a knob cannot stand where it does.
pub(super) fn refused(field: &'static str, reason: impl Into<String>) -> TaskError {
    TaskError::Option { field, reason: reason.into() }
}

impl GenerateOptions {
    /// Checks everything that needs no model but its factor and its training steps.
    pub(super) fn check(&self, factor: usize, train_steps: usize) -> Result<(), TaskError> {
        let between = |field, found: f64, least: f64, most: f64| {
            let fits = found >= least && found <= most;
            fits.then_some(()).ok_or_else(|| refused(field, format!("{found}, not {least} to {most}")))
        };
        between("steps", self.steps as f64, 1.0, train_steps as f64)?;
        between("guidance", self.guidance, 1.0, MOST_GUIDANCE)?;
        between("eta", self.eta, 0.0, 1.0)?;
        between("strength", self.strength, 0.0, 1.0)?;
        between("control_weight", self.control_weight, 0.0, 2.0)?;
        between("batch", self.batch as f64, 1.0, MOST_PICTURES as f64)?;
        for (field, side) in [("width", self.width), ("height", self.height)] {
            between(field, side as f64, factor as f64, MOST_SIDE as f64)?;
            if !side.is_multiple_of(factor) {
                return Err(refused(field, format!("{side}, not a multiple of {factor}")));
            }
        }
        Ok(())
    }

    /// What the scheduler needs to know; the strength counts where a picture is given.
    pub(super) fn schedule(&self, from_picture: bool) -> ScheduleOptions {
        ScheduleOptions {
            steps: self.steps,
            spacing: self.spacing,
            karras: Some(self.karras),
            eta: self.eta,
            strength: if from_picture { self.strength } else { 1.0 },
        }
    }
}

/// Pictures that a run may start from: bytes of PNG, JPEG, WebP or GIF files.
#[derive(Debug, Clone, Default)]
pub struct GenerateInputs {
    /// Image-to-image and inpainting start here.
    pub init: Option<Vec<u8>>,
    /// White is painted anew.
    pub mask: Option<Vec<u8>>,
    /// What the ControlNet is shown.
    pub control: Option<Vec<u8>>,
}
