//! Scaled dot-product attention (Vaswani et al. 2017, equation 1), head by head, on the microkernel of [`super::gemm`](super::gemm()).

use super::elementwise::{exp_from_greatest, map};
use super::gemm::{Epilogue, Matrix, product};
use super::lanes::Lanes;
use super::panels::NR;

/// Queries whose scores are held at once.
const QUERIES: usize = 64;
/// What stands for minus infinity, as in the reference implementations: a row that is masked altogether stays finite.
const FAR: f32 = -1e9;

/// Where queries, keys or values lie: head `h` of token `t` of batch element `b` begins at `at + (b · tokens + t) · stride + h · head_dim`.
/// So one matrix may hold all three.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The matrix.
    pub values: &'a [f32],
    /// From one token to the next.
    pub stride: usize,
    /// Of the first token's first head.
    pub at: usize,
}

impl<'a> Rows<'a> {
    /// From `token`'s `column` on; nothing where there are no tokens at all.
    fn from(&self, token: usize, column: usize) -> &'a [f32] {
        self.values.get(self.at + token * self.stride + column..).unwrap_or_default()
    }

    fn check(&self, tokens: usize, width: usize) {
        let end = if tokens * width == 0 { 0 } else { self.at + (tokens - 1) * self.stride + width };
        assert!(self.values.len() >= end, "{tokens} tokens of {width} with a stride of {}", self.stride);
    }
}

/// `softmax(q kᵀ · scale + mask) v` for each head, into `out`, `[batch, queries, heads · head_dim]`. `mask` is `[batch, keys]`, 1 where a key
/// may be looked at and 0 where it is padding: `(mask - 1) · 1e9` is added. With `causal`, -1e9 is added wherever a key comes after its
/// query.
#[allow(clippy::too_many_arguments)] // the sizes of one operation
pub fn attention(
    q: Rows,
    k: Rows,
    v: Rows,
    batch: usize,
    heads: usize,
    head_dim: usize,
    queries: usize,
    keys: usize,
    scale: f32,
    mask: Option<&[f32]>,
    causal: bool,
    out: &mut [f32],
) {
    let width = heads * head_dim;
    q.check(batch * queries, width);
    k.check(batch * keys, width);
    v.check(batch * keys, width);
    assert!(mask.is_none_or(|mask| mask.len() == batch * keys), "a mask of {batch} x {keys}");
    assert_eq!(out.len(), batch * queries * width, "{batch} x {queries} queries of {width}");
    if out.is_empty() {
        return;
    }
    let mut scratch = Scratch::default();
    let mut far = vec![0.0; keys];
    for b in 0..batch {
        if let Some(mask) = mask {
            for (far, mask) in far.iter_mut().zip(&mask[b * keys..]) {
                *far = (1.0 - mask) * FAR;
            }
        }
        let bias = mask.map(|_| far.as_slice());
        for h in 0..heads {
            let column = h * head_dim;
            scratch.pack_keys(k.from(b * keys, column), k.stride, keys, head_dim, scale);
            scratch.pack_values(v.from(b * keys, column), v.stride, keys, head_dim);
            for first in (0..queries).step_by(QUERIES) {
                let count = QUERIES.min(queries - first);
                let token = b * queries + first;
                let q = Matrix { values: q.from(token, column), stride: q.stride, count };
                let out = &mut out[token * width + column..];
                scratch.attend(q, head_dim, keys, bias, causal.then_some(first), out, width);
            }
        }
    }
}

/// Memory that is used again from head to head.
#[derive(Default)]
struct Scratch {
    /// Keys, transposed, in panels: `[ceil(keys / NR)][head_dim][NR]`.
    keys: Vec<f32>,
    /// Values in panels: `[ceil(head_dim / NR)][keys][NR]`.
    values: Vec<f32>,
    /// `[queries of a block, keys]`
    scores: Vec<f32>,
    /// Of the weights, for each query of a block.
    sums: Vec<f32>,
    packed: Vec<f32>,
}

impl Scratch {
    /// The scale goes to the keys: fewer multiplications than on the scores.
    fn pack_keys(&mut self, rows: &[f32], stride: usize, keys: usize, head_dim: usize, scale: f32) {
        self.keys.clear();
        self.keys.resize(keys.div_ceil(NR) * head_dim * NR, 0.0);
        for (p, panel) in self.keys.chunks_exact_mut(head_dim * NR).enumerate() {
            for lane in 0..NR.min(keys - p * NR) {
                let row = &rows[(p * NR + lane) * stride..][..head_dim];
                for (lanes, value) in panel.as_chunks_mut::<NR>().0.iter_mut().zip(row) {
                    lanes[lane] = value * scale;
                }
            }
        }
    }

    fn pack_values(&mut self, rows: &[f32], stride: usize, keys: usize, head_dim: usize) {
        self.values.clear();
        self.values.resize(head_dim.div_ceil(NR) * keys * NR, 0.0);
        if keys == 0 {
            return;
        }
        for (p, panel) in self.values.chunks_exact_mut(keys * NR).enumerate() {
            let width = NR.min(head_dim - p * NR);
            for (token, lanes) in panel.chunks_exact_mut(NR).enumerate() {
                lanes[..width].copy_from_slice(&rows[token * stride + p * NR..][..width]);
            }
        }
    }

    /// One head's block of queries; `causal` is the first query's position.
    #[allow(clippy::too_many_arguments)] // the sizes of one operation
    fn attend(
        &mut self,
        q: Matrix,
        head_dim: usize,
        keys: usize,
        bias: Option<&[f32]>,
        causal: Option<usize>,
        out: &mut [f32],
        width: usize,
    ) {
        let Self { keys: key_panels, values, scores, sums, packed } = self;
        scores.clear();
        scores.resize(q.count * keys, 0.0);
        let count = q.count;
        let epilogue = Epilogue { column_bias: bias, ..Epilogue::default() };
        product(q, key_panels, head_dim, keys, &epilogue, scores, keys, packed);
        sums.clear();
        for (i, row) in scores.chunks_exact_mut(keys.max(1)).enumerate() {
            if let Some(first) = causal {
                row.iter_mut().skip(first + i + 1).for_each(|score| *score += FAR);
            }
            sums.push(exp_from_greatest(row));
        }
        let weights = Matrix { values: scores, stride: keys, count };
        product(weights, values, keys, head_dim, &Epilogue::default(), out, width, packed);
        // Divided by the sum last: a head has fewer dimensions than there are keys.
        for (row, sum) in out.chunks_mut(width).zip(sums) {
            let share = Lanes::splat(1.0 / *sum);
            map(&mut row[..head_dim], |x| x * share);
        }
    }
}

#[cfg(test)]
#[path = "attention_tests.rs"]
mod tests;
