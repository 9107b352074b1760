//! What hostile pictures cost in memory. Alone in its program, since it looks at the whole of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;

use kindling_inputs::decode_picture;

/// The most address space that this program ever had, in KiB: with room asked for and never touched, which a browser
/// would have to give.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn refused_pictures_take_next_to_no_memory() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pictures");
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
