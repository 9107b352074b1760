//! PNG, by the `png` crate.

use std::io::Cursor;

use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use super::{PictureFormat, corrupt, flatten, over_white};
use crate::InputError;

const FORMAT: PictureFormat = PictureFormat::Png;
/// For a row and its filters, and for the short chunks that are kept; the pixels are counted apart.
const MEMORY: usize = 8 << 20;
/// How far deflate packs at most, to one; more pixels than that are not in the file.
const DEFLATE: u64 = 1032;

pub(crate) fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, InputError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MEMORY });
    // Text and colour profiles are deflated, so that few bytes grow to many.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    // Of 16 bits the upper eight, as the reference takes them.
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(error)?;
    let info = reader.info();
    let frame = info.frame_control.map_or((info.width, info.height), |frame| (frame.width, frame.height));
    if info.size() != (width, height) || frame != (width, height) {
        return Err(corrupt(FORMAT, "sizes that disagree"));
    }
    let raw = u64::from(height) * (u64::from(width) * info.bits_per_pixel() as u64).div_ceil(8);
    if raw / DEFLATE > bytes.len() as u64 {
        return Err(InputError::ImageTruncated { format: FORMAT });
    }
    let size = reader.output_buffer_size().ok_or_else(|| corrupt(FORMAT, "too large for this machine"))?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(error)?;
    Ok(match reader.output_color_type().0 {
        ColorType::Rgb => pixels,
        ColorType::Rgba => flatten(pixels),
        ColorType::Grayscale => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
        ColorType::GrayscaleAlpha => {
            pixels.chunks_exact(2).flat_map(|pixel| [over_white(pixel[0], pixel[1]); 3]).collect()
        }
        ColorType::Indexed => return Err(corrupt(FORMAT, "no palette")),
    })
}

fn error(error: DecodingError) -> InputError {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            InputError::ImageTruncated { format: FORMAT }
        }
        error => corrupt(FORMAT, error.to_string()),
    }
}
