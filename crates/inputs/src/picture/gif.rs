//! The first frame of a GIF, by the `gif` crate.

use std::io::{Cursor, ErrorKind};

use gif::{ColorOutput, DecodeOptions, DecodingError, MemoryLimit};

use super::{MAX_PICTURE_PIXELS, PictureFormat, corrupt};
use crate::InputError;

const FORMAT: PictureFormat = PictureFormat::Gif;
/// How far LZW packs at most, to one: codes of 12 bits for strings of up to 4096 pixels.
const LZW: usize = 4096;

pub(crate) fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, InputError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(
        (MAX_PICTURE_PIXELS as u64).try_into().unwrap_or(std::num::NonZeroU64::MIN),
    ));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(error)?;
    let frame = decoder.next_frame_info().map_err(error)?.ok_or_else(|| corrupt(FORMAT, "no frame"))?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (across, down) = (usize::from(frame.width), usize::from(frame.height));
    let transparent = frame.transparent;
    if across == 0 || down == 0 || across * down > MAX_PICTURE_PIXELS {
        return Err(corrupt(FORMAT, format!("a frame of {across} × {down} pixels")));
    }
    if across * down / LZW > bytes.len() {
        return Err(InputError::ImageTruncated { format: FORMAT });
    }
    let mut indices = vec![0; across * down];
    decoder.read_into_buffer(&mut indices).map_err(error)?;
    let palette = decoder.palette().map_err(error)?;

    // What the frame leaves uncovered is transparent.
    let (width, height) = (width as usize, height as usize);
    let mut rgb = vec![255; width * height * 3];
    if left >= width {
        return Ok(rgb);
    }
    for (line, row) in rgb.chunks_exact_mut(width * 3).skip(top).zip(indices.chunks_exact(across)) {
        for (pixel, &index) in line[left * 3..].chunks_exact_mut(3).zip(row) {
            if transparent != Some(index) {
                let at = usize::from(index) * 3;
                // An index past the palette is black, as in the reference.
                pixel.copy_from_slice(palette.get(at..at + 3).unwrap_or(&[0; 3]));
            }
        }
    }
    Ok(rgb)
}

fn error(error: DecodingError) -> InputError {
    match error {
        DecodingError::UnexpectedEof => InputError::ImageTruncated { format: FORMAT },
        DecodingError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            InputError::ImageTruncated { format: FORMAT }
        }
        error => corrupt(FORMAT, error.to_string()),
    }
}
