//! The text tower before its first step: the bundled encoder's piece vectors, turned into fewer dimensions.

use anyhow::{Context, Result};
use kindling_weights::Checkpoint;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Mean absolute size of a starting token vector's number; what the reference implementation starts with is of this order.
const SCALE: f32 = 0.03;

/// The encoder's piece vectors on their `width` strongest directions (principal components).
///
/// # Shapes
/// returns `[pieces × width]`
pub fn token_embedding(encoder: &Checkpoint, width: usize, seed: u64) -> Result<Vec<f32>> {
    let name = "embeddings.word_embeddings.weight";
    let from = *encoder.entry(name)?.shape.get(1).context("a token embedding of two dimensions")?;
    let mut rows = encoder.read_f32(name)?;
    let count = rows.len() / from;
    let mut mean = vec![0.0f32; from];
    rows.chunks(from).for_each(|row| mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / count as f32));
    rows.chunks_mut(from).for_each(|row| row.iter_mut().zip(&mean).for_each(|(v, m)| *v -= m));
    let directions = principal(&covariance(&rows, from), from, width, seed);
    let mut out = Vec::with_capacity(count * width);
    for row in rows.chunks(from) {
        out.extend(directions.chunks(from).map(|d| d.iter().zip(row).map(|(a, b)| a * b).sum::<f32>()));
    }
    let size = out.iter().map(|v| v.abs()).sum::<f32>() / out.len() as f32;
    out.iter_mut().for_each(|v| *v *= SCALE / size);
    Ok(out)
}

/// `[dim × dim]`
fn covariance(rows: &[f32], dim: usize) -> Vec<f32> {
    let mut sum = vec![0.0f32; dim * dim];
    for row in rows.chunks(dim) {
        for (line, a) in sum.chunks_mut(dim).zip(row) {
            line.iter_mut().zip(row).for_each(|(s, b)| *s += a * b);
        }
    }
    sum
}

/// Orthogonal iteration: `[width × dim]`, rows of length 1 and at right angles.
fn principal(matrix: &[f32], dim: usize, width: usize, seed: u64) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut basis: Vec<f32> = (0..width * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
    orthonormalise(&mut basis, dim);
    for _ in 0..30 {
        let mut next = Vec::with_capacity(basis.len());
        for vector in basis.chunks(dim) {
            next.extend(matrix.chunks(dim).map(|line| line.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>()));
        }
        basis = next;
        orthonormalise(&mut basis, dim);
    }
    basis
}

/// Gram–Schmidt.
fn orthonormalise(basis: &mut [f32], dim: usize) {
    for at in 0..basis.len() / dim {
        let (before, rest) = basis.split_at_mut(at * dim);
        let vector = &mut rest[..dim];
        for other in before.chunks(dim) {
            let along: f32 = other.iter().zip(vector.iter()).map(|(a, b)| a * b).sum();
            vector.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
        }
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
        vector.iter_mut().for_each(|v| *v /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_direction_comes_first() {
        // Variance 9 along (1, 1), 1 along (1, −1).
        let rows = [3.0f32, 3.0, -3.0, -3.0, 1.0, -1.0, -1.0, 1.0];
        let found = principal(&covariance(&rows, 2), 2, 1, 1);
        assert!((found[0].abs() - 0.5f32.sqrt()).abs() < 1e-3 && (found[0] - found[1]).abs() < 1e-3, "{found:?}");
    }
}
