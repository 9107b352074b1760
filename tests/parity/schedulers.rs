//! The samplers against diffusers: fixtures of `tests/reference/schedulers.py`, and the golden traces of an earlier
//! release with the outputs of a network that they were made with.

use std::collections::BTreeMap;

use kindling_models::diffusion::scheduler::{
    Latents, Run, Sampler, Schedule, ScheduleOptions, SchedulerConfig, Spacing,
};
use kindling_tests::{fixture, shared};
use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::Value;

/// Relative to the largest number of the latents, or to 1 where that is less.
const TOLERANCE: f64 = 1e-5;
/// Of training steps that are no whole numbers, Karras' levels lie anywhere between them: two units in the last place
/// of f32.
const KARRAS_TIMESTEP: f64 = 1.3e-4;

#[derive(Debug, Clone, PartialEq)]
struct Plain(Vec<f64>);

impl Latents for Plain {
    fn times(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|value| value * factor).collect())
    }
    fn plus(self, other: Self) -> Self {
        Self(self.0.iter().zip(other.0).map(|(one, other)| one + other).collect())
    }
    fn cut(self, limit: f64) -> Self {
        Self(self.0.into_iter().map(|value| value.clamp(-limit, limit)).collect())
    }
}

fn at_places(number: impl Fn(f64) -> f64) -> Plain {
    Plain((0..4).map(|place| number(f64::from(place))).collect())
}

/// As in `schedulers.py`.
fn network(latents: &Plain, timestep: f64) -> Plain {
    let offset = at_places(|place| 0.1 * (timestep / 100.0).sin() + 0.05 * place.cos());
    Plain(latents.0.iter().map(|value| 0.3 * value.tanh()).collect()).plus(offset)
}

/// As in `schedulers.py`.
fn noise(at: usize) -> Plain {
    at_places(|place| 1.4 * (1.0 + 7.0 * at as f64 + 3.0 * place).sin())
}

/// As in `schedulers.py`.
fn picture() -> Plain {
    at_places(|place| 0.8 * (1.0 + 2.0 * place).cos())
}

fn options(found: &Value) -> ScheduleOptions {
    let default = ScheduleOptions::default();
    ScheduleOptions {
        steps: found["steps"].as_u64().expect("steps") as usize,
        spacing: Option::<Spacing>::deserialize(&found["spacing"]).expect("spacing"),
        karras: found["karras"].as_bool(),
        eta: found["eta"].as_f64().unwrap_or(default.eta),
        strength: found["strength"].as_f64().unwrap_or(default.strength),
    }
}

/// The latents before the first pass and after each.
fn trace(schedule: Schedule, start: &str) -> Vec<Plain> {
    let mut run = match start {
        "picture" => Run::from_picture(schedule, &picture(), &noise(0)),
        "known" if schedule.first_step > 0 => Run::from_picture(schedule, &picture(), &noise(0)),
        _ => Run::from_noise(schedule, &noise(0)),
    };
    let mut trace = vec![run.sample.clone()];
    while let Some(step) = run.step() {
        let output = network(&run.input(), step.timestep);
        let fresh = noise(run.done() + 1);
        run.advance(output, || fresh).expect("a step that is there");
        if start == "known" {
            let known = run.known(&picture(), &noise(0));
            let painted = run.sample.0.iter().zip(&known.0).enumerate();
            run.sample = Plain(painted.map(|(place, (new, old))| if place % 2 == 0 { *new } else { *old }).collect());
        }
        trace.push(run.sample.clone());
    }
    trace
}

fn difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let size = expected.iter().fold(1.0, |size: f64, value| size.max(value.abs()));
    found.iter().zip(expected).map(|(one, other)| (one - other).abs() / size).fold(0.0, f64::max)
}

fn f32s(file: &SafeTensors, name: &str) -> Vec<f64> {
    let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let bytes = tensor.data().chunks_exact(4);
    bytes.map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().expect("four bytes")))).collect()
}

/// How far a case is off: latents, timesteps, the scale of the first noise.
struct Off {
    latents: f64,
    timesteps: f64,
    init_noise_sigma: f64,
}

/// Runs a case of `cases.json`. `samples` are what its latents should be, as many as its stride picks.
fn compare(case: &Value, config: &Value, told: &[f64], samples: &mut impl Iterator<Item = Vec<f64>>) -> Off {
    let read = SchedulerConfig::deserialize(config).expect("config");
    let sampler = Sampler::deserialize(&case["sampler"]).expect("sampler");
    let schedule = Schedule::new(&read, sampler, &options(&case["options"]))
        .unwrap_or_else(|error| panic!("{error} in {case} {config}"));
    assert_eq!(schedule.steps.len(), told.len(), "{case} {config}");
    let timesteps = schedule.steps.iter().zip(told).map(|(step, told)| (step.timestep - told).abs());
    let timesteps = timesteps.fold(0.0, f64::max);
    let init_noise_sigma = case["init_noise_sigma"].as_f64().expect("init_noise_sigma");
    let init_noise_sigma = (schedule.init_noise_sigma / init_noise_sigma - 1.0).abs();
    let stride = case["stride"].as_u64().expect("stride") as usize;
    let trace = trace(schedule, case["start"].as_str().expect("start"));
    let picked = trace.iter().enumerate().filter(|(at, _)| at % stride == 0 || *at == told.len());
    let off = picked.map(|(_, found)| difference(&found.0, &samples.next().expect("a sample")));
    Off { latents: off.fold(0.0, f64::max), timesteps, init_noise_sigma }
}

#[test]
fn timesteps_are_equal_and_traces_agree_with_diffusers() {
    let dir = fixture("schedulers");
    let cases = std::fs::read(dir.join("cases.json")).expect("cases.json");
    let cases: Value = serde_json::from_slice(&cases).expect("JSON");
    let bytes = std::fs::read(dir.join("traces.safetensors")).expect("traces.safetensors");
    let file = SafeTensors::deserialize(&bytes).expect("traces.safetensors");
    let (timesteps, samples) = (f32s(&file, "timesteps"), f32s(&file, "samples"));
    let (mut timesteps, mut samples) = (&timesteps[..], samples.chunks_exact(4).map(<[f64]>::to_vec));
    let mut worst: BTreeMap<&str, (usize, f64, f64)> = BTreeMap::new();
    let mut failed = Vec::new();
    for case in cases["cases"].as_array().expect("cases") {
        let config = &cases["configs"][case["config"].as_u64().expect("config") as usize];
        let (told, rest) = timesteps.split_at(case["passes"].as_u64().expect("passes") as usize);
        timesteps = rest;
        let off = compare(case, config, told, &mut samples);
        let (count, latents, late) = worst.entry(case["sampler"].as_str().expect("sampler")).or_default();
        (*count, *latents, *late) = (*count + 1, latents.max(off.latents), late.max(off.timesteps));
        let karras = case["options"]["karras"] == true || config["use_karras_sigmas"] == true;
        let allowed = if karras { KARRAS_TIMESTEP } else { 0.0 };
        if !off.latents.lt(&TOLERANCE) || off.timesteps > allowed || off.init_noise_sigma > 1e-6 {
            failed.push(format!("{:.1e} {:.1e} {case} {config}", off.latents, off.timesteps));
        }
    }
    for (sampler, (count, latents, late)) in worst {
        println!("{sampler}: {count} cases, largest relative {latents:.1e}, timesteps {late:.1e}");
    }
    assert!(samples.next().is_none() && timesteps.is_empty(), "cases for all of the file");
    assert!(failed.is_empty(), "{} cases:\n{}", failed.len(), failed.join("\n"));
}

/// Twelve steps of Stable Diffusion's betas, with the outputs of a network given.
#[test]
fn shared_golden_traces_agree_to_1e_5() {
    let Some(path) = shared("golden/schedulers_golden.safetensors") else { return };
    let bytes = std::fs::read(path).expect("golden traces");
    let file = SafeTensors::deserialize(&bytes).expect("golden traces");
    for (name, sampler) in [("ddim", Sampler::Ddim), ("dpmpp2m", Sampler::Dpmpp2m), ("euler", Sampler::Euler)] {
        let config = SchedulerConfig {
            beta_start: Some(0.000_85),
            beta_end: Some(0.012),
            beta_schedule: Some("scaled_linear".into()),
            clip_sample: Some(false),
            set_alpha_to_one: Some(false),
            steps_offset: Some(1),
            ..SchedulerConfig::default()
        };
        let options = ScheduleOptions { steps: 12, ..ScheduleOptions::default() };
        let schedule = Schedule::new(&config, sampler, &options).expect("schedule");
        let told: Vec<f64> = schedule.steps.iter().map(|step| step.timestep).collect();
        assert_eq!(told, f32s(&file, &format!("{name}_timesteps")), "{name}");
        let (trace, outputs) = (f32s(&file, &format!("{name}_trace")), f32s(&file, &format!("{name}_eps")));
        let (mut trace, mut outputs) = (trace.chunks_exact(256), outputs.chunks_exact(256));
        let mut run = Run::new(schedule, Plain(trace.next().expect("the first noise").to_vec()));
        let mut off: f64 = 0.0;
        for (output, expected) in outputs.by_ref().zip(trace) {
            run.advance(Plain(output.to_vec()), || noise(0)).expect("a step that is there");
            off = off.max(difference(&run.sample.0, expected));
        }
        println!("golden {name}: largest relative {off:.1e}");
        assert!(run.step().is_none() && off < TOLERANCE, "{name} is off by {off:.1e}");
    }
}
