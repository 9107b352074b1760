//! Picture files to upright 8-bit RGB.
//!
//! The bytes say what a file is, never its name. Sizes are read from the header and checked before anything is
//! decoded; colour profiles and later frames are never looked at, and text only by [`read_png_text`].

mod gif;
mod header;
mod jpeg;
mod orientation;
mod png;
mod sniff;
mod text;
mod webp;

use std::fmt;

use serde::Serialize;

use crate::InputError;
use crate::resample::{Filter, Side, resize};
use orientation::Orientation;

pub use sniff::ForeignFormat;
pub use text::{MAX_PNG_TEXT_BYTES, MAX_PNG_TEXTS, read_png_text, write_png};

/// Pixels of a picture that is decoded, at most: 40 million, which is 120 MB of RGB.
pub const MAX_PICTURE_PIXELS: usize = 40_000_000;
/// Pixels on a side of a picture that is decoded, at most: as many as JPEG and GIF can say.
pub const MAX_PICTURE_SIDE: u32 = 65_535;
/// Bytes of a picture file that is looked at, at most.
pub const MAX_PICTURE_BYTES: usize = 64 << 20;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureFormat {
    /// PNG; of an animated one, the picture that plain readers show.
    Png,
    /// JPEG: baseline and progressive, grey, YCbCr, RGB, CMYK and YCCK.
    Jpeg,
    /// WebP, lossy or lossless; of an animated one, the first frame.
    Webp,
    /// GIF, its first frame.
    Gif,
}

impl fmt::Display for PictureFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
        })
    }
}

/// What the header of a picture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PictureInfo {
    /// The format, by the bytes.
    pub format: PictureFormat,
    /// Pixels in a row, of the picture turned upright.
    pub width: u32,
    /// Rows, of the picture turned upright.
    pub height: u32,
}

/// A decoded picture: 8-bit RGB, turned upright as its EXIF data say, transparency laid over white.
///
/// White, since the reference does so too. Colours are those stored in the file: like the reference, this applies no
/// colour profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Rows from the top, three bytes a pixel: `[height × width × 3]`.
    pub rgb: Vec<u8>,
    /// The format that it came in.
    pub format: PictureFormat,
}

/// A small copy of a picture, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Rows from the top, four bytes a pixel, opaque: `[height × width × 4]`.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// The whole picture with its longer side at most `most` pixels (at least 1), antialiased; never enlarged.
    pub fn thumbnail(&self, most: u32) -> Thumbnail {
        let (long, most) = (self.width.max(self.height), most.max(1));
        let fit = |side: u32| match long > most {
            true => ((u64::from(side) * u64::from(most) + u64::from(long) / 2) / u64::from(long)).max(1) as u32,
            false => side,
        };
        let (width, height) = (fit(self.width), fit(self.height));
        let side = |from: u32, to: u32| Side { from, to, window: 0..to };
        let rgb = resize(&self.rgb, &side(self.width, width), &side(self.height, height), Filter::Hamming);
        let rgba = rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
        Thumbnail { width, height, rgba }
    }
}

/// Format and size of a picture, from its header alone: nothing is decoded, memory and time do not grow with the
/// size that the header claims.
///
/// # Errors
/// [`InputError::ImageEmpty`], [`InputError::ImageBytes`], [`InputError::ImageUnsupported`] for other formats,
/// [`InputError::ImagePixels`] and [`InputError::ImageSide`] above the limits, [`InputError::ImageTruncated`] and
/// [`InputError::ImageCorrupt`] for the header, [`InputError::ImageFeature`] for rare kinds of JPEG.
pub fn probe_picture(bytes: &[u8]) -> Result<PictureInfo, InputError> {
    probe(bytes).map(|(info, _)| info)
}

/// A picture file, decoded; see [`Picture`].
///
/// Takes three bytes a pixel for the result, and at most twelve in all while it runs.
///
/// # Errors
/// Those of [`probe_picture`], and [`InputError::ImageTruncated`] and [`InputError::ImageCorrupt`] for the rest of
/// the file.
pub fn decode_picture(bytes: &[u8]) -> Result<Picture, InputError> {
    let (info, orientation) = probe(bytes)?;
    // The size as stored, before it is turned upright.
    let (width, height) = orientation.turn(info.width, info.height);
    let rgb = match info.format {
        PictureFormat::Png => png::decode(bytes, width, height),
        PictureFormat::Jpeg => jpeg::decode(bytes),
        PictureFormat::Webp => webp::decode(bytes, width, height),
        PictureFormat::Gif => gif::decode(bytes, width, height),
    }?;
    let rgb = orientation.apply(rgb, width, height);
    Ok(Picture { width: info.width, height: info.height, rgb, format: info.format })
}

fn probe(bytes: &[u8]) -> Result<(PictureInfo, Orientation), InputError> {
    if bytes.is_empty() {
        return Err(InputError::ImageEmpty);
    }
    if bytes.len() > MAX_PICTURE_BYTES {
        return Err(InputError::ImageBytes { bytes: bytes.len(), limit: MAX_PICTURE_BYTES });
    }
    let format = sniff::sniff(bytes).map_err(|found| InputError::ImageUnsupported { found })?;
    let header = header::read(format, bytes)?;
    let (width, height) = header.orientation.turn(header.width, header.height);
    if width == 0 || height == 0 {
        return Err(corrupt(format, "no pixels, by its header"));
    }
    if u64::from(width) * u64::from(height) > MAX_PICTURE_PIXELS as u64 {
        return Err(InputError::ImagePixels { width, height, limit: MAX_PICTURE_PIXELS });
    }
    if width.max(height) > MAX_PICTURE_SIDE {
        return Err(InputError::ImageSide { width, height, limit: MAX_PICTURE_SIDE });
    }
    Ok((PictureInfo { format, width, height }, header.orientation))
}

fn corrupt(format: PictureFormat, reason: impl Into<String>) -> InputError {
    InputError::ImageCorrupt { format, reason: reason.into() }
}

/// One pixel over white, rounded as Pillow's `alpha_composite` rounds it.
fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    let sum = (value * alpha + 255 * (255 - alpha)) * 128 + (128 << 7);
    ((((sum >> 8) + sum) >> 8) >> 7) as u8
}

/// RGBA to RGB over white, in place.
fn flatten(mut pixels: Vec<u8>) -> Vec<u8> {
    let count = pixels.len() / 4;
    for index in 0..count {
        let alpha = pixels[index * 4 + 3];
        for colour in 0..3 {
            pixels[index * 3 + colour] = over_white(pixels[index * 4 + colour], alpha);
        }
    }
    pixels.truncate(count * 3);
    pixels
}
