//! Clusters of embeddings: how many there seem to be, and which vector is in which.

use serde::{Deserialize, Serialize};

use super::kmeans::Clustering;
use super::{Metric, Vectors, silhouette};

/// Most clusters that are tried for a suggestion.
const MOST_TRIED: usize = 10;
/// Vectors up to which many runs cost nothing, up to which some do, and the runs that there are.
const RUNS: [(usize, usize); 3] = [(200, 20), (1_000, 8), (usize::MAX, 2)];

/// How to cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterSettings {
    /// Vectors.
    pub count: usize,
    /// Values of each.
    pub dim: usize,
    /// Clusters; `None`: as many as are suggested.
    pub k: Option<usize>,
    /// Same seed, same clusters.
    pub seed: u64,
}

/// A number of clusters that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TriedClusters {
    /// Clusters.
    pub k: usize,
    /// Mean silhouette of the best run.
    pub silhouette: Option<f64>,
}

/// Clusters by direction: k-means over unit vectors, silhouettes of cosine distance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusterAnswer {
    /// Clusters that have vectors: fewer than asked for where fewer vectors differ.
    pub k: usize,
    /// The cluster of each vector, from 0: the largest first, of equals that of the first row.
    pub clusters: Vec<usize>,
    /// Mean silhouette; `None` under two clusters or three vectors, or where each vector is a cluster.
    pub silhouette: Option<f64>,
    /// The number of clusters with the largest mean silhouette, from 2 to 10; of equals the smallest.
    pub suggested: Option<usize>,
    /// What the suggestion was chosen from.
    pub tried: Vec<TriedClusters>,
}

/// Clusters vectors.
pub fn cluster(vectors: &Vectors, k: Option<usize>, seed: u64) -> ClusterAnswer {
    let count = vectors.count();
    let restarts = RUNS.iter().find(|(most, _)| count <= *most).map_or(1, |&(_, runs)| runs);
    let clustering = Clustering::new(vectors, Metric::Cosine);
    let mut tried = Vec::new();
    let mut best: Option<(f64, usize, Vec<usize>)> = None;
    for k in 2..=MOST_TRIED.min(count.saturating_sub(1)) {
        let found = clustering.best(k, restarts, seed).clusters;
        let score = silhouette(vectors, &found, Metric::Cosine);
        tried.push(TriedClusters { k, silhouette: score });
        if let Some(score) = score
            && best.as_ref().is_none_or(|(most, ..)| score > *most)
        {
            best = Some((score, k, found));
        }
    }
    let suggested = best.as_ref().map(|&(_, k, _)| k);
    let clusters = match (k, best) {
        (None, Some((.., clusters))) => clusters,
        (k, _) => clustering.best(k.unwrap_or(1), restarts, seed).clusters,
    };
    let (k, clusters) = by_size(&clusters);
    let silhouette = silhouette(vectors, &clusters, Metric::Cosine);
    ClusterAnswer { k, clusters, silhouette, suggested, tried }
}

/// Numbers clusters from the largest; leaves out those without vectors.
fn by_size(clusters: &[usize]) -> (usize, Vec<usize>) {
    let names = clusters.iter().max().map_or(0, |&last| last + 1);
    let (mut sizes, mut firsts) = (vec![0_usize; names], vec![usize::MAX; names]);
    for (row, &cluster) in clusters.iter().enumerate() {
        sizes[cluster] += 1;
        firsts[cluster] = firsts[cluster].min(row);
    }
    let mut order: Vec<usize> = (0..names).filter(|&cluster| sizes[cluster] > 0).collect();
    order.sort_by(|&a, &b| sizes[b].cmp(&sizes[a]).then(firsts[a].cmp(&firsts[b])));
    let mut numbers = vec![0; names];
    order.iter().enumerate().for_each(|(number, &cluster)| numbers[cluster] = number);
    (order.len(), clusters.iter().map(|&cluster| numbers[cluster]).collect())
}
