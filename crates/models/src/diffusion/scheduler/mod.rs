//! The samplers of diffusion models, as plain numbers.
//!
//! Whatever a sampler does between two passes of the network is a linear combination of a few tensors, and every
//! coefficient is known before the run. A [`Schedule`] is the list of them, in f64; [`Run`] is the one loop body that
//! applies them, to anything that can be scaled and added. One file for each sampler holds its formulas and where they
//! are from. The reference is diffusers: its timesteps, its defaults and its order of operations.
//!
//! Symbols: `ᾱ(t)` is the cumulative product of `1 − β`, as in [DDPM](https://arxiv.org/abs/2006.11239); `σ = √((1 −
//! ᾱ)/ᾱ)` is the noise level of [Karras et al.](https://arxiv.org/abs/2206.00364) ("EDM").

mod config;
mod ddim;
mod ddpm;
mod dpm;
mod euler;
mod heun;
mod lcm;
mod level;
mod pndm;
mod run;
mod spacing;
mod table;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::ConfigError;
pub use config::{SchedulerConfig, Settings};
pub use level::{Level, Prediction};
pub use run::{Latents, Run};
pub use spacing::Spacing;
use table::Table;

/// The ways from noise to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// Denoising diffusion implicit models.
    Ddim,
    /// Denoising diffusion probabilistic models: noise is added again at each step.
    Ddpm,
    /// Pseudo numerical methods, PLMS included.
    Pndm,
    /// Euler's method on the noise level.
    Euler,
    /// Euler's method with noise added at each step.
    #[serde(rename = "euler_a")]
    EulerAncestral,
    /// Heun's method: two passes a step.
    Heun,
    /// DPM-Solver++, multistep, order 2.
    #[serde(rename = "dpmpp_2m")]
    Dpmpp2m,
    /// DPM-Solver++, multistep, order 3.
    #[serde(rename = "dpmpp_3m")]
    Dpmpp3m,
    /// Latent consistency models: few steps, for checkpoints distilled to it.
    Lcm,
}

impl Sampler {
    /// Every sampler, as a menu lists them.
    pub const ALL: [Self; 9] = [
        Self::Ddim,
        Self::Ddpm,
        Self::Pndm,
        Self::Euler,
        Self::EulerAncestral,
        Self::Heun,
        Self::Dpmpp2m,
        Self::Dpmpp3m,
        Self::Lcm,
    ];

    /// The name that serde writes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddim => "ddim",
            Self::Ddpm => "ddpm",
            Self::Pndm => "pndm",
            Self::Euler => "euler",
            Self::EulerAncestral => "euler_a",
            Self::Heun => "heun",
            Self::Dpmpp2m => "dpmpp_2m",
            Self::Dpmpp3m => "dpmpp_3m",
            Self::Lcm => "lcm",
        }
    }

    /// The sampler of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sampler| sampler.name() == name)
    }

    /// Whether Karras' noise levels change anything.
    pub fn takes_karras(self) -> bool {
        matches!(self, Self::Euler | Self::Heun | Self::Dpmpp2m | Self::Dpmpp3m)
    }

    /// Whether eta changes anything.
    pub fn takes_eta(self) -> bool {
        self == Self::Ddim
    }
}

/// What a user chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleOptions {
    /// Steps from pure noise to a picture.
    pub steps: usize,
    /// How they lie on the training steps; `None`: as the checkpoint says.
    pub spacing: Option<Spacing>,
    /// Noise levels of Karras et al.; `None`: as the checkpoint says. Nothing to samplers that know none.
    pub karras: Option<bool>,
    /// 0 to 1: from DDIM to DDPM. Nothing to the other samplers.
    pub eta: f64,
    /// Image to image: the part of the steps that is run, over 0 to 1. 1 from noise.
    pub strength: f64,
}

impl Default for ScheduleOptions {
    fn default() -> Self {
        Self { steps: 20, spacing: None, karras: None, eta: 0.0, strength: 1.0 }
    }
}

/// A tensor that a step can draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The latents before the step.
    Sample,
    /// What the network said, after guidance.
    Output,
    /// The picture that follows from both.
    Denoised,
    /// Fresh noise of variance 1.
    Noise,
    /// What an earlier step kept in this slot.
    Kept(usize),
}

/// A sum of tensors, each times a number.
pub type Sum = Vec<(Source, f64)>;

/// How many tensors a run can keep between steps.
pub const SLOTS: usize = 5;

/// One pass of the network and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which of the user's steps, from 0. Heun and PNDM pass the network more often than they step.
    pub index: usize,
    /// What the network is told, in training steps. Whole numbers, but for Euler and Heun.
    pub timestep: f64,
    /// What the latents are here: picture and noise.
    pub level: Level,
    /// The picture is `denoised[0]` × sample + `denoised[1]` × output …
    pub denoised: [f64; 2],
    /// … and then cut to ± this.
    pub clip: Option<f64>,
    /// The next sample.
    pub next: Sum,
    /// What is kept and where; worked out before anything is overwritten.
    pub keep: Vec<(usize, Sum)>,
}

impl Step {
    /// A step that so far only knows where it is; the sampler says where it goes.
    fn at(index: usize, timestep: f64, level: Level, settings: &Settings) -> Self {
        let denoised = level.denoised(settings.prediction);
        Self { index, timestep, level, denoised, clip: settings.clip, next: Sum::new(), keep: Vec::new() }
    }

    /// Without what is added zero times: not every tensor is there at every step, and 0 × ∞ is no number.
    fn to(mut self, next: impl IntoIterator<Item = (Source, f64)>) -> Self {
        self.next = next.into_iter().filter(|(_, factor)| *factor != 0.0).collect();
        self
    }

    fn keeping(mut self, slot: usize, sum: impl IntoIterator<Item = (Source, f64)>) -> Self {
        self.keep.push((slot, sum.into_iter().collect()));
        self
    }
}

/// Everything about a run that is known before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Whose formulas.
    pub sampler: Sampler,
    /// From pure noise, the first sample is noise of variance 1 times this.
    pub init_noise_sigma: f64,
    /// The user's step that the run begins at: over 0 when strength is under 1.
    pub first_step: usize,
    /// The passes of the network, in order.
    pub steps: Vec<Step>,
}

/// What a sampler needs to work out its steps.
struct Plan<'a> {
    settings: &'a Settings,
    table: Table,
    options: &'a ScheduleOptions,
    /// The user's step that the run begins at.
    start: usize,
}

impl Schedule {
    /// Works out every coefficient of a run. `config` is the checkpoint's; where `sampler` is another than its own, the
    /// fields that both know are carried over, as diffusers' `from_config` does.
    ///
    /// # Errors
    /// [`ConfigError::Field`] names the field of `config` or of `options` that cannot be run.
    pub fn new(config: &SchedulerConfig, sampler: Sampler, options: &ScheduleOptions) -> Result<Self, ConfigError> {
        let mut settings = config.settings(sampler)?;
        settings.spacing = options.spacing.unwrap_or(settings.spacing);
        settings.karras = sampler.takes_karras() && options.karras.unwrap_or(settings.karras);
        let start = options.check(&settings)?;
        let table = Table::new(&settings, sampler)?;
        let plan = Plan { settings: &settings, table, options, start };
        let (init_noise_sigma, steps) = match sampler {
            Sampler::Ddim => (1.0, ddim::steps(&plan)?),
            Sampler::Ddpm => (1.0, ddpm::steps(&plan)?),
            Sampler::Pndm => (1.0, pndm::steps(&plan)?),
            Sampler::Euler => euler::steps(&plan)?,
            Sampler::EulerAncestral => euler::ancestral_steps(&plan)?,
            Sampler::Heun => heun::steps(&plan)?,
            Sampler::Dpmpp2m => (1.0, dpm::steps(&plan, 2)?),
            Sampler::Dpmpp3m => (1.0, dpm::steps(&plan, 3)?),
            Sampler::Lcm => (1.0, lcm::steps(&plan)?),
        };
        if steps.is_empty() {
            return Err(ConfigError::field("strength", options.strength, "enough for one step"));
        }
        if steps.iter().any(|step| !step.denoised[1].is_finite()) {
            let expected = "false where the network says noise and nothing of the picture is left";
            return Err(ConfigError::field("rescale_betas_zero_snr", true, expected));
        }
        Ok(Self { sampler, init_noise_sigma, first_step: start, steps })
    }

    /// What the latents are before the pass `at`, and after the last one: how a given picture is brought there, at the
    /// start of image to image and where inpainting puts the known part back. diffusers' `add_noise`.
    pub fn level(&self, at: usize) -> Level {
        self.steps.get(at).map_or(Level::CLEAN, |step| step.level)
    }
}

impl ScheduleOptions {
    /// The step to begin at.
    fn check(&self, settings: &Settings) -> Result<usize, ConfigError> {
        let most = settings.train_steps;
        if !(1..=most).contains(&self.steps) {
            return Err(ConfigError::field("steps", self.steps, format!("1 to {most}")));
        }
        if !(0.0..=1.0).contains(&self.eta) {
            return Err(ConfigError::field("eta", self.eta, "0 to 1"));
        }
        // As `get_timesteps` of diffusers' pipelines has it, rounding down.
        let run = (self.steps as f64 * self.strength) as usize;
        if !(0.0..=1.0).contains(&self.strength) || run == 0 {
            let least = 1.0 / self.steps as f64;
            return Err(ConfigError::field(
                "strength",
                self.strength,
                format!("{least} to 1, with {} steps", self.steps),
            ));
        }
        Ok(self.steps - run)
    }
}
