//! The header of a safetensors file, checked before anything else looks at the file.
//!
//! Layout: eight bytes of little-endian header length, the header (JSON), the tensors' bytes. The header may come
//! from a stranger, so that each number in it is a claim: lengths are compared with the bytes that are really there
//! before anything is allocated for them, and sums and products are checked. Offsets are `u64` throughout, since
//! `usize` has 32 bits in a browser.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::dtype::READABLE;
use crate::{Dtype, WeightsError};

/// Longest header that is read, in bytes; the format's own limit.
pub const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Bytes of the header's length, at the start of the file.
const PREFIX: u64 = 8;

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorEntry {
    /// The checkpoint's name for it.
    pub name: String,
    /// The type of its numbers.
    pub dtype: Dtype,
    /// Its shape; empty for a single number.
    pub shape: Vec<usize>,
    /// Its bytes, counted from the start of the file.
    pub range: Range<u64>,
}

impl TensorEntry {
    /// Bytes in the file.
    pub fn bytes(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// How many numbers.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Its bytes out of the whole file.
    ///
    /// # Errors
    /// [`WeightsError::Truncated`] where `file` is shorter than the one whose header was read.
    pub fn slice<'f>(&self, file: &'f [u8]) -> Result<&'f [u8], WeightsError> {
        let bounds = usize::try_from(self.range.start).ok().zip(usize::try_from(self.range.end).ok());
        bounds
            .and_then(|(start, end)| file.get(start..end))
            .ok_or(WeightsError::Truncated { expected: self.range.end, found: file.len() as u64 })
    }

    /// Compares the shape with the model's.
    ///
    /// # Errors
    /// [`WeightsError::Shape`].
    pub fn expect_shape(&self, expected: &[usize]) -> Result<(), WeightsError> {
        if self.shape == expected {
            return Ok(());
        }
        Err(WeightsError::Shape { name: self.name.clone(), expected: expected.to_vec(), found: self.shape.clone() })
    }
}

/// A checked header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    tensors: Vec<TensorEntry>,
    metadata: BTreeMap<String, String>,
}

impl Header {
    /// Reads and checks the header of a whole file.
    ///
    /// # Errors
    /// Every variant of [`WeightsError`] that speaks of files; see [`Header::parse_start`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WeightsError> {
        Self::parse_start(bytes, bytes.len() as u64)
    }

    /// Reads and checks the header from the start of a file of `file_bytes` bytes, of which `start` holds at least
    /// the header. Where it holds less, [`WeightsError::Truncated`] says how many bytes are needed.
    ///
    /// # Errors
    /// [`WeightsError::NotAModelFile`], [`WeightsError::HeaderLength`], [`WeightsError::Truncated`],
    /// [`WeightsError::Utf8`], [`WeightsError::HeaderSyntax`], [`WeightsError::DuplicateTensor`],
    /// [`WeightsError::Dtype`], [`WeightsError::ShapeOverflow`], [`WeightsError::Offsets`],
    /// [`WeightsError::SizeMismatch`], [`WeightsError::Overlap`] and [`WeightsError::Hole`].
    pub fn parse_start(start: &[u8], file_bytes: u64) -> Result<Self, WeightsError> {
        let length = header_length(start, file_bytes)?;
        let data_start = PREFIX + length;
        let end = usize::try_from(data_start).ok().filter(|&end| end <= start.len());
        let Some(end) = end else {
            return Err(WeightsError::Truncated { expected: data_start, found: start.len() as u64 });
        };
        let raw = parse_json(&start[PREFIX as usize..end])?;
        let mut names = HashSet::with_capacity(raw.tensors.len());
        if let Some((name, _)) = raw.tensors.iter().find(|(name, _)| !names.insert(name.as_str())) {
            return Err(WeightsError::DuplicateTensor { name: name.clone() });
        }
        let data_bytes = file_bytes - data_start;
        let entries = raw.tensors.into_iter().map(|(name, claim)| claim.check(name, data_start, data_bytes));
        let mut tensors = entries.collect::<Result<Vec<_>, _>>()?;
        tensors.sort_by(|a, b| (a.range.start, a.range.end, &a.name).cmp(&(b.range.start, b.range.end, &b.name)));
        check_cover(&tensors, data_start, file_bytes)?;
        Ok(Self { tensors, metadata: raw.metadata })
    }

    /// The tensors in the order of their bytes.
    pub fn tensors(&self) -> &[TensorEntry] {
        &self.tensors
    }

    /// The same, taken out.
    pub fn into_tensors(self) -> Vec<TensorEntry> {
        self.tensors
    }

    /// The tensor of this name, where there is one.
    pub fn get(&self, name: &str) -> Option<&TensorEntry> {
        self.tensors.iter().find(|entry| entry.name == name)
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// [`WeightsError::MissingTensor`].
    pub fn tensor(&self, name: &str) -> Result<&TensorEntry, WeightsError> {
        self.get(name).ok_or_else(|| WeightsError::MissingTensor { name: name.to_owned() })
    }

    /// Free text that the writer of the file left (`__metadata__`).
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// How many numbers all tensors hold together.
    pub fn parameters(&self) -> u64 {
        self.tensors.iter().map(|entry| entry.elements() as u64).sum()
    }
}

/// The header's length, possible for this file.
fn header_length(start: &[u8], file_bytes: u64) -> Result<u64, WeightsError> {
    let Some(prefix) = start.first_chunk::<{ PREFIX as usize }>() else {
        return Err(WeightsError::Truncated { expected: PREFIX, found: start.len() as u64 });
    };
    let length = u64::from_le_bytes(*prefix);
    let limit = MAX_HEADER_BYTES.min(file_bytes.saturating_sub(PREFIX));
    if length > limit {
        return Err(match look(start) {
            Some(found) => WeightsError::NotAModelFile { found: found.to_owned() },
            None => WeightsError::HeaderLength { length, limit },
        });
    }
    // "<" and "{" are lengths too, 60 and 123: such a start is judged by what would be its header.
    if start.get(PREFIX as usize).is_some_and(|&byte| byte != b'{')
        && let Some(found) = look(start)
    {
        return Err(WeightsError::NotAModelFile { found: found.to_owned() });
    }
    Ok(length)
}

/// What else the file seems to be.
fn look(start: &[u8]) -> Option<&'static str> {
    let trimmed = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let kinds: [(&[u8], &str); 6] = [
        (b"version https://git-lfs", "a pointer to a large file"),
        (b"<", "a web page"),
        (b"{", "a JSON file"),
        (b"PK\x03\x04", "a ZIP archive, such as a PyTorch file"),
        (b"GGUF", "a GGUF file"),
        (b"\x89HDF", "an HDF5 file"),
    ];
    let known = kinds.iter().find(|(magic, _)| trimmed.starts_with(magic)).map(|(_, name)| *name);
    let is_text = start.iter().take(64).all(|&byte| byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r'));
    match known {
        Some("a web page" | "a JSON file") if !is_text => None,
        None if is_text => Some("a text file"),
        known => known,
    }
}

/// What the header says, nothing of it believed yet.
struct RawHeader {
    tensors: Vec<(String, Claim)>,
    metadata: BTreeMap<String, String>,
}

/// One tensor as the header describes it.
#[derive(serde::Deserialize)]
struct Claim {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

fn parse_json(header: &[u8]) -> Result<RawHeader, WeightsError> {
    let text = std::str::from_utf8(header).map_err(|error| WeightsError::Utf8 { at: error.valid_up_to() })?;
    serde_json::from_str(text).map_err(|error| WeightsError::HeaderSyntax { reason: error.to_string() })
}

impl<'de> Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RawHeaderVisitor)
    }
}

/// Keeps every pair in a list: a map would swallow the first of two tensors of one name.
struct RawHeaderVisitor;

impl<'de> Visitor<'de> for RawHeaderVisitor {
    type Value = RawHeader;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
        let mut raw = RawHeader { tensors: Vec::new(), metadata: BTreeMap::new() };
        while let Some(key) = map.next_key::<String>()? {
            if key == "__metadata__" {
                raw.metadata = map.next_value::<Option<_>>()?.unwrap_or_default();
            } else {
                raw.tensors.push((key, map.next_value()?));
            }
        }
        Ok(raw)
    }
}

impl Claim {
    /// Believes the claim as far as it agrees with itself and with the file.
    fn check(self, name: String, data_start: u64, data_bytes: u64) -> Result<TensorEntry, WeightsError> {
        let Some(dtype) = Dtype::parse(&self.dtype) else {
            return Err(WeightsError::Dtype { name, found: self.dtype, expected: READABLE.to_owned() });
        };
        let (start, end) = self.data_offsets;
        if start > end {
            return Err(WeightsError::Offsets { name, start, end });
        }
        let Some((shape, expected)) = size_of(&self.shape, dtype) else {
            return Err(WeightsError::ShapeOverflow { name, shape: self.shape });
        };
        if end - start != expected {
            return Err(WeightsError::SizeMismatch { name, expected, found: end - start });
        }
        if end > data_bytes {
            let file = |bytes: u64| data_start.saturating_add(bytes);
            return Err(WeightsError::Truncated { expected: file(end), found: file(data_bytes) });
        }
        Ok(TensorEntry { name, dtype, shape, range: data_start + start..data_start + end })
    }
}

/// The shape in this machine's words and its bytes; `None` where either does not fit.
fn size_of(shape: &[u64], dtype: Dtype) -> Option<(Vec<usize>, u64)> {
    let sizes = shape.iter().map(|&size| usize::try_from(size).ok()).collect::<Option<Vec<_>>>()?;
    // Nonzero sizes multiply to something that fits even where a zero makes the tensor empty: strides need it.
    let extent = sizes.iter().filter(|&&size| size > 0).try_fold(1usize, |all, &size| all.checked_mul(size))?;
    let elements = if sizes.contains(&0) { 0 } else { extent as u64 };
    Some((sizes, elements.checked_mul(dtype.size())?))
}

/// Every byte after the header belongs to exactly one tensor.
fn check_cover(tensors: &[TensorEntry], data_start: u64, file_bytes: u64) -> Result<(), WeightsError> {
    let hole = |from: u64, to: u64| WeightsError::Hole { from: from - data_start, to: to - data_start };
    let mut last: Option<&TensorEntry> = None;
    for entry in tensors {
        let covered = last.map_or(data_start, |last| last.range.end);
        if let Some(last) = last.filter(|_| entry.range.start < covered) {
            return Err(WeightsError::Overlap { first: last.name.clone(), second: entry.name.clone() });
        }
        if entry.range.start > covered {
            return Err(hole(covered, entry.range.start));
        }
        last = Some(entry);
    }
    let covered = last.map_or(data_start, |last| last.range.end);
    if covered < file_bytes { Err(hole(covered, file_bytes)) } else { Ok(()) }
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
