//! XLM-RoBERTa with its Unigram tokenizer, and RoBERTa with its byte pairs.

use burn::tensor::Device;
use kindling_inputs::{Limits, TextTokenizer};
use kindling_tasks::Encoder;
use kindling_tests::{encoder_files, fixture};
use pollster::block_on;

use crate::{STATES, prefixed, texts_agree, within};

#[test]
fn the_tiny_checkpoints_agree_layer_by_layer() {
    for name in ["xlm-roberta-tiny", "xlm-roberta-tiny-f16", "xlm-roberta-tiny-bf16", "roberta-tiny"] {
        within(&fixture(name), 1e-5, &STATES);
    }
}

#[test]
fn ids_and_vectors_of_odd_texts_agree() {
    let encoder = texts_agree(&fixture("xlm-roberta-tiny"), "xlm-roberta");
    // 66 rows of places, the first two of them padding's and the one before.
    assert_eq!(encoder.info().max_tokens, 64);
    assert_eq!(encoder.tokenizer().pad_id(), 1);
    texts_agree(&fixture("roberta-tiny"), "roberta");
}

#[test]
fn a_model_inside_one_with_a_head_is_found() {
    let texts = ["The lamp is warm", "好"];
    let vectors = |encoder: Encoder| block_on(encoder.embed(&texts)).expect("vectors").vectors;
    let dir = fixture("xlm-roberta-tiny");
    let plain = Encoder::load(encoder_files(&dir), &Device::flex()).expect("model");
    assert_eq!(vectors(prefixed(&dir, "roberta.")), vectors(plain));
}

/// Padding stands at a place of its own, so that it cannot shift the others: a text alone and beside a longer one.
#[test]
fn padding_moves_no_token() {
    let encoder = texts_agree(&fixture("xlm-roberta-tiny"), "xlm-roberta");
    let (short, long) = ("good", "a very long text beside it, with many more tokens than one");
    let alone = block_on(encoder.embed(&[short])).expect("vectors").vectors;
    let beside = block_on(encoder.embed(&[short, long])).expect("vectors").vectors;
    let largest = alone.iter().zip(&beside).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest <= 1e-6, "largest difference {largest:.2e}");
}

/// The pieces of a text and what a reader sees each stand for.
fn laid_over(tokenizer: &TextTokenizer, text: &str) -> Vec<(String, String, bool)> {
    let view = tokenizer.view(text).expect("view");
    let graphemes: String = view.graphemes.iter().map(|grapheme| grapheme.text.as_str()).collect();
    assert_eq!(graphemes, text, "the text is whole");
    for token in view.tokens.iter().filter(|token| !token.special) {
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(String::from_utf16_lossy(&units[token.start..token.end]), token.text);
    }
    view.tokens.into_iter().filter(|t| !t.special).map(|t| (t.piece, t.text, t.word_start)).collect()
}

/// The tokenizer's file with another way from spaces to marks.
fn changed(change: impl Fn(&mut serde_json::Value)) -> TextTokenizer {
    let bytes = std::fs::read(fixture("xlm-roberta-tiny/tokenizer.json")).expect("tokenizer.json");
    let mut json: serde_json::Value = serde_json::from_slice(&bytes).expect("json");
    change(&mut json);
    let limits = Limits { vocabulary: 220, max_tokens: 64 };
    TextTokenizer::from_bytes(json.to_string().as_bytes(), limits).expect("tokenizer")
}

#[test]
fn marks_of_spaces_take_no_letter_from_the_reader() {
    let text = "好 the  good ﬁne";
    let row = |piece: &str, text: &str, start| (piece.to_owned(), text.to_owned(), start);
    let expected = [
        row("▁", "", true), // before a text that does not begin with a space
        row("好", "好", true),
        row("▁th", "th", true),
        row("e", "e", false),
        row("▁g", "g", true),
        row("o", "o", false),
        row("od", "od", false),
        row("▁f", "ﬁ", true),
        row("i", "ﬁ", false),
        row("n", "n", false),
        row("e", "e", false),
    ];
    assert_eq!(laid_over(&changed(|_| ()), text), expected);
    // Where spaces become marks instead of being dropped, the same letters are seen, and the second space is a piece of its own.
    let marks = changed(|json| json["pre_tokenizer"] = json["pre_tokenizer"]["pretokenizers"][1].clone());
    let mut laid = laid_over(&marks, text);
    assert_eq!(laid.remove(4), row("▁", " ", true));
    assert_eq!(laid, expected);
}

#[test]
fn a_long_text_counts_as_the_sum_of_its_lines() {
    let joined = changed(|json| {
        let charsmap = json["normalizer"].clone();
        let replace = serde_json::json!({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"});
        let strip = serde_json::json!({"type": "Strip", "strip_left": false, "strip_right": true});
        json["normalizer"] = serde_json::json!({"type": "Sequence", "normalizers": [charsmap, strip, replace]});
        json["pre_tokenizer"] = json["pre_tokenizer"]["pretokenizers"][1].clone();
    });
    for tokenizer in [changed(|_| ()), joined] {
        let line = "the     good   lamp 好  ";
        let one = tokenizer.count(line).expect("count") - 2;
        let lines = 20_000;
        assert_eq!(tokenizer.count(&line.repeat(lines)).expect("count"), lines * one + 2);
    }
}
