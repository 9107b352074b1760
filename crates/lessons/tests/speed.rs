//! How long 5,000 vectors take: `cargo test -p kindling-lessons --release --test speed -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use kindling_lessons::map::{ProjectSettings, Projecting, Projection};
use kindling_lessons::points::{PointsQuestion, RegressionShape, Shape};
use kindling_lessons::polynomial::{SpreadQuestion, SpreadSource, spread};
use kindling_lessons::random::Random;
use kindling_lessons::vectors::{Metric, Vectors, cluster, neighbours, pca};

const COUNT: usize = 5_000;

/// Unit vectors around forty directions.
fn vectors(dim: usize) -> Vec<f32> {
    let mut random = Random::new(1);
    let centres: Vec<f64> = (0..40 * dim).map(|_| random.normal()).collect();
    let mut values = Vec::with_capacity(COUNT * dim);
    for row in 0..COUNT {
        let own: Vec<f64> = (0..dim).map(|at| centres[row % 40 * dim + at] + 1.5 * random.normal()).collect();
        let length = own.iter().map(|value| value * value).sum::<f64>().sqrt();
        values.extend(own.into_iter().map(|value| (value / length) as f32));
    }
    values
}

fn timed<T>(name: &str, most: f64, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    let seconds = start.elapsed().as_secs_f64();
    println!("{name}: {seconds:.2} s");
    assert!(seconds < most, "{name}: {seconds:.2} s, {most} s at most");
    value
}

fn map(method: Projection, steps: Option<usize>) {
    let values = vectors(256);
    let vectors = Vectors::new(&values, COUNT, 256).expect("vectors");
    let settings = ProjectSettings {
        count: COUNT,
        dim: 256,
        method,
        seed: 1,
        perplexity: None,
        neighbours: None,
        min_dist: None,
        steps,
    };
    let mut longest = Duration::ZERO;
    let answer = timed(&format!("{method:?}, 5,000 × 256, steps {steps:?}"), 60.0, || {
        let mut projecting = Projecting::new(&vectors, settings);
        while !projecting.is_done() {
            let start = Instant::now();
            projecting.step(&vectors);
            longest = longest.max(start.elapsed());
        }
        projecting.answer()
    });
    println!("  longest step {} ms, kept {:.3}", longest.as_millis(), answer.kept.expect("three points"));
}

#[test]
#[ignore = "seconds of work; timings mean nothing on a busy machine"]
fn t_sne_of_five_thousand_vectors_does_not_take_long() {
    map(Projection::Tsne, Some(500));
}

#[test]
#[ignore = "seconds of work; timings mean nothing on a busy machine"]
fn umap_of_five_thousand_vectors_does_not_take_long() {
    map(Projection::Umap, None);
}

#[test]
#[ignore = "seconds of work; timings mean nothing on a busy machine"]
fn the_rest_does_not_take_long() {
    let values = vectors(384);
    let vectors = Vectors::new(&values, COUNT, 384).unwrap();
    timed("PCA, 5,000 × 384", 5.0, || pca(&vectors));
    timed("10 neighbours, 5,000 × 384", 6.0, || neighbours(&vectors, 10, Metric::Cosine));
    let answer = timed("clusters, 5,000 × 384", 30.0, || cluster(&vectors, None, 1));
    println!("  suggested {:?}", answer.suggested);
    let shape = Shape::Regression(RegressionShape::Bumps);
    let source = SpreadSource::Shape(PointsQuestion { shape, count: 60, noise: 0.2, seed: 1 });
    let question = SpreadQuestion { source, degree: 15, l2: 1e-4, rounds: 200 };
    timed("200 refits of degree 15", 2.0, || spread(&question).unwrap());
}
