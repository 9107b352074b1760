//! Repositories on disk, listed as a hub's API lists them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// From this size on files lie in the store, behind a redirect, as with large-file storage.
const LARGE: u64 = 100_000;

/// A file of a repository.
#[derive(Clone)]
pub struct Entry {
    /// Its path inside the repository.
    pub path: String,
    /// Where it is on disk.
    pub file: PathBuf,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
}

impl Entry {
    /// Whether it lies in the store.
    pub fn large(&self) -> bool {
        self.size >= LARGE || self.path.ends_with(".safetensors")
    }

    /// Bytes `first..=last`.
    pub fn read(&self, first: u64, count: u64) -> Result<Vec<u8>> {
        let mut file = File::open(&self.file)?;
        file.seek(SeekFrom::Start(first))?;
        let mut bytes = Vec::new();
        file.take(count).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Hashes are kept while size and time of a file stay.
#[derive(Default)]
pub struct Repositories {
    root: PathBuf,
    known: Mutex<HashMap<PathBuf, (u64, SystemTime, String)>>,
}

impl Repositories {
    /// Below a folder.
    pub fn new(root: PathBuf) -> Self {
        Self { root, known: Mutex::default() }
    }

    /// All files of `owner/name`; `None` where there is no such folder.
    pub fn list(&self, id: &str) -> Option<Vec<Entry>> {
        let folder = self.root.join(id);
        if !folder.is_dir() || id.split('/').count() != 2 {
            return None;
        }
        let mut entries = Vec::new();
        self.walk(&folder, &folder, &mut entries).ok()?;
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Some(entries)
    }

    fn walk(&self, base: &Path, folder: &Path, entries: &mut Vec<Entry>) -> Result<()> {
        for found in std::fs::read_dir(folder)? {
            let file = found?.path();
            if file.is_dir() {
                self.walk(base, &file, entries)?;
                continue;
            }
            let path = file.strip_prefix(base)?.to_str().context("a name that is no text")?.to_owned();
            let meta = std::fs::metadata(&file)?;
            let sha256 = self.hash(&file, meta.len(), meta.modified()?)?;
            entries.push(Entry { path, size: meta.len(), sha256, file });
        }
        Ok(())
    }

    fn hash(&self, file: &Path, size: u64, time: SystemTime) -> Result<String> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, _, hash)) = known.get(file).filter(|(s, t, _)| (*s, *t) == (size, time)) {
            return Ok(hash.clone());
        }
        let mut hasher = Sha256::new();
        std::io::copy(&mut File::open(file)?, &mut hasher)?;
        let hash = hex(&hasher.finalize());
        known.insert(file.to_owned(), (size, time, hash.clone()));
        Ok(hash)
    }

    /// The file with this content, in any repository.
    pub fn by_content(&self, sha256: &str) -> Option<Entry> {
        let owners = std::fs::read_dir(&self.root).ok()?.flatten();
        let ids = owners.flat_map(|owner| {
            let names = std::fs::read_dir(owner.path()).into_iter().flatten().flatten();
            names.map(move |name| format!("{}/{}", owner.file_name().display(), name.file_name().display()))
        });
        ids.filter_map(|id| self.list(&id)).flatten().find(|entry| entry.sha256 == sha256)
    }
}

/// The commit of a listing: another content is another commit.
pub fn commit(entries: &[Entry]) -> String {
    let mut hasher = Sha256::new();
    entries.iter().for_each(|entry| hasher.update(format!("{} {}\n", entry.sha256, entry.path)));
    hex(&hasher.finalize())[..40].to_owned()
}

/// What the API says of a repository, with the sizes that `?blobs=true` asks for.
pub fn describe(id: &str, entries: &[Entry]) -> Value {
    let sibling = |entry: &Entry| {
        let mut value = json!({ "rfilename": entry.path, "size": entry.size, "blobId": entry.sha256[..40] });
        if entry.large() {
            value["lfs"] = json!({ "sha256": entry.sha256, "size": entry.size, "pointerSize": 134 });
        }
        value
    };
    json!({
        "id": id, "modelId": id, "sha": commit(entries), "private": false, "gated": false, "disabled": false,
        "siblings": entries.iter().map(sibling).collect::<Vec<_>>(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
