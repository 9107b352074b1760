//! Fixtures of tests/reference/lessons.py.

#![allow(dead_code, reason = "each test program uses its part")]

use std::path::Path;

use kindling_lessons::vectors::Vectors;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Reads a fixture.
pub fn fixture<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/lessons").join(name);
    let text = std::fs::read_to_string(&path).expect("a fixture, see tests/reference/lessons.py");
    serde_json::from_str(&text).expect("the fields of the fixture")
}

/// Largest distance between numbers of two lists, as a share of the largest number (of 1 at least).
pub fn off(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
    let difference = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    // NaN must not pass for small.
    difference.fold(0.0, |most, value| if value <= most { most } else { value }) / scale
}

/// So many cases, or as many as PROPTEST_CASES asks for where that is more. A failing one is printed, not written
/// beside the sources.
pub fn cases(cases: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|asked| asked.parse().ok()).unwrap_or(0);
    Config { cases: cases.max(asked), failure_persistence: None, ..Config::default() }
}

/// Values that a stranger's vectors may hold: everyday ones, nothing, the largest and the smallest.
pub fn any_value() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => -1.0f32..1.0,
        2 => Just(0.0f32),
        1 => prop::sample::select(vec![f32::MAX, f32::MIN, 1e-30, -1e30, 1e-44, 1e6]),
    ]
}

/// Vectors, and what the reference makes of them.
#[derive(Deserialize)]
pub struct DataSet {
    pub name: String,
    pub count: usize,
    pub dim: usize,
    values: Option<Vec<f32>>,
    /// One value a letter, 0 … g.
    digits: Option<String>,
    pub k: usize,
    pub pca: PcaReference,
    pub kmeans: KMeansReference,
    pub silhouette: SilhouetteReference,
    pub cosine_distances: Vec<Vec<f64>>,
    pub kept: Option<KeptReference>,
    /// Of [`DataSet::four_copies`].
    pub kept_by_four: Option<KeptReference>,
}

#[derive(Deserialize)]
pub struct PcaReference {
    pub positions: Vec<Vec<f64>>,
    pub explained: Vec<f64>,
}

#[derive(Deserialize)]
pub struct KMeansReference {
    /// Rows of each part, in order, whose mean is a first centre.
    pub parts: Vec<usize>,
    pub clusters: Vec<usize>,
    pub inertia: f64,
    pub best_inertia: f64,
}

#[derive(Deserialize)]
pub struct SilhouetteReference {
    pub clusters: Vec<usize>,
    pub euclidean: f64,
    pub cosine: f64,
}

#[derive(Deserialize)]
pub struct KeptReference {
    pub tsne: f64,
    pub umap: f64,
}

impl DataSet {
    pub fn all() -> Vec<Self> {
        fixture("vectors.json")
    }

    pub fn values(&self) -> Vec<f32> {
        let spelt = || self.digits.iter().flat_map(|digits| digits.chars()).filter_map(|digit| digit.to_digit(17));
        self.values.clone().unwrap_or_else(|| spelt().map(|value| value as f32).collect())
    }

    /// Four copies, each value moved by less than one, as the reference moves them.
    pub fn four_copies(&self) -> Vec<f32> {
        let values = self.values();
        let moved = |copy: usize, at: usize| ((at * 7_919 + copy * 104_729) % 1_000) as f32 / 1_000.0;
        (0..4).flat_map(|copy| values.iter().enumerate().map(move |(at, value)| value + moved(copy, at))).collect()
    }

    pub fn vectors<'a>(&self, values: &'a [f32]) -> Vectors<'a> {
        Vectors::new(values, self.count, self.dim).expect("vectors")
    }
}
