//! How much of a picture is left at each training step.
//!
//! The tables that checkpoints were trained with are f32, with products accumulated in f64, as torch has it. They are
//! rounded here where torch rounds, so that every number of the table is the same; from there on everything is f64.

use std::f64::consts::FRAC_PI_2;

use super::config::Betas;
use super::spacing::linspace;
use super::{Sampler, Settings};
use crate::ConfigError;

/// Stands for 0 where a noise level would be infinite: the smallest number of f16, as diffusers has it.
const ALMOST_NOTHING: f64 = 1.0 / 16_777_216.0;

/// ᾱ of each training step, falling.
pub(super) struct Table {
    pub alphas_cumprod: Vec<f64>,
}

/// `torch.linspace`: from both ends to the middle, each with one rounding.
fn linspace32(start: f64, end: f64, count: usize) -> Vec<f32> {
    let (start, end) = (start as f32, end as f32);
    let stride = f64::from((end - start) / (count.max(2) - 1) as f32);
    let at = |at: usize| {
        let from_start = f64::from(start) + stride * at as f64;
        let from_end = f64::from(end) - stride * (count - 1 - at) as f64;
        (if at < count / 2 { from_start } else { from_end }) as f32
    };
    (0..count).map(at).collect()
}

/// `betas_for_alpha_bar`: [Nichol and Dhariwal](https://arxiv.org/abs/2102.09672), equation 17.
fn cosine(count: usize) -> Vec<f32> {
    let alpha_bar = |at: usize| ((at as f64 / count as f64 + 0.008) / 1.008 * FRAC_PI_2).cos().powi(2);
    (0..count).map(|at| (1.0 - alpha_bar(at + 1) / alpha_bar(at)).min(0.999) as f32).collect()
}

/// `torch.cumprod(1 - betas)`
fn cumprod(betas: &[f32]) -> Vec<f32> {
    let products = betas.iter().scan(1.0, |product, beta| {
        *product *= f64::from(1.0 - beta);
        Some(*product as f32)
    });
    products.collect()
}

/// `rescale_zero_terminal_snr`: Lin et al., algorithm 1.
fn rescaled(betas: &[f32]) -> Vec<f32> {
    let roots: Vec<f32> = cumprod(betas).into_iter().map(f32::sqrt).collect();
    let (Some(&first), Some(&last)) = (roots.first(), roots.last()) else { return Vec::new() };
    let scale = first / (first - last);
    let mut before = 1.0;
    let betas = roots.into_iter().map(|root| {
        let root = (root - last) * scale;
        let product = root * root;
        let alpha = product / before;
        before = product;
        1.0 - alpha
    });
    betas.collect()
}

impl Table {
    pub fn new(settings: &Settings, sampler: Sampler) -> Result<Self, ConfigError> {
        let count = settings.train_steps;
        let mut betas = match &settings.betas {
            Betas::Linear(start, end) => linspace32(*start, *end, count),
            Betas::ScaledLinear(start, end) => {
                linspace32(start.sqrt(), end.sqrt(), count).into_iter().map(|root| root * root).collect()
            }
            Betas::Cosine => cosine(count),
            Betas::Given(betas) => betas.iter().map(|beta| *beta as f32).collect(),
        };
        if settings.zero_terminal_snr {
            betas = rescaled(&betas);
        }
        let mut alphas_cumprod: Vec<f64> = cumprod(&betas).into_iter().map(f64::from).collect();
        let by_sigma = matches!(
            sampler,
            Sampler::Euler | Sampler::EulerAncestral | Sampler::Heun | Sampler::Dpmpp2m | Sampler::Dpmpp3m
        );
        if let Some(last) = alphas_cumprod.last_mut().filter(|_| settings.zero_terminal_snr && by_sigma) {
            *last = ALMOST_NOTHING;
        }
        check(&alphas_cumprod, settings)?;
        Ok(Self { alphas_cumprod })
    }

    /// σ of a training step, in f32 as the reference keeps it.
    pub fn sigma(&self, row: usize) -> f64 {
        let alpha = self.alphas_cumprod[row] as f32;
        f64::from(((1.0 - alpha) / alpha).sqrt())
    }

    fn last(&self) -> usize {
        self.alphas_cumprod.len() - 1
    }

    /// σ between training steps, `numpy.interp`.
    pub fn sigma_at(&self, timestep: f64) -> f64 {
        let row = (timestep.max(0.0) as usize).min(self.last());
        let here = self.sigma(row);
        if row == self.last() {
            return here;
        }
        here + (self.sigma(row + 1) - here) * (timestep - row as f64)
    }

    /// The training step of a noise level, between two of them by log σ: `_sigma_to_t`. The rounding of those
    /// logarithms decides on which side of a training step its own noise level comes to lie.
    pub fn timestep_of(&self, sigma: f64) -> f64 {
        let log = |row: usize| f64::from(self.sigma(row).ln() as f32);
        let sigma = sigma.ln();
        let (mut row, mut above) = (0, self.last());
        while above - row > 1 {
            let middle = (row + above) / 2;
            if log(middle) <= sigma { row = middle } else { above = middle }
        }
        row as f64 + ((sigma - log(row)) / (log(above) - log(row))).clamp(0.0, 1.0)
    }
}

/// Noise levels of Karras et al., noisiest first: EDM, equation 5, with ρ = 7.
pub(super) fn karras(settings: &Settings, largest: f64, smallest: f64, count: usize) -> Vec<f64> {
    const RHO: f64 = 7.0;
    let from = settings.sigma_max.unwrap_or(largest).powf(1.0 / RHO);
    let to = settings.sigma_min.unwrap_or(smallest).powf(1.0 / RHO);
    linspace(1.0, count).into_iter().map(|part| (from + part * (to - from)).powf(RHO)).collect()
}

/// A picture that is never whole nor gone, and less at every step; gone at the last one only if it is meant to be.
fn check(alphas_cumprod: &[f64], settings: &Settings) -> Result<(), ConfigError> {
    let field = match settings.betas {
        Betas::Given(_) => "trained_betas",
        Betas::Cosine => "num_train_timesteps",
        _ => "beta_end",
    };
    let falls = alphas_cumprod.windows(2).all(|pair| pair[1] < pair[0]);
    let whole = alphas_cumprod.first().is_none_or(|first| *first >= 1.0);
    let (last, others) = alphas_cumprod.split_last().unwrap_or((&0.0, &[]));
    let least = if settings.zero_terminal_snr { 0.0 } else { f64::from(f32::MIN_POSITIVE) };
    let gone = *last < least || others.iter().any(|alpha| *alpha < f64::from(f32::MIN_POSITIVE));
    if falls && !whole && !gone {
        return Ok(());
    }
    Err(ConfigError::field(
        field,
        format!("{last} of the picture at the last training step"),
        "a part that falls from 1 but is never 0",
    ))
}
