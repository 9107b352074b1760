//! k-means.
//!
//! Source: Lloyd, "Least squares quantization in PCM", 1982; first centres by Arthur and Vassilvitskii, "k-means++: The
//! Advantages of Careful Seeding", 2007, in the greedy form that scikit-learn uses: of a few candidates for each centre
//! the best is taken.

use super::rows::Rows;
use super::{Metric, Vectors};
use crate::algebra::square_distance;
use crate::random::Random;

/// Most rounds of Lloyd's algorithm.
const ROUNDS: usize = 300;

/// Clusters around their means.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeans {
    /// The cluster of each vector.
    pub clusters: Vec<usize>,
    /// The means: `k` rows of `dim` values; of unit vectors under [`Metric::Cosine`].
    pub centres: Vec<Vec<f64>>,
    /// Sum of the squared distances between vectors and the means of their clusters.
    pub inertia: f64,
}

/// The best of several runs from centres of chance. `k` is taken as at least 1 and at most the number of vectors; without
/// vectors there are no clusters.
pub fn k_means(vectors: &Vectors, k: usize, metric: Metric, restarts: usize, seed: u64) -> KMeans {
    Clustering::new(vectors, metric).best(k, restarts, seed)
}

/// Lloyd's algorithm from given centres, rows of `dim` values, in the space of the metric.
pub fn from_centres(vectors: &Vectors, metric: Metric, centres: Vec<Vec<f64>>) -> KMeans {
    Clustering::new(vectors, metric).lloyd(centres)
}

/// Vectors made ready for many runs.
pub(super) struct Clustering {
    points: Vec<Vec<f64>>,
    dim: usize,
    rows: Rows,
    /// What `rows` has been moved and scaled by, for centres to follow.
    moved: Vec<f64>,
    scale: f64,
}

impl Clustering {
    pub(super) fn new(vectors: &Vectors, metric: Metric) -> Self {
        let points: Vec<Vec<f64>> = (0..vectors.count).map(|row| vectors.direction(row, metric)).collect();
        let (rows, square) = Rows::new(vectors, metric);
        let moved = if metric == Metric::Euclidean { vectors.mean() } else { vec![0.0; vectors.dim] };
        Self { points, dim: vectors.dim, rows, moved, scale: square.sqrt() }
    }

    pub(super) fn best(&self, k: usize, restarts: usize, seed: u64) -> KMeans {
        if self.points.is_empty() {
            return KMeans { clusters: Vec::new(), centres: Vec::new(), inertia: 0.0 };
        }
        let k = k.clamp(1, self.points.len());
        let mut random = Random::stream(seed, 100 + k as u64);
        let mut best: Option<KMeans> = None;
        for _ in 0..restarts.max(1) {
            let found = self.lloyd(self.seeds(k, &mut random));
            if best.as_ref().is_none_or(|best| found.inertia < best.inertia) {
                best = Some(found);
            }
        }
        best.unwrap_or_else(|| self.lloyd(vec![self.points[0].clone()]))
    }

    /// First centres: each next one is a vector, drawn with a chance in proportion to its squared distance from the
    /// centres so far.
    fn seeds(&self, k: usize, random: &mut Random) -> Vec<Vec<f64>> {
        let count = self.points.len();
        let trials = 2 + (k as f64).ln() as usize;
        let mut chosen = vec![random.below(count)];
        let mut nearest = self.distances_from(chosen[0]);
        while chosen.len() < k {
            let total: f64 = nearest.iter().sum();
            let mut best: Option<(f64, usize, Vec<f64>)> = None;
            for _ in 0..trials {
                let candidate = pick(&nearest, total, random);
                let mut after = self.distances_from(candidate);
                after.iter_mut().zip(&nearest).for_each(|(after, nearest)| *after = after.min(*nearest));
                let sum: f64 = after.iter().sum();
                if best.as_ref().is_none_or(|(least, ..)| sum < *least) {
                    best = Some((sum, candidate, after));
                }
            }
            let Some((_, candidate, after)) = best else { break };
            chosen.push(candidate);
            nearest = after;
        }
        chosen.into_iter().map(|row| self.points[row].clone()).collect()
    }

    /// Squared distances of all vectors from one of them.
    fn distances_from(&self, row: usize) -> Vec<f64> {
        let mut centre = Rows::with_capacity(1, self.dim);
        centre.push(self.ready(&self.points[row]));
        let mut distances: Vec<f64> = (0..self.points.len())
            .step_by(2)
            .flat_map(|first| self.rows.distances(first, &centre, 0).map(|distances| f64::from(distances[0])))
            .collect();
        distances.truncate(self.points.len());
        distances[row] = 0.0;
        distances
    }

    /// A point in the form of `rows`.
    fn ready(&self, point: &[f64]) -> impl Iterator<Item = f64> {
        point.iter().zip(&self.moved).map(|(value, moved)| (value - moved) * self.scale)
    }

    fn lloyd(&self, mut centres: Vec<Vec<f64>>) -> KMeans {
        let mut clusters = vec![usize::MAX; self.points.len()];
        for _ in 0..ROUNDS {
            let (next, mut distances) = self.assign(&centres);
            if next == clusters {
                break;
            }
            clusters = next;
            self.refill(&mut clusters, &mut distances, centres.len());
            self.means(&clusters, &mut centres);
        }
        let inertia =
            self.points.iter().zip(&clusters).map(|(point, &own)| square_distance(point, &centres[own])).sum();
        KMeans { clusters, centres, inertia }
    }

    /// The nearest centre of each vector, and its squared distance.
    fn assign(&self, centres: &[Vec<f64>]) -> (Vec<usize>, Vec<f32>) {
        let mut ready = Rows::with_capacity(centres.len(), self.dim);
        centres.iter().for_each(|centre| ready.push(self.ready(centre)));
        let count = self.points.len();
        let (mut clusters, mut nearest) = (vec![0; count], vec![f32::INFINITY; count]);
        for first in (0..count).step_by(2) {
            for centre in (0..centres.len()).step_by(4) {
                let distances = self.rows.distances(first, &ready, centre);
                for (row, distances) in (first..count.min(first + 2)).zip(distances) {
                    for (centre, distance) in (centre..centres.len()).zip(distances) {
                        if distance < nearest[row] {
                            (clusters[row], nearest[row]) = (centre, distance);
                        }
                    }
                }
            }
        }
        (clusters, nearest)
    }

    /// A cluster that has lost all its vectors takes the one that is furthest from its centre.
    fn refill(&self, clusters: &mut [usize], distances: &mut [f32], k: usize) {
        let mut sizes = vec![0_usize; k];
        clusters.iter().for_each(|&cluster| sizes[cluster] += 1);
        for empty in 0..k {
            if sizes[empty] > 0 {
                continue;
            }
            let movable = (0..clusters.len()).filter(|&row| sizes[clusters[row]] > 1 && distances[row] > 0.0);
            let Some(furthest) = movable.max_by(|&a, &b| distances[a].total_cmp(&distances[b])) else { return };
            sizes[clusters[furthest]] -= 1;
            sizes[empty] += 1;
            (clusters[furthest], distances[furthest]) = (empty, 0.0);
        }
    }

    /// Moves each centre to the mean of its cluster; one without vectors stays.
    fn means(&self, clusters: &[usize], centres: &mut [Vec<f64>]) {
        let mut sums = vec![vec![0.0; self.dim]; centres.len()];
        let mut sizes = vec![0_usize; centres.len()];
        for (point, &cluster) in self.points.iter().zip(clusters) {
            sizes[cluster] += 1;
            sums[cluster].iter_mut().zip(point).for_each(|(sum, value)| *sum += value);
        }
        for ((centre, sum), size) in centres.iter_mut().zip(sums).zip(sizes) {
            if size > 0 {
                *centre = sum.into_iter().map(|value| value / size as f64).collect();
            }
        }
    }
}

/// A row, with a chance in proportion to its weight.
fn pick(weights: &[f64], total: f64, random: &mut Random) -> usize {
    if total <= 0.0 {
        return random.below(weights.len());
    }
    let mut left = random.uniform() * total;
    for (row, &weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return row;
        }
    }
    weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0)
}
