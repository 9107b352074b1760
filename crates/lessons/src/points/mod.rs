//! Points of the overfitting lab: drawn from known shapes with noise, or read from somebody's table.
//!
//! The plot is the square from −1.25 to 1.25; generated points lie in about −1 … 1 of it. Every point has its own
//! draws, in order: a longer sample begins with the shorter one, and more noise moves each point along its own way.

mod read;
mod shapes;
mod split;

pub use read::{ReadPoints, Scale, read_points};
pub use shapes::{ClassShape, RegressionShape, Shape};
pub use split::{LessonSplit, SplitQuestion, split};

use serde::{Deserialize, Serialize};

use crate::error::LessonError;

/// Half a side of the plot.
pub const REACH: f64 = 1.25;
/// Places from −[`REACH`] to [`REACH`] at which curves are given, both ends included.
pub const CURVE_POINTS: usize = 161;
/// Most points that a lesson takes.
pub const MAX_POINTS: usize = 10_000;
/// Furthest from 0 that a point may lie: its 20th power squared is still a finite number.
pub const FURTHEST: f64 = 1e6;

/// What is learned from the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LessonTask {
    /// y from x.
    Regression,
    /// The class from (x, y).
    Classification,
}

/// What a generator draws from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PointsQuestion {
    /// What lies beneath.
    pub shape: Shape,
    /// Points, [`MAX_POINTS`] at most.
    pub count: usize,
    /// Standard deviation of the noise in units of the plot, from 0 to 2: of y in regression, of x and of y else.
    pub noise: f64,
    /// Same seed, same points.
    pub seed: u64,
}

/// Points of the plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonPoints {
    /// What is learned from them.
    pub task: LessonTask,
    /// First coordinates.
    pub x: Vec<f64>,
    /// Second coordinates: what is predicted in regression.
    pub y: Vec<f64>,
    /// 0 or 1 for each point of a classification.
    pub classes: Option<Vec<u8>>,
}

impl LessonPoints {
    /// How many points there are.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// Whether they can be learned from.
    ///
    /// # Errors
    /// [`LessonError::Lengths`], [`LessonError::NotFinite`], [`LessonError::Far`], [`LessonError::Classes`] for a
    /// class that is neither 0 nor 1, [`LessonError::TooManyRows`].
    pub fn check(&self) -> Result<(), LessonError> {
        let (x, y, classes) = (self.x.len(), self.y.len(), self.classes.as_ref().map_or(0, Vec::len));
        if x != y || (self.task == LessonTask::Classification || self.classes.is_some()) && classes != x {
            return Err(LessonError::Lengths { x, y, classes });
        }
        if x > MAX_POINTS {
            return Err(LessonError::TooManyRows { found: x, limit: MAX_POINTS });
        }
        for (row, (x, y)) in self.x.iter().zip(&self.y).enumerate() {
            if !x.is_finite() || !y.is_finite() {
                return Err(LessonError::NotFinite { row });
            }
            if x.abs().max(y.abs()) > FURTHEST {
                return Err(LessonError::Far { row, limit: FURTHEST });
            }
        }
        match self.classes.iter().flatten().max() {
            Some(&largest) if largest > 1 => Err(LessonError::Classes { found: usize::from(largest) + 1 }),
            _ => Ok(()),
        }
    }

    /// Whether all of `rows` exist.
    ///
    /// # Errors
    /// [`LessonError::Row`] with the first that does not.
    pub fn check_rows(&self, rows: &[usize]) -> Result<(), LessonError> {
        match rows.iter().find(|&&row| row >= self.len()) {
            Some(&row) => Err(LessonError::Row { row, count: self.len() }),
            None => Ok(()),
        }
    }

    /// (x, y) of some rows, which must exist.
    pub(crate) fn pick(&self, rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
        (rows.iter().map(|&row| self.x[row]).collect(), rows.iter().map(|&row| self.y[row]).collect())
    }
}

/// Checks a setting that must be a number in a range.
pub(crate) fn in_range(name: &'static str, value: f64, low: f64, high: f64) -> Result<f64, LessonError> {
    if (low..=high).contains(&value) { Ok(value) } else { Err(LessonError::Setting { name, low, high }) }
}

/// Draws points.
///
/// # Errors
/// [`LessonError::Setting`] for a noise that is no number from 0 to 2; [`LessonError::TooManyRows`].
pub fn points(question: PointsQuestion) -> Result<LessonPoints, LessonError> {
    let PointsQuestion { shape, count, noise, seed } = question;
    in_range("noise", noise, 0.0, 2.0)?;
    if count > MAX_POINTS {
        return Err(LessonError::TooManyRows { found: count, limit: MAX_POINTS });
    }
    Ok(shape.draw(count, noise, seed))
}

/// The places at which curves are given: [`CURVE_POINTS`] of them, from −[`REACH`] to [`REACH`].
pub fn curve_places() -> Vec<f64> {
    let step = 2.0 * REACH / (CURVE_POINTS - 1) as f64;
    (0..CURVE_POINTS).map(|place| -REACH + step * place as f64).collect()
}

/// A shape without noise at [`curve_places`].
pub fn truth(shape: RegressionShape) -> Vec<f64> {
    curve_places().into_iter().map(|x| shape.value(x)).collect()
}
