use super::*;
use crate::cpu::pack;
use crate::cpu::testing::{assert_close, noise};

/// The product and its biases in f64.
fn plain(rows: &[f32], w: &[f32], m: usize, k: usize, n: usize, epilogue: &Epilogue) -> Vec<f64> {
    let mut out = Vec::with_capacity(m * n);
    for i in 0..m {
        for j in 0..n {
            let sum: f64 = (0..k).map(|p| f64::from(rows[i * k + p]) * f64::from(w[p * n + j])).sum();
            let bias = epilogue.column_bias.map_or(0.0, |b| b[j]) + epilogue.row_bias.map_or(0.0, |b| b[i]);
            out.push(sum + f64::from(bias));
        }
    }
    out
}

#[test]
fn equals_the_plain_product_at_odd_sizes() {
    for (m, k, n) in
        [(1, 1, 1), (3, 5, 7), (4, 384, 8), (5, 385, 9), (67, 31, 23), (2, 1000, 17), (130, 13, 1), (7, 0, 9)]
    {
        let (rows, w) = (noise(m * k, 1), noise(k * n, 2));
        let (column, row) = (noise(n, 3), noise(m, 4));
        for epilogue in [
            Epilogue::default(),
            Epilogue { column_bias: Some(&column), ..Default::default() },
            Epilogue { row_bias: Some(&row), ..Default::default() },
            Epilogue { column_bias: Some(&column), row_bias: Some(&row), ..Default::default() },
        ] {
            let mut out = vec![f32::NAN; m * n];
            gemm(&rows, &pack(&w, k, n), m, k, n, &epilogue, &mut out);
            assert_close(&out, &plain(&rows, &w, m, k, n, &epilogue), 1e-5);
        }
    }
}

#[test]
fn nothing_to_do_is_done() {
    gemm(&[], &pack(&[0.0; 15], 3, 5), 0, 3, 5, &Epilogue::default(), &mut []);
    gemm(&[0.0; 6], &[], 2, 3, 0, &Epilogue::default(), &mut []);
}

#[test]
fn activates_then_adds() {
    let (m, k, n) = (70, 11, 13);
    let (rows, w, bias, add) = (noise(m * k, 1), noise(k * n, 2), noise(n, 3), noise(m * n, 4));
    let epilogue = Epilogue { column_bias: Some(&bias), add: Some(&add), act: Some(Act::Relu), ..Default::default() };
    let mut want = plain(&rows, &w, m, k, n, &epilogue);
    for (want, add) in want.iter_mut().zip(&add) {
        *want = want.max(0.0) + f64::from(*add);
    }
    let mut out = vec![f32::NAN; m * n];
    gemm(&rows, &pack(&w, k, n), m, k, n, &epilogue, &mut out);
    assert_close(&out, &want, 1e-5);
}

#[test]
fn what_is_not_finite_stays_in_its_row_and_column() {
    let (m, k, n) = (6, 9, 11);
    let (mut rows, mut w) = (noise(m * k, 1), noise(k * n, 2));
    rows[2 * k + 3] = f32::NAN;
    w[4 * n + 9] = f32::INFINITY;
    let mut out = vec![0.0; m * n];
    gemm(&rows, &pack(&w, k, n), m, k, n, &Epilogue::default(), &mut out);
    for (at, value) in out.iter().enumerate() {
        let (i, j) = (at / n, at % n);
        assert_eq!(value.is_nan(), i == 2, "row {i}, column {j}: {value}");
        assert_eq!(value.is_infinite(), j == 9 && i != 2, "row {i}, column {j}: {value}");
    }
}
