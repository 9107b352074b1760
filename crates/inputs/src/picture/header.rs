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
    let disagree = || corrupt(PictureFormat::Webp, "sizes that disagree");
    let Some(first) = bytes.get(12..30) else { return Err(truncated) };
    let canvas = match &first[..4] {
        b"VP8X" => sides(&first[12..]),
        name => stored(name, &first[8..]),
    };
    let Some((width, height)) = canvas else {
        return Err(corrupt(PictureFormat::Webp, "no picture chunk at its start"));
    };
    let (mut orientation, mut framed) = (None, false);
    for (name, data) in Chunks(&bytes[12..]) {
        match name {
            b"EXIF" => {
                orientation.get_or_insert_with(|| Orientation::from_exif(data));
            }
            // The decoder makes room for what these say, not for what the canvas says.
            b"VP8 " | b"VP8L" if stored(name, data) != canvas => return Err(disagree()),
            b"ANMF" if !framed => {
                framed = true;
                let frame = data.get(6..).and_then(sides).filter(|frame| frame.0 <= width && frame.1 <= height);
                let mut inner = Chunks(data.get(16..).unwrap_or_default());
                let picture = inner.find(|(name, _)| matches!(*name, b"VP8 " | b"VP8L"));
                if frame.is_none() || picture.and_then(|(name, data)| stored(name, data)) != frame {
                    return Err(disagree());
                }
            }
            _ => {}
        }
    }
    Ok(Header { width, height, orientation: orientation.unwrap_or_default() })
}

/// Two numbers of three bytes each, less one.
fn sides(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?, *bytes.get(at + 2)?, 0]) + 1);
    Some((side(0)?, side(3)?))
}

/// The size that a chunk of pixels says it has.
fn stored(name: &[u8], data: &[u8]) -> Option<(u32, u32)> {
    match name {
        b"VP8 " => {
            let short = |at: usize| Some(u32::from(u16::from_le_bytes([*data.get(at)?, *data.get(at + 1)?]) & 0x3FFF));
            Some((short(6)?, short(8)?))
        }
        b"VP8L" => {
            let bits = long_le(data.get(1..5)?) as u32;
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        _ => None,
    }
}

/// The chunks of a WebP file: name, length, data, and a byte to make the length even. The last may be cut off.
struct Chunks<'b>(&'b [u8]);

impl<'b> Iterator for Chunks<'b> {
    type Item = (&'b [u8; 4], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_first_chunk::<4>()?;
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let size = long_le(size);
        self.0 = size.checked_add(size & 1).and_then(|past| rest.get(past..)).unwrap_or_default();
        Some((name, &rest[..size.min(rest.len())]))
    }
}
