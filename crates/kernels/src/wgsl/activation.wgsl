// Non-linearities by code, for kernels that end in one: they choose by `const ACT`.
// 0 none, 1 GELU, 2 GELU by tanh, 3 quick GELU (x sigmoid(1.702 x)), 4 ReLU, 5 SiLU, 6 Mish.

/// The error function to 1.5e-7 (Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.26).
fn erf(x: vec4f) -> vec4f {
    let a = abs(x);
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - p * exp(-a * a));
}

/// exp of what is bounded above: WGSL leaves open what an overflow gives.
fn sigmoid(x: vec4f) -> vec4f {
    return 1.0 / (1.0 + exp(min(-x, vec4f(80.0))));
}

fn act(x: vec4f) -> vec4f {
    if (ACT == 1u) {
        return 0.5 * x * (1.0 + erf(x * 0.70710678118654752));
    }
    if (ACT == 2u) {
        // 0.5 x (1 + tanh(u)) = x sigmoid(2 u): no tanh, which some drivers get wrong for large numbers.
        return x * sigmoid(1.5957691216057308 * x * (1.0 + 0.044715 * x * x));
    }
    if (ACT == 3u) {
        return x * sigmoid(1.702 * x);
    }
    if (ACT == 4u) {
        return max(x, vec4f());
    }
    if (ACT == 5u) {
        return x * sigmoid(x);
    }
    if (ACT == 6u) {
        // tanh(ln(1 + e)) = e (e + 2) / (e (e + 2) + 2); beyond 20 it is 1 in f32.
        let e = exp(min(x, vec4f(20.0)));
        let n = e * (e + 2.0);
        return x * (n / (n + 2.0));
    }
    return x;
}
