//! The segments of a JPEG file: tables, headers, and the notes that decide on colours and orientation.

use super::super::orientation::Orientation;
use super::Fault;
use super::entropy::Huffman;
use super::frame::{Component, Frame};
use super::scan::{Scan, ScanComponent};

/// Where coefficient `k` of a file lies in a block read row by row.
#[rustfmt::skip]
pub(super) const ZIGZAG: [usize; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10,
    17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34,
    27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46,
    53, 60, 61, 54, 47, 55, 62, 63,
];

/// What the planes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    Grey,
    Rgb,
    YCbCr,
    /// Inverted, as Adobe writes it and the reference takes it always.
    Cmyk,
    Ycck,
}

/// A file, read from segment to segment.
pub(super) struct File<'b> {
    pub bytes: &'b [u8],
    pub at: usize,
    pub orientation: Orientation,
    /// Whether an EXIF block was seen: the first one counts.
    exif: bool,
    jfif: bool,
    adobe: Option<u8>,
    quantization: [Option<[u16; 64]>; 4],
    pub dc: [Option<Huffman>; 4],
    pub ac: [Option<Huffman>; 4],
    /// Interleaved units between restart markers; 0 for none.
    pub restart: usize,
}

impl<'b> File<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            at: 2,
            orientation: Orientation::default(),
            exif: false,
            jfif: false,
            adobe: None,
            quantization: [None; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            restart: 0,
        }
    }

    /// The next marker; bytes before it that are none are passed over, as libjpeg does.
    fn marker(&mut self) -> Option<u8> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let skip = rest.iter().position(|&byte| byte == 0xFF)?;
            self.at += skip + 1;
            // Fill bytes, stuffed zeros and restart markers left over are none; nor is 0x01.
            match self.bytes.get(self.at)? {
                0xFF => {}
                0x00 | 0x01 | 0xD0..=0xD7 => self.at += 1,
                &marker => {
                    self.at += 1;
                    return Some(marker);
                }
            }
        }
    }

    /// The body of the segment that begins here.
    fn body(&mut self) -> Result<&'b [u8], Fault> {
        let size = self.bytes.get(self.at..self.at + 2).ok_or(Fault::Truncated)?;
        let size = usize::from(u16::from_be_bytes([size[0], size[1]]));
        if size < 2 {
            return Err(Fault::Corrupt("segment without room for its own size"));
        }
        let body = self.bytes.get(self.at + 2..self.at + size).ok_or(Fault::Truncated)?;
        self.at += size;
        Ok(body)
    }

    /// Reads up to the frame header.
    pub fn seek_frame(&mut self) -> Result<Frame, Fault> {
        loop {
            match self.marker().ok_or(Fault::Truncated)? {
                kind @ 0xC0..=0xC2 => return frame(self.body()?, kind == 0xC2),
                0xC3 => return Err(Fault::Feature("lossless coding")),
                0xC5..=0xC7 => return Err(Fault::Feature("hierarchical coding")),
                0xC9..=0xCB | 0xCD..=0xCF => return Err(Fault::Feature("arithmetic coding")),
                0xD9 => return Err(Fault::Truncated),
                0xDA => return Err(Fault::Corrupt("data before the frame header")),
                other => self.tables(other)?,
            }
        }
    }

    /// Reads up to the next scan, and its header; `None` where the picture is whole.
    pub fn seek_scan(&mut self, frame: &mut Frame) -> Result<Option<Scan>, Fault> {
        loop {
            match self.marker() {
                Some(0xDA) => break,
                Some(0xD9) => return Ok(None),
                // Without its end marker a picture in passes may lack some; one in a single pass is complete.
                None if frame.progressive => return Err(Fault::Truncated),
                None => return Ok(None),
                Some(0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF) => {
                    return Err(Fault::Corrupt("two frame headers"));
                }
                Some(other) => self.tables(other)?,
            }
        }
        let scan = scan(self.body()?, frame)?;
        for part in &scan.components {
            let component = &mut frame.components[part.index];
            if component.quantization.is_none() {
                let table = self.quantization[component.selector].ok_or(Fault::Corrupt("no quantization table"))?;
                component.quantization = Some(table);
            }
        }
        Ok(Some(scan))
    }

    /// Takes in a segment of tables or notes.
    fn tables(&mut self, marker: u8) -> Result<(), Fault> {
        // A second start, which some cameras write, has no body.
        if marker == 0xD8 {
            return Ok(());
        }
        let body = self.body()?;
        match marker {
            0xDB => self.read_quantization(body),
            0xC4 => self.read_huffman(body),
            0xDD => {
                let size: [u8; 2] = body.try_into().map_err(|_| Fault::Corrupt("restart segment of a wrong size"))?;
                self.restart = usize::from(u16::from_be_bytes(size));
                Ok(())
            }
            0xDC => Err(Fault::Feature("its height after the picture")),
            0xE0 => {
                self.jfif |= body.starts_with(b"JFIF\0");
                Ok(())
            }
            0xE1 => {
                if let Some(exif) = body.strip_prefix(b"Exif\0\0").filter(|_| !self.exif) {
                    self.exif = true;
                    self.orientation = Orientation::from_exif(exif);
                }
                Ok(())
            }
            0xEE => {
                if body.starts_with(b"Adobe") && body.len() >= 12 {
                    self.adobe = Some(body[11]);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn read_quantization(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        let short = Fault::Corrupt("quantization segment of a wrong size");
        while let Some((&head, rest)) = body.split_first() {
            let slot = self.quantization.get_mut(usize::from(head & 15)).ok_or(Fault::Corrupt("table out of range"))?;
            let bytes = if head >> 4 == 0 { 1 } else { 2 };
            let (entries, rest) = rest.split_at_checked(64 * bytes).ok_or(short)?;
            let mut table = [0; 64];
            for (k, entry) in entries.chunks_exact(bytes).enumerate() {
                table[ZIGZAG[k]] = entry.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
            }
            *slot = Some(table);
            body = rest;
        }
        Ok(())
    }

    fn read_huffman(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        let short = Fault::Corrupt("Huffman segment of a wrong size");
        while let Some((&head, rest)) = body.split_first() {
            let slots = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot = slots.get_mut(usize::from(head & 15)).ok_or(Fault::Corrupt("table out of range"))?;
            let (counts, rest) = rest.split_at_checked(16).ok_or(short)?;
            let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total).ok_or(short)?;
            *slot = Some(Huffman::new(counts, symbols)?);
            body = rest;
        }
        Ok(())
    }

    /// What the planes hold, by the rules of libjpeg.
    pub fn colours(&self, frame: &Frame) -> Colours {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.as_slice(), self.adobe) {
            ([_], _) => Colours::Grey,
            ([_, _, _], Some(0)) if !self.jfif => Colours::Rgb,
            (b"RGB", None) if !self.jfif => Colours::Rgb,
            ([_, _, _], _) => Colours::YCbCr,
            (_, None | Some(0)) => Colours::Cmyk,
            _ => Colours::Ycck,
        }
    }
}

fn frame(body: &[u8], progressive: bool) -> Result<Frame, Fault> {
    let short = Fault::Corrupt("frame header of a wrong size");
    let (&[precision, h1, h0, w1, w0, count], parts) = body.split_first_chunk::<6>().ok_or(short)?;
    if precision != 8 {
        return Err(Fault::Feature("more than 8 bits a sample"));
    }
    let (height, width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
    if height == 0 {
        return Err(Fault::Feature("its height after the picture"));
    }
    if !matches!(count, 1 | 3 | 4) {
        return Err(Fault::Feature("a number of colours other than 1, 3 and 4"));
    }
    if parts.len() != usize::from(count) * 3 {
        return Err(short);
    }
    let mut components = Vec::new();
    for part in parts.chunks_exact(3) {
        let (across, down) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
        if !(1..=4).contains(&across) || !(1..=4).contains(&down) || part[2] > 3 {
            return Err(Fault::Corrupt("sampling factors or table out of range"));
        }
        components.push(Component {
            id: part[0],
            across,
            down,
            selector: usize::from(part[2]),
            ..Component::default()
        });
    }
    let (width, height) = (usize::from(width), usize::from(height));
    let mut frame = Frame { width, height, progressive, components, ..Frame::default() };
    frame.measure();
    if frame
        .components
        .iter()
        .any(|part| !frame.across.is_multiple_of(part.across) || !frame.down.is_multiple_of(part.down))
    {
        return Err(Fault::Feature("colour planes at a fraction of each other's size"));
    }
    Ok(frame)
}

fn scan(body: &[u8], frame: &Frame) -> Result<Scan, Fault> {
    let short = Fault::Corrupt("scan header of a wrong size");
    let (&count, rest) = body.split_first().ok_or(short)?;
    let (parts, rest) = rest.split_at_checked(usize::from(count) * 2).ok_or(short)?;
    let &[first, last, bits] = rest else { return Err(short) };
    if !(1..=4).contains(&count) {
        return Err(short);
    }
    let mut components: Vec<ScanComponent> = Vec::new();
    for part in parts.chunks_exact(2) {
        let index = frame.components.iter().position(|component| component.id == part[0]);
        let index = index.ok_or(Fault::Corrupt("scan of a plane that is not there"))?;
        let (dc, ac) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
        if components.iter().any(|other| other.index == index) || dc > 3 || ac > 3 {
            return Err(Fault::Corrupt("scan of a plane twice, or table out of range"));
        }
        components.push(ScanComponent { index, dc, ac });
    }
    let mut scan = Scan { components, first: 0, last: 63, high: 0, low: 0 };
    if frame.progressive {
        (scan.first, scan.last) = (usize::from(first), usize::from(last));
        (scan.high, scan.low) = (bits >> 4, bits & 15);
        let spectrum = if scan.first == 0 {
            scan.last == 0
        } else {
            scan.first <= scan.last && scan.last < 64 && scan.components.len() == 1
        };
        if !spectrum || scan.low > 13 || scan.high != 0 && scan.high != scan.low + 1 {
            return Err(Fault::Corrupt("progressive scan out of range"));
        }
    }
    Ok(scan)
}
