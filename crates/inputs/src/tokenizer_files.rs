//! The files of a tokenizer as folders have them: `tokenizer.json`, or older ones from which the same is made.

use std::borrow::Cow;

use crate::tokenizer_config::{ADDED, CONFIG, SPECIAL, file_error};
use crate::{
    InputError, Limits, TextTokenizer, TokenizerConfig, bert_tokenizer_json, bpe_tokenizer, clip_tokenizer_json,
    roberta_tokenizer_json, wordpiece,
};

const WHOLE: &str = "tokenizer.json";
/// Rows of an embedding that no piece may have: they are often filled up to a round number, but not by more.
const MOST_SPARE_ROWS: usize = 1024;

/// What a folder has of a tokenizer, as bytes.
#[derive(Debug, Clone, Default)]
pub struct TokenizerFiles {
    /// `tokenizer.json`; without it the others are read
    pub json: Option<Vec<u8>>,
    /// `vocab.txt` of BERT and its kin
    pub vocab_txt: Option<Vec<u8>>,
    /// `vocab.json` of CLIP and RoBERTa
    pub vocab_json: Option<Vec<u8>>,
    /// `merges.txt`, beside it
    pub merges: Option<Vec<u8>>,
    /// `tokenizer_config.json`
    pub config: Option<Vec<u8>>,
    /// `special_tokens_map.json`
    pub special_tokens: Option<Vec<u8>>,
    /// `added_tokens.json`
    pub added_tokens: Option<Vec<u8>>,
}

impl From<Vec<u8>> for TokenizerFiles {
    /// `tokenizer.json` alone.
    fn from(json: Vec<u8>) -> Self {
        Self { json: Some(json), ..Self::default() }
    }
}

/// How a tokenizer is made where `tokenizer.json` is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// `vocab.txt`
    Bert,
    /// `vocab.json` and `merges.txt`
    Roberta,
    /// `vocab.json` and `merges.txt`
    Clip,
}

impl TokenizerFiles {
    /// The files that there are, by their names on a hub. `vocab.txt` and its like are not asked for beside
    /// `tokenizer.json`.
    pub fn read(mut file: impl FnMut(&str) -> Option<Vec<u8>>) -> Self {
        let json = file(WHOLE);
        let mut instead = |name: &str| json.is_none().then(|| file(name)).flatten();
        let (vocab_txt, vocab_json) = (instead(wordpiece::VOCAB), instead(bpe_tokenizer::VOCAB));
        let (merges, special_tokens) = (instead(bpe_tokenizer::MERGES), instead(SPECIAL));
        let added_tokens = instead(ADDED);
        Self { json, vocab_txt, vocab_json, merges, config: file(CONFIG), special_tokens, added_tokens }
    }

    /// What `tokenizer_config.json` and the files beside it say.
    ///
    /// # Errors
    /// [`InputError::TokenizerFile`], which names the file.
    pub fn about(&self) -> Result<TokenizerConfig, InputError> {
        let [config, special, added] = [&self.config, &self.special_tokens, &self.added_tokens].map(Option::as_deref);
        TokenizerConfig::from_files(config, special, added)
    }

    /// The tokenizer of a model of this `model_type`. A class that `tokenizer_config.json` names wins over it, and so does
    /// `class`, which is what `config.json` names.
    ///
    /// # Errors
    /// [`InputError::TokenizerFile`] with the file that is missing or cannot be followed; those of
    /// [`TextTokenizer::from_bytes`].
    pub fn tokenizer(
        &self,
        model_type: &str,
        class: Option<&str>,
        limits: Limits,
    ) -> Result<TextTokenizer, InputError> {
        let (json, file) = self.json(model_type, class)?;
        let tokenizer = TextTokenizer::from_bytes(&json, limits)?;
        let pieces = tokenizer.vocabulary();
        match file {
            Some(file) if pieces.saturating_add(MOST_SPARE_ROWS) < limits.vocabulary => {
                let reason = format!("{pieces} pieces for a model with {} of them: cut off?", limits.vocabulary);
                Err(file_error(file, reason))
            }
            _ => Ok(tokenizer),
        }
    }

    /// `tokenizer.json` as it is, or what stands for it and the file that its pieces are from.
    fn json(&self, model_type: &str, class: Option<&str>) -> Result<(Cow<'_, [u8]>, Option<&'static str>), InputError> {
        if let Some(json) = &self.json {
            return Ok((Cow::Borrowed(json), None));
        }
        let about = self.about()?;
        let family = family(model_type, about.class().or(class))?;
        let missing = |instead: &str| file_error(WHOLE, format!("missing, and no {instead} to make it from"));
        let (made, file) = match (family, &self.vocab_txt, &self.vocab_json, &self.merges) {
            (Family::Bert, Some(vocab), ..) => (bert_tokenizer_json(vocab, &about)?, wordpiece::VOCAB),
            (Family::Bert, None, ..) => return Err(missing("vocab.txt")),
            (Family::Clip, _, Some(vocab), Some(merges)) => {
                (clip_tokenizer_json(vocab, merges, &about)?, bpe_tokenizer::VOCAB)
            }
            (Family::Roberta, _, Some(vocab), Some(merges)) => {
                (roberta_tokenizer_json(vocab, merges, &about)?, bpe_tokenizer::VOCAB)
            }
            _ => return Err(missing("vocab.json with merges.txt")),
        };
        Ok((Cow::Owned(made), Some(file)))
    }
}

/// By `tokenizer_class` where it says anything, else by `model_type`.
fn family(model_type: &str, class: Option<&str>) -> Result<Family, InputError> {
    match class.map(|class| class.strip_suffix("Fast").unwrap_or(class)) {
        Some("BertTokenizer" | "DistilBertTokenizer") => return Ok(Family::Bert),
        Some("RobertaTokenizer") => return Ok(Family::Roberta),
        Some("CLIPTokenizer") => return Ok(Family::Clip),
        // Names for any tokenizer whatever.
        None | Some("PreTrainedTokenizer" | "TokenizersBackend") => {}
        Some(other) => {
            return Err(file_error(WHOLE, format!("missing, and a {other} is not made from other files")));
        }
    }
    match model_type {
        "bert" | "distilbert" | "chinese_clip" => Ok(Family::Bert),
        "roberta" => Ok(Family::Roberta),
        "clip" => Ok(Family::Clip),
        other => Err(file_error(WHOLE, format!("missing, and that of {other} is not made from other files"))),
    }
}
