//! Element by element: exp, erf, sigmoid, tanh, the activations, softmax and GEGLU, four lanes at a time.

use super::lanes::Lanes;
use crate::Act;

/// `1 / √2`
const SQRT_HALF: f32 = core::f32::consts::FRAC_1_SQRT_2;
/// `√(2 / π)`, of the tanh form of GELU.
const SQRT_2_OVER_PI: f32 = 0.797_884_6;

/// Evaluates `c[0] + c[1] x + …` (Horner).
#[inline(always)]
fn polynomial<const N: usize>(x: Lanes, c: [f32; N]) -> Lanes {
    let mut sum = Lanes::splat(c[N - 1]);
    for c in c.iter().rev().skip(1) {
        sum = sum.scale_add(x, Lanes::splat(*c));
    }
    sum
}

/// `e^x` to 2 ulp: argument reduction and polynomial of Cephes' `expf`. Infinite from 88.4 on, a third before f32 ends; what would be
/// subnormal, below -87.4, is 0.
#[inline(always)]
pub(super) fn exp(x: Lanes) -> Lanes {
    exp_to_89(x.at_most(Lanes::splat(89.0)))
}

/// [`exp`] of what is known to be at most 89.
#[inline(always)]
fn exp_to_89(x: Lanes) -> Lanes {
    let x = x.at_least(Lanes::splat(-88.0));
    let (n, power) = (x * Lanes::splat(core::f32::consts::LOG2_E)).round_and_power();
    // ln 2 in two parts: the first has few bits, so that n times it is exact.
    let r = x - n * Lanes::splat(0.693_359_4) - n * Lanes::splat(-0.000_212_194_44);
    let p = polynomial(r, [0.5, 0.166_666_66, 0.041_665_796, 0.008_333_452, 0.001_398_2, 0.000_198_756_91]);
    (p * (r * r) + r + Lanes::splat(1.0)) * power
}

/// The error function to 4e-7, within [-1, 1]: an odd rational function, fitted to `erf` on [-3.875, 3.875] by reweighted least squares
/// (its own error is 1.5e-8; the rest is rounding, for which the common factor of both polynomials was chosen). Beyond, erf is ±1 in f32.
#[inline(always)]
pub(super) fn erf(x: Lanes) -> Lanes {
    let x = x.at_most(Lanes::splat(3.875)).at_least(Lanes::splat(-3.875));
    let y = x * x;
    let above =
        polynomial(y, [2.117_445_2, 0.358_273_8, 0.099_178_9, 0.007_127_270_6, 0.000_539_432_86, 3.884_918_4e-6]);
    let below = polynomial(y, [1.876_537_1, 0.943_021_6, 0.214_591_79, 0.028_207_248, 0.002_202_895_2, 7.212_544e-5]);
    (x * above / below).at_most(Lanes::splat(1.0)).at_least(Lanes::splat(-1.0))
}

/// `1 / (1 + e^-x)` to 4 ulp; 0 from -88.4 down.
#[inline(always)]
pub(super) fn sigmoid(x: Lanes) -> Lanes {
    let one = Lanes::splat(1.0);
    one / (one + exp(Lanes::splat(0.0) - x))
}

/// The hyperbolic tangent to 5e-7: the rational function of Eigen's `ptanh_float`, which MLAS uses as well.
#[inline(always)]
pub(super) fn tanh(x: Lanes) -> Lanes {
    let x = x.at_most(Lanes::splat(7.905_311)).at_least(Lanes::splat(-7.905_311));
    let y = x * x;
    let above = polynomial(
        y,
        [
            0.004_893_524_6,
            0.000_637_261_95,
            1.485_722_4e-5,
            5.122_297e-8,
            -8.604_672e-11,
            2.000_188e-13,
            -2.760_768_6e-16,
        ],
    );
    let below = polynomial(y, [0.004_893_525, 0.002_268_434_5, 0.000_118_534_71, 1.198_258_4e-6]);
    (x * above / below).at_most(Lanes::splat(1.0)).at_least(Lanes::splat(-1.0))
}

/// `Φ(x)`, the normal distribution function, to 2e-7.
#[inline(always)]
fn normal(x: Lanes) -> Lanes {
    let half = Lanes::splat(0.5);
    erf(x * Lanes::splat(SQRT_HALF)).scale_add(half, half)
}

/// `x · Φ(x)`: GELU with the error function.
#[inline(always)]
fn gelu(x: Lanes) -> Lanes {
    x * normal(x)
}

#[inline(always)]
fn gelu_tanh(x: Lanes) -> Lanes {
    let half = Lanes::splat(0.5);
    let inner = (x * x * x).scale_add(Lanes::splat(0.044_715), x) * Lanes::splat(SQRT_2_OVER_PI);
    x * tanh(inner).scale_add(half, half)
}

/// `x · tanh(ln(1 + e^x))`, where `tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2)`; from 20 on that is 1 in f32.
#[inline(always)]
fn mish(x: Lanes) -> Lanes {
    let e = exp_to_89(x.at_most(Lanes::splat(20.0)));
    let n = e * (e + Lanes::splat(2.0));
    x * (n / (n + Lanes::splat(2.0)))
}

/// Runs `f` over `values` in lanes; what is left at the end is filled up with zeros.
#[inline(always)]
pub(super) fn map(values: &mut [f32], f: impl Fn(Lanes) -> Lanes) {
    let (blocks, rest) = values.as_chunks_mut::<{ Lanes::COUNT }>();
    for block in blocks {
        f(Lanes::load(block)).store(block);
    }
    if !rest.is_empty() {
        let mut block = [0.0; Lanes::COUNT];
        block[..rest.len()].copy_from_slice(rest);
        f(Lanes::load(&block)).store(&mut block);
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

/// Applies a non-linearity in place. NaN stays NaN.
pub fn activate(values: &mut [f32], act: Act) {
    match act {
        Act::Gelu => map(values, gelu),
        Act::GeluTanh => map(values, gelu_tanh),
        Act::QuickGelu => map(values, |x| x * sigmoid(x * Lanes::splat(1.702))),
        Act::Relu => map(values, |x| x.at_least(Lanes::splat(0.0))),
        Act::Silu => map(values, |x| x * sigmoid(x)),
        Act::Mish => map(values, mish),
    }
}

/// Adds `other` to `values`, element by element.
pub(super) fn add_to(values: &mut [f32], other: &[f32]) {
    let (blocks, rest) = values.as_chunks_mut::<{ Lanes::COUNT }>();
    let (other_blocks, other_rest) = other.as_chunks::<{ Lanes::COUNT }>();
    for (block, other) in blocks.iter_mut().zip(other_blocks) {
        (Lanes::load(block) + Lanes::load(other)).store(block);
    }
    for (value, other) in rest.iter_mut().zip(other_rest) {
        *value += other;
    }
}

/// Softmax of each row of `values`, `[rows, cols]`, in place: `e^(x - max)` over their sum. A NaN, a +∞, or a row of -∞ gives a row of
/// NaN, as PyTorch does.
pub fn softmax_rows(values: &mut [f32], cols: usize) {
    for row in values.chunks_exact_mut(cols.max(1)) {
        softmax(row);
    }
}

fn softmax(row: &mut [f32]) {
    let share = Lanes::splat(1.0 / exp_from_greatest(row));
    map(row, |x| x * share);
}

/// `e^(x - max)` of a row in place, and their sum.
pub(super) fn exp_from_greatest(row: &mut [f32]) -> f32 {
    let (blocks, rest) = row.as_chunks_mut::<{ Lanes::COUNT }>();
    let (pairs, last) = blocks.as_chunks::<2>();
    let mut most = [Lanes::splat(f32::NEG_INFINITY); 2];
    for [a, b] in pairs {
        most = [most[0].at_least(Lanes::load(a)), most[1].at_least(Lanes::load(b))];
    }
    for block in last {
        most[0] = most[0].at_least(Lanes::load(block));
    }
    let most = Lanes::splat(rest.iter().fold(most[0].at_least(most[1]).greatest(), |a, b| if *b > a { *b } else { a }));
    let mut sums = Lanes::splat(0.0);
    for block in blocks.iter_mut() {
        let e = exp_to_89(Lanes::load(block) - most);
        sums = sums + e;
        e.store(block);
    }
    if rest.is_empty() {
        return sums.sum();
    }
    map(rest, |x| exp_to_89(x - most));
    sums.sum() + rest.iter().sum::<f32>()
}

/// GEGLU (Shazeer 2020, "GLU Variants Improve Transformer"): of each row of `x`, `[rows, 2 n]`, the first half times the GELU of the
/// second, into `out`, `[rows, n]`.
pub fn geglu(x: &[f32], rows: usize, n: usize, out: &mut [f32]) {
    assert_eq!(x.len(), rows * 2 * n, "{rows} rows of {n} values and {n} gates");
    assert_eq!(out.len(), rows * n, "{rows} rows of {n}");
    for (row, out) in x.chunks_exact((2 * n).max(1)).zip(out.chunks_exact_mut(n.max(1))) {
        let (values, gates) = row.split_at(n);
        out.copy_from_slice(gates);
        map(out, gelu);
        let (blocks, rest) = out.as_chunks_mut::<{ Lanes::COUNT }>();
        let (value_blocks, value_rest) = values.as_chunks::<{ Lanes::COUNT }>();
        for (block, value) in blocks.iter_mut().zip(value_blocks) {
            (Lanes::load(block) * Lanes::load(value)).store(block);
        }
        for (out, value) in rest.iter_mut().zip(value_rest) {
            *out *= value;
        }
    }
}

#[cfg(test)]
#[path = "elementwise_tests.rs"]
mod tests;
