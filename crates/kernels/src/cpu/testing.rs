//! What the tests of this folder share.

/// Reproducible values in [-1, 1].
pub(super) fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// Every value within `tolerance` of what it should be, relative to the greatest of them (or 1).
#[track_caller]
pub(super) fn assert_close(out: &[f32], want: &[f64], tolerance: f64) {
    assert_eq!(out.len(), want.len());
    let scale = want.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
    for (i, (out, want)) in out.iter().zip(want).enumerate() {
        let error = (f64::from(*out) - want).abs() / scale;
        assert!(error <= tolerance, "{i}: {out} for {want}, {error:e} apart");
    }
}
