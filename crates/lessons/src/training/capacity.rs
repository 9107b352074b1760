//! The U-curve of networks: one hidden layer, width by width.

use serde::{Deserialize, Serialize};

use super::{Activation, Ended, Fit, FitQuestion, FitScore, FitScores, LessonModel, MOST_HIDDEN, Optimiser};
use crate::error::LessonError;
use crate::points::{LessonPoints, LessonSplit, in_range};

/// Most widths of one curve, and most epochs of a fit.
const MOST: (usize, usize) = (32, 5_000);

/// What to fit at which widths.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct NetworkCapacityQuestion {
    /// All points.
    pub points: LessonPoints,
    /// Which of them are learned from.
    pub split: LessonSplit,
    /// Units of the hidden layer, 32 widths at most.
    pub widths: Vec<usize>,
    /// After the hidden layer.
    pub activation: Activation,
    /// Share of hidden units that a step leaves out.
    pub dropout: f64,
    /// λ of λ‖w‖², weights only.
    pub l2: f64,
    /// Learning rate, from 0 to 10.
    pub rate: f64,
    /// Rows a step; 0 is all of them.
    pub batch: usize,
    /// How a step follows a gradient.
    pub optimiser: Optimiser,
    /// Epochs without a lower validation loss after which a fit ends; it counts as it was at its best. `None`: all epochs, and as it is then.
    pub patience: Option<usize>,
    /// Epochs of a fit, up to 5,000.
    pub epochs: usize,
    /// Same seed, same curve.
    pub seed: u64,
}

/// Values of the three parts, in the order of the widths.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ByWidth {
    /// Learned from.
    pub train: Vec<Option<f64>>,
    /// Stopped by.
    pub validation: Vec<Option<f64>>,
    /// Only measured on.
    pub test: Vec<Option<f64>>,
}

/// `None` where a width is not yet fitted, has diverged, or a part has no rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkCapacityAnswer {
    /// As asked.
    pub widths: Vec<usize>,
    /// Mean squared errors or cross-entropies.
    #[serde(flatten)]
    pub losses: ByWidth,
    /// The width of the smallest validation loss; of equals the smallest.
    pub best: Option<usize>,
    /// Shares that are right, in classification.
    pub accuracy: ByWidth,
    /// The epoch that counts.
    pub epochs: Vec<Option<usize>>,
    /// Numbers that are fitted.
    pub parameters: Vec<usize>,
}

/// The answer as far as it has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkCapacityFrame {
    /// What is known.
    #[serde(flatten)]
    pub answer: NetworkCapacityAnswer,
    /// Widths that are done.
    pub done: usize,
    /// How far all is, from 0 to 1.
    pub share: f64,
}

/// A U-curve that goes on epoch by epoch.
pub struct NetworkCapacity {
    question: NetworkCapacityQuestion,
    answer: NetworkCapacityAnswer,
    fit: Option<Fit>,
    done: usize,
    epoch: usize,
}

impl NetworkCapacity {
    /// Ready for the first epoch of the first width.
    ///
    /// # Errors
    /// As [`FitQuestion::check`], and [`LessonError::Setting`] for the widths and the epochs.
    pub fn new(question: NetworkCapacityQuestion) -> Result<Self, LessonError> {
        in_range("widths", question.widths.len() as f64, 1.0, MOST.0 as f64)?;
        in_range("epochs", question.epochs as f64, 1.0, MOST.1 as f64)?;
        for &width in &question.widths {
            in_range("units", width as f64, 1.0, MOST_HIDDEN.1 as f64)?;
        }
        let count = question.widths.len();
        let empty = || ByWidth { train: vec![None; count], validation: vec![None; count], test: vec![None; count] };
        let answer = NetworkCapacityAnswer {
            widths: question.widths.clone(),
            losses: empty(),
            best: None,
            accuracy: empty(),
            epochs: vec![None; count],
            parameters: vec![0; count],
        };
        let mut capacity = Self { question, answer, fit: None, done: 0, epoch: 0 };
        for at in 0..count {
            capacity.answer.parameters[at] = capacity.begun(at)?.parameters();
        }
        capacity.fit = Some(capacity.begun(0)?);
        Ok(capacity)
    }

    fn begun(&self, at: usize) -> Result<Fit, LessonError> {
        let NetworkCapacityQuestion { points, split, activation, dropout, .. } = &self.question;
        let (activation, dropout) = (*activation, *dropout);
        Fit::new(FitQuestion {
            points: points.clone(),
            split: split.clone(),
            model: LessonModel::Mlp { hidden: vec![self.question.widths[at]], activation, dropout },
            l2: self.question.l2,
            rate: self.question.rate,
            batch: self.question.batch,
            optimiser: self.question.optimiser,
            patience: self.question.patience,
            seed: self.question.seed,
        })
    }

    /// One epoch; whether all widths are done.
    ///
    /// # Errors
    /// None that [`NetworkCapacity::new`] has not given already.
    pub fn step(&mut self) -> Result<bool, LessonError> {
        let Some(fit) = &mut self.fit else { return Ok(true) };
        fit.epoch();
        self.epoch += 1;
        if fit.ended().is_none() && self.epoch < self.question.epochs {
            return Ok(false);
        }
        let counts = if self.question.patience.is_some() { fit.best().unwrap_or(fit.now()) } else { fit.now() };
        if fit.ended() != Some(Ended::Diverged) {
            self.note(counts);
        }
        self.done += 1;
        self.epoch = 0;
        self.fit = if self.done < self.question.widths.len() { Some(self.begun(self.done)?) } else { None };
        Ok(self.fit.is_none())
    }

    fn note(&mut self, (epoch, scores): (usize, FitScores)) {
        let (at, answer) = (self.done, &mut self.answer);
        answer.epochs[at] = Some(epoch);
        for (values, score) in [
            (&mut answer.losses, (|score| score.loss) as fn(FitScore) -> Option<f64>),
            (&mut answer.accuracy, |score| score.accuracy),
        ] {
            values.train[at] = score(scores.train);
            values.validation[at] = score(scores.validation);
            values.test[at] = score(scores.test);
        }
        let known =
            answer.widths.iter().zip(&answer.losses.validation).filter_map(|(&width, loss)| Some((width, (*loss)?)));
        answer.best = known.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))).map(|(width, _)| width);
    }

    /// What is known by now.
    pub fn frame(&self) -> NetworkCapacityFrame {
        let part = if self.fit.is_some() { self.epoch as f64 / self.question.epochs as f64 } else { 0.0 };
        let share = (self.done as f64 + part) / self.question.widths.len() as f64;
        NetworkCapacityFrame { answer: self.answer.clone(), done: self.done, share }
    }
}
