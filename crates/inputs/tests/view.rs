//! Tokens over graphemes.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::tokenizer;
use kindling_inputs::{MAX_VIEW_GRAPHEMES, TokenView};
use proptest::prelude::*;

fn graphemes(view: &TokenView) -> Vec<(&str, &[usize])> {
    view.graphemes.iter().map(|grapheme| (grapheme.text.as_str(), grapheme.tokens.as_slice())).collect()
}

#[test]
fn pieces_lie_over_their_letters() {
    let view = tokenizer(16).view("Unbelievable 很x").unwrap();
    let pieces: Vec<_> =
        view.tokens.iter().map(|token| (token.piece.as_str(), token.text.as_str(), token.start, token.end)).collect();
    assert_eq!(
        pieces,
        [
            ("[CLS]", "", 0, 0),
            ("un", "Un", 0, 2),
            ("##believ", "believ", 2, 8),
            ("##able", "able", 8, 12),
            ("很", "很", 13, 14),
            ("[UNK]", "x", 14, 15),
            ("[SEP]", "", 0, 0),
        ]
    );
    let flags: Vec<_> = view.tokens.iter().map(|token| (token.special, token.unknown, token.word_start)).collect();
    let (special, word, rest, unknown) =
        ((true, false, false), (false, false, true), (false, false, false), (false, true, true));
    assert_eq!(flags, [special, word, rest, rest, word, unknown, special]);
    assert_eq!((view.total, view.kept, view.truncated), (7, 7, false));
    let laid = graphemes(&view);
    assert_eq!(laid[0], ("U", [1].as_slice()));
    assert_eq!(laid[2], ("b", [2].as_slice()));
    assert_eq!(laid[12], (" ", [].as_slice()));
    assert_eq!(laid[13], ("很", [4].as_slice()));
}

#[test]
fn offsets_count_as_javascript_does() {
    let view = tokenizer(16).view("😀 a").unwrap();
    assert_eq!((view.tokens[2].text.as_str(), view.tokens[2].start, view.tokens[2].end), ("a", 3, 4));
    assert_eq!((view.graphemes[2].start, view.graphemes[2].end), (3, 4));
}

#[test]
fn joined_emoji_and_marks_stay_whole() {
    for cluster in ["👩\u{200d}👩\u{200d}👧", "e\u{301}", "🇨🇳", "👍🏽", "❤\u{fe0f}", "ก็", "각"]
    {
        let text = format!("a{cluster}b");
        let view = tokenizer(16).view(&text).unwrap();
        let texts: Vec<_> = view.graphemes.iter().map(|grapheme| grapheme.text.as_str()).collect();
        assert_eq!(texts, ["a", cluster, "b"]);
        assert!(!view.graphemes[1].tokens.is_empty(), "{cluster}");
    }
}

#[test]
fn dropped_characters_have_no_tokens() {
    let view = tokenizer(16).view("a\0\u{200b}b").unwrap();
    let laid = graphemes(&view);
    assert_eq!(laid.iter().map(|(text, _)| *text).collect::<String>(), "a\0\u{200b}b");
    assert!(laid.iter().any(|(_, tokens)| tokens.is_empty()) || view.tokens.len() == 3);
    let empty = tokenizer(16).view("").unwrap();
    assert_eq!((empty.tokens.len(), empty.graphemes.len(), empty.total), (2, 0, 2));
}

#[test]
fn truncation_is_said_in_tokens() {
    let view = tokenizer(5).view("很好看很好看").unwrap();
    assert_eq!((view.total, view.kept, view.truncated), (8, 5, true));
    assert_eq!(view.graphemes.len(), 6);
    assert_eq!(graphemes(&view)[2].1, [3]);
    assert_eq!(graphemes(&view)[3].1, [] as [usize; 0]);
}

#[test]
fn a_view_of_a_megabyte_stays_small() {
    let text = "很好看！the screen is good. ".repeat(40_000);
    let view = tokenizer(256).view(&text).unwrap();
    assert_eq!(view.graphemes.len(), MAX_VIEW_GRAPHEMES);
    assert_eq!(view.kept, 256);
    assert_eq!(view.total, 40_000 * 9 + 2);
}

fn check(text: &str) {
    let view = tokenizer(12).view(text).unwrap();
    let units = text.encode_utf16().count();
    let joined: String = view.graphemes.iter().map(|grapheme| grapheme.text.as_str()).collect();
    assert_eq!(joined, text);
    let mut end = 0;
    for grapheme in &view.graphemes {
        assert_eq!(grapheme.start, end);
        end = grapheme.end;
        assert_eq!(grapheme.end - grapheme.start, grapheme.text.encode_utf16().count());
        for &index in &grapheme.tokens {
            let token = &view.tokens[index];
            assert!(!token.special && token.start < grapheme.end && token.end > grapheme.start);
        }
    }
    assert_eq!(end, units);
    let wide: Vec<u16> = text.encode_utf16().collect();
    for (index, token) in view.tokens.iter().enumerate() {
        assert!(token.start <= token.end && token.end <= units);
        assert_eq!(String::from_utf16(&wide[token.start..token.end]).unwrap(), token.text);
        let covers = view.graphemes.iter().any(|grapheme| grapheme.tokens.contains(&index));
        assert_eq!(covers, token.end > token.start);
    }
    assert_eq!(view.kept, view.tokens.len());
    assert_eq!(view.truncated, view.total > view.kept);
}

proptest! {
    #[test]
    fn any_text_is_laid_out(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn texts_of_clusters_are_laid_out(parts in prop::collection::vec(prop::sample::select(vec![
        "a", "the", " ", "很", "好", "👩\u{200d}👩\u{200d}👧", "👍🏽", "e\u{301}", "\u{200d}", "\u{fe0f}", "\u{200b}", "\0", "\r\n", "🇨🇳", "שלום", "\u{202e}", "é", "İ", "ß", "[MASK]", "'", "ﬁ", "각",
    ]), 0..12)) {
        check(&parts.concat());
    }
}
