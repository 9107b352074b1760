//! From a checkpoint into a Burn module and back.
//!
//! Names: a module's field path, one segment at a time, is the checkpoint's key. `LayerNorm`'s `gamma` and `beta` are
//! `weight` and `bias` there. Layouts: PyTorch keeps a linear weight as `[out, in]`, Burn as `[in, out]`.

use std::collections::{BTreeMap, BTreeSet};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use kindling_kernels::Place;
use kindling_kernels::resident::{self, Compute, Stored};
use kindling_kernels::table::Rows;

use crate::checkpoint::block_of;
use crate::{Checkpoint, SCALE_SUFFIX, TensorEntry, WeightsError};

/// Rules for one path segment: the module's name, the checkpoint's name.
pub type SegmentNames<'a> = &'a [(&'a str, &'a str)];

/// Prefixes that the same encoder has inside larger checkpoints.
const PREFIXES: [&str; 8] =
    ["", "bert.", "roberta.", "distilbert.", "model.", "encoder_model.", "0.auto_model.", "text_model."];

/// What loading found.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct LoadReport {
    /// Numbers loaded (scales not counted).
    pub parameters: usize,
    /// Stored types of the tensors that were used, e.g. `F32`, sorted.
    pub dtypes: Vec<String>,
    /// Tensors of the file that no field asked for.
    pub unused: Vec<String>,
    /// Bytes that the weights take on the device.
    pub bytes: u64,
}

/// Where a traversal stands.
#[derive(Default)]
pub(crate) struct Path {
    segments: Vec<(String, String)>,
}

impl Path {
    pub(crate) fn enter(&mut self, name: &str, container: &str) {
        self.segments.push((name.into(), container.into()));
    }

    pub(crate) fn leave(&mut self) {
        self.segments.pop();
    }

    pub(crate) fn key(&self, names: SegmentNames<'_>) -> String {
        let segment = |(name, container): &(String, String)| {
            let norm = container.contains("Norm");
            match name.as_str() {
                "gamma" if norm => "weight".to_string(),
                "beta" if norm => "bias".to_string(),
                other => names.iter().find(|(ours, _)| *ours == other).map_or(other, |(_, theirs)| theirs).to_string(),
            }
        };
        // The parts of a table are one tensor of the checkpoint.
        let segments = &self.segments[..self.segments.len() - usize::from(self.in_parts())];
        segments.iter().map(segment).collect::<Vec<_>>().join(".")
    }

    /// Whether it stands at a part of a table.
    pub(crate) fn in_parts(&self) -> bool {
        let holder = self.segments.len().checked_sub(2).and_then(|at| self.segments.get(at));
        holder.is_some_and(|(name, container)| name == "weight" && container == "Struct:Table")
    }

    /// PyTorch keeps linear weights transposed.
    pub(crate) fn transposed(&self) -> bool {
        self.segments.last().is_some_and(|(name, container)| name == "weight" && container == "Struct:Linear")
    }

    fn stored_shape(&self, shape: &[usize]) -> Vec<usize> {
        let mut stored = shape.to_vec();
        if self.transposed() {
            stored.reverse();
        }
        stored
    }
}

/// Collects the key and the stored shape of every parameter, without making any.
struct Expectations<'a> {
    path: Path,
    names: SegmentNames<'a>,
    found: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Expectations<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape: Vec<usize> = param.lazy_shape().to_vec();
        let (key, shape) = (self.path.key(self.names), self.path.stored_shape(&shape));
        match self.found.last_mut() {
            Some((last, whole)) if self.path.in_parts() && *last == key => whole[0] += shape[0],
            _ => self.found.push((key, shape)),
        }
    }
}

/// The keys and stored shapes that a module asks of a checkpoint.
pub fn expected<M: Module>(module: &M, names: SegmentNames<'_>) -> Vec<(String, Vec<usize>)> {
    let mut visitor = Expectations { path: Path::default(), names, found: Vec::new() };
    module.visit(&mut visitor);
    visitor.found
}

/// Which of [`PREFIXES`] the checkpoint's keys carry.
fn prefix_of(checkpoint: &Checkpoint, keys: &[(String, Vec<usize>)]) -> &'static str {
    let first = keys.first().map_or("", |(key, _)| key.as_str());
    PREFIXES.into_iter().find(|prefix| checkpoint.entry(&format!("{prefix}{first}")).is_ok()).unwrap_or("")
}

/// A scalar is `[]` in PyTorch and `[1]` here; a linear layer may be stored as a convolution of 1 × 1.
fn fits(entry: &TensorEntry, shape: &[usize]) -> Result<(), WeightsError> {
    let same = match entry.shape.split_at_checked(shape.len()) {
        Some((head, rest)) => head == shape && rest.iter().all(|&side| side == 1),
        None => entry.shape.is_empty() && shape == [1],
    };
    if same { Ok(()) } else { entry.expect_shape(shape) }
}

/// What keys begin with that are to be loaded; all of them without any.
type Parts<'a> = &'a [&'a str];

fn asked(key: &str, parts: Parts<'_>) -> bool {
    parts.is_empty() || parts.iter().any(|part| key.strip_prefix(part).is_some_and(|rest| rest.starts_with('.')))
}

/// What a tensor of a device may have in bytes, where so many are more.
type Largest = fn(&Device, u64) -> Option<u64>;

struct Loader<'a> {
    path: Path,
    names: SegmentNames<'a>,
    prefix: &'a str,
    checkpoint: &'a Checkpoint,
    resident: Option<Compute>,
    /// Bytes that may still lie in a queue of the device's.
    queued: u64,
    /// Bytes on the device.
    bytes: u64,
    parts: Parts<'a>,
    /// The table under way, and its rows that have been read.
    table: (String, usize),
    largest: Largest,
    error: Option<WeightsError>,
}

/// Bytes after which a GPU's queue is sent on its way: what lies in it lies beside the file and the device, once more.
const QUEUE: u64 = 16 << 20;

impl Loader<'_> {
    /// A tensor in the module's layout, or in the form in which the device wants it.
    fn read(&mut self, key: &str, shape: Vec<usize>, device: &Device) -> Result<TensorData, WeightsError> {
        if let (true, &[rows, width]) = (self.path.in_parts(), &shape[..]) {
            return self.rows(key, [rows, width], device);
        }
        let (true, &[k, n]) = (self.path.transposed(), &shape[..]) else {
            return Ok(TensorData::new(self.checkpoint.read_f32(key)?, shape));
        };
        let stored = self.checkpoint.read_stored(key, 0..n)?;
        let held = self.resident.and_then(|compute| resident::hold(&stored, [n, k], compute, device));
        Ok(match held {
            Some((words, shape)) => TensorData::new(words, shape),
            None => TensorData::new(transpose(&stored.floats(k), n, k), shape),
        })
    }

    /// The next rows of a table, block by block: besides the words that the device gets, one block is held.
    fn rows(&mut self, key: &str, [count, width]: [usize; 2], device: &Device) -> Result<TensorData, WeightsError> {
        let from = if self.table.0 == key { self.table.1 } else { 0 };
        self.table = (key.into(), from + count);
        let mut rows: Option<Rows> = None;
        for at in (from..from + count).step_by(block_of(width)) {
            let block = at..(from + count).min(at + block_of(width));
            let stored = self.checkpoint.read_stored(key, block)?;
            let stored = if self.resident.is_some() { stored } else { Stored::Floats(stored.floats(width), false) };
            rows.get_or_insert_with(|| Rows::new(&stored, count, width, device)).push(stored);
        }
        let (words, columns) = rows.map_or((Vec::new(), width), Rows::done);
        Ok(TensorData::new(words, [count, columns]))
    }
}

impl ModuleMapper for Loader<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.error.is_some() {
            return param;
        }
        let key = self.path.key(self.names);
        if !asked(&key, self.parts) {
            return param;
        }
        let key = format!("{}{key}", self.prefix);
        let shape: Vec<usize> = param.lazy_shape().to_vec();
        let device = param.lazy_device();
        match self.read(&key, shape, &device) {
            Ok(data) => {
                let bytes = 4 * data.num_elements() as u64;
                if let Some(limit) = (self.largest)(&device, bytes) {
                    self.error = Some(WeightsError::TooLarge { name: key, bytes, limit });
                    return param;
                }
                self.bytes += bytes;
                self.queued += bytes;
                let tensor = Tensor::<D>::from_data(data, &device);
                if Place::of(&device) == Place::Gpu && self.queued > QUEUE {
                    let refused = device.flush().err();
                    self.error = refused.map(|error| WeightsError::Upload { name: key, reason: format!("{error:?}") });
                    self.queued = 0;
                }
                let id = param.id;
                param.transform_for_load(tensor, id)
            }
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

/// Fills a module from a checkpoint, tensor by tensor; every name and shape is checked before the first is uploaded.
///
/// # Errors
/// [`WeightsError::MissingTensor`], [`WeightsError::Shape`] before anything is uploaded;
/// [`WeightsError::NotFinite`], unusable dtypes and [`WeightsError::TooLarge`] as they are met.
pub fn load<M: Module>(
    module: M,
    checkpoint: &Checkpoint,
    names: SegmentNames<'_>,
) -> Result<(M, LoadReport), WeightsError> {
    fill(module, checkpoint, names, None, &[], kindling_kernels::largest_tensor)
}

/// As [`load`], linear weights in the form in which the device multiplies by them: for inference, as such a module can be neither trained
/// nor saved.
///
/// `parts`: what the keys begin with that are to be loaded, `encoder.layer.3` for instance; all of them without any. The others stay as
/// they were made.
///
/// # Errors
/// As [`load`].
pub fn load_resident<M: Module>(
    module: M,
    checkpoint: &Checkpoint,
    names: SegmentNames<'_>,
    compute: Compute,
    parts: &[&str],
) -> Result<(M, LoadReport), WeightsError> {
    let compute = checkpoint.compute(compute);
    fill(module, checkpoint, names, Some(compute), parts, kindling_kernels::largest_tensor)
}

pub(crate) fn fill<M: Module>(
    module: M,
    checkpoint: &Checkpoint,
    names: SegmentNames<'_>,
    resident: Option<Compute>,
    parts: Parts<'_>,
    largest: Largest,
) -> Result<(M, LoadReport), WeightsError> {
    let keys = expected(&module, names);
    let prefix = prefix_of(checkpoint, &keys);
    let mut dtypes = BTreeSet::new();
    let mut parameters = 0;
    for (key, shape) in keys.iter().filter(|(key, _)| asked(key, parts)) {
        let entry = checkpoint.entry(&format!("{prefix}{key}"))?;
        fits(entry, shape)?;
        checkpoint.check_numbers(entry)?;
        parameters += shape.iter().product::<usize>();
        dtypes.insert(entry.dtype.name().to_string());
    }
    let mut loader = Loader {
        path: Path::default(),
        names,
        prefix,
        checkpoint,
        resident,
        queued: 0,
        bytes: 0,
        parts,
        table: Default::default(),
        largest,
        error: None,
    };
    let module = module.map(&mut loader);
    if let Some(error) = loader.error {
        return Err(error);
    }
    Ok((
        module,
        LoadReport {
            parameters,
            dtypes: dtypes.into_iter().collect(),
            unused: unasked(checkpoint, prefix, &keys),
            bytes: loader.bytes,
        },
    ))
}

/// Tensors of the file that are neither among the keys nor scales of them.
fn unasked(checkpoint: &Checkpoint, prefix: &str, keys: &[(String, Vec<usize>)]) -> Vec<String> {
    let used: BTreeSet<String> = keys.iter().map(|(key, _)| format!("{prefix}{key}")).collect();
    let asked =
        |name: &str| used.contains(name) || name.strip_suffix(SCALE_SUFFIX).is_some_and(|name| used.contains(name));
    checkpoint.entries().map(|entry| entry.name.clone()).filter(|name| !asked(name)).collect()
}

/// Tensors of the file that no field of the module asks for.
pub fn unused<M: Module>(module: &M, checkpoint: &Checkpoint, names: SegmentNames<'_>) -> Vec<String> {
    let keys = expected(module, names);
    unasked(checkpoint, prefix_of(checkpoint, &keys), &keys)
}

/// Every name that does not fit: for a report, where [`load`] stops at the first.
pub fn compare<M: Module>(module: &M, checkpoint: &Checkpoint, names: SegmentNames<'_>) -> Vec<WeightsError> {
    let keys = expected(module, names);
    let prefix = prefix_of(checkpoint, &keys);
    let check = |(key, shape): &(String, Vec<usize>)| {
        checkpoint.entry(&format!("{prefix}{key}")).and_then(|entry| fits(entry, shape)).err()
    };
    keys.iter().filter_map(check).collect()
}

/// `[rows, cols]` → `[cols, rows]`, in blocks that stay in the cache.
pub(crate) fn transpose(values: &[f32], cols: usize, rows: usize) -> Vec<f32> {
    // `values` is stored as [cols, rows]; the result as [rows, cols].
    const BLOCK: usize = 32;
    let mut out = vec![0.0; values.len()];
    for c0 in (0..cols).step_by(BLOCK) {
        for r0 in (0..rows).step_by(BLOCK) {
            for c in c0..(c0 + BLOCK).min(cols) {
                for r in r0..(r0 + BLOCK).min(rows) {
                    out[r * cols + c] = values[c * rows + r];
                }
            }
        }
    }
    out
}

/// How many of each dtype a checkpoint holds, e.g. `{"F32": 103}`.
pub fn dtypes(checkpoint: &Checkpoint) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in checkpoint.entries() {
        *counts.entry(entry.dtype.name().to_string()).or_default() += 1;
    }
    counts
}
