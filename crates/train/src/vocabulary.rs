//! One Unigram vocabulary for English and Chinese: the teacher's own English pieces (so that their vectors can be kept),
//! Chinese characters and frequent words, and byte fall-back so that nothing is unknown.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Result, anyhow};
use serde_json::{Value, json};
use tokenizers::Tokenizer;

use crate::corpus::{Pair, Source};

/// How many pieces of each kind, beside special tokens and bytes.
pub struct Sizes {
    /// English pieces, by frequency.
    pub english: usize,
    /// Chinese characters, by frequency.
    pub characters: usize,
    /// Chinese words of 2 to 4 characters, by frequency.
    pub words: usize,
}

/// A piece, its log-probability, and the teacher's piece that it is, if it is one.
pub struct Piece {
    /// As it stands in `tokenizer.json`; a leading ▁ marks the start of a word.
    pub text: String,
    /// Natural logarithm of its share of the text.
    pub score: f64,
    /// Id in the teacher's vocabulary.
    pub teacher_id: Option<u32>,
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Wordnet gives many rare lemmas: a sentence counts more than a lemma.
fn weight(source: Source) -> f64 {
    match source {
        Source::Phrases => 4.0,
        Source::Tatoeba => 2.0,
        Source::Templates => 0.5,
        Source::Lemmas | Source::Glosses => 0.3,
    }
}

fn english_counts(pairs: &[Pair], teacher: &Tokenizer) -> Result<HashMap<u32, f64>> {
    let mut counts = HashMap::new();
    let texts: Vec<&str> = pairs.iter().map(|pair| pair.en.as_str()).collect();
    let encodings = teacher.encode_batch(texts, false).map_err(|error| anyhow!("teacher's tokenizer: {error}"))?;
    for (pair, encoding) in pairs.iter().zip(encodings) {
        for &id in encoding.get_ids() {
            *counts.entry(id).or_default() += weight(pair.source);
        }
    }
    Ok(counts)
}

/// Counts words by longest match against a lexicon, and characters both inside and outside of words.
fn chinese_counts(pairs: &[Pair]) -> (HashMap<String, f64>, HashMap<String, f64>) {
    let mut lexicon: HashSet<Vec<char>> = HashSet::new();
    for pair in pairs {
        let own = matches!(pair.source, Source::Lemmas | Source::Glosses | Source::Phrases);
        for run in pair.zh.split(|c| !is_chinese(c)).filter(|_| own) {
            let chars: Vec<char> = run.chars().collect();
            if (2..=4).contains(&chars.len()) {
                lexicon.insert(chars);
            }
        }
    }
    let (mut words, mut chars): (HashMap<String, f64>, HashMap<String, f64>) = Default::default();
    for pair in pairs {
        let share = weight(pair.source);
        for run in pair.zh.split(|c| !is_chinese(c)) {
            let run: Vec<char> = run.chars().collect();
            let mut at = 0;
            while at < run.len() {
                let longest = (2..=4.min(run.len() - at)).rev().find(|&n| lexicon.contains(&run[at..at + n]));
                let step = longest.unwrap_or(1);
                if longest.is_some() {
                    *words.entry(run[at..at + step].iter().collect()).or_default() += share;
                }
                for c in &run[at..at + step] {
                    // Characters inside a word count a little, so that words can also be taken apart.
                    *chars.entry(c.to_string()).or_default() += if step == 1 { share } else { 0.2 * share };
                }
                at += step;
            }
        }
    }
    (words, chars)
}

fn most_frequent<K: Clone + Ord>(counts: &HashMap<K, f64>, most: usize, least: f64) -> Vec<(K, f64)> {
    let mut all: Vec<(K, f64)> =
        counts.iter().filter(|(_, n)| **n >= least).map(|(key, n)| (key.clone(), *n)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(most);
    all
}

/// Chooses the pieces. Special tokens and bytes are not among them.
pub fn choose(pairs: &[Pair], teacher: &Tokenizer, sizes: &Sizes) -> Result<Vec<Piece>> {
    let english = english_counts(pairs, teacher)?;
    let (words, chars) = chinese_counts(pairs);
    let mut pieces: BTreeMap<String, (f64, Option<u32>)> = BTreeMap::new();
    for (id, count) in most_frequent(&english, sizes.english, 1.0) {
        let Some(piece) = teacher.id_to_token(id) else { continue };
        if piece.starts_with('[') || piece.chars().any(is_chinese) {
            continue;
        }
        let text = match piece.strip_prefix("##") {
            Some(rest) => rest.to_string(),
            // Punctuation is cut off by the pre-tokenizer and never starts a word.
            None if piece.chars().all(|c| !c.is_alphanumeric()) => piece.clone(),
            None => format!("▁{piece}"),
        };
        pieces.entry(text).or_insert((count, Some(id)));
    }
    for c in ('a'..='z').chain('0'..='9') {
        pieces.entry(format!("▁{c}")).or_insert((0.5, teacher.token_to_id(&c.to_string())));
        pieces.entry(c.to_string()).or_insert((0.5, teacher.token_to_id(&format!("##{c}"))));
    }
    for c in "。、·—…“”‘’《》「」～".chars() {
        pieces.entry(c.to_string()).or_insert((5.0, teacher.token_to_id(&c.to_string())));
    }
    pieces.entry("▁".into()).or_insert((1000.0, None));
    for (text, count) in
        most_frequent(&chars, sizes.characters, 0.2).into_iter().chain(most_frequent(&words, sizes.words, 2.0))
    {
        pieces.entry(text).or_insert((count, None));
    }
    let total: f64 = pieces.values().map(|(count, _)| count).sum();
    let piece = |(text, (count, teacher_id)): (String, (f64, Option<u32>))| Piece {
        text,
        score: (count / total).ln(),
        teacher_id,
    };
    Ok(pieces.into_iter().map(piece).collect())
}

/// Special tokens, in BERT's order; their ids are their places.
pub const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// `tokenizer.json`. With `words` false, Chinese words are made so unlikely that only characters are used.
pub fn tokenizer_json(pieces: &[Piece], words: bool) -> Value {
    let mut vocabulary: Vec<Value> = SPECIAL.iter().map(|name| json!([name, 0.0])).collect();
    // Bytes must be there, but never chosen while a piece fits.
    vocabulary.extend((0..256).map(|byte| json!([format!("<0x{byte:02X}>"), -20.0])));
    for piece in pieces {
        let word = piece.text.chars().count() > 1 && piece.text.chars().all(is_chinese);
        let score = if word && !words { -200.0 } else { piece.score };
        vocabulary.push(json!([piece.text, score]));
    }
    let special: Vec<Value> = SPECIAL
        .iter()
        .enumerate()
        .map(|(id, name)| json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}))
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": special,
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
            {"type": "Punctuation", "behavior": "Isolated"}]},
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
        "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]},
        "model": {"type": "Unigram", "unk_id": 1, "byte_fallback": true, "vocab": vocabulary}
    })
}
