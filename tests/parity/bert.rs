//! BERT against its reference implementation: tiny random checkpoints layer by layer, all-MiniLM-L6-v2 whole. Its relatives are in modules.

mod distilbert;
mod self_check;
mod xlm_roberta;

use std::path::Path;

use burn::tensor::Device;
use kindling_tasks::Encoder;
use kindling_tests::{assert_within, encoder_files, fixture, minilm, root, shared};
use pollster::block_on;
use safetensors::SafeTensors;

fn within(dir: &Path, tolerance: f32, names: &[&str]) {
    let read = |name: &str| std::fs::read(dir.join(name)).expect(name);
    let found = block_on(kindling_tasks::parity(
        &read("config.json"),
        read("model.safetensors"),
        read("golden_io.safetensors"),
        &Device::flex(),
    ));
    assert_within(dir, &found.expect("parity run"), tolerance, names);
}

/// Ids and sentence vectors of every golden text, as tokenizer and library of the reference gave them.
fn texts_agree(dir: &Path, architecture: &str) -> Encoder {
    let read = |name: &str| std::fs::read(dir.join(name)).expect(name);
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&read("golden_texts.json")).expect("json");
    let encoder = Encoder::load(encoder_files(dir), &Device::flex()).expect("model");
    assert_eq!(encoder.info().architecture, architecture);
    // What the reference puts after the first token, for a task of its own.
    assert!(encoder.info().unused.iter().all(|name| name.starts_with("pooler.")), "{:?}", encoder.info().unused);
    let texts: Vec<&str> = cases.iter().map(|case| case["text"].as_str().expect("text")).collect();
    for (text, case) in texts.iter().zip(&cases) {
        let batch = encoder.tokenizer().encode(&[text]).expect("encoding");
        let total = encoder.tokenizer().count(text).expect("count");
        assert_eq!(serde_json::json!(batch.ids), case["ids"], "ids of {text:?}");
        assert_eq!(serde_json::json!(total), case["total"], "tokens of {text:?}");
    }
    let golden = read("golden_vectors.safetensors");
    let golden = SafeTensors::deserialize(&golden).expect("safetensors");
    let golden = golden.tensor("vectors").expect("vectors");
    let reference: Vec<f32> = golden.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let ours = block_on(encoder.embed(&texts)).expect("vectors");
    assert_eq!(ours.vectors.len(), reference.len());
    let largest = ours.vectors.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("{architecture}: {} texts, largest difference {largest:.2e}", texts.len());
    assert!(texts.len() >= 30 && largest <= 1e-5, "{} texts, largest difference {largest:.2e}", texts.len());
    encoder
}

/// The same checkpoint as it lies inside a model with a head.
fn prefixed(dir: &Path, prefix: &str) -> Encoder {
    let mut files = encoder_files(dir);
    let bytes = std::fs::read(dir.join("model.safetensors")).expect("weights");
    let tensors = SafeTensors::deserialize(&bytes).expect("safetensors");
    let named = tensors.tensors().into_iter().map(|(name, view)| (format!("{prefix}{name}"), view));
    files.weights = safetensors::serialize(named, None).expect("safetensors").into();
    Encoder::load(files, &Device::flex()).expect("model")
}

const STATES: [&str; 6] =
    ["hidden_states.0", "hidden_states.1", "hidden_states.2", "last_hidden_state", "mean_pooled_l2", "cls_l2"];
const OUTPUTS: [&str; 3] = ["last_hidden_state", "mean_pooled_l2", "cls_l2"];

#[test]
fn the_shared_tiny_checkpoint_agrees_to_1e_5() {
    let Some(dir) = shared("golden/bert-tiny-random") else { return };
    within(&dir, 1e-5, &OUTPUTS);
}

#[test]
fn our_own_tiny_checkpoint_agrees_layer_by_layer() {
    within(
        &fixture("bert-tiny"),
        1e-5,
        &["hidden_states.0", "hidden_states.1", "hidden_states.2", "last_hidden_state"],
    );
}

#[test]
fn half_precision_files_agree() {
    within(&fixture("bert-tiny-f16"), 1e-5, &OUTPUTS);
    within(&fixture("bert-tiny-bf16"), 1e-5, &OUTPUTS);
}

#[test]
fn dense_modules_after_pooling_agree_and_norms_are_found_under_their_older_names() {
    let dir = fixture("bert-dense-tiny");
    within(&dir, 1e-5, &STATES);
    let encoder = texts_agree(&dir, "bert");
    assert_eq!((encoder.info().dim, encoder.info().normalised), (20, true));
}

#[test]
fn attention_weights_agree_and_padding_takes_no_share() {
    let dir = fixture("bert-tiny");
    let read = |name: &str| std::fs::read(dir.join(name)).expect(name);
    let texts: serde_json::Value = serde_json::from_slice(&read("golden_texts.json")).expect("json");
    let golden = read("attention.safetensors");
    let golden = SafeTensors::deserialize(&golden).expect("safetensors");
    let encoder = Encoder::load(encoder_files(&dir), &Device::flex()).expect("model");
    for (at, case) in texts.as_array().expect("cases").iter().enumerate() {
        let found = block_on(encoder.attention(case["text"].as_str().expect("text"))).expect("attention");
        let ids: Vec<u32> = found.view.tokens.iter().map(|token| token.id).collect();
        assert_eq!(serde_json::to_value(ids).expect("ids"), case["ids"], "ids of text {at}");
        // The reference ran all texts as one padded batch, and its padding was cut off afterwards.
        let reference = golden.tensor(&format!("attentions.{at}")).expect("weights");
        assert_eq!(reference.shape(), [found.layers, found.heads, found.tokens, found.tokens]);
        let values = reference.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let largest = found.weights.iter().zip(values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("attention of text {at}: {} tokens, largest difference {largest:.2e}", found.tokens);
        assert!(largest <= 1e-6, "text {at}: largest difference {largest:.2e}");
    }
}

#[test]
fn a_long_text_keeps_its_first_128_rows_and_what_they_lack_lies_beyond() {
    let encoder = Encoder::load(encoder_files(&root().join("web/models/encoder")), &Device::flex()).expect("model");
    let text = "a kettle on the table ".repeat(40);
    let found = block_on(encoder.attention(&text)).expect("attention");
    assert!(found.view.tokens.len() > 128, "{} tokens", found.view.tokens.len());
    assert_eq!(found.tokens, 128);
    assert_eq!(found.weights.len(), found.layers * found.heads * 128 * 128);
    let sums: Vec<f32> = found.weights.chunks(128).map(|row| row.iter().sum()).collect();
    assert!(sums.iter().all(|sum| (0.0..1.0 + 1e-5).contains(sum)), "no row takes more than all there is");
    assert!(sums.iter().any(|&sum| sum < 0.99), "some of it goes to tokens that are not shown");
}

#[test]
fn minilm_gives_the_references_ids_and_vectors() {
    let Some(dir) = minilm() else { return };
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(fixture("minilm_golden.json")).expect("fixture")).expect("json");
    let cases = json["cases"].as_array().expect("cases");
    let texts: Vec<String> =
        cases.iter().map(|case| serde_json::from_value(case["text"].clone()).expect("text")).collect();
    let ids: Vec<Vec<u32>> =
        cases.iter().map(|case| serde_json::from_value(case["ids"].clone()).expect("ids")).collect();
    let golden = std::fs::read(fixture("minilm_golden.safetensors")).expect("fixture");
    let golden = SafeTensors::deserialize(&golden).expect("safetensors");
    let reference: Vec<f32> = golden
        .tensor("mean_pooled_l2")
        .expect("mean_pooled_l2")
        .data()
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    assert!(texts.len() >= 20, "{} texts", texts.len());

    let encoder = Encoder::load(encoder_files(&dir), &Device::flex()).expect("model");
    let strs: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (text, expected) in texts.iter().zip(&ids) {
        let batch = encoder.tokenizer().encode(&[text]).expect("encoding");
        assert_eq!(&batch.ids, expected, "ids of {text:?}");
    }
    let ours = block_on(encoder.embed(&strs)).expect("vectors");
    let largest = ours.vectors.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("all-MiniLM-L6-v2: {} texts, largest difference {largest:.2e}", texts.len());
    assert_eq!(ours.vectors.len(), reference.len());
    assert!(largest <= 1e-4, "largest difference {largest:.2e}");
}
