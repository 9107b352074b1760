//! What hostile files cost in memory: no more than they hold. Alone in its program and in one test, since it looks at the whole of the program.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;

use kindling_inputs::decode_picture;
use kindling_weights::{Checkpoint, MAX_HEADER_BYTES, WeightFiles};

/// The most address space that this program ever had, in KiB: with room asked for and never touched, which a browser
/// would have to give.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn hostile_files_take_next_to_no_memory() {
    pictures();
    headers();
}

fn pictures() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/pictures");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let hostile = |name: &str| ["huge_", "hollow", "bomb_", "many_"].iter().any(|start| name.starts_with(start));
    files.retain(|file| hostile(&file.file_name().unwrap().to_string_lossy()));
    files.sort();
    assert!(files.len() >= 11);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let before = peak();
        let _ = decode_picture(&bytes);
        let grown = peak() - before;
        assert!(grown <= 2048, "{} took {grown} KiB", file.display());
    }
}

fn file(header: &str) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
}

/// Headers that lie.
fn headers() {
    let long = |length: u64| [&length.to_le_bytes()[..], b"{}"].concat();
    let tensor =
        |shape: &str, end: u64| file(&format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}"#));
    let half = u64::MAX / 2;
    let files = [
        ("the longest header", long(MAX_HEADER_BYTES)),
        ("a longer one", long(MAX_HEADER_BYTES + 1)),
        ("near 4 GB", long(u64::from(u32::MAX) - 7)),
        ("all bits", long(u64::MAX)),
        ("a tensor of 4 GB", tensor("[1073741824]", 1 << 32)),
        ("a tensor of all memory", tensor("[4611686018427387903]", u64::MAX - 3)),
        ("many dimensions", tensor(&format!("[{}1]", "2,".repeat(60)), 4)),
        ("no numbers, but rows", tensor(&format!("[{half},0]"), 0)),
        ("a deep one", file(&"[".repeat(100_000))),
    ];
    for (name, bytes) in files {
        let before = peak();
        let opened = Checkpoint::open(WeightFiles::from(bytes));
        let read = opened.and_then(|checkpoint| checkpoint.read_f32("a").map(|numbers| numbers.len()));
        let grown = peak() - before;
        assert!(grown <= 2048, "{name} took {grown} KiB");
        assert!(matches!(read, Err(_) | Ok(0)), "{name}: {read:?}");
    }
}
