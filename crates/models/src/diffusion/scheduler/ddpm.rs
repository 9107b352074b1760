//! [Denoising diffusion probabilistic models](https://arxiv.org/abs/2006.11239); `DDPMScheduler.step`.

use super::Source::{Denoised, Noise, Sample};
use super::{Level, Plan, Step, spacing};
use crate::ConfigError;

pub(super) fn steps(plan: &Plan) -> Result<Vec<Step>, ConfigError> {
    let settings = plan.settings;
    let alphas = &plan.table.alphas_cumprod;
    let rows = spacing::rows(plan)?;
    let after = rows.iter().skip(1).map(|row| alphas[*row]).chain([1.0]);
    let steps = rows.iter().zip(after).enumerate().skip(plan.start).map(|(index, (&row, then))| {
        let here = alphas[row];
        let beta = 1.0 - here / then;
        // Equation 7: the mean and the variance of the step before, given the picture. `fixed_large` is section 3.2's
        // other choice.
        let picture = then.sqrt() * beta / (1.0 - here);
        let sample = (here / then).sqrt() * (1.0 - then) / (1.0 - here);
        let variance = if settings.large_variance { beta } else { (1.0 - then) / (1.0 - here) * beta };
        let fresh = if row > 0 { variance.max(0.0).sqrt() } else { 0.0 };
        let next = [(Denoised, picture), (Sample, sample), (Noise, fresh)];
        Step::at(index, row as f64, Level::preserving(here), settings).to(next)
    });
    Ok(steps.collect())
}
