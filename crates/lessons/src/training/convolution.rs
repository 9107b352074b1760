//! A convolution of 3 × 3 over pictures of one channel, ReLU, and the greatest of each 2 × 2: the first layer of a small network for pictures.
//!
//! Filters lie eight abreast, so that the lanes of a register are filters; a corner of a picture without ink, most of it, is passed over.

use super::optimiser::{Fitted, Pace};
use crate::random::Random;

/// Rows and columns of a picture, and of what is left of it.
pub(crate) const SIDE: usize = 28;
/// 28 − 2 by the convolution, halved by the maximum.
pub(crate) const CELLS: usize = 13;
const TAPS: usize = 9;
const LANES: usize = 8;
/// No place of the four: nothing was above 0, and no gradient goes back.
const NOWHERE: u8 = 4;

type Taps = [[f32; LANES]; TAPS];

#[derive(Clone)]
pub(crate) struct Convolution {
    filters: usize,
    /// `[filters / 8][9][8]`
    weights: Fitted,
    /// `[filters / 8][8]`
    bias: Fitted,
    /// `[rows, 13 · 13, filters]`: which of the four was greatest.
    greatest: Vec<u8>,
    out: Vec<f32>,
}

/// The 4 × 4 pixels under a cell.
fn patch(picture: &[f32], cell: usize) -> [f32; 16] {
    let corner = 2 * (cell / CELLS) * SIDE + 2 * (cell % CELLS);
    std::array::from_fn(|at| picture[corner + at / 4 * SIDE + at % 4])
}

/// The pixel of a patch under a tap, with the filter at one of four places.
fn under(place: usize, tap: usize) -> usize {
    (place / 2 + tap / 3) * 4 + place % 2 + tap % 3
}

impl Convolution {
    /// As PyTorch's `nn.Conv2d` starts: uniform within ±1/√9.
    pub(crate) fn new(filters: usize, random: &mut Random) -> Self {
        let blocks = filters.div_ceil(LANES);
        let (mut weights, mut bias) = (vec![0.0; blocks * TAPS * LANES], vec![0.0; blocks * LANES]);
        for filter in 0..filters {
            for tap in 0..TAPS {
                weights[index(filter, tap)] = random.between(-1.0 / 3.0, 1.0 / 3.0) as f32;
            }
            bias[filter] = random.between(-1.0 / 3.0, 1.0 / 3.0) as f32;
        }
        let [weights, bias] = [weights, bias].map(Fitted::new);
        Self { filters, weights, bias, greatest: Vec::new(), out: Vec::new() }
    }

    pub(crate) fn filters(&self) -> usize {
        self.filters
    }

    /// Numbers that come out for a picture, `[13 · 13, filters]`.
    pub(crate) fn outputs(&self) -> usize {
        CELLS * CELLS * self.filters
    }

    /// `[9]` of a filter, row by row.
    pub(crate) fn weights_of(&self, filter: usize) -> [f32; TAPS] {
        std::array::from_fn(|tap| self.weights.values[index(filter, tap)])
    }

    /// # Shapes
    /// - `x`: `[rows, 28 · 28]`
    /// - returns `[rows, 13 · 13, filters]`
    pub(crate) fn forward(&mut self, x: &[f32]) -> &[f32] {
        let rows = x.len() / (SIDE * SIDE);
        self.out.resize(rows * self.outputs(), 0.0);
        self.greatest.resize(rows * self.outputs(), NOWHERE);
        let (width, filters) = (self.outputs().max(1), self.filters);
        let taps = self.weights.values.as_chunks::<LANES>().0.as_chunks::<TAPS>().0;
        let biases = self.bias.values.as_chunks::<LANES>().0;
        let places = self.out.chunks_exact_mut(width).zip(self.greatest.chunks_exact_mut(width));
        for (picture, (out, greatest)) in x.chunks_exact(SIDE * SIDE).zip(places) {
            for cell in 0..CELLS * CELLS {
                let patch = patch(picture, cell);
                let at = cell * filters..(cell + 1) * filters;
                let (out, greatest) = (&mut out[at.clone()], &mut greatest[at]);
                let blocks = out.chunks_mut(LANES).zip(greatest.chunks_mut(LANES));
                for ((out, greatest), (taps, bias)) in blocks.zip(taps.iter().zip(biases)) {
                    let (most, place) = pooled(&patch, taps, bias);
                    out.copy_from_slice(&most[..out.len()]);
                    greatest.copy_from_slice(&place[..greatest.len()]);
                }
            }
        }
        &self.out
    }

    /// What came out of the last pass.
    pub(crate) fn given(&self) -> &[f32] {
        &self.out
    }

    /// Adds to the gradients, of the rows of the last pass; `back` is the gradient of what came out. `fresh`: they begin with these.
    pub(crate) fn learn(&mut self, x: &[f32], back: &[f32], fresh: bool) {
        if fresh {
            self.weights.gradient.fill(0.0);
            self.bias.gradient.fill(0.0);
        }
        let width = self.outputs().max(1);
        let rows = back.chunks_exact(width).zip(self.greatest.chunks_exact(width));
        for (picture, (back, greatest)) in x.chunks_exact(SIDE * SIDE).zip(rows) {
            for cell in 0..CELLS * CELLS {
                let patch = patch(picture, cell);
                let blank = patch.iter().all(|&value| value == 0.0);
                for filter in 0..self.filters {
                    let at = cell * self.filters + filter;
                    if greatest[at] == NOWHERE || back[at] == 0.0 {
                        continue;
                    }
                    self.bias.gradient[filter] += back[at];
                    if !blank {
                        let place = usize::from(greatest[at]);
                        for tap in 0..TAPS {
                            self.weights.gradient[index(filter, tap)] += back[at] * patch[under(place, tap)];
                        }
                    }
                }
            }
        }
    }

    /// A step along the gradients.
    pub(crate) fn follow(&mut self, pace: &Pace) {
        self.weights.follow(pace, true);
        self.bias.follow(pace, false);
    }

    /// Sum of all squared weights.
    pub(crate) fn squares(&self) -> f64 {
        self.weights.values.iter().map(|&w| f64::from(w) * f64::from(w)).sum()
    }

    #[cfg(test)]
    pub(crate) fn set(&mut self, weights: &[f32], bias: &[f32]) {
        for filter in 0..self.filters {
            (0..TAPS).for_each(|tap| self.weights.values[index(filter, tap)] = weights[filter * TAPS + tap]);
            self.bias.values[filter] = bias[filter];
        }
    }

    #[cfg(test)]
    pub(crate) fn gradients(&self) -> (Vec<f32>, Vec<f32>) {
        let of = |at: usize| self.weights.gradient[index(at / TAPS, at % TAPS)];
        ((0..self.filters * TAPS).map(of).collect(), self.bias.gradient[..self.filters].to_vec())
    }
}

fn index(filter: usize, tap: usize) -> usize {
    (filter / LANES * TAPS + tap) * LANES + filter % LANES
}

/// The greatest of the four places, at least 0, and which that was, for eight filters.
fn pooled(patch: &[f32; 16], taps: &Taps, bias: &[f32; LANES]) -> ([f32; LANES], [u8; LANES]) {
    let mut sums = [*bias; 4];
    if patch.iter().any(|&value| value != 0.0) {
        for (tap, weights) in taps.iter().enumerate() {
            for (place, sums) in sums.iter_mut().enumerate() {
                let pixel = patch[under(place, tap)];
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += pixel * weight);
            }
        }
    }
    let (mut most, mut places) = ([0.0; LANES], [NOWHERE; LANES]);
    for (place, sums) in sums.iter().enumerate() {
        for lane in 0..LANES {
            if sums[lane] > most[lane] {
                most[lane] = sums[lane];
                places[lane] = place as u8;
            }
        }
    }
    (most, places)
}
