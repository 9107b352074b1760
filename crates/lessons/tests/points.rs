//! Points: drawn, parted, and read from tables.

mod common;

use kindling_lessons::LessonError;
use kindling_lessons::points::{
    ClassShape, LessonPoints, LessonTask, MAX_POINTS, PointsQuestion, RegressionShape, Shape, SplitQuestion, points,
    read_points, split, truth,
};
use proptest::prelude::*;

const REGRESSIONS: [RegressionShape; 4] =
    [RegressionShape::Line, RegressionShape::Sine, RegressionShape::Step, RegressionShape::Bumps];
const CLASSES: [ClassShape; 5] =
    [ClassShape::Moons, ClassShape::Circles, ClassShape::Spirals, ClassShape::Xor, ClassShape::Blobs];

fn shapes() -> impl Iterator<Item = Shape> {
    REGRESSIONS.map(Shape::Regression).into_iter().chain(CLASSES.map(Shape::Classes))
}

fn table(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(';').map(str::to_owned).collect()).collect()
}

#[test]
fn shapes_stay_in_the_plot() {
    for shape in shapes() {
        let drawn = points(PointsQuestion { shape, count: 2_000, noise: 0.0, seed: 4 }).unwrap();
        drawn.check().unwrap();
        let outside = drawn.x.iter().chain(&drawn.y).filter(|value| value.abs() > 1.0).count();
        assert!(outside < 20, "{shape:?}: {outside}");
        let reach = drawn.y.iter().fold(0.0_f64, |reach, value| reach.max(value.abs()));
        assert!(reach > 0.6, "{shape:?}: {reach}");
        if let Some(classes) = drawn.classes {
            assert_eq!(classes.iter().filter(|&&class| class == 1).count(), 1_000);
        }
    }
    for shape in REGRESSIONS {
        assert!(truth(shape).iter().all(|value| value.abs() <= 1.0), "{shape:?}");
    }
}

/// A larger sample goes on where the smaller ends; noise moves each point along its own way.
#[test]
fn sliders_do_not_shuffle() {
    for shape in shapes() {
        let draw = |count, noise, seed| points(PointsQuestion { shape, count, noise, seed }).unwrap();
        let (few, many) = (draw(10, 0.2, 1), draw(50, 0.2, 1));
        assert_eq!((&few.x[..], &few.y[..]), (&many.x[..10], &many.y[..10]), "{shape:?}");
        let (calm, half, full) = (draw(10, 0.0, 1), draw(10, 0.1, 1), draw(10, 0.2, 1));
        for row in 0..10 {
            assert!((full.y[row] - calm.y[row] - 2.0 * (half.y[row] - calm.y[row])).abs() < 1e-12);
        }
        assert_ne!(draw(10, 0.2, 2), few);
    }
}

/// The nearest other point of a shape without noise is nearly always of the same class.
#[test]
fn classes_can_be_told_apart() {
    for shape in CLASSES {
        let LessonPoints { x, y, classes, .. } =
            points(PointsQuestion { shape: Shape::Classes(shape), count: 400, noise: 0.0, seed: 3 }).unwrap();
        let classes = classes.unwrap();
        let square = |a: usize, b: usize| (x[a] - x[b]).powi(2) + (y[a] - y[b]).powi(2);
        let nearest = |own: usize| {
            (0..400).filter(|&other| other != own).min_by(|&a, &b| square(own, a).total_cmp(&square(own, b))).unwrap()
        };
        let right = (0..400).filter(|&own| classes[own] == classes[nearest(own)]).count();
        assert!(right >= 388, "{shape:?}: {right} of 400");
    }
}

#[test]
fn noise_has_the_deviation_asked_for() {
    let shape = Shape::Regression(RegressionShape::Line);
    let drawn = points(PointsQuestion { shape, count: 10_000, noise: 0.3, seed: 9 }).unwrap();
    let squares: f64 = drawn.x.iter().zip(&drawn.y).map(|(x, y)| (y - 0.8 * x).powi(2)).sum();
    assert!(((squares / 1e4).sqrt() - 0.3).abs() < 0.01);
}

#[test]
fn absurd_questions_are_named() {
    let question = |count, noise| PointsQuestion { shape: Shape::Classes(ClassShape::Xor), count, noise, seed: 0 };
    for noise in [-0.1, 2.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(points(question(5, noise)), Err(LessonError::Setting { name: "noise", .. })));
    }
    assert_eq!(
        points(question(MAX_POINTS + 1, 0.1)),
        Err(LessonError::TooManyRows { found: MAX_POINTS + 1, limit: MAX_POINTS })
    );
    let mut drawn = points(question(5, 0.1)).unwrap();
    drawn.x[3] = f64::NAN;
    assert_eq!(drawn.check(), Err(LessonError::NotFinite { row: 3 }));
    drawn.x[3] = 1e7;
    assert!(matches!(drawn.check(), Err(LessonError::Far { row: 3, .. })));
    drawn.x.pop();
    assert_eq!(drawn.check(), Err(LessonError::Lengths { x: 4, y: 5, classes: 5 }));
}

#[test]
fn a_table_becomes_points() {
    let read = read_points(&table("name;t;v\na;10;1\nb;20;x\nc;30;3\nd;40;2"), LessonTask::Regression, 1).unwrap();
    assert!(common::off(&read.points.x, &[-1.0, 1.0 / 3.0, 1.0]) < 1e-12);
    assert_eq!(read.points.y, [-1.0, 1.0, 0.0]);
    assert_eq!((read.scale.x, read.scale.y, read.skipped), ((10.0, 40.0), (1.0, 3.0), vec![3]));
    // With a comma for the point, a typographic minus, and classes in words before the numbers.
    let rows = table("cat;1,5;\u{2212}2\ndog;2,5;0\ncat;3,5;2\ndog;1;1\n;3;1\ndog;nan;1");
    let read = read_points(&rows, LessonTask::Classification, 1).unwrap();
    assert_eq!((read.scale.x, read.scale.y), ((1.0, 3.5), (-2.0, 2.0)));
    assert_eq!((read.points.classes, read.skipped), (Some(vec![0, 1, 0, 1]), vec![5, 6]));
    // Classes that are numbers, in the last column; the smaller is 0.
    let read = read_points(&table("0;0;10\n1;1;9\n2;0;9"), LessonTask::Classification, 1).unwrap();
    assert_eq!((read.points.classes, read.points.y), (Some(vec![1, 0, 0]), vec![-1.0, 1.0, -1.0]));
    assert_eq!(read_points(&table("1;2\n3;4\n5;7"), LessonTask::Regression, 2).unwrap().points.len(), 3);
}

#[test]
fn tables_without_points_say_why() {
    let of = |text: &str, task| read_points(&table(text), task, 1).unwrap_err();
    let (curve, classes) = (LessonTask::Regression, LessonTask::Classification);
    assert_eq!(of("", curve), LessonError::NoNumbers { found: 0, needed: 2 });
    assert_eq!(of("a;b\nc;d", curve), LessonError::NoNumbers { found: 0, needed: 2 });
    assert_eq!(of("a;1\nc;2\nd;3", curve), LessonError::NoNumbers { found: 1, needed: 2 });
    assert_eq!(of("1;2\n3;4", curve), LessonError::TooFewRows { found: 2, needed: 3 });
    assert_eq!(of("1;2\n1;4\n1;5", curve), LessonError::ConstantColumn { axis: "x" });
    assert_eq!(of("1;2\n2;2\n3;2", curve), LessonError::ConstantColumn { axis: "y" });
    assert_eq!(of("1;2;a\n2;3;b\n3;4;c", classes), LessonError::Classes { found: 3 });
    assert_eq!(of("1;2;a\n2;3;a\n3;4;a", classes), LessonError::Classes { found: 1 });
    assert_eq!(of("1;2\n2;3\n3;4", classes), LessonError::Classes { found: 0 });
    assert_eq!(of("1;2;a\n2;3;a\n3;4;a\n5;x;b", classes), LessonError::Classes { found: 1 });
    assert_eq!(serde_json::to_value(of("", curve)).unwrap()["code"], "no_numbers");
}

proptest! {
    #![proptest_config(common::cases(256))]

    #[test]
    fn no_row_is_in_two_parts(
        count in 0usize..120,
        validation in 0.0f64..=1.0,
        test in 0.0f64..=1.0,
        classes in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let shape = if classes { Shape::Classes(ClassShape::Moons) } else { Shape::Regression(RegressionShape::Sine) };
        let points = points(PointsQuestion { shape, count, noise: 0.1, seed }).unwrap();
        let found = split(&SplitQuestion { points: points.clone(), validation, test, seed }).unwrap();
        let mut rows = [found.train.clone(), found.validation.clone(), found.test.clone()].concat();
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..count).collect::<Vec<_>>());
        prop_assert_eq!(found.train.is_empty(), count == 0);
        if (1.0 - validation - test) * count as f64 >= 2.0 {
            prop_assert!((found.test.len() as f64 - test * count as f64).abs() <= 1.0);
            prop_assert!((found.validation.len() as f64 - validation * count as f64).abs() <= 1.0);
        }
        if let Some(classes) = points.classes {
            for part in [&found.train, &found.validation, &found.test] {
                let ones = part.iter().filter(|&&row| classes[row] == 1).count();
                prop_assert!((2 * ones).abs_diff(part.len()) <= 4, "{} of {}", ones, part.len());
            }
        }
    }

    /// Any cells at all.
    #[test]
    fn tables_never_panic(
        rows in prop::collection::vec(prop::collection::vec("[0-9a-b.,e;\u{2212}-]{0,5}|1e308|-1e308|inf", 0..5), 0..12),
        classes in any::<bool>(),
    ) {
        let task = if classes { LessonTask::Classification } else { LessonTask::Regression };
        if let Ok(read) = read_points(&rows, task, 1) {
            prop_assert_eq!(read.points.check(), Ok(()));
            prop_assert!(read.points.x.iter().chain(&read.points.y).all(|value| value.abs() <= 1.0));
        }
    }
}
