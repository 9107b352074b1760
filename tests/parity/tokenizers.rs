//! Folders without `tokenizer.json` give the vectors of those that have it; and no text is longer than any file allows.
#![allow(missing_docs)]

use burn::tensor::Device;
use kindling_inputs::InputError;
use kindling_tasks::{Encoder, EncoderFiles, TaskError, TokenizerFiles};
use kindling_tests::{encoder_files, fixture};
use pollster::block_on;
use serde_json::{Value, json};

const TEXTS: [&str; 6] =
    ["I love this phone", "", "买的银色版真的很好看", "naïve — café 🍎", "a b a b a b a b a b", "[MASK] <mask> </s>"];

/// The older files that say the same as this `tokenizer.json`.
fn older(json: &[u8]) -> TokenizerFiles {
    let file: Value = serde_json::from_slice(json).expect("a tokenizer");
    let vocab = &file["model"]["vocab"];
    if file["model"]["type"] == "WordPiece" {
        let mut pieces: Vec<_> =
            vocab.as_object().expect("pieces").iter().map(|(piece, id)| (id.as_u64(), piece.as_str())).collect();
        pieces.sort_unstable();
        let vocab = pieces.iter().map(|(_, piece)| format!("{piece}\n")).collect::<String>();
        let normalizer = &file["normalizer"];
        let config = json!({
            "do_lower_case": normalizer["lowercase"], "strip_accents": normalizer["strip_accents"],
            "tokenize_chinese_chars": normalizer["handle_chinese_chars"],
        });
        let (vocab_txt, config) = (Some(vocab.into_bytes()), Some(config.to_string().into_bytes()));
        return TokenizerFiles { vocab_txt, config, ..TokenizerFiles::default() };
    }
    let merge = |merge: &Value| match merge.as_array() {
        Some(pair) => format!("{} {}\n", pair[0].as_str().expect("a piece"), pair[1].as_str().expect("a piece")),
        None => format!("{}\n", merge.as_str().expect("a merge")),
    };
    let merges: String = file["model"]["merges"].as_array().expect("merges").iter().map(merge).collect();
    let mut vocab = vocab.clone();
    for token in file["added_tokens"].as_array().expect("tokens") {
        vocab[token["content"].as_str().expect("a token")] = token["id"].clone();
    }
    let mask = file["added_tokens"].as_array().and_then(|all| all.iter().find(|token| token["content"] == "<mask>"));
    let special = mask.map(|mask| json!({"mask_token": mask}).to_string().into_bytes());
    let (vocab_json, merges) = (Some(vocab.to_string().into_bytes()), Some(merges.into_bytes()));
    TokenizerFiles { vocab_json, merges, special_tokens: special, ..TokenizerFiles::default() }
}

fn load(files: EncoderFiles) -> Result<Encoder, TaskError> {
    Encoder::load(files, &Device::flex())
}

#[test]
fn the_same_vectors_without_tokenizer_json() {
    for name in ["bert-tiny", "distilbert-tiny", "roberta-tiny"] {
        let dir = fixture(name);
        let whole = load(encoder_files(&dir)).expect("a model");
        let json = encoder_files(&dir).tokenizer.json.expect("tokenizer.json");
        let parts = load(EncoderFiles { tokenizer: older(&json), ..encoder_files(&dir) }).expect("a model");
        let (a, b) = (whole.tokenizer().encode(&TEXTS).expect("ids"), parts.tokenizer().encode(&TEXTS).expect("ids"));
        assert_eq!(a.ids, b.ids, "{name}");
        let (a, b) = (block_on(whole.embed(&TEXTS)).expect("vectors"), block_on(parts.embed(&TEXTS)).expect("vectors"));
        assert_eq!(a.vectors, b.vectors, "{name}");
    }
}

#[test]
fn a_tokenizer_that_cannot_be_made_is_named() {
    let none = |name: &str| EncoderFiles { tokenizer: TokenizerFiles::default(), ..encoder_files(&fixture(name)) };
    for name in ["bert-tiny", "distilbert-tiny", "roberta-tiny", "xlm-roberta-tiny"] {
        let error = load(none(name)).expect_err("no tokenizer");
        assert_eq!(error.kind(), "tokenizer");
        let TaskError::Input(InputError::TokenizerFile { file, reason }) = error else { panic!("{error}") };
        assert_eq!(file, "tokenizer.json");
        assert!(reason.starts_with("missing"), "{reason}");
    }
    // The class of config.json, as BERTweet and its like say it.
    let mut files = none("roberta-tiny");
    let mut config: Value = serde_json::from_slice(&files.config).expect("a configuration");
    config["tokenizer_class"] = "BertweetTokenizer".into();
    files.config = config.to_string().into_bytes();
    let error = load(files).expect_err("no tokenizer").to_string();
    assert!(error.contains("BertweetTokenizer"), "{error}");
}

/// What a folder says of lengths.
fn said(name: &str, files: &Value) -> EncoderFiles {
    let file = |name: &str| files.get(name).map(|value| value.to_string().into_bytes());
    let mut found = encoder_files(&fixture(name));
    found.sentence = file("sentence_bert_config.json");
    found.sentence_transformers = file("config_sentence_transformers.json");
    found.tokenizer.config = file("tokenizer_config.json");
    found
}

#[test]
fn texts_are_as_long_as_the_reference_lets_them_be() {
    let golden = std::fs::read(fixture("tokenizers").join("limits.json")).expect("limits");
    let golden: Vec<Value> = serde_json::from_slice(&golden).expect("limits");
    let positions = |name: &str| load(said(name, &json!({}))).expect("a model").info().max_tokens as u64;
    // The reference's own model has 40 positions; this one more.
    let all = positions("bert-tiny");
    assert!(all > 40 && golden.len() >= 12);
    for case in &golden {
        let expected = case["max_tokens"].as_u64().filter(|&most| most < 40).unwrap_or(all);
        let found = load(said("bert-tiny", &case["files"])).expect("a model").info().max_tokens as u64;
        assert_eq!(found, expected, "{case}");
    }
    // RoBERTa's kind loses two positions to its filler, whatever the files say.
    for name in ["roberta-tiny", "xlm-roberta-tiny"] {
        let config: Value = serde_json::from_slice(&encoder_files(&fixture(name)).config).expect("a configuration");
        let rows = config["max_position_embeddings"].as_u64().expect("rows");
        let filler = config["pad_token_id"].as_u64().expect("a filler");
        for most in [json!(rows), json!(1e30), json!(null)] {
            let files = json!({"tokenizer_config.json": {"model_max_length": most}});
            assert_eq!(
                load(said(name, &files)).expect("a model").info().max_tokens as u64,
                rows - filler - 1,
                "{name}"
            );
        }
    }
}

#[test]
fn limits_that_are_none_are_named() {
    for wrong in [json!(0), json!(-1), json!(7.5), json!("77")] {
        for (file, value) in [
            ("sentence_bert_config.json", json!({"max_seq_length": wrong})),
            ("sentence_bert_config.json", json!({"processor_kwargs": {"model_max_length": wrong}})),
            ("config_sentence_transformers.json", json!({"max_seq_length": wrong})),
            ("tokenizer_config.json", json!({"model_max_length": wrong})),
        ] {
            let error = load(said("bert-tiny", &json!({file: value}))).expect_err("no limit").to_string();
            assert!(error.contains(file), "{error}");
        }
    }
    // Own limits of one token leave no room for a text.
    let error = load(said("bert-tiny", &json!({"sentence_bert_config.json": {"max_seq_length": 2}})));
    assert!(matches!(error, Err(TaskError::Input(InputError::TokenLimit { .. }))));
}

#[test]
fn a_folder_that_lower_cases_does() {
    let text = "The LAMP is Über 很好 A";
    for name in ["roberta-tiny", "xlm-roberta-tiny", "bert-tiny"] {
        let ids = |files: &Value, text: &str| {
            load(said(name, files)).expect("a model").tokenizer().encode(&[text]).expect("ids").ids
        };
        let lower = json!({"sentence_bert_config.json": {"max_seq_length": 32, "do_lower_case": true}});
        assert_eq!(ids(&lower, text), ids(&json!({}), &text.to_lowercase()), "{name}");
        // Only the encoder of BERT's kind lower-cases by itself.
        assert_eq!(ids(&json!({}), text) == ids(&lower, text), name == "bert-tiny", "{name}");
    }
}
