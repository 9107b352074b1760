//! [Denoising diffusion implicit models](https://arxiv.org/abs/2010.02502); `DDIMScheduler.step`.

use super::Source::{Denoised, Noise};
use super::{Level, Plan, Step, spacing};
use crate::ConfigError;

pub(super) fn steps(plan: &Plan) -> Result<Vec<Step>, ConfigError> {
    let settings = plan.settings;
    let alphas = &plan.table.alphas_cumprod;
    let end = if settings.ends_clean { 1.0 } else { alphas[0] };
    let stride = settings.train_steps / plan.options.steps;
    let rows = spacing::rows(plan)?;
    let steps = rows.into_iter().enumerate().skip(plan.start).map(|(index, row)| {
        let here = alphas[row];
        let then = row.checked_sub(stride).map_or(end, |row| alphas[row]);
        let level = Level::preserving(here);
        // Equation 16, then 12: the picture, what points from it to the sample, and fresh noise.
        let variance = (1.0 - then) / (1.0 - here) * (1.0 - here / then);
        let fresh = plan.options.eta * variance.max(0.0).sqrt();
        let direction = (1.0 - then - fresh * fresh).max(0.0).sqrt();
        let epsilon = level.epsilon(settings.prediction).map(|(source, factor)| (source, factor * direction));
        let next = epsilon.into_iter().chain([(Denoised, then.sqrt()), (Noise, fresh)]);
        Step::at(index, row as f64, level, settings).to(next)
    });
    Ok(steps.collect())
}
