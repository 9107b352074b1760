//! Size and orientation of a picture, from its header, without a decoder.

use super::orientation::Orientation;
use super::{PictureFormat, corrupt, jpeg};
use crate::InputError;

/// What is known before decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Pixels in a row, as stored.
    pub width: u32,
    /// Rows, as stored.
    pub height: u32,
    pub orientation: Orientation,
}

pub(crate) fn read(format: PictureFormat, bytes: &[u8]) -> Result<Header, InputError> {
    match format {
        PictureFormat::Png => png(bytes),
        PictureFormat::Jpeg => jpeg::header(bytes),
        PictureFormat::Webp => webp(bytes),
        PictureFormat::Gif => gif(bytes),
    }
}

fn long(bytes: &[u8]) -> usize {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
}

fn long_le(bytes: &[u8]) -> usize {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
}

/// Source: PNG, third edition, sections 5.3, 11.2.1 and 11.3.4.5.
fn png(bytes: &[u8]) -> Result<Header, InputError> {
    let truncated = InputError::ImageTruncated { format: PictureFormat::Png };
    let Some(first) = bytes.get(8..33) else { return Err(truncated) };
    if first[..8] != *b"\0\0\0\x0DIHDR" {
        return Err(corrupt(PictureFormat::Png, "no header chunk"));
    }
    let (width, height) = (long(&first[8..]) as u32, long(&first[12..]) as u32);
    let mut orientation = Orientation::default();
    let mut rest = &bytes[33..];
    // Chunk by chunk: length, name, data, checksum.
    while let Some((start, after)) = rest.split_at_checked(8) {
        let size = long(start);
        if &start[4..] == b"eXIf" {
            orientation = Orientation::from_exif(after.get(..size).unwrap_or_default());
            break;
        }
        let Some(next) = size.checked_add(4).and_then(|past| after.get(past..)) else { break };
        rest = next;
    }
    Ok(Header { width, height, orientation })
}

/// Source: GIF89a, section 18: the logical screen.
fn gif(bytes: &[u8]) -> Result<Header, InputError> {
    let Some(screen) = bytes.get(6..13) else {
        return Err(InputError::ImageTruncated { format: PictureFormat::Gif });
    };
    let side = |at: usize| u32::from(u16::from_le_bytes([screen[at], screen[at + 1]]));
    Ok(Header { width: side(0), height: side(2), orientation: Orientation::default() })
}

/// Source: RFC 9649, sections 2.4 to 2.7 and 3.4.
fn webp(bytes: &[u8]) -> Result<Header, InputError> {
    let truncated = InputError::ImageTruncated { format: PictureFormat::Webp };
    let Some(first) = bytes.get(12..30) else { return Err(truncated) };
    let short = |at: usize| u32::from(u16::from_le_bytes([first[at], first[at + 1]]));
    let three = |at: usize| short(at) | u32::from(first[at + 2]) << 16;
    let (width, height) = match &first[..4] {
        b"VP8 " => (short(14) & 0x3FFF, short(16) & 0x3FFF),
        b"VP8L" => {
            let sides = long_le(&first[9..]) as u32;
            ((sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1)
        }
        b"VP8X" => (three(12) + 1, three(15) + 1),
        _ => return Err(corrupt(PictureFormat::Webp, "no picture chunk at its start")),
    };
    let mut orientation = Orientation::default();
    let mut rest = &bytes[12..];
    while let Some((start, after)) = rest.split_at_checked(8) {
        let size = long_le(&start[4..]);
        if &start[..4] == b"EXIF" {
            orientation = Orientation::from_exif(after.get(..size).unwrap_or_default());
            break;
        }
        let Some(next) = size.checked_add(size & 1).and_then(|past| after.get(past..)) else { break };
        rest = next;
    }
    Ok(Header { width, height, orientation })
}
