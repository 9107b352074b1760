//! CLIP and Chinese-CLIP against their reference implementation: tiny random checkpoints layer by layer, ViT-B/32 and ViT-B/16 at
//! full size with weights from a formula.

use std::path::Path;

use burn::tensor::Device;
use kindling_models::{ClipConfig, SEGMENT_NAMES};
use kindling_tests::{assert_within, fixture, formula, shared};
use pollster::block_on;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};

const EMBEDS: [&str; 3] = ["text_embeds", "image_embeds", "logits_per_image"];
const LAYERS: [&str; 6] = [
    "text_hidden_states.0",
    "text_hidden_states.1",
    "text_hidden_states.2",
    "vision_hidden_states.0",
    "vision_hidden_states.1",
    "vision_hidden_states.2",
];
/// Where the three captions of a full-size run end.
const ENDS: [usize; 3] = [9, 30, 76];
const TOKENS: usize = 77;
const SIDE: usize = 224;

fn read(dir: &Path, name: &str) -> Vec<u8> {
    std::fs::read(dir.join(name)).unwrap_or_else(|error| panic!("{name} in {}: {error}", dir.display()))
}

fn within(dir: &Path, tolerance: f32, names: &[&[&str]]) {
    within_as(dir, &read(dir, "config.json"), tolerance, names);
}

/// The same with another `config.json`.
fn within_as(dir: &Path, config: &[u8], tolerance: f32, names: &[&[&str]]) {
    let found = block_on(kindling_tasks::parity(
        config,
        read(dir, "model.safetensors"),
        read(dir, "golden_io.safetensors"),
        &Device::flex(),
    ));
    assert_within(dir, &found.expect("parity run"), tolerance, &names.concat());
}

#[test]
fn the_shared_tiny_checkpoint_agrees_to_1e_5() {
    let Some(dir) = shared("golden/clip-tiny-random") else { return };
    within(&dir, 1e-5, &[&EMBEDS]);
}

#[test]
fn a_legacy_end_token_and_gelu_agree_layer_by_layer() {
    within(&fixture("clip-legacy"), 1e-5, &[&EMBEDS, &LAYERS]);
}

#[test]
fn towers_under_their_older_names_go_before_the_newer() {
    for name in ["clip-legacy", "clip-chinese"] {
        let dir = fixture(name);
        let mut config: serde_json::Value = serde_json::from_slice(&read(&dir, "config.json")).expect("json");
        for (tower, older) in [("text_config", "text_config_dict"), ("vision_config", "vision_config_dict")] {
            config[older] = config[tower].take();
            config[tower] = serde_json::json!({ "hidden_size": 48, "num_hidden_layers": 9 });
        }
        within_as(&dir, config.to_string().as_bytes(), 1e-5, &[&EMBEDS]);
    }
}

#[test]
fn a_named_end_token_a_mask_and_quick_gelu_agree_layer_by_layer() {
    within(&fixture("clip-eos"), 1e-5, &[&EMBEDS, &LAYERS]);
}

#[test]
fn chinese_clip_agrees_layer_by_layer() {
    within(&fixture("clip-chinese"), 1e-5, &[&EMBEDS, &LAYERS]);
}

#[test]
fn the_formula_gives_the_references_numbers() {
    let matrix = formula::weights("visual_projection.weight", &[512, 768]);
    assert_eq!(matrix[..3], [0.044_201_083, -0.059_433_505, 0.044_746_645]);
    assert_eq!(matrix.last(), Some(&-0.048_893_355));
    assert_eq!(formula::weights("vision_model.pre_layrnorm.weight", &[768])[..2], [1.037_444_4, 0.900_361_24]);
    assert_eq!(formula::weights("vision_model.pre_layrnorm.bias", &[768])[..2], [-0.035_581_186, 0.030_477_516]);
    let pixels = formula::pixel_values(2, SIDE);
    assert_eq!((pixels[0], pixels[40], pixels.last()), (-1.727_616_7, -1.417_118_7, Some(&0.559_688_8)));
    let ids = formula::input_ids(&ENDS, TOKENS, 49_406, 49_407);
    assert_eq!(ids[..4], [49_406, 37_795, 43_655, 41_748]);
    assert_eq!(ids.iter().sum::<i64>(), 8_658_516);
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A safetensors file with every tensor that the model asks for.
fn formula_checkpoint(config: &[u8]) -> Vec<u8> {
    let config: ClipConfig = serde_json::from_slice(config).expect("config.json");
    let model = config.init(&Device::flex()).expect("model");
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = kindling_weights::expected(&model, &SEGMENT_NAMES)
        .into_iter()
        .map(|(name, shape)| {
            // A scalar has no dimensions in a checkpoint.
            let shape = if name == "logit_scale" { Vec::new() } else { shape };
            let bytes = f32_bytes(&formula::weights(&name, &shape));
            (name, shape, bytes)
        })
        .collect();
    assert!(tensors.len() > 390, "{} tensors of a whole ViT-B", tensors.len());
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor of its shape"))
    });
    serialize(views, None).expect("checkpoint")
}

/// The reference's outputs with the inputs that belong to them.
fn formula_golden(outputs: &[u8]) -> Vec<u8> {
    let outputs = SafeTensors::deserialize(outputs).expect("golden_io.safetensors");
    let ids = formula::input_ids(&ENDS, TOKENS, 49_406, 49_407);
    let ids: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    let pixels = f32_bytes(&formula::pixel_values(2, SIDE));
    let ids = TensorView::new(Dtype::I64, vec![ENDS.len(), TOKENS], &ids).expect("ids");
    let pixels = TensorView::new(Dtype::F32, vec![2, 3, SIDE, SIDE], &pixels).expect("pixels");
    let inputs = [("input_ids".to_string(), ids), ("pixel_values".to_string(), pixels)];
    serialize(outputs.tensors().into_iter().chain(inputs), None).expect("golden file")
}

fn full_size_agrees(name: &str) {
    let dir = fixture(name);
    let config = read(&dir, "config.json");
    let found = block_on(kindling_tasks::parity(
        &config,
        formula_checkpoint(&config),
        formula_golden(&read(&dir, "golden_io.safetensors")),
        &Device::flex(),
    ));
    let states = ["vision_hidden_states.0", "vision_hidden_states.6", "vision_hidden_states.12"];
    assert_within(&dir, &found.expect("parity run"), 1e-4, &[&EMBEDS[..], &states[..]].concat());
}

/// One after the other: each holds its weights twice for a moment, 1.2 GB.
#[test]
fn vit_b32_and_vit_b16_agree_at_full_size() {
    full_size_agrees("clip-vit-b32-formula");
    full_size_agrees("clip-vit-b16-formula");
}
