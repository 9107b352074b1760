//! Least squares that never fails: of all best solutions the shortest.
//!
//! Source: Golub and Van Loan, "Matrix Computations", 4th edition: Householder QR (5.2), then a singular value
//! decomposition of the small triangle by one-sided Jacobi rotations (8.6), which finds small singular values to high
//! relative accuracy; those below rounding are left out, as in the pseudo-inverse (5.5).

use super::dot;

/// Most sweeps of rotations; six or so do.
const SWEEPS: usize = 60;

/// The shortest x that makes ‖A·x − b‖² smallest.
///
/// `columns` are those of A, all of the length of `b`. Fewer rows than columns and columns that depend on each other
/// are fine.
pub(crate) fn least_squares(mut columns: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let width = columns.len();
    let rows = b.len().max(width);
    // Rows of zeros change nothing, and spare the case of a broad matrix.
    columns.iter_mut().for_each(|column| column.resize(rows, 0.0));
    b.resize(rows, 0.0);
    let measured = b.len();
    triangulate(&mut columns, &mut b);
    columns.iter_mut().for_each(|column| column.truncate(width));
    b.truncate(width);
    let right = orthogonalise(&mut columns);
    let sigmas: Vec<f64> = columns.iter().map(|column| dot(column, column).sqrt()).collect();
    let largest = sigmas.iter().copied().fold(0.0, f64::max);
    let least = largest * f64::EPSILON * measured as f64;
    let mut solution = vec![0.0; width];
    for ((column, right), sigma) in columns.iter().zip(&right).zip(sigmas) {
        if sigma > least {
            let share = dot(column, &b) / sigma / sigma;
            solution.iter_mut().zip(right).for_each(|(value, right)| *value += share * right);
        }
    }
    solution
}

/// Householder QR: leaves R in the first rows of `columns`, and Qᵀ·b in `b`.
fn triangulate(columns: &mut [Vec<f64>], b: &mut [f64]) {
    for step in 0..columns.len() {
        let (done, later) = columns.split_at_mut(step + 1);
        let own = &mut done[step];
        let norm = dot(&own[step..], &own[step..]).sqrt();
        if norm == 0.0 {
            continue;
        }
        let diagonal = -norm.copysign(own[step]);
        let mut mirror = own[step..].to_vec();
        mirror[0] -= diagonal;
        let length = dot(&mirror, &mirror);
        own[step] = diagonal;
        own[step + 1..].fill(0.0);
        for target in later.iter_mut().map(|column| &mut column[step..]).chain([&mut b[step..]]) {
            let share = 2.0 * dot(&mirror, target) / length;
            target.iter_mut().zip(&mirror).for_each(|(value, mirror)| *value -= share * mirror);
        }
    }
}

/// One-sided Jacobi: turns pairs of columns until all are orthogonal. Gives the columns of V, where A = U·Σ·Vᵀ and the
/// columns left behind are U·Σ.
fn orthogonalise(columns: &mut [Vec<f64>]) -> Vec<Vec<f64>> {
    let width = columns.len();
    let mut right: Vec<Vec<f64>> =
        (0..width).map(|own| (0..width).map(|row| f64::from(row == own)).collect()).collect();
    for _ in 0..SWEEPS {
        let mut turned = false;
        for first in 0..width {
            for second in first + 1..width {
                let (a, b) = pair(columns, first, second);
                let (alpha, beta, gamma) = (dot(a, a), dot(b, b), dot(a, b));
                if gamma.abs() <= f64::EPSILON * (alpha * beta).sqrt() || gamma == 0.0 {
                    continue;
                }
                turned = true;
                let zeta = (beta - alpha) / (2.0 * gamma);
                let tangent = 1.0_f64.copysign(zeta) / (zeta.abs() + zeta.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                rotate(a, b, cosine, cosine * tangent);
                let (a, b) = pair(&mut right, first, second);
                rotate(a, b, cosine, cosine * tangent);
            }
        }
        if !turned {
            break;
        }
    }
    right
}

fn pair(columns: &mut [Vec<f64>], first: usize, second: usize) -> (&mut [f64], &mut [f64]) {
    let (head, tail) = columns.split_at_mut(second);
    (&mut head[first], &mut tail[0])
}

fn rotate(a: &mut [f64], b: &mut [f64], cosine: f64, sine: f64) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} is not {expected:?}");
    }

    #[test]
    fn solves_exactly_where_it_can() {
        close(&least_squares(vec![vec![2.0, 1.0], vec![1.0, 3.0]], vec![5.0, 10.0]), &[1.0, 3.0]);
        // The line of least squares through (0, 0), (1, 1), (2, 3).
        close(&least_squares(vec![vec![1.0; 3], vec![0.0, 1.0, 2.0]], vec![0.0, 1.0, 3.0]), &[-1.0 / 6.0, 1.5]);
    }

    #[test]
    fn takes_the_shortest_where_there_are_many() {
        close(&least_squares(vec![vec![1.0], vec![1.0]], vec![2.0]), &[1.0, 1.0]);
        let same = vec![1.0, 2.0, 3.0];
        close(&least_squares(vec![same.clone(), same.clone(), vec![0.0; 3]], same), &[0.5, 0.5, 0.0]);
        close(&least_squares(vec![vec![0.0; 2]; 2], vec![1.0, 2.0]), &[0.0, 0.0]);
        close(&least_squares(vec![Vec::new(), Vec::new()], Vec::new()), &[0.0, 0.0]);
    }
}
