//! EXIF orientation: how a stored picture is to be turned.

/// The eight values of the EXIF tag 0x0112.
///
/// Source: Exif 2.32, section 4.6.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Orientation {
    #[default]
    Upright,
    MirroredAcross,
    HalfTurn,
    MirroredDown,
    Transposed,
    QuarterRight,
    Transversed,
    QuarterLeft,
}

impl Orientation {
    /// From an EXIF block, which starts with the header of a TIFF file; upright where it does not say.
    pub(crate) fn from_exif(exif: &[u8]) -> Self {
        Self::read(exif).unwrap_or_default()
    }

    fn read(exif: &[u8]) -> Option<Self> {
        // In WebP and PNG some writers leave JPEG's prefix in place.
        let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        let big = match exif.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        let short = |at: usize| -> Option<u16> {
            let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
            Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
        };
        let long = exif.get(4..8)?.try_into().ok()?;
        let directory = (if big { u32::from_be_bytes(long) } else { u32::from_le_bytes(long) }) as usize;
        let entries = usize::from(short(directory)?);
        let first = directory.checked_add(2)?;
        for entry in 0..entries {
            let at = first.checked_add(entry * 12)?;
            if short(at)? == 0x0112 {
                return Some(match short(at + 8)? {
                    2 => Self::MirroredAcross,
                    3 => Self::HalfTurn,
                    4 => Self::MirroredDown,
                    5 => Self::Transposed,
                    6 => Self::QuarterRight,
                    7 => Self::Transversed,
                    8 => Self::QuarterLeft,
                    _ => Self::Upright,
                });
            }
        }
        None
    }

    /// Width and height after turning, from those before, and the other way round.
    pub(crate) fn turn(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Upright | Self::MirroredAcross | Self::HalfTurn | Self::MirroredDown => (width, height),
            Self::Transposed | Self::QuarterRight | Self::Transversed | Self::QuarterLeft => (height, width),
        }
    }

    /// Turns a picture stored as `width` × `height`.
    pub(crate) fn apply(self, rgb: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
        let (width, height) = (width as usize, height as usize);
        let (last_column, last_row) = (width - 1, height - 1);
        match self {
            Self::Upright => rgb,
            Self::MirroredAcross => turned(&rgb, width, (width, height), |x, y| (last_column - x, y)),
            Self::HalfTurn => turned(&rgb, width, (width, height), |x, y| (last_column - x, last_row - y)),
            Self::MirroredDown => turned(&rgb, width, (width, height), |x, y| (x, last_row - y)),
            Self::Transposed => turned(&rgb, width, (height, width), |x, y| (y, x)),
            Self::QuarterRight => turned(&rgb, width, (height, width), |x, y| (y, last_row - x)),
            Self::Transversed => turned(&rgb, width, (height, width), |x, y| (last_column - y, last_row - x)),
            Self::QuarterLeft => turned(&rgb, width, (height, width), |x, y| (last_column - y, x)),
        }
    }
}

/// Each pixel of the turned picture from where `source` says that it lies in the stored one.
fn turned(
    rgb: &[u8],
    width: usize,
    (out_width, out_height): (usize, usize),
    source: impl Fn(usize, usize) -> (usize, usize),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(rgb.len());
    for y in 0..out_height {
        for x in 0..out_width {
            let (column, row) = source(x, y);
            out.extend_from_slice(&rgb[(row * width + column) * 3..][..3]);
        }
    }
    out
}
