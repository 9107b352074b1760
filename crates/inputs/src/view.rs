//! Tokens laid over the graphemes that a reader sees.

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::Row;

/// Graphemes that a view holds at most: a page cannot show a megabyte of boxes, and must not wait for them.
pub const MAX_VIEW_GRAPHEMES: usize = 8192;

/// How SentencePiece writes a space.
const SPACE: char = '\u{2581}';

/// One token, where it came from and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The id that the model sees.
    pub id: u32,
    /// The piece as the vocabulary writes it, such as `##ing`.
    pub piece: String,
    /// The part of the text that it stands for; empty for special tokens.
    pub text: String,
    /// Added by the template, such as `[CLS]`.
    pub special: bool,
    /// The unknown token: the vocabulary lacks this text.
    pub unknown: bool,
    /// First token of its word.
    pub word_start: bool,
    /// Start in the text, in UTF-16 units as JavaScript counts; 0 for special tokens.
    pub start: usize,
    /// End in the text, in UTF-16 units; 0 for special tokens.
    pub end: usize,
}

/// What a reader takes for one character, and the tokens that touch it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grapheme {
    /// The cluster whole: a joined emoji, a letter with its marks.
    pub text: String,
    /// Start in the text, in UTF-16 units.
    pub start: usize,
    /// End in the text, in UTF-16 units.
    pub end: usize,
    /// Indices into [`TokenView::tokens`]; empty for what the tokenizer drops, such as spaces, and for what was
    /// truncated.
    pub tokens: Vec<usize>,
}

/// What the model sees of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenView {
    /// The tokens kept, special ones included.
    pub tokens: Vec<Token>,
    /// The text by grapheme: all of it up to [`MAX_VIEW_GRAPHEMES`], the start of it beyond.
    pub graphemes: Vec<Grapheme>,
    /// Tokens before truncation, special ones included.
    pub total: usize,
    /// Tokens kept, special ones included.
    pub kept: usize,
    /// Whether tokens were dropped.
    pub truncated: bool,
}

/// Where each character of a text begins, in bytes and in UTF-16 units; one entry more for the end.
struct Offsets(Vec<(usize, usize)>);

impl Offsets {
    /// The first `characters` of the text are enough: no token reaches further.
    fn of(text: &str, characters: usize) -> Self {
        let (mut table, mut bytes, mut units) = (vec![(0, 0)], 0, 0);
        for character in text.chars().take(characters) {
            bytes += character.len_utf8();
            units += character.len_utf16();
            table.push((bytes, units));
        }
        Self(table)
    }

    fn at(&self, character: usize) -> (usize, usize) {
        self.0.get(character).or(self.0.last()).copied().unwrap_or_default()
    }
}

pub(crate) fn lay_out(text: &str, row: &Row, unknown: Option<u32>) -> TokenView {
    let tokens = tokens(text, row, unknown);
    let graphemes = graphemes(text, &tokens);
    let kept = tokens.len();
    TokenView { tokens, graphemes, total: row.total, kept, truncated: row.total > kept }
}

fn tokens(text: &str, row: &Row, unknown: Option<u32>) -> Vec<Token> {
    let encoding = &row.encoding;
    let reach = encoding.get_offsets().iter().map(|offsets| offsets.1).max().unwrap_or(0);
    let offsets = Offsets::of(text, reach);
    let mut last_word = None;
    (0..encoding.len())
        .map(|index| {
            let id = encoding.get_ids()[index];
            let special = encoding.get_special_tokens_mask()[index] == 1;
            let (from, to) = if special { (0, 0) } else { encoding.get_offsets()[index] };
            let ((from_byte, start), (to_byte, end)) = (offsets.at(from), offsets.at(to.max(from)));
            let piece = encoding.get_tokens()[index].clone();
            let whole = text.get(from_byte..to_byte).unwrap_or_default();
            let (dropped, part) = without_space(&piece, whole);
            let start = start + dropped.encode_utf16().count();
            let end = if part.is_empty() { start } else { end };
            let word = encoding.get_word_ids()[index];
            let word_start = !special && (word.is_none() || word != last_word);
            if !special && (!part.is_empty() || whole.is_empty()) {
                last_word = word;
            }
            Token {
                id,
                piece,
                text: part.to_owned(),
                special,
                unknown: !special && Some(id) == unknown,
                word_start,
                start,
                end,
            }
        })
        .collect()
}

/// What a piece drops of the text that it is said to stand for, and what it keeps.
///
/// SentencePiece writes a space as [`SPACE`] and puts one before each word. Where such a piece holds letters, the space before them belongs
/// to nobody; where the mark stands alone for no space of the text, it is laid over the next letter, which is another piece's.
fn without_space<'t>(piece: &str, text: &'t str) -> (&'t str, &'t str) {
    let letters = piece.trim_start_matches(SPACE);
    let part = text.trim_start();
    if letters.len() == piece.len() || (letters.is_empty() && (part.len() < text.len() || text.starts_with(SPACE))) {
        return ("", text);
    }
    if letters.is_empty() {
        return ("", "");
    }
    if part.is_empty() { ("", text) } else { text.split_at(text.len() - part.len()) }
}

/// Both lists run forward through the text, so that one pass over the tokens serves all graphemes.
fn graphemes(text: &str, tokens: &[Token]) -> Vec<Grapheme> {
    let mut spans: Vec<usize> = (0..tokens.len()).filter(|&index| tokens[index].end > tokens[index].start).collect();
    // Tokens come in order of the text; sorted all the same, since a normalizer may reorder marks.
    spans.sort_by_key(|&index| (tokens[index].start, index));
    let (mut first, mut start) = (0, 0);
    let mut graphemes = Vec::new();
    for cluster in text.graphemes(true).take(MAX_VIEW_GRAPHEMES) {
        let end = start + cluster.encode_utf16().count();
        while spans.get(first).is_some_and(|&index| tokens[index].end <= start) {
            first += 1;
        }
        let touching = spans[first..].iter().take_while(|&&index| tokens[index].start < end);
        let touching = touching.filter(|&&index| tokens[index].end > start).copied().collect();
        graphemes.push(Grapheme { text: cluster.to_owned(), start, end, tokens: touching });
        start = end;
    }
    graphemes
}
