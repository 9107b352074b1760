//! `scheduler_config.json`, and what a sampler makes of it.

use serde::Deserialize;

use super::{Prediction, Sampler, Spacing};
use crate::ConfigError;

/// `scheduler_config.json` as diffusers writes it: the fields that change what these samplers do. What a file leaves
/// out, or has as `null`, has the default of the class that is asked for, see [`SchedulerConfig::settings`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SchedulerConfig {
    /// The checkpoint's own class, such as `DDIMScheduler`.
    #[serde(rename = "_class_name")]
    pub class_name: Option<String>,
    /// Noise levels the network was trained on.
    pub num_train_timesteps: Option<usize>,
    /// β of the first training step.
    pub beta_start: Option<f64>,
    /// β of the last.
    pub beta_end: Option<f64>,
    /// `linear`, `scaled_linear` or `squaredcos_cap_v2`.
    pub beta_schedule: Option<String>,
    /// Every β, in place of the three fields above.
    pub trained_betas: Option<Vec<f64>>,
    /// Rescales β so that nothing of the picture is left at the last training step.
    pub rescale_betas_zero_snr: Option<bool>,
    /// `epsilon`, `v_prediction` or `sample`.
    pub prediction_type: Option<String>,
    /// `leading`, `trailing` or `linspace`.
    pub timestep_spacing: Option<String>,
    /// Added to leading timesteps.
    pub steps_offset: Option<i64>,
    /// Cuts the predicted picture to ± `clip_sample_range`.
    pub clip_sample: Option<bool>,
    /// See `clip_sample`.
    pub clip_sample_range: Option<f64>,
    /// Dynamic thresholding, for models of pixels.
    pub thresholding: Option<bool>,
    /// Whether the last step ends at the whole picture or at the level of the first training step. DDIM, PNDM.
    pub set_alpha_to_one: Option<bool>,
    /// DDPM: `fixed_small` or `fixed_large`.
    pub variance_type: Option<String>,
    /// PNDM: begins without Runge–Kutta steps.
    pub skip_prk_steps: Option<bool>,
    /// Noise levels of Karras et al.
    pub use_karras_sigmas: Option<bool>,
    /// Noise levels that are not offered here.
    pub use_exponential_sigmas: Option<bool>,
    /// Noise levels that are not offered here.
    pub use_beta_sigmas: Option<bool>,
    /// Noise levels that are not offered here.
    pub use_lu_lambdas: Option<bool>,
    /// Noise levels that are not offered here.
    pub use_flow_sigmas: Option<bool>,
    /// The smallest of Karras' levels.
    pub sigma_min: Option<f64>,
    /// The largest of Karras' levels.
    pub sigma_max: Option<f64>,
    /// Euler: `linear`.
    pub interpolation_type: Option<String>,
    /// Euler: `discrete`.
    pub timestep_type: Option<String>,
    /// Euler, DPM-Solver: whether the last step ends at `zero` noise or at `sigma_min`.
    pub final_sigmas_type: Option<String>,
    /// DPM-Solver: 2 or 3.
    pub solver_order: Option<usize>,
    /// DPM-Solver: `dpmsolver++`.
    pub algorithm_type: Option<String>,
    /// DPM-Solver, order 2: `midpoint` or `heun`.
    pub solver_type: Option<String>,
    /// DPM-Solver: lower orders at the end of runs under 15 steps.
    pub lower_order_final: Option<bool>,
    /// DPM-Solver: order 1 at the last step.
    pub euler_at_final: Option<bool>,
    /// DPM-Solver: training steps with a smaller log of signal over noise are not visited.
    pub lambda_min_clipped: Option<f64>,
    /// LCM: steps of the schedule that the checkpoint was distilled with.
    pub original_inference_steps: Option<usize>,
    /// LCM: stretches time in the boundary condition.
    pub timestep_scaling: Option<f64>,
}

/// Where the betas come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Betas {
    Linear(f64, f64),
    ScaledLinear(f64, f64),
    Cosine,
    Given(Vec<f64>),
}

/// A configuration as one sampler reads it: checked, with that sampler's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Noise levels the network was trained on.
    pub train_steps: usize,
    /// What the network says.
    pub prediction: Prediction,
    /// How steps lie on the training steps.
    pub spacing: Spacing,
    pub(super) betas: Betas,
    pub(super) zero_terminal_snr: bool,
    pub(super) steps_offset: usize,
    pub(super) clip: Option<f64>,
    pub(super) ends_clean: bool,
    pub(super) large_variance: bool,
    pub(super) skip_runge_kutta: bool,
    pub(super) karras: bool,
    pub(super) sigma_min: Option<f64>,
    pub(super) sigma_max: Option<f64>,
    pub(super) final_sigma_zero: bool,
    pub(super) solver_heun: bool,
    pub(super) lower_order_final: bool,
    pub(super) euler_at_final: bool,
    pub(super) lambda_min: f64,
    pub(super) original_steps: usize,
    pub(super) timestep_scaling: f64,
}

impl Settings {
    /// DPM-Solver tells whole training steps, but where betas are a cosine.
    pub(super) fn round_karras(&self, timestep: f64) -> f64 {
        // Whole in the end all the same: diffusers then cuts what is after the point.
        if self.betas == Betas::Cosine { timestep.trunc() } else { timestep.round_ties_even() }
    }
}

/// How many bytes the string at the start of some JSON takes, or else its first character.
fn token(json: &str) -> usize {
    let mut escaped = false;
    let inside = json.strip_prefix('"').into_iter().flat_map(str::char_indices);
    for (at, found) in inside {
        if found == '"' && !escaped {
            return at + 2;
        }
        escaped = found == '\\' && !escaped;
    }
    json.chars().next().map_or(0, char::len_utf8)
}

/// The value of a field that holds one of a few words.
fn word<T: Copy>(
    field: &'static str,
    found: Option<&String>,
    default: T,
    known: &[(&str, T)],
) -> Result<T, ConfigError> {
    let Some(found) = found else { return Ok(default) };
    let value = known.iter().find(|(name, _)| name == found).map(|(_, value)| *value);
    value.ok_or_else(|| {
        let known: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        ConfigError::field(field, found, known.join(", "))
    })
}

fn refused(field: &'static str, found: Option<bool>) -> Result<(), ConfigError> {
    if found == Some(true) { Err(ConfigError::field(field, true, false)) } else { Ok(()) }
}

fn within(field: &'static str, found: f64, range: std::ops::RangeInclusive<f64>) -> Result<f64, ConfigError> {
    if range.contains(&found) {
        return Ok(found);
    }
    Err(ConfigError::field(field, found, format!("{:e} to {:e}", range.start(), range.end())))
}

impl SchedulerConfig {
    /// The text of a file with `null` for `-Infinity`, `Infinity` and `NaN`, which are no JSON. Python writes them all
    /// the same: every file that diffusers saves of DPM-Solver has `"lambda_min_clipped": -Infinity`, which is its
    /// default.
    pub fn without_infinities(json: &str) -> String {
        let mut plain = String::with_capacity(json.len());
        let mut rest = json;
        while !rest.is_empty() {
            let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| rest.starts_with(word));
            let taken = word.map_or_else(|| token(rest), str::len);
            plain.push_str(if word.is_some() { "null" } else { &rest[..taken] });
            rest = &rest[taken..];
        }
        plain
    }

    /// The sampler that the checkpoint was published with.
    ///
    /// # Errors
    /// [`ConfigError::Field`] names a class that is not offered here.
    pub fn own_sampler(&self) -> Result<Sampler, ConfigError> {
        let known = [
            ("DDIMScheduler", Sampler::Ddim),
            ("DDPMScheduler", Sampler::Ddpm),
            ("PNDMScheduler", Sampler::Pndm),
            ("EulerDiscreteScheduler", Sampler::Euler),
            ("EulerAncestralDiscreteScheduler", Sampler::EulerAncestral),
            ("HeunDiscreteScheduler", Sampler::Heun),
            ("DPMSolverMultistepScheduler", Sampler::Dpmpp2m),
            ("LCMScheduler", Sampler::Lcm),
        ];
        let found = self.class_name.clone().unwrap_or_default();
        let sampler = word("_class_name", Some(&found), Sampler::Ddim, &known)?;
        match (sampler, self.solver_order) {
            (Sampler::Dpmpp2m, Some(3)) => Ok(Sampler::Dpmpp3m),
            (Sampler::Dpmpp2m, Some(order)) if order != 2 => Err(ConfigError::field("solver_order", order, "2 or 3")),
            _ => Ok(sampler),
        }
    }

    /// What StableDiffusionPipeline of diffusers makes of the file, whatever it says: timesteps one later, and nothing
    /// cut. For checkpoints whose `model_index.json` names that pipeline.
    pub fn for_stable_diffusion(mut self) -> Self {
        self.steps_offset = Some(1);
        self.clip_sample = Some(false);
        self
    }

    /// The configuration as `sampler` reads it: fields that its class in diffusers has are taken from the file, the
    /// others and what is left out have that class's defaults. That is what `from_config` does with the configuration
    /// of another class.
    ///
    /// # Errors
    /// [`ConfigError::Field`] names the first field that cannot be run.
    pub fn settings(&self, sampler: Sampler) -> Result<Settings, ConfigError> {
        let is = |samplers: &[Sampler]| samplers.contains(&sampler);
        let solver = is(&[Sampler::Dpmpp2m, Sampler::Dpmpp3m]);
        let train_steps = self.num_train_timesteps.unwrap_or(1000);
        if !(2..=10_000).contains(&train_steps) {
            return Err(ConfigError::field("num_train_timesteps", train_steps, "2 to 10000"));
        }
        let steps_offset = self.steps_offset.unwrap_or(0);
        let offset = usize::try_from(steps_offset).ok().filter(|offset| *offset < train_steps);
        let steps_offset = offset
            .ok_or_else(|| ConfigError::field("steps_offset", steps_offset, format!("0 to {}", train_steps - 1)))?;
        self.check_offered(sampler)?;
        let leading = is(&[Sampler::Ddim, Sampler::Ddpm, Sampler::Pndm, Sampler::Lcm]);
        let original_steps = self.original_inference_steps.unwrap_or(50.min(train_steps));
        if !(1..=train_steps).contains(&original_steps) {
            let expected = format!("1 to {train_steps}");
            return Err(ConfigError::field("original_inference_steps", original_steps, expected));
        }
        Ok(Settings {
            train_steps,
            prediction: self.prediction(sampler)?,
            spacing: self.spacing(if leading { Spacing::Leading } else { Spacing::Linspace })?,
            betas: self.betas(sampler, train_steps)?,
            zero_terminal_snr: !is(&[Sampler::Pndm, Sampler::Heun]) && self.rescale_betas_zero_snr.unwrap_or(false),
            steps_offset,
            clip: self.clip(sampler)?,
            ends_clean: self.set_alpha_to_one.unwrap_or(sampler != Sampler::Pndm),
            large_variance: sampler == Sampler::Ddpm && self.variance_type.as_deref() == Some("fixed_large"),
            skip_runge_kutta: self.skip_prk_steps.unwrap_or(false),
            karras: self.use_karras_sigmas.unwrap_or(false),
            sigma_min: self.sigma("sigma_min", self.sigma_min)?,
            sigma_max: self.sigma("sigma_max", self.sigma_max)?,
            final_sigma_zero: self.final_sigma_zero()?,
            solver_heun: solver && self.solver_type.as_deref() == Some("heun"),
            lower_order_final: self.lower_order_final.unwrap_or(true),
            euler_at_final: self.euler_at_final.unwrap_or(false),
            lambda_min: within("lambda_min_clipped", self.lambda_min_clipped.unwrap_or(-1e9), -1e9..=10.0)?,
            original_steps,
            timestep_scaling: within("timestep_scaling", self.timestep_scaling.unwrap_or(10.0), 1e-6..=1e6)?,
        })
    }

    /// Names what the file asks for and is not offered here, if the sampler would look at it.
    fn check_offered(&self, sampler: Sampler) -> Result<(), ConfigError> {
        let solver = matches!(sampler, Sampler::Dpmpp2m | Sampler::Dpmpp3m);
        if solver || matches!(sampler, Sampler::Ddim | Sampler::Ddpm | Sampler::Lcm) {
            refused("thresholding", self.thresholding)?;
        }
        if sampler.takes_karras() {
            refused("use_exponential_sigmas", self.use_exponential_sigmas)?;
            refused("use_beta_sigmas", self.use_beta_sigmas)?;
        }
        if solver {
            refused("use_lu_lambdas", self.use_lu_lambdas)?;
            refused("use_flow_sigmas", self.use_flow_sigmas)?;
            // The last names are of other classes' files, and are read as the first.
            word("algorithm_type", self.algorithm_type.as_ref(), (), &[("dpmsolver++", ()), ("deis", ())])?;
            let types = ["midpoint", "heun", "logrho", "bh1", "bh2"].map(|name| (name, ()));
            word("solver_type", self.solver_type.as_ref(), (), &types)?;
            if let Some(learned) = self.variance_type.as_ref().filter(|name| name.starts_with("learned")) {
                return Err(ConfigError::field("variance_type", learned, "a variance that is not learned"));
            }
        }
        if sampler == Sampler::Ddpm {
            let types = ["fixed_small", "fixed_small_log", "fixed_large"].map(|name| (name, ()));
            word("variance_type", self.variance_type.as_ref(), (), &types)?;
        }
        if sampler == Sampler::Euler {
            word("interpolation_type", self.interpolation_type.as_ref(), (), &[("linear", ())])?;
            word("timestep_type", self.timestep_type.as_ref(), (), &[("discrete", ())])?;
        }
        Ok(())
    }

    fn prediction(&self, sampler: Sampler) -> Result<Prediction, ConfigError> {
        let known =
            [("epsilon", Prediction::Epsilon), ("v_prediction", Prediction::Velocity), ("sample", Prediction::Sample)];
        // PNDM's paper is about noise, and so is its class.
        let known = if sampler == Sampler::Pndm { &known[..2] } else { &known[..] };
        word("prediction_type", self.prediction_type.as_ref(), Prediction::Epsilon, known)
    }

    fn spacing(&self, default: Spacing) -> Result<Spacing, ConfigError> {
        let known = [("leading", Spacing::Leading), ("trailing", Spacing::Trailing), ("linspace", Spacing::Linspace)];
        word("timestep_spacing", self.timestep_spacing.as_ref(), default, &known)
    }

    fn final_sigma_zero(&self) -> Result<bool, ConfigError> {
        let known = [("zero", true), ("sigma_min", false)];
        word("final_sigmas_type", self.final_sigmas_type.as_ref(), true, &known)
    }

    fn betas(&self, sampler: Sampler, train_steps: usize) -> Result<Betas, ConfigError> {
        const BETA: std::ops::RangeInclusive<f64> = 1e-8..=0.9999;
        if let Some(betas) = &self.trained_betas {
            if betas.len() != train_steps {
                let expected = format!("{train_steps} numbers, as num_train_timesteps says");
                return Err(ConfigError::field("trained_betas", format!("{} numbers", betas.len()), expected));
            }
            for beta in betas {
                within("trained_betas", *beta, BETA)?;
            }
            return Ok(Betas::Given(betas.clone()));
        }
        let (start, end) = match sampler {
            Sampler::Heun | Sampler::Lcm => (0.000_85, 0.012),
            _ => (0.000_1, 0.02),
        };
        let start = within("beta_start", self.beta_start.unwrap_or(start), BETA)?;
        let end = within("beta_end", self.beta_end.unwrap_or(end), BETA)?;
        let scaled = Betas::ScaledLinear(start, end);
        let linear = Betas::Linear(start, end);
        let default = if sampler == Sampler::Lcm { 1 } else { 0 };
        let known = [("linear", 0), ("scaled_linear", 1), ("squaredcos_cap_v2", 2)];
        let found = word("beta_schedule", self.beta_schedule.as_ref(), default, &known)?;
        Ok([linear, scaled, Betas::Cosine][found].clone())
    }

    fn clip(&self, sampler: Sampler) -> Result<Option<f64>, ConfigError> {
        let default = match sampler {
            Sampler::Ddim | Sampler::Ddpm => true,
            Sampler::Heun | Sampler::Lcm => false,
            _ => return Ok(None),
        };
        let range = within("clip_sample_range", self.clip_sample_range.unwrap_or(1.0), 1e-3..=1e6)?;
        Ok(self.clip_sample.unwrap_or(default).then_some(range))
    }

    fn sigma(&self, field: &'static str, found: Option<f64>) -> Result<Option<f64>, ConfigError> {
        found.map(|sigma| within(field, sigma, 1e-6..=1e6)).transpose()
    }
}
