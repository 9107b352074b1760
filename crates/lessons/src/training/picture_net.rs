//! Networks for pictures of digits, and one for any rows of numbers.

use serde::Deserialize;

use super::convolution::{CELLS, Convolution, SIDE};
use super::layers::{Kept, Layers, draw_kept};
use super::optimiser::Pace;
use super::{Activation, MOST_HIDDEN, Optimiser};
use crate::error::LessonError;
use crate::pictures::CLASSES;
use crate::points::in_range;
use crate::polynomial::MAX_L2;
use crate::random::Random;

/// Most filters of a convolution.
pub const MOST_FILTERS: usize = 32;
/// Most hidden layers over pictures.
pub const MOST_LAYERS: usize = 4;

/// What is fitted to pictures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum PictureModel {
    /// Dense layers; without hidden ones it is softmax regression.
    Mlp {
        /// Units of each hidden layer.
        hidden: Vec<usize>,
        /// Between two layers.
        activation: Activation,
        /// Share of hidden units that a step leaves out.
        dropout: f64,
    },
    /// 3 × 3 convolution, ReLU, 2 × 2 maximum, and dense layers with ReLU.
    Cnn {
        /// Maps of the convolution.
        filters: usize,
        /// Units of each hidden layer after it.
        hidden: Vec<usize>,
        /// Share of hidden units that a step leaves out.
        dropout: f64,
    },
}

impl PictureModel {
    /// # Errors
    /// [`LessonError::Setting`] names what is out of range.
    pub fn check(&self) -> Result<(), LessonError> {
        let (Self::Mlp { hidden, dropout, .. } | Self::Cnn { hidden, dropout, .. }) = self;
        in_range("layers", hidden.len() as f64, 0.0, MOST_LAYERS as f64)?;
        for &units in hidden {
            in_range("units", units as f64, 1.0, MOST_HIDDEN.1 as f64)?;
        }
        in_range("dropout", *dropout, 0.0, 0.95)?;
        if let Self::Cnn { filters, .. } = self {
            in_range("filters", *filters as f64, 1.0, MOST_FILTERS as f64)?;
        }
        Ok(())
    }

    pub(super) fn dropout(&self) -> f64 {
        let (Self::Mlp { dropout, .. } | Self::Cnn { dropout, .. }) = self;
        *dropout
    }
}

/// A network for pictures of 28 × 28.
#[derive(Clone)]
pub(super) struct PictureNet {
    pub(super) front: Option<Convolution>,
    pub(super) layers: Layers,
    back: Vec<f32>,
}

impl PictureNet {
    pub(super) fn new(model: &PictureModel, random: &mut Random) -> Self {
        let (front, hidden, act) = match model {
            PictureModel::Mlp { hidden, activation, .. } => (None, hidden, *activation),
            PictureModel::Cnn { filters, hidden, .. } => {
                (Some(Convolution::new(*filters, random)), hidden, Activation::Relu)
            }
        };
        let inputs = front.as_ref().map_or(SIDE * SIDE, Convolution::outputs);
        let widths: Vec<usize> = [inputs].into_iter().chain(hidden.iter().copied()).chain([CLASSES]).collect();
        Self { front, layers: Layers::new(&widths, act, random), back: Vec::new() }
    }

    /// Numbers that are fitted.
    pub(super) fn parameters(&self) -> usize {
        self.layers.parameters() + self.front.as_ref().map_or(0, |front| 10 * front.filters())
    }

    /// Multiplications of a picture on its way forward.
    pub(super) fn work(&self) -> usize {
        self.layers.parameters() + self.front.as_ref().map_or(0, |front| 4 * 9 * CELLS * CELLS * front.filters().max(8))
    }

    /// Logits, `[rows, 10]`, of `[rows, 28 · 28]`.
    pub(super) fn logits(&mut self, x: &[f32]) -> &[f32] {
        let kept = Kept::new();
        match &mut self.front {
            Some(front) => self.layers.logits(front.forward(x), &kept),
            None => self.layers.logits(x, &kept),
        }
    }

    /// Shares of the digits, `[rows, 10]`, of `[rows, 28 · 28]`.
    pub(super) fn shares(&mut self, x: &[f32]) -> &[f32] {
        let kept = Kept::new();
        match &mut self.front {
            Some(front) => self.layers.shares(front.forward(x), &kept),
            None => self.layers.shares(x, &kept),
        }
    }

    /// As [`Layers::learn`].
    pub(super) fn learn(&mut self, x: &[f32], labels: &[u8], kept: &Kept, (of, fresh): (usize, bool)) -> f64 {
        let Some(front) = &mut self.front else { return self.layers.learn(x, labels, kept, (of, fresh), None) };
        front.forward(x);
        let loss = self.layers.learn(front.given(), labels, kept, (of, fresh), Some(&mut self.back));
        front.learn(x, &self.back, fresh);
        loss
    }

    pub(super) fn follow(&mut self, pace: &Pace) {
        self.layers.follow(pace);
        if let Some(front) = &mut self.front {
            front.follow(pace);
        }
    }

    pub(super) fn draw_kept(&self, rows: usize, dropout: f64, random: &mut Random) -> Kept {
        draw_kept(self.layers.hidden(), rows, dropout, random)
    }

    /// Whether all weights are numbers.
    pub(super) fn is_sound(&self) -> bool {
        (self.layers.squares() + self.front.as_ref().map_or(0.0, Convolution::squares)).is_finite()
    }
}

/// What a [`Trainer`] is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TrainerSettings {
    /// Of what goes in, of each hidden layer, and the number of classes.
    pub widths: Vec<usize>,
    /// Between two layers.
    pub activation: Activation,
    /// How a step follows a gradient.
    pub optimiser: Optimiser,
    /// Learning rate, from 0 to 10.
    pub rate: f64,
    /// λ of λ‖w‖², weights only.
    pub l2: f64,
    /// Same seed, same start.
    pub seed: u64,
}

/// Dense layers that learn classes of any rows of numbers, step by step.
pub struct Trainer {
    settings: TrainerSettings,
    layers: Layers,
    steps: usize,
}

/// Most numbers in a row, and most classes.
const MOST_WIDE: usize = 4096;

impl Trainer {
    /// # Errors
    /// [`LessonError::Setting`] names what is out of range.
    pub fn new(settings: TrainerSettings) -> Result<Self, LessonError> {
        in_range("layers", settings.widths.len() as f64, 2.0, (MOST_HIDDEN.0 + 2) as f64)?;
        for &width in &settings.widths {
            in_range("units", width as f64, 1.0, MOST_WIDE as f64)?;
        }
        let classes = settings.widths.last().copied().unwrap_or_default();
        in_range("classes", classes as f64, 2.0, 256.0)?;
        in_range("rate", settings.rate, 0.0, 10.0)?;
        in_range("l2", settings.l2, 0.0, MAX_L2)?;
        let layers = Layers::new(&settings.widths, settings.activation, &mut Random::stream(settings.seed, 1));
        Ok(Self { settings, layers, steps: 0 })
    }

    /// One step over rows; the mean of their cross-entropies before it, without the penalty.
    ///
    /// # Shapes
    /// - `inputs`: `[rows, widths[0]]`; `labels`: `[rows]`
    ///
    /// # Errors
    /// [`LessonError::Shape`]; [`LessonError::Label`] for a class that is not there; [`LessonError::TooFewRows`] without rows.
    pub fn step(&mut self, inputs: &[f32], labels: &[u8]) -> Result<f64, LessonError> {
        self.check(inputs, labels.len())?;
        let classes = self.settings.widths.last().copied().unwrap_or_default();
        if let Some(row) = labels.iter().position(|&label| usize::from(label) >= classes) {
            return Err(LessonError::Label { row, found: labels[row].to_string() });
        }
        if labels.is_empty() {
            return Err(LessonError::TooFewRows { found: 0, needed: 1 });
        }
        let loss = self.layers.learn(inputs, labels, &Kept::new(), (labels.len(), true), None);
        self.steps += 1;
        let TrainerSettings { optimiser, rate, l2, .. } = self.settings;
        self.layers.follow(&Pace { optimiser, rate: rate as f32, l2: l2 as f32, step: self.steps });
        Ok(loss / labels.len() as f64)
    }

    /// Shares of the classes, `[rows, classes]`, of `[rows, widths[0]]`.
    ///
    /// # Errors
    /// [`LessonError::Shape`].
    pub fn probabilities(&mut self, inputs: &[f32]) -> Result<Vec<f32>, LessonError> {
        self.check(inputs, inputs.len() / self.settings.widths[0])?;
        Ok(self.layers.shares(inputs, &Kept::new()).to_vec())
    }

    fn check(&self, inputs: &[f32], count: usize) -> Result<(), LessonError> {
        let dim = self.settings.widths[0];
        let (values, wanted) = (inputs.len(), count.checked_mul(dim));
        if wanted == Some(values) { Ok(()) } else { Err(LessonError::Shape { values, count, dim }) }
    }
}
