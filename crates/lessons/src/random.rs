//! Chance from a seed: the same on every machine and in every browser, so that a link shows what its sender saw.
//!
//! Source: xoshiro256++ of Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021, seeded by
//! SplitMix64 as its authors advise; normal numbers by the polar method of Marsaglia and Bray, 1964.

/// A generator of pseudorandom numbers.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
    /// The second of a pair of normal numbers, of which one was taken.
    spare: Option<f64>,
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

impl Random {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self { state: std::array::from_fn(|_| split_mix(&mut state)), spare: None }
    }

    /// One of many generators of a seed: what is drawn from one does not move what is drawn from another, so that
    /// more noise leaves the points where they are.
    pub fn stream(seed: u64, stream: u64) -> Self {
        let mut state = seed;
        let first = split_mix(&mut state);
        Self::new(first ^ stream.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ b << 17, d.rotate_left(45)];
        result
    }

    /// From 0 up to, not including, 1.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` up to, not including, `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number below `limit`, which must not be 0, each as likely as the others (Lemire, 2019).
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        let mut product = u128::from(self.bits()) * u128::from(limit);
        // A division only where the draw may be one too many.
        if (product as u64) < limit {
            let surplus = limit.wrapping_neg() % limit;
            while (product as u64) < surplus {
                product = u128::from(self.bits()) * u128::from(limit);
            }
        }
        (product >> 64) as usize
    }

    /// From the normal distribution of mean 0 and standard deviation 1.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Puts things in an order of chance (Fisher and Yates).
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the authors' programs in C: `splitmix64.c` from 1234567, `xoshiro256plusplus.c` from the state 1, 2, 3, 4.
    #[test]
    fn seeds_give_the_published_numbers() {
        let mut state = 1_234_567;
        assert_eq!(split_mix(&mut state), 6_457_827_717_110_365_317);
        let mut random = Random { state: [1, 2, 3, 4], spare: None };
        let known: [u64; 4] = [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386];
        assert_eq!(std::array::from_fn(|_| random.bits()), known);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::new(7);
        let count = 200_000;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let uniform: Vec<f64> = (0..count).map(|_| random.uniform()).collect();
        assert!((mean(&uniform) - 0.5).abs() < 0.003);
        let normal: Vec<f64> = (0..count).map(|_| random.normal()).collect();
        assert!(mean(&normal).abs() < 0.01);
        let power = |exponent: i32| mean(&normal.iter().map(|value| value.powi(exponent)).collect::<Vec<_>>());
        assert!((power(2) - 1.0).abs() < 0.02 && (power(4) - 3.0).abs() < 0.1);
        let mut counts = [0_usize; 7];
        (0..70_000).for_each(|_| counts[random.below(7)] += 1);
        assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 400), "{counts:?}");
    }

    #[test]
    fn streams_and_seeds_differ() {
        let mut first: Vec<u64> = (0..50)
            .flat_map(|seed| (0..4).map(move |stream| (seed, stream)))
            .map(|(seed, stream)| Random::stream(seed, stream).bits())
            .collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 200);
    }

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut things: Vec<usize> = (0..100).collect();
        Random::new(3).shuffle(&mut things);
        assert_ne!(things, (0..100).collect::<Vec<_>>());
        things.sort_unstable();
        assert_eq!(things, (0..100).collect::<Vec<_>>());
    }
}
