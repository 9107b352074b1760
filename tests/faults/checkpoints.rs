//! Checkpoint files from strangers: each fault ends in a typed error that names its cause, before anything is uploaded.

use std::collections::HashMap;

use burn::tensor::Device;
use kindling_tasks::{Encoder, EncoderFiles, SentimentQuestion, TaskError};
use kindling_tests::{encoder_files, fixture};
use kindling_weights::WeightsError;
use pollster::block_on;
use safetensors::tensor::{SafeTensors, TensorView, serialize};
use serde_json::{Value, json};

fn files() -> EncoderFiles {
    encoder_files(&fixture("bert-tiny"))
}

fn refusal(files: EncoderFiles) -> TaskError {
    Encoder::load(files, &Device::flex()).expect_err("a refusal")
}

/// The fixture's weights with some tensors changed or dropped.
fn weights(change: impl Fn(&str, &mut Vec<usize>, &mut Vec<u8>) -> bool) -> Vec<u8> {
    let bytes = files().weights;
    let file = SafeTensors::deserialize(&bytes).expect("fixture");
    let mut kept = Vec::new();
    for (name, view) in file.tensors() {
        let (mut shape, mut data) = (view.shape().to_vec(), view.data().to_vec());
        if change(&name, &mut shape, &mut data) {
            kept.push((name, view.dtype(), shape, data));
        }
    }
    let views: HashMap<String, TensorView<'_>> = kept
        .iter()
        .map(|(name, dtype, shape, data)| (name.clone(), TensorView::new(*dtype, shape.clone(), data).expect("view")))
        .collect();
    serialize(views, None).expect("file")
}

fn config(field: &str, value: Value) -> Vec<u8> {
    let mut config: Value = serde_json::from_slice(&files().config).expect("config");
    config[field] = value;
    serde_json::to_vec(&config).expect("json")
}

const KEY: &str = "encoder.layer.1.attention.self.key.weight";

#[test]
fn a_missing_tensor_is_named() {
    let error = refusal(EncoderFiles { weights: weights(|name, _, _| name != KEY), ..files() });
    assert!(matches!(&error, TaskError::Weights(WeightsError::MissingTensor { name }) if name == KEY), "{error}");
    assert_eq!(error.kind(), "missing_tensor");
}

#[test]
fn a_wrong_shape_is_named_with_both_shapes() {
    let reshape = |name: &str, shape: &mut Vec<usize>, _: &mut Vec<u8>| {
        if name == KEY {
            *shape = vec![shape[0] * 2, shape[1] / 2];
        }
        true
    };
    let error = refusal(EncoderFiles { weights: weights(reshape), ..files() });
    let TaskError::Weights(WeightsError::Shape { name, expected, found }) = &error else { panic!("{error}") };
    assert_eq!((name.as_str(), expected.as_slice(), found.as_slice()), (KEY, [32, 32].as_slice(), [64, 16].as_slice()));
}

#[test]
fn a_nan_is_refused_with_its_tensor_and_place() {
    let spoil = |name: &str, _: &mut Vec<usize>, data: &mut Vec<u8>| {
        if name == KEY {
            data[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        true
    };
    let error = refusal(EncoderFiles { weights: weights(spoil), ..files() });
    assert!(matches!(&error, TaskError::Weights(WeightsError::NotFinite { name, index: 2 }) if name == KEY), "{error}");
}

#[test]
fn a_web_page_instead_of_a_model_is_called_that() {
    let error = refusal(EncoderFiles { weights: b"<!doctype html><title>Sign in</title>".to_vec(), ..files() });
    assert!(matches!(&error, TaskError::Weights(WeightsError::NotAModelFile { .. })), "{error}");
}

#[test]
fn another_architecture_is_named() {
    let error = refusal(EncoderFiles { config: config("model_type", json!("gpt2")), ..files() });
    assert!(matches!(&error, TaskError::Architecture { found, .. } if found == "gpt2"), "{error}");
    assert_eq!(error.kind(), "config");
}

#[test]
fn absurd_sizes_are_refused_by_field() {
    for (field, value) in [
        ("hidden_size", json!(1u64 << 40)),
        ("num_hidden_layers", json!(0)),
        ("num_attention_heads", json!(5)),
        ("vocab_size", json!(4_000_000_000u64)),
        ("hidden_act", json!("sine")),
        ("layer_norm_eps", json!(-1.0)),
    ] {
        let error = refusal(EncoderFiles { config: config(field, value), ..files() });
        assert_eq!(error.kind(), "config", "{field}: {error}");
        assert!(error.to_string().contains(field), "{field} is not named in {error:?}");
    }
}

#[test]
fn malformed_json_names_the_file() {
    for bytes in [b"".to_vec(), b"{".to_vec(), b"[]".to_vec(), vec![0xff, 0xfe], vec![b'['; 1 << 21]] {
        let error = refusal(EncoderFiles { config: bytes, ..files() });
        assert_eq!(error.kind(), "config", "{error}");
    }
    let error = refusal(EncoderFiles { pooling: Some(b"{\"pooling_mode_max_tokens\": true}".to_vec()), ..files() });
    assert!(error.to_string().contains("1_Pooling/config.json"), "{error}");
}

#[test]
fn a_tokenizer_with_ids_beyond_the_model_is_refused() {
    let error = refusal(EncoderFiles { config: config("vocab_size", json!(100)), ..files() });
    assert_eq!(error.kind(), "tokenizer", "{error}");
}

#[test]
fn awkward_texts_give_finite_unit_vectors() {
    let encoder = Encoder::load(files(), &Device::flex()).expect("model");
    let long = "word ".repeat(20_000);
    let texts = ["", " ", "\0", "👨‍👩‍👧‍👦🏳️‍🌈", "مرحبا שלום", "\u{200b}\u{feff}\u{fffd}", "e\u{301}", &long];
    let embeddings = block_on(encoder.embed(&texts)).expect("vectors");
    for (text, row) in texts.iter().zip(embeddings.rows()) {
        let length: f32 = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((length - 1.0).abs() < 1e-4, "{length} for {text:.20?}");
    }
    assert!(embeddings.truncated[7] && embeddings.tokens[7] > 1_000);
}

#[test]
fn order_and_batching_change_nothing() {
    let encoder = Encoder::load(files(), &Device::flex()).expect("model");
    let long = "the cat sat on the mat ".repeat(9);
    let texts = ["the cat", &long, "", "好", "a mat and a cat"];
    let together = block_on(encoder.embed(&texts)).expect("vectors");
    for (text, row) in texts.iter().zip(together.rows()) {
        let alone = block_on(encoder.embed(&[text])).expect("vector");
        let gap = alone.vectors.iter().zip(row).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(gap < 1e-5, "{gap:e} for {text:?}");
    }
}

#[test]
fn questions_that_cannot_be_asked_are_refused() {
    let encoder = Encoder::load(files(), &Device::flex()).expect("model");
    let ask = |labels: &[&str]| {
        let labels = labels.iter().map(|label| label.to_string()).collect();
        block_on(encoder.sentiment(&SentimentQuestion { texts: vec!["a".into()], labels, template: String::new() }))
    };
    assert!(matches!(ask(&["good"]), Err(TaskError::Question { .. })));
    assert!(matches!(ask(&["good", " "]), Err(TaskError::Question { .. })));
    let answer = ask(&["good", "good"]).expect("answer");
    assert_eq!(answer.rows[0].score, Some(0.0));
}
