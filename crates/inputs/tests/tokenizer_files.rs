//! Tokenizers of folders without `tokenizer.json`, id by id against the reference; and folders that lack something.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;

use kindling_inputs::{
    InputError, Limits, MAX_BPE_BYTES, TextTokenizer, TokenizerConfig, TokenizerFiles, bert_tokenizer_json,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tokenizers");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What a folder of this kind has, with the small files given.
fn folder(model_type: &str, small: &Value) -> TokenizerFiles {
    TokenizerFiles::read(|name| match (name, model_type) {
        ("vocab.json" | "merges.txt", "roberta") | ("vocab.txt", "bert" | "distilbert" | "chinese_clip") => {
            Some(fixture(name))
        }
        _ => small.get(name).map(|value| value.to_string().into_bytes()),
    })
}

fn limits(max_tokens: usize) -> Limits {
    Limits { vocabulary: 1500, max_tokens }
}

fn tokenizer(files: &TokenizerFiles, model_type: &str) -> Result<TextTokenizer, InputError> {
    files.tokenizer(model_type, None, limits(128))
}

#[test]
fn every_id_is_the_references() {
    let golden: Value = serde_json::from_slice(&fixture("ids.json")).unwrap();
    let texts: Vec<String> = serde_json::from_value(golden["texts"].clone()).unwrap();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let length = golden["length"].as_u64().unwrap() as usize;
    let mut rows = 0;
    for case in golden["cases"].as_array().unwrap() {
        let model_type = case["model_type"].as_str().unwrap();
        let files = folder(model_type, &case["files"]);
        assert_eq!(files.about().unwrap().max_length().map(|most| most as u64), case["limit"].as_u64());
        let tokenizer = files.tokenizer(model_type, None, limits(length)).unwrap();
        assert_eq!(u64::from(tokenizer.pad_id()), case["pad_id"].as_u64().unwrap());
        let batch = tokenizer.encode(&texts).unwrap();
        let expected: Vec<Vec<u32>> = serde_json::from_value(case["ids"].clone()).unwrap();
        assert_eq!(expected.len(), texts.len());
        for (at, (text, expected)) in texts.iter().zip(expected).enumerate() {
            let cells = at * batch.cols..(at + 1) * batch.cols;
            let (ids, mask) = (&batch.ids[cells.clone()], &batch.mask[cells]);
            let kept: Vec<u32> = ids.iter().zip(mask).filter(|(_, mask)| **mask == 1).map(|(id, _)| *id).collect();
            assert_eq!(kept, expected, "{}: {text:?}", case["name"]);
            rows += 1;
        }
    }
    assert!(texts.len() >= 150 && rows >= 1500, "{} texts, {rows} rows", texts.len());
}

#[test]
fn marks_and_line_ends_of_other_systems_change_nothing() {
    let texts = ["a red apple, 一只猫 🍎 naïve", "unbelievably"];
    for model_type in ["bert", "roberta"] {
        let plain = folder(model_type, &json!({}));
        let changed = |bytes: &Option<Vec<u8>>| {
            let text = String::from_utf8(bytes.clone()?).unwrap();
            Some(format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes())
        };
        let other = TokenizerFiles {
            vocab_txt: changed(&plain.vocab_txt),
            vocab_json: changed(&plain.vocab_json),
            merges: changed(&plain.merges),
            config: Some("\u{feff}{}\r\n".into()),
            ..TokenizerFiles::default()
        };
        let ids = |files| tokenizer(files, model_type).unwrap().encode(&texts).unwrap();
        assert_eq!(ids(&other), ids(&plain), "{model_type}");
    }
}

#[test]
fn of_two_like_lines_the_later_counts() {
    let vocab = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\ncat\ndog\ncat\n".to_vec();
    let files = TokenizerFiles { vocab_txt: Some(vocab), ..TokenizerFiles::default() };
    let tokenizer = files.tokenizer("bert", None, Limits { vocabulary: 7, max_tokens: 8 }).unwrap();
    assert_eq!(tokenizer.encode(&["cat dog"]).unwrap().ids, [2, 6, 5, 3]);
}

/// The file that the error names, and what it says.
fn refused<T: std::fmt::Debug>(result: Result<T, InputError>) -> (String, String) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), "tokenizer");
    let InputError::TokenizerFile { file, reason } = error else { panic!("{error}") };
    assert!(reason.len() < 400, "{reason}");
    (file, reason)
}

#[test]
fn what_is_missing_is_named() {
    let none = TokenizerFiles::default();
    for (model_type, word) in [
        ("bert", "vocab.txt"),
        ("chinese_clip", "vocab.txt"),
        ("distilbert", "vocab.txt"),
        ("roberta", "vocab.json with merges.txt"),
        ("clip", "vocab.json with merges.txt"),
        ("xlm-roberta", "xlm-roberta"),
    ] {
        let (file, reason) = refused(tokenizer(&none, model_type));
        assert_eq!(file, "tokenizer.json");
        assert!(reason.starts_with("missing") && reason.contains(word), "{model_type}: {reason}");
    }
    // Half of a pair is no tokenizer.
    let half = TokenizerFiles { merges: None, ..folder("roberta", &json!({})) };
    assert_eq!(refused(tokenizer(&half, "roberta")).0, "tokenizer.json");
}

#[test]
fn the_class_that_a_folder_names_counts() {
    let named = |class: &str| json!({"tokenizer_config.json": {"tokenizer_class": class}});
    for class in ["BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "PreTrainedTokenizerFast"] {
        tokenizer(&folder("bert", &named(class)), "bert").unwrap();
    }
    // A vocabulary of BERT's beside a model of RoBERTa's kind, as some Chinese checkpoints have it.
    let files = folder("bert", &named("BertTokenizer"));
    assert!(tokenizer(&files, "roberta").is_ok());
    let files = folder("bert", &json!({}));
    assert!(files.tokenizer("roberta", Some("BertTokenizerFast"), limits(16)).is_ok());
    assert_eq!(refused(tokenizer(&files, "roberta")).0, "tokenizer.json");
    for class in ["BertJapaneseTokenizer", "PhobertTokenizer", "XLMRobertaTokenizerFast"] {
        let (file, reason) = refused(tokenizer(&folder("bert", &named(class)), "bert"));
        assert_eq!(file, "tokenizer.json");
        assert!(reason.contains(class.trim_end_matches("Fast")), "{reason}");
    }
    // Where the whole file is there, nobody asks for a class.
    let clip = folder("bert", &named("PhobertTokenizer"));
    let whole = TokenizerFiles {
        json: Some(br#"{"version":"1.0","model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}"#.to_vec()),
        ..clip
    };
    assert!(tokenizer(&whole, "bert").is_ok());
}

#[test]
fn vocabularies_that_do_not_fit_are_refused() {
    let bert = |vocab: Vec<u8>| TokenizerFiles { vocab_txt: Some(vocab), ..TokenizerFiles::default() };
    let lines = |text: &str| text.replace(' ', "\n").into_bytes();
    for (vocab, word) in [
        (lines("[PAD] [CLS] [SEP] a"), "[UNK]"),
        (lines("[PAD] [UNK] [SEP] a"), "[CLS]"),
        (lines("[PAD] [UNK] [CLS] a"), "[SEP]"),
        (Vec::new(), "[UNK]"),
        (b"[UNK]\n\xff".to_vec(), "UTF-8"),
        (vec![b'\n'; MAX_BPE_BYTES + 1], "limit"),
    ] {
        let (file, reason) = refused(tokenizer(&bert(vocab), "bert"));
        assert_eq!(file, "vocab.txt");
        assert!(reason.contains(word), "{reason}");
    }
    let whole = folder("bert", &json!({}));
    let small = Limits { vocabulary: 600, max_tokens: 16 };
    let error = whole.tokenizer("bert", None, small).unwrap_err();
    assert!(matches!(error, InputError::TokenId { id: 600, vocabulary: 600, .. }), "{error}");
    let large = Limits { vocabulary: 30_522, max_tokens: 16 };
    assert_eq!(refused(whole.tokenizer("bert", None, large)).0, "vocab.txt");
    assert_eq!(refused(folder("roberta", &json!({})).tokenizer("roberta", None, large)).0, "vocab.json");
    // Without a filler short rows could not be filled.
    let error = bert(lines("[UNK] [CLS] [SEP] a")).tokenizer("bert", None, Limits { vocabulary: 4, max_tokens: 8 });
    assert!(matches!(error, Err(InputError::TokenId { id: 4, .. })), "{error:?}");
}

#[test]
fn settings_that_cannot_be_followed_are_named() {
    for (settings, file) in [
        (json!({"tokenizer_config.json": {"do_lower_case": "no"}}), "tokenizer_config.json"),
        (json!({"tokenizer_config.json": {"do_basic_tokenize": false}}), "tokenizer_config.json"),
        (json!({"tokenizer_config.json": {"model_max_length": -1}}), "tokenizer_config.json"),
        (json!({"tokenizer_config.json": []}), "tokenizer_config.json"),
        (json!({"special_tokens_map.json": 7}), "special_tokens_map.json"),
        (json!({"added_tokens.json": {"[ENT]": -1}}), "added_tokens.json"),
        (json!({"special_tokens_map.json": {"unk_token": "[NO]"}}), "vocab.txt"),
    ] {
        assert_eq!(refused(tokenizer(&folder("bert", &settings), "bert")).0, file, "{settings}");
    }
    let added = json!({"added_tokens.json": {"[ENT]": 1499}});
    let tokenizer = tokenizer(&folder("bert", &added), "bert").unwrap();
    assert_eq!(tokenizer.encode(&["[ENT]"]).unwrap().ids[1], 1499);
}

#[test]
fn tens_of_thousands_of_special_tokens_do_not_wait() {
    // Each looked for among all others, or the next id among all ids, would take minutes.
    let words = |count: usize, of: &str| (0..count).map(|at| format!("{of}{at}")).collect::<Vec<_>>();
    let vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned).into_iter().chain(words(200_000, "w"));
    let vocab = vocab.collect::<Vec<_>>().join("\n").into_bytes();
    let extra = json!({"additional_special_tokens": words(60_000, "e")}).to_string().into_bytes();
    let added: serde_json::Map<_, _> = words(50_000, "a")
        .into_iter()
        .zip((300_000..).map(Value::from))
        .chain([("e7".into(), json!(290_000))])
        .collect();
    let added = Value::Object(added).to_string().into_bytes();
    let config = TokenizerConfig::from_files(None, Some(&extra), Some(&added)).unwrap();
    let file: Value = serde_json::from_slice(&bert_tokenizer_json(&vocab, &config).unwrap()).unwrap();
    let tokens = file["added_tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 4 + 60_000 + 50_000);
    let mut ids: Vec<u64> = tokens.iter().map(|token| token["id"].as_u64().unwrap()).collect();
    let special = |name: &str| tokens.iter().find(|token| token["content"] == name).unwrap()["special"] == true;
    assert!(special("e7") && special("e59999") && special("[PAD]") && !special("a0"));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), tokens.len());
    // The list has the lower ids; tokens without one come after it.
    assert_eq!(ids.last(), Some(&(349_999 + 59_999)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_files_do_no_harm(
        lines in prop::collection::vec("(##)?[ab\\u{4e00}\r]{0,3}|\\[(PAD|UNK|CLS|SEP|MASK)\\]", 0..14),
        config in prop_oneof![
            Just(json!({})), Just(json!({"do_lower_case": false, "pad_token": "a"})),
            Just(json!({"cls_token": "", "unk_token": {"content": "b", "lstrip": true}})),
            Just(json!({"added_tokens_decoder": {"3": {"content": "[CLS]"}, "4000000000": {"content": "x"}}})),
        ],
        text in any::<String>(), large in any::<bool>(),
    ) {
        let config = Some(config.to_string().into_bytes());
        let vocab = Some(lines.join("\n").into_bytes());
        let files = TokenizerFiles { vocab_txt: vocab, config, ..TokenizerFiles::default() };
        let vocabulary = if large { u32::MAX as usize } else { 900 };
        if let Ok(tokenizer) = files.tokenizer("bert", None, Limits { vocabulary, max_tokens: 8 }) {
            let batch = tokenizer.encode(&[&text, "ab 一b"]).unwrap();
            prop_assert!(batch.ids.iter().all(|&id| (id as usize) < vocabulary));
        }
    }
}
