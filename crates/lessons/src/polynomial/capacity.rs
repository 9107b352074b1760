//! The U-curve: errors over degrees, for one split and for k folds.

use serde::{Deserialize, Serialize};

use super::{Polynomial, mean_of};
use crate::error::LessonError;
use crate::points::{LessonPoints, LessonSplit, LessonTask, in_range};
use crate::random::Random;

/// Ridge over many degrees, on one split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapacityQuestion {
    /// Points of a regression.
    pub points: LessonPoints,
    /// Which of them are learned from.
    pub split: LessonSplit,
    /// Degrees, each up to [`super::MAX_DEGREE`].
    pub degrees: Vec<usize>,
    /// λ of [`Polynomial::fit`].
    pub l2: f64,
}

/// Mean squared errors in the order of `degrees`. `None`: the part, or the training part, has no rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapacityAnswer {
    /// The degrees, as asked.
    pub degrees: Vec<usize>,
    /// On what was learned from.
    pub train: Vec<Option<f64>>,
    /// On what chooses.
    pub validation: Vec<Option<f64>>,
    /// On what judges.
    pub test: Vec<Option<f64>>,
    /// The degree of the smallest validation error; of equals the lowest.
    pub best: Option<usize>,
}

/// k-fold cross-validation over many degrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldsQuestion {
    /// Points of a regression.
    pub points: LessonPoints,
    /// The rows to part into folds.
    pub rows: Vec<usize>,
    /// Folds: from 2 to the number of rows.
    pub k: usize,
    /// Degrees, each up to [`super::MAX_DEGREE`].
    pub degrees: Vec<usize>,
    /// λ of [`Polynomial::fit`].
    pub l2: f64,
    /// Same seed, same folds.
    pub seed: u64,
}

/// Errors of each degree on the fold left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoldsAnswer {
    /// Folds that there were.
    pub k: usize,
    /// The degrees, as asked.
    pub degrees: Vec<usize>,
    /// Mean of the folds' mean squared errors, for each degree.
    pub mean: Vec<Option<f64>>,
    /// Their standard deviation (with k − 1 below the line), for each degree.
    pub deviation: Vec<Option<f64>>,
    /// For each degree, the mean squared error on each fold.
    pub folds: Vec<Vec<Option<f64>>>,
    /// The degree of the smallest mean; of equals the lowest.
    pub best: Option<usize>,
}

/// Points that a curve can be fitted to.
pub(super) fn check(points: &LessonPoints) -> Result<(), LessonError> {
    points.check()?;
    if points.task == LessonTask::Regression { Ok(()) } else { Err(LessonError::Task) }
}

/// The degree of the smallest error, of equals the lowest.
fn best(degrees: &[usize], errors: &[Option<f64>]) -> Option<usize> {
    let known = degrees.iter().zip(errors).filter_map(|(&degree, error)| Some((degree, (*error)?)));
    known.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))).map(|(degree, _)| degree)
}

/// Fits each degree to the training rows and measures it on all three parts.
///
/// # Errors
/// Those of [`LessonPoints::check`] and [`Polynomial::fit`]; [`LessonError::Row`]; [`LessonError::Task`].
pub fn capacity(question: &CapacityQuestion) -> Result<CapacityAnswer, LessonError> {
    let CapacityQuestion { points, split, degrees, l2 } = question;
    check(points)?;
    let parts = [&split.train, &split.validation, &split.test];
    parts.iter().try_for_each(|rows| points.check_rows(rows))?;
    let parts = parts.map(|rows| points.pick(rows));
    let mut errors: [Vec<Option<f64>>; 3] = Default::default();
    for &degree in degrees {
        let fitted = Polynomial::fit(&parts[0].0, &parts[0].1, degree, *l2)?;
        for (errors, (x, y)) in errors.iter_mut().zip(&parts) {
            errors.push(fitted.as_ref().and_then(|fitted| fitted.error(x, y)));
        }
    }
    let [train, validation, test] = errors;
    let best = best(degrees, &validation);
    Ok(CapacityAnswer { degrees: degrees.clone(), train, validation, test, best })
}

/// Parts the rows into k folds by chance, of sizes that differ by one at most; then fits each degree k times, each time
/// without one fold, and measures it on that fold.
///
/// # Errors
/// Those of [`LessonPoints::check`] and [`Polynomial::fit`]; [`LessonError::Row`]; [`LessonError::Task`];
/// [`LessonError::TooFewRows`] under two rows; [`LessonError::Setting`] for another number of folds.
pub fn folds(question: &FoldsQuestion) -> Result<FoldsAnswer, LessonError> {
    let FoldsQuestion { points, rows, k, degrees, l2, seed } = question;
    if rows.len() < 2 {
        return Err(LessonError::TooFewRows { found: rows.len(), needed: 2 });
    }
    in_range("k", *k as f64, 2.0, rows.len() as f64)?;
    let mut order = rows.clone();
    Random::stream(*seed, 3).shuffle(&mut order);
    let parts: Vec<Vec<usize>> =
        (0..*k).map(|fold| order[fold * order.len() / k..(fold + 1) * order.len() / k].to_vec()).collect();
    over_folds(points, &parts, degrees, *l2)
}

/// [`folds`] over given folds.
///
/// # Errors
/// As [`folds`].
pub fn over_folds(
    points: &LessonPoints,
    parts: &[Vec<usize>],
    degrees: &[usize],
    l2: f64,
) -> Result<FoldsAnswer, LessonError> {
    check(points)?;
    parts.iter().try_for_each(|rows| points.check_rows(rows))?;
    let pick = |fold: usize| {
        let others: Vec<usize> =
            parts.iter().enumerate().filter(|&(other, _)| other != fold).flat_map(|(_, rows)| rows.clone()).collect();
        (points.pick(&others), points.pick(&parts[fold]))
    };
    let picked: Vec<_> = (0..parts.len()).map(pick).collect();
    let mut folds = Vec::with_capacity(degrees.len());
    for &degree in degrees {
        let mut errors = Vec::with_capacity(parts.len());
        for ((x, y), (out_x, out_y)) in &picked {
            errors.push(Polynomial::fit(x, y, degree, l2)?.and_then(|fitted| fitted.error(out_x, out_y)));
        }
        folds.push(errors);
    }
    let (mean, deviation): (Vec<_>, Vec<_>) = folds.iter().map(|errors| moments(errors)).unzip();
    let best = best(degrees, &mean);
    Ok(FoldsAnswer { k: parts.len(), degrees: degrees.to_vec(), mean, deviation, folds, best })
}

/// Mean and standard deviation; both `None` where a value is missing.
fn moments(values: &[Option<f64>]) -> (Option<f64>, Option<f64>) {
    let Some(values) = values.iter().copied().collect::<Option<Vec<f64>>>() else { return (None, None) };
    let Some(mean) = mean_of(values.iter().sum(), values.len()) else { return (None, None) };
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum();
    (Some(mean), mean_of(squares, values.len().saturating_sub(1)).map(f64::sqrt))
}
