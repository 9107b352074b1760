//! One pass over the picture, or over one of its planes.

use super::Fault;
use super::entropy::{Bits, Huffman};
use super::frame::{Frame, SIDE};
use super::idct;
use super::markers::{File, ZIGZAG};

/// A plane within a scan, and its tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScanComponent {
    pub index: usize,
    pub dc: usize,
    pub ac: usize,
}

/// The scan header.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub components: Vec<ScanComponent>,
    /// The coefficients that it holds, first and last.
    pub first: usize,
    pub last: usize,
    /// The bit above those sent before (0 for none), and the lowest one sent now.
    pub high: u8,
    pub low: u8,
}

type Block = [i16; 64];

/// What runs along from block to block.
struct Decoder<'f> {
    bits: Bits<'f>,
    /// By plane of the scan.
    tables: Vec<(Option<&'f Huffman>, Option<&'f Huffman>)>,
    /// The last constant coefficient of each plane.
    before: [i32; 4],
    /// Blocks to come without a coefficient of this scan.
    empty: u32,
    scan: &'f Scan,
}

/// Reads the data of a scan; returns where they end.
pub(super) fn decode(file: &File, frame: &mut Frame, scan: &Scan) -> Result<usize, Fault> {
    let tables = scan.components.iter().map(|part| (file.dc[part.dc].as_ref(), file.ac[part.ac].as_ref()));
    let bits = Bits::new(file.bytes, file.at);
    let mut decoder = Decoder { bits, tables: tables.collect(), before: [0; 4], empty: 0, scan };

    // A scan of one plane goes through its blocks row by row, without those that fill up interleaved units.
    let alone = scan.components.len() == 1;
    let (across, down) = match alone {
        true => frame.components[scan.components[0].index].own(),
        false => (frame.units_across, frame.units_down),
    };
    let mut scratch = [0; 64];
    for unit in 0..across * down {
        if file.restart > 0 && unit > 0 && unit % file.restart == 0 {
            decoder.bits.restart((unit / file.restart - 1) % 8)?;
            (decoder.before, decoder.empty) = ([0; 4], 0);
        }
        let (x, y) = (unit % across, unit / across);
        for (part, &ScanComponent { index, .. }) in scan.components.iter().enumerate() {
            let component = &mut frame.components[index];
            let (wide, high) = if alone { (1, 1) } else { (component.across, component.down) };
            for (row, column) in (0..high).flat_map(|row| (0..wide).map(move |column| (row, column))) {
                let (x, y) = (x * wide + column, y * high + row);
                if frame.progressive {
                    let start = (y * component.columns + x) * 64;
                    let Some(block) = component.coefficients[start..].first_chunk_mut() else { continue };
                    decoder.progressive(part, block)?;
                } else {
                    scratch.fill(0);
                    decoder.sequential(part, &mut scratch)?;
                    let stride = component.stride();
                    let table = component.quantization.as_ref().unwrap_or(&[1; 64]);
                    let corner = (y * stride + x) * SIDE;
                    idct::transform(&scratch, table, &mut component.samples[corner..], stride);
                }
            }
        }
        decoder.bits.check()?;
    }
    Ok(decoder.bits.at)
}

impl<'f> Decoder<'f> {
    fn dc(&self, part: usize) -> Result<&'f Huffman, Fault> {
        self.tables[part].0.ok_or(Fault::Corrupt("no Huffman table"))
    }

    fn ac(&self, part: usize) -> Result<&'f Huffman, Fault> {
        self.tables[part].1.ok_or(Fault::Corrupt("no Huffman table"))
    }

    /// The constant coefficient, sent as the difference from the block before.
    #[inline]
    fn constant(&mut self, part: usize) -> Result<i32, Fault> {
        let table = self.dc(part)?;
        let size = u32::from(self.bits.symbol(table)?);
        if size > 15 {
            return Err(Fault::Corrupt("coefficient of more than 15 bits"));
        }
        let before = &mut self.before[part];
        *before = before.wrapping_add(self.bits.signed(size));
        Ok(*before)
    }

    /// A whole block at once. Source: ITU-T T.81, section F.2.2.
    fn sequential(&mut self, part: usize, block: &mut Block) -> Result<(), Fault> {
        block[0] = self.constant(part)? as i16;
        let table = self.ac(part)?;
        let mut k = 1;
        while k < 64 {
            let symbol = self.bits.symbol(table)?;
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run < 15 {
                    break;
                }
                k += 16;
                continue;
            }
            k += run;
            let &at = ZIGZAG.get(k).ok_or(Fault::Corrupt("coefficient outside its block"))?;
            block[at] = self.bits.signed(size) as i16;
            k += 1;
        }
        Ok(())
    }

    /// A part of a block. Source: ITU-T T.81, section G.2.
    fn progressive(&mut self, part: usize, block: &mut Block) -> Result<(), Fault> {
        let scan = self.scan;
        match (scan.first, scan.high) {
            (0, 0) => block[0] = (self.constant(part)? << scan.low) as i16,
            (0, _) => block[0] |= i16::from(self.bits.bit()) << scan.low,
            (_, 0) => self.first_pass(part, block)?,
            (_, _) => self.refinement(part, block)?,
        }
        Ok(())
    }

    /// How many blocks end here: this one and the run behind a symbol of size 0.
    fn end_of_blocks(&mut self, run: u32) -> u32 {
        (1 << run) + self.bits.bits(run)
    }

    fn first_pass(&mut self, part: usize, block: &mut Block) -> Result<(), Fault> {
        if self.empty > 0 {
            self.empty -= 1;
            return Ok(());
        }
        let table = self.ac(part)?;
        let mut k = self.scan.first;
        while k <= self.scan.last {
            let symbol = self.bits.symbol(table)?;
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run < 15 {
                    self.empty = self.end_of_blocks(run as u32) - 1;
                    break;
                }
                k += 16;
                continue;
            }
            k += run;
            let &at = ZIGZAG.get(k).ok_or(Fault::Corrupt("coefficient outside its block"))?;
            block[at] = (self.bits.signed(size) << self.scan.low) as i16;
            k += 1;
        }
        Ok(())
    }

    /// One more bit for the coefficients that are there, and those that appear with this bit.
    fn refinement(&mut self, part: usize, block: &mut Block) -> Result<(), Fault> {
        let bit = 1_i16 << self.scan.low;
        let mut k = self.scan.first;
        if self.empty == 0 {
            let table = self.ac(part)?;
            while k <= self.scan.last {
                let symbol = self.bits.symbol(table)?;
                let (mut run, size) = (usize::from(symbol >> 4), symbol & 15);
                if size == 0 && run < 15 {
                    self.empty = self.end_of_blocks(run as u32);
                    break;
                }
                let fresh = match size {
                    0 => 0,
                    1 if self.bits.bits(1) == 1 => bit,
                    1 => -bit,
                    _ => return Err(Fault::Corrupt("coefficient that appears with more than one bit")),
                };
                // Past `run` coefficients that are still zero, refining those that are not.
                while k <= self.scan.last {
                    let coefficient = &mut block[ZIGZAG[k]];
                    if *coefficient != 0 {
                        self.bits.refine(coefficient, bit);
                    } else if run == 0 {
                        *coefficient = fresh;
                        break;
                    } else {
                        run -= 1;
                    }
                    k += 1;
                }
                k += 1;
            }
        }
        if self.empty > 0 {
            for &at in ZIGZAG.get(k..=self.scan.last).unwrap_or_default() {
                if block[at] != 0 {
                    self.bits.refine(&mut block[at], bit);
                }
            }
            self.empty -= 1;
        }
        Ok(())
    }
}
