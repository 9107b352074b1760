use super::*;
use crate::Act;
use crate::cpu::testing::{assert_close, noise};

/// The product of the dequantised numbers, in f64: exact but for the last rounding.
fn plain(rows: &[f32], w: &[i8], scales: &[f32], m: usize, k: usize, n: usize) -> Vec<f64> {
    let (numbers, row_scales) = quantise_rows(rows, m, k);
    let mut out = Vec::with_capacity(m * n);
    for i in 0..m {
        for j in 0..n {
            let sum: i64 = (0..k).map(|p| i64::from(numbers[i * k + p]) * i64::from(w[j * k + p])).sum();
            out.push(sum as f64 * f64::from(row_scales[i]) * f64::from(scales[j]));
        }
    }
    out
}

#[test]
fn equals_the_product_of_the_numbers() {
    for (m, k, n) in
        [(1, 1, 1), (3, 5, 7), (4, 384, 8), (5, 383, 9), (67, 30, 23), (2, 1000, 17), (130, 13, 1), (7, 0, 9)]
    {
        let (rows, w, bias, shift) = (noise(m * k, 1), noise(n * k, 2), noise(n, 3), noise(m, 4));
        let (numbers, scales) = quantise_rows(&w, n, k);
        let packed = pack_i8(&numbers, n, k);
        assert_eq!(packed.len() % 4, 0);
        let mut want = plain(&rows, &numbers, &scales, m, k, n);
        let mut out = vec![f32::NAN; m * n];
        gemm_i8(&rows, &packed, &scales, m, k, n, &Epilogue::default(), &mut out);
        assert_close(&out, &want, 1e-6);
        let add = noise(m * n, 5);
        let act = Some(Act::Relu);
        let epilogue = Epilogue { column_bias: Some(&bias), row_bias: Some(&shift), add: Some(&add), act };
        for (i, want) in want.iter_mut().enumerate() {
            *want = (*want + f64::from(bias[i % n] + shift[i / n])).max(0.0) + f64::from(add[i]);
        }
        out.fill(f32::NAN);
        gemm_i8(&rows, &packed, &scales, m, k, n, &epilogue, &mut out);
        assert_close(&out, &want, 1e-6);
    }
}

#[test]
fn stays_near_the_product_in_f32() {
    let (m, k, n) = (8, 384, 64);
    let (rows, w) = (noise(m * k, 1), noise(n * k, 2));
    let (numbers, scales) = quantise_rows(&w, n, k);
    let mut out = vec![f32::NAN; m * n];
    gemm_i8(&rows, &pack_i8(&numbers, n, k), &scales, m, k, n, &Epilogue::default(), &mut out);
    let (mut dot, mut ours, mut theirs) = (0.0, 0.0, 0.0);
    for (i, out) in out.iter().enumerate() {
        let exact: f64 = (0..k).map(|p| f64::from(rows[i / n * k + p]) * f64::from(w[i % n * k + p])).sum();
        dot += exact * f64::from(*out);
        ours += f64::from(*out).powi(2);
        theirs += exact * exact;
    }
    let cosine = dot / (ours * theirs).sqrt();
    assert!(cosine > 0.9999, "{cosine}");
}

#[test]
fn the_longest_sum_does_not_overflow() {
    let k = 65_536;
    let mut out = [0.0];
    gemm_i8(&vec![-2.0; k], &pack_i8(&vec![127; k], 1, k), &[0.5], 1, k, 1, &Epilogue::default(), &mut out);
    assert_close(&out, &[-2.0 * 127.0 * 0.5 * k as f64], 1e-6);
}

#[test]
fn zeros_give_the_bias_and_what_is_not_finite_gives_nan() {
    let (m, k, n) = (5, 10, 9);
    let mut rows = noise(m * k, 1);
    rows[..k].fill(0.0);
    rows[k + 3] = f32::NAN;
    rows[2 * k + 9] = f32::NEG_INFINITY;
    rows[3 * k..4 * k].fill(1e-40);
    let (numbers, scales) = quantise_rows(&noise(n * k, 2), n, k);
    let bias = noise(n, 3);
    let epilogue = Epilogue { column_bias: Some(&bias), ..Default::default() };
    let mut out = vec![f32::NAN; m * n];
    gemm_i8(&rows, &pack_i8(&numbers, n, k), &scales, m, k, n, &epilogue, &mut out);
    assert_eq!(out[..n], bias);
    assert!(out[n..3 * n].iter().all(|x| x.is_nan()));
    assert_eq!(out[3 * n..4 * n], bias);
    assert!(out[4 * n..].iter().all(|x| x.is_finite()));
}

#[test]
fn weights_round_to_the_nearest_and_keep_their_greatest() {
    let (numbers, scales) = quantise_rows(&[1.27, -1.27, 0.5, 0.014, 0.016, 0.0, 0.0, 0.0, 0.0, 0.0], 2, 5);
    assert_eq!(numbers, [127, -127, 50, 1, 2, 0, 0, 0, 0, 0]);
    assert!((scales[0] - 0.01).abs() < 1e-8 && scales[1] == 0.0);
    assert!(quantise_rows(&[f32::INFINITY, 1.0], 1, 2).1[0].is_nan());
}
