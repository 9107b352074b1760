//! Principal components: the two directions in which vectors differ most.
//!
//! Source: Pearson, "On lines and planes of closest fit to systems of points in space", 1901. The eigenvectors are those
//! of the covariance matrix or of the Gram matrix, whichever is smaller. As in scikit-learn, each component points to
//! where its loading of the largest magnitude is positive.

use super::Vectors;
use crate::algebra::{dot, eigen};

/// Rows that are added to the covariance at a time: each value of it is loaded once for all of them.
const BATCH: usize = 4;

/// Positions along the first two principal components.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// `[count × 2]`.
    pub positions: Vec<f64>,
    /// Shares of the variance; `None` where there is none.
    pub explained: Option<[f64; 2]>,
    /// The components: two unit vectors of `dim` values. Zeros where there is no second direction.
    pub components: [Vec<f64>; 2],
}

/// The exact first two principal components.
pub fn pca(vectors: &Vectors) -> Pca {
    let (count, dim) = (vectors.count(), vectors.dim());
    let mean = vectors.mean();
    let mut rows: Vec<Vec<f64>> = (0..count)
        .map(|row| vectors.row(row).iter().zip(&mean).map(|(&value, mean)| f64::from(value) - mean).collect())
        .collect();
    // Of a size at which squares neither overflow nor vanish.
    let largest = rows.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let total: f64 = if largest > 0.0 {
        rows.iter_mut().flatten().for_each(|value| *value /= largest);
        rows.iter().map(|row| dot(row, row)).sum()
    } else {
        0.0
    };
    if total == 0.0 {
        return Pca { positions: vec![0.0; 2 * count], explained: None, components: [vec![0.0; dim], vec![0.0; dim]] };
    }
    let (values, components) = if dim <= count { of_covariance(&rows, dim) } else { of_gram(&rows, dim) };
    let positions = rows.iter().flat_map(|row| components.each_ref().map(|own| dot(row, own) * largest)).collect();
    let explained = values.map(|value| (value.max(0.0) / total).min(1.0));
    Pca { positions, explained: Some(explained), components }
}

/// Eigenvalues and directions from XᵀX, `[dim × dim]`.
fn of_covariance(rows: &[Vec<f64>], dim: usize) -> ([f64; 2], [Vec<f64>; 2]) {
    let mut matrix = vec![0.0; dim * dim];
    let nothing = vec![0.0; dim];
    for batch in rows.chunks(BATCH) {
        let rows: [&[f64]; BATCH] = std::array::from_fn(|index| batch.get(index).unwrap_or(&nothing).as_slice());
        for first in 0..dim {
            let own = rows.map(|row| row[first]);
            let target = &mut matrix[first * dim..][first..dim];
            let [a, b, c, d] = rows.map(|row| &row[first..]);
            for ((((sum, a), b), c), d) in target.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *sum += own[0] * a + own[1] * b + (own[2] * c + own[3] * d);
            }
        }
    }
    mirror(&mut matrix, dim);
    let (values, vectors) = eigen::symmetric(matrix, dim);
    let component = |index: usize| vectors.get(index).cloned().unwrap_or_else(|| vec![0.0; dim]);
    let value = |index: usize| values.get(index).copied().unwrap_or(0.0);
    ([value(0), value(1)], [signed(component(0)), signed(component(1))])
}

/// The same from XXᵀ, `[count × count]`: with an eigenvector u of it, Xᵀu is a direction.
fn of_gram(rows: &[Vec<f64>], dim: usize) -> ([f64; 2], [Vec<f64>; 2]) {
    let count = rows.len();
    let mut matrix = vec![0.0; count * count];
    for first in 0..count {
        for second in first..count {
            matrix[first * count + second] = dot(&rows[first], &rows[second]);
        }
    }
    mirror(&mut matrix, count);
    let (values, vectors) = eigen::symmetric(matrix, count);
    let value = |index: usize| values.get(index).copied().unwrap_or(0.0);
    let component = |index: usize| {
        let mut direction = vec![0.0; dim];
        // An eigenvalue that is nothing but rounding has no direction.
        if value(index) > value(0) * f64::EPSILON * count as f64 {
            for (row, share) in rows.iter().zip(&vectors[index]) {
                direction.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * value);
            }
            let length = dot(&direction, &direction).sqrt();
            direction.iter_mut().for_each(|value| *value /= length);
        }
        signed(direction)
    };
    ([value(0), value(1)], [component(0), component(1)])
}

/// Copies the upper triangle to the lower.
fn mirror(matrix: &mut [f64], size: usize) {
    for row in 1..size {
        for column in 0..row {
            matrix[row * size + column] = matrix[column * size + row];
        }
    }
}

/// Turns a direction so that its first value of the largest magnitude is positive.
fn signed(mut direction: Vec<f64>) -> Vec<f64> {
    let largest = direction.iter().fold(0.0_f64, |most, &value| if value.abs() > most.abs() { value } else { most });
    if largest < 0.0 {
        direction.iter_mut().for_each(|value| *value = -*value);
    }
    direction
}
