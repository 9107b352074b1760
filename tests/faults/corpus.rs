//! The files that fuzzing found worth keeping, through the readers that it drives: none of them panics. `cargo xtask fuzz` finds more.
#![allow(missing_docs, unused_must_use)]

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use kindling_tests::root;

#[path = "../fuzz/src/readers.rs"]
mod readers;

/// Bytes that the repository holds of them at most.
const MOST_BYTES: usize = 300_000;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn every_reader_bears_its_corpus() {
    let corpus = root().join("tests/fuzz/corpus");
    let (mut bytes, mut count, mut fallen) = (0, 0, Vec::new());
    for (name, reader) in readers::READERS {
        let found = files(&corpus.join(name));
        assert!(found.len() >= 10, "{} files for {name}", found.len());
        for path in found {
            let file = std::fs::read(&path).expect("a file");
            bytes += file.len();
            count += 1;
            if catch_unwind(|| reader(&file)).is_err() {
                fallen.push(path);
            }
        }
    }
    println!("{count} files, {bytes} bytes");
    assert!(fallen.is_empty(), "{fallen:?}");
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
    // No folder is left over of a reader that is gone.
    assert_eq!(files(&corpus).len(), readers::READERS.len());
}
