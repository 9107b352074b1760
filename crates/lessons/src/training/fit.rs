//! One fit: epochs, what they measure, and when to stop.

use burn::module::Module;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::Serialize;

use super::network::{Network, features};
use super::{Activation, FitQuestion, GRID, LessonModel, Optimiser};
use crate::error::LessonError;
use crate::points::{LessonTask, REACH, curve_places};
use crate::random::Random;

/// How well a part of the points is met; `None`: the part has no rows, or the number is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct FitScore {
    /// Mean squared error, or mean cross-entropy in nats.
    pub loss: Option<f64>,
    /// Share of classes that are right; `None` in regression.
    pub accuracy: Option<f64>,
}

/// Of all three parts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct FitScores {
    /// Learned from.
    pub train: FitScore,
    /// Stopped by.
    pub validation: FitScore,
    /// Only measured on.
    pub test: FitScore,
}

/// Why a fit is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// The validation loss has not fallen for as many epochs as were allowed: set back to the best epoch.
    Patience,
    /// The training loss is no number any more: set back to the last epoch where it was.
    Diverged,
}

/// What is new since the frame before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FitFrame {
    /// Epochs done, counted from 0, which is before the first step.
    pub epochs: Vec<usize>,
    /// Losses after each, of the training rows without dropout.
    pub train: Vec<Option<f64>>,
    /// Of the validation rows.
    pub validation: Vec<Option<f64>>,
    /// Of the test rows.
    pub test: Vec<Option<f64>>,
    /// Scores of the model as it is now.
    pub now: FitScores,
    /// The epoch whose validation loss was lowest.
    pub best_epoch: Option<usize>,
    /// Whether it is over.
    pub ended: Option<Ended>,
    /// Regression: the fitted value at [`curve_places`]. Classification: the share of class 1 at the centres of [`GRID`] × [`GRID`] cells of the plot,
    /// row by row from the top.
    pub surface: Vec<f32>,
    /// Numbers that are fitted.
    pub parameters: usize,
    /// Steps that an epoch takes.
    pub steps_per_epoch: usize,
}

/// A model at an epoch.
#[derive(Clone)]
struct Kept {
    epoch: usize,
    model: Network,
    scores: FitScores,
}

/// A fit that goes on epoch by epoch.
pub struct Fit {
    question: FitQuestion,
    act: Activation,
    dropout: f64,
    /// The one that keeps gradients.
    device: Device,
    /// Of every point, row by row.
    inputs: Vec<f32>,
    width: usize,
    targets: Vec<f32>,
    /// Of the places of the surface.
    places: Vec<f32>,
    model: Option<Network>,
    optimiser: ModuleOptimizer,
    random: Random,
    epoch: usize,
    now: Kept,
    best: Option<Kept>,
    ended: Option<Ended>,
    news: Vec<(usize, FitScores)>,
}

impl Fit {
    /// Ready for the first epoch; the first frame is that of the model as it starts.
    ///
    /// # Errors
    /// As [`FitQuestion::check`].
    pub fn new(question: FitQuestion) -> Result<Self, LessonError> {
        question.check()?;
        let device = Device::flex().autodiff();
        let (hidden, act, dropout) = match &question.model {
            LessonModel::Polynomial { .. } => (&[][..], Activation::Tanh, 0.0),
            LessonModel::Mlp { hidden, activation, dropout } => (&hidden[..], *activation, *dropout),
        };
        let points = &question.points;
        let told = |x: f64, y: f64| features(&question.model, points.task, x, y);
        let inputs: Vec<f32> = points.x.iter().zip(&points.y).flat_map(|(&x, &y)| told(x, y)).collect();
        let width = told(0.0, 0.0).len();
        let targets = match &points.classes {
            Some(classes) => classes.iter().map(|&class| f32::from(class)).collect(),
            None => points.y.iter().map(|&y| y as f32).collect(),
        };
        let places = surface_places(points.task).into_iter().flat_map(|(x, y)| told(x, y)).collect();
        let widths: Vec<usize> = [width].into_iter().chain(hidden.iter().copied()).chain([1]).collect();
        let mut random = Random::stream(question.seed, 1);
        let start = matches!(question.model, LessonModel::Mlp { .. }).then_some(&mut random);
        let model = Network::new(&widths, start, &device);
        let optimiser = match question.optimiser {
            Optimiser::Sgd => SgdConfig::new().init(),
            Optimiser::Momentum => SgdConfig::new()
                .with_momentum(Some(MomentumConfig::new().with_momentum(0.9).with_dampening(0.0)))
                .init(),
            Optimiser::Adam => AdamConfig::new().with_epsilon(1e-8).init(),
        };
        let now = Kept { epoch: 0, model: model.valid(), scores: FitScores::default() };
        let mut fit = Self {
            question,
            act,
            dropout,
            device,
            inputs,
            width,
            targets,
            places,
            model: Some(model),
            optimiser,
            random,
            epoch: 0,
            now,
            best: None,
            ended: None,
            news: Vec::new(),
        };
        fit.measure();
        Ok(fit)
    }

    /// Whether it is over.
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// Epochs done, and the scores after the last.
    pub(super) fn now(&self) -> (usize, FitScores) {
        (self.now.epoch, self.now.scores)
    }

    /// The same of the epoch whose validation loss was lowest.
    pub(super) fn best(&self) -> Option<(usize, FitScores)> {
        self.best.as_ref().map(|best| (best.epoch, best.scores))
    }

    /// Numbers that are fitted.
    pub(super) fn parameters(&self) -> usize {
        match &self.question.model {
            LessonModel::Polynomial { degree: 0 } => 1,
            _ => self.now.model.layers.iter().map(|layer| (layer.weight.dims()[0] + 1) * layer.weight.dims()[1]).sum(),
        }
    }

    fn steps_per_epoch(&self) -> usize {
        self.question.split.train.len().div_ceil(self.batch())
    }

    fn batch(&self) -> usize {
        match self.question.batch {
            0 => self.question.split.train.len(),
            batch => batch.min(self.question.split.train.len()),
        }
    }

    /// Once over the training rows, in a new order; nothing where it is over.
    pub fn epoch(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let mut order = self.question.split.train.clone();
        self.random.shuffle(&mut order);
        for rows in order.chunks(self.batch()) {
            self.step(rows);
        }
        self.epoch += 1;
        self.measure();
    }

    fn step(&mut self, rows: &[usize]) {
        let Some(model) = self.model.take() else { return };
        let width = self.width;
        let inputs: Vec<f32> = rows.iter().flat_map(|row| &self.inputs[row * width..][..width]).copied().collect();
        let targets: Vec<f32> = rows.iter().map(|&row| self.targets[row]).collect();
        let x = Tensor::<2>::from_data(TensorData::new(inputs, [rows.len(), width]), &self.device); // [rows, inputs]
        let y = Tensor::<2>::from_data(TensorData::new(targets, [rows.len(), 1]), &self.device); // [rows, 1]
        let kept = self.kept(&model, rows.len());
        let out = model.forward(x, self.act, &kept); // [rows, 1]
        let loss = match self.question.points.task {
            LessonTask::Regression => {
                let away = out - y;
                (away.clone() * away).mean()
            }
            // −log of what the right class is given: σ(z), or 1 − σ(z) = σ(−z)
            LessonTask::Classification => -activation::log_sigmoid(out * (y * 2.0 - 1.0)).mean(),
        };
        let loss = match model.squares().filter(|_| self.question.l2 > 0.0) {
            Some(squares) => loss + squares * self.question.l2,
            None => loss,
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        self.model = Some(self.optimiser.step(self.question.rate, model, gradients));
    }

    /// Which hidden units count in a step, and how much: `[rows, units]` a layer.
    fn kept(&mut self, model: &Network, rows: usize) -> Vec<Tensor<2>> {
        if self.dropout == 0.0 {
            return Vec::new();
        }
        let (dropout, random) = (self.dropout, &mut self.random);
        let scale = (1.0 / (1.0 - dropout)) as f32;
        let hidden = &model.layers[..model.layers.len() - 1];
        let masks = hidden.iter().map(|layer| {
            let units = layer.weight.dims()[1];
            let mask = (0..rows * units).map(|_| if random.uniform() < dropout { 0.0 } else { scale });
            Tensor::from_data(TensorData::new(mask.collect::<Vec<f32>>(), [rows, units]), &self.device)
        });
        masks.collect()
    }

    /// Scores of the model as it is, and what follows from them.
    fn measure(&mut self) {
        let Some(model) = self.model.as_ref().map(Module::valid) else { return };
        let out = self.values(&model, self.inputs.clone());
        let of = |rows: &[usize]| self.score(rows, &out);
        let split = &self.question.split;
        let scores = FitScores { train: of(&split.train), validation: of(&split.validation), test: of(&split.test) };
        self.news.push((self.epoch, scores));
        if scores.train.loss.is_none() {
            self.ended = Some(Ended::Diverged);
            return;
        }
        self.now = Kept { epoch: self.epoch, model, scores };
        let lowest = self.best.as_ref().and_then(|best| best.scores.validation.loss);
        if let Some(loss) = scores.validation.loss
            && lowest.is_none_or(|lowest| loss < lowest)
        {
            self.best = Some(self.now.clone());
        }
        if let (Some(best), Some(patience)) = (&self.best, self.question.patience)
            && self.epoch - best.epoch >= patience.max(1)
        {
            self.now = best.clone();
            self.ended = Some(Ended::Patience);
        }
    }

    /// What comes out for rows of inputs.
    fn values(&self, model: &Network, inputs: Vec<f32>) -> Vec<f32> {
        let rows = inputs.len() / self.width;
        let x = Tensor::<2>::from_data(TensorData::new(inputs, [rows, self.width]), &Device::flex());
        at_once(model.forward(x, self.act, &[]))
    }

    fn score(&self, rows: &[usize], out: &[f32]) -> FitScore {
        if rows.is_empty() {
            return FitScore::default();
        }
        let pairs = || rows.iter().map(|&row| (f64::from(out[row]), f64::from(self.targets[row])));
        let count = rows.len() as f64;
        let (loss, accuracy) = match self.question.points.task {
            LessonTask::Regression => (pairs().map(|(out, y)| (out - y).powi(2)).sum::<f64>() / count, None),
            LessonTask::Classification => {
                let loss = |(out, class): (f64, f64)| softplus(if class > 0.5 { -out } else { out });
                let right = pairs().filter(|&(out, class)| (out > 0.0) == (class > 0.5)).count();
                (pairs().map(loss).sum::<f64>() / count, Some(right as f64 / count))
            }
        };
        FitScore { loss: loss.is_finite().then_some(loss), accuracy }
    }

    /// What is new since the last frame.
    pub fn frame(&mut self) -> FitFrame {
        let news = std::mem::take(&mut self.news);
        let losses = |part: fn(&FitScores) -> FitScore| news.iter().map(|(_, scores)| part(scores).loss).collect();
        let mut surface = self.values(&self.now.model, self.places.clone());
        if self.question.points.task == LessonTask::Classification {
            surface.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
        }
        FitFrame {
            epochs: news.iter().map(|(epoch, _)| *epoch).collect(),
            train: losses(|scores| scores.train),
            validation: losses(|scores| scores.validation),
            test: losses(|scores| scores.test),
            now: self.now.scores,
            best_epoch: self.best.as_ref().map(|best| best.epoch),
            ended: self.ended,
            surface,
            parameters: self.parameters(),
            steps_per_epoch: self.steps_per_epoch(),
        }
    }
}

/// log(1 + eˣ), without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Where a surface is looked at.
fn surface_places(task: LessonTask) -> Vec<(f64, f64)> {
    match task {
        LessonTask::Regression => curve_places().into_iter().map(|x| (x, 0.0)).collect(),
        LessonTask::Classification => {
            let centre = |cell: usize| 2.0 * REACH * ((cell as f64 + 0.5) / GRID as f64 - 0.5);
            (0..GRID * GRID).map(|cell| (centre(cell % GRID), -centre(cell / GRID))).collect()
        }
    }
}

/// The numbers of a tensor of the CPU's device, which has them at hand: its future is ready when it is first asked.
pub(super) fn at_once<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let future = std::pin::pin!(tensor.into_data_async());
    match future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(Ok(data)) => data.try_to_vec().unwrap_or_default(),
        _ => Vec::new(),
    }
}
