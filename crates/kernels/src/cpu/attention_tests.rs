use super::*;
use crate::cpu::testing::{assert_close, noise};

struct Case {
    batch: usize,
    heads: usize,
    head_dim: usize,
    queries: usize,
    keys: usize,
}

fn plain(case: &Case, q: Rows, k: Rows, v: Rows, scale: f64, mask: Option<&[f32]>, causal: bool) -> Vec<f64> {
    let Case { batch, heads, head_dim, queries, keys } = *case;
    let mut out = Vec::new();
    for b in 0..batch {
        for i in 0..queries {
            for h in 0..heads {
                let at = |rows: &Rows, token: usize, d: usize| f64::from(rows.from(token, h * head_dim)[d]);
                let scores: Vec<f64> = (0..keys)
                    .map(|j| {
                        let dot: f64 =
                            (0..head_dim).map(|d| at(&q, b * queries + i, d) * at(&k, b * keys + j, d)).sum();
                        let padding = mask.map_or(0.0, |mask| (mask[b * keys + j] - 1.0) * 1e9);
                        let later = if causal && j > i { -1e9 } else { 0.0 };
                        // In f32, where a row that is masked altogether loses its differences, here as in the reference.
                        f64::from((dot * scale) as f32 + padding + later)
                    })
                    .collect();
                let most = scores.iter().fold(f64::MIN, |a, b| a.max(*b));
                let weights: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
                let sum: f64 = weights.iter().sum();
                for d in 0..head_dim {
                    out.push(weights.iter().enumerate().map(|(j, w)| w / sum * at(&v, b * keys + j, d)).sum());
                }
            }
        }
    }
    out
}

#[test]
fn equals_the_plain_formula() {
    for (batch, heads, head_dim, queries, keys) in
        [(1, 1, 1, 1, 1), (2, 3, 5, 7, 9), (1, 2, 8, 65, 65), (2, 1, 33, 4, 17), (1, 2, 16, 3, 400), (1, 1, 7, 130, 8)]
    {
        let case = Case { batch, heads, head_dim, queries, keys };
        let width = heads * head_dim;
        // Keys and values side by side in one matrix, as a joint projection leaves them; queries with a gap.
        let (first, both) = (noise(2 + batch * queries * (width + 3), 1), noise(batch * keys * 2 * width, 2));
        let q = Rows { values: &first, stride: width + 3, at: 2 };
        let k = Rows { values: &both, stride: 2 * width, at: 0 };
        let v = Rows { values: &both, stride: 2 * width, at: width };
        let mask: Vec<f32> = (0..batch * keys).map(|i| f32::from(u8::from(i % 3 != 2))).collect();
        for (mask, causal) in [(None, false), (Some(mask.as_slice()), false), (None, true), (Some(&mask), true)] {
            let mut out = vec![f32::NAN; batch * queries * width];
            attention(q, k, v, batch, heads, head_dim, queries, keys, 0.3, mask, causal, &mut out);
            let want = plain(&case, q, k, v, 0.3, mask, causal);
            assert_close(&out, &want, 3e-6);
        }
    }
}

#[test]
fn padding_weighs_nothing_and_all_padding_is_finite() {
    let (heads, head_dim, tokens) = (2, 4, 5);
    let x = noise(tokens * heads * head_dim, 1);
    let mut other = x.clone();
    other[4 * heads * head_dim..].fill(9.0);
    let run = |x: &[f32], mask: &[f32]| {
        let rows = Rows { values: x, stride: heads * head_dim, at: 0 };
        let mut out = vec![f32::NAN; x.len()];
        attention(rows, rows, rows, 1, heads, head_dim, tokens, tokens, 0.5, Some(mask), false, &mut out);
        out.truncate(4 * heads * head_dim);
        out
    };
    let mask = [1.0, 1.0, 1.0, 1.0, 0.0];
    assert_eq!(run(&x, &mask), run(&other, &mask));
    assert!(run(&x, &[0.0; 5]).iter().all(|x| x.is_finite()));
}

#[test]
fn nothing_to_look_at_gives_zeros() {
    let rows = Rows { values: &[], stride: 4, at: 0 };
    attention(rows, rows, rows, 0, 1, 4, 3, 3, 1.0, None, false, &mut []);
    let q = [1.0; 8];
    let mut out = [f32::NAN; 8];
    attention(Rows { values: &q, stride: 4, at: 0 }, rows, rows, 1, 1, 4, 2, 0, 1.0, None, false, &mut out);
    assert_eq!(out, [0.0; 8]);
}
