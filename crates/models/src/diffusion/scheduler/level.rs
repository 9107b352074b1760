//! What latents are made of at a moment of a run, and what a network's output means there.

use super::Source;

/// What the network was trained to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prediction {
    /// The noise.
    Epsilon,
    /// `√ᾱ × noise − √(1 − ᾱ) × picture`, [Salimans and Ho](https://arxiv.org/abs/2202.00512), appendix D.
    Velocity,
    /// The picture.
    Sample,
}

/// Latents as `signal × picture + noise × noise`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// How much of the picture.
    pub signal: f64,
    /// How much noise.
    pub noise: f64,
    /// The network reads the latents times this.
    pub input_scale: f64,
}

impl Level {
    /// A finished picture.
    pub const CLEAN: Self = Self { signal: 1.0, noise: 0.0, input_scale: 1.0 };

    /// The variance stays 1: `√ᾱ × picture + √(1 − ᾱ) × noise`. DDPM, equation 4.
    pub(super) fn preserving(alpha_cumprod: f64) -> Self {
        Self { signal: alpha_cumprod.sqrt(), noise: (1.0 - alpha_cumprod).sqrt(), input_scale: 1.0 }
    }

    /// The same from the noise level: DPM-Solver works on σ, with latents that keep their variance.
    pub(super) fn preserving_sigma(sigma: f64) -> Self {
        let signal = 1.0 / (sigma * sigma + 1.0).sqrt();
        Self { signal, noise: sigma * signal, input_scale: 1.0 }
    }

    /// The variance grows with the noise, `picture + σ × noise`, and the network, which was trained on variance 1,
    /// reads it scaled. EDM, table 1, column VP; `scale_model_input`.
    pub(super) fn exploding(sigma: f64) -> Self {
        Self { signal: 1.0, noise: sigma, input_scale: 1.0 / (sigma * sigma + 1.0).sqrt() }
    }

    /// Factors of sample and output in the picture: this type's definition and the prediction's, solved for it.
    pub(super) fn denoised(&self, prediction: Prediction) -> [f64; 2] {
        match prediction {
            Prediction::Epsilon => [1.0 / self.signal, -self.noise / self.signal],
            Prediction::Velocity => {
                let scale = self.input_scale;
                [self.signal * scale * scale, -self.noise * scale]
            }
            Prediction::Sample => [0.0, 1.0],
        }
    }

    /// The noise as a sum over sample and output, where the variance is 1.
    pub(super) fn epsilon(&self, prediction: Prediction) -> [(Source, f64); 2] {
        let (sample, output) = match prediction {
            Prediction::Epsilon => (0.0, 1.0),
            Prediction::Velocity => (self.noise, self.signal),
            Prediction::Sample => (1.0 / self.noise, -self.signal / self.noise),
        };
        [(Source::Sample, sample), (Source::Output, output)]
    }
}
