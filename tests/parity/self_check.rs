//! A model against its copy on the CPU: nothing to find where all is well, and the stage where it is not.

use std::path::Path;

use burn::tensor::Device;
use kindling_tasks::{Compute, Encoder, ImageText, SelfCheck, UNet};
use kindling_tests::{encoder_files, fixture, root};
use pollster::block_on;
use safetensors::{SafeTensors, tensor::TensorView};

fn weights(dir: &Path) -> Vec<u8> {
    std::fs::read(dir.join("model.safetensors")).expect("model.safetensors")
}

/// A file of f32 with one tensor half as large again: what a device would hold that took it over wrongly.
fn poisoned(file: &[u8], tensor: &str) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(file).expect("safetensors");
    let mut found = false;
    let changed: Vec<_> = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let mut bytes = view.data().to_vec();
            if name == tensor {
                found = true;
                for four in bytes.as_chunks_mut::<4>().0 {
                    *four = (f32::from_le_bytes(*four) * 1.5).to_le_bytes();
                }
            }
            (name, view.dtype(), view.shape().to_vec(), bytes)
        })
        .collect();
    assert!(found, "{tensor} is there");
    let views = changed.iter().map(|(name, dtype, shape, bytes)| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).expect("view"))
    });
    safetensors::serialize(views, None).expect("safetensors")
}

fn names(found: &SelfCheck) -> Vec<&str> {
    found.stages.iter().map(|stage| stage.name.as_str()).collect()
}

/// The first stage that is too far off.
fn culprit(found: &SelfCheck) -> Option<&str> {
    found.stages.iter().find(|stage| stage.difference > found.tolerance).map(|stage| stage.name.as_str())
}

fn encoder(dir: &Path, loaded: Vec<u8>, compute: Compute) -> SelfCheck {
    let mut files = encoder_files(dir);
    files.weights = loaded.into();
    files.compute = compute;
    let model = Encoder::load(files, &Device::flex()).expect("model");
    block_on(model.self_check(weights(dir))).expect("check")
}

#[test]
fn sound_encoders_pass_in_every_stage() {
    for (name, layer) in [
        ("bert-tiny", "encoder.layer.0"),
        ("bert-tiny-f16", "encoder.layer.0"),
        ("xlm-roberta-tiny", "encoder.layer.0"),
        ("distilbert-tiny", "transformer.layer.0"),
    ] {
        let dir = fixture(name);
        let found = encoder(&dir, weights(&dir), Compute::Full);
        println!("{name}: {found:?}");
        assert!(found.passed && found.left_out.is_empty(), "{name}: {found:?}");
        assert_eq!(found.stages.len(), 4, "embeddings, two layers, pooling");
        assert_eq!(names(&found)[..2], ["embeddings", layer]);
    }
    let dir = root().join("web/models/encoder");
    for compute in [Compute::Full, Compute::Int8] {
        let found = encoder(&dir, weights(&dir), compute);
        println!("the bundled encoder, {compute:?}: {found:?}");
        assert!(found.passed, "{compute:?}: {found:?}");
    }
}

#[test]
fn a_tensor_that_the_device_holds_wrongly_is_found_in_its_stage() {
    for (name, tensor, stage) in [
        ("bert-tiny", "embeddings.word_embeddings.weight", "embeddings"),
        ("bert-tiny", "encoder.layer.1.attention.self.value.weight", "encoder.layer.1"),
        ("xlm-roberta-tiny", "embeddings.position_embeddings.weight", "embeddings"),
        ("distilbert-tiny", "transformer.layer.0.ffn.lin2.bias", "transformer.layer.0"),
    ] {
        let dir = fixture(name);
        let found = encoder(&dir, poisoned(&weights(&dir), tensor), Compute::Full);
        assert!(!found.passed, "{name}: {found:?}");
        assert_eq!(culprit(&found), Some(stage), "{name}: {found:?}");
    }
}

fn clip(dir: &Path, loaded: Vec<u8>) -> SelfCheck {
    let read = |name: &str| std::fs::read(dir.join(name)).expect(name);
    let files = kindling_tasks::ClipFiles {
        config: read("config.json"),
        // These fixtures are ids and pixels: any tokenizer will do, and none is asked.
        tokenizer:
            br#"{"version":"1.0","added_tokens":[],"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}"#
                .to_vec()
                .into(),
        weights: loaded.into(),
        preprocessor: std::fs::read(dir.join("preprocessor_config.json")).ok(),
        compute: Compute::Full,
    };
    let model = ImageText::load(files, &Device::flex()).expect("model");
    block_on(model.self_check(weights(dir))).expect("check")
}

#[test]
fn both_towers_of_clip_are_compared() {
    for (name, text, picture) in [
        ("clip-eos", "text_model.encoder.layers.1", "vision_model.encoder.layers.0"),
        ("clip-chinese", "text_model.encoder.layer.1", "vision_model.encoder.layers.0"),
    ] {
        let dir = fixture(name);
        let found = clip(&dir, weights(&dir));
        println!("{name}: {found:?}");
        assert!(found.passed, "{name}: {found:?}");
        assert!(names(&found).contains(&text) && names(&found).contains(&picture), "{found:?}");
        assert!(names(&found).contains(&"text_projection") && names(&found).contains(&"visual_projection"));
        let found = clip(&dir, poisoned(&weights(&dir), "vision_model.encoder.layers.0.mlp.fc1.weight"));
        assert_eq!(culprit(&found), Some(picture), "{name}: {found:?}");
        let found = clip(&dir, poisoned(&weights(&dir), "text_projection.weight"));
        assert_eq!(culprit(&found), Some("text_projection"), "{name}: {found:?}");
    }
}

#[test]
fn a_pass_of_the_unet_is_compared_block_by_block() {
    let dir = root().join("web/models/text2image/unet");
    let read = |name: &str| std::fs::read(dir.join(name)).expect(name);
    let (config, file) = (read("config.json"), read("diffusion_pytorch_model.safetensors"));
    let model = UNet::load(&config, file.clone().into(), &Device::flex()).expect("model");
    let found = block_on(model.self_check(file)).expect("check");
    println!("the bundled U-Net: {found:?}");
    assert!(found.passed && found.left_out.is_empty(), "{found:?}");
    assert!(names(&found).starts_with(&["down_blocks.0"]) && names(&found).ends_with(&["conv_out"]), "{found:?}");
}
