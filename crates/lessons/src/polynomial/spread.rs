//! Bias², variance and noise: one capacity fitted again and again.
//!
//! Source: Geman, Bienenstock and Doursat, "Neural Networks and the Bias/Variance Dilemma", 1992: the expected squared
//! error at x is (E f̂(x) − f(x))² + Var f̂(x) + σ². Here all three are means over x from −1 to 1, where the points lie.

use serde::{Deserialize, Serialize};

use super::capacity::check;
use super::{Polynomial, mean_of};
use crate::error::LessonError;
use crate::points::{LessonPoints, PointsQuestion, RegressionShape, Shape, curve_places, in_range, points, truth};
use crate::random::Random;

/// Most refits.
pub const MAX_ROUNDS: usize = 1_000;
/// Places in −1 … 1 over which means are taken: the middles of as many equal parts.
const PLACES: usize = 200;
/// Fresh points for each refit, which are none of those it was fitted to.
const FRESH: usize = 200;

/// Where the samples come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SpreadSource {
    /// Fresh samples of a known shape, each of `count` points.
    Shape(PointsQuestion),
    /// Bootstrap resamples of own points: as many rows, drawn with replacement.
    Own {
        /// Points of a regression.
        points: LessonPoints,
        /// The rows to draw from.
        rows: Vec<usize>,
        /// Same seed, same resamples.
        seed: u64,
    },
}

/// Refits of one capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpreadQuestion {
    /// Where the samples come from.
    pub source: SpreadSource,
    /// Degree, up to [`super::MAX_DEGREE`].
    pub degree: usize,
    /// λ of [`Polynomial::fit`].
    pub l2: f64,
    /// Refits: 2 … [`MAX_ROUNDS`].
    pub rounds: usize,
}

/// What the refits have in common, and how far they lie apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpreadAnswer {
    /// [`curve_places`].
    pub x: Vec<f64>,
    /// Mean of the refits there.
    pub mean: Vec<f64>,
    /// Their 10th percentile.
    pub low: Vec<f64>,
    /// Their 90th percentile.
    pub high: Vec<f64>,
    /// The shape itself, where it is known.
    pub truth: Option<Vec<f64>>,
    /// Squared distance of the mean refit from the shape. `None` where the shape is not known.
    pub bias2: Option<f64>,
    /// Mean squared distance of the refits from their mean.
    pub variance: Option<f64>,
    /// Square of the noise's deviation. `None` where the shape is not known.
    pub noise: Option<f64>,
    /// bias² + variance + noise.
    pub sum: Option<f64>,
    /// Mean squared error of each refit on points that it has not seen: on fresh ones of the shape, which the sum must
    /// meet; of own points on those that were not drawn.
    pub measured: Option<f64>,
}

/// What is gathered from the refits.
struct Refits {
    /// Each refit at the places of the curve.
    curves: Vec<Vec<f64>>,
    /// Each refit at the places over which means are taken.
    values: Vec<Vec<f64>>,
    /// Squared errors on points not seen: their sum and number.
    squares: f64,
    unseen: usize,
}

impl Refits {
    fn new() -> Self {
        Self { curves: Vec::new(), values: Vec::new(), squares: 0.0, unseen: 0 }
    }

    fn add(&mut self, fitted: &Polynomial, places: &[f64], unseen: &LessonPoints) {
        self.curves.push(fitted.curve());
        self.values.push(places.iter().map(|&x| fitted.value(x)).collect());
        self.squares += unseen.x.iter().zip(&unseen.y).map(|(&x, y)| (fitted.value(x) - y).powi(2)).sum::<f64>();
        self.unseen += unseen.len();
    }
}

/// Fits one capacity to many samples.
///
/// # Errors
/// Those of [`points`], [`LessonPoints::check`] and [`Polynomial::fit`]; [`LessonError::Row`]; [`LessonError::Task`];
/// [`LessonError::TooFewRows`] without any; [`LessonError::Setting`] for another number of rounds.
pub fn spread(question: &SpreadQuestion) -> Result<SpreadAnswer, LessonError> {
    in_range("rounds", question.rounds as f64, 2.0, MAX_ROUNDS as f64)?;
    match &question.source {
        SpreadSource::Shape(source) => match source.shape {
            Shape::Regression(shape) => of_shape(question, *source, shape),
            Shape::Classes(_) => Err(LessonError::Task),
        },
        SpreadSource::Own { points, rows, seed } => of_own(question, points, rows, *seed),
    }
}

fn of_shape(
    question: &SpreadQuestion,
    source: PointsQuestion,
    shape: RegressionShape,
) -> Result<SpreadAnswer, LessonError> {
    let places: Vec<f64> = (0..PLACES).map(|place| (2 * place + 1) as f64 / PLACES as f64 - 1.0).collect();
    let mut seeds = Random::stream(source.seed, 4);
    let mut refits = Refits::new();
    for _ in 0..question.rounds {
        let sample = points(PointsQuestion { seed: seeds.bits(), ..source })?;
        let fresh = points(PointsQuestion { seed: seeds.bits(), count: FRESH, ..source })?;
        let fitted = Polynomial::fit(&sample.x, &sample.y, question.degree, question.l2)?;
        let Some(fitted) = fitted else { return Err(LessonError::TooFewRows { found: 0, needed: 1 }) };
        refits.add(&fitted, &places, &fresh);
    }
    let known: Vec<f64> = places.iter().map(|&x| shape.value(x)).collect();
    let (bias2, variance) = bias_and_variance(&refits.values, Some(&known));
    let noise = source.noise * source.noise;
    let sum = bias2.zip(variance).map(|(bias2, variance)| bias2 + variance + noise);
    Ok(SpreadAnswer { bias2, noise: Some(noise), sum, truth: Some(truth(shape)), ..answer(refits, variance) })
}

fn of_own(
    question: &SpreadQuestion,
    points: &LessonPoints,
    rows: &[usize],
    seed: u64,
) -> Result<SpreadAnswer, LessonError> {
    check(points)?;
    points.check_rows(rows)?;
    let places = points.pick(rows).0;
    let mut random = Random::stream(seed, 5);
    let mut refits = Refits::new();
    for _ in 0..question.rounds {
        let mut left = vec![true; rows.len()];
        let drawn: Vec<usize> = (0..rows.len())
            .map(|_| {
                let index = random.below(rows.len());
                left[index] = false;
                rows[index]
            })
            .collect();
        let unseen: Vec<usize> = rows.iter().zip(&left).filter(|(_, left)| **left).map(|(&row, _)| row).collect();
        let (x, y) = points.pick(&drawn);
        let fitted = Polynomial::fit(&x, &y, question.degree, question.l2)?;
        let Some(fitted) = fitted else { return Err(LessonError::TooFewRows { found: 0, needed: 1 }) };
        let (x, y) = points.pick(&unseen);
        refits.add(&fitted, &places, &LessonPoints { task: points.task, x, y, classes: None });
    }
    let (_, variance) = bias_and_variance(&refits.values, None);
    Ok(answer(refits, variance))
}

/// An answer with what both sources have.
fn answer(refits: Refits, variance: Option<f64>) -> SpreadAnswer {
    let x = curve_places();
    let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for place in 0..x.len() {
        let mut values: Vec<f64> = refits.curves.iter().map(|curve| curve[place]).collect();
        values.sort_by(f64::total_cmp);
        mean.push(values.iter().sum::<f64>() / values.len() as f64);
        low.push(percentile(&values, 0.1));
        high.push(percentile(&values, 0.9));
    }
    let measured = mean_of(refits.squares, refits.unseen);
    SpreadAnswer { x, mean, low, high, truth: None, bias2: None, variance, noise: None, sum: None, measured }
}

/// Both without the bias of few rounds: the mean of R refits misses the true mean by variance / R, which would count as
/// bias². What this correction would take from bias² below 0 stays with the variance, so that the sum is the same.
fn bias_and_variance(values: &[Vec<f64>], known: Option<&[f64]>) -> (Option<f64>, Option<f64>) {
    let (rounds, places) = (values.len() as f64, values.first().map_or(0, Vec::len));
    let (mut bias2, mut variance) = (0.0, 0.0);
    for place in 0..places {
        let mean = values.iter().map(|values| values[place]).sum::<f64>() / rounds;
        let squares: f64 = values.iter().map(|values| (values[place] - mean).powi(2)).sum();
        variance += squares / (rounds - 1.0);
        bias2 += known.map_or(0.0, |known| (mean - known[place]).powi(2)) - squares / (rounds - 1.0) / rounds;
    }
    if known.is_some() && bias2 < 0.0 {
        (bias2, variance) = (0.0, variance + bias2);
    }
    (mean_of(bias2, places), mean_of(variance, places))
}

/// Of sorted values, with straight lines between them (numpy's `linear`).
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}
