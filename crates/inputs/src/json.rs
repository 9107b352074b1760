//! A look at `tokenizer.json` before the tokenizer's own parser sees it.
//!
//! That parser panics on some malformed files; what makes it do so is refused here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::{InputError, charsmap};

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

/// Any value, parsed in full and kept nowhere. Unlike `IgnoredAny` it notices bad escapes and bad numbers.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

/// The few settings of `tokenizer.json` that the `tokenizers` crate keeps to itself.
#[derive(serde::Deserialize)]
pub(crate) struct Head {
    #[serde(default)]
    truncation: Option<Value>,
    #[serde(default)]
    normalizer: Option<Value>,
    #[serde(default)]
    pre_tokenizer: Option<Value>,
    #[serde(default)]
    post_processor: Option<Value>,
    model: HeadModel,
}

#[derive(serde::Deserialize)]
struct HeadModel {
    #[serde(default)]
    unk_token: Option<String>,
    #[serde(default)]
    unk_id: Option<u32>,
}

fn malformed(reason: impl ToString) -> InputError {
    InputError::TokenizerMalformed { reason: reason.to_string() }
}

impl Head {
    /// Reads the settings; vocabulary and merges are parsed, but not stored.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, InputError> {
        serde_json::from_slice::<Checked>(bytes).map_err(malformed)?;
        let head: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        for template in
            steps(head.post_processor.as_ref()).into_iter().filter(|step| is_type(step, &["TemplateProcessing"]))
        {
            check_template(template).map_err(malformed)?;
        }
        for value in [&head.normalizer, &head.pre_tokenizer].into_iter().flatten() {
            check_steps(value).map_err(malformed)?;
        }
        Ok(head)
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

    /// Several spaces, or those at the end, become fewer before anything is split: a cut inside of them would show.
    pub(crate) fn joins_spaces(&self) -> bool {
        steps(self.normalizer.as_ref()).iter().any(|step| is_type(step, &["Replace", "Strip"]))
    }

    /// Line breaks and tabs end words too.
    pub(crate) fn splits_lines(&self) -> bool {
        steps(self.pre_tokenizer.as_ref())
            .iter()
            .any(|step| is_type(step, &["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]))
    }
}

/// Refuses templates that would make the tokenizer panic or repeat a text: those that name a special token which is
/// not described, describe one with more ids than pieces, or have another place for the text than one.
fn check_template(template: &Value) -> Result<(), String> {
    let pieces = template.get("single").and_then(Value::as_array).ok_or("template without pieces")?;
    let texts = pieces.iter().filter_map(|piece| piece.get("Sequence")).collect::<Vec<_>>();
    if texts.len() != 1 || texts[0].get("id").and_then(Value::as_str) != Some("A") {
        return Err("template without exactly one place for the text".to_owned());
    }
    for special in pieces.iter().filter_map(|piece| piece.get("SpecialToken")) {
        let name = special.get("id").and_then(Value::as_str).unwrap_or_default();
        let described = template.get("special_tokens").and_then(|tokens| tokens.get(name));
        let count = |field: &str| described?.get(field)?.as_array().map(Vec::len);
        if count("ids").is_none() || count("ids") != count("tokens") {
            return Err(format!("template with special token {name:?} that is not described"));
        }
    }
    Ok(())
}

/// Walks all steps, nested ones included; the depth of the file bounds the recursion.
fn check_steps(value: &Value) -> Result<(), String> {
    match value {
        Value::Array(list) => list.iter().try_for_each(check_steps),
        Value::Object(fields) => {
            if is_type(value, &["Precompiled"]) {
                check_charsmap(value)?;
            }
            if is_type(value, &["FixedLength"]) && value.get("length").and_then(Value::as_u64) == Some(0) {
                return Err("pieces of a fixed length of 0".to_owned());
            }
            fields.values().try_for_each(check_steps)
        }
        _ => Ok(()),
    }
}

fn check_charsmap(step: &Value) -> Result<(), String> {
    let encoded = step.get("precompiled_charsmap").and_then(Value::as_str).ok_or("charsmap that is not a text")?;
    charsmap::check(encoded)
}

/// The step itself, or the steps of a `Sequence`; one level, as such files are written.
fn steps(value: Option<&Value>) -> Vec<&Value> {
    let Some(value) = value else { return Vec::new() };
    let list = ["normalizers", "pretokenizers", "processors"].iter().find_map(|name| value.get(name)?.as_array());
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
    use serde_json::json;

    #[test]
    fn brackets_inside_strings_do_not_count() {
        assert_eq!(check_depth(br#"{"a":"[[[[\"[[["}"#, 1), Ok(()));
        assert_eq!(check_depth(b"[[[]]]", 2), Err(InputError::TokenizerDepth { limit: 2 }));
        assert_eq!(check_depth(b"]]]][", 1), Ok(()));
    }

    #[test]
    fn everything_is_parsed() {
        let check = |text: &str| serde_json::from_str::<Checked>(text).is_ok();
        assert!(check(r#"{"a":[1,-2,0.5,true,null,"\u597d"],"b":{}}"#));
        for text in [r#"["\ud800"]"#, r#"{"\q":1}"#, "[1e999]", "[1,]", "{} {}"] {
            assert!(!check(text), "{text}");
        }
    }

    #[test]
    fn steps_inside_steps_are_looked_at() {
        let inside = |step: Value| check_steps(&json!([{"type": "Sequence", "normalizers": [step]}]));
        assert_eq!(inside(json!({"type": "Lowercase"})), Ok(()));
        assert!(inside(json!({"type": "Precompiled", "precompiled_charsmap": "AAAAAAAAAABhAA=="})).is_err());
        assert!(check_steps(&json!({"type": "FixedLength", "length": 0})).is_err());
    }
}
