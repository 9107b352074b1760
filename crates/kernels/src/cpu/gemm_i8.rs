//! Linear layers with int8 weights and int8 activations: twice the products of f32 to an instruction and a quarter of its bytes.
//!
//! Both sides are symmetric, `value = number · scale`, with a scale for each row: of the weights when they are packed, of the activations
//! at each call. Sums are exact in i32 up to a k of 2^17.

use super::gemm::Epilogue;
use super::lanes::{Lanes, ROUND};
use super::pairs::{Pairs, Sums, pair};
use super::panels::NR;
use super::tile::{load_row, store_row, tiles};

/// The greatest number: -128 is left out, so that both signs reach equally far.
const MOST: f32 = 127.0;
/// Rows in a block, whose numbers stay in the second-level cache while all panels pass by.
const MC: usize = 64;

/// Quantises each row of `w`, `[n, k]`: numbers in [-127, 127] rounded to the nearest (ties to even), and the scale of each row, its greatest
/// magnitude / 127. A row that is not finite gets the scale NaN.
pub fn quantise_rows(w: &[f32], n: usize, k: usize) -> (Vec<i8>, Vec<f32>) {
    assert_eq!(w.len(), n * k, "a matrix of {n} x {k}");
    let (mut numbers, mut scales) = (Vec::with_capacity(n * k), Vec::with_capacity(n));
    for row in (0..n).map(|i| &w[i * k..][..k]) {
        let (scale, inverse) = row_scale(row);
        scales.push(scale);
        numbers.extend(row.iter().map(|x| number(*x, inverse) as i8));
    }
    (numbers, scales)
}

/// Packs numbers `[n, k]` into panels `[ceil(n / NR)][ceil(k / 2)][NR][2]`; zeros fill the last panel and an odd k.
pub fn pack_i8(w: &[i8], n: usize, k: usize) -> Vec<i8> {
    assert_eq!(w.len(), n * k, "a matrix of {n} x {k}");
    let pairs = k.div_ceil(2);
    let mut packed = vec![0; n.div_ceil(NR) * pairs * NR * 2];
    for (j, row) in w.chunks_exact(k.max(1)).enumerate() {
        let panel = &mut packed[j / NR * pairs * NR * 2..][..pairs * NR * 2];
        for (step, numbers) in panel.chunks_exact_mut(NR * 2).zip(row.chunks(2)) {
            step[j % NR * 2..][..numbers.len()].copy_from_slice(numbers);
        }
    }
    packed
}

/// `out = epilogue(rows · wᵀ)`: `rows` `[m, k]` in f32, quantised here row by row (symmetric, to the nearest, ties to even), `packed` the
/// [`pack_i8`] of `w`, `[n, k]`, `scales` `[n]` of the rows of `w`, `out` `[m, n]`. A row of zeros gives the bias, a row that is not
/// finite gives NaN.
#[allow(clippy::too_many_arguments)] // the face of `gemm` with one operand in two parts
pub fn gemm_i8(
    rows: &[f32],
    packed: &[i8],
    scales: &[f32],
    m: usize,
    k: usize,
    n: usize,
    epilogue: &Epilogue,
    out: &mut [f32],
) {
    let pairs = k.div_ceil(2);
    assert_eq!(rows.len(), m * k, "rows of {m} x {k}");
    assert_eq!(packed.len(), n.div_ceil(NR) * pairs * NR * 2, "panels of {n} x {k}");
    assert_eq!(scales.len(), n, "a scale for each of {n} columns");
    assert_eq!(out.len(), m * n, "a product of {m} x {n}");
    epilogue.check(m, n);
    let mut block = Block::default();
    for first in (0..m).step_by(MC) {
        let count = MC.min(m - first);
        block.quantise(&rows[first * k..(first + count) * k], count, k);
        let out = &mut out[first * n..(first + count) * n];
        for (p, j) in (0..n).step_by(NR).enumerate() {
            let width = NR.min(n - j);
            let panel = &packed[p * pairs * NR * 2..][..pairs * NR * 2];
            let columns = Columns {
                panel: panel.as_chunks::<NR>().0.as_chunks::<2>().0,
                scales: &scales[j..][..width],
                bias: epilogue.column_bias.map(|bias| &bias[j..][..width]),
            };
            block.times(&columns, epilogue.row_bias.map(|bias| &bias[first..][..count]), &mut out[j..], n);
        }
        epilogue.finish(first * n, out);
    }
}

/// A row's scale, and what its values are multiplied with to become numbers.
fn row_scale(row: &[f32]) -> (f32, f32) {
    let zero = Lanes::splat(0.0);
    let (mut most, mut least, mut finite) = (zero, zero, zero);
    let mut see = |x: Lanes| {
        (most, least) = (most.at_least(x), least.at_most(x));
        // Zero, or NaN once something is not finite.
        finite = finite + x * zero;
    };
    let (fours, rest) = row.as_chunks::<{ Lanes::COUNT }>();
    fours.iter().for_each(|four| see(Lanes::load(four)));
    rest.iter().for_each(|x| see(Lanes::splat(*x)));
    let magnitude = most.greatest().max((zero - least).greatest());
    let scale = magnitude / MOST + finite.sum();
    // Below this the inverse would overflow; such values are nothing beside any bias.
    (scale, if magnitude > 1e-35 { MOST / magnitude } else { 0.0 })
}

#[inline(always)]
fn number(x: f32, inverse: f32) -> i16 {
    (x * inverse + ROUND).to_bits() as i16
}

/// A block of quantised rows.
#[derive(Default)]
struct Block {
    /// Tiles of up to four rows, each `[ceil(k / 2)][rows of the tile]` of pairs.
    pairs: Vec<i32>,
    /// Of each row.
    scales: Vec<f32>,
}

/// One panel of the weights.
struct Columns<'a> {
    /// `[ceil(k / 2)]` steps of eight pairs.
    panel: &'a [[[i8; NR]; 2]],
    scales: &'a [f32],
    bias: Option<&'a [f32]>,
}

impl Block {
    fn quantise(&mut self, rows: &[f32], m: usize, k: usize) {
        let steps = k.div_ceil(2);
        self.scales.clear();
        self.pairs.clear();
        self.pairs.resize(m * steps, 0);
        let mut rest = self.pairs.as_mut_slice();
        for (first, count) in tiles(m) {
            let (tile, others) = rest.split_at_mut(count * steps);
            rest = others;
            for i in 0..count {
                let row = &rows[(first + i) * k..][..k];
                let (scale, inverse) = row_scale(row);
                self.scales.push(scale);
                let (twos, odd) = row.as_chunks::<2>();
                let last = odd.first().map(|x| [*x, 0.0]);
                for (words, [a, b]) in tile.chunks_exact_mut(count).zip(twos.iter().chain(&last)) {
                    words[i] = pair(number(*a, inverse), number(*b, inverse));
                }
            }
        }
    }

    #[inline(always)] // as `multiply`
    fn times(&self, columns: &Columns, row_bias: Option<&[f32]>, out: &mut [f32], stride: usize) {
        let steps = columns.panel.len();
        let mut rest = self.pairs.as_slice();
        for (first, count) in tiles(self.scales.len()) {
            let (rows, others) = rest.split_at(count * steps);
            rest = others;
            let scales = &self.scales[first..][..count];
            let row_bias = row_bias.map(|bias| &bias[first..][..count]);
            let out = &mut out[first * stride..];
            match count {
                4 => tile(rows.as_chunks::<4>().0, scales, columns, row_bias, out, stride),
                2 => tile(rows.as_chunks::<2>().0, scales, columns, row_bias, out, stride),
                _ => tile(rows.as_chunks::<1>().0, scales, columns, row_bias, out, stride),
            }
        }
    }
}

#[inline(always)]
fn tile<const R: usize>(
    rows: &[[i32; R]],
    scales: &[f32],
    columns: &Columns,
    row_bias: Option<&[f32]>,
    out: &mut [f32],
    stride: usize,
) {
    let mut sums = [[Sums::zero(); 2]; R];
    for (row, step) in rows.iter().zip(columns.panel) {
        let pairs = Pairs::widen(step);
        for (sums, value) in sums.iter_mut().zip(row) {
            let value = Pairs::splat(*value);
            sums[0] = sums[0].add_dot(value, pairs[0]);
            sums[1] = sums[1].add_dot(value, pairs[1]);
        }
    }
    let column_scales = load_row(columns.scales);
    let bias = columns.bias.map_or([Lanes::splat(0.0); 2], load_row);
    for (i, sums) in sums.into_iter().enumerate() {
        let scale = Lanes::splat(scales[i]);
        let shift = Lanes::splat(row_bias.map_or(0.0, |bias| bias[i]));
        let lanes = [0, 1].map(|half: usize| {
            let scale = scale * column_scales[half];
            sums[half].lanes().scale_add(scale, bias[half] + shift)
        });
        store_row(lanes, &mut out[i * stride..][..columns.scales.len()]);
    }
}

#[cfg(test)]
#[path = "gemm_i8_tests.rs"]
mod tests;
