//! PCA, k-means, silhouettes and neighbours against scikit-learn, and what happens to vectors that have no answer.

mod common;

use common::{DataSet, off};
use kindling_lessons::LessonError;
use kindling_lessons::vectors::{
    Metric, Vectors, cluster, compared, from_centres, k_means, kept, neighbours, pca, silhouette,
};
use proptest::prelude::*;

const TOLERANCE: f64 = 1e-6;

fn wide(row: &[f32]) -> Vec<f64> {
    row.iter().map(|&value| f64::from(value)).collect()
}

fn mean(vectors: &Vectors, rows: impl Iterator<Item = usize>) -> Vec<f64> {
    let (mut sum, mut count) = (vec![0.0; vectors.dim()], 0.0);
    for row in rows {
        sum.iter_mut().zip(vectors.row(row)).for_each(|(sum, &value)| *sum += f64::from(value));
        count += 1.0;
    }
    sum.into_iter().map(|sum| sum / count).collect()
}

#[test]
fn principal_components_are_those_of_scikit_learn() {
    for set in DataSet::all() {
        let values = set.values();
        let found = pca(&set.vectors(&values));
        let off_by = off(&found.positions[..80], &set.pca.positions.concat());
        let explained = off(&found.explained.unwrap(), &set.pca.explained);
        println!("{}: positions {off_by:.1e}, explained {explained:.1e}", set.name);
        assert!(off_by < TOLERANCE && explained < TOLERANCE, "{}", set.name);
        let lengths = found.components.each_ref().map(|own| own.iter().map(|value| value * value).sum::<f64>());
        assert!(off(&lengths, &[1.0, 1.0]) < 1e-12);
    }
}

#[test]
fn clusters_from_fixed_centres_are_those_of_scikit_learn() {
    for set in DataSet::all() {
        let values = set.values();
        let vectors = set.vectors(&values);
        let mut next = 0..;
        let centres = set.kmeans.parts.iter().map(|&rows| mean(&vectors, next.by_ref().take(rows))).collect();
        let found = from_centres(&vectors, Metric::Euclidean, centres);
        let off_by = (found.inertia / set.kmeans.inertia - 1.0).abs();
        println!("{}: inertia {off_by:.1e}", set.name);
        assert!(off_by < TOLERANCE, "{}: {} is not {}", set.name, found.inertia, set.kmeans.inertia);
        assert_eq!(found.clusters, set.kmeans.clusters, "{}", set.name);
    }
}

/// Forty runs of ours come within one percent of the best of fifty of scikit-learn's.
#[test]
fn clusters_from_chance_are_good() {
    for set in DataSet::all() {
        let values = set.values();
        let found = k_means(&set.vectors(&values), set.k, Metric::Euclidean, 40, 1);
        let ratio = found.inertia / set.kmeans.best_inertia;
        println!("{}: {ratio}", set.name);
        assert!(ratio < 1.01, "{}: {ratio}", set.name);
    }
}

#[test]
fn silhouettes_are_those_of_scikit_learn() {
    for set in DataSet::all() {
        let values = set.values();
        let vectors = set.vectors(&values);
        let expected = &set.silhouette;
        let euclidean = silhouette(&vectors, &expected.clusters, Metric::Euclidean).unwrap();
        let cosine = silhouette(&vectors, &expected.clusters, Metric::Cosine).unwrap();
        println!("{}: {:.1e} {:.1e}", set.name, euclidean - expected.euclidean, cosine - expected.cosine);
        assert!((euclidean - expected.euclidean).abs() < TOLERANCE, "{}", set.name);
        assert!((cosine - expected.cosine).abs() < TOLERANCE, "{}", set.name);
    }
}

#[test]
fn neighbours_are_as_near_as_scikit_learn_finds_them() {
    for set in DataSet::all() {
        let values = set.values();
        let found = neighbours(&set.vectors(&values), 10, Metric::Cosine);
        for (row, expected) in set.cosine_distances.iter().enumerate() {
            // Of unit vectors, the squared distance is twice 1 − cosine.
            let found: Vec<f64> = found.distances_of(row).iter().map(|distance| distance * distance / 2.0).collect();
            assert!(off(&found, expected) < TOLERANCE, "{} row {row}: {found:?} {expected:?}", set.name);
        }
    }
}

/// All pairs, one by one, in double precision.
#[test]
fn neighbours_are_exact() {
    let set = &DataSet::all()[3];
    let values = set.values();
    let vectors = set.vectors(&values);
    let found = neighbours(&vectors, 25, Metric::Euclidean);
    for row in (0..vectors.count()).step_by(7) {
        let own = wide(vectors.row(row));
        let square =
            |other: usize| own.iter().zip(wide(vectors.row(other))).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        let mut others: Vec<usize> = (0..vectors.count()).filter(|&other| other != row).collect();
        others.sort_by(|&a, &b| square(a).total_cmp(&square(b)));
        assert_eq!(found.of(row), &others[..25]);
    }
}

#[test]
fn the_number_of_clouds_is_suggested() {
    // Three directions, far apart, each with a little spread.
    let values: Vec<f32> = (0..60)
        .flat_map(|row| {
            let spread = (row / 3) as f32 * 0.004;
            let mut vector = [spread, spread / 2.0, 0.01];
            vector[row % 3] += 1.0 + row as f32;
            vector
        })
        .collect();
    let answer = cluster(&Vectors::new(&values, 60, 3).unwrap(), None, 1);
    assert_eq!((answer.k, answer.suggested, answer.tried.len()), (3, Some(3), 9));
    assert!((0..60).all(|row| answer.clusters[row] == answer.clusters[row % 3]));
    assert!(answer.silhouette.unwrap() > 0.9);
    let asked = cluster(&Vectors::new(&values, 60, 3).unwrap(), Some(5), 1);
    assert_eq!((asked.k, asked.suggested), (5, Some(3)));
    assert_eq!(serde_json::to_value(&asked).unwrap()["tried"][0]["k"], 2);
}

#[test]
fn undefined_is_said_and_k_is_clamped() {
    let empty = cluster(&Vectors::new(&[], 0, 4).unwrap(), Some(3), 1);
    assert_eq!((empty.k, empty.clusters.len(), empty.silhouette, empty.suggested), (0, 0, None, None));
    let values = [1.0, 0.0, 0.0, 1.0];
    let two = cluster(&Vectors::new(&values, 2, 2).unwrap(), Some(9), 1);
    assert_eq!((two.k, two.silhouette, two.suggested), (2, None, None));
    // All the same: one cluster, however many are asked for.
    let same = cluster(&Vectors::new(&[0.5; 40], 20, 2).unwrap(), Some(4), 1);
    assert_eq!((same.k, same.silhouette, same.suggested), (1, None, None));
    let nothing = cluster(&Vectors::new(&[0.0; 40], 20, 2).unwrap(), None, 1);
    assert_eq!((nothing.k, nothing.silhouette), (1, None));
}

#[test]
fn what_a_map_keeps_is_counted() {
    let values: Vec<f32> = (0..30).flat_map(|row| [(row as f32 * 0.05).cos(), (row as f32 * 0.05).sin()]).collect();
    let vectors = Vectors::new(&values, 30, 2).unwrap();
    let near = neighbours(&vectors, compared(30), Metric::Cosine);
    let same: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
    assert!(kept(&near, &same).mean.unwrap() > 0.98);
    // Even rows on one side of the map, odd ones on the other.
    let torn: Vec<f64> = (0..30).flat_map(|row| [f64::from(row % 2) * 100.0, f64::from(row)]).collect();
    let torn = kept(&near, &torn);
    assert!((0.4..0.65).contains(&torn.mean.unwrap()), "{:?}", torn.mean);
    assert_eq!(torn.by_point.len(), 30);
    assert_eq!((compared(0), compared(3), compared(5), compared(12), compared(1_000)), (1, 1, 2, 5, 10));
}

#[test]
fn vectors_are_checked() {
    assert_eq!(Vectors::new(&[1.0; 5], 2, 3), Err(LessonError::Shape { values: 5, count: 2, dim: 3 }));
    assert_eq!(Vectors::new(&[], 2, 0), Err(LessonError::Shape { values: 0, count: 2, dim: 0 }));
    assert_eq!(Vectors::new(&[1.0, f32::NAN], 2, 1), Err(LessonError::NotFinite { row: 1 }));
    assert!(Vectors::new(&[], usize::MAX, 2).is_err());
    assert!(matches!(Vectors::new(&[0.0; 20_001], 20_001, 1), Err(LessonError::TooManyRows { .. })));
}

proptest! {
    #![proptest_config(common::cases(300))]

    /// Any finite vectors: huge, tiny, zero, the same.
    #[test]
    fn nothing_panics_or_is_nan(
        rows in prop::collection::vec(prop::array::uniform3(common::any_value()), 0..24),
        k in prop::option::of(0usize..30),
        seed in any::<u64>(),
    ) {
        let values = rows.concat();
        let vectors = Vectors::new(&values, rows.len(), 3).unwrap();
        let projected = pca(&vectors);
        prop_assert!(projected.positions.iter().chain(projected.explained.iter().flatten()).all(|value| value.is_finite()));
        for metric in [Metric::Cosine, Metric::Euclidean] {
            let near = neighbours(&vectors, 5, metric);
            prop_assert_eq!(near.k, 5.min(rows.len().saturating_sub(1)));
            prop_assert!(near.distances.iter().all(|distance| distance.is_finite()));
            prop_assert!((0..rows.len()).all(|row| near.distances_of(row).is_sorted() && !near.of(row).contains(&row)));
            let found = k_means(&vectors, k.unwrap_or(3), metric, 2, seed);
            prop_assert!(found.inertia.is_finite() && found.clusters.len() == rows.len());
            let score = silhouette(&vectors, &found.clusters, metric);
            prop_assert!(score.is_none_or(|score| (-1.0 - 1e-9..=1.0 + 1e-9).contains(&score)));
        }
        let answer = cluster(&vectors, k, seed);
        prop_assert!(answer.clusters.iter().all(|&cluster| cluster < answer.k));
        prop_assert!(answer.k <= k.map_or(10, |k| k.max(1)));
        prop_assert_eq!(cluster(&vectors, k, seed), answer);
    }
}
