//! JPEG, equal to libjpeg-turbo in every pixel.
//!
//! Written here since the reference decodes with libjpeg-turbo, and decoders that round otherwise are up to several
//! levels away from it, which enlarging a small photo enlarges. Baseline, extended and progressive Huffman coding
//! with 8 bits a sample; its accurate inverse transform, its smooth ("fancy") chroma upsampling, its colour arithmetic.
//!
//! Source: ITU-T T.81; libjpeg-turbo's `jidctint.c`, `jdsample.c`, `jdcolor.c`.

mod entropy;
mod frame;
mod idct;
mod markers;
mod planes;
mod scan;

use super::header::Header;
use super::{PictureFormat, corrupt};
use crate::InputError;

const FORMAT: PictureFormat = PictureFormat::Jpeg;
/// Passes over a picture, at most. Encoders need about ten; a file of empty passes costs time without end.
const MAX_SCANS: usize = 100;

/// Why decoding stopped, in a word that is cheap to pass along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Truncated,
    Corrupt(&'static str),
    Feature(&'static str),
}

impl From<Fault> for InputError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Truncated => Self::ImageTruncated { format: FORMAT },
            Fault::Corrupt(reason) => corrupt(FORMAT, reason),
            Fault::Feature(feature) => Self::ImageFeature { format: FORMAT, feature: feature.to_owned() },
        }
    }
}

/// Size and orientation: reads up to the frame header.
pub(crate) fn header(bytes: &[u8]) -> Result<Header, InputError> {
    let mut file = markers::File::new(bytes);
    let frame = file.seek_frame()?;
    Ok(Header { width: frame.width as u32, height: frame.height as u32, orientation: file.orientation })
}

/// The picture as stored, not turned: RGB rows.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<u8>, InputError> {
    Ok(decode_all(bytes)?)
}

fn decode_all(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut file = markers::File::new(bytes);
    let mut frame = file.seek_frame()?;
    // Each block takes a bit at the least: what the file cannot hold is not made room for.
    if frame.components.iter().map(|component| component.blocks()).sum::<usize>() / 8 > bytes.len() {
        return Err(Fault::Truncated);
    }
    frame.make_room();
    let mut scans = 0;
    while let Some(scan) = file.seek_scan(&mut frame)? {
        scans += 1;
        if scans > MAX_SCANS {
            return Err(Fault::Corrupt("more passes than any encoder writes"));
        }
        file.at = scan::decode(&file, &mut frame, &scan)?;
    }
    if frame.components.iter().any(|component| component.quantization.is_none()) {
        return Err(Fault::Truncated);
    }
    frame.finish();
    let colours = file.colours(&frame);
    Ok(planes::to_rgb(frame, colours))
}
