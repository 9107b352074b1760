//! Eigenvectors of a symmetric matrix.
//!
//! Source: Golub and Van Loan, "Matrix Computations", 4th edition, 8.3: Householder's reduction to three diagonals, then
//! QL steps with implicit shifts; the arrangement is that of `tred2` and `tql2` in EISPACK (Bowdler, Martin, Reinsch and
//! Wilkinson, 1968), with vectors as rows, because a rotation then runs along memory.

use super::dot;

/// Steps for one eigenvalue; two or three do.
const STEPS: usize = 60;

/// Eigenvalues, and the eigenvectors as rows, from the largest eigenvalue to the smallest.
///
/// `matrix` is symmetric, `[size × size]`; all values finite.
pub(crate) fn symmetric(matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut rows: Vec<Vec<f64>> = matrix.chunks_exact(size.max(1)).map(<[f64]>::to_vec).collect();
    let (mut diagonal, mut beside) = reduce(&mut rows);
    let mut vectors = rows;
    diagonalise(&mut diagonal, &mut beside, &mut vectors);
    let mut order: Vec<usize> = (0..diagonal.len()).collect();
    order.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]));
    let vectors = order.iter().map(|&index| std::mem::take(&mut vectors[index])).collect();
    (order.iter().map(|&index| diagonal[index]).collect(), vectors)
}

/// Reduces to three diagonals: gives the middle one and the one beside it (`beside[i]` couples i and i + 1), and leaves
/// in `rows` the rows of Qᵀ, where the matrix is Q·T·Qᵀ.
fn reduce(rows: &mut Vec<Vec<f64>>) -> (Vec<f64>, Vec<f64>) {
    let size = rows.len();
    let mut beside = vec![0.0; size];
    let mut mirrors: Vec<Vec<f64>> = Vec::new();
    for step in 0..size.saturating_sub(2) {
        // The mirror that takes all but the first value below the diagonal of this column to zero.
        let mut mirror = rows[step][step + 1..].to_vec();
        let largest = mirror.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let norm = if largest > 0.0 {
            mirror.iter_mut().for_each(|value| *value /= largest);
            dot(&mirror, &mirror).sqrt()
        } else {
            0.0
        };
        if norm == 0.0 {
            mirrors.push(Vec::new());
            continue;
        }
        let head = -norm.copysign(mirror[0]);
        beside[step] = head * largest;
        mirror[0] -= head;
        let length = dot(&mirror, &mirror).sqrt();
        mirror.iter_mut().for_each(|value| *value /= length);
        reflect_both_sides(&mut rows[step + 1..], step + 1, &mirror);
        mirrors.push(mirror);
    }
    if size > 1 {
        beside[size - 2] = rows[size - 2][size - 1];
    }
    let diagonal = (0..size).map(|index| rows[index][index]).collect();
    *rows = (0..size).map(|own| (0..size).map(|column| f64::from(own == column)).collect()).collect();
    // Qᵀ = … H₂·H₁: each row of it is mirrored from the last mirror to the first.
    for (step, mirror) in mirrors.iter().enumerate().rev().filter(|(_, mirror)| !mirror.is_empty()) {
        for row in &mut rows[step + 1..] {
            let share = 2.0 * dot(&row[step + 1..], mirror);
            row[step + 1..].iter_mut().zip(mirror).for_each(|(value, mirror)| *value -= share * mirror);
        }
    }
    (diagonal, beside)
}

/// B ← H·B·H with H = 1 − 2·m·mᵀ, for the block B that starts at column `start` of `rows`.
fn reflect_both_sides(rows: &mut [Vec<f64>], start: usize, mirror: &[f64]) {
    let mut product: Vec<f64> = rows.iter().map(|row| 2.0 * dot(&row[start..], mirror)).collect(); // 2·B·m
    let middle = dot(&product, mirror);
    product.iter_mut().zip(mirror).for_each(|(value, mirror)| *value -= middle * mirror);
    for (index, row) in rows.iter_mut().enumerate() {
        let (own, share) = (mirror[index], product[index]);
        for ((value, product), mirror) in row[start..].iter_mut().zip(&product).zip(mirror) {
            *value -= own * product + share * mirror;
        }
    }
}

/// QL with implicit shifts; turns the rows of `vectors` along.
fn diagonalise(diagonal: &mut [f64], beside: &mut [f64], vectors: &mut [Vec<f64>]) {
    let size = diagonal.len();
    for first in 0..size {
        for _ in 0..STEPS {
            let small = |&at: &usize| {
                let sum = diagonal[at].abs() + diagonal[at + 1].abs();
                beside[at].abs() <= f64::EPSILON * sum || beside[at].abs() < f64::MIN_POSITIVE
            };
            let last = (first..size - 1).find(small).unwrap_or(size - 1);
            if last == first {
                break;
            }
            ql_step(diagonal, beside, vectors, first, last);
        }
    }
}

/// One step over the block `first ..= last`, with Wilkinson's shift.
fn ql_step(diagonal: &mut [f64], beside: &mut [f64], vectors: &mut [Vec<f64>], first: usize, last: usize) {
    let slope = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
    let mut chased = diagonal[last] - diagonal[first] + beside[first] / (slope + slope.hypot(1.0).copysign(slope));
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for at in (first..last).rev() {
        let (far, near) = (sine * beside[at], cosine * beside[at]);
        let length = far.hypot(chased);
        beside[at + 1] = length;
        if length == 0.0 {
            diagonal[at + 1] -= shift;
            beside[last] = 0.0;
            return;
        }
        (sine, cosine) = (far / length, chased / length);
        let moved = diagonal[at + 1] - shift;
        let turned = (diagonal[at] - moved) * sine + 2.0 * cosine * near;
        shift = sine * turned;
        diagonal[at + 1] = moved + shift;
        chased = cosine * turned - near;
        let (head, tail) = vectors.split_at_mut(at + 1);
        for (low, high) in head[at].iter_mut().zip(&mut tail[0]) {
            (*low, *high) = (cosine * *low - sine * *high, sine * *low + cosine * *high);
        }
    }
    diagonal[first] -= shift;
    beside[first] = chased;
    beside[last] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn vectors_are_orthonormal_and_build_the_matrix_again() {
        let mut random = Random::new(5);
        for size in [0_usize, 1, 2, 3, 7, 40] {
            let mut matrix = vec![0.0; size * size];
            for row in 0..size {
                for column in 0..=row {
                    let value =
                        if (row * column) % 5 == 3 { 0.0 } else { random.normal() * 10_f64.powi(row as i32 % 4) };
                    (matrix[row * size + column], matrix[column * size + row]) = (value, value);
                }
            }
            let largest = matrix.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
            let (values, vectors) = symmetric(matrix.clone(), size);
            assert!(values.is_sorted_by(|a, b| a >= b));
            for row in 0..size {
                for column in 0..size {
                    let unit = dot(&vectors[row], &vectors[column]) - f64::from(row == column);
                    let sum: f64 = (0..size).map(|own| values[own] * vectors[own][row] * vectors[own][column]).sum();
                    let off = (sum - matrix[row * size + column]).abs() / largest;
                    assert!(unit.abs() < 1e-12 && off < 1e-12, "{size}: {unit} {off}");
                }
            }
        }
    }

    #[test]
    fn equal_eigenvalues_and_zeros_are_fine() {
        let (values, _) = symmetric(vec![0.0; 9], 3);
        assert_eq!(values, [0.0; 3]);
        let (values, vectors) = symmetric(vec![2.0, 0.0, 0.0, 2.0], 2);
        assert_eq!((values, vectors), (vec![2.0, 2.0], vec![vec![1.0, 0.0], vec![0.0, 1.0]]));
    }
}
