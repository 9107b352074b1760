//! What a map keeps: how many of the nearest neighbours are neighbours still.

use super::Neighbours;

/// Neighbours that are compared where there are enough vectors.
const COMPARED: usize = 10;

/// How well a map keeps neighbourhoods.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Mean over all points, 0 … 1; `None` under three points.
    pub mean: Option<f64>,
    /// For each point, the share of its nearest neighbours that are among as many nearest ones on the map. Empty under
    /// three points.
    pub by_point: Vec<f64>,
}

/// How many neighbours are compared: 10, but never more than half of the others, because among all others nothing can
/// be lost.
pub fn compared(count: usize) -> usize {
    COMPARED.min((count.saturating_sub(1) / 2).max(1))
}

/// Compares neighbours in the original space with those on a map of `[count × 2]`.
///
/// `original` holds at least [`compared`] neighbours of each point.
pub fn kept(original: &Neighbours, positions: &[f64]) -> Kept {
    let count = positions.len() / 2;
    let k = compared(count);
    if count < 3 || original.k < k || original.rows.len() != count * original.k {
        return Kept { mean: None, by_point: Vec::new() };
    }
    let mut squares: Vec<(f64, usize)> = Vec::with_capacity(count);
    let mut by_point = Vec::with_capacity(count);
    for row in 0..count {
        squares.clear();
        let (x, y) = (positions[2 * row], positions[2 * row + 1]);
        for (other, place) in positions.as_chunks::<2>().0.iter().enumerate().filter(|&(other, _)| other != row) {
            squares.push(((place[0] - x).powi(2) + (place[1] - y).powi(2), other));
        }
        squares.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let near = &original.of(row)[..k];
        let found = squares[..k].iter().filter(|(_, other)| near.contains(other)).count();
        by_point.push(found as f64 / k as f64);
    }
    Kept { mean: Some(by_point.iter().sum::<f64>() / count as f64), by_point }
}
