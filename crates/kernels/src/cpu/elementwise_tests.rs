use super::*;
use crate::cpu::testing::{assert_close, noise};

fn one(f: impl Fn(Lanes) -> Lanes, x: f32) -> f32 {
    let mut out = [x];
    map(&mut out, f);
    out[0]
}

/// `erf` in f64: its Taylor series, and the continued fraction of erfc beyond 3.
fn erf64(x: f64) -> f64 {
    if x.abs() > 3.0 {
        let z = x.abs();
        let fraction = (1..60).rev().fold(z, |f, i| z + f64::from(i) / 2.0 / f);
        return (1.0 - (-z * z).exp() / (fraction * std::f64::consts::PI.sqrt())).copysign(x);
    }
    let (mut term, mut sum) = (x, x);
    for i in 1..120 {
        term *= -x * x / f64::from(i);
        sum += term / f64::from(2 * i + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

/// Between -`most` and `most`.
fn sweep(most: f32) -> impl Iterator<Item = f32> {
    (-200_000..=200_000).map(move |i| i as f32 / 200_000.0 * most)
}

#[test]
fn exp_is_within_two_ulp() {
    for x in sweep(88.37).filter(|x| *x > -87.3).chain(sweep(1.0)) {
        let (got, want) = (f64::from(one(exp, x)), f64::from(x).exp());
        // Between 2^e and 2^(e+1), f32 lie 2^(e - 23) apart.
        let exponent = want.log2().floor();
        let spacing = (exponent - 23.0).exp2();
        assert!((got - want).abs() <= 2.0 * spacing, "{x}: {got:e} for {want:e}, {} ulp", (got - want).abs() / spacing);
    }
    for (x, want) in
        [(0.0, 1.0), (-0.0, 1.0), (89.0, f32::INFINITY), (f32::INFINITY, f32::INFINITY), (f32::MAX, f32::INFINITY)]
    {
        assert_eq!(one(exp, x), want, "{x}");
    }
    for x in [-88.0, -104.5, -1e9, f32::MIN, f32::NEG_INFINITY] {
        assert_eq!(one(exp, x), 0.0, "{x}");
    }
    assert!(one(exp, f32::NAN).is_nan());
}

#[test]
fn erf_tanh_and_sigmoid_are_close() {
    for x in sweep(6.0).chain(sweep(1e-3)) {
        let wide = f64::from(x);
        assert!((f64::from(one(erf, x)) - erf64(wide)).abs() <= 4e-7, "erf {x}: {} for {}", one(erf, x), erf64(wide));
        assert!((f64::from(one(tanh, x)) - wide.tanh()).abs() <= 5e-7, "tanh {x}");
        let want = 1.0 / (1.0 + (-wide).exp());
        assert!((f64::from(one(sigmoid, x)) - want).abs() <= want * 5e-7, "sigmoid {x}");
    }
    for f in [erf, tanh] {
        assert_eq!([one(f, f32::INFINITY), one(f, f32::NEG_INFINITY), one(f, 0.0)], [1.0, -1.0, 0.0]);
        assert!(one(f, f32::NAN).is_nan());
    }
    assert_eq!([one(sigmoid, 200.0), one(sigmoid, -200.0)], [1.0, 0.0]);
}

#[test]
fn the_factor_of_gelu_is_within_2e_7() {
    for x in sweep(7.0) {
        let factor = f64::from(one(normal, x));
        let want = 0.5 + 0.5 * erf64(f64::from(x) * std::f64::consts::FRAC_1_SQRT_2);
        assert!((factor - want).abs() <= 2e-7, "{x}: {factor} for {want}");
    }
}

#[test]
fn each_activation_is_its_formula() {
    let x: Vec<f32> = sweep(30.0).step_by(7).collect();
    let check = |act: Act, f: &dyn Fn(f64) -> f64| {
        let mut out = x.clone();
        activate(&mut out, act);
        for (x, out) in x.iter().zip(&out) {
            let want = f(f64::from(*x));
            assert!((f64::from(*out) - want).abs() <= 4e-7 * f64::from(x.abs().max(1.0)), "{x}: {out} for {want}");
        }
    };
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    check(Act::Gelu, &|x| x * 0.5 * (1.0 + erf64(x * std::f64::consts::FRAC_1_SQRT_2)));
    check(Act::GeluTanh, &|x| {
        x * 0.5 * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh())
    });
    check(Act::QuickGelu, &|x| x * sigmoid(1.702 * x));
    check(Act::Relu, &|x| x.max(0.0));
    check(Act::Silu, &|x| x * sigmoid(x));
    check(Act::Mish, &|x| x * x.exp().ln_1p().tanh());
    for act in [Act::Gelu, Act::GeluTanh, Act::QuickGelu, Act::Relu, Act::Silu, Act::Mish] {
        let mut odd = [f32::NAN, f32::INFINITY, 1.0, 0.0, f32::NAN];
        activate(&mut odd, act);
        assert!(odd[0].is_nan() && odd[4].is_nan() && odd[1] == f32::INFINITY && odd[3] == 0.0);
    }
}

#[test]
fn softmax_sums_to_one_at_any_width() {
    for cols in [1, 2, 3, 4, 5, 7, 8, 16, 77, 1024] {
        let x: Vec<f32> = noise(3 * cols, 5).iter().map(|x| x * 20.0).collect();
        let mut out = x.clone();
        softmax_rows(&mut out, cols);
        for (x, out) in x.chunks(cols).zip(out.chunks(cols)) {
            let most = x.iter().fold(f32::MIN, |a, b| a.max(*b));
            let e: Vec<f64> = x.iter().map(|x| f64::from(x - most).exp()).collect();
            let sum: f64 = e.iter().sum();
            assert_close(out, &e.iter().map(|e| e / sum).collect::<Vec<_>>(), 1e-6);
        }
    }
    softmax_rows(&mut [], 0);
    let mut masked = [1.0, 2.0, -1e9, 3.0, -1e9, -1e9];
    softmax_rows(&mut masked, 6);
    assert_eq!([masked[2], masked[4], masked[5]], [0.0; 3], "what is masked weighs nothing at all");
    let mut poisoned = [0.0, f32::NAN, 1.0, 2.0, 3.0, 1.0, f32::INFINITY, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    softmax_rows(&mut poisoned, 5);
    assert!(poisoned[..6].iter().all(|x| x.is_nan()) && poisoned[6].is_nan() && poisoned[10..] == [0.2; 5]);
}

#[test]
fn geglu_gates_the_first_half() {
    let (rows, n) = (3, 11);
    let x = noise(rows * 2 * n, 9);
    let mut out = vec![f32::NAN; rows * n];
    geglu(&x, rows, n, &mut out);
    for (i, out) in out.iter().enumerate() {
        let (row, col) = (i / n, i % n);
        let mut gate = [x[row * 2 * n + n + col]];
        activate(&mut gate, Act::Gelu);
        assert_eq!(*out, x[row * 2 * n + col] * gate[0]);
    }
}
