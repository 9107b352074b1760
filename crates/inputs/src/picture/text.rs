//! Text inside PNG files: written beside the pixels, and read without them.
//!
//! A picture that was made here carries its settings, so that dropping it in again brings them back. What is read may
//! come from anyone: it is text, never markup, and is bounded before it is inflated.
//! Source: PNG, third edition, section 11.3.3.

use fdeflate::{BoundedDecompressionError, decompress_to_vec_bounded};
use png::{BitDepth, ColorType, Encoder, EncodingError, SrgbRenderingIntent};

use super::{MAX_PICTURE_PIXELS, MAX_PICTURE_SIDE, PictureFormat, corrupt, probe_picture};
use crate::InputError;

/// Texts in one PNG that are written or read, at most.
pub const MAX_PNG_TEXTS: usize = 64;
/// Bytes of all texts of one PNG, with their keys, in UTF-8 and inflated, at most.
pub const MAX_PNG_TEXT_BYTES: usize = 256 << 10;

const FORMAT: PictureFormat = PictureFormat::Png;
const SIGNATURE: usize = 8;
/// Longest key, in bytes of Latin-1.
const KEY: usize = 79;

/// A PNG of 8 bits a colour in sRGB, with a text for each key, as UTF-8 (`iTXt`). Pictures that are opaque throughout
/// are stored without alpha.
///
/// # Shapes
/// `rgba`: `[height × width × 4]`, rows from the top
///
/// # Errors
/// [`InputError::PngPixels`] where the bytes are not those of such a picture, [`InputError::ImagePixels`] and
/// [`InputError::ImageSide`] above the limits, [`InputError::PngKey`] for a key that the format does not allow,
/// [`InputError::PngTexts`] and [`InputError::PngTextSize`] for more text than [`read_png_text`] would read.
pub fn write_png(width: u32, height: u32, rgba: &[u8], text: &[(String, String)]) -> Result<Vec<u8>, InputError> {
    let wrong = InputError::PngPixels { width, height, bytes: rgba.len() };
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PICTURE_PIXELS as u64 {
        return Err(InputError::ImagePixels { width, height, limit: MAX_PICTURE_PIXELS });
    }
    if width.max(height) > MAX_PICTURE_SIDE {
        return Err(InputError::ImageSide { width, height, limit: MAX_PICTURE_SIDE });
    }
    if pixels == 0 || rgba.len() as u64 != pixels * 4 {
        return Err(wrong);
    }
    let mut budget = Budget::new();
    for (key, text) in text {
        check_key(key)?;
        budget.spend(key, text)?;
    }
    let colours = rgba.as_chunks::<4>().0;
    let opaque = colours.iter().all(|pixel| pixel[3] == 255);
    let rgb: Vec<u8>;
    let (colour, data) = if opaque {
        rgb = colours.iter().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        (ColorType::Rgb, rgb.as_slice())
    } else {
        (ColorType::Rgba, rgba)
    };
    encode(width, height, colour, data, text).map_err(|error| corrupt(FORMAT, error.to_string()))
}

fn encode(
    width: u32,
    height: u32,
    colour: ColorType,
    data: &[u8],
    text: &[(String, String)],
) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    for (key, text) in text {
        encoder.add_itxt_chunk(key.clone(), text.clone())?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(data)?;
    writer.finish()?;
    Ok(file)
}

/// Section 11.3.3.1: printable Latin-1, spaces only between words and one at a time.
fn check_key(key: &str) -> Result<(), InputError> {
    let refuse = |reason: String| Err(InputError::PngKey { key: key.chars().take(KEY).collect(), reason });
    let characters = key.chars().count();
    if !(1..=KEY).contains(&characters) {
        return refuse(format!("{characters} characters, where 1 to {KEY} are allowed"));
    }
    if let Some(wrong) = key.chars().find(|character| !matches!(character, ' '..='~' | '\u{A1}'..='\u{FF}')) {
        return refuse(format!("{wrong:?}, which is not printable Latin-1"));
    }
    if key.starts_with(' ') || key.ends_with(' ') || key.contains("  ") {
        return refuse("a space at an end, or two together".to_owned());
    }
    Ok(())
}

/// The texts of a PNG in the order of the file, each with its key: `tEXt`, `zTXt` and `iTXt`. No pixel is decoded.
///
/// # Errors
/// Those of [`crate::probe_picture`]; [`InputError::PngFormat`] for a picture in another format;
/// [`InputError::ImageTruncated`] for a file that ends early, [`InputError::ImageCorrupt`] for wrong checksums and
/// texts that break the rules; [`InputError::PngTexts`] and [`InputError::PngTextSize`] above the limits, before more
/// than that is inflated.
pub fn read_png_text(bytes: &[u8]) -> Result<Vec<(String, String)>, InputError> {
    let format = probe_picture(bytes)?.format;
    if format != FORMAT {
        return Err(InputError::PngFormat { format });
    }
    let (mut texts, mut budget) = (Vec::new(), Budget::new());
    let mut rest = &bytes[SIGNATURE..];
    loop {
        let chunk = Chunk::cut(&mut rest)?;
        if &chunk.kind == b"IEND" {
            return Ok(texts);
        }
        if !matches!(&chunk.kind, b"tEXt" | b"zTXt" | b"iTXt") {
            continue;
        }
        // What is not smaller when it is packed need not be unpacked to be refused.
        budget.read(chunk.data.len())?;
        if crc32(&chunk.kind, chunk.data) != chunk.sum {
            return Err(corrupt(FORMAT, format!("{} chunk with a wrong checksum", chunk.kind.escape_ascii())));
        }
        let (key, text) = read(&chunk, budget.left)?;
        budget.spend(&key, &text)?;
        texts.push((key, text));
    }
}

/// How much text there may still be.
struct Budget {
    texts: usize,
    /// Bytes as stored, packed ones included.
    stored: usize,
    left: usize,
}

impl Budget {
    fn new() -> Self {
        Self { texts: MAX_PNG_TEXTS, stored: 2 * MAX_PNG_TEXT_BYTES, left: MAX_PNG_TEXT_BYTES }
    }

    fn read(&mut self, stored: usize) -> Result<(), InputError> {
        self.stored = self.stored.checked_sub(stored).ok_or_else(too_large)?;
        Ok(())
    }

    fn spend(&mut self, key: &str, text: &str) -> Result<(), InputError> {
        self.texts = self.texts.checked_sub(1).ok_or(InputError::PngTexts { limit: MAX_PNG_TEXTS })?;
        self.left = self.left.checked_sub(key.len() + text.len()).ok_or_else(too_large)?;
        Ok(())
    }
}

fn too_large() -> InputError {
    InputError::PngTextSize { limit: MAX_PNG_TEXT_BYTES }
}

struct Chunk<'b> {
    kind: [u8; 4],
    data: &'b [u8],
    sum: u32,
}

impl<'b> Chunk<'b> {
    /// Takes the next chunk off the file.
    fn cut(rest: &mut &'b [u8]) -> Result<Self, InputError> {
        let truncated = InputError::ImageTruncated { format: FORMAT };
        let cut = || {
            let (size, after) = rest.split_first_chunk::<4>()?;
            let (kind, after) = after.split_first_chunk::<4>()?;
            let (data, after) = after.split_at_checked(u32::from_be_bytes(*size) as usize)?;
            let (sum, after) = after.split_first_chunk::<4>()?;
            Some((Self { kind: *kind, data, sum: u32::from_be_bytes(*sum) }, after))
        };
        let (chunk, after) = cut().ok_or(truncated)?;
        *rest = after;
        Ok(chunk)
    }
}

/// Key and text of a chunk; the text may have `room` bytes.
fn read(chunk: &Chunk, room: usize) -> Result<(String, String), InputError> {
    let broken = |reason: &str| corrupt(FORMAT, format!("{} chunk {reason}", chunk.kind.escape_ascii()));
    let (key, rest) = until_zero(chunk.data).ok_or_else(|| broken("without a key"))?;
    if !(1..=KEY).contains(&key.len()) {
        return Err(broken("with a key of a forbidden length"));
    }
    let method = |rest: &[u8]| match rest {
        [0, ..] => Ok(()),
        _ => Err(broken("packed in an unknown way")),
    };
    let text = match &chunk.kind {
        b"tEXt" => latin(rest),
        b"zTXt" => {
            method(rest)?;
            latin(&inflate(&rest[1..], room, broken)?)
        }
        _ => {
            let (&packed, rest) = rest.split_first().ok_or_else(|| broken("that ends early"))?;
            method(rest)?;
            // A language tag and the key in that language come before the text.
            let text = until_zero(&rest[1..]).and_then(|(_, rest)| until_zero(rest));
            let (_, text) = text.ok_or_else(|| broken("that ends early"))?;
            let text = match packed {
                0 => text.to_vec(),
                1 => inflate(text, room, broken)?,
                _ => return Err(broken("packed in an unknown way")),
            };
            String::from_utf8(text).map_err(|_| broken("with text that is not UTF-8"))?
        }
    };
    Ok((latin(key), text))
}

/// What comes before the first zero, and what after it.
fn until_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn inflate(packed: &[u8], room: usize, broken: impl Fn(&str) -> InputError) -> Result<Vec<u8>, InputError> {
    // One more than fits: text that fills the room exactly is then told from text that goes on.
    match decompress_to_vec_bounded(packed, room + 1) {
        Ok(text) if text.len() <= room => Ok(text),
        Ok(_) | Err(BoundedDecompressionError::OutputTooLarge { .. }) => Err(too_large()),
        Err(BoundedDecompressionError::DecompressionError { .. }) => Err(broken("that cannot be unpacked")),
    }
}

/// Source: PNG, third edition, annex D.
fn crc32(kind: &[u8], data: &[u8]) -> u32 {
    let byte = |sum: u32, byte: &u8| TABLE[usize::from(sum as u8 ^ byte)] ^ sum >> 8;
    !kind.iter().chain(data).fold(!0, byte)
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut sum, mut bit) = (index as u32, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
};
