//! Edges and properties. Parity with the reference is in `tests/parity/schedulers.rs`.

use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::*;

const STEP_COUNTS: [usize; 9] = [1, 2, 3, 4, 7, 20, 50, 61, 1000];

impl Latents for f64 {
    fn times(&self, factor: f64) -> Self {
        self * factor
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn cut(self, limit: f64) -> Self {
        self.clamp(-limit, limit)
    }
}

fn named(name: &str) -> Option<String> {
    Some(name.to_string())
}

/// As Stable Diffusion has it, of no class in particular.
fn config() -> SchedulerConfig {
    SchedulerConfig {
        beta_start: Some(0.000_85),
        beta_end: Some(0.012),
        beta_schedule: named("scaled_linear"),
        clip_sample: Some(false),
        skip_prk_steps: Some(true),
        ..SchedulerConfig::default()
    }
}

fn steps(steps: usize) -> ScheduleOptions {
    ScheduleOptions { steps, ..ScheduleOptions::default() }
}

/// The field that is at fault.
fn fault(config: &SchedulerConfig, sampler: Sampler, options: &ScheduleOptions) -> &'static str {
    match Schedule::new(config, sampler, options) {
        Ok(_) => "",
        Err(ConfigError::Field { field, .. }) => field,
    }
}

/// What a network that knows the picture says.
fn oracle(run: &Run<f64>, prediction: Prediction, picture: f64) -> f64 {
    let level = run.step().expect("a step").level;
    let epsilon = (run.sample - level.signal * picture) / level.noise;
    match prediction {
        Prediction::Epsilon => epsilon,
        Prediction::Velocity => level.input_scale * (level.signal * epsilon - level.noise * picture),
        Prediction::Sample => picture,
    }
}

#[test]
fn names_are_those_that_serde_reads() {
    for sampler in Sampler::ALL {
        let name: StrDeserializer<Error> = sampler.name().into_deserializer();
        assert_eq!(Sampler::deserialize(name), Ok(sampler));
        assert_eq!(Sampler::named(sampler.name()), Some(sampler));
    }
    assert_eq!(Sampler::named("euler-a"), None);
}

#[test]
fn a_checkpoints_own_sampler_is_read_from_its_class() {
    let own = |class: &str, solver_order| {
        SchedulerConfig { class_name: named(class), solver_order, ..config() }
            .own_sampler()
            .map_err(|error| error.to_string())
    };
    assert_eq!(own("PNDMScheduler", None), Ok(Sampler::Pndm));
    assert_eq!(own("EulerAncestralDiscreteScheduler", None), Ok(Sampler::EulerAncestral));
    assert_eq!(own("DPMSolverMultistepScheduler", None), Ok(Sampler::Dpmpp2m));
    assert_eq!(own("DPMSolverMultistepScheduler", Some(3)), Ok(Sampler::Dpmpp3m));
    assert!(own("DPMSolverMultistepScheduler", Some(1)).is_err_and(|error| error.contains("solver_order")));
    assert!(own("UniPCMultistepScheduler", None).is_err_and(|error| error.contains("_class_name")));
    assert!(config().own_sampler().is_err());
}

#[test]
fn infinities_of_python_become_null_but_not_in_text() {
    let json = r#"{"a": -Infinity, "NaN": NaN, "é\"Infinity\\": [Infinity,1.5]}"#;
    let plain = r#"{"a": null, "NaN": null, "é\"Infinity\\": [null,1.5]}"#;
    assert_eq!(SchedulerConfig::without_infinities(json), plain);
    for torn in ["", "\"", "\"a\\", "é\"é"] {
        assert_eq!(SchedulerConfig::without_infinities(torn), torn);
    }
}

#[test]
fn options_that_cannot_be_run_are_named() {
    for sampler in Sampler::ALL {
        assert_eq!(fault(&config(), sampler, &steps(0)), "steps");
        assert_eq!(fault(&config(), sampler, &steps(1001)), "steps");
        for strength in [0.0, 0.04, -1.0, 1.01, f64::NAN] {
            assert_eq!(fault(&config(), sampler, &ScheduleOptions { strength, ..steps(20) }), "strength");
        }
        for eta in [-0.1, 1.1, f64::NAN] {
            assert_eq!(fault(&config(), sampler, &ScheduleOptions { eta, ..steps(20) }), "eta");
        }
    }
    assert_eq!(fault(&config(), Sampler::Lcm, &steps(51)), "steps");
    let leading = ScheduleOptions { spacing: Some(Spacing::Leading), ..steps(1000) };
    assert_eq!(fault(&config(), Sampler::Dpmpp2m, &leading), "steps");
    assert_eq!(fault(&config(), Sampler::Ddim, &leading), "");
    // The last timestep would be 1000 of 0 to 999.
    assert_eq!(fault(&SchedulerConfig { steps_offset: Some(1), ..config() }, Sampler::Ddim, &leading), "steps");
    let runge_kutta = SchedulerConfig { skip_prk_steps: None, ..config() };
    assert_eq!(fault(&runge_kutta, Sampler::Pndm, &steps(3)), "steps");
    assert_eq!(fault(&runge_kutta, Sampler::Pndm, &steps(4)), "");
}

#[test]
fn absurd_fields_are_named() {
    let default = SchedulerConfig::default;
    let cases = [
        ("num_train_timesteps", SchedulerConfig { num_train_timesteps: Some(0), ..default() }),
        ("num_train_timesteps", SchedulerConfig { num_train_timesteps: Some(usize::MAX), ..default() }),
        ("steps_offset", SchedulerConfig { steps_offset: Some(-1), ..default() }),
        ("steps_offset", SchedulerConfig { steps_offset: Some(1000), ..default() }),
        ("beta_start", SchedulerConfig { beta_start: Some(f64::NAN), ..default() }),
        ("beta_end", SchedulerConfig { beta_end: Some(1.0), ..default() }),
        ("beta_end", SchedulerConfig { beta_end: Some(0.9), ..default() }),
        ("beta_schedule", SchedulerConfig { beta_schedule: named("sigmoid"), ..default() }),
        ("trained_betas", SchedulerConfig { trained_betas: Some(vec![0.1; 999]), ..default() }),
        ("trained_betas", SchedulerConfig { trained_betas: Some(vec![0.0; 1000]), ..default() }),
        ("prediction_type", SchedulerConfig { prediction_type: named("flow_prediction"), ..default() }),
        ("timestep_spacing", SchedulerConfig { timestep_spacing: named("Leading"), ..default() }),
        ("final_sigmas_type", SchedulerConfig { final_sigmas_type: named("one"), ..default() }),
        ("sigma_min", SchedulerConfig { sigma_min: Some(-1.0), ..default() }),
        ("original_inference_steps", SchedulerConfig { original_inference_steps: Some(0), ..default() }),
        ("timestep_scaling", SchedulerConfig { timestep_scaling: Some(0.0), ..default() }),
        ("lambda_min_clipped", SchedulerConfig { lambda_min_clipped: Some(f64::NAN), ..default() }),
    ];
    for (field, config) in cases {
        for sampler in Sampler::ALL {
            assert_eq!(fault(&config, sampler, &steps(20)), field, "{}", sampler.name());
        }
    }
}

#[test]
fn what_is_not_offered_is_named_to_those_who_would_read_it() {
    use Sampler::*;
    let default = SchedulerConfig::default;
    let cases: [(&str, SchedulerConfig, &[Sampler]); 9] = [
        (
            "thresholding",
            SchedulerConfig { thresholding: Some(true), ..default() },
            &[Ddim, Ddpm, Lcm, Dpmpp2m, Dpmpp3m],
        ),
        ("clip_sample_range", SchedulerConfig { clip_sample_range: Some(0.0), ..default() }, &[Ddim, Ddpm, Heun, Lcm]),
        (
            "variance_type",
            SchedulerConfig { variance_type: named("learned_range"), ..default() },
            &[Ddpm, Dpmpp2m, Dpmpp3m],
        ),
        (
            "use_beta_sigmas",
            SchedulerConfig { use_beta_sigmas: Some(true), ..default() },
            &[Euler, Heun, Dpmpp2m, Dpmpp3m],
        ),
        ("use_lu_lambdas", SchedulerConfig { use_lu_lambdas: Some(true), ..default() }, &[Dpmpp2m, Dpmpp3m]),
        (
            "algorithm_type",
            SchedulerConfig { algorithm_type: named("sde-dpmsolver++"), ..default() },
            &[Dpmpp2m, Dpmpp3m],
        ),
        ("solver_type", SchedulerConfig { solver_type: named("?"), ..default() }, &[Dpmpp2m, Dpmpp3m]),
        ("interpolation_type", SchedulerConfig { interpolation_type: named("log_linear"), ..default() }, &[Euler]),
        ("prediction_type", SchedulerConfig { prediction_type: named("sample"), ..default() }, &[Pndm]),
    ];
    for (field, config, readers) in cases {
        for sampler in Sampler::ALL {
            let expected = if readers.contains(&sampler) { field } else { "" };
            assert_eq!(fault(&config, sampler, &steps(20)), expected, "{}", sampler.name());
        }
    }
    // From nothing of the picture, noise tells nothing about it.
    let trailing = ScheduleOptions { spacing: Some(Spacing::Trailing), ..steps(20) };
    let nothing = SchedulerConfig { rescale_betas_zero_snr: Some(true), ..config() };
    assert_eq!(fault(&nothing, Ddim, &trailing), "rescale_betas_zero_snr");
    let velocity = SchedulerConfig { prediction_type: named("v_prediction"), ..nothing };
    assert_eq!(fault(&velocity, Ddim, &trailing), "");
}

#[test]
fn trailing_timesteps_are_as_many_as_steps_and_none_below_zero() {
    for count in 1..=1000 {
        let timesteps = spacing::strides_down(1000, 1000.0 / count as f64);
        assert_eq!(timesteps.len(), count);
        assert!(timesteps.iter().all(|timestep| (0.0..1000.0).contains(timestep)), "{count}");
    }
}

#[test]
fn a_network_that_knows_the_picture_is_believed_at_every_pass_and_leads_to_it() {
    for (sampler, name) in Sampler::ALL.into_iter().flat_map(|s| ["epsilon", "v_prediction", "sample"].map(|p| (s, p)))
    {
        for (spacing, strength) in [(Spacing::Leading, 1.0), (Spacing::Trailing, 0.7), (Spacing::Linspace, 0.4)] {
            let config = SchedulerConfig { prediction_type: named(name), set_alpha_to_one: Some(true), ..config() };
            let options = ScheduleOptions { spacing: Some(spacing), strength, ..steps(10) };
            let Ok(schedule) = Schedule::new(&config, sampler, &options) else {
                assert_eq!((sampler, name), (Sampler::Pndm, "sample"));
                continue;
            };
            let prediction = config.settings(sampler).expect("settings").prediction;
            let mut run = Run::from_picture(schedule, &0.6, &-1.3);
            while run.step().is_some() {
                let said = oracle(&run, prediction, 0.6);
                let denoised = run.advance(said, || 0.9).expect("a step");
                assert!((denoised - 0.6).abs() < 1e-9, "{sampler:?} {name} {spacing:?}: {denoised}");
            }
            // PNDM from a picture steps along levels that are not the sample's, as the reference does.
            if sampler != Sampler::Pndm || strength == 1.0 {
                assert!((run.sample - 0.6).abs() < 1e-2, "{sampler:?} {name} {spacing:?}: {}", run.sample);
            }
        }
    }
}

#[test]
fn euler_ancestral_also_reads_networks_that_say_the_picture() {
    let run = |name: &str| {
        let config = SchedulerConfig { prediction_type: named(name), ..config() };
        let schedule = Schedule::new(&config, Sampler::EulerAncestral, &steps(8)).expect("schedule");
        let mut run = Run::from_noise(schedule, &0.7);
        while let Some(step) = run.step() {
            let (level, picture) = (step.level, (run.input() * 0.8).tanh());
            let epsilon = (run.sample - picture) / level.noise;
            run.advance(if name == "sample" { picture } else { epsilon }, || 0.3);
        }
        run.sample
    };
    assert!((run("sample") - run("epsilon")).abs() < 1e-12);
}

#[test]
fn runge_kutta_from_a_picture_warms_up_on_what_is_run() {
    let config = SchedulerConfig { skip_prk_steps: Some(false), ..config() };
    let options = ScheduleOptions { strength: 0.5, ..steps(10) };
    let schedule = Schedule::new(&config, Sampler::Pndm, &options).expect("schedule");
    let told: Vec<f64> = schedule.steps.iter().map(|step| step.timestep).collect();
    let middle = [400.0, 350.0, 350.0, 300.0, 300.0, 250.0, 250.0, 200.0, 200.0, 150.0, 150.0, 100.0];
    assert_eq!(told, [&middle[..], &[100.0, 0.0]].concat());
    assert_eq!((schedule.first_step, schedule.steps[0].index, schedule.steps[13].index), (5, 5, 9));
}

/// Pseudo-random, the same at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
    fn config(&mut self) -> SchedulerConfig {
        let train = self.of(&[2, 10, 60, 1000, 4000]);
        SchedulerConfig {
            num_train_timesteps: Some(train),
            beta_start: self.of(&[None, Some(1e-6), Some(0.001), Some(0.1)]),
            beta_end: self.of(&[None, Some(0.002), Some(0.3)]),
            beta_schedule: named(self.of(&["linear", "scaled_linear", "squaredcos_cap_v2"])),
            rescale_betas_zero_snr: Some(self.below(3) == 0),
            prediction_type: named(self.of(&["epsilon", "v_prediction", "sample"])),
            steps_offset: self.of(&[None, Some(1), Some(7)]),
            set_alpha_to_one: self.of(&[None, Some(true), Some(false)]),
            variance_type: self.of(&[None, named("fixed_large")]),
            skip_prk_steps: self.of(&[None, Some(true)]),
            sigma_min: self.of(&[None, Some(0.001), Some(3.0)]),
            sigma_max: self.of(&[None, Some(0.5), Some(80.0)]),
            final_sigmas_type: self.of(&[None, named("sigma_min")]),
            solver_type: self.of(&[None, named("heun")]),
            lower_order_final: self.of(&[None, Some(false)]),
            euler_at_final: self.of(&[None, Some(true)]),
            lambda_min_clipped: self.of(&[None, Some(-5.1), Some(9.0)]),
            original_inference_steps: self.of(&[None, Some(train)]),
            ..SchedulerConfig::default()
        }
    }
}

#[test]
fn every_valid_configuration_has_finite_coefficients_and_reads_what_it_has_kept() {
    let (mut dice, mut valid) = (Dice(7), 0);
    for _ in 0..6_000 {
        let (config, sampler) = (dice.config(), dice.of(&Sampler::ALL));
        let options = ScheduleOptions {
            steps: dice.of(&STEP_COUNTS),
            spacing: dice.of(&[Spacing::Leading, Spacing::Trailing, Spacing::Linspace]).into(),
            karras: dice.of(&[None, Some(true)]),
            eta: dice.of(&[0.0, 0.3, 1.0]),
            strength: dice.of(&[1.0, 1.0, 0.9, 0.5]),
        };
        let Ok(schedule) = Schedule::new(&config, sampler, &options) else { continue };
        valid += 1;
        let context = || format!("{sampler:?} {options:?} {config:?}");
        let mut kept = [false; SLOTS];
        let mut index = schedule.first_step;
        assert!(schedule.init_noise_sigma.is_finite() && schedule.steps[0].index == index, "{}", context());
        for step in &schedule.steps {
            let numbers = [step.timestep, step.level.signal, step.level.noise, step.level.input_scale];
            let numbers = numbers.into_iter().chain(step.denoised);
            let sums = [&step.next].into_iter().chain(step.keep.iter().map(|(_, sum)| sum));
            let terms: Vec<(Source, f64)> = sums.flatten().copied().collect();
            let finite = numbers.chain(terms.iter().map(|term| term.1)).all(f64::is_finite);
            assert!(finite && !step.next.is_empty(), "{step:?} {}", context());
            assert!((index..=index + 1).contains(&step.index) && step.index < options.steps, "{}", context());
            index = step.index;
            for (source, _) in terms {
                assert!(!matches!(source, Source::Kept(slot) if !kept[slot]), "{step:?} {}", context());
            }
            step.keep.iter().for_each(|(slot, _)| kept[*slot] = true);
        }
    }
    assert!(valid > 2_000, "{valid} valid configurations");
}
