//! Byte-pair encoding for folders without `tokenizer.json`, from `vocab.json`, `merges.txt` and what the files beside
//! them say about special tokens: CLIP's, as Stable Diffusion checkpoints have it, and RoBERTa's.
//!
//! Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016; the steps
//! around it as `CLIPTokenizer` and `RobertaTokenizer` of the reference library take them.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::InputError;
use crate::tokenizer_config::{
    CLIP_END, CLIP_START, TokenizerConfig, check_size, file_error, template, text_piece, token_piece, without_mark,
};

/// Bytes of `vocab.json`, of `vocab.txt` and of `merges.txt` at most; CLIP's have 1.1 MB and 0.5 MB.
pub const MAX_BPE_BYTES: usize = 8 << 20;

pub(crate) const VOCAB: &str = "vocab.json";
pub(crate) const MERGES: &str = "merges.txt";
/// Ends each word, so that `cat` in `cats` is another piece than `cat` alone.
const WORD_END: &str = "</w>";
/// Special tokens, single letters after an apostrophe, words, single digits, all else.
const WORDS: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// The equivalent `tokenizer.json`, for [`crate::TextTokenizer::from_bytes`].
///
/// # Errors
/// [`InputError::TokenizerFile`], which names the file.
pub fn clip_tokenizer_json(vocab: &[u8], merges: &[u8], config: &TokenizerConfig) -> Result<Vec<u8>, InputError> {
    let mut vocab = read_vocab(vocab)?;
    let merges = read_merges(merges, &vocab)?;
    let (start, end) = (config.token("bos_token", CLIP_START), config.token("eos_token", CLIP_END));
    let (unknown, pad) = (config.token("unk_token", CLIP_END), config.token("pad_token", CLIP_END));
    let special_tokens = config.place(&mut vocab, VOCAB, &[&start, &end, &unknown], &pad, &[])?;
    let (start, end) = (&start.content, &end.content);
    let single = [token_piece(start, 0), text_piece("A", 0), token_piece(end, 0)];
    let pair = [text_piece("A", 0), text_piece("B", 0)];
    let file = json!({
        "version": "1.0",
        "truncation": config.truncation(),
        "padding": config.padding(&pad, &vocab),
        "added_tokens": special_tokens,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
            {"type": "Lowercase"},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Removed", "invert": true},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        ]},
        "post_processor": template(&single, &pair, [start, end], &vocab),
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": model(Some(&unknown.content), WORD_END, &vocab, &merges),
    });
    serde_json::to_vec(&file).map_err(|error| file_error(VOCAB, error))
}

/// The same of RoBERTa's kind: words keep the space before them, nothing is lower-cased, and no byte is unknown.
///
/// # Errors
/// [`InputError::TokenizerFile`], which names the file.
pub fn roberta_tokenizer_json(vocab: &[u8], merges: &[u8], config: &TokenizerConfig) -> Result<Vec<u8>, InputError> {
    let mut vocab = read_vocab(vocab)?;
    let merges = read_merges(merges, &vocab)?;
    let (start, end) = (config.token("cls_token", "<s>"), config.token("sep_token", "</s>"));
    let (bos, eos) = (config.token("bos_token", "<s>"), config.token("eos_token", "</s>"));
    let (unknown, pad) = (config.token("unk_token", "<unk>"), config.token("pad_token", "<pad>"));
    let mask = config.token("mask_token", "<mask>");
    let special_tokens = config.place(&mut vocab, VOCAB, &[&start, &end], &pad, &[&bos, &eos, &unknown, &mask])?;
    let prefix = config.switch("add_prefix_space")?.unwrap_or(false);
    let trim = config.switch("trim_offsets")?.unwrap_or(true);
    let file = json!({
        "version": "1.0",
        "truncation": config.truncation(),
        "padding": config.padding(&pad, &vocab),
        "added_tokens": special_tokens,
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": true},
        "post_processor": {
            "type": "RobertaProcessing", "trim_offsets": trim, "add_prefix_space": prefix,
            "sep": [end.content, vocab.get(&end.content)], "cls": [start.content, vocab.get(&start.content)],
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": model(None, "", &vocab, &merges),
    });
    serde_json::to_vec(&file).map_err(|error| file_error(VOCAB, error))
}

fn model(unknown: Option<&str>, word_end: &str, vocab: &HashMap<String, u32>, merges: &[[&str; 2]]) -> Value {
    json!({
        "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": "",
        "end_of_word_suffix": word_end, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": vocab, "merges": merges,
    })
}

fn read_vocab(bytes: &[u8]) -> Result<HashMap<String, u32>, InputError> {
    check_size(VOCAB, bytes, MAX_BPE_BYTES)?;
    serde_json::from_slice(without_mark(bytes)).map_err(|error| file_error(VOCAB, error))
}

/// One pair of pieces a line, the most frequent first; each, and what they join to, has an id.
fn read_merges<'m>(bytes: &'m [u8], vocab: &HashMap<String, u32>) -> Result<Vec<[&'m str; 2]>, InputError> {
    check_size(MERGES, bytes, MAX_BPE_BYTES)?;
    let text = std::str::from_utf8(without_mark(bytes)).map_err(|_| file_error(MERGES, "not UTF-8"))?;
    let mut merges = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with("#version") {
            continue;
        }
        let wrong = |reason: String| file_error(MERGES, format!("line {}: {reason}", index + 1));
        let Some((left, right)) = line.split_once(' ').filter(|(_, right)| !right.contains(' ')) else {
            return Err(wrong("not two pieces with a space between them".to_owned()));
        };
        let joined = [left, right].concat();
        if let Some(piece) = [left, right, &joined].into_iter().find(|&piece| !vocab.contains_key(piece)) {
            return Err(wrong(format!("piece {piece:?} without an id in {VOCAB}")));
        }
        merges.push([left, right]);
    }
    Ok(merges)
}
