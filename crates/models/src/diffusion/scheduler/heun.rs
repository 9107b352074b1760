//! Heun's method on the noise level: [EDM](https://arxiv.org/abs/2206.00364), algorithm 1;
//! `HeunDiscreteScheduler`.

use super::Source::{Denoised, Kept, Sample};
use super::{Level, Plan, Step, euler};
use crate::ConfigError;

pub(super) fn steps(plan: &Plan) -> Result<(f64, Vec<Step>), ConfigError> {
    let settings = plan.settings;
    let (timesteps, sigmas) = euler::times(plan);
    let mut steps = Vec::new();
    for index in plan.start..sigmas.len() {
        let from = sigmas[index];
        let to = sigmas.get(index + 1).copied().unwrap_or(0.0);
        let here = Step::at(index, timesteps[index], Level::exploding(from), settings);
        // As Euler steps; kept is the sample and half of this slope's way.
        let slope = (to - from) / from;
        let euler = [(Sample, 1.0 + slope), (Denoised, -slope)];
        if index + 1 == sigmas.len() {
            steps.push(here.to(euler));
            break;
        }
        steps.push(here.to(euler).keeping(0, [(Sample, 1.0 + slope / 2.0), (Denoised, -slope / 2.0)]));
        // The other half is the slope where that led.
        let slope = (to - from) / to / 2.0;
        let there = Step::at(index, timesteps[index + 1], Level::exploding(to), settings);
        steps.push(there.to([(Kept(0), 1.0), (Sample, slope), (Denoised, -slope)]));
    }
    Ok((euler::init_noise_sigma(plan, &sigmas), steps))
}
