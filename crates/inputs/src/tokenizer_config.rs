//! What lies beside a vocabulary: `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json`.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::json::check_depth;
use crate::{InputError, MAX_TOKENIZER_DEPTH};

/// Bytes of `tokenizer_config.json`, of `special_tokens_map.json` and of `added_tokens.json` at most.
pub const MAX_TOKENIZER_CONFIG_BYTES: usize = 1 << 20;

pub(crate) const CONFIG: &str = "tokenizer_config.json";
pub(crate) const SPECIAL: &str = "special_tokens_map.json";
pub(crate) const ADDED: &str = "added_tokens.json";
/// What CLIP takes for the start of a text and, for all else, where nothing is said.
pub(crate) const CLIP_START: &str = "<|startoftext|>";
pub(crate) const CLIP_END: &str = "<|endoftext|>";
/// The reference writes the largest number that it knows where no length was given.
const MOST_TOKENS: u64 = 1 << 20;

/// A special token, and how it is found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Special {
    pub content: String,
    /// The switches of `tokenizer.json`: `lstrip`, `normalized`, `rstrip`, `single_word`.
    switches: [bool; 4],
}

impl Special {
    const SWITCHES: [&str; 4] = ["lstrip", "normalized", "rstrip", "single_word"];

    fn plain(content: &str) -> Self {
        Self { content: content.to_owned(), switches: [false; 4] }
    }

    /// A name, or an object with the name as `content`. What is no special token is ignored.
    fn read(value: &Value) -> Option<Self> {
        if let Some(content) = value.as_str() {
            return Some(Self::plain(content));
        }
        let content = value.get("content")?.as_str()?.to_owned();
        let switches = Self::SWITCHES.map(|name| value.get(name).and_then(Value::as_bool).unwrap_or(false));
        Some(Self { content, switches })
    }
}

/// A token with an id of its own, whatever the vocabulary says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Added {
    id: u32,
    token: Special,
    special: bool,
}

/// What the files beside a vocabulary say; each family of tokenizers has its own values where they say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenizerConfig {
    settings: Map<String, Value>,
    /// `cls_token` and its like, by these names.
    named: HashMap<String, Special>,
    /// `additional_special_tokens`, since the fifth major release `extra_special_tokens`.
    extra: Vec<Special>,
    /// `added_tokens_decoder`, else `added_tokens.json`; by id.
    added: Vec<Added>,
    max_length: Option<usize>,
}

impl TokenizerConfig {
    /// Reads `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` of a folder that has them. As in the reference, the
    /// second wins over the first, unless the first lists all added tokens; the third is where older releases kept that list.
    ///
    /// # Errors
    /// [`InputError::TokenizerFile`], which names the file.
    pub fn from_files(
        config: Option<&[u8]>,
        special_tokens: Option<&[u8]>,
        added_tokens: Option<&[u8]>,
    ) -> Result<Self, InputError> {
        let read = |file: &str, bytes: Option<&[u8]>| bytes.map_or_else(|| Ok(Map::new()), |bytes| object(file, bytes));
        let (settings, special) = (read(CONFIG, config)?, read(SPECIAL, special_tokens)?);
        let legacy = read(ADDED, added_tokens)?;
        let listed = settings.get("added_tokens_decoder").and_then(Value::as_object);
        // Later entries win.
        let files: &[&Map<String, Value>] = if listed.is_some() { &[&settings] } else { &[&settings, &special] };
        let (mut named, mut extra) = (HashMap::new(), Vec::new());
        for (name, value) in files.iter().copied().flatten() {
            if let Some(token) = name.ends_with("_token").then(|| Special::read(value)).flatten() {
                named.insert(name.clone(), token);
            } else if let Some(list) = value.as_array().filter(|_| name.ends_with("_special_tokens")) {
                extra = list.iter().filter_map(Special::read).collect();
            }
        }
        let added = match listed {
            Some(listed) => read_added(CONFIG, listed, "a name", decoded)?,
            None => {
                let special: HashSet<&str> = named.values().chain(&extra).map(|token| token.content.as_str()).collect();
                read_added(ADDED, &legacy, "an id", |content, id| encoded(content, id, special.contains(content)))?
            }
        };
        let max_length = max_length(&settings)?;
        Ok(Self { settings, named, extra, added, max_length })
    }

    /// `model_max_length`: tokens in a row, special ones included, where the file limits them.
    pub fn max_length(&self) -> Option<usize> {
        self.max_length
    }

    /// `tokenizer_class`
    pub fn class(&self) -> Option<&str> {
        self.settings.get("tokenizer_class")?.as_str()
    }

    /// CLIP's token that fills short rows: `<|endoftext|>` for most checkpoints, `!` for those of the second generation.
    pub fn pad_token(&self) -> &str {
        self.named.get("pad_token").map_or(CLIP_END, |token| &token.content)
    }

    /// `cls_token` for instance, or what a family calls it.
    pub(crate) fn token(&self, name: &str, otherwise: &str) -> Special {
        self.named.get(name).cloned().unwrap_or_else(|| Special::plain(otherwise))
    }

    /// A switch of `tokenizer_config.json`; null is as good as nothing.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, InputError> {
        match self.settings.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(switch)) => Ok(Some(*switch)),
            Some(_) => Err(file_error(CONFIG, format!("{name:?} that is neither true nor false"))),
        }
    }

    fn side(&self, name: &str) -> &'static str {
        if self.settings.get(name).and_then(Value::as_str) == Some("left") { "Left" } else { "Right" }
    }

    /// `padding` of `tokenizer.json`.
    pub(crate) fn padding(&self, pad: &Special, vocab: &HashMap<String, u32>) -> Value {
        json!({
            "strategy": "BatchLongest", "direction": self.side("padding_side"), "pad_to_multiple_of": null,
            "pad_id": vocab.get(&pad.content), "pad_type_id": 0, "pad_token": pad.content,
        })
    }

    /// `truncation` of `tokenizer.json`: its side alone counts.
    pub(crate) fn truncation(&self) -> Value {
        json!({
            "direction": self.side("truncation_side"), "max_length": MOST_TOKENS, "strategy": "LongestFirst", "stride": 0,
        })
    }

    /// Gives every special token an id, and describes it as `tokenizer.json` does. `needed` must have one in `vocab`;
    /// `pad` gets the next one where it has none; `optional` are special only where they have one.
    pub(crate) fn place(
        &self,
        vocab: &mut HashMap<String, u32>,
        file: &str,
        needed: &[&Special],
        pad: &Special,
        optional: &[&Special],
    ) -> Result<Vec<Value>, InputError> {
        for Added { id, token, .. } in &self.added {
            let known = *vocab.entry(token.content.clone()).or_insert(*id);
            if known != *id {
                let reason = format!("added token {:?} with id {id}, and {known} in {file}", token.content);
                return Err(file_error(CONFIG, reason));
            }
        }
        if let Some(token) = needed.iter().find(|token| !vocab.contains_key(&token.content)) {
            return Err(file_error(file, format!("special token {:?} without an id", token.content)));
        }
        let mut next = vocab.values().max().map_or(0, |most| most.saturating_add(1));
        for token in std::iter::once(pad).chain(&self.extra) {
            if let Entry::Vacant(entry) = vocab.entry(token.content.clone()) {
                entry.insert(next);
                next = next.saturating_add(1);
            }
        }
        let optional = optional.iter().copied().filter(|token| vocab.contains_key(&token.content));
        let named: Vec<&Special> = needed.iter().copied().chain([pad]).chain(optional).chain(&self.extra).collect();
        Ok(self.described(&named, vocab))
    }

    /// Every token once, with the switches that the reference ends up with: those of the list of added tokens, else none
    /// for a bare name, else those of its first description.
    fn described(&self, named: &[&Special], vocab: &HashMap<String, u32>) -> Vec<Value> {
        let mut chosen: HashMap<&str, &Special> = HashMap::new();
        for &token in named {
            let known = chosen.entry(&token.content).or_insert(token);
            if token.switches == [false; 4] {
                *known = token;
            }
        }
        let mut take = |content: &str| chosen.remove(content);
        let added = self.added.iter().map(|Added { token, special, .. }| {
            let named = take(&token.content).is_some();
            (token, *special || named)
        });
        let mut found: Vec<(&Special, bool)> = added.collect();
        found.extend(named.iter().filter_map(|token| Some((take(&token.content)?, true))));
        let entry = |&(token, special): &(&Special, bool)| {
            let mut entry = json!({"id": vocab.get(&token.content), "content": token.content, "special": special});
            for (name, switch) in Special::SWITCHES.into_iter().zip(token.switches) {
                entry[name] = json!(switch);
            }
            entry
        };
        found.iter().map(entry).collect()
    }
}

/// A special token in a template of `tokenizer.json`, in this part of a pair.
pub(crate) fn token_piece(token: &str, part: u8) -> Value {
    json!({"SpecialToken": {"id": token, "type_id": part}})
}

/// A text in it: `A`, or `B` of a pair.
pub(crate) fn text_piece(name: &str, part: u8) -> Value {
    json!({"Sequence": {"id": name, "type_id": part}})
}

/// `post_processor` of `tokenizer.json` by templates of one text and of a pair, with the special tokens in them.
pub(crate) fn template(single: &[Value], pair: &[Value], tokens: [&str; 2], vocab: &HashMap<String, u32>) -> Value {
    let described = |token: &str| json!({"id": token, "ids": [vocab.get(token)], "tokens": [token]});
    let tokens: Map<String, Value> = tokens.into_iter().map(|token| (token.to_owned(), described(token))).collect();
    json!({"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens})
}

pub(crate) fn file_error(file: &str, reason: impl ToString) -> InputError {
    InputError::TokenizerFile { file: file.to_owned(), reason: reason.to_string() }
}

pub(crate) fn check_size(file: &str, bytes: &[u8], limit: usize) -> Result<(), InputError> {
    if bytes.len() > limit {
        return Err(file_error(file, format!("{} bytes, above the limit of {limit}", bytes.len())));
    }
    Ok(())
}

/// Without the byte order mark that editors of one system put before a text.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

fn object(file: &str, bytes: &[u8]) -> Result<Map<String, Value>, InputError> {
    check_size(file, bytes, MAX_TOKENIZER_CONFIG_BYTES)?;
    check_depth(bytes, MAX_TOKENIZER_DEPTH).map_err(|error| file_error(file, error))?;
    serde_json::from_slice(without_mark(bytes)).map_err(|error| file_error(file, error))
}

/// The tokens that a list of a file's adds, by id.
fn read_added(
    file: &str,
    listed: &Map<String, Value>,
    lacks: &str,
    one: impl Fn(&str, &Value) -> Option<Added>,
) -> Result<Vec<Added>, InputError> {
    let without = |key: &str| file_error(file, format!("added token {key:?} without {lacks}"));
    let mut added =
        listed.iter().map(|(key, value)| one(key, value).ok_or_else(|| without(key))).collect::<Result<Vec<_>, _>>()?;
    added.sort_unstable_by_key(|added| added.id);
    Ok(added)
}

/// Of `added_tokens_decoder`: ids are the keys.
fn decoded(id: &str, value: &Value) -> Option<Added> {
    let special = value.get("special").and_then(Value::as_bool).unwrap_or(false);
    Some(Added { id: id.parse().ok()?, token: Special::read(value)?, special })
}

/// Of `added_tokens.json`: tokens are the keys.
fn encoded(content: &str, id: &Value, special: bool) -> Option<Added> {
    // What is not special is looked for in the text as it becomes, not as it came.
    let token = Special { content: content.to_owned(), switches: [false, !special, false, false] };
    Some(Added { id: id.as_u64()?.try_into().ok()?, token, special })
}

/// A limit on tokens as a file has it: [`usize::MAX`] where its writer knew none, `None` where it is no whole number
/// above 0.
pub fn token_limit(value: &Value) -> Option<usize> {
    let most = value.as_f64().filter(|most| *most >= 1.0 && most.fract() == 0.0)?;
    Some(if most > MOST_TOKENS as f64 { usize::MAX } else { most as usize })
}

fn max_length(config: &Map<String, Value>) -> Result<Option<usize>, InputError> {
    match config.get("model_max_length") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match token_limit(value) {
            Some(most) => Ok((most < usize::MAX).then_some(most)),
            None => Err(file_error(CONFIG, "\"model_max_length\" that is no whole number above 0")),
        },
    }
}
