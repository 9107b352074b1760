//! Rows times packed columns: linear layers.

use super::elementwise::{activate, add_to};
use super::panels::NR;
use super::tile::{KC, Start, multiply, pack_rows};
use crate::Act;

/// Rows in a block: their packed values (96 KiB) stay in the second-level cache while all panels pass by.
const MC: usize = 64;

/// What happens to a product `[m, n]` before it is written: `act(product + biases) + add`.
#[derive(Clone, Copy, Default)]
pub struct Epilogue<'a> {
    /// `[n]`, added to every row.
    pub column_bias: Option<&'a [f32]>,
    /// `[m]`, added to every column.
    pub row_bias: Option<&'a [f32]>,
    /// `[m, n]`, added after the non-linearity: a residual.
    pub add: Option<&'a [f32]>,
    /// The non-linearity.
    pub act: Option<Act>,
}

impl Epilogue<'_> {
    pub(super) fn check(&self, m: usize, n: usize) {
        assert!(self.column_bias.is_none_or(|b| b.len() == n), "a bias for each of {n} columns");
        assert!(self.row_bias.is_none_or(|b| b.len() == m), "a bias for each of {m} rows");
        assert!(self.add.is_none_or(|a| a.len() == m * n), "a residual of {m} x {n}");
    }

    /// What follows the sums and biases, on `out`, which is the product from element `at` on.
    pub(super) fn finish(&self, at: usize, out: &mut [f32]) {
        if let Some(act) = self.act {
            activate(out, act);
        }
        if let Some(add) = self.add {
            add_to(out, &add[at..][..out.len()]);
        }
    }
}

/// `out = epilogue(rows · columns)`: `rows` row-major `[m, k]`, `panels` the packed `[k, n]` of [`super::pack`], `out` `[m, n]`.
pub fn gemm(rows: &[f32], panels: &[f32], m: usize, k: usize, n: usize, epilogue: &Epilogue, out: &mut [f32]) {
    assert_eq!(rows.len(), m * k, "rows of {m} x {k}");
    assert_eq!(out.len(), m * n, "a product of {m} x {n}");
    epilogue.check(m, n);
    let mut packed = Vec::new();
    let rows = Matrix { values: rows, stride: k, count: m };
    product(rows, panels, k, n, epilogue, out, n, &mut packed);
}

/// Rows that lie `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// [`gemm`] with strides of its own for `rows` and `out`, and memory that is used again. A residual and a non-linearity need
/// `out_stride == n`.
#[allow(clippy::too_many_arguments)] // one call per product: names at the call would only repeat these
pub(super) fn product(
    rows: Matrix,
    panels: &[f32],
    k: usize,
    n: usize,
    epilogue: &Epilogue,
    out: &mut [f32],
    out_stride: usize,
    packed: &mut Vec<f32>,
) {
    assert_eq!(panels.len(), n.div_ceil(NR) * k * NR, "panels of {k} x {n}");
    for first in (0..rows.count).step_by(MC) {
        let count = MC.min(rows.count - first);
        let block = &mut out[first * out_stride..];
        // At least one block, though empty, so that a product over no k still writes the biases.
        for k0 in (0..k.max(1)).step_by(KC) {
            let k1 = k.min(k0 + KC);
            pack_rows(&rows.values[first * rows.stride..], rows.stride, count, k0..k1, packed);
            for (p, j) in (0..n).step_by(NR).enumerate() {
                let width = NR.min(n - j);
                let start = match k0 {
                    0 => Start::Bias {
                        columns: epilogue.column_bias.map(|bias| &bias[j..][..width]),
                        rows: epilogue.row_bias.map(|bias| &bias[first..][..count]),
                    },
                    _ => Start::Out,
                };
                let panel = &panels[(p * k + k0) * NR..(p * k + k1) * NR];
                multiply(packed, count, panel, start, &mut block[j..], out_stride, width);
            }
        }
        if epilogue.act.is_some() || epilogue.add.is_some() {
            epilogue.finish(first * n, &mut block[..count * n]);
        }
    }
}

#[cfg(test)]
#[path = "gemm_tests.rs"]
mod tests;
