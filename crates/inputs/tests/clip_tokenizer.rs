//! CLIP's tokenizer from `vocab.json` and `merges.txt`, id by id against the reference; and files that are none.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;

use kindling_inputs::{
    Batch, InputError, Limits, MAX_BPE_BYTES, MAX_TOKENIZER_CONFIG_BYTES, TextTokenizer, TokenizerConfig,
    clip_tokenizer_json,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/bpe");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn config(config: &Value, special: &Value) -> Result<TokenizerConfig, InputError> {
    let bytes = |value: &Value| (!value.is_null()).then(|| value.to_string().into_bytes());
    TokenizerConfig::from_files(bytes(config).as_deref(), bytes(special).as_deref(), None)
}

fn tokenizer(config: &TokenizerConfig, max_tokens: usize) -> TextTokenizer {
    let json = clip_tokenizer_json(&file("vocab.json"), &file("merges.txt"), config).unwrap();
    TextTokenizer::from_bytes(&json, Limits { vocabulary: 1215, max_tokens }).unwrap()
}

#[test]
fn every_id_is_the_references() {
    let golden: Value = serde_json::from_slice(&file("ids.json")).unwrap();
    let texts: Vec<&str> = golden["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let mut rows = 0;
    for case in golden["cases"].as_array().unwrap() {
        let number = |field: &str| case[field].as_u64().unwrap() as usize;
        let config = config(&case["tokenizer_config.json"], &case["special_tokens_map.json"]).unwrap();
        let length = config.max_length().unwrap_or(77);
        assert_eq!((length, config.pad_token()), (number("length"), case["pad_token"].as_str().unwrap()));
        let tokenizer = tokenizer(&config, length);
        assert_eq!(tokenizer.pad_id() as usize, number("pad_id"));
        let texts: Vec<&str> = texts.iter().skip(number("first")).step_by(number("step")).copied().collect();
        let batch = tokenizer.encode(&texts).unwrap().padded_to(length, tokenizer.pad_id());
        assert_eq!((batch.rows, batch.cols), (texts.len(), length));
        let expected = case["ids"].as_array().unwrap();
        assert_eq!(expected.len(), texts.len());
        for ((text, expected), found) in texts.iter().zip(expected).zip(batch.ids.chunks_exact(length)) {
            let mut expected: Vec<u32> = serde_json::from_value(expected.clone()).unwrap();
            expected.resize(length, tokenizer.pad_id());
            assert_eq!(found, expected, "{}: {text:?}", case["name"]);
            rows += 1;
        }
    }
    assert!(texts.len() >= 200 && rows >= 600, "{} texts, {rows} rows", texts.len());
}

#[test]
fn rows_are_filled_to_one_length() {
    let batch = Batch {
        ids: vec![5, 6, 7, 8, 0, 0],
        mask: vec![1, 1, 1, 1, 0, 0],
        type_ids: vec![0; 6],
        rows: 2,
        cols: 3,
        ..Batch::default()
    };
    let same = batch.clone().padded_to(2, 9);
    assert_eq!((same.ids, same.cols), (vec![5, 6, 7, 8, 9, 9], 3));
    let wide = batch.padded_to(5, 9);
    assert_eq!((wide.ids, wide.cols), (vec![5, 6, 7, 9, 9, 8, 9, 9, 9, 9], 5));
    assert_eq!((wide.mask, wide.type_ids), (vec![1, 1, 1, 0, 0, 1, 0, 0, 0, 0], vec![0; 10]));
    assert_eq!(Batch::default().padded_to(4, 1).ids, [0; 0]);
}

#[test]
fn settings_are_read_as_they_occur() {
    let read = |value: Value| config(&value, &Value::Null);
    assert_eq!(read(json!({})).unwrap(), config(&Value::Null, &Value::Null).unwrap());
    assert_eq!(read(json!({})).unwrap().pad_token(), "<|endoftext|>");
    assert_eq!(read(json!({"model_max_length": 77})).unwrap().max_length(), Some(77));
    for unlimited in [json!(null), json!(1e30), json!(1_000_000_000_000_000_019_884_624_838_656_u128 as f64)] {
        assert_eq!(read(json!({"model_max_length": unlimited})).unwrap().max_length(), None);
    }
    assert_eq!(read(json!({"pad_token": {"content": "!"}})).unwrap().pad_token(), "!");
    for wrong in [json!(0), json!(-1), json!(7.5), json!("77"), json!([])] {
        assert_eq!(refused(read(json!({"model_max_length": wrong}))), "tokenizer_config.json");
    }
    for wrong in [json!({"x": "!"}), json!({"-1": "!"}), json!({"7": {}}), json!({"4294967296": "!"})] {
        assert_eq!(refused(read(json!({"added_tokens_decoder": wrong}))), "tokenizer_config.json");
    }
}

/// The file that the error names.
fn refused<T: std::fmt::Debug>(result: Result<T, InputError>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), "tokenizer");
    let InputError::TokenizerFile { file, reason } = error else { panic!("{error}") };
    assert!(reason.len() < 400, "{reason}");
    file
}

#[test]
fn files_that_are_none_are_refused_by_name() {
    let plain = TokenizerConfig::from_files(None, None, None).unwrap();
    let (vocab, merges) = (file("vocab.json"), file("merges.txt"));
    let with_vocab = |vocab: &[u8]| refused(clip_tokenizer_json(vocab, &merges, &plain));
    for wrong in [
        &b""[..],
        b"[]",
        b"{",
        br#"{"a": -1}"#,
        br#"{"a": 4294967296}"#,
        br#"{"a": "b"}"#,
        &b"[".repeat(1 << 20),
        &b" ".repeat(MAX_BPE_BYTES + 1),
    ] {
        assert_eq!(with_vocab(wrong), "vocab.json");
    }
    // Pieces of the merges that have no id.
    assert_eq!(with_vocab(br#"{"<|startoftext|>": 0, "<|endoftext|>": 1}"#), "merges.txt");
    let bare = br#"{"a": 0, "b": 1, "ab": 2}"#;
    assert_eq!(refused(clip_tokenizer_json(bare, b"a b", &plain)), "vocab.json");
    let long = "a".repeat(MAX_BPE_BYTES + 1);
    for wrong in [&b"a"[..], b"a b c", b"a  b", b"t h\nq zz", b"\xff \xfe", long.as_bytes()] {
        assert_eq!(refused(clip_tokenizer_json(&vocab, wrong, &plain)), "merges.txt");
    }
    assert!(clip_tokenizer_json(&vocab, b"#version: 0.2\r\n\r\n", &plain).is_ok());
    let clash = json!({"added_tokens_decoder": {"5": {"content": "<|endoftext|>"}}});
    let clash = config(&clash, &Value::Null).unwrap();
    assert_eq!(refused(clip_tokenizer_json(&vocab, &merges, &clash)), "tokenizer_config.json");
    let deep = b"[".repeat(1 << 16);
    let large = b" ".repeat(MAX_TOKENIZER_CONFIG_BYTES + 1);
    for wrong in [&deep, &large, &b"[]".to_vec(), &b"{\"a\":}".to_vec()] {
        assert_eq!(refused(TokenizerConfig::from_files(Some(wrong), None, None)), "tokenizer_config.json");
        assert_eq!(refused(TokenizerConfig::from_files(None, Some(wrong), None)), "special_tokens_map.json");
    }
}

#[test]
fn long_texts_do_not_wait_for_their_end() {
    let tokenizer = tokenizer(&TokenizerConfig::from_files(None, None, None).unwrap(), 77);
    for unit in ["a red apple 的 ", "a", "🍎", "! "] {
        let text = unit.repeat(1_000_000 / unit.len());
        let batch = tokenizer.encode(&[&text]).unwrap();
        assert_eq!((batch.cols, batch.truncated[0]), (77, true), "{unit}");
        tokenizer.view(&text[..text.len() / 100 / unit.len() * unit.len()]).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        let tokenizer = tokenizer(&TokenizerConfig::from_files(None, None, None).unwrap(), 16);
        let batch = tokenizer.encode(&[&text]).unwrap();
        prop_assert!(batch.cols <= 16 && batch.ids.iter().all(|&id| id < 1214));
    }

    #[test]
    fn any_files_do_no_harm(
        vocab in prop::collection::hash_map("[ab]{1,3}|<\\|(start|end)oftext\\|>", any::<u32>(), 0..12),
        merges in "([ab]{1,2} [ab]{1,2}\n){0,4}", start in any::<bool>(), pad in "[ab]{0,3}",
    ) {
        let mut vocab = vocab;
        if start {
            vocab.extend([("<|startoftext|>".to_owned(), 1), ("<|endoftext|>".to_owned(), 2)]);
        }
        let vocab = serde_json::to_vec(&vocab).unwrap();
        let config = config(&json!({"pad_token": pad}), &Value::Null).unwrap();
        if let Ok(json) = clip_tokenizer_json(&vocab, merges.as_bytes(), &config) {
            let limits = Limits { vocabulary: 1 << 31, max_tokens: 8 };
            if let Ok(tokenizer) = TextTokenizer::from_bytes(&json, limits) {
                let _ = tokenizer.encode(&["abba <|endoftext|> c", ""]);
            }
        }
    }
}
