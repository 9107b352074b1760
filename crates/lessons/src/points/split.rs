//! Points parted into those that are learned from, those that choose, and those that judge.

use serde::{Deserialize, Serialize};

use super::{LessonPoints, in_range};
use crate::error::LessonError;
use crate::random::Random;

/// How to part the points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitQuestion {
    /// All points.
    pub points: LessonPoints,
    /// Share of the points for validation, 0 … 1.
    pub validation: f64,
    /// Share of the points for the test, 0 … 1.
    pub test: f64,
    /// Same seed, same parts.
    pub seed: u64,
}

/// Rows of the points, from 0 and ascending. No row is in two parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonSplit {
    /// What the model learns from.
    pub train: Vec<usize>,
    /// What capacity and stopping are chosen by.
    pub validation: Vec<usize>,
    /// What judges in the end.
    pub test: Vec<usize>,
}

/// Parts the points by chance, each class by the same shares (to within one row). Training keeps a row if there is one.
///
/// # Errors
/// Those of [`LessonPoints::check`]; [`LessonError::Setting`] for shares outside 0 … 1.
pub fn split(question: &SplitQuestion) -> Result<LessonSplit, LessonError> {
    let points = &question.points;
    points.check()?;
    let validation = in_range("validation", question.validation, 0.0, 1.0)?;
    let test = in_range("test", question.test, 0.0, 1.0)?;
    let count = points.len();
    let mut order: Vec<usize> = (0..count).collect();
    Random::stream(question.seed, 2).shuffle(&mut order);
    if let Some(classes) = &points.classes {
        order.sort_by_key(|&row| classes[row]); // stable: by chance within each class
    }
    let spare = count.saturating_sub(1);
    let tests = ((test * count as f64).round() as usize).min(spare);
    let validations = ((validation * count as f64).round() as usize).min(spare - tests);
    let (mut test, rest) = take_evenly(&order, tests);
    let (mut validation, mut train) = take_evenly(&rest, validations);
    for part in [&mut train, &mut validation, &mut test] {
        part.sort_unstable();
    }
    Ok(LessonSplit { train, validation, test })
}

/// Takes `wanted` rows at even distances: as many of each run of the order as its length is worth.
fn take_evenly(order: &[usize], wanted: usize) -> (Vec<usize>, Vec<usize>) {
    let quota = |position: usize| position * wanted / order.len().max(1);
    let taken = |position: usize| quota(position + 1) > quota(position);
    let (taken, left): (Vec<_>, Vec<_>) = order.iter().enumerate().partition(|&(position, _)| taken(position));
    let rows = |part: Vec<(usize, &usize)>| part.into_iter().map(|(_, &row)| row).collect();
    (rows(taken), rows(left))
}
