//! What a folder of sentence-transformers says beside the model of how texts are taken; what comes after is in `sentence_pooling` and
//! `sentence_head`.

use kindling_inputs::token_limit;
use serde_json::Value;

use crate::TaskError;
use crate::encoder::EncoderFiles;
use crate::error::json;

const SENTENCE: &str = "sentence_bert_config.json";
const LIBRARY: &str = "config_sentence_transformers.json";

/// What is said of a text before it is read.
pub(crate) struct Texts {
    /// Tokens at most, special ones included, as far as the files limit them.
    pub most_tokens: usize,
    /// Whether every text is lower-cased first.
    pub lower_cased: bool,
}

/// How texts are taken. As in the library (6.2), its own file wins over the tokenizer's, and there what is said to the
/// tokenizer over what is said to the module; it is the caller who knows how many positions there are.
///
/// # Errors
/// [`TaskError::Json`] for a limit that is none; what [`kindling_inputs::TokenizerFiles::about`] refuses.
pub(crate) fn texts(files: &EncoderFiles) -> Result<Texts, TaskError> {
    let read = |file, bytes: &Option<Vec<u8>>| bytes.as_deref().map(|bytes| json::<Value>(file, bytes)).transpose();
    let (own, library) = (read(SENTENCE, &files.sentence)?, read(LIBRARY, &files.sentence_transformers)?);
    let said = [
        (SENTENCE, own.as_ref().and_then(|file| file.get("processor_kwargs")?.get("model_max_length"))),
        (SENTENCE, own.as_ref().and_then(|file| file.get("tokenizer_args")?.get("model_max_length"))),
        (SENTENCE, own.as_ref().and_then(|file| file.get("max_seq_length"))),
        (LIBRARY, library.as_ref().and_then(|file| file.get("max_seq_length"))),
    ];
    let limit = |(file, value): (_, Option<&Value>)| {
        let value = value.filter(|value| !value.is_null())?;
        Some(token_limit(value).ok_or_else(|| TaskError::Json { file, reason: format!("a limit of {value} tokens") }))
    };
    let most_tokens = match said.into_iter().find_map(limit) {
        Some(most) => most?,
        None => files.tokenizer.about()?.max_length().unwrap_or(usize::MAX),
    };
    let lower_cased = own.as_ref().and_then(|file| file.get("do_lower_case")?.as_bool()).unwrap_or(false);
    Ok(Texts { most_tokens, lower_cased })
}
