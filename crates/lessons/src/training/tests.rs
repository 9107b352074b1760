//! What the lesson claims, on the numbers; and that nothing a page may ask for goes wrong.

use super::{Activation, Ended, Fit, FitFrame, FitQuestion, GRID, LessonModel, Optimiser};
use crate::error::LessonError;
use crate::points::{
    CURVE_POINTS, ClassShape, LessonPoints, LessonSplit, LessonTask, PointsQuestion, RegressionShape, Shape,
    SplitQuestion, points, split,
};
use crate::polynomial::Polynomial;
use proptest::prelude::*;

fn question(shape: Shape, count: usize, noise: f64, model: LessonModel) -> FitQuestion {
    let points = points(PointsQuestion { shape, count, noise, seed: 5 }).expect("points");
    let parts = SplitQuestion { points: points.clone(), validation: 0.25, test: 0.25, seed: 6 };
    FitQuestion {
        split: split(&parts).expect("a split"),
        points,
        model,
        l2: 0.0,
        rate: 0.01,
        batch: 0,
        optimiser: Optimiser::Adam,
        patience: None,
        seed: 7,
    }
}

fn sine(degree: usize) -> FitQuestion {
    question(Shape::Regression(RegressionShape::Sine), 40, 0.2, LessonModel::Polynomial { degree })
}

fn network(hidden: &[usize], dropout: f64) -> LessonModel {
    LessonModel::Mlp { hidden: hidden.to_vec(), activation: Activation::Tanh, dropout }
}

/// The last frame of a run, with the losses of all epochs.
fn run(question: FitQuestion, epochs: usize) -> FitFrame {
    let mut fit = Fit::new(question).expect("a fit");
    (0..epochs).for_each(|_| fit.epoch());
    fit.frame()
}

fn loss(frame: &FitFrame) -> [f64; 3] {
    [frame.now.train, frame.now.validation, frame.now.test].map(|part| part.loss.expect("a loss"))
}

#[test]
fn a_line_is_too_little_a_few_terms_are_right_and_many_are_too_much() {
    let [under, good, over] = [1, 4, 18].map(|degree| {
        let question = FitQuestion { rate: 0.05, ..sine(degree) };
        loss(&run(question, 1500))
    });
    assert!(under[0] > 2.0 * good[0], "a line leaves more: {under:?} {good:?}");
    assert!(over[0] < good[0], "many terms leave less in training: {over:?} {good:?}");
    assert!(over[1] > 1.5 * good[1] && over[2] > 1.5 * good[2], "and more elsewhere: {over:?} {good:?}");
}

#[test]
fn descent_ends_where_the_closed_form_is() {
    let question = FitQuestion { rate: 0.05, ..sine(4) };
    let of = |values: &[f64]| question.split.train.iter().map(|&row| values[row]).collect::<Vec<_>>();
    let (x, y) = (of(&question.points.x), of(&question.points.y));
    let solved = Polynomial::fit(&x, &y, 4, 0.0).expect("a fit").expect("points");
    let found = run(question, 3000);
    for (ours, exact) in found.surface.iter().zip(solved.curve()) {
        assert!((f64::from(*ours) - exact).abs() < 0.02, "{ours} {exact}");
    }
}

#[test]
fn a_network_divides_what_no_line_can() {
    let rings = |model| FitQuestion { rate: 0.03, ..question(Shape::Classes(ClassShape::Circles), 120, 0.05, model) };
    let line = run(rings(network(&[], 0.0)), 200);
    let bent = run(rings(network(&[8], 0.0)), 400);
    assert!(line.now.train.accuracy.expect("a share") < 0.8, "{:?}", line.now.train);
    assert!(bent.now.test.accuracy.expect("a share") > 0.9, "{:?}", bent.now.test);
    // The middle of the plot is the inner ring's, its corner the outer's.
    let (corner, middle) = (bent.surface[0], bent.surface[GRID * GRID / 2 + GRID / 2]);
    assert!((corner - middle).abs() > 0.9, "{corner} {middle}");
}

#[test]
fn the_penalty_and_dropout_keep_weights_small_and_losses_apart() {
    let free = run(FitQuestion { rate: 0.05, ..sine(15) }, 800);
    let bound = run(FitQuestion { rate: 0.05, l2: 0.02, ..sine(15) }, 800);
    assert!(bound.now.train.loss > free.now.train.loss);
    let spread = |frame: &FitFrame| frame.surface.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    assert!(spread(&bound) < spread(&free), "{} {}", spread(&bound), spread(&free));
    let moons = |dropout| question(Shape::Classes(ClassShape::Moons), 60, 0.3, network(&[32, 32], dropout));
    let [plain, dropped] = [0.0, 0.5].map(|dropout| loss(&run(FitQuestion { rate: 0.02, ..moons(dropout) }, 300)));
    assert!(dropped[0] > plain[0], "{dropped:?} {plain:?}");
}

#[test]
fn patience_goes_back_to_the_best() {
    let mut fit = Fit::new(FitQuestion { patience: Some(20), rate: 0.05, ..sine(18) }).expect("a fit");
    while fit.ended().is_none() {
        fit.epoch();
    }
    let frame = fit.frame();
    assert_eq!(frame.ended, Some(Ended::Patience));
    let best = frame.best_epoch.expect("an epoch");
    let lowest = frame.validation.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(frame.now.validation.loss, Some(lowest));
    assert_eq!(frame.validation[best], Some(lowest));
    assert_eq!(frame.epochs.len(), best + 21);
    fit.epoch();
    assert!(fit.frame().epochs.is_empty(), "nothing follows the end");
}

#[test]
fn a_rate_too_high_ends_it_and_the_last_sound_model_stays() {
    let frame = run(FitQuestion { optimiser: Optimiser::Sgd, rate: 10.0, ..sine(10) }, 500);
    assert_eq!(frame.ended, Some(Ended::Diverged));
    assert_eq!(frame.train.last(), Some(&None));
    assert!(frame.surface.iter().all(|value| value.is_finite()));
}

#[test]
fn a_seed_is_a_run() {
    let batches =
        || FitQuestion { batch: 4, ..question(Shape::Classes(ClassShape::Spirals), 40, 0.1, network(&[6], 0.2)) };
    let [once, again] = [0, 1].map(|_| run(batches(), 20));
    assert_eq!(once, again);
    assert_ne!(once.train, run(FitQuestion { seed: 8, ..batches() }, 20).train);
    assert_eq!(once.steps_per_epoch, batches().split.train.len().div_ceil(4));
}

#[test]
fn frames_hold_what_is_new_and_surfaces_their_places() {
    let mut fit = Fit::new(sine(3)).expect("a fit");
    let first = fit.frame();
    assert_eq!((first.epochs, first.surface.len(), first.parameters), (vec![0], CURVE_POINTS, 4));
    fit.epoch();
    fit.epoch();
    assert_eq!(fit.frame().epochs, [1, 2]);
    let classes = question(Shape::Classes(ClassShape::Xor), 20, 0.1, LessonModel::Polynomial { degree: 2 });
    let frame = Fit::new(classes).expect("a fit").frame();
    assert_eq!((frame.surface.len(), frame.parameters), (GRID * GRID, 6));
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let empty = LessonSplit { train: vec![], validation: vec![0], test: vec![] };
    let refused = |question: FitQuestion| Fit::new(question).err().expect("a refusal");
    assert!(matches!(refused(FitQuestion { split: empty, ..sine(1) }), LessonError::TooFewRows { .. }));
    assert!(matches!(refused(FitQuestion { rate: f64::NAN, ..sine(1) }), LessonError::Setting { name: "rate", .. }));
    assert!(matches!(refused(sine(99)), LessonError::Setting { name: "degree", .. }));
    let wide = FitQuestion { model: network(&[100_000], 0.0), ..sine(1) };
    assert!(matches!(refused(wide), LessonError::Setting { name: "units", .. }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn nothing_breaks(
        values in prop::collection::vec((-1e3f64..1e3, -1e3f64..1e3, 0u8..2), 3..20),
        classes in any::<bool>(),
        degree in 0usize..21,
        hidden in prop::collection::vec(1usize..5, 0..3),
        mlp in any::<bool>(),
        batch in 0usize..30,
        rate in 0.0f64..10.0,
    ) {
        let task = if classes { LessonTask::Classification } else { LessonTask::Regression };
        let points = LessonPoints {
            task,
            x: values.iter().map(|value| value.0).collect(),
            y: values.iter().map(|value| value.1).collect(),
            classes: classes.then(|| values.iter().map(|value| value.2).collect()),
        };
        let model = if mlp { network(&hidden, 0.3) } else { LessonModel::Polynomial { degree } };
        let split = LessonSplit { train: vec![0, 1], validation: vec![2], test: (3..values.len()).collect() };
        let optimiser = Optimiser::Momentum;
        let mut fit = Fit::new(FitQuestion { points, split, model, l2: 0.1, rate, batch, optimiser, patience: Some(3), seed: 1 }).expect("a fit");
        (0..6).for_each(|_| fit.epoch());
        let frame = fit.frame();
        prop_assert!(frame.surface.iter().all(|value| value.is_finite()) || frame.ended == Some(Ended::Diverged) || frame.now.train.loss.is_some());
    }
}
