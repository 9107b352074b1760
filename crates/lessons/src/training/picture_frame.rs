//! What a fit of pictures tells.

use serde::Serialize;

use super::{Ended, FitScores};
use crate::metrics::{Averages, ClassScores};

/// Values of the three parts, look by look.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Parts {
    /// Learned from.
    pub train: Vec<Option<f64>>,
    /// Stopped by.
    pub validation: Vec<Option<f64>>,
    /// Only measured on.
    pub test: Vec<Option<f64>>,
}

/// First weights as pictures.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Filters {
    /// How many.
    pub count: usize,
    /// Rows and columns of each.
    pub side: usize,
    /// One after the other, row by row.
    pub values: Vec<f32>,
}

/// What a layer gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerGiven {
    /// `maps` or `units`
    pub kind: &'static str,
    /// `[filters, 13, 13]` or `[units]`
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Vec<f32>,
}

/// What the network makes of one picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureReading {
    /// Shares of the ten digits.
    pub probabilities: Vec<f32>,
    /// What each layer gave; the last are the logits.
    pub layers: Vec<LayerGiven>,
}

/// What is new since the frame before; web/types.lessons.d.ts says more of each field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureFrame {
    /// Epochs done at each look.
    pub epochs: Vec<f64>,
    /// Cross-entropies of the training rows, without dropout.
    pub train: Vec<Option<f64>>,
    /// Of the validation rows.
    pub validation: Vec<Option<f64>>,
    /// Of the test rows.
    pub test: Vec<Option<f64>>,
    /// Shares that are right.
    pub accuracy: Parts,
    /// Scores at the last look.
    pub now: Option<FitScores>,
    /// Epochs done then.
    pub now_epoch: Option<f64>,
    /// Epochs done by now.
    pub epoch: f64,
    /// Steps done by now.
    pub steps: usize,
    /// Steps that an epoch takes.
    pub steps_per_epoch: usize,
    /// How far the look is that is going on.
    pub looking: Option<f64>,
    /// Mean loss of the last step's rows.
    pub batch_loss: Option<f64>,
    /// The epoch of the lowest validation loss.
    pub best_epoch: Option<f64>,
    /// Whether it is over.
    pub ended: Option<Ended>,
    /// The digit that each test row was taken for.
    pub said: Vec<u8>,
    /// The share that it was given.
    pub sure: Vec<f32>,
    /// Counts `[truth, said]` of the test rows.
    pub matrix: Vec<Vec<usize>>,
    /// Scores of each digit.
    pub per_class: Vec<ClassScores>,
    /// Their means.
    #[serde(rename = "macro")]
    pub macro_average: Averages,
    /// First weights.
    pub filters: Filters,
    /// Numbers that are fitted.
    pub parameters: usize,
}
