//! The linear algebra that the lessons stand on, in double precision and small enough to read.

pub(crate) mod eigen;
pub(crate) mod least_squares;

/// Σ aᵢ·bᵢ in four running sums, which a processor adds at once.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_fours, b_fours) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a_fours.0.iter().zip(b_fours.0) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_fours.1.iter().zip(b_fours.1).map(|(a, b)| a * b).sum();
    sums[0] + sums[1] + (sums[2] + sums[3]) + rest
}

/// Σ (aᵢ − bᵢ)², likewise.
pub(crate) fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    let (a_fours, b_fours) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a_fours.0.iter().zip(b_fours.0) {
        for lane in 0..4 {
            sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    let rest: f64 = a_fours.1.iter().zip(b_fours.1).map(|(a, b)| (a - b) * (a - b)).sum();
    sums[0] + sums[1] + (sums[2] + sums[3]) + rest
}
