//! Rows made ready for many scalar products in single precision.

use super::{Metric, Vectors};

/// Values that are multiplied at once.
const LANES: usize = 4;

/// Rows filled up with zeros to whole lanes.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    values: Vec<f32>,
    stride: usize,
    pub(super) count: usize,
    /// Squared length of each row as it is stored.
    pub(super) squares: Vec<f32>,
}

impl Rows {
    /// Vectors in the form of [`Vectors::direction`]. Under [`Metric::Euclidean`] they are moved to have the mean 0:
    /// distances stay, and fewer digits are lost. They are also scaled so that the longest has the length 1, lest
    /// squares overflow; gives the factor by which squared distances have become smaller.
    pub(super) fn new(vectors: &Vectors, metric: Metric) -> (Self, f64) {
        let centre = match metric {
            Metric::Euclidean => vectors.mean(),
            Metric::Cosine => vec![0.0; vectors.dim],
        };
        let moved = |row: usize| -> Vec<f64> {
            vectors.direction(row, metric).iter().zip(&centre).map(|(value, centre)| value - centre).collect()
        };
        let square = |row: Vec<f64>| row.iter().map(|value| value * value).sum::<f64>();
        let longest = (0..vectors.count).map(|row| square(moved(row))).fold(0.0, f64::max);
        let scale = if longest > 0.0 { 1.0 / longest.sqrt() } else { 1.0 };
        let mut rows = Self::with_capacity(vectors.count, vectors.dim);
        for row in 0..vectors.count {
            rows.push(moved(row).into_iter().map(|value| value * scale));
        }
        (rows, scale * scale)
    }

    pub(super) fn with_capacity(count: usize, dim: usize) -> Self {
        let stride = dim.next_multiple_of(LANES);
        let values = Vec::with_capacity(count * stride);
        Self { values, stride, count: 0, squares: Vec::with_capacity(count) }
    }

    pub(super) fn push(&mut self, row: impl Iterator<Item = f64>) {
        let start = self.values.len();
        self.values.extend(row.map(|value| value as f32));
        self.values.resize(start + self.stride, 0.0);
        self.squares.push(self.values[start..].iter().map(|value| value * value).sum());
        self.count += 1;
    }

    /// A row; beyond the last, the last.
    fn row(&self, row: usize) -> &[[f32; LANES]] {
        let row = row.min(self.count - 1);
        self.values[row * self.stride..][..self.stride].as_chunks().0
    }

    /// Squared distances between two rows of these, from `first` on, and four of `others`, from `second` on. Rows beyond
    /// the last are the last. Neither may be empty.
    pub(super) fn distances(&self, first: usize, others: &Self, second: usize) -> [[f32; 4]; 2] {
        let products = products(
            [self.row(first), self.row(first + 1)],
            [others.row(second), others.row(second + 1), others.row(second + 2), others.row(second + 3)],
        );
        std::array::from_fn(|i| {
            let own = self.squares[(first + i).min(self.count - 1)];
            std::array::from_fn(|j| {
                let other = others.squares[(second + j).min(others.count - 1)];
                (own + other - 2.0 * products[i][j]).max(0.0)
            })
        })
    }
}

/// Scalar products of two rows with four. Eight running sums of four lanes each: as many as fit the registers of SSE2
/// and of WebAssembly, and each value that is loaded is used two or four times.
fn products(two: [&[[f32; LANES]]; 2], four: [&[[f32; LANES]]; 4]) -> [[f32; 4]; 2] {
    let mut sums = [[[0.0_f32; LANES]; 4]; 2];
    let length = two[0].len();
    let (two, four) = (two.map(|row| &row[..length]), four.map(|row| &row[..length]));
    for at in 0..length {
        for i in 0..2 {
            for j in 0..4 {
                for lane in 0..LANES {
                    sums[i][j][lane] += two[i][at][lane] * four[j][at][lane];
                }
            }
        }
    }
    sums.map(|row| row.map(|lanes| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])))
}
