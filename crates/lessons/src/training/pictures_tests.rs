//! What the digits' lab and the U-curve of networks claim, on the numbers.

use std::path::Path;

use proptest::prelude::*;

use super::gradients_tests::wave;
use super::{
    Activation, Advance, Ended, NetworkCapacity, NetworkCapacityQuestion, Optimiser, PictureFit, PictureModel,
    PictureSettings, Trainer, TrainerSettings,
};
use crate::error::LessonError;
use crate::pictures::{DigitsQuestion, PictureSplitQuestion, Pictures, digits, read_idx, split_pictures};
use crate::points::{ClassShape, LessonSplit, PointsQuestion, Shape, SplitQuestion, points, split};

fn mlp(hidden: &[usize]) -> PictureModel {
    PictureModel::Mlp { hidden: hidden.to_vec(), activation: Activation::Relu, dropout: 0.0 }
}

fn drawn() -> Pictures {
    digits(&DigitsQuestion { count: 3000, seed: 1, variety: None }).expect("digits")
}

fn settings(pictures: &Pictures, train: usize, model: PictureModel) -> PictureSettings {
    let question = PictureSplitQuestion { train, validation: 500, test: 500, seed: 1 };
    PictureSettings {
        split: split_pictures(&pictures.labels, &question).expect("a split"),
        model,
        l2: 0.0,
        rate: 0.002,
        batch: 32,
        optimiser: Optimiser::Adam,
        measure: 0,
        patience: None,
        seed: 1,
    }
}

fn begun(pictures: &Pictures, settings: PictureSettings) -> PictureFit {
    PictureFit::new(pictures.pixels.clone(), pictures.labels.clone(), settings).expect("a fit")
}

/// Through so many epochs, or to the end.
fn run(fit: &mut PictureFit, epochs: usize) {
    let mut looks = 0;
    while looks <= epochs {
        match fit.advance() {
            Advance::Looked => looks += 1,
            Advance::Over => return,
            _ => {}
        }
    }
}

/// Shares that are right: training, test.
fn accuracy(fit: &mut PictureFit) -> [f64; 2] {
    let now = fit.frame().now.expect("a look");
    [now.train, now.test].map(|score| score.accuracy.expect("a share"))
}

#[test]
fn layers_read_digits_that_lines_cannot_and_few_digits_are_learned_by_heart() {
    let pictures = drawn();
    let found = |train: usize, model: PictureModel, epochs: usize| {
        let mut fit = begun(&pictures, settings(&pictures, train, model));
        run(&mut fit, epochs);
        accuracy(&mut fit)
    };
    let (lines, layers) = (found(2000, mlp(&[]), 15), found(2000, mlp(&[128, 64]), 10));
    let maps = found(2000, PictureModel::Cnn { filters: 8, hidden: vec![64], dropout: 0.0 }, 6);
    let few = found(100, mlp(&[128, 64]), 40);
    println!("softmax {lines:?}, MLP {layers:?}, CNN {maps:?}, MLP on 100 {few:?}");
    assert!(layers[1] >= 0.88 && maps[1] >= 0.88, "{layers:?} {maps:?}");
    assert!(lines[1] < layers[1] && lines[0] < layers[0], "{lines:?} {layers:?}");
    assert!(few[0] == 1.0 && few[1] < 0.82, "{few:?}");
}

/// MNIST itself, where somebody has put its test part beside the repository.
#[test]
fn a_thousand_of_mnist_are_enough_to_read_most_of_the_rest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/images");
    let unpacked = |name: &str| {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(folder.join(name)).ok()?;
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).expect("a whole file");
        Some(bytes)
    };
    let files = (unpacked("mnist_t10k-images-idx3-ubyte.gz"), unpacked("mnist_t10k-labels-idx1-ubyte.gz"));
    let (Some(images), Some(labels)) = files else {
        return println!("skipped: MNIST is not in {}", folder.display());
    };
    let read = read_idx(&images, &labels, Some(2000)).expect("MNIST");
    assert_eq!((read.found, read.side, read.pictures.labels.len()), (10_000, [28, 28], 2000));
    let pictures = read.pictures;
    let mut fit = begun(&pictures, settings(&pictures, 1000, mlp(&[128])));
    run(&mut fit, 15);
    let found = accuracy(&mut fit);
    println!("MNIST, 1,000 to learn from: {found:?}");
    assert!(found[1] >= 0.85, "{found:?}");
}

#[test]
fn frames_hold_together() {
    let pictures = drawn();
    let mut fit = begun(&pictures, PictureSettings { measure: 5, ..settings(&pictures, 320, mlp(&[16])) });
    let first = fit.frame();
    assert_eq!((first.now, first.looking, first.said.len(), first.steps_per_epoch), (None, Some(0.0), 0, 10));
    assert_eq!(first.per_class[0].recall, None);
    run(&mut fit, 4);
    let frame = fit.frame();
    assert_eq!(frame.epochs, [0.0, 0.5, 1.0, 1.5, 2.0]);
    assert_eq!((frame.epoch, frame.steps, frame.now_epoch), (2.0, 20, Some(2.0)));
    assert_eq!(frame.matrix.iter().flatten().sum::<usize>(), 500);
    let right: usize = (0..10).map(|digit| frame.matrix[digit][digit]).sum();
    let now = frame.now.expect("a look");
    assert_eq!(now.test.accuracy, Some(right as f64 / 500.0));
    assert_eq!((frame.said.len(), frame.sure.len()), (500, 500));
    assert!(frame.sure.iter().all(|share| (0.1..=1.0).contains(share)));
    assert_eq!((frame.filters.count, frame.filters.side, frame.filters.values.len()), (16, 28, 16 * 784));
    assert_eq!(frame.parameters, 785 * 16 + 17 * 10);
    // What it says of a test picture by itself is what the frame says of it.
    let row = settings(&pictures, 320, mlp(&[16])).split.test[7];
    let reading = fit.read(&pictures.pixels[row * 784..][..784]).expect("a reading");
    let share = reading.probabilities[usize::from(frame.said[7])];
    assert!((share - frame.sure[7]).abs() < 1e-5, "{share} {}", frame.sure[7]);
    assert!((reading.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    let shapes: Vec<_> = reading.layers.iter().map(|layer| (layer.kind, layer.shape.clone())).collect();
    assert_eq!(shapes, [("units", vec![16]), ("units", vec![10])]);
    assert!(fit.frame().epochs.is_empty());
    assert!(matches!(fit.read(&[0; 100]), Err(LessonError::Shape { .. })));
}

#[test]
fn maps_are_read_map_by_map() {
    let pictures = drawn();
    let model = PictureModel::Cnn { filters: 3, hidden: vec![5], dropout: 0.5 };
    let mut fit = begun(&pictures, settings(&pictures, 64, model));
    run(&mut fit, 1);
    let frame = fit.frame();
    assert_eq!((frame.filters.count, frame.filters.side, frame.filters.values.len()), (3, 3, 27));
    assert_eq!(frame.parameters, 30 + (3 * 169 + 1) * 5 + 6 * 10);
    let picture = &pictures.pixels[..784];
    let reading = fit.read(picture).expect("a reading");
    let [maps, units, logits] = &reading.layers[..] else { panic!("three layers") };
    assert_eq!((&maps.shape[..], &units.shape[..], &logits.shape[..]), (&[3, 13, 13][..], &[5][..], &[10][..]));
    // The convolution by the book, at one place of the second map.
    let taps = &frame.filters.values[9..18];
    let at = |y: usize, x: usize| -> f32 {
        (0..9).map(|tap| taps[tap] * f32::from(picture[(y + tap / 3) * 28 + x + tap % 3]) / 255.0).sum()
    };
    let [paper, ink] = [(0, 0), (7, 6)]
        .map(|(y, x)| (at(2 * y, 2 * x).max(at(2 * y, 2 * x + 1)), at(2 * y + 1, 2 * x).max(at(2 * y + 1, 2 * x + 1))));
    let bias = |most: f32, value: f32| if value > 0.0 { Some(value - most) } else { None };
    let of = |y: usize, x: usize| maps.values[169 + y * 13 + x];
    if let (Some(a), Some(b)) = (bias(paper.0.max(paper.1), of(0, 0)), bias(ink.0.max(ink.1), of(7, 6))) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[test]
fn patience_goes_back_to_the_best_and_a_seed_is_a_run() {
    let pictures = drawn();
    let question =
        || PictureSettings { patience: Some(2), rate: 0.01, seed: 9, ..settings(&pictures, 200, mlp(&[32])) };
    let mut fit = begun(&pictures, question());
    run(&mut fit, 500);
    let frame = fit.frame();
    assert_eq!(
        (frame.ended, fit.ended(), fit.advance()),
        (Some(Ended::Patience), Some(Ended::Patience), Advance::Over)
    );
    let lowest = frame.validation.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(frame.now.expect("a look").validation.loss, Some(lowest));
    assert_eq!(frame.now_epoch, frame.best_epoch);
    assert_eq!(frame.epochs.len() as f64, frame.best_epoch.expect("an epoch") + 3.0);
    // The weights are those of the best, too.
    let row = question().split.test[0];
    let reading = fit.read(&pictures.pixels[row * 784..][..784]).expect("a reading");
    assert!((reading.probabilities[usize::from(frame.said[0])] - frame.sure[0]).abs() < 1e-5);
    let mut again = begun(&pictures, question());
    run(&mut again, 500);
    assert_eq!(again.frame(), frame);
    let mut other = begun(&pictures, PictureSettings { seed: 10, ..question() });
    run(&mut other, 500);
    assert_ne!(other.frame().train, frame.train);
}

#[test]
fn a_rate_too_high_ends_it_and_the_last_sound_network_stays() {
    let pictures = drawn();
    let wild = PictureSettings {
        optimiser: Optimiser::Momentum,
        rate: 10.0,
        l2: 100.0,
        ..settings(&pictures, 200, mlp(&[32]))
    };
    let mut fit = begun(&pictures, wild);
    run(&mut fit, 500);
    let frame = fit.frame();
    assert_eq!(frame.ended, Some(Ended::Diverged));
    assert!(frame.filters.values.iter().all(|value| value.is_finite()));
    assert!(frame.now.expect("a look").train.loss.is_some());
}

#[test]
fn a_large_step_in_parts_is_one_step() {
    let pictures = drawn();
    let wide = PictureSettings { batch: 200, ..settings(&pictures, 200, mlp(&[512, 512])) };
    let mut fit = begun(&pictures, wide.clone());
    while fit.advance() != Advance::Looked {}
    let mut parts = 1;
    while fit.advance() == Advance::Part {
        parts += 1;
    }
    assert!(parts > 4, "{parts}");
    let loss = fit.frame().batch_loss.expect("a loss");
    let frame = begun(&pictures, wide);
    let mut whole = frame;
    while whole.advance() != Advance::Looked {}
    let before = whole.frame().now.expect("a look").train.loss.expect("a loss");
    assert!((loss - before).abs() < 1e-5, "the mean over all parts is that of all rows: {loss} {before}");
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let pictures = drawn();
    let good = || settings(&pictures, 100, mlp(&[8]));
    let refused = |pixels: usize, labels: Vec<u8>, settings: PictureSettings| {
        PictureFit::new(vec![0; pixels], labels, settings).err().expect("a refusal")
    };
    assert!(matches!(refused(783, vec![0], good()), LessonError::Shape { .. }));
    assert!(matches!(refused(784, vec![10], good()), LessonError::Label { row: 0, .. }));
    assert!(matches!(refused(784, vec![0], good()), LessonError::Row { .. }));
    let of = |settings: PictureSettings| refused(pictures.pixels.len(), pictures.labels.clone(), settings);
    assert!(matches!(of(PictureSettings { batch: 0, ..good() }), LessonError::Setting { name: "batch", .. }));
    assert!(matches!(of(PictureSettings { rate: f64::NAN, ..good() }), LessonError::Setting { name: "rate", .. }));
    assert!(matches!(of(PictureSettings { split: LessonSplit::default(), ..good() }), LessonError::TooFewRows { .. }));
    assert!(matches!(
        of(PictureSettings { model: mlp(&[9999]), ..good() }),
        LessonError::Setting { name: "units", .. }
    ));
    let cnn = PictureModel::Cnn { filters: 0, hidden: vec![], dropout: 0.0 };
    assert!(matches!(of(PictureSettings { model: cnn, ..good() }), LessonError::Setting { name: "filters", .. }));
}

#[test]
fn a_trainer_learns_any_classes() {
    let settings = TrainerSettings {
        widths: vec![4, 16, 3],
        activation: Activation::Tanh,
        optimiser: Optimiser::Adam,
        rate: 0.05,
        l2: 0.0,
        seed: 1,
    };
    let mut trainer = Trainer::new(settings.clone()).expect("a trainer");
    let (x, y) = (wave(12 * 4, 0.2, 1.0), (0..12u8).map(|row| row % 3).collect::<Vec<_>>());
    let first = trainer.step(&x, &y).expect("a step");
    let last = (0..200).map(|_| trainer.step(&x, &y).expect("a step")).last().expect("a step");
    assert!(last < 0.1 * first, "{first} {last}");
    let shares = trainer.probabilities(&x).expect("shares");
    assert!(shares.chunks(3).zip(&y).all(|(row, &label)| row[usize::from(label)] > 0.5));
    assert!(matches!(trainer.step(&x, &y[1..]), Err(LessonError::Shape { .. })));
    assert!(matches!(trainer.step(&x, &[3; 12]), Err(LessonError::Label { row: 0, .. })));
    assert!(matches!(trainer.step(&[], &[]), Err(LessonError::TooFewRows { .. })));
    assert!(Trainer::new(TrainerSettings { widths: vec![4], ..settings }).is_err());
}

#[test]
fn wider_networks_learn_more_of_the_training_points() {
    let points = points(PointsQuestion { shape: Shape::Classes(ClassShape::Moons), count: 80, noise: 0.3, seed: 2 })
        .expect("points");
    let split =
        split(&SplitQuestion { points: points.clone(), validation: 0.25, test: 0.25, seed: 3 }).expect("a split");
    let question = NetworkCapacityQuestion {
        points,
        split,
        widths: vec![1, 4, 64],
        activation: Activation::Tanh,
        dropout: 0.0,
        l2: 0.0,
        rate: 0.03,
        batch: 0,
        optimiser: Optimiser::Adam,
        patience: None,
        epochs: 300,
        seed: 4,
    };
    let mut curve = NetworkCapacity::new(question.clone()).expect("a curve");
    let (mut steps, mut share) = (0, 0.0);
    loop {
        let done = curve.step().expect("a step");
        steps += 1;
        let now = curve.frame();
        assert!(now.share > share, "{} {share}", now.share);
        share = now.share;
        if done {
            break;
        }
    }
    let frame = curve.frame();
    assert_eq!((steps, frame.done, frame.share), (900, 3, 1.0));
    let answer = frame.answer;
    let [one, _, many] = answer.losses.train[..] else { panic!("three widths") };
    assert!(many.expect("a loss") < 0.7 * one.expect("a loss"), "{:?}", answer.losses);
    assert_eq!((answer.epochs, answer.parameters), (vec![Some(300); 3], vec![5, 17, 257]));
    assert!(answer.accuracy.test.iter().all(Option::is_some) && answer.best.is_some());
    // Stopped early, a width counts as it was at its best.
    let mut early =
        NetworkCapacity::new(NetworkCapacityQuestion { patience: Some(30), widths: vec![64], ..question.clone() })
            .expect("a curve");
    while !early.step().expect("a step") {}
    let early = early.frame().answer;
    assert!(early.epochs[0] < Some(300) && early.losses.validation[0] <= answer.losses.validation[2]);
    let none = NetworkCapacity::new(NetworkCapacityQuestion { widths: vec![], ..question }).err();
    assert!(matches!(none, Some(LessonError::Setting { name: "widths", .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]

    #[test]
    fn nothing_breaks(
        ink in prop::collection::vec(any::<u8>(), 784),
        labels in prop::collection::vec(0u8..10, 3..12),
        hidden in prop::collection::vec(1usize..20, 0..3),
        filters in 0usize..10,
        dropout in 0.0f64..0.95,
        batch in 1usize..20,
        rate in 0.0f64..10.0,
        l2 in 0.0f64..100.0,
        tanh in any::<bool>(),
    ) {
        let count = labels.len();
        let pixels: Vec<u8> = (0..count).flat_map(|row| ink.iter().map(move |&ink| ink.wrapping_mul(row as u8))).collect();
        let activation = if tanh { Activation::Tanh } else { Activation::Relu };
        let model = if filters > 0 { PictureModel::Cnn { filters, hidden, dropout } } else { PictureModel::Mlp { hidden, activation, dropout } };
        let split = LessonSplit { train: vec![0, 1], validation: vec![2], test: (3..count).collect() };
        let settings = PictureSettings { split, model, l2, rate, batch, optimiser: Optimiser::Momentum, measure: 0, patience: Some(2), seed: 1 };
        let mut fit = PictureFit::new(pixels, labels, settings).expect("a fit");
        (0..60).for_each(|_| { fit.advance(); });
        let frame = fit.frame();
        prop_assert!(frame.filters.values.iter().all(|value| value.is_finite()) || frame.ended.is_some() || frame.looking.is_some() || frame.batch_loss.is_some());
        prop_assert_eq!(frame.matrix.iter().flatten().sum::<usize>(), frame.said.len());
        let reading = fit.read(&ink).expect("a reading");
        prop_assert_eq!(reading.probabilities.len(), 10);
    }
}
