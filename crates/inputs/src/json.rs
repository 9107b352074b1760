//! A look at `tokenizer.json` before the tokenizer's own parser sees it.

use serde::Deserialize;
use serde_json::Value;

use crate::InputError;

/// Refuses JSON that nests deeper than `limit` lists and objects.
///
/// A scan of bytes, not a parse: it allocates nothing and cannot recurse.
pub(crate) fn check_depth(bytes: &[u8], limit: usize) -> Result<(), InputError> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for &byte in bytes {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return Err(InputError::TokenizerDepth { limit });
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The few settings of `tokenizer.json` that the `tokenizers` crate keeps to itself.
#[derive(Deserialize)]
pub(crate) struct Head {
    #[serde(default)]
    truncation: Option<Value>,
    #[serde(default)]
    normalizer: Option<Value>,
    #[serde(default)]
    pre_tokenizer: Option<Value>,
    model: HeadModel,
}

#[derive(Deserialize)]
struct HeadModel {
    #[serde(default)]
    unk_token: Option<String>,
    #[serde(default)]
    unk_id: Option<u32>,
}

impl Head {
    /// Reads the settings; vocabulary and merges are skipped, not stored.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, InputError> {
        serde_json::from_slice(bytes).map_err(|error| InputError::TokenizerMalformed { reason: error.to_string() })
    }

    /// The file asks to drop tokens from the front instead of from the end.
    pub(crate) fn truncates_left(&self) -> bool {
        let direction = self.truncation.as_ref().and_then(|value| value.get("direction"));
        direction.and_then(Value::as_str) == Some("Left")
    }

    /// The unknown token by name (WordPiece, BPE, WordLevel).
    pub(crate) fn unknown_piece(&self) -> Option<&str> {
        self.model.unk_token.as_deref()
    }

    /// The unknown token by id (Unigram).
    pub(crate) fn unknown_id(&self) -> Option<u32> {
        self.model.unk_id
    }

    /// BERT's rule: every ideograph is a word of its own.
    pub(crate) fn splits_ideographs(&self) -> bool {
        steps(self.normalizer.as_ref()).iter().any(|step| {
            is_type(step, &["BertNormalizer"])
                && step.get("handle_chinese_chars").and_then(Value::as_bool) == Some(true)
        })
    }

    /// A space always ends a word, so that what follows cannot change the ids before it.
    pub(crate) fn splits_spaces(&self) -> bool {
        const SPLITTERS: &[&str] = &["BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Metaspace", "ByteLevel"];
        steps(self.pre_tokenizer.as_ref())
            .iter()
            .any(|step| is_type(step, SPLITTERS) && !is_off(step, "split") && !is_off(step, "use_regex"))
    }

    /// Line breaks and tabs end words too.
    pub(crate) fn splits_lines(&self) -> bool {
        steps(self.pre_tokenizer.as_ref())
            .iter()
            .any(|step| is_type(step, &["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]))
    }
}

/// The step itself, or the steps of a `Sequence`; one level, as such files are written.
fn steps(value: Option<&Value>) -> Vec<&Value> {
    let Some(value) = value else { return Vec::new() };
    let list = value.get("normalizers").or_else(|| value.get("pretokenizers")).and_then(Value::as_array);
    list.map_or_else(|| vec![value], |list| list.iter().collect())
}

fn is_type(step: &Value, names: &[&str]) -> bool {
    step.get("type").and_then(Value::as_str).is_some_and(|name| names.contains(&name))
}

fn is_off(step: &Value, field: &str) -> bool {
    step.get(field).and_then(Value::as_bool) == Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_inside_strings_do_not_count() {
        assert_eq!(check_depth(br#"{"a":"[[[[\"[[["}"#, 1), Ok(()));
        assert_eq!(check_depth(b"[[[]]]", 2), Err(InputError::TokenizerDepth { limit: 2 }));
        assert_eq!(check_depth(b"]]]][", 1), Ok(()));
    }
}
