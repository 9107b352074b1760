//! Where a file's bytes lie: in memory, on a disk, behind a browser's `Blob`. Read in pieces, so that a large file is never held as a whole.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::rc::Rc;

use crate::{Precision, WeightsError};

/// A file of known length whose bytes can be had from anywhere in it.
pub trait Source: Debug {
    /// Bytes of the file.
    fn size(&self) -> u64;

    /// Fills `into` with the bytes from `at` on.
    ///
    /// # Errors
    /// Why they cannot be had, in the words of whoever keeps them.
    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String>;
}

impl Source for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
        let start = usize::try_from(at).ok();
        let found = start.and_then(|start| self.get(start..start.checked_add(into.len())?));
        into.copy_from_slice(found.ok_or("the file ends before")?);
        Ok(())
    }
}

impl From<Vec<u8>> for Box<dyn Source> {
    fn from(bytes: Vec<u8>) -> Self {
        Box::new(bytes)
    }
}

/// A file of the system's.
impl Source for std::fs::File {
    fn size(&self) -> u64 {
        self.metadata().map_or(0, |about| about.len())
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self;
        file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(into)).map_err(|error| error.to_string())
    }
}

/// So many bytes from `at` on, of a file that errors call `file`.
pub(crate) fn part(source: &dyn Source, file: &str, at: u64, length: u64) -> Result<Vec<u8>, WeightsError> {
    // Never more than the file has, whatever somebody claims.
    let length = length.min(source.size().saturating_sub(at));
    let mut bytes = vec![0; length as usize];
    source.read(at, &mut bytes).map_err(|reason| WeightsError::Unreadable { file: file.into(), reason })?;
    Ok(bytes)
}

/// A file that is wanted whole: configurations, tokenizers. `name` is for errors.
///
/// # Errors
/// [`WeightsError::Unreadable`], too large files among them.
pub fn small_file(source: &dyn Source, name: &str) -> Result<Vec<u8>, WeightsError> {
    // The largest tokenizers have some 20 MB.
    const MOST: u64 = 128 << 20;
    if source.size() > MOST {
        let reason = format!("{} bytes, above the limit of {MOST}", source.size());
        return Err(WeightsError::Unreadable { file: name.into(), reason });
    }
    part(source, name, 0, MOST)
}

/// Who is told how far loading is: bytes read, bytes of all weights. Shared by its clones.
#[derive(Clone)]
pub struct Watch(Rc<RefCell<dyn FnMut(u64, u64)>>);

impl Watch {
    /// Calls `told` after each piece that was read, of some megabytes at most. The first number never falls and never exceeds the second;
    /// it stays below where the files hold tensors that no field asks for.
    pub fn new(told: impl FnMut(u64, u64) + 'static) -> Self {
        Self(Rc::new(RefCell::new(told)))
    }

    /// The same watch over one file of several: `before` bytes lie in those that are done, `total` in all.
    pub fn among(&self, before: u64, total: u64) -> Self {
        let whole = self.clone();
        Self::new(move |done, _| whole.tell((before + done).min(total), total))
    }

    pub(crate) fn tell(&self, done: u64, total: u64) {
        // One who loads from inside the call is not told of that.
        if let Ok(mut told) = self.0.try_borrow_mut() {
            told(done, total);
        }
    }
}

impl Debug for Watch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// The files that hold a model's weights.
#[derive(Debug, Default)]
pub struct WeightFiles {
    /// `model.safetensors`, or every shard, by name.
    pub shards: BTreeMap<String, Box<dyn Source>>,
    /// `model.safetensors.index.json`, which says where each tensor lies; without it every tensor of every file counts.
    pub index: Option<Vec<u8>>,
    /// What matrices and tables become on the way to the device; without it they stay what they are.
    pub store_as: Option<Precision>,
    /// Told as bytes are read.
    pub progress: Option<Watch>,
}

impl WeightFiles {
    /// One file.
    pub fn one(source: impl Into<Box<dyn Source>>) -> Self {
        Self { shards: BTreeMap::from([("model.safetensors".to_string(), source.into())]), ..Self::default() }
    }
}

impl From<Vec<u8>> for WeightFiles {
    fn from(bytes: Vec<u8>) -> Self {
        Self::one(bytes)
    }
}
