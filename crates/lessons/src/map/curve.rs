//! UMAP's curve: 1 / (1 + a·d²ᵇ), as close as it gets to 1 up to `min_dist` and e^(min_dist − d) from there on.

/// Distances at which both are compared, over 0 … 3.
const PLACES: usize = 300;
/// Most steps of the fit.
const STEPS: usize = 200;

/// a and b by least squares (Levenberg and Marquardt), as the authors' program fits them.
pub(super) fn fit(min_dist: f64) -> (f64, f64) {
    let targets: Vec<(f64, f64)> = (0..PLACES)
        .map(|place| {
            let distance = 3.0 * place as f64 / (PLACES - 1) as f64;
            (distance, if distance < min_dist { 1.0 } else { (min_dist - distance).exp() })
        })
        .collect();
    let error = |a: f64, b: f64| targets.iter().map(|&(d, target)| (value(a, b, d) - target).powi(2)).sum::<f64>();
    let (mut a, mut b, mut damping) = (1.0, 1.0, 1e-3);
    let mut least = error(a, b);
    for _ in 0..STEPS {
        let (da, db) = descent(&targets, a, b, damping);
        let (next_a, next_b): (f64, f64) = (a + da, b + db);
        let next = if next_a > 0.0 && next_b > 0.0 { error(next_a, next_b) } else { f64::INFINITY };
        if next < least {
            let done = da.abs() < 1e-12 * a && db.abs() < 1e-12 * b;
            (a, b, least, damping) = (next_a, next_b, next, damping * 0.3);
            if done {
                break;
            }
        } else {
            damping *= 4.0;
        }
    }
    (a, b)
}

fn value(a: f64, b: f64, distance: f64) -> f64 {
    1.0 / (1.0 + a * distance.powf(2.0 * b))
}

/// The step that the damped normal equations ask for.
fn descent(targets: &[(f64, f64)], a: f64, b: f64, damping: f64) -> (f64, f64) {
    let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(distance, target) in targets.iter().filter(|(distance, _)| *distance > 0.0) {
        let found = value(a, b, distance);
        let power = distance.powf(2.0 * b);
        let by_a = -found * found * power;
        let by_b = by_a * a * 2.0 * distance.ln();
        let residual = target - found;
        aa += by_a * by_a;
        ab += by_a * by_b;
        bb += by_b * by_b;
        ra += by_a * residual;
        rb += by_b * residual;
    }
    (aa, bb) = (aa * (1.0 + damping), bb * (1.0 + damping));
    let determinant = aa * bb - ab * ab;
    ((bb * ra - ab * rb) / determinant, (aa * rb - ab * ra) / determinant)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `find_ab_params(1.0, min_dist)` of umap-learn 0.5.12 gives.
    #[test]
    fn agrees_with_umap_learn() {
        for (min_dist, a, b) in AB {
            let found = fit(min_dist);
            assert!((found.0 - a).abs() < 1e-5 * a && (found.1 - b).abs() < 1e-5 * b, "{min_dist}: {found:?}");
        }
    }

    const AB: [(f64, f64, f64); 6] = [
        (0.0, 1.932_808_397_343_15, 0.790_494_973_223_383_1),
        (0.05, 1.750_224_963_275_428_8, 0.842_055_392_510_600_6),
        (0.1, 1.576_943_460_269_765_2, 0.895_060_877_851_573_3),
        (0.5, 0.583_030_020_341_442_5, 1.334_166_992_431_491_4),
        (0.9, 0.164_903_884_643_475_1, 1.803_038_467_920_101_5),
        (0.99, 0.119_305_299_924_078_73, 1.916_390_416_880_251_7),
    ];
}
