//! Files of a zip archive whose members are stored, not compressed: photos are compressed already.
//!
//! Layout: PKWARE's APPNOTE 6.3.10, sections 4.3.7 and 4.3.12. A zip library would switch on features of shared dependencies and with
//! them a rebuild of the whole graphics stack, for these thirty lines.

use anyhow::{Context, Result, ensure};

fn number(bytes: &[u8], at: usize, width: usize) -> Result<usize> {
    let field = bytes.get(at..at + width).context("an archive cut short")?;
    Ok(field.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte)))
}

/// Name and bytes of every member.
pub fn members(bytes: &[u8]) -> Result<Vec<(String, &[u8])>> {
    let end = bytes.windows(4).rposition(|w| w == b"PK\x05\x06").context("no directory: not a zip archive")?;
    let count = number(bytes, end + 10, 2)?;
    let mut at = number(bytes, end + 16, 4)?;
    let mut members = Vec::with_capacity(count);
    for _ in 0..count {
        ensure!(bytes.get(at..at + 4) == Some(b"PK\x01\x02"), "a broken directory");
        let size = number(bytes, at + 24, 4)?;
        let [name, extra, comment] = [28, 30, 32].map(|field| number(bytes, at + field, 2));
        let (name, extra, comment) = (name?, extra?, comment?);
        let label =
            String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name).context("a name cut short")?).into_owned();
        ensure!(number(bytes, at + 10, 2)? == 0, "{label} is compressed; only stored members are read");
        let local = number(bytes, at + 42, 4)?;
        let start = local + 30 + number(bytes, local + 26, 2)? + number(bytes, local + 28, 2)?;
        members.push((label, bytes.get(start..start + size).context("a member cut short")?));
        at += 46 + name + extra + comment;
    }
    Ok(members)
}
