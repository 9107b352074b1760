//! Normal noise as PyTorch's CPU generator draws it, so that a seed gives the picture that it gives elsewhere.
//!
//! Source: the Mersenne Twister MT19937 of Matsumoto and Nishimura, "Mersenne Twister: A 623-dimensionally
//! equidistributed uniform pseudo-random number generator", 1998, with the seeding of their code of 2002; and
//! `normal_fill` and `normal_distribution<double>` of PyTorch, which turn its numbers into normal ones by the
//! transform of Box and Muller, "A note on the generation of random normal deviates", 1958.

use std::f64::consts::TAU;

/// Words of the state.
const WORDS: usize = 624;
/// Distance of the word that each new one is mixed with.
const SHIFT: usize = 397;
/// Values that are made at a time: eight pairs.
const BLOCK: usize = 16;

/// MT19937: uniform numbers of 32 bits.
#[derive(Debug, Clone)]
struct MersenneTwister {
    state: [u32; WORDS],
    /// Words of the state that are used up.
    used: usize,
}

impl MersenneTwister {
    fn new(seed: u32) -> Self {
        let mut state = [0; WORDS];
        let mut word = seed;
        for (index, slot) in state.iter_mut().enumerate() {
            if index > 0 {
                word = 1_812_433_253_u32.wrapping_mul(word ^ (word >> 30)).wrapping_add(index as u32);
            }
            *slot = word;
        }
        Self { state, used: WORDS }
    }

    fn next(&mut self) -> u32 {
        if self.used == WORDS {
            self.twist();
        }
        let mut word = self.state[self.used];
        self.used += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9D2C_5680;
        word ^= word << 15 & 0xEFC6_0000;
        word ^ word >> 18
    }

    fn twist(&mut self) {
        for index in 0..WORDS {
            let mixed = self.state[index] & 0x8000_0000 | self.state[(index + 1) % WORDS] & 0x7FFF_FFFF;
            let odd = if mixed & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[index] = self.state[(index + SHIFT) % WORDS] ^ mixed >> 1 ^ odd;
        }
        self.used = 0;
    }
}

/// What `torch.Generator("cpu").manual_seed(seed)` is to `torch.randn`.
///
/// The uniform numbers beneath are the same to the last bit. Of normal ones that come by the block, the last bits differ
/// between kinds of processor in PyTorch itself: from x86 with AVX2, these are off by 5e-7 at most; from others, where
/// PyTorch rounds the angle otherwise, by some 2e-6.
#[derive(Debug, Clone)]
pub struct TorchGenerator {
    twister: MersenneTwister,
    /// The second of a pair, of which a short request took the first.
    spare: Option<f64>,
}

impl TorchGenerator {
    /// Starts anew from a seed. As in PyTorch, only its lower 32 bits count.
    pub fn new(seed: u64) -> Self {
        Self { twister: MersenneTwister::new(seed as u32), spare: None }
    }

    /// `count` values of mean 0 and deviation 1: what `torch.randn(count, generator=…)` gives in single precision,
    /// and goes on from there. The shape of a tensor does not matter, the number of its values does.
    ///
    /// # Shapes
    /// returns `[count]`
    pub fn randn(&mut self, count: usize) -> Vec<f32> {
        if count < BLOCK {
            return (0..count).map(|_| self.single() as f32).collect();
        }
        let mut values: Vec<f32> = (0..count).map(|_| self.uniform()).collect();
        values.as_chunks_mut().0.iter_mut().for_each(box_muller);
        if !count.is_multiple_of(BLOCK)
            && let Some(last) = values.last_chunk_mut()
        {
            // Over again, and over values that are already made: the source has no rest shorter than a block.
            *last = std::array::from_fn(|_| self.uniform());
            box_muller(last);
        }
        values
    }

    /// From 0 to below 1, in steps of 2⁻²⁴.
    fn uniform(&mut self) -> f32 {
        const BITS: u32 = 24;
        (self.twister.next() & ((1 << BITS) - 1)) as f32 / (1 << BITS) as f32
    }

    /// From 0 to below 1, in steps of 2⁻⁵³.
    fn uniform_double(&mut self) -> f64 {
        const BITS: u32 = 53;
        let (high, low) = (u64::from(self.twister.next()), u64::from(self.twister.next()));
        ((high << 32 | low) & ((1 << BITS) - 1)) as f64 / (1_u64 << BITS) as f64
    }

    /// One value in double precision, by pairs: the path of requests below a block.
    fn single(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let angle = TAU * self.uniform_double();
        let radius = (-2.0 * (-self.uniform_double()).ln_1p()).sqrt();
        self.spare = Some(radius * angle.sin());
        radius * angle.cos()
    }
}

/// Uniform values to normal ones, each of the first half together with its partner in the second.
///
/// Logarithm, sine and cosine are taken in double precision and rounded, so that a seed gives the same noise on every
/// machine, in a browser as well; the source has approximations in single precision here.
fn box_muller(block: &mut [f32; BLOCK]) {
    let (first, second) = block.split_at_mut(BLOCK / 2);
    for (first, second) in first.iter_mut().zip(second) {
        let radius = (-2.0 * f64::from(1.0 - *first).ln() as f32).sqrt();
        let angle = f64::from(TAU as f32 * *second);
        *first = radius * angle.cos() as f32;
        *second = radius * angle.sin() as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twister_is_the_published_one() {
        // The C++ standard, [rand.predef]: the 10 000th number of the default seed.
        let mut twister = MersenneTwister::new(5489);
        assert_eq!((0..10_000).map(|_| twister.next()).last(), Some(4_123_659_995));
    }

    #[test]
    fn the_upper_half_of_a_seed_does_not_count() {
        let draw = |seed| TorchGenerator::new(seed).randn(20);
        assert_eq!(draw(7), draw(7 | 9 << 32));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn noise_is_normal() {
        let values = TorchGenerator::new(1).randn(1 << 16);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        assert!(values.iter().all(|value| value.is_finite()));
        assert!(TorchGenerator::new(1).randn(0).is_empty());
    }
}
