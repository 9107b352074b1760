//! What learning needs beside [`super::gemm`]: products over the rows of a batch, and matrices packed again at every step.
//!
//! Weights that are learned stay in panels all the time: an optimiser works number by number and does not ask for an order, so their gradients are
//! summed in panels as well, and only what goes back to the layer before needs a turned copy.

use core::ops::Range;

use super::elementwise;
use super::lanes::Lanes;
use super::panels::NR;
use super::tile::{KC, Start, multiply, tiles};

/// Columns of `rows` in a block: their packed values (96 KiB) stay in the second-level cache while all panels pass by.
const MC: usize = 64;

/// Packs `values`, row-major `[k, n]`, into panels, in memory that is used again.
pub fn pack_into(values: &[f32], k: usize, n: usize, panels: &mut Vec<f32>) {
    assert_eq!(values.len(), k * n, "a matrix of {k} x {n}");
    panels.clear();
    panels.resize(n.div_ceil(NR) * k * NR, 0.0);
    for (p, panel) in panels.chunks_exact_mut((k * NR).max(1)).enumerate() {
        let (first, width) = (p * NR, NR.min(n - p * NR));
        let (lanes, _) = panel.as_chunks_mut::<NR>();
        for (row, lanes) in values.chunks_exact(n).zip(lanes) {
            match row[first..first + width].as_chunks::<NR>().0.first() {
                Some(whole) => *lanes = *whole,
                None => lanes[..width].copy_from_slice(&row[first..first + width]),
            }
        }
    }
}

/// The panels of the `[n, k]` transpose of the `[k, n]` matrix that `panels` hold, in memory that is used again.
pub fn turn(panels: &[f32], k: usize, n: usize, turned: &mut Vec<f32>) {
    assert_eq!(panels.len(), n.div_ceil(NR) * k * NR, "panels of {k} x {n}");
    turned.clear();
    turned.resize(k.div_ceil(NR) * n * NR, 0.0);
    for (p, panel) in panels.chunks_exact((k * NR).max(1)).enumerate() {
        let width = NR.min(n - p * NR);
        for (at, row) in panel.as_chunks::<NR>().0.iter().enumerate() {
            let (block, lane) = (at / NR, at % NR);
            let column = &mut turned[(block * n + p * NR) * NR..][..width * NR];
            for (to, value) in column.as_chunks_mut::<NR>().0.iter_mut().zip(row) {
                to[lane] = *value;
            }
        }
    }
}

/// Panels of `rowsᵀ · columns`, or that added to what `out` holds.
///
/// # Shapes
/// - `rows`: row-major `[k, m]`; `columns`: panels of `[k, n]`
/// - `out`: panels of `[m, n]`
pub fn gemm_over_rows(rows: &[f32], columns: &[f32], [k, m, n]: [usize; 3], add: bool, out: &mut [f32]) {
    assert_eq!(rows.len(), k * m, "rows of {k} x {m}");
    assert_eq!(columns.len(), n.div_ceil(NR) * k * NR, "panels of {k} x {n}");
    assert_eq!(out.len(), n.div_ceil(NR) * m * NR, "panels of {m} x {n}");
    let mut packed = Vec::new();
    for first in (0..m).step_by(MC) {
        let count = MC.min(m - first);
        for k0 in (0..k.max(1)).step_by(KC) {
            let k1 = k.min(k0 + KC);
            pack_columns(rows, m, first..first + count, k0..k1, &mut packed);
            let start = if k0 == 0 && !add { Start::Bias { columns: None, rows: None } } else { Start::Out };
            for p in 0..n.div_ceil(NR) {
                let panel = &columns[(p * k + k0) * NR..(p * k + k1) * NR];
                multiply(&packed, count, panel, start, &mut out[(p * m + first) * NR..], NR, NR);
            }
        }
    }
}

/// Columns of row-major `rows` as the microkernel wants the rows of their transpose: tiles of up to four, each `[k][columns of the tile]`.
fn pack_columns(rows: &[f32], width: usize, columns: Range<usize>, k: Range<usize>, packed: &mut Vec<f32>) {
    packed.clear();
    packed.resize(columns.len() * k.len(), 0.0);
    let mut rest = packed.as_mut_slice();
    for (first, count) in tiles(columns.len()) {
        let (tile, others) = rest.split_at_mut(count * k.len());
        rest = others;
        let from = columns.start + first;
        match count {
            4 => gather::<4>(rows, width, from, k.clone(), tile),
            2 => gather::<2>(rows, width, from, k.clone(), tile),
            _ => gather::<1>(rows, width, from, k.clone(), tile),
        }
    }
}

#[inline(always)]
fn gather<const R: usize>(rows: &[f32], width: usize, from: usize, k: Range<usize>, tile: &mut [f32]) {
    for (step, row) in tile.as_chunks_mut::<R>().0.iter_mut().zip(rows.chunks_exact(width).skip(k.start)) {
        step.copy_from_slice(&row[from..from + R]);
    }
}

/// tanh of every number, to 5e-7.
pub fn tanh(values: &mut [f32]) {
    let (lanes, rest) = values.as_chunks_mut::<{ Lanes::COUNT }>();
    for lanes in lanes {
        elementwise::tanh(Lanes::load(lanes)).store(lanes);
    }
    let mut last = [0.0; Lanes::COUNT];
    last[..rest.len()].copy_from_slice(rest);
    elementwise::tanh(Lanes::load(&last.clone())).store(&mut last);
    rest.copy_from_slice(&last[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::{pack, unpack};

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|at| ((at * 37 + 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    #[test]
    fn sums_over_rows_are_what_a_plain_loop_gives() {
        for (k, m, n) in [(1, 1, 1), (3, 5, 2), (32, 7, 10), (33, 66, 17), (128, 130, 8), (400, 9, 3)] {
            let (rows, columns) = (numbers(k * m), numbers(k * n));
            let mut plain = vec![0.0f64; m * n];
            for row in 0..k {
                for i in 0..m {
                    for j in 0..n {
                        plain[i * n + j] += f64::from(rows[row * m + i]) * f64::from(columns[row * n + j]);
                    }
                }
            }
            let mut panels = vec![7.0; 3]; // what is left from before does not count
            pack_into(&columns, k, n, &mut panels);
            assert_eq!(panels, pack(&columns, k, n));
            let mut out = vec![f32::NAN; n.div_ceil(NR) * m * NR];
            gemm_over_rows(&rows, &panels, [k, m, n], false, &mut out);
            let close = |out: &[f32], times: f64| {
                unpack(out, m, n).iter().zip(&plain).all(|(a, b)| (f64::from(*a) - b * times).abs() < 1e-4)
            };
            assert!(close(&out, 1.0), "{k} {m} {n}");
            gemm_over_rows(&rows, &panels, [k, m, n], true, &mut out);
            assert!(close(&out, 2.0), "{k} {m} {n}, added");
            // What fills the last panel stays 0, so that an optimiser leaves it alone.
            let padding = out.chunks_exact(m * NR).last().expect("a panel").as_chunks::<NR>().0;
            assert!(n % NR == 0 || padding.iter().all(|lanes| lanes[n % NR..].iter().all(|&value| value == 0.0)));
        }
    }

    #[test]
    fn turned_panels_are_those_of_the_transpose() {
        for (k, n) in [(1, 1), (5, 9), (8, 8), (17, 3), (10, 128)] {
            let matrix = numbers(k * n);
            let transpose: Vec<f32> = (0..n * k).map(|at| matrix[at % k * n + at / k]).collect();
            let mut turned = vec![1.0; 5];
            turn(&pack(&matrix, k, n), k, n, &mut turned);
            assert_eq!(turned, pack(&transpose, n, k), "{k} {n}");
        }
    }

    #[test]
    fn tanh_is_tanh_to_the_last_number() {
        let values: Vec<f32> = (0..39).map(|at| (at as f32 - 19.0) / 2.0).collect();
        let mut ours = values.clone();
        tanh(&mut ours);
        assert!(ours.iter().zip(&values).all(|(ours, x)| (ours - x.tanh()).abs() < 1e-6));
    }
}
