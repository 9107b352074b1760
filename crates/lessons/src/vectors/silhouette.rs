//! Silhouettes: whether vectors lie closer to their own cluster than to the next.
//!
//! Source: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis", 1987.
//! With a the mean distance to the others of one's cluster and b the smallest mean distance to another cluster, the
//! silhouette of a vector is (b − a) / max(a, b); it is 0 for the only one of its cluster.

use super::{Metric, Vectors};
use crate::algebra::{dot, square_distance};

/// Mean silhouette over all vectors, −1 … 1. Under [`Metric::Cosine`] the distance is 1 − cosine.
///
/// `None` where it is undefined: under three vectors, under two clusters, each vector a cluster of its own, or not one
/// cluster for each vector.
pub fn silhouette(vectors: &Vectors, clusters: &[usize], metric: Metric) -> Option<f64> {
    let count = vectors.count();
    let mut names = clusters.to_vec();
    names.sort_unstable();
    names.dedup();
    if clusters.len() != count || count < 3 || names.len() < 2 || names.len() == count {
        return None;
    }
    let clusters: Vec<usize> = clusters.iter().map(|name| names.partition_point(|other| other < name)).collect();
    let mut sizes = vec![0_usize; names.len()];
    clusters.iter().for_each(|&cluster| sizes[cluster] += 1);
    let points: Vec<Vec<f64>> = (0..count).map(|row| vectors.direction(row, metric)).collect();
    let sums_to = match metric {
        Metric::Cosine => cosine_sums(&points, &clusters, sizes.len()),
        Metric::Euclidean => euclidean_sums(&points, &clusters, sizes.len()),
    };
    let silhouettes = sums_to.chunks_exact(sizes.len()).zip(&clusters).map(|(sums, &own)| {
        if sizes[own] == 1 {
            return 0.0;
        }
        let a = sums[own] / (sizes[own] - 1) as f64;
        let others = (0..sizes.len()).filter(|&other| other != own).map(|other| sums[other] / sizes[other] as f64);
        let b = others.fold(f64::INFINITY, f64::min);
        let larger = a.max(b);
        if larger > 0.0 { (b - a) / larger } else { 0.0 }
    });
    Some(silhouettes.sum::<f64>() / count as f64)
}

/// For each vector, the sum of its distances to the vectors of each cluster: `[count × clusters]`. As 1 − cosine is
/// linear in unit vectors, the sum of a cluster's vectors says it all, and no pairs are needed.
fn cosine_sums(points: &[Vec<f64>], clusters: &[usize], k: usize) -> Vec<f64> {
    let mut sums = vec![vec![0.0; points[0].len()]; k];
    let mut sizes = vec![0.0; k];
    for (point, &cluster) in points.iter().zip(clusters) {
        sums[cluster].iter_mut().zip(point).for_each(|(sum, value)| *sum += value);
        sizes[cluster] += 1.0;
    }
    let distance = |point: &[f64], own: usize, cluster: usize| {
        // Nobody is away from itself, not even a vector without length.
        let itself = if cluster == own { 1.0 - dot(point, point) } else { 0.0 };
        (sizes[cluster] - dot(point, &sums[cluster]) - itself).max(0.0)
    };
    let rows = points.iter().zip(clusters);
    rows.flat_map(|(point, &own)| (0..k).map(|cluster| distance(point, own, cluster)).collect::<Vec<_>>()).collect()
}

/// The same by all pairs.
fn euclidean_sums(points: &[Vec<f64>], clusters: &[usize], k: usize) -> Vec<f64> {
    let mut sums = vec![0.0; points.len() * k];
    for first in 0..points.len() {
        for second in first + 1..points.len() {
            let distance = square_distance(&points[first], &points[second]).sqrt();
            sums[first * k + clusters[second]] += distance;
            sums[second * k + clusters[first]] += distance;
        }
    }
    sums
}
