//! Vectors of the embedding map: who is whose neighbour, how they cluster, and their two main directions.

mod cluster;
mod kept;
mod kmeans;
mod neighbours;
mod pca;
mod rows;
mod silhouette;

pub use cluster::{ClusterAnswer, ClusterSettings, TriedClusters, cluster};
pub use kept::{Kept, compared, kept};
pub use kmeans::{KMeans, from_centres, k_means};
pub use neighbours::{NeighbourSearch, Neighbours, neighbours};
pub use pca::{Pca, pca};
pub use silhouette::silhouette;

use crate::error::LessonError;

/// Most vectors that a lesson takes: all pairs of them are looked at.
pub const MAX_VECTORS: usize = 20_000;

/// How far two vectors are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Length of the difference.
    Euclidean,
    /// Angle: what embeddings are compared by. A vector without length has the cosine 0 with every other.
    Cosine,
}

/// Vectors, row by row: `[count × dim]`, all values finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vectors<'a> {
    values: &'a [f32],
    count: usize,
    dim: usize,
}

impl<'a> Vectors<'a> {
    /// Takes `count` vectors of `dim` values each.
    ///
    /// # Errors
    /// [`LessonError::Shape`], [`LessonError::TooManyRows`], [`LessonError::NotFinite`].
    pub fn new(values: &'a [f32], count: usize, dim: usize) -> Result<Self, LessonError> {
        if count.checked_mul(dim) != Some(values.len()) || count > 0 && dim == 0 {
            return Err(LessonError::Shape { values: values.len(), count, dim });
        }
        if count > MAX_VECTORS {
            return Err(LessonError::TooManyRows { found: count, limit: MAX_VECTORS });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(LessonError::NotFinite { row: at / dim }),
            None => Ok(Self { values, count, dim }),
        }
    }

    /// How many vectors there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Values of one vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// One vector.
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.dim..][..self.dim]
    }

    /// One vector in double precision.
    fn wide(&self, row: usize) -> Vec<f64> {
        self.row(row).iter().map(|&value| f64::from(value)).collect()
    }

    /// One vector in the form in which Euclidean distances are those of the metric: under [`Metric::Cosine`] of length
    /// 1, or without length still.
    fn direction(&self, row: usize, metric: Metric) -> Vec<f64> {
        let mut values = self.wide(row);
        if metric == Metric::Cosine {
            let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
            if length > 0.0 {
                values.iter_mut().for_each(|value| *value /= length);
            }
        }
        values
    }

    /// Mean of all vectors.
    fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.dim];
        for row in 0..self.count {
            mean.iter_mut().zip(self.row(row)).for_each(|(mean, &value)| *mean += f64::from(value));
        }
        mean.iter_mut().for_each(|mean| *mean /= self.count as f64);
        mean
    }
}
