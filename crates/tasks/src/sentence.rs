//! What a folder of sentence-transformers says beside the model of how texts are taken and pooled; what comes after is `sentence_head`.

use kindling_inputs::token_limit;
use kindling_models::Pooling;
use serde::Deserialize;
use serde_json::Value;

use crate::TaskError;
use crate::encoder::EncoderFiles;
use crate::error::json;

const SENTENCE: &str = "sentence_bert_config.json";
const LIBRARY: &str = "config_sentence_transformers.json";

/// `1_Pooling/config.json`, the two modes that are known here: by name, or as older releases of the library wrote them.
#[derive(Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode: Option<String>,
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

/// How token vectors become one.
///
/// # Errors
/// [`TaskError::Json`].
pub(crate) fn pooling(files: &EncoderFiles) -> Result<Pooling, TaskError> {
    let Some(bytes) = &files.pooling else { return Ok(Pooling::Mean) };
    let file: PoolingFile = json("1_Pooling/config.json", bytes)?;
    match (file.pooling_mode.as_deref(), file.pooling_mode_cls_token, file.pooling_mode_mean_tokens) {
        (Some("cls"), ..) | (None, true, false) => Ok(Pooling::Cls),
        (Some("mean"), ..) | (None, false, true) => Ok(Pooling::Mean),
        _ => Err(TaskError::Json {
            file: "1_Pooling/config.json",
            reason: "neither the mean alone nor the first token alone".into(),
        }),
    }
}

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
