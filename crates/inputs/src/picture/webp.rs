//! WebP, by the `image-webp` crate.

use std::io::{Cursor, ErrorKind};

use image_webp::{DecodingError, WebPDecoder};

use super::{PictureFormat, corrupt, flatten};
use crate::InputError;

const FORMAT: PictureFormat = PictureFormat::Webp;

pub(crate) fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, InputError> {
    pixels(bytes, width, height).map_err(|error| match error {
        // The decoder takes what is missing for zeros; the file says itself how long it should be.
        InputError::ImageCorrupt { .. } if claimed(bytes) > bytes.len() => {
            InputError::ImageTruncated { format: FORMAT }
        }
        error => error,
    })
}

/// Bytes of the file, by its first chunk.
fn claimed(bytes: &[u8]) -> usize {
    bytes
        .get(4..8)
        .map_or(0, |size| u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize)
        .saturating_add(8)
}

fn pixels(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, InputError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(error)?;
    if decoder.dimensions() != (width, height) {
        return Err(corrupt(FORMAT, "sizes that disagree"));
    }
    let size = decoder.output_buffer_size().ok_or_else(|| corrupt(FORMAT, "too large for this machine"))?;
    let mut pixels = vec![0; size];
    decoder.read_image(&mut pixels).map_err(error)?;
    Ok(if decoder.has_alpha() { flatten(pixels) } else { pixels })
}

fn error(error: DecodingError) -> InputError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            InputError::ImageTruncated { format: FORMAT }
        }
        DecodingError::NotEnoughInitData => InputError::ImageTruncated { format: FORMAT },
        error => corrupt(FORMAT, error.to_string()),
    }
}
