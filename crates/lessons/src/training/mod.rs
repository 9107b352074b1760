//! Models fitted step by step, so that one can watch: linear ones over a polynomial's terms, and small networks; numbers go in and numbers come out.
//!
//! Points of the plot are fitted with Burn's gradients, on the device of the CPU. Pictures are a thousand times as many numbers: for them
//! the gradients of the few layers that there are, are written out (`layers`, `convolution`), and tests hold them against Burn's and PyTorch's.

mod capacity;
mod convolution;
mod fit;
#[cfg(test)]
mod gradients_tests;
mod layers;
mod network;
mod optimiser;
mod picture_frame;
mod picture_net;
mod picture_settings;
mod pictures;
#[cfg(test)]
mod pictures_tests;
#[cfg(test)]
mod tests;

pub use capacity::{ByWidth, NetworkCapacity, NetworkCapacityAnswer, NetworkCapacityFrame, NetworkCapacityQuestion};
pub use fit::{Ended, Fit, FitFrame, FitScore, FitScores};
pub use picture_frame::{Filters, LayerGiven, Parts, PictureFrame, PictureReading};
pub use picture_net::{MOST_FILTERS, MOST_LAYERS, PictureModel, Trainer, TrainerSettings};
pub use picture_settings::{MOST_BATCH, PictureSettings};
pub use pictures::{Advance, MOST_SHOWN, PictureFit};

use serde::Deserialize;

use crate::error::LessonError;
use crate::points::{LessonPoints, LessonSplit, in_range};
use crate::polynomial::{MAX_DEGREE, MAX_L2};

/// Cells along a side of a decision surface.
pub const GRID: usize = 64;
/// Most hidden layers, and most units of one.
pub const MOST_HIDDEN: (usize, usize) = (8, 512);

/// What a network does between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// tanh(x)
    Tanh,
    /// max(x, 0)
    Relu,
}

/// What is fitted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum LessonModel {
    /// Linear over the Legendre polynomials of x up to a degree, or over products of those of x and of y up to that degree in all; starts at 0.
    Polynomial {
        /// Up to [`MAX_DEGREE`].
        degree: usize,
    },
    /// A multi-layer perceptron; starts as PyTorch's `nn.Linear` does, uniform within ±1/√inputs.
    Mlp {
        /// Units of each hidden layer.
        hidden: Vec<usize>,
        /// Between two layers.
        activation: Activation,
        /// Share of hidden units that a step leaves out (Srivastava et al. 2014), the others made larger in turn.
        dropout: f64,
    },
}

/// How a step follows a gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// w ← w − rate · gradient
    Sgd,
    /// With 0.9 of the step before.
    Momentum,
    /// Kingma & Ba 2015, their own constants.
    Adam,
}

/// What to fit, to what, and how.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FitQuestion {
    /// All points.
    pub points: LessonPoints,
    /// Which of them are learned from, and which only measured on.
    pub split: LessonSplit,
    /// What is fitted.
    pub model: LessonModel,
    /// λ of λ‖w‖², weights only, added to the loss.
    pub l2: f64,
    /// Learning rate, from 0 to 10.
    pub rate: f64,
    /// Rows a step; 0 is all of them.
    pub batch: usize,
    /// How a step follows a gradient.
    pub optimiser: Optimiser,
    /// Epochs without a lower validation loss after which it ends, set back to the best; `None` never does.
    pub patience: Option<usize>,
    /// Same seed, same fit.
    pub seed: u64,
}

impl FitQuestion {
    /// # Errors
    /// [`LessonError::Setting`] names what is out of range; the points' own errors; [`LessonError::TooFewRows`] without training rows.
    pub fn check(&self) -> Result<(), LessonError> {
        self.points.check()?;
        for rows in [&self.split.train, &self.split.validation, &self.split.test] {
            self.points.check_rows(rows)?;
        }
        if self.split.train.is_empty() {
            return Err(LessonError::TooFewRows { found: 0, needed: 1 });
        }
        in_range("l2", self.l2, 0.0, MAX_L2)?;
        in_range("rate", self.rate, 0.0, 10.0)?;
        match &self.model {
            LessonModel::Polynomial { degree } => in_range("degree", *degree as f64, 0.0, MAX_DEGREE as f64)?,
            LessonModel::Mlp { hidden, dropout, .. } => {
                in_range("layers", hidden.len() as f64, 0.0, MOST_HIDDEN.0 as f64)?;
                for &units in hidden {
                    in_range("units", units as f64, 1.0, MOST_HIDDEN.1 as f64)?;
                }
                in_range("dropout", *dropout, 0.0, 0.95)?
            }
        };
        Ok(())
    }
}
