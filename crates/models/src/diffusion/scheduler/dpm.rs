//! [DPM-Solver++](https://arxiv.org/abs/2211.01095), multistep; `DPMSolverMultistepScheduler` with `algorithm_type`
//! `dpmsolver++`.
//!
//! λ = −ln σ, so that e^−h of a step in λ is the quotient of its noise levels.

use super::Source::{Denoised, Kept, Sample};
use super::{Level, Plan, Source, Spacing, Step, spacing, table};
use crate::ConfigError;

pub(super) fn steps(plan: &Plan, order: usize) -> Result<Vec<Step>, ConfigError> {
    let (timesteps, mut sigmas) = times(plan)?;
    let settings = plan.settings;
    let count = timesteps.len();
    sigmas.push(if settings.final_sigma_zero { 0.0 } else { plan.table.sigma(0) });
    let few = settings.lower_order_final && count < 15;
    let steps = timesteps.into_iter().enumerate().skip(plan.start).map(|(index, timestep)| {
        let last = index + 1 == count && (settings.euler_at_final || few || settings.final_sigma_zero);
        let second_last = index + 2 == count && few;
        let most = if last {
            1
        } else if second_last {
            2
        } else {
            order
        };
        let order = most.min(index - plan.start + 1);
        let next = next(&sigmas, index, order, settings.solver_heun);
        Step::at(index, timestep, Level::preserving_sigma(sigmas[index]), settings)
            .to(next)
            .keeping(index % 2, [(Denoised, 1.0)])
    });
    Ok(steps.collect())
}

/// What the network is told and the noise levels, noisiest first.
fn times(plan: &Plan) -> Result<(Vec<f64>, Vec<f64>), ConfigError> {
    let (settings, table, steps) = (plan.settings, &plan.table, plan.options.steps);
    if settings.karras {
        let (largest, smallest) = (table.sigma(settings.train_steps - 1), table.sigma(0));
        let sigmas = table::karras(settings, largest, smallest, steps);
        let told = sigmas.iter().map(|sigma| table.timestep_of(*sigma)).map(|told| settings.round_karras(told));
        return Ok((told.collect(), sigmas));
    }
    // Cosine betas end in noise levels beyond the solver; `lambda_min_clipped` cuts them off.
    let beyond = table.alphas_cumprod.iter().filter(|alpha| (*alpha / (1.0 - *alpha)).ln() / 2.0 < settings.lambda_min);
    let train = settings.train_steps - beyond.count();
    let found: Vec<f64> = match settings.spacing {
        Spacing::Linspace => {
            let found = spacing::linspace(train.saturating_sub(1) as f64, steps + 1);
            found.into_iter().skip(1).rev().map(f64::round_ties_even).collect()
        }
        Spacing::Leading => {
            let stride = train / (steps + 1);
            if stride == 0 {
                let expected = format!("1 to {}, with leading timesteps", train.saturating_sub(1));
                return Err(ConfigError::field("steps", steps, expected));
            }
            (1..=steps).rev().map(|at| (at * stride + settings.steps_offset) as f64).collect()
        }
        Spacing::Trailing => spacing::strides_down(train, settings.train_steps as f64 / steps as f64),
    };
    let rows = spacing::check_rows(plan, found.into_iter().map(|timestep| timestep as usize).collect())?;
    Ok(rows.into_iter().map(|row| (row as f64, table.sigma(row))).unzip())
}

/// The sample after a step of `order`: the first `order` of this step's picture, the last one's, and the one before
/// that.
fn next(sigmas: &[f64], index: usize, order: usize, heun: bool) -> Vec<(Source, f64)> {
    let (here, there) = (Level::preserving_sigma(sigmas[index]), Level::preserving_sigma(sigmas[index + 1]));
    let (recent, older) = (Kept((index + 1) % 2), Kept(index % 2));
    let decay = sigmas[index + 1] / sigmas[index];
    let span = |from: usize| (sigmas[from] / sigmas[from + 1]).ln();
    // A step of no length tells nothing about slopes: it is taken, and looked back on, with the order below.
    let order = (1..order).take_while(|back| span(index) != 0.0 && span(index - back) != 0.0).count() + 1;
    let first = [(Sample, there.noise / here.noise), (Denoised, there.signal * (1.0 - decay))];
    if order == 1 {
        return first.to_vec();
    }
    let h = span(index);
    // Factors of the first and second difference: integrals of e^λ times 1, λ and λ²/2.
    let linear = there.signal * ((decay - 1.0) / h + 1.0);
    let square = -there.signal * ((decay - 1.0 + h) / (h * h) - 0.5);
    let r0 = span(index - 1) / h;
    // This picture less the last, and the last less the one before.
    let (newer, before) = if order == 2 {
        // Algorithm 2, and its other quadrature.
        ((if heun { linear } else { first[1].1 / 2.0 }) / r0, 0.0)
    } else {
        // `multistep_dpm_solver_third_order_update`: DPM-Solver-3 of https://arxiv.org/abs/2206.00927, on pictures.
        let r1 = span(index - 2) / h;
        let (part, curve) = (r0 / (r0 + r1), 1.0 / (r0 + r1));
        ((linear * (1.0 + part) + square * curve) / r0, -(linear * part + square * curve) / r1)
    };
    vec![first[0], (Denoised, first[1].1 + newer), (recent, before - newer), (older, -before)]
}
