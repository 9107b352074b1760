//! Text-to-image with files, pictures and knobs from strangers: each fault ends in a typed error that names its cause.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use burn::tensor::Device;
use kindling_models::diffusion::scheduler::Sampler;
use kindling_tasks::{GenerateInputs, GenerateOptions, Generator, TaskError};
use kindling_tests::fixture;
use pollster::block_on;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde_json::{Value, json};

/// By their paths in the folder.
type Files = BTreeMap<String, Vec<u8>>;

const UNET: &str = "unet/diffusion_pytorch_model.safetensors";

fn files() -> Files {
    let dir = fixture("diffusion/pipeline");
    let mut files = Files::new();
    for part in ["unet", "vae", "text_encoder", "tokenizer", "scheduler"] {
        for entry in std::fs::read_dir(dir.join(part)).expect("folder of a part").flatten() {
            let name = entry.file_name().into_string().expect("UTF-8");
            files.insert(format!("{part}/{name}"), std::fs::read(entry.path()).expect("a file"));
        }
    }
    files
}

fn load(files: Files) -> Result<Generator, TaskError> {
    Generator::load(files, &Device::flex())
}

fn changed(file: &str, field: &str, value: Value) -> Files {
    let mut files = files();
    let mut config: Value = serde_json::from_slice(&files[file]).expect("a configuration");
    config[field] = value;
    files.insert(file.into(), serde_json::to_vec(&config).expect("JSON"));
    files
}

/// The U-Net's weights with one tensor changed or left out.
fn spoiled(change: impl Fn(&str, &mut Dtype, &mut Vec<u8>) -> bool) -> Files {
    let mut files = files();
    let bytes = files[UNET].clone();
    let file = SafeTensors::deserialize(&bytes).expect("fixture");
    let mut kept = Vec::new();
    for (name, view) in file.tensors() {
        let (mut dtype, mut data) = (view.dtype(), view.data().to_vec());
        if change(&name, &mut dtype, &mut data) {
            kept.push((name, dtype, view.shape().to_vec(), data));
        }
    }
    let views: HashMap<String, TensorView<'_>> = kept
        .iter()
        .map(|(name, dtype, shape, data)| (name.clone(), TensorView::new(*dtype, shape.clone(), data).expect("view")))
        .collect();
    files.insert(UNET.into(), serialize(views, None).expect("file"));
    files
}

fn options() -> GenerateOptions {
    GenerateOptions { prompt: "a cat".into(), steps: 3, width: 32, height: 32, ..GenerateOptions::default() }
}

#[test]
fn a_missing_file_part_or_tensor_is_named() {
    for name in
        ["unet/config.json", UNET, "vae/config.json", "scheduler/scheduler_config.json", "tokenizer/tokenizer.json"]
    {
        let mut files = files();
        files.remove(name);
        if name.starts_with("tokenizer") {
            files.remove("tokenizer/vocab.json");
        }
        let error = load(files).expect_err("a refusal").to_string();
        assert!(name.split('/').all(|part| error.contains(part)), "{error}");
    }
    let error = load(spoiled(|name, _, _| name != "conv_out.bias")).expect_err("a refusal");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        ("missing_tensor", "unet: missing tensor \"conv_out.bias\"")
    );
}

#[test]
fn absurd_and_foreign_configurations_name_their_field() {
    for (file, field, value) in [
        ("unet/config.json", "block_out_channels", json!([1_000_000_000, 8])),
        ("unet/config.json", "layers_per_block", json!(1_000_000)),
        ("unet/config.json", "attention_head_dim", json!(7)),
        ("unet/config.json", "norm_num_groups", json!(0)),
        ("unet/config.json", "down_block_types", json!(["SkipDownBlock2D", "DownBlock2D"])),
        ("unet/config.json", "addition_embed_type", json!("text_time")),
        ("unet/config.json", "in_channels", json!(7)),
        ("unet/config.json", "_class_name", json!("UNet3DConditionModel")),
        ("vae/config.json", "_class_name", json!("VQModel")),
        ("vae/config.json", "latent_channels", json!(0)),
        ("vae/config.json", "scaling_factor", json!(0.0)),
        ("text_encoder/config.json", "hidden_size", json!(0)),
        ("scheduler/scheduler_config.json", "num_train_timesteps", json!(1)),
        ("scheduler/scheduler_config.json", "prediction_type", json!("flow")),
    ] {
        let error = load(changed(file, field, value.clone())).expect_err("a refusal");
        assert_eq!(error.kind(), "config", "{file} {field} {value}: {error}");
    }
}

#[test]
fn knobs_out_of_range_are_named() {
    let model = Rc::new(load(files()).expect("a model"));
    let refused = |change: fn(&mut GenerateOptions), inputs: GenerateInputs| {
        let mut options = options();
        change(&mut options);
        let error = model.start(&options, &inputs).expect_err("a refusal");
        assert_eq!(error.kind(), "generate_options", "{error}");
        let TaskError::Option { field, .. } = error else { panic!("{error}") };
        field
    };
    let none = GenerateInputs::default;
    assert_eq!(refused(|o| o.steps = 0, none()), "steps");
    assert_eq!(refused(|o| o.steps = 1_000_000_000, none()), "steps");
    assert_eq!(refused(|o| o.guidance = f64::NAN, none()), "guidance");
    assert_eq!(refused(|o| o.guidance = -1.0, none()), "guidance");
    assert_eq!(refused(|o| o.width = 33, none()), "width");
    assert_eq!(refused(|o| o.height = 1 << 20, none()), "height");
    assert_eq!(refused(|o| o.batch = 0, none()), "batch");
    assert_eq!(refused(|o| o.batch = 10_000, none()), "batch");
    assert_eq!(refused(|o| o.eta = 2.0, none()), "eta");
    let picture = || std::fs::read(fixture("diffusion/pipeline/init.png")).ok();
    let with = || GenerateInputs { init: picture(), ..GenerateInputs::default() };
    assert_eq!(refused(|o| o.strength = 1.5, with()), "strength");
    assert_eq!(refused(|o| o.strength = 0.0, with()), "strength");
    assert_eq!(refused(|_| (), GenerateInputs { mask: picture(), ..GenerateInputs::default() }), "mask");
    let edges = GenerateInputs { control: picture(), ..GenerateInputs::default() };
    let error = model.start(&options(), &edges).expect_err("a refusal");
    assert_eq!(error.kind(), "no_controlnet");
    let page = GenerateInputs { init: Some(b"<!doctype html>".to_vec()), ..GenerateInputs::default() };
    assert_eq!(model.start(&options(), &page).expect_err("a refusal").kind(), "image");
}

/// Numbers are all finite in the file and overflow in the first pass.
#[test]
fn latents_that_overflow_stop_the_run_at_their_step() {
    let files = spoiled(|name, dtype, data| {
        if name == "conv_out.bias" {
            (*dtype, *data) = (Dtype::F32, [3e38_f32.to_le_bytes(); 4].concat());
        }
        true
    });
    let model = Rc::new(load(files).expect("a model"));
    let options = GenerateOptions { sampler: Sampler::Euler, steps: 50, ..options() };
    let (mut run, plan) = model.start(&options, &GenerateInputs::default()).expect("a start");
    let error = (0..plan.evaluations).find_map(|_| block_on(run.step()).err()).expect("an end before the last pass");
    assert_eq!(error.kind(), "not_finite");
    assert!(matches!(error, TaskError::NotFiniteStep { step } if step >= 1), "{error}");
}

#[test]
fn a_prompt_of_any_kind_makes_a_start() {
    let model = Rc::new(load(files()).expect("a model"));
    let long = "long ".repeat(20_000);
    let prompts =
        ["", "a cat", "一只猫在树旁边", "🏳️‍🌈 👩‍👩‍👧 \u{202e}rtl", "a\0b\u{200b}", "<img onerror=alert(1)>", long.as_str()];
    for prompt in prompts {
        let options = GenerateOptions { prompt: prompt.into(), negative_prompt: prompt.into(), ..options() };
        let (mut run, plan) = model.start(&options, &GenerateInputs::default()).expect("a start");
        assert_eq!(plan.truncated, plan.tokens > model.info().max_tokens, "{} tokens", plan.tokens);
        assert!(plan.truncated || prompt.len() < 1000);
        assert_eq!(block_on(run.step()).expect("a step").done, 1);
    }
}
