//! Euler's method on `dx/dσ = (x − picture)/σ`: [EDM](https://arxiv.org/abs/2206.00364), equations 1 and 3 with σ for
//! time; `EulerDiscreteScheduler` and `EulerAncestralDiscreteScheduler`.

use super::Source::{Denoised, Noise, Sample};
use super::{Level, Plan, Spacing, Step, spacing, table};
use crate::ConfigError;

/// What the network is told and the noise levels, noisiest first and the same number; [`Heun`](super::heun) has them
/// too.
pub(super) fn times(plan: &Plan) -> (Vec<f64>, Vec<f64>) {
    let timesteps = spacing::timesteps(plan.settings, plan.options.steps);
    // diffusers keeps these in f32.
    let timesteps: Vec<f64> = timesteps.into_iter().map(|timestep| f64::from(timestep as f32)).collect();
    let sigmas: Vec<f64> = timesteps.iter().map(|timestep| plan.table.sigma_at(*timestep)).collect();
    match (sigmas.first(), sigmas.last()) {
        (Some(&largest), Some(&smallest)) if plan.settings.karras => {
            let sigmas = table::karras(plan.settings, largest, smallest, sigmas.len());
            let told = sigmas.iter().map(|sigma| f64::from(plan.table.timestep_of(*sigma) as f32)).collect();
            (told, sigmas)
        }
        _ => (timesteps, sigmas),
    }
}

/// `init_noise_sigma`: what begins at the noisiest step needs no more than its noise level, what begins earlier has to
/// make up for the picture's part in the latents.
pub(super) fn init_noise_sigma(plan: &Plan, sigmas: &[f64]) -> f64 {
    let largest = sigmas.iter().copied().fold(0.0, f64::max);
    match plan.settings.spacing {
        Spacing::Leading => (largest * largest + 1.0).sqrt(),
        Spacing::Trailing | Spacing::Linspace => largest,
    }
}

/// `_, steps`: the scale of the first noise, and the steps.
pub(super) fn steps(plan: &Plan) -> Result<(f64, Vec<Step>), ConfigError> {
    let end = if plan.settings.final_sigma_zero { 0.0 } else { plan.table.sigma(0) };
    run(plan, end, |_, to| (to, 0.0))
}

/// As [`steps`], further down and up again with fresh noise: [Song et al.](https://arxiv.org/abs/2011.13456), ancestral
/// sampling of the variance exploding kind, appendix F.
pub(super) fn ancestral_steps(plan: &Plan) -> Result<(f64, Vec<Step>), ConfigError> {
    run(plan, 0.0, |from, to| {
        let up = (to * to * (from * from - to * to) / (from * from)).max(0.0).sqrt();
        let down = (to * to - up * up).max(0.0).sqrt();
        (down, up)
    })
}

fn run(plan: &Plan, end: f64, ways: impl Fn(f64, f64) -> (f64, f64)) -> Result<(f64, Vec<Step>), ConfigError> {
    let (timesteps, sigmas) = times(plan);
    let then = sigmas.iter().skip(1).copied().chain([end]);
    let steps = timesteps.iter().zip(sigmas.iter().zip(then)).enumerate().skip(plan.start);
    let steps = steps.map(|(index, (&timestep, (&from, to)))| {
        let (down, up) = ways(from, to);
        let part = down / from;
        let next = [(Sample, part), (Denoised, 1.0 - part), (Noise, up)];
        Step::at(index, timestep, Level::exploding(from), plan.settings).to(next)
    });
    Ok((init_noise_sigma(plan, &sigmas), steps.collect()))
}
