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

/// Largest exponent in the tables of [`Power`].
const EXPONENTS: i64 = 128;
/// Parts of the range from 1 to 2, as a power of 2.
const PARTS_BITS: u32 = 10;

/// Squared distances to the power of b, from tables: a layout needs a hundred million of them.
///
/// A number is m·2ᵉ with m from 1 to 2, so its power is mᵇ·2ᵉᵇ: one table for each factor, with straight lines between
/// the entries of the first. The result is right to 1e-6 of itself from 2⁻¹²⁸ to 2¹²⁸; beyond, it is that of the end.
#[derive(Debug, Clone)]
pub(super) struct Power {
    mantissas: Vec<f64>,
    exponents: Vec<f64>,
}

impl Power {
    pub(super) fn new(b: f64) -> Self {
        let parts = 1_u32 << PARTS_BITS;
        let mantissas = (0..=parts).map(|part| (1.0 + f64::from(part) / f64::from(parts)).powf(b)).collect();
        let exponents = (-EXPONENTS..=EXPONENTS).map(|exponent| (exponent as f64 * b).exp2()).collect();
        Self { mantissas, exponents }
    }

    /// `square` to the power of b; `square` must not be negative.
    pub(super) fn of(&self, square: f64) -> f64 {
        let bits = square.to_bits();
        let exponent = ((bits >> 52) as i64 - 1023).clamp(-EXPONENTS, EXPONENTS);
        let part = bits >> (52 - PARTS_BITS) & ((1 << PARTS_BITS) - 1);
        let rest = 1_u64 << (52 - PARTS_BITS);
        let along = (bits & (rest - 1)) as f64 / rest as f64;
        let (low, high) = (self.mantissas[part as usize], self.mantissas[part as usize + 1]);
        (low + along * (high - low)) * self.exponents[(exponent + EXPONENTS) as usize]
    }
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

    #[test]
    fn tables_are_as_good_as_the_function() {
        for b in [0.79, 0.895, 1.0, 1.92] {
            let power = Power::new(b);
            for step in -2_000..2_000 {
                let square = 1.017_f64.powi(step);
                assert!((power.of(square) / square.powf(b) - 1.0).abs() < 1e-6, "{square} to the power of {b}");
            }
            assert!(power.of(0.0) < 1e-29 && power.of(1e300).is_finite());
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
