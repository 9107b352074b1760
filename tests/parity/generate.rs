//! Whole runs against diffusers' pipelines: the same seed, the same noise, the same latents after every step, the same picture.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use burn::tensor::Device;
use kindling_inputs::TorchGenerator;
use kindling_models::diffusion::scheduler::{Sampler, SchedulerConfig};
use kindling_tasks::{FitName, GenerateInputs, GenerateOptions, Generator};
use kindling_tests::fixture;
use pollster::block_on;
use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Of latents relative to their largest number, of pixels absolute (0…1). diffusers itself moves by 1e-5 when its first latents
/// move by 1e-6.
const TOLERANCE: f32 = 1e-4;

/// By their paths in the folder.
type Files = BTreeMap<String, Vec<u8>>;

#[derive(Deserialize)]
struct Runs {
    runs: BTreeMap<String, Asked>,
    noise: Vec<Drawn>,
}

#[derive(Deserialize)]
struct Drawn {
    seed: u64,
    shapes: Vec<Vec<usize>>,
}

#[derive(Deserialize)]
struct Asked {
    prompt: String,
    negative_prompt: String,
    sampler: Sampler,
    seeds: Vec<u64>,
    steps: usize,
    guidance: f64,
    eta: f64,
    width: usize,
    height: usize,
    unet: String,
    vae: String,
    overrides: Map<String, Value>,
    timesteps: Vec<f64>,
    init: Option<String>,
    mask: Option<String>,
    control: Option<String>,
    strength: Option<f64>,
    control_weight: Option<f64>,
}

fn folder() -> PathBuf {
    fixture("diffusion/pipeline")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folder's files, with other parts in place of its own.
fn files(asked: &Asked) -> Files {
    let mut files = Files::new();
    let unet = asked.unet.as_str();
    let parts = [("unet", unet), ("vae", &asked.vae), ("text_encoder", "text_encoder"), ("tokenizer", "tokenizer")];
    let control = asked.control.is_some().then_some(("controlnet", "controlnet"));
    for (part, from) in parts.into_iter().chain(control) {
        for entry in std::fs::read_dir(folder().join(from)).expect("folder of a part").flatten() {
            let name = entry.file_name().into_string().expect("UTF-8");
            files.insert(format!("{part}/{name}"), read(&entry.path()));
        }
    }
    let mut scheduler: Map<String, Value> =
        serde_json::from_slice(&read(&folder().join("scheduler/scheduler_config.json"))).expect("scheduler");
    scheduler.extend(asked.overrides.clone());
    files.insert("scheduler/scheduler_config.json".into(), serde_json::to_vec(&scheduler).expect("JSON"));
    files.insert("model_index.json".into(), read(&folder().join("model_index.json")));
    files
}

fn floats(golden: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let tensor = golden.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    tensor.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The largest difference, and the reference's largest number.
fn gap(ours: &[f32], reference: &[f32]) -> (f32, f32) {
    assert_eq!(ours.len(), reference.len());
    let gap = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
    (ours.iter().zip(reference).map(gap).fold(0.0, f32::max), reference.iter().fold(0.0, |m, x| m.max(x.abs())))
}

fn agrees(name: &str, asked: &Asked, golden: &SafeTensors<'_>) {
    let picture = |name: &Option<String>| name.as_ref().map(|name| read(&folder().join(name)));
    let inputs =
        GenerateInputs { init: picture(&asked.init), mask: picture(&asked.mask), control: picture(&asked.control) };
    let options = GenerateOptions {
        prompt: asked.prompt.clone(),
        negative_prompt: asked.negative_prompt.clone(),
        sampler: asked.sampler,
        karras: asked.overrides.contains_key("use_karras_sigmas"),
        steps: asked.steps,
        guidance: asked.guidance,
        eta: asked.eta,
        seed: asked.seeds[0],
        batch: asked.seeds.len(),
        width: asked.width,
        height: asked.height,
        strength: asked.strength.unwrap_or(1.0),
        fit: FitName::Stretch,
        control_weight: asked.control_weight.unwrap_or(1.0),
        control_ready: true,
        panels: true,
        ..GenerateOptions::default()
    };
    let model = Rc::new(Generator::load(files(asked), &Device::flex()).expect("a model"));
    let counting = |tensor: &String| tensor.ends_with("position_ids");
    assert!(model.info().unused.iter().all(counting), "{name}: unused {:?}", model.info().unused);
    let (mut run, plan) = model.start(&options, &inputs).expect("a start");
    assert_eq!(plan.timesteps, asked.timesteps, "{name}: timesteps");
    let (first, scale) = gap(&block_on(run.latents()).expect("latents"), &floats(golden, &format!("{name}.initial")));
    assert!(first <= TOLERANCE * scale, "{name}: first latents off by {first:.1e}");
    let latents = floats(golden, &format!("{name}.latents"));
    let each = latents.len() / plan.evaluations;
    let mut worst = 0.0f32;
    for reference in latents.chunks(each) {
        let done = block_on(run.step()).expect("a step");
        let (off, scale) = gap(&block_on(run.latents()).expect("latents"), reference);
        assert!(off <= TOLERANCE * scale, "{name}: latents off by {off:.1e} of {scale:.1} after pass {}", done.done);
        worst = worst.max(off / scale);
        assert_eq!(done.finished, done.done == plan.evaluations);
    }
    let preview = block_on(run.preview()).expect("a preview");
    assert_eq!((preview.images.len(), preview.panels.is_some()), (options.batch, options.guidance > 1.0));
    assert!(block_on(run.step()).is_err(), "a step after the last");
    let (off, _) = gap(&block_on(run.pixels()).expect("pixels"), &floats(golden, &format!("{name}.image")));
    println!("{name}: latents {worst:.1e} of their largest, pixels {off:.1e}");
    assert!(off <= TOLERANCE, "{name}: pixels off by {off:.1e}");
}

fn runs() -> Runs {
    let text = String::from_utf8(read(&folder().join("pipeline_runs.json"))).expect("UTF-8");
    serde_json::from_str(&SchedulerConfig::without_infinities(&text)).expect("runs")
}

fn all(prefix: &str) {
    let runs = runs();
    let bytes = read(&folder().join("pipeline_golden.safetensors"));
    let golden = SafeTensors::deserialize(&bytes).expect("golden file");
    let chosen: Vec<_> = runs.runs.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
    assert!(!chosen.is_empty());
    chosen.into_iter().for_each(|(name, asked)| agrees(name, asked, &golden));
}

#[test]
fn text_to_image_agrees_with_every_sampler() {
    all("text_");
}

#[test]
fn image_to_image_agrees() {
    all("image_");
}

#[test]
fn inpainting_agrees_with_four_and_nine_channels() {
    all("inpaint_");
}

#[test]
fn controlnet_agrees() {
    all("control_");
}

#[test]
fn a_checkpoints_own_sampler_is_told_with_its_noise_levels() {
    let mut asked = runs().runs.into_values().next().expect("a run");
    for (class, karras, expected) in [
        ("EulerDiscreteScheduler", true, (Sampler::Euler, true)),
        ("EulerDiscreteScheduler", false, (Sampler::Euler, false)),
        ("DDIMScheduler", true, (Sampler::Ddim, false)),
        ("UniPCMultistepScheduler", true, (Sampler::Dpmpp2m, true)),
    ] {
        asked.overrides = Map::from_iter([
            ("_class_name".to_string(), Value::from(class)),
            ("use_karras_sigmas".to_string(), Value::from(karras)),
        ]);
        let model = Generator::load(files(&asked), &Device::flex()).expect("a model");
        assert_eq!((model.info().sampler, model.info().karras), expected, "{class}");
    }
}

#[test]
fn noise_is_pytorchs() {
    let runs = runs();
    let bytes = read(&folder().join("pipeline_golden.safetensors"));
    let golden = SafeTensors::deserialize(&bytes).expect("golden file");
    for (at, Drawn { seed, shapes }) in runs.noise.iter().enumerate() {
        let mut generator = TorchGenerator::new(*seed);
        for (turn, shape) in shapes.iter().enumerate() {
            let ours = generator.randn(shape.iter().product());
            let (off, _) = gap(&ours, &floats(&golden, &format!("noise.{at}.{turn}")));
            assert!(off <= 1e-6, "seed {seed}, turn {turn}: off by {off:.1e}");
        }
    }
}

/// The model that ships, with its int8 weights, against diffusers on the same numbers: `latents.N` and `pictures` of two prompts, DDIM.
#[test]
fn the_bundled_model_agrees() {
    let model = kindling_tests::root().join("web/models/text2image");
    let mut files = Files::from([("model_index.json".into(), read(&model.join("model_index.json")))]);
    for part in ["unet", "vae", "text_encoder", "tokenizer", "scheduler"] {
        for entry in std::fs::read_dir(model.join(part)).expect("folder of a part").flatten() {
            let name = entry.file_name().into_string().expect("UTF-8");
            files.insert(format!("{part}/{name}"), read(&entry.path()));
        }
    }
    let model = Rc::new(Generator::load(files, &Device::flex()).expect("a model"));
    assert_eq!(model.info().unused, Vec::<String>::new());
    let bytes = read(&fixture("diffusion/bundled_golden.safetensors"));
    let golden = SafeTensors::deserialize(&bytes).expect("golden file");
    for (at, prompt) in ["a red apple on a blue background", "一只猫在树旁边"].into_iter().enumerate() {
        let options = GenerateOptions {
            prompt: prompt.into(),
            steps: 4,
            guidance: 3.0,
            seed: 7 + at as u64,
            ..GenerateOptions::default()
        };
        let (mut run, plan) = model.start(&options, &GenerateInputs::default()).expect("a start");
        let part = |name: &str| {
            let all = floats(&golden, name);
            all[at * all.len() / 2..(at + 1) * all.len() / 2].to_vec()
        };
        for pass in 0..=plan.evaluations {
            if pass > 0 {
                block_on(run.step()).expect("a step");
            }
            let (off, scale) = gap(&block_on(run.latents()).expect("latents"), &part(&format!("latents.{pass}")));
            println!("{prompt}: latents off by {off:.1e} of {scale:.1} after {pass} passes");
            assert!(off <= TOLERANCE * scale, "{prompt}: latents off by {off:.1e} of {scale:.1} after {pass} passes");
        }
        let (off, _) = gap(&block_on(run.pixels()).expect("pixels"), &part("pictures"));
        println!("{prompt}: pixels off by {off:.1e}");
        assert!(off <= TOLERANCE, "{prompt}: pixels off by {off:.1e}");
    }
}
