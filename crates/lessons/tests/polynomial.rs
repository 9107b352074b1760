//! Polynomials against scikit-learn, and the parts of the error against its measured sum.

mod common;

use common::{fixture, off};
use kindling_lessons::points::{
    ClassShape, LessonPoints, LessonSplit, LessonTask, PointsQuestion, RegressionShape, Shape, SplitQuestion, points,
    split,
};
use kindling_lessons::polynomial::{
    CapacityQuestion, FoldsQuestion, MAX_DEGREE, Polynomial, SpreadQuestion, SpreadSource, capacity, folds, over_folds,
    spread,
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    x: Vec<f64>,
    y: Vec<f64>,
    places: Vec<f64>,
    cases: Vec<Case>,
    capacity: Capacity,
    folds: Folds,
}

#[derive(Deserialize)]
struct Case {
    degree: usize,
    l2: f64,
    predicted: Vec<f64>,
}

#[derive(Deserialize)]
struct Capacity {
    split: LessonSplit,
    degrees: Vec<usize>,
    l2: f64,
    train: Vec<f64>,
    validation: Vec<f64>,
    test: Vec<f64>,
}

#[derive(Deserialize)]
struct Folds {
    parts: Vec<Vec<usize>>,
    errors: Vec<Vec<f64>>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

const TOLERANCE: f64 = 1e-6;

fn regression(x: Vec<f64>, y: Vec<f64>) -> LessonPoints {
    LessonPoints { task: LessonTask::Regression, x, y, classes: None }
}

fn known(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().map(|value| value.expect("a number")).collect()
}

fn sine(count: usize, noise: f64, seed: u64) -> PointsQuestion {
    PointsQuestion { shape: Shape::Regression(RegressionShape::Sine), count, noise, seed }
}

#[test]
fn ridge_is_that_of_scikit_learn() {
    let reference: Reference = fixture("polynomial.json");
    assert!(reference.cases.len() > 35);
    let mut worst = 0.0_f64;
    for case in &reference.cases {
        let fitted = Polynomial::fit(&reference.x, &reference.y, case.degree, case.l2).unwrap().unwrap();
        let found: Vec<f64> = reference.places.iter().map(|&x| fitted.value(x)).collect();
        let off = off(&found, &case.predicted);
        assert!(off < TOLERANCE, "degree {}, l2 {}: {off}", case.degree, case.l2);
        worst = worst.max(off);
    }
    println!("ridge: {} cases, {worst:.1e} off at most", reference.cases.len());
}

#[test]
fn errors_over_capacity_and_folds_are_those_of_scikit_learn() {
    let Reference { x, y, capacity: expected, folds: folded, .. } = fixture("polynomial.json");
    let points = regression(x, y);
    let (degrees, l2) = (expected.degrees.clone(), expected.l2);
    let question = CapacityQuestion { points: points.clone(), split: expected.split, degrees: degrees.clone(), l2 };
    let found = capacity(&question).unwrap();
    assert!(off(&known(&found.train), &expected.train) < TOLERANCE);
    assert!(off(&known(&found.validation), &expected.validation) < TOLERANCE);
    assert!(off(&known(&found.test), &expected.test) < TOLERANCE);
    let least = expected.validation.iter().copied().fold(f64::INFINITY, f64::min);
    let best = expected.validation.iter().position(|&error| error == least).unwrap();
    assert_eq!(found.best, Some(degrees[best]));
    let found = over_folds(&points, &folded.parts, &degrees, l2).unwrap();
    for (found, expected) in found.folds.iter().zip(&folded.errors) {
        assert!(off(&known(found), expected) < TOLERANCE);
    }
    assert!(off(&known(&found.mean), &folded.mean) < TOLERANCE);
    assert!(off(&known(&found.deviation), &folded.deviation) < TOLERANCE);
}

#[test]
fn coefficients_of_powers_are_found_again() {
    let x: Vec<f64> = (0..12).map(|place| f64::from(place) / 6.0 - 1.0).collect();
    let y: Vec<f64> = x.iter().map(|x| 1.0 - 2.0 * x + 0.5 * x.powi(3)).collect();
    let fitted = Polynomial::fit(&x, &y, 5, 0.0).unwrap().unwrap();
    assert!(off(&fitted.power_coefficients(), &[1.0, -2.0, 0.0, 0.5, 0.0, 0.0]) < 1e-10);
}

/// More coefficients than points: the curve goes through all of them and stays tame between.
#[test]
fn few_points_and_the_highest_degree_are_sound() {
    for count in [1, 2, 5, 12, 20] {
        let points = points(sine(count, 0.2, 3)).unwrap();
        let fitted = Polynomial::fit(&points.x, &points.y, MAX_DEGREE, 0.0).unwrap().unwrap();
        assert!(fitted.error(&points.x, &points.y).unwrap() < 1e-12, "{count} points");
        let largest = fitted.curve().into_iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        assert!(largest.is_finite() && (count > 5 || largest < 10.0), "{count} points: {largest}");
    }
}

/// bias² + variance + noise must be what fresh points measure: within four standard errors of a mean over rounds.
#[test]
fn the_parts_meet_the_measured_error() {
    for (shape, degree, l2) in [
        (RegressionShape::Sine, 1, 0.0),
        (RegressionShape::Sine, 3, 0.0),
        (RegressionShape::Step, 5, 1e-3),
        (RegressionShape::Bumps, 7, 1e-4),
        (RegressionShape::Line, 12, 1e-3),
    ] {
        let source = PointsQuestion { shape: Shape::Regression(shape), count: 60, noise: 0.25, seed: 5 };
        let answer = spread(&SpreadQuestion { source: SpreadSource::Shape(source), degree, l2, rounds: 400 }).unwrap();
        let (sum, measured) = (answer.sum.unwrap(), answer.measured.unwrap());
        println!("{shape:?} {degree}: {:?} {:?} {sum} {measured}", answer.bias2, answer.variance);
        assert!((sum / measured - 1.0).abs() < 0.03, "{shape:?} {degree}: {sum} is not {measured}");
        assert!(answer.low.iter().zip(&answer.high).all(|(low, high)| low <= high));
        assert_eq!(answer.noise, Some(0.0625));
    }
}

#[test]
fn capacity_trades_bias_for_variance() {
    let parts = |degree| {
        let source = SpreadSource::Shape(sine(30, 0.25, 11));
        let answer = spread(&SpreadQuestion { source, degree, l2: 0.0, rounds: 300 }).unwrap();
        (answer.bias2.unwrap(), answer.variance.unwrap())
    };
    let (line, cubic, wild) = (parts(1), parts(5), parts(11));
    assert!(line.0 > 0.05 && line.1 < 0.02, "{line:?}");
    assert!(cubic.0 < 0.005 && cubic.1 < 0.05, "{cubic:?}");
    assert!(wild.1 > 5.0 * cubic.1, "{wild:?}");
}

#[test]
fn own_points_have_bands_but_no_bias() {
    let own = points(sine(40, 0.2, 2)).unwrap();
    let rows: Vec<usize> = (0..30).collect();
    let source = SpreadSource::Own { points: own, rows, seed: 1 };
    let answer = spread(&SpreadQuestion { source, degree: 4, l2: 1e-3, rounds: 100 }).unwrap();
    assert_eq!((answer.bias2, answer.noise, answer.sum, answer.truth.as_ref()), (None, None, None, None));
    assert!(answer.variance.unwrap() > 0.0);
    // Out of the bag: the noise at least, and not much more.
    assert!((0.02..0.12).contains(&answer.measured.unwrap()), "{:?}", answer.measured);
}

#[test]
fn a_question_reads_as_the_page_writes_it() {
    let text = r#"{"source":{"shape":"sine","count":20,"noise":0.1,"seed":1},"degree":3,"l2":0,"rounds":5}"#;
    let question: SpreadQuestion = serde_json::from_str(text).unwrap();
    assert_eq!(question.source, SpreadSource::Shape(sine(20, 0.1, 1)));
    let text = r#"{"source":{"points":{"task":"regression","x":[0,1],"y":[1,0],"classes":null},"rows":[0,1],"seed":1},
        "degree":1,"l2":0.5,"rounds":5}"#;
    let question: SpreadQuestion = serde_json::from_str(text).unwrap();
    assert!(matches!(question.source, SpreadSource::Own { .. }));
    let text = r#"{"shape":"moons","count":4,"noise":0,"seed":1}"#;
    let question: PointsQuestion = serde_json::from_str(text).unwrap();
    assert_eq!(question.shape, Shape::Classes(ClassShape::Moons));
    assert_eq!(serde_json::to_value(points(question).unwrap()).unwrap()["task"], "classification");
}

proptest! {
    #![proptest_config(common::cases(200))]

    /// Any points of the plot, any degree, any penalty: all numbers are numbers.
    #[test]
    fn nothing_panics_or_is_nan(
        xy in prop::collection::vec((-1.25f64..1.25, -1.25f64..1.25), 0..40),
        same in any::<bool>(),
        degree in 0..=MAX_DEGREE,
        l2 in prop::sample::select(vec![0.0, 1e-12, 1e-3, 1.0, 1e6]),
        k in 0usize..12,
        rounds in 0usize..6,
        seed in any::<u64>(),
    ) {
        let (mut x, y): (Vec<f64>, Vec<f64>) = xy.into_iter().unzip();
        if same {
            x.fill(0.5);
        }
        let points = regression(x, y);
        let rows: Vec<usize> = (0..points.len()).collect();
        let split = split(&SplitQuestion { points: points.clone(), validation: 0.3, test: 0.2, seed }).unwrap();
        let degrees = vec![degree, 0, 1];
        let answer = capacity(&CapacityQuestion { points: points.clone(), split, degrees: degrees.clone(), l2 }).unwrap();
        let parts = [&answer.train, &answer.validation, &answer.test];
        prop_assert!(parts.iter().all(|part| part.len() == 3 && part.iter().flatten().all(|error| error.is_finite())));
        prop_assert_eq!(answer.train.iter().all(Option::is_some), !points.is_empty());
        let question = FoldsQuestion { points: points.clone(), rows: rows.clone(), k, degrees, l2, seed };
        prop_assert_eq!(folds(&question).is_ok(), rows.len() >= 2 && (2..=rows.len()).contains(&k));
        let question = SpreadQuestion { source: SpreadSource::Own { points, rows: rows.clone(), seed }, degree, l2, rounds };
        let answer = spread(&question);
        prop_assert_eq!(answer.is_ok(), !rows.is_empty() && rounds >= 2);
        if let Ok(answer) = answer {
            let lists = [&answer.mean, &answer.low, &answer.high];
            prop_assert!(lists.iter().all(|list| list.iter().all(|value| value.is_finite())));
            prop_assert!(answer.variance.is_some_and(|variance| variance >= 0.0));
        }
    }

    /// Points so far away that only their checks hold.
    #[test]
    fn far_points_give_finite_curves(xy in prop::collection::vec((-1e6f64..1e6, -1e6f64..1e6), 1..20)) {
        let (x, y): (Vec<f64>, Vec<f64>) = xy.into_iter().unzip();
        for l2 in [0.0, 1e-3, 1e6] {
            let fitted = Polynomial::fit(&x, &y, MAX_DEGREE, l2).unwrap().unwrap();
            prop_assert!(fitted.curve().iter().all(|value| value.is_finite()));
        }
    }
}
