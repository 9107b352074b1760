//! Layer norm and group norm. Mean and variance take two passes; sums run in sixteen lanes over 1024 values at a time and in f64 above,
//! so that a million values still average to 1e-6.

use super::elementwise::{activate, map};
use super::lanes::Lanes;
use crate::Act;

/// Values summed in f32 before the sum goes on in f64.
const BLOCK: usize = 1024;
/// Lanes side by side: enough to hide an addition's latency.
const WIDE: usize = 4;

/// The sum of `f` over `values`.
#[inline(always)]
fn total(values: &[f32], f: impl Fn(Lanes) -> Lanes) -> f64 {
    let mut total = 0.0;
    for block in values.chunks(BLOCK) {
        let (fours, rest) = block.as_chunks::<{ Lanes::COUNT }>();
        let (wide, fours) = fours.as_chunks::<WIDE>();
        let mut sums = [Lanes::splat(0.0); WIDE];
        for wide in wide {
            for (sum, four) in sums.iter_mut().zip(wide) {
                *sum = *sum + f(Lanes::load(four));
            }
        }
        for (sum, four) in sums.iter_mut().zip(fours) {
            *sum = *sum + f(Lanes::load(four));
        }
        let [a, b, c, d] = sums;
        total += f64::from(((a + b) + (c + d)).sum());
        for value in rest {
            let mut lanes = [0.0; Lanes::COUNT];
            f(Lanes::splat(*value)).store(&mut lanes);
            total += f64::from(lanes[0]);
        }
    }
    total
}

/// Mean and `1 / √(variance + eps)`, the variance over all values (not one fewer).
fn statistics(values: &[f32], eps: f32) -> (f32, f32) {
    let count = values.len() as f64;
    let mean = (total(values, |x| x) / count) as f32;
    let variance = total(values, |x| {
        let x = x - Lanes::splat(mean);
        x * x
    }) / count;
    (mean, (1.0 / (variance + f64::from(eps)).sqrt()) as f32)
}

/// Layer norm (Ba, Kiros & Hinton 2016) of each row of `x + add`, `[rows, cols]`, into `out`: `(x - mean) / √(variance + eps) · gamma + beta`
/// with `gamma` and `beta` `[cols]`. `sum` receives `x + add`, the residual of the layer after.
#[allow(clippy::too_many_arguments)] // the parts of one formula
pub fn layer_norm(
    x: &[f32],
    add: Option<&[f32]>,
    gamma: &[f32],
    beta: Option<&[f32]>,
    eps: f32,
    cols: usize,
    out: &mut [f32],
    mut sum: Option<&mut [f32]>,
) {
    assert_eq!(x.len(), out.len(), "as many values out as in");
    assert!(add.is_none_or(|add| add.len() == x.len()), "as many values to add");
    assert!(sum.as_ref().is_none_or(|sum| sum.len() == x.len()), "as many sums");
    assert!(
        gamma.len() == cols && beta.is_none_or(|beta| beta.len() == cols),
        "a scale and a shift for each of {cols}"
    );
    for (row, out) in out.chunks_exact_mut(cols.max(1)).enumerate() {
        let at = row * cols..(row + 1) * cols;
        out.copy_from_slice(&x[at.clone()]);
        if let Some(add) = add {
            super::elementwise::add_to(out, &add[at.clone()]);
        }
        if let Some(sum) = &mut sum {
            sum[at].copy_from_slice(out);
        }
        let (mean, scale) = statistics(out, eps);
        normalise(out, mean, scale, gamma, beta);
    }
}

/// `(x - mean) · scale · gamma + beta` in place, with a `gamma` and a `beta` for each value.
fn normalise(row: &mut [f32], mean: f32, scale: f32, gamma: &[f32], beta: Option<&[f32]>) {
    let (mean4, scale4) = (Lanes::splat(mean), Lanes::splat(scale));
    let (fours, rest) = row.as_chunks_mut::<{ Lanes::COUNT }>();
    let (gammas, gamma_rest) = gamma.as_chunks::<{ Lanes::COUNT }>();
    match beta {
        Some(beta) => {
            let (betas, beta_rest) = beta.as_chunks::<{ Lanes::COUNT }>();
            for ((x, gamma), beta) in fours.iter_mut().zip(gammas).zip(betas) {
                ((Lanes::load(x) - mean4) * scale4).scale_add(Lanes::load(gamma), Lanes::load(beta)).store(x);
            }
            for ((x, gamma), beta) in rest.iter_mut().zip(gamma_rest).zip(beta_rest) {
                *x = (*x - mean) * scale * gamma + beta;
            }
        }
        None => {
            for (x, gamma) in fours.iter_mut().zip(gammas) {
                ((Lanes::load(x) - mean4) * scale4 * Lanes::load(gamma)).store(x);
            }
            for (x, gamma) in rest.iter_mut().zip(gamma_rest) {
                *x = (*x - mean) * scale * gamma;
            }
        }
    }
}

/// Group norm (Wu & He 2018) of `x`, `[batch, channels, pixels]`, over each of `groups` runs of channels, then `act`, into `out`. `gamma` and
/// `beta` are `[channels]`.
#[allow(clippy::too_many_arguments)] // the parts of one formula
pub fn group_norm(
    x: &[f32],
    gamma: Option<&[f32]>,
    beta: Option<&[f32]>,
    batch: usize,
    channels: usize,
    pixels: usize,
    groups: usize,
    eps: f32,
    act: Option<Act>,
    out: &mut [f32],
) {
    assert_eq!(x.len(), batch * channels * pixels, "{batch} x {channels} channels of {pixels}");
    assert_eq!(out.len(), x.len(), "as many values out as in");
    assert!(groups > 0 && channels.is_multiple_of(groups), "{channels} channels in {groups} groups");
    assert!(gamma.is_none_or(|gamma| gamma.len() == channels), "a scale for each of {channels} channels");
    assert!(beta.is_none_or(|beta| beta.len() == channels), "a shift for each of {channels} channels");
    let size = channels / groups;
    if size * pixels == 0 {
        return;
    }
    let planes = x.chunks_exact(size * pixels).zip(out.chunks_exact_mut(size * pixels));
    for (group, (x, out)) in planes.enumerate() {
        let (mean, scale) = statistics(x, eps);
        let first = group % groups * size;
        for (c, (x, out)) in x.chunks_exact(pixels).zip(out.chunks_exact_mut(pixels)).enumerate() {
            let gamma = Lanes::splat(scale * gamma.map_or(1.0, |gamma| gamma[first + c]));
            let beta = Lanes::splat(beta.map_or(0.0, |beta| beta[first + c]));
            out.copy_from_slice(x);
            map(out, |x| (x - Lanes::splat(mean)).scale_add(gamma, beta));
            if let Some(act) = act {
                activate(out, act);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::testing::{assert_close, noise};

    fn plain(x: &[f32], eps: f64) -> Vec<f64> {
        let count = x.len() as f64;
        let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
        let variance = x.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count;
        x.iter().map(|x| (f64::from(*x) - mean) / (variance + eps).sqrt()).collect()
    }

    #[test]
    fn layer_norm_is_its_formula() {
        for cols in [1, 2, 3, 4, 5, 15, 16, 17, 31, 384, 1023, 1025, 2061] {
            let (x, add) = (noise(3 * cols, 1), noise(3 * cols, 2));
            let (gamma, beta) = (noise(cols, 3), noise(cols, 4));
            for (add, beta) in [(None, None), (Some(&add), Some(&beta)), (None, Some(&beta))] {
                let (mut out, mut sum) = (vec![f32::NAN; 3 * cols], vec![f32::NAN; 3 * cols]);
                let (add, beta) = (add.map(Vec::as_slice), beta.map(Vec::as_slice));
                layer_norm(&x, add, &gamma, beta, 1e-5, cols, &mut out, Some(&mut sum));
                for row in 0..3 {
                    let at = row * cols..(row + 1) * cols;
                    let total: Vec<f32> = at.clone().map(|i| x[i] + add.map_or(0.0, |add| add[i])).collect();
                    assert_eq!(sum[at.clone()], total);
                    let mut want = plain(&total, 1e-5);
                    for (c, want) in want.iter_mut().enumerate() {
                        *want = *want * f64::from(gamma[c]) + beta.map_or(0.0, |beta| f64::from(beta[c]));
                    }
                    // One or two columns: almost no variance, so what rounding leaves is scaled up by 1 / √eps.
                    assert_close(&out[at], &want, 2e-6);
                }
            }
        }
        layer_norm(&[], None, &[], None, 1e-5, 0, &mut [], None);
    }

    #[test]
    fn group_norm_is_its_formula() {
        for (channels, groups, pixels) in [(4, 2, 9), (6, 6, 1), (64, 32, 64), (10, 1, 37), (3, 3, 1031)] {
            let batch = 2;
            let x = noise(batch * channels * pixels, 1);
            let (gamma, beta) = (noise(channels, 3), noise(channels, 4));
            let mut want: Vec<f64> =
                x.chunks(channels / groups * pixels).flat_map(|group| plain(group, 1e-6)).collect();
            let mut out = vec![f32::NAN; x.len()];
            group_norm(&x, None, None, batch, channels, pixels, groups, 1e-6, None, &mut out);
            assert_close(&out, &want, 2e-6);
            for (i, want) in want.iter_mut().enumerate() {
                let c = i / pixels % channels;
                *want = (*want * f64::from(gamma[c]) + f64::from(beta[c])).max(0.0);
            }
            let act = Some(Act::Relu);
            group_norm(&x, Some(&gamma), Some(&beta), batch, channels, pixels, groups, 1e-6, act, &mut out);
            assert_close(&out, &want, 2e-6);
        }
        group_norm(&[], None, None, 0, 4, 9, 2, 1e-5, None, &mut []);
        group_norm(&[], None, None, 2, 4, 0, 2, 1e-5, None, &mut []);
    }

    #[test]
    fn a_million_values_far_from_zero_keep_their_mean() {
        let x: Vec<f32> = noise(1_000_003, 7).iter().map(|x| x + 1.0).collect();
        let exact = x.iter().map(|x| f64::from(*x)).sum::<f64>();
        assert!((total(&x, |x| x) / exact - 1.0).abs() < 1e-7);
        let mut out = vec![f32::NAN; x.len()];
        group_norm(&x, None, None, 1, 1, x.len(), 1, 1e-5, None, &mut out);
        assert_close(&out, &plain(&x, 1e-5), 1e-6);
    }

    #[test]
    fn what_is_not_finite_stays_in_its_row() {
        let mut x = noise(3 * 21, 1);
        x[21 + 20] = f32::NAN;
        x[42] = f32::INFINITY;
        let mut out = vec![0.0; x.len()];
        layer_norm(&x, None, &[1.0; 21], None, 1e-5, 21, &mut out, None);
        assert!(out[..21].iter().all(|x| x.is_finite()) && out[21..].iter().all(|x| x.is_nan()));
    }
}
