//! Texts to ids, and files that are no tokenizers.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{limits, tokenizer, tokenizer_json};
use kindling_inputs::{InputError, Limits, MAX_TEXT_BYTES, MAX_TOKENIZER_BYTES, MAX_TOKENIZER_DEPTH, TextTokenizer};
use proptest::prelude::*;
use serde_json::json;

fn refused(bytes: &[u8]) -> InputError {
    TextTokenizer::from_bytes(bytes, limits(16)).unwrap_err()
}

#[test]
fn a_batch_is_padded_to_its_longest_row() {
    let batch = tokenizer(16).encode(&["The screen is unbelievable!", "很好看", ""]).unwrap();
    assert_eq!((batch.rows, batch.cols), (3, 9));
    assert_eq!(batch.ids[..9], [2, 5, 6, 10, 7, 8, 9, 17, 3]);
    assert_eq!(batch.ids[9..18], [2, 13, 14, 15, 3, 0, 0, 0, 0]);
    assert_eq!(batch.ids[18..], [2, 3, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(batch.mask[9..18], [1, 1, 1, 1, 1, 0, 0, 0, 0]);
    assert_eq!(batch.type_ids, [0; 27]);
    assert_eq!(batch.totals, [9, 5, 2]);
    assert_eq!(batch.truncated, [false; 3]);
    assert_eq!(batch.estimated, [false; 3]);
}

#[test]
fn no_texts_make_an_empty_batch() {
    let batch = tokenizer(16).encode(&[]).unwrap();
    assert_eq!((batch.rows, batch.cols, batch.ids.len()), (0, 0, 0));
}

#[test]
fn truncation_keeps_the_last_special_token() {
    let batch = tokenizer(5).encode(&["the screen is good", "好"]).unwrap();
    assert_eq!(batch.ids, [2, 5, 6, 10, 3, 2, 14, 3, 0, 0]);
    assert_eq!(batch.totals, [6, 3]);
    assert_eq!(batch.truncated, [true, false]);
}

#[test]
fn truncation_and_padding_sides_of_the_file_hold() {
    let mut file = tokenizer_json();
    file["truncation"]["direction"] = json!("Left");
    file["padding"]["direction"] = json!("Left");
    let tokenizer = TextTokenizer::from_bytes(file.to_string().as_bytes(), limits(5)).unwrap();
    let batch = tokenizer.encode(&["the screen is good", "好"]).unwrap();
    assert_eq!(batch.ids, [2, 6, 10, 11, 3, 0, 0, 2, 14, 3]);
    assert_eq!(batch.mask, [1, 1, 1, 1, 1, 0, 0, 1, 1, 1]);
}

#[test]
fn special_tokens_that_are_typed_are_read_as_such() {
    assert_eq!(tokenizer(16).encode(&["[MASK] good"]).unwrap().ids, [2, 4, 11, 3]);
}

#[test]
fn the_odd_texts_of_the_world() {
    let texts = [
        "",
        "\0",
        "\u{200b}\u{200d}",
        "👩\u{200d}👩\u{200d}👧",
        "\u{202e}שלום",
        "é",
        "e\u{301}",
        "\u{fffd}",
        "   \n\t",
    ];
    let tokenizer = tokenizer(16);
    let batch = tokenizer.encode(&texts).unwrap();
    assert_eq!(batch.rows, texts.len());
    for text in texts {
        tokenizer.view(text).unwrap();
    }
    // Lower-casing BERT strips accents: NFC and NFD agree.
    let ids = |text| tokenizer.encode(&[text]).unwrap().ids;
    assert_eq!(ids("a\u{301}b"), ids("áb"));
}

#[test]
fn a_long_text_gives_the_ids_of_the_whole() {
    let tokenizer = tokenizer(64);
    let units = [
        "the screen is unbelievable, 很好看！ don't ",
        "很好看",
        "a ",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\u{200b}\u{200b}\u{200b} ",
    ];
    for unit in units {
        let text = unit.repeat(1_000_000 / unit.len());
        let kept = tokenizer.encode(&[&text]).unwrap();
        // What no cut can change: the special tokens and as many of the text's as fit.
        let whole = tokenizers::Tokenizer::from_bytes(plain_json()).unwrap();
        let expected = whole.encode(text.as_str(), false).unwrap();
        let room = expected.len().min(62);
        assert_eq!(kept.ids[1..=room], expected.get_ids()[..room], "{unit}");
        assert_eq!(kept.truncated, [expected.len() > 62]);
        assert_eq!(tokenizer.count(&text).unwrap(), expected.len() + 2, "{unit}");
        assert_eq!(tokenizer.view(&text).unwrap().total, expected.len() + 2);
        let error = kept.totals[0].abs_diff(expected.len() + 2);
        assert!(error * 50 <= expected.len() + 2, "{unit}: {} of {}", kept.totals[0], expected.len() + 2);
    }
}

/// The same tokenizer with nothing of ours around it.
fn plain_json() -> Vec<u8> {
    let mut file = tokenizer_json();
    file["truncation"] = json!(null);
    file["padding"] = json!(null);
    file.to_string().into_bytes()
}

#[test]
fn texts_above_the_limit_are_refused() {
    let text = "a".repeat(MAX_TEXT_BYTES + 1);
    let error = InputError::TextSize { bytes: MAX_TEXT_BYTES + 1, limit: MAX_TEXT_BYTES };
    assert_eq!(tokenizer(16).encode(&[&text]), Err(error.clone()));
    assert_eq!(tokenizer(16).count(&text), Err(error));
}

#[test]
fn large_files_are_refused() {
    let bytes = vec![b' '; MAX_TOKENIZER_BYTES + 1];
    assert_eq!(refused(&bytes), InputError::TokenizerSize { bytes: bytes.len(), limit: MAX_TOKENIZER_BYTES });
}

#[test]
fn deep_files_are_refused() {
    for nest in ["[", "{\"a\":"] {
        let file = format!(r#"{{"model": {}"#, nest.repeat(1_000_000));
        assert_eq!(refused(file.as_bytes()), InputError::TokenizerDepth { limit: MAX_TOKENIZER_DEPTH });
    }
}

#[test]
fn malformed_files_are_refused() {
    let good = tokenizer_json().to_string();
    let files: [&[u8]; 8] = [
        b"",
        b"{}",
        b"null",
        b"<html></html>",
        b"\xff\xfe",
        b"{\"model\":{}}",
        b"[1,2]",
        &good.as_bytes()[..good.len() / 2],
    ];
    for bytes in files {
        let error = refused(bytes);
        assert!(matches!(error, InputError::TokenizerMalformed { .. }), "{error}");
        assert_eq!(error.kind(), "tokenizer");
    }
}

#[test]
fn ids_outside_the_vocabulary_are_refused() {
    let small = Limits { vocabulary: 28, max_tokens: 16 };
    let error = TextTokenizer::from_bytes(tokenizer_json().to_string().as_bytes(), small).unwrap_err();
    assert_eq!(error, InputError::TokenId { id: 28, piece: "t".into(), vocabulary: 28 });

    let mut file = tokenizer_json();
    file["model"]["vocab"]["good"] = json!(4_000_000_000u32);
    assert!(matches!(refused(file.to_string().as_bytes()), InputError::TokenId { id: 4_000_000_000, .. }));

    let mut file = tokenizer_json();
    file["post_processor"]["special_tokens"]["[SEP]"]["ids"] = json!([99]);
    assert!(matches!(refused(file.to_string().as_bytes()), InputError::TokenId { id: 99, .. }));

    let mut file = tokenizer_json();
    file["padding"]["pad_id"] = json!(99);
    assert!(matches!(refused(file.to_string().as_bytes()), InputError::TokenId { id: 99, .. }));
}

#[test]
fn templates_that_do_not_fit_are_refused() {
    let changes: [fn(&mut serde_json::Value); 4] = [
        |file| file["post_processor"]["single"][0]["SpecialToken"]["id"] = json!("[XYZ]"),
        |file| file["post_processor"]["single"][1]["Sequence"]["id"] = json!("B"),
        |file| file["post_processor"]["single"][0] = json!({"Sequence": {"id": "A", "type_id": 0}}),
        |file| file["post_processor"]["special_tokens"]["[SEP]"]["ids"] = json!([3, 3]),
    ];
    for change in changes {
        let mut file = tokenizer_json();
        change(&mut file);
        assert!(matches!(refused(file.to_string().as_bytes()), InputError::TokenizerMalformed { .. }));
        let nested = json!({"type": "Sequence", "processors": [file["post_processor"]]});
        file["post_processor"] = nested;
        assert!(matches!(refused(file.to_string().as_bytes()), InputError::TokenizerMalformed { .. }));
    }
}

#[test]
fn a_limit_without_room_is_refused() {
    for max_tokens in 0..3 {
        let result = TextTokenizer::from_bytes(tokenizer_json().to_string().as_bytes(), limits(max_tokens));
        assert_eq!(result.unwrap_err(), InputError::TokenLimit { max_tokens, special: 2 });
    }
}

#[test]
fn stored_truncation_cannot_do_harm() {
    let mut file = tokenizer_json();
    file["truncation"] = json!({"direction": "Right", "max_length": 0, "strategy": "OnlySecond", "stride": 9});
    let tokenizer = TextTokenizer::from_bytes(file.to_string().as_bytes(), limits(16)).unwrap();
    assert_eq!(tokenizer.encode(&["good"]).unwrap().ids, [2, 11, 3]);
}

#[test]
fn errors_serialize_with_their_fields() {
    let error = InputError::TokenId { id: 3, piece: "x".into(), vocabulary: 2 };
    let value = serde_json::to_value(&error).unwrap();
    assert_eq!(value, json!({"code": "token_id", "id": 3, "piece": "x", "vocabulary": 2}));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_encoded(texts in prop::collection::vec(any::<String>(), 0..4)) {
        let tokenizer = tokenizer(8);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let batch = tokenizer.encode(&texts).unwrap();
        prop_assert_eq!(batch.ids.len(), batch.rows * batch.cols);
        prop_assert_eq!(batch.mask.len(), batch.ids.len());
        prop_assert_eq!(batch.type_ids.len(), batch.ids.len());
        prop_assert!(batch.cols <= 8);
        for (row, text) in texts.iter().enumerate() {
            prop_assert_eq!(batch.totals[row], tokenizer.count(text).unwrap());
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(TextTokenizer::from_bytes(&bytes, limits(16)).is_err());
    }

    /// One character of a good file changed: an error, or a tokenizer that works.
    #[test]
    fn mutated_files_do_not_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), text in "[a-c很好 ]{0,20}") {
        let mut bytes = tokenizer_json().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(tokenizer) = TextTokenizer::from_bytes(&bytes, limits(16)) {
            let _ = tokenizer.encode(&[&text]);
        }
    }
}
