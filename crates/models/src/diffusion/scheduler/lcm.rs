//! [Latent consistency models](https://arxiv.org/abs/2310.04378); `LCMScheduler.step`.

use super::Source::{Denoised, Noise, Sample};
use super::{Level, Plan, Step};
use crate::ConfigError;

/// Of the boundary condition, EDM's standard deviation of pictures.
const SIGMA_DATA: f64 = 0.5;

/// Evenly out of the timesteps that the checkpoint was distilled with, noisiest first; spacing has no say.
fn rows(plan: &Plan) -> Result<Vec<usize>, ConfigError> {
    let (steps, original) = (plan.options.steps, plan.settings.original_steps);
    if steps > original {
        return Err(ConfigError::field(
            "steps",
            steps,
            format!("1 to {original}, the steps this sampler was distilled with"),
        ));
    }
    let stride = plan.settings.train_steps / original;
    // numpy.linspace(0, original, steps, endpoint=False), floored.
    let part = original as f64 / steps as f64;
    Ok((0..steps).map(|at| (original - (at as f64 * part) as usize) * stride - 1).collect())
}

pub(super) fn steps(plan: &Plan) -> Result<Vec<Step>, ConfigError> {
    let settings = plan.settings;
    let alphas = &plan.table.alphas_cumprod;
    let rows = rows(plan)?;
    let steps = rows.iter().enumerate().skip(plan.start).map(|(index, &row)| {
        // `get_scalings_for_boundary_condition_discrete`: at time 0 the sample is the picture.
        let time = row as f64 * settings.timestep_scaling;
        let spread = time * time + SIGMA_DATA * SIGMA_DATA;
        let (skip, out) = (SIGMA_DATA * SIGMA_DATA / spread, time / spread.sqrt());
        // Multistep sampling: the picture is noised again to the next time; not at the end.
        let then = rows.get(index + 1).map_or(Level::CLEAN, |row| Level::preserving(alphas[*row]));
        let next = [(Denoised, then.signal * out), (Sample, then.signal * skip), (Noise, then.noise)];
        Step::at(index, row as f64, Level::preserving(alphas[row]), settings).to(next)
    });
    Ok(steps.collect())
}
