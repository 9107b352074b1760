//! What a file is, by its first bytes.

use std::fmt;

use serde::Serialize;

use super::PictureFormat;

/// Bytes looked at.
const HEAD: usize = 1024;

/// Files that people take for pictures, or drop among them, and that are not read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ForeignFormat {
    /// SVG: a drawing that can hold scripts; never drawn.
    Svg,
    /// Compressed by gzip, such as `.svgz`.
    Gzip,
    /// AVIF.
    Avif,
    /// HEIC or HEIF, as phones write it.
    Heic,
    /// JPEG XL.
    JpegXl,
    /// JPEG 2000.
    Jpeg2000,
    /// Windows bitmap.
    Bmp,
    /// TIFF, and camera files built on it.
    Tiff,
    /// Windows icon or cursor.
    Ico,
    /// Photoshop document.
    Psd,
    /// PDF.
    Pdf,
    /// A web page: a download that went astray, or a network that wants a login.
    Html,
    /// Other XML.
    Xml,
    /// ZIP, and office documents built on it.
    Zip,
    /// A video in MP4, QuickTime, WebM or Matroska.
    Video,
    /// None of these.
    Unknown,
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Svg => "an SVG drawing",
            Self::Gzip => "data compressed by gzip, perhaps an SVG drawing",
            Self::Avif => "an AVIF picture",
            Self::Heic => "a HEIC picture",
            Self::JpegXl => "a JPEG XL picture",
            Self::Jpeg2000 => "a JPEG 2000 picture",
            Self::Bmp => "a BMP picture",
            Self::Tiff => "a TIFF picture",
            Self::Ico => "an icon",
            Self::Psd => "a Photoshop document",
            Self::Pdf => "a PDF document",
            Self::Html => "a web page (HTML)",
            Self::Xml => "an XML document",
            Self::Zip => "a ZIP archive",
            Self::Video => "a video",
            Self::Unknown => "a file of no known kind",
        })
    }
}

pub(crate) fn sniff(bytes: &[u8]) -> Result<PictureFormat, ForeignFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(PictureFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Ok(PictureFormat::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(PictureFormat::Webp),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(PictureFormat::Gif),
        _ => Err(foreign(bytes)),
    }
}

fn foreign(bytes: &[u8]) -> ForeignFormat {
    match bytes {
        [0x1F, 0x8B, ..] => ForeignFormat::Gzip,
        [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] => iso_media(bytes, brands),
        [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] => ForeignFormat::JpegXl,
        [0xFF, 0x4F, 0xFF, 0x51, ..] | [0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', ..] => ForeignFormat::Jpeg2000,
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => ForeignFormat::Tiff,
        // The size of a bitmap's own header: other files start with these two letters too.
        [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => {
            ForeignFormat::Bmp
        }
        [0, 0, 1 | 2, 0, count, 0, ..] if *count > 0 => ForeignFormat::Ico,
        [b'8', b'B', b'P', b'S', 0, ..] => ForeignFormat::Psd,
        [b'P', b'K', 3, 4, ..] => ForeignFormat::Zip,
        [0x1A, 0x45, 0xDF, 0xA3, ..] => ForeignFormat::Video,
        _ => markup(&bytes[..bytes.len().min(HEAD)]),
    }
}

/// By the brands of the `ftyp` box: the first names the file, the others what can read it.
fn iso_media(bytes: &[u8], brands: &[u8]) -> ForeignFormat {
    let size = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    let brands = &brands[..brands.len().min(size.saturating_sub(8)).min(HEAD)];
    let mut names = brands.chunks_exact(4);
    let known = names.find_map(|name| match name {
        b"avif" | b"avis" => Some(ForeignFormat::Avif),
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" => Some(ForeignFormat::Heic),
        _ => None,
    });
    known.unwrap_or(match brands.get(..4) {
        Some(b"mif1" | b"msf1") => ForeignFormat::Heic,
        _ => ForeignFormat::Video,
    })
}

/// Text that starts with a tag, once marks of byte order, white space, comments and declarations are past.
fn markup(head: &[u8]) -> ForeignFormat {
    // Without its zeros, UTF-16 reads as ASCII does.
    let wide = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    let head: Vec<u8> = head.iter().copied().filter(|&byte| !wide || byte != 0).collect();
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let text = text.trim_start_matches(|mark: char| mark.is_whitespace() || matches!(mark, '\u{FEFF}' | '\u{FFFD}'));
    if text.starts_with("%pdf-") {
        return ForeignFormat::Pdf;
    }
    if !text.starts_with('<') {
        return ForeignFormat::Unknown;
    }
    let mut rest = text;
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ => break,
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after.trim_start(),
            // Longer than what is looked at.
            None => return if text.contains("<svg") { ForeignFormat::Svg } else { ForeignFormat::Xml },
        }
    }
    // A root with a prefix, such as `<svg:svg`, begins with `<svg` too.
    let starts = |tags: &[&str]| tags.iter().any(|tag| rest.starts_with(tag));
    if starts(&["<svg", "<!doctype svg"])
        || rest.starts_with("<!doctype") && rest.contains("<svg") && !starts(&["<!doctype html"])
    {
        ForeignFormat::Svg
    } else if starts(&["<!doctype html", "<html", "<head", "<body", "<script", "<meta", "<title", "<div", "<p"]) {
        ForeignFormat::Html
    } else if text.starts_with("<?xml") {
        ForeignFormat::Xml
    } else {
        ForeignFormat::Unknown
    }
}
