//! Which of the training steps a run visits: table 2 of [Lin et al.](https://arxiv.org/abs/2305.08891), as
//! `set_timesteps` has it, with NumPy's rounding (ties to even).

use serde::{Deserialize, Serialize};

use super::{Plan, Settings};
use crate::ConfigError;

/// How steps lie on the training steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Whole strides up from `steps_offset`; misses the noisiest steps.
    Leading,
    /// Strides down from the last training step.
    Trailing,
    /// From the first training step to the last, both included.
    Linspace,
}

/// `numpy.linspace(0, last, count)`
pub(super) fn linspace(last: f64, count: usize) -> Vec<f64> {
    if count == 1 {
        return vec![0.0];
    }
    let stride = last / (count - 1) as f64;
    (0..count).map(|at| if at + 1 == count { last } else { at as f64 * stride }).collect()
}

/// `numpy.round(numpy.arange(from, 0, -stride)) - 1`, noisiest first.
///
/// For some counts `arange` returns one number too many, which is 0 but for rounding, and diffusers then visits step
/// −1. That one is left out here.
pub(super) fn strides_down(from: usize, stride: f64) -> Vec<f64> {
    let from = from as f64;
    // arange repeats the difference of its first two elements.
    let difference = (from - stride) - from;
    let count = (from / stride).ceil() as usize;
    (0..count)
        .map(|at| (from + at as f64 * difference).round_ties_even() - 1.0)
        .filter(|timestep| *timestep >= 0.0)
        .collect()
}

/// Noisiest first. What every sampler but DPM-Solver and LCM begins with; `linspace` is not rounded here.
pub(super) fn timesteps(settings: &Settings, steps: usize) -> Vec<f64> {
    let train = settings.train_steps;
    let mut found = match settings.spacing {
        Spacing::Trailing => return strides_down(train, train as f64 / steps as f64),
        Spacing::Linspace => linspace((train - 1) as f64, steps),
        Spacing::Leading => (0..steps).map(|at| (at * (train / steps) + settings.steps_offset) as f64).collect(),
    };
    found.reverse();
    found
}

/// Noisiest first, as rows of the table.
pub(super) fn rows(plan: &Plan) -> Result<Vec<usize>, ConfigError> {
    let found = timesteps(plan.settings, plan.options.steps);
    let found: Vec<usize> = found.into_iter().map(|timestep| timestep.round_ties_even() as usize).collect();
    check_rows(plan, found)
}

/// Fails where `steps_offset` reaches beyond the training steps.
pub(super) fn check_rows(plan: &Plan, found: Vec<usize>) -> Result<Vec<usize>, ConfigError> {
    if found.iter().any(|row| *row >= plan.settings.train_steps) {
        let offset = plan.settings.steps_offset;
        return Err(ConfigError::field("steps", plan.options.steps, format!("fewer, for a steps_offset of {offset}")));
    }
    Ok(found)
}
