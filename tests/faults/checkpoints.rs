//! Checkpoint files from strangers: each fault ends in a typed error that names its cause, before anything is uploaded.

use std::collections::HashMap;

use burn::tensor::Device;
use kindling_tasks::{Encoder, EncoderFiles, Precision, SentimentQuestion, Source, TaskError, WeightFiles};
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
    let bytes = std::fs::read(fixture("bert-tiny").join("model.safetensors")).expect("fixture");
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

/// A file that gives its header and none of its tensors.
#[derive(Debug)]
struct GivesOut(Vec<u8>);

impl Source for GivesOut {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
        if at > 0 { Err("the file was changed".into()) } else { self.0.read(at, into) }
    }
}

fn gives_out(bytes: Vec<u8>) -> WeightFiles {
    let source: Box<dyn Source> = Box::new(GivesOut(bytes));
    WeightFiles::one(source)
}

/// The fixture's weights under another header, with some bytes after them.
fn reheaded(change: impl Fn(&mut Value, usize), more: &[u8]) -> Vec<u8> {
    let bytes = weights(|_, _, _| true);
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let (header, numbers) = rest.split_at(length);
    let mut header: Value = serde_json::from_slice(header).expect("header");
    change(&mut header, numbers.len());
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), numbers, more].concat()
}

const KEY: &str = "encoder.layer.1.attention.self.key.weight";

#[test]
fn a_missing_tensor_is_named() {
    let error = refusal(EncoderFiles { weights: weights(|name, _, _| name != KEY).into(), ..files() });
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
    let error = refusal(EncoderFiles { weights: weights(reshape).into(), ..files() });
    let TaskError::Weights(WeightsError::Shape { name, expected, found }) = &error else { panic!("{error}") };
    assert_eq!((name.as_str(), expected.as_slice(), found.as_slice()), (KEY, [32, 32].as_slice(), [64, 16].as_slice()));
}

#[test]
fn a_wrong_type_is_named_with_what_would_do() {
    for key in [KEY, "embeddings.word_embeddings.weight", "embeddings.LayerNorm.bias"] {
        let integers = reheaded(|header, _| header[key]["dtype"] = "I32".into(), &[]);
        let error = refusal(EncoderFiles { weights: integers.into(), ..files() });
        let TaskError::Weights(WeightsError::Dtype { name, found, expected }) = &error else { panic!("{error}") };
        assert_eq!((name.as_str(), found.as_str()), (key, "I32"));
        assert!(expected.contains("F32"), "{expected}");
    }
}

#[test]
fn what_the_header_says_is_checked_before_a_tensor_is_read() {
    // Such files have no tensor to give, so that none can have gone to the device.
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 4] = [
        ("missing_tensor", |header| {
            let stays = header[KEY].take();
            header.as_object_mut().expect("an object").remove(KEY);
            header["another"] = stays;
        }),
        ("shape", |header| header[KEY]["shape"] = json!([64, 16])),
        ("shape", |header| header[KEY]["shape"] = json!([1024])),
        ("dtype", |header| header[KEY]["dtype"] = "I32".into()),
    ];
    for (code, change) in changes {
        let bytes = reheaded(|header, _| change(header), &[]);
        let TaskError::Weights(error) = refusal(EncoderFiles { weights: gives_out(bytes), ..files() }) else {
            panic!("{code}: not of the weights")
        };
        assert_eq!(serde_json::to_value(&error).expect("fields")["code"], code, "{error}");
    }
}

#[test]
fn a_tensor_too_many_is_told_and_changes_nothing() {
    let stranger = |header: &mut Value, end: usize| {
        header["stranger.weight"] = json!({"dtype": "F32", "shape": [1], "data_offsets": [end, end + 4]});
    };
    let more = reheaded(stranger, &f32::NAN.to_le_bytes());
    let load = |files: EncoderFiles| Encoder::load(files, &Device::flex()).expect("a model");
    let (plain, with_more) = (load(files()), load(EncoderFiles { weights: more.into(), ..files() }));
    let told = |encoder: &Encoder| encoder.info().unused.iter().any(|name| name == "stranger.weight");
    assert!(told(&with_more) && !told(&plain));
    let vectors = |encoder: &Encoder| block_on(encoder.embed(&["a text"])).expect("vectors").vectors;
    assert_eq!(vectors(&plain), vectors(&with_more));
}

#[test]
fn a_number_that_is_not_finite_is_refused_with_its_tensor_and_place() {
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let spoil = |name: &str, _: &mut Vec<usize>, data: &mut Vec<u8>| {
            if name == KEY {
                data[8..12].copy_from_slice(&number.to_le_bytes());
            }
            true
        };
        let error = refusal(EncoderFiles { weights: weights(spoil).into(), ..files() });
        let TaskError::Weights(WeightsError::NotFinite { name, index: 2 }) = &error else {
            panic!("{number}: {error}")
        };
        assert_eq!(name, KEY);
    }
}

#[test]
fn a_web_page_instead_of_a_model_is_called_that() {
    let error = refusal(EncoderFiles { weights: b"<!doctype html><title>Sign in</title>".to_vec().into(), ..files() });
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
    let error = refusal(EncoderFiles { pooling: Some(b"{\"pooling_mode\": \"median\"}".to_vec()), ..files() });
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

/// A header as strangers, cables and disks leave it: bytes changed, digits changed, pieces lost, doubled or moved.
fn mutated(valid: &[u8], header: usize, random: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for _ in 0..1 + random(3) {
        let at = 8 + random(header);
        match random(7) {
            0 => bytes[at] ^= 1 << random(8),
            1 => bytes[at] = b"{}[],:\"0123456789FIBU-e."[random(24)],
            2 => bytes[random(8)] ^= 1 << random(8),
            3 => drop(bytes.drain(at..(at + random(40)).min(bytes.len()))),
            4 => {
                let piece = bytes[at..(at + random(120)).min(bytes.len())].to_vec();
                let to = 8 + random(header);
                bytes.splice(to..to, piece);
            }
            5 => bytes.truncate(random(bytes.len()).max(8 + header)),
            _ => {
                // A number in the header, made another one.
                let digit = (at..8 + header).find(|&at| bytes.get(at).is_some_and(u8::is_ascii_digit));
                if let Some(digit) = digit {
                    bytes[digit] = b'0' + random(10) as u8;
                }
            }
        }
        // The rest of the work wants a header of this length to look at.
        bytes.resize(bytes.len().max(8 + header), b' ');
    }
    bytes
}

#[test]
fn ten_thousand_mutated_headers_end_in_a_report_or_in_an_error_with_its_cause() {
    let valid = std::fs::read(fixture("bert-tiny").join("model.safetensors")).expect("fixture");
    let header = u64::from_le_bytes(*valid.first_chunk().expect("a length")) as usize;
    let (config, device) = (files().config, Device::flex());
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    let mut codes: HashMap<String, usize> = HashMap::new();
    for _ in 0..10_000 {
        match kindling_tasks::inspect(&config, mutated(&valid, header, &mut random), &device) {
            Ok(found) => {
                let complete = found.missing.is_empty() && found.misshapen.is_empty();
                *codes.entry(if complete { "whole" } else { "reported" }.into()).or_default() += 1;
            }
            Err(TaskError::Weights(error)) => {
                let Value::Object(fields) = serde_json::to_value(&error).expect("fields") else { panic!("{error:?}") };
                assert!(fields.len() > 1 && !error.to_string().is_empty(), "{error:?} names no cause");
                *codes.entry(fields["code"].to_string()).or_default() += 1;
            }
            Err(error) => panic!("not an error of the file: {error}"),
        }
    }
    println!("{codes:?}");
    assert!(codes.len() > 8, "mutations that reach few checks: {codes:?}");
}

#[test]
fn a_file_whose_disk_gives_out_is_told_apart_from_a_wrong_one() {
    let error = refusal(EncoderFiles { weights: gives_out(weights(|_, _, _| true)), ..files() });
    let TaskError::Weights(WeightsError::Unreadable { reason, .. }) = &error else { panic!("{error}") };
    assert_eq!((reason.as_str(), error.kind()), ("the file was changed", "weights"));
}

#[test]
fn halves_and_bytes_on_the_way_give_nearly_the_same_vectors() {
    let texts = ["the cat sat on the mat", "a mat", "好"];
    let vectors = |store_as| {
        let weights = WeightFiles { store_as, ..files().weights };
        let encoder = Encoder::load(EncoderFiles { weights, ..files() }, &Device::flex()).expect("model");
        block_on(encoder.embed(&texts)).expect("vectors")
    };
    let plain = vectors(None);
    for (stored, least) in [(Precision::F32, 0.999_999), (Precision::F16, 0.999_99), (Precision::Int8, 0.98)] {
        for (row, reference) in vectors(Some(stored)).rows().zip(plain.rows()) {
            let cosine: f32 = row.iter().zip(reference).map(|(a, b)| a * b).sum();
            assert!(cosine >= least, "{stored:?}: {cosine}");
        }
    }
}
