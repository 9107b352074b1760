//! Scores of a classifier, as scikit-learn defines them, but for what is undefined.
//!
//! scikit-learn answers 0 (with a warning) where a ratio has nothing below its line; here it is `None`.

use std::collections::HashMap;

use serde::Serialize;

/// Why there is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetricsError {
    /// Not one prediction for each true label.
    #[error("{predicted} predictions for {truth} labels")]
    Lengths {
        /// True labels.
        truth: usize,
        /// Predictions.
        predicted: usize,
    },
}

/// One class against all others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassScores {
    /// Of the rows predicted as this class, the share that are: tp / (tp + fp). `None` where none was predicted.
    pub precision: Option<f64>,
    /// Of the rows of this class, the share found: tp / (tp + fn). `None` where there are none.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall: 2·tp / (2·tp + fp + fn). `None` where either is undefined.
    pub f1: Option<f64>,
    /// Rows of this class.
    pub support: usize,
}

/// Precision, recall and F1 over all classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Averages {
    /// Mean precision.
    pub precision: Option<f64>,
    /// Mean recall.
    pub recall: Option<f64>,
    /// Mean F1.
    pub f1: Option<f64>,
}

/// What a classifier got right and wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// The classes: first those of the truth, then those only predicted, each in order of appearance.
    pub classes: Vec<String>,
    /// Counts, `[truth, predicted]`, both in the order of `classes` (`sklearn.metrics.confusion_matrix`).
    pub matrix: Vec<Vec<usize>>,
    /// Share of rows that are right (`accuracy_score`); `None` without rows.
    pub accuracy: Option<f64>,
    /// Mean recall of the classes that occur in the truth (`balanced_accuracy_score`, not adjusted): one half for
    /// guessing between two classes, however rare one is. `None` without rows, and with one true class only,
    /// where it would say nothing that accuracy does not.
    pub balanced_accuracy: Option<f64>,
    /// Scores in the order of `classes`.
    pub per_class: Vec<ClassScores>,
}

impl ClassReport {
    /// Compares predictions with the truth, row by row. Labels are compared as they are, letter by letter.
    ///
    /// # Errors
    /// [`MetricsError::Lengths`] where there are more of one than of the other.
    pub fn new<T: AsRef<str>, P: AsRef<str>>(truth: &[T], predicted: &[P]) -> Result<Self, MetricsError> {
        if truth.len() != predicted.len() {
            return Err(MetricsError::Lengths { truth: truth.len(), predicted: predicted.len() });
        }
        let labels = truth.iter().map(AsRef::as_ref).chain(predicted.iter().map(AsRef::as_ref));
        let mut index: HashMap<&str, usize> = HashMap::new();
        let mut classes: Vec<String> = Vec::new();
        for label in labels {
            index.entry(label).or_insert_with(|| {
                classes.push(label.to_owned());
                classes.len() - 1
            });
        }
        let mut matrix = vec![vec![0usize; classes.len()]; classes.len()];
        for (truth, predicted) in truth.iter().zip(predicted) {
            matrix[index[truth.as_ref()]][index[predicted.as_ref()]] += 1;
        }
        Ok(Self::from_matrix(classes, matrix))
    }

    /// Scores of a square matrix of counts, `[truth, predicted]`.
    pub(crate) fn from_matrix(classes: Vec<String>, matrix: Vec<Vec<usize>>) -> Self {
        let total: usize = matrix.iter().flatten().sum();
        let right: usize = (0..classes.len()).map(|class| matrix[class][class]).sum();
        let per_class: Vec<_> = (0..classes.len()).map(|class| scores(&matrix, class)).collect();
        let recalls: Vec<f64> = per_class.iter().filter_map(|scores| scores.recall).collect();
        let balanced_accuracy = if recalls.len() < 2 { None } else { mean(&recalls) };
        Self { classes, matrix, accuracy: ratio(right, total), balanced_accuracy, per_class }
    }

    /// Each class counts the same (`average="macro"`). Classes for which a score is undefined are left out of its
    /// mean; `None` where all are.
    pub fn macro_average(&self) -> Averages {
        self.average(|_| 1.0)
    }

    /// Each class counts by its rows (`average="weighted"`), again over the classes where a score is defined.
    pub fn weighted_average(&self) -> Averages {
        self.average(|scores| scores.support as f64)
    }

    fn average(&self, weight: impl Fn(&ClassScores) -> f64) -> Averages {
        let over = |score: fn(&ClassScores) -> Option<f64>| {
            let defined = self.per_class.iter().filter_map(|scores| Some((score(scores)?, weight(scores))));
            let (sum, weights) =
                defined.fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight));
            (weights > 0.0).then(|| sum / weights)
        };
        Averages {
            precision: over(|scores| scores.precision),
            recall: over(|scores| scores.recall),
            f1: over(|scores| scores.f1),
        }
    }
}

fn scores(matrix: &[Vec<usize>], class: usize) -> ClassScores {
    let right = matrix[class][class];
    let support: usize = matrix[class].iter().sum();
    let predicted: usize = matrix.iter().map(|row| row[class]).sum();
    let (precision, recall) = (ratio(right, predicted), ratio(right, support));
    let f1 = precision.and(recall).and(ratio(2 * right, predicted + support));
    ClassScores { precision, recall, f1, support }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report(truth: &[&str], predicted: &[&str]) -> ClassReport {
        ClassReport::new(truth, predicted).unwrap()
    }

    /// The example of scikit-learn's documentation of `balanced_accuracy_score`, which answers 0.625.
    #[test]
    fn agrees_with_scikit_learn_on_balanced_accuracy() {
        let report = report(&["0", "1", "0", "0", "1", "0"], &["0", "1", "0", "0", "0", "1"]);
        assert_eq!(report.matrix, [[3, 1], [1, 1]]);
        assert_eq!(report.balanced_accuracy, Some(0.625));
        assert_eq!(report.accuracy, Some(4.0 / 6.0));
    }

    /// The example of scikit-learn's documentation of `classification_report`: y_true = 0 1 2 2 2, y_pred = 0 0 2 2 1.
    #[test]
    fn agrees_with_scikit_learn_class_by_class() {
        let report = report(&["0", "1", "2", "2", "2"], &["0", "0", "2", "2", "1"]);
        let [zero, one, two] = report.per_class[..] else { panic!("three classes") };
        assert_eq!(zero, ClassScores { precision: Some(0.5), recall: Some(1.0), f1: Some(2.0 / 3.0), support: 1 });
        assert_eq!(one, ClassScores { precision: Some(0.0), recall: Some(0.0), f1: Some(0.0), support: 1 });
        assert_eq!(two, ClassScores { precision: Some(1.0), recall: Some(2.0 / 3.0), f1: Some(0.8), support: 3 });
        let average = report.macro_average();
        assert!((average.precision.unwrap() - 0.5).abs() < 1e-12);
        assert!((average.recall.unwrap() - 5.0 / 9.0).abs() < 1e-12);
        assert!((average.f1.unwrap() - (2.0 / 3.0 + 0.8) / 3.0).abs() < 1e-12);
        let weighted = report.weighted_average();
        assert!((weighted.precision.unwrap() - 0.7).abs() < 1e-12);
        assert!((weighted.recall.unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn what_is_undefined_is_none() {
        let empty = report(&[], &[]);
        assert_eq!((empty.accuracy, empty.balanced_accuracy), (None, None));
        assert_eq!(empty.macro_average(), Averages { precision: None, recall: None, f1: None });
        let never = report(&["a", "b"], &["a", "a"]);
        assert_eq!(never.per_class[1], ClassScores { precision: None, recall: Some(0.0), f1: None, support: 1 });
        let stranger = report(&["a", "b"], &["a", "c"]);
        assert_eq!(stranger.per_class[2], ClassScores { precision: Some(0.0), recall: None, f1: None, support: 0 });
        assert_eq!(stranger.balanced_accuracy, Some(0.5));
        let one_class = report(&["a", "a"], &["a", "b"]);
        assert_eq!((one_class.accuracy, one_class.balanced_accuracy), (Some(0.5), None));
    }

    #[test]
    fn lengths_must_agree() {
        let error = ClassReport::new(&["a"], &[] as &[&str]);
        assert_eq!(error, Err(MetricsError::Lengths { truth: 1, predicted: 0 }));
    }

    proptest! {
        #[test]
        fn scores_stay_between_0_and_1(rows in prop::collection::vec(("[a-e]", "[a-e]"), 0..60)) {
            let (truth, predicted): (Vec<String>, Vec<String>) = rows.iter().cloned().unzip();
            let report = ClassReport::new(&truth, &predicted).unwrap();
            let averages = [report.macro_average(), report.weighted_average()];
            let scores = report.per_class.iter().flat_map(|scores| [scores.precision, scores.recall, scores.f1]);
            let averages = averages.iter().flat_map(|all| [all.precision, all.recall, all.f1]);
            for score in scores.chain(averages).chain([report.accuracy, report.balanced_accuracy]).flatten() {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&score));
            }
            prop_assert_eq!(report.matrix.iter().flatten().sum::<usize>(), rows.len());
            prop_assert_eq!(report.per_class.iter().map(|scores| scores.support).sum::<usize>(), rows.len());
            let right = rows.iter().filter(|(truth, predicted)| truth == predicted).count();
            prop_assert_eq!(report.accuracy, (!rows.is_empty()).then(|| right as f64 / rows.len() as f64));
        }

        /// Recall averaged by support is accuracy, whatever the classes.
        #[test]
        fn weighted_recall_is_accuracy(rows in prop::collection::vec(("[a-d]", "[a-d]"), 1..60)) {
            let (truth, predicted): (Vec<String>, Vec<String>) = rows.into_iter().unzip();
            let report = ClassReport::new(&truth, &predicted).unwrap();
            prop_assert!((report.weighted_average().recall.unwrap() - report.accuracy.unwrap()).abs() < 1e-12);
        }
    }
}
