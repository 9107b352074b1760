//! CLIP's tokenizer for folders without `tokenizer.json`, as Stable Diffusion checkpoints have it: `vocab.json`,
//! `merges.txt`, and what `tokenizer_config.json` and `special_tokens_map.json` say about special tokens.
//!
//! Source: byte-pair encoding of Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword
//! units", 2016; the steps around it as `CLIPTokenizer` of the reference library takes them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::json::check_depth;
use crate::text::Batch;
use crate::{InputError, MAX_TOKENIZER_DEPTH};

/// Bytes of `vocab.json` and of `merges.txt` at most; CLIP's have 1.1 MB and 0.5 MB.
pub const MAX_BPE_BYTES: usize = 8 << 20;
/// Bytes of `tokenizer_config.json` and of `special_tokens_map.json` at most.
pub const MAX_TOKENIZER_CONFIG_BYTES: usize = 1 << 20;

const VOCAB: &str = "vocab.json";
const MERGES: &str = "merges.txt";
const CONFIG: &str = "tokenizer_config.json";
const SPECIAL: &str = "special_tokens_map.json";
/// Ends each word, so that `cat` in `cats` is another piece than `cat` alone.
const WORD_END: &str = "</w>";
/// Special tokens, single letters after an apostrophe, words, single digits, all else.
const WORDS: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";
/// The reference writes the largest number that it knows where no length was given.
const MOST_TOKENS: u64 = 1 << 20;

/// A special token, and how it is found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Special {
    content: String,
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

/// What `tokenizer_config.json` and `special_tokens_map.json` say, with CLIP's own values where they say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerConfig {
    start: Special,
    end: Special,
    unknown: Special,
    pad: Special,
    /// `added_tokens_decoder`: id and token.
    added: Vec<(u32, Special)>,
    max_length: Option<usize>,
}

impl TokenizerConfig {
    /// Reads the files of a folder that has them. As in the reference, the second wins over the first, unless the
    /// first lists all added tokens.
    ///
    /// # Errors
    /// [`InputError::TokenizerFile`], which names the file.
    pub fn from_bytes(config: Option<&[u8]>, special_tokens: Option<&[u8]>) -> Result<Self, InputError> {
        let config = config.map_or_else(|| Ok(Map::new()), |bytes| object(CONFIG, bytes))?;
        let special = special_tokens.map_or_else(|| Ok(Map::new()), |bytes| object(SPECIAL, bytes))?;
        let listed = config.get("added_tokens_decoder").and_then(Value::as_object);
        let added = listed.map_or_else(|| Ok(Vec::new()), added)?;
        let token = |name: &str, otherwise: &str| {
            let from = |file: &Map<String, Value>| file.get(name).and_then(Special::read);
            let given = if listed.is_some() { from(&config) } else { from(&special).or_else(|| from(&config)) };
            given.unwrap_or_else(|| Special::plain(otherwise))
        };
        Ok(Self {
            start: token("bos_token", "<|startoftext|>"),
            end: token("eos_token", "<|endoftext|>"),
            unknown: token("unk_token", "<|endoftext|>"),
            pad: token("pad_token", "<|endoftext|>"),
            added,
            max_length: max_length(&config)?,
        })
    }

    /// `model_max_length`: tokens in a row, special ones included, where the file limits them.
    pub fn max_length(&self) -> Option<usize> {
        self.max_length
    }

    /// The token that fills short rows: `<|endoftext|>` for most checkpoints, `!` for those of the second generation.
    pub fn pad_token(&self) -> &str {
        &self.pad.content
    }

    /// Every special token once, with the switches that the reference ends up with: those of the list of added tokens,
    /// else none for a bare name, else those of its first description.
    fn specials(&self) -> Vec<&Special> {
        let named = [&self.start, &self.end, &self.unknown, &self.pad];
        let mut found: Vec<&Special> = self.added.iter().map(|(_, token)| token).collect();
        for token in named {
            if !found.iter().any(|known| known.content == token.content) {
                let same = named.iter().filter(|other| other.content == token.content);
                found.push(same.clone().find(|other| other.switches == [false; 4]).unwrap_or(&token));
            }
        }
        found
    }
}

fn file_error(file: &str, reason: impl ToString) -> InputError {
    InputError::TokenizerFile { file: file.to_owned(), reason: reason.to_string() }
}

fn check_size(file: &str, bytes: &[u8], limit: usize) -> Result<(), InputError> {
    if bytes.len() > limit {
        return Err(file_error(file, format!("{} bytes, above the limit of {limit}", bytes.len())));
    }
    Ok(())
}

fn object(file: &str, bytes: &[u8]) -> Result<Map<String, Value>, InputError> {
    check_size(file, bytes, MAX_TOKENIZER_CONFIG_BYTES)?;
    check_depth(bytes, MAX_TOKENIZER_DEPTH).map_err(|error| file_error(file, error))?;
    serde_json::from_slice(bytes).map_err(|error| file_error(file, error))
}

fn added(listed: &Map<String, Value>) -> Result<Vec<(u32, Special)>, InputError> {
    let one = |(id, token): (&String, &Value)| Some((id.parse().ok()?, Special::read(token)?));
    let mut added = listed
        .iter()
        .map(|entry| one(entry).ok_or_else(|| file_error(CONFIG, format!("added token {:?} without a name", entry.0))))
        .collect::<Result<Vec<_>, _>>()?;
    added.sort_unstable_by_key(|(id, _)| *id);
    Ok(added)
}

fn max_length(config: &Map<String, Value>) -> Result<Option<usize>, InputError> {
    match config.get("model_max_length") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(length) if length >= 1.0 && length.fract() == 0.0 => {
                Ok((length <= MOST_TOKENS as f64).then_some(length as usize))
            }
            _ => Err(file_error(CONFIG, "\"model_max_length\" that is no whole number above 0")),
        },
    }
}

/// The equivalent `tokenizer.json`, for [`crate::TextTokenizer::from_bytes`].
///
/// # Errors
/// [`InputError::TokenizerFile`], which names the file.
pub fn clip_tokenizer_json(vocab: &[u8], merges: &[u8], config: &TokenizerConfig) -> Result<Vec<u8>, InputError> {
    check_size(VOCAB, vocab, MAX_BPE_BYTES)?;
    check_size(MERGES, merges, MAX_BPE_BYTES)?;
    let mut vocab: HashMap<String, u32> = serde_json::from_slice(vocab).map_err(|error| file_error(VOCAB, error))?;
    let merges = read_merges(merges, &vocab)?;
    let special_tokens = place_specials(&mut vocab, config)?;
    let id = |token: &Special| vocab.get(&token.content).copied();
    let (start, end) = (&config.start.content, &config.end.content);
    let template_token = |token: &str| json!({"SpecialToken": {"id": token, "type_id": 0}});
    let described = |token: &Special| json!({"id": token.content, "ids": [id(token)], "tokens": [token.content]});
    let mut descriptions = Map::new();
    descriptions.insert(start.clone(), described(&config.start));
    descriptions.insert(end.clone(), described(&config.end));
    let file = json!({
        "version": "1.0",
        "truncation": null,
        "padding": {
            "strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": id(&config.pad), "pad_type_id": 0, "pad_token": config.pad.content,
        },
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
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [template_token(start), {"Sequence": {"id": "A", "type_id": 0}}, template_token(end)],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": descriptions,
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": config.unknown.content, "continuing_subword_prefix": "",
            "end_of_word_suffix": WORD_END, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocab, "merges": merges,
        },
    });
    serde_json::to_vec(&file).map_err(|error| file_error(VOCAB, error))
}

/// One pair of pieces a line, the most frequent first; each, and what they join to, has an id.
fn read_merges<'m>(bytes: &'m [u8], vocab: &HashMap<String, u32>) -> Result<Vec<[&'m str; 2]>, InputError> {
    let text = std::str::from_utf8(bytes).map_err(|_| file_error(MERGES, "not UTF-8"))?;
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

/// Gives every special token an id, and describes it as `tokenizer.json` does.
fn place_specials(vocab: &mut HashMap<String, u32>, config: &TokenizerConfig) -> Result<Vec<Value>, InputError> {
    for (id, token) in &config.added {
        let known = *vocab.entry(token.content.clone()).or_insert(*id);
        if known != *id {
            let reason = format!("added token {:?} with id {id}, and {known} in {VOCAB}", token.content);
            return Err(file_error(CONFIG, reason));
        }
    }
    for token in [&config.start, &config.end, &config.unknown] {
        if !vocab.contains_key(&token.content) {
            return Err(file_error(VOCAB, format!("special token {:?} without an id", token.content)));
        }
    }
    let next = vocab.len() as u32;
    vocab.entry(config.pad.content.clone()).or_insert(next);
    let mut described = Vec::new();
    for token in config.specials() {
        let mut entry = json!({"id": vocab.get(&token.content), "content": token.content, "special": true});
        for (name, switch) in Special::SWITCHES.into_iter().zip(token.switches) {
            entry[name] = json!(switch);
        }
        described.push(entry);
    }
    Ok(described)
}

impl Batch {
    /// Every row at `length` tokens: filled up with `pad_id` at its end, which also takes the place of the fillers that
    /// are there. Diffusion models read rows of one length, whatever the text. Longer rows stay as they are.
    ///
    /// # Shapes
    /// each matrix: `[rows, cols]` to `[rows, max(cols, length)]`
    #[must_use]
    pub fn padded_to(mut self, length: usize, pad_id: u32) -> Self {
        let (from, to) = (self.cols, self.cols.max(length));
        for (id, &mask) in self.ids.iter_mut().zip(&self.mask) {
            if mask == 0 {
                *id = pad_id;
            }
        }
        let widen = |values: &[u32], filler: u32| -> Vec<u32> {
            let fillers = || std::iter::repeat_n(filler, to - from);
            let row = |row: usize| values[row * from..(row + 1) * from].iter().copied();
            (0..self.rows).flat_map(|at| row(at).chain(fillers())).collect()
        };
        (self.ids, self.mask, self.type_ids) =
            (widen(&self.ids, pad_id), widen(&self.mask, 0), widen(&self.type_ids, 0));
        self.cols = to;
        self
    }
}
