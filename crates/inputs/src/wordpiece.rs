//! BERT's tokenizer for folders without `tokenizer.json`, from `vocab.txt` and what the files beside it say.
//!
//! Source: Wu et al., "Google's neural machine translation system", 2016 (WordPiece); the steps around it as
//! `BertTokenizer` of the reference library takes them.

use std::collections::HashMap;

use serde_json::json;

use crate::tokenizer_config::{
    CONFIG, TokenizerConfig, check_size, file_error, template, text_piece, token_piece, without_mark,
};
use crate::{InputError, MAX_BPE_BYTES};

pub(crate) const VOCAB: &str = "vocab.txt";

/// The equivalent `tokenizer.json`, for [`crate::TextTokenizer::from_bytes`]. Where nothing is said, all is lower-cased,
/// accents go, and every ideograph is a word, as for the reference's `BertTokenizer`.
///
/// # Errors
/// [`InputError::TokenizerFile`], which names the file.
pub fn bert_tokenizer_json(vocab: &[u8], config: &TokenizerConfig) -> Result<Vec<u8>, InputError> {
    let mut vocab = read_vocab(vocab)?;
    let (start, end) = (config.token("cls_token", "[CLS]"), config.token("sep_token", "[SEP]"));
    let (unknown, pad) = (config.token("unk_token", "[UNK]"), config.token("pad_token", "[PAD]"));
    let mask = config.token("mask_token", "[MASK]");
    let special_tokens = config.place(&mut vocab, VOCAB, &[&unknown, &start, &end], &pad, &[&mask])?;
    if config.switch("do_basic_tokenize")? == Some(false) {
        // The reference's releases differ in what they make of it.
        return Err(file_error(CONFIG, "\"do_basic_tokenize\" that is false, which needs tokenizer.json"));
    }
    let (start, end) = (&start.content, &end.content);
    let single = [token_piece(start, 0), text_piece("A", 0), token_piece(end, 0)];
    let pair = [&single[..], &[text_piece("B", 1), token_piece(end, 1)]].concat();
    let file = json!({
        "version": "1.0",
        "truncation": config.truncation(),
        "padding": config.padding(&pad, &vocab),
        "added_tokens": special_tokens,
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true,
            "handle_chinese_chars": config.switch("tokenize_chinese_chars")?.unwrap_or(true),
            "strip_accents": config.switch("strip_accents")?,
            "lowercase": config.switch("do_lower_case")?.unwrap_or(true),
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": template(&single, &pair, [start, end], &vocab),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": unknown.content, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab,
        },
    });
    serde_json::to_vec(&file).map_err(|error| file_error(VOCAB, error))
}

/// One piece a line, which is its id; of two like lines the later counts, as in the reference. Lines end as Python reads
/// them: `\n`, `\r\n` or `\r`.
fn read_vocab(bytes: &[u8]) -> Result<HashMap<String, u32>, InputError> {
    check_size(VOCAB, bytes, MAX_BPE_BYTES)?;
    let text = std::str::from_utf8(without_mark(bytes)).map_err(|_| file_error(VOCAB, "not UTF-8"))?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    // The limit on bytes bounds the ids.
    Ok(text.split('\n').zip(0..).map(|(piece, id)| (piece.to_owned(), id)).collect())
}

#[cfg(test)]
mod tests {
    use super::read_vocab;

    #[test]
    fn lines_are_ids_however_they_end() {
        let plain = read_vocab(b"[PAD]\na\n##b\na\n").expect("a vocabulary");
        assert_eq!(plain.get("a"), Some(&3));
        assert_eq!((plain.len(), plain.get("##b")), (3, Some(&2)));
        for other in ["[PAD]\r\na\r\n##b\r\na\r\n", "\u{feff}[PAD]\na\n##b\na", "[PAD]\ra\r##b\ra\r"] {
            assert_eq!(read_vocab(other.as_bytes()).expect("a vocabulary"), plain, "{other:?}");
        }
        assert!(read_vocab(b"[PAD]\n\xff\n").is_err());
    }
}
