//! SentencePiece's table of replacements, checked before the `tokenizers` crate looks into it: that reader follows the table wherever it
//! leads, past its end too.
//!
//! Layout: base64 of a length in bytes (u32, little-endian), a double array of that length (Yata et al. 2007, as darts-clone writes it),
//! and the replacements, each ended by a NUL. A unit's low byte is the byte that leads to it, bit 8 says that a word may end there, and
//! the rest is how far away its own successors lie.

/// Whether every place that any text can reach lies inside.
///
/// # Errors
/// What does not.
pub(crate) fn check(encoded: &str) -> Result<(), String> {
    let bytes = base64::decode(encoded).map_err(|error| format!("charsmap: {error}"))?;
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or("charsmap without a length")?;
    let length = u32::from_le_bytes(*length) as usize;
    if length < 4 || length > rest.len() {
        return Err(format!("charsmap table of {length} bytes in {} bytes", rest.len()));
    }
    // As its reader parts the two: a table of whole units, the rest is text.
    let (table, text) = rest.split_at(length / 4 * 4);
    let units: Vec<u32> =
        table.chunks_exact(4).map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]])).collect();
    let text = std::str::from_utf8(text).map_err(|error| format!("charsmap: {error}"))?;
    walk(&units, text)
}

fn offset(unit: u32) -> usize {
    let unit = unit as usize;
    (unit >> 10) << ((unit & 1 << 9) >> 6)
}

fn walk(units: &[u32], text: &str) -> Result<(), String> {
    let outside = |place: usize| Err(format!("charsmap that leads to {place} in a table of {}", units.len()));
    let mut seen = vec![false; units.len()];
    let mut waiting = vec![offset(units[0])];
    while let Some(base) = waiting.pop() {
        // All bytes are looked up, whether or not one of them leads on.
        if base | 0xFF >= units.len() {
            return outside(base | 0xFF);
        }
        if std::mem::replace(&mut seen[base], true) {
            continue;
        }
        for byte in 1..=255 {
            let unit = units[base ^ byte];
            if unit & (1 << 31 | 0xFF) != byte as u32 {
                continue;
            }
            let next = (base ^ byte) ^ offset(unit);
            if unit >> 8 & 1 == 1 {
                let Some(leaf) = units.get(next) else { return outside(next) };
                let start = (leaf & !(1 << 31)) as usize;
                if !text.is_char_boundary(start) {
                    return Err(format!("charsmap with a replacement at {start} of {} bytes", text.len()));
                }
            }
            waiting.push(next);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    /// One letter, `a`, that becomes what stands at `start`.
    fn map(start: u32, units: usize, text: &str) -> String {
        let mut table = vec![0u32; units];
        table[0] = 256 << 10; // its successors lie in the second block
        if units > 256 + usize::from(b'a') {
            table[256 ^ usize::from(b'a')] = u32::from(b'a') | 1 << 8 | 512 << 10;
        }
        let leaf = 256 ^ usize::from(b'a') ^ 512;
        if let Some(unit) = table.get_mut(leaf) {
            *unit = start | 1 << 31;
        }
        let mut bytes = ((units * 4) as u32).to_le_bytes().to_vec();
        table.iter().for_each(|unit| bytes.extend(unit.to_le_bytes()));
        bytes.extend(text.as_bytes());
        base64::encode(bytes)
    }

    #[test]
    fn tables_hold_what_they_say() {
        assert_eq!(check(&map(0, 1024, "b\0")), Ok(()));
        assert_eq!(check(&map(2, 1024, "b\0好\0")), Ok(()));
        for (start, units, text) in
            [(3, 1024, "b\0好\0"), (9, 1024, "b\0"), (0, 512, "b\0"), (0, 256, "b\0"), (0, 1, "b\0")]
        {
            assert!(check(&map(start, units, text)).is_err(), "{start} {units}");
        }
        for map in ["", "AAAA", "/////wAAAABhAA==", "AAAAAAAAAABhAA==", "BAAAAAA?AABhAA==", "好好好"] {
            assert!(check(map).is_err(), "{map}");
        }
    }

    #[test]
    fn what_passes_is_read_without_harm() {
        let text = format!("{{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"{}\"}}", map(2, 1024, "b\0好\0"));
        let read: tokenizers::normalizers::Precompiled = serde_json::from_str(&text).expect("a table");
        assert_eq!(read.normalize_string("a很a"), "好很好");
    }
}
