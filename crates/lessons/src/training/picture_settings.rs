//! How a network is fitted to pictures, and which of them it learns from.

use serde::Deserialize;

use super::Optimiser;
use super::picture_net::PictureModel;
use crate::error::LessonError;
use crate::points::{LessonSplit, in_range};
use crate::polynomial::MAX_L2;

/// Most rows of a step.
pub const MOST_BATCH: usize = 1024;

/// How to fit a network to pictures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PictureSettings {
    /// Which of them are learned from, and which only measured on.
    pub split: LessonSplit,
    /// What is fitted.
    pub model: PictureModel,
    /// λ of λ‖w‖², weights only, added to the loss.
    pub l2: f64,
    /// Learning rate, from 0 to 10.
    pub rate: f64,
    /// Rows a step, from 1 to [`MOST_BATCH`].
    pub batch: usize,
    /// How a step follows a gradient.
    pub optimiser: Optimiser,
    /// Steps between two looks at all parts; 0 is once an epoch.
    pub measure: usize,
    /// Epochs without a lower validation loss after which it ends, set back to the best; `None` never does.
    pub patience: Option<usize>,
    /// Same seed, same fit.
    pub seed: u64,
}

impl PictureSettings {
    /// Whether they fit `count` pictures.
    ///
    /// # Errors
    /// [`LessonError::Setting`] names what is out of range; [`LessonError::Row`]; [`LessonError::TooFewRows`] without training rows.
    pub fn check(&self, count: usize) -> Result<(), LessonError> {
        for rows in [&self.split.train, &self.split.validation, &self.split.test] {
            if let Some(&row) = rows.iter().find(|&&row| row >= count) {
                return Err(LessonError::Row { row, count });
            }
        }
        if self.split.train.is_empty() {
            return Err(LessonError::TooFewRows { found: 0, needed: 1 });
        }
        in_range("l2", self.l2, 0.0, MAX_L2)?;
        in_range("rate", self.rate, 0.0, 10.0)?;
        in_range("batch", self.batch as f64, 1.0, MOST_BATCH as f64)?;
        self.model.check()
    }
}
