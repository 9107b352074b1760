//! A checkpoint: checked headers, and the bytes behind them, read tensor by tensor.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use kindling_kernels::resident::{Compute, Stored};
use serde::Deserialize;

use crate::source::{Source, Watch, WeightFiles, part};
use crate::{Dtype, Header, Precision, TensorEntry, WeightsError, dtype, quantise_rows};

/// What the name of an int8 tensor's scales ends with: `x.weight` (I8, `[rows, …]`) has `x.weight.scale` (F32, `[rows]`).
///
/// Per-channel symmetric quantisation: `value[r, …] = int8[r, …] × scale[r]`.
pub const SCALE_SUFFIX: &str = ".scale";

/// Bytes read at once.
const PIECE: u64 = 4 << 20;

/// Bytes of a header that are read before its length is known: enough for most.
const FIRST: u64 = 1 << 16;

/// Safetensors files whose headers have been checked.
#[derive(Debug)]
pub struct Checkpoint {
    files: Vec<(String, Box<dyn Source>)>,
    /// With the number of the file that it lies in.
    tensors: Vec<(usize, TensorEntry)>,
    store_as: Option<Precision>,
    progress: Option<Watch>,
    /// Bytes of tensors that have been read, and of all.
    done: Cell<u64>,
    total: u64,
}

/// Checkpoints that came from TensorFlow, BERT's own among them, call a norm's weight and bias as it does there. Transformers renames them
/// as it loads (`_fix_state_dict_key_on_load`).
fn newer_name(name: &str) -> Option<String> {
    let norm = |old: &str| name.strip_suffix(old).filter(|rest| rest.ends_with("LayerNorm"));
    norm(".gamma").map(|rest| format!("{rest}.weight")).or_else(|| norm(".beta").map(|rest| format!("{rest}.bias")))
}

/// `model.safetensors.index.json`, as far as it matters.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Checkpoint {
    /// A file in memory.
    ///
    /// # Errors
    /// Whatever [`Header::parse`] finds.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, WeightsError> {
        Self::open(bytes.into())
    }

    /// Checks every header, and shards against their index; reads no tensor yet.
    ///
    /// # Errors
    /// Whatever [`Header::parse_start`] finds; [`WeightsError::Unreadable`], [`WeightsError::Index`], [`WeightsError::MissingShard`],
    /// [`WeightsError::OtherShard`], [`WeightsError::DuplicateTensor`].
    pub fn open(files: WeightFiles) -> Result<Self, WeightsError> {
        let index = files.index.as_deref().map(read_index).transpose()?;
        let wanted = |name: &str| index.as_ref().is_none_or(|index| index.weight_map.values().any(|file| file == name));
        let mut checkpoint = Self {
            files: Vec::new(),
            tensors: Vec::new(),
            store_as: files.store_as,
            progress: files.progress,
            done: Cell::new(0),
            total: 0,
        };
        for (name, source) in files.shards.into_iter().filter(|(name, _)| wanted(name)) {
            let header = header(source.as_ref(), &name)?;
            let at = checkpoint.files.len();
            checkpoint.tensors.extend(header.into_tensors().into_iter().map(|entry| (at, entry)));
            checkpoint.files.push((name, source));
        }
        if let Some(index) = &index {
            checkpoint.agrees(index)?;
        }
        checkpoint.rename(newer_name);
        if checkpoint.files.is_empty() {
            return Err(WeightsError::MissingShard { file: "model.safetensors".into() });
        }
        let mut names = HashSet::with_capacity(checkpoint.tensors.len());
        if let Some((_, entry)) = checkpoint.tensors.iter().find(|(_, entry)| !names.insert(entry.name.as_str())) {
            return Err(WeightsError::DuplicateTensor { name: entry.name.clone() });
        }
        checkpoint.total = checkpoint.entries().map(TensorEntry::bytes).sum();
        Ok(checkpoint)
    }

    /// Every tensor of the index lies in the shard that it names.
    fn agrees(&self, index: &Index) -> Result<(), WeightsError> {
        for (name, file) in &index.weight_map {
            if !self.files.iter().any(|(found, _)| found == file) {
                return Err(WeightsError::MissingShard { file: file.clone() });
            }
            let mut places =
                self.tensors.iter().filter(|(_, entry)| entry.name == *name).map(|(at, _)| &self.files[*at].0);
            match places.next() {
                None => return Err(WeightsError::MissingTensor { name: name.clone() }),
                Some(found) if found != file => {
                    let (name, expected, found) = (name.clone(), file.clone(), found.clone());
                    return Err(WeightsError::OtherShard { name, expected, found });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// How matrices reach the device, as [`crate::write`] names it.
    pub fn precision(&self) -> Precision {
        let holds = |dtype| self.entries().any(|entry| entry.dtype == dtype);
        self.store_as.unwrap_or(match (holds(Dtype::I8), holds(Dtype::F16)) {
            (true, _) => Precision::Int8,
            (false, true) => Precision::F16,
            (false, false) => Precision::F32,
        })
    }

    /// What the CPU computes with: what it is asked to hold as int8, it multiplies so.
    pub(crate) fn compute(&self, asked: Compute) -> Compute {
        if self.store_as == Some(Precision::Int8) { Compute::Int8 } else { asked }
    }

    /// Bytes of the files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, source)| source.size()).sum()
    }

    /// Gives tensors other names, where the rule knows one: what an older release of a library called them.
    pub fn rename(&mut self, rule: impl Fn(&str) -> Option<String>) {
        for (_, entry) in &mut self.tensors {
            if let Some(name) = rule(&entry.name) {
                entry.name = name;
            }
        }
    }

    /// Every tensor, in the order of the files.
    pub fn entries(&self) -> impl Iterator<Item = &TensorEntry> {
        self.tensors.iter().map(|(_, entry)| entry)
    }

    fn find(&self, name: &str) -> Result<&(usize, TensorEntry), WeightsError> {
        let found = self.tensors.iter().find(|(_, entry)| entry.name == name);
        found.ok_or_else(|| WeightsError::MissingTensor { name: name.to_owned() })
    }

    /// The tensor of that name.
    ///
    /// # Errors
    /// [`WeightsError::MissingTensor`].
    pub fn entry(&self, name: &str) -> Result<&TensorEntry, WeightsError> {
        Ok(&self.find(name)?.1)
    }

    /// Whether the numbers of a tensor can be weights: its type, and scales where they are needed.
    ///
    /// # Errors
    /// [`WeightsError::Dtype`], or the scales missing or misshapen.
    pub(crate) fn check_numbers(&self, entry: &TensorEntry) -> Result<(), WeightsError> {
        if entry.dtype == Dtype::I8 {
            let scales = self.entry(&format!("{}{SCALE_SUFFIX}", entry.name))?;
            scales.expect_shape(&[entry.shape.first().copied().unwrap_or(1)])?;
            return dtype::expect_floats(scales);
        }
        dtype::expect_floats(entry)
    }

    /// The values of a tensor as f32, whatever it is stored as.
    ///
    /// # Errors
    /// [`WeightsError::MissingTensor`], [`WeightsError::NotFinite`], [`WeightsError::Unreadable`], or a dtype that holds no numbers for
    /// weights.
    pub fn read_f32(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let entry = self.entry(name)?;
        Ok(self.read(name, 0..rows_of(entry))?.floats(width_of(entry)))
    }

    /// Rows of a tensor's first dimension, in the form in which they are to be stored: as they lie in the file, f16 and bf16 widened, or as
    /// the checkpoint was opened to have them.
    ///
    /// # Errors
    /// As [`Checkpoint::read_f32`].
    pub fn read_stored(&self, name: &str, rows: Range<usize>) -> Result<Stored, WeightsError> {
        let entry = self.entry(name)?;
        let width = width_of(entry);
        if self.store_as == Some(Precision::Int8) && entry.dtype != Dtype::I8 {
            return self.quantised(name, rows, width);
        }
        let stored = self.read(name, rows)?;
        Ok(match (self.store_as, stored) {
            (Some(wanted @ (Precision::F32 | Precision::F16)), stored) => {
                Stored::Floats(stored.floats(width), wanted == Precision::F16)
            }
            (_, stored) => stored,
        })
    }

    /// Numbers as int8, some rows after the other: never all of them as f32.
    fn quantised(&self, name: &str, rows: Range<usize>, width: usize) -> Result<Stored, WeightsError> {
        let mut values = Vec::with_capacity(rows.len() * width);
        let mut scales = Vec::with_capacity(rows.len());
        for from in rows.clone().step_by(block_of(width)) {
            let block = from..rows.end.min(from + block_of(width));
            let count = block.len();
            let (bytes, of_rows) = quantise_rows(&self.read(name, block)?.floats(width), count);
            values.extend(bytes);
            scales.extend(of_rows);
        }
        Ok(Stored::Int8(values, scales))
    }

    fn read(&self, name: &str, rows: Range<usize>) -> Result<Stored, WeightsError> {
        let (file, entry) = self.find(name)?;
        if entry.dtype != Dtype::I8 {
            return Ok(Stored::Floats(self.floats(*file, entry, rows)?, entry.dtype == Dtype::F16));
        }
        let (file_of_scales, of_scales) = self.find(&format!("{name}{SCALE_SUFFIX}"))?;
        of_scales.expect_shape(&[rows_of(entry)])?;
        let scales = self.floats(*file_of_scales, of_scales, rows.clone())?;
        let width = width_of(entry);
        let mut values = Vec::with_capacity(rows.len() * width);
        self.pieces(*file, entry, rows, |bytes| {
            values.extend(bytes.iter().map(|&byte| byte as i8));
            Ok(())
        })?;
        Ok(Stored::Int8(values, scales))
    }

    fn floats(&self, file: usize, entry: &TensorEntry, rows: Range<usize>) -> Result<Vec<f32>, WeightsError> {
        dtype::expect_floats(entry)?;
        let first = rows.start * width_of(entry);
        let mut values = Vec::with_capacity(rows.len() * width_of(entry));
        self.pieces(file, entry, rows, |bytes| dtype::widen(entry, first, bytes, &mut values))?;
        Ok(values)
    }

    /// The bytes of some rows, piece by piece, each of whole numbers.
    fn pieces(
        &self,
        file: usize,
        entry: &TensorEntry,
        rows: Range<usize>,
        mut take: impl FnMut(&[u8]) -> Result<(), WeightsError>,
    ) -> Result<(), WeightsError> {
        let (name, source) = &self.files[file];
        let row = width_of(entry) as u64 * entry.dtype.size();
        let end = entry.range.start + rows.end as u64 * row;
        let mut at = entry.range.start + rows.start as u64 * row;
        while at < end {
            let length = PIECE.min(end - at);
            take(&part(source.as_ref(), name, at, length)?)?;
            at += length;
            self.tell(length);
        }
        Ok(())
    }

    /// So many more bytes have been read.
    fn tell(&self, bytes: u64) {
        let Some(watch) = &self.progress else { return };
        // What is read twice counts once.
        self.done.set((self.done.get() + bytes).min(self.total));
        watch.tell(self.done.get(), self.total);
    }

    /// The values of an integer tensor.
    ///
    /// # Errors
    /// [`WeightsError::MissingTensor`], or another dtype.
    pub fn read_integers(&self, name: &str) -> Result<Vec<i64>, WeightsError> {
        let (file, entry) = self.find(name)?;
        let (file, source) = &self.files[*file];
        dtype::to_i64(entry, &part(source.as_ref(), file, entry.range.start, entry.bytes())?)
    }
}

/// Rows of a tensor's first dimension; a single number is one row.
pub(crate) fn rows_of(entry: &TensorEntry) -> usize {
    entry.shape.first().copied().unwrap_or(1)
}

/// Rows of so many numbers that are converted at once.
pub(crate) fn block_of(width: usize) -> usize {
    const NUMBERS: usize = 1 << 18;
    (NUMBERS / width.max(1)).max(1)
}

/// Numbers in each of them.
fn width_of(entry: &TensorEntry) -> usize {
    entry.shape.iter().skip(1).product()
}

fn header(source: &dyn Source, file: &str) -> Result<Header, WeightsError> {
    let size = source.size();
    let start = part(source, file, 0, FIRST)?;
    match Header::parse_start(&start, size) {
        Err(WeightsError::Truncated { expected, found }) if found == FIRST && expected <= size => {
            Header::parse_start(&part(source, file, 0, expected)?, size)
        }
        parsed => parsed,
    }
}

fn read_index(bytes: &[u8]) -> Result<Index, WeightsError> {
    // A line a tensor; more than that is an accident or an attack.
    const MOST: usize = 16 << 20;
    if bytes.len() > MOST {
        return Err(WeightsError::Index { reason: format!("{} bytes, above the limit of {MOST}", bytes.len()) });
    }
    serde_json::from_slice(bytes).map_err(|error| WeightsError::Index { reason: error.to_string() })
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
