//! Huffman codes and the bits that they are read from.

use super::Fault;

/// Bits of a code that are looked up at once.
const FAST: u32 = 9;

/// A table of codes.
///
/// Source: ITU-T T.81, annexes C and F.2.2.3.
#[derive(Debug, Clone)]
pub(super) struct Huffman {
    /// By the next nine bits: length of the code and its symbol; 0 for longer codes.
    fast: [u16; 1 << FAST],
    /// By length: one above the largest code, padded to 16 bits.
    limits: [u32; 17],
    /// By length: what leads from a code to its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// From the number of codes of each length from 1 to 16, and the symbols in their order.
    pub fn new(counts: &[u8], symbols: &[u8]) -> Result<Self, Fault> {
        let mut this = Self { fast: [0; 1 << FAST], limits: [0; 17], offsets: [0; 17], symbols: symbols.to_vec() };
        let (mut code, mut at) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(counts) {
            this.offsets[length as usize] = at as i32 - code as i32;
            for _ in 0..count {
                if code >> length != 0 {
                    return Err(Fault::Corrupt("Huffman codes that do not fit"));
                }
                if length <= FAST {
                    let entry = (length as u16) << 8 | u16::from(symbols[at]);
                    let shift = FAST - length;
                    this.fast[(code << shift) as usize..][..1 << shift].fill(entry);
                }
                code += 1;
                at += 1;
            }
            this.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(this)
    }
}

/// The bits of a scan.
pub(super) struct Bits<'b> {
    bytes: &'b [u8],
    pub at: usize,
    /// The next bits, from the top.
    window: u64,
    /// How many of them there are.
    count: u32,
    /// Zeros put in after the end of the data, of those and of all before.
    padding: u32,
}

impl<'b> Bits<'b> {
    pub fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at, window: 0, count: 0, padding: 0 }
    }

    /// Makes sure of 32 bits: a code and what follows it.
    #[inline]
    fn fill(&mut self) {
        if self.count < 32 {
            self.fill_up();
        }
    }

    fn fill_up(&mut self) {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at..) {
                // Zeros are stuffed behind 0xFF in the data; anything else there is a marker, which stays.
                Some([0xFF, 0, ..]) => {
                    self.at += 2;
                    0xFF
                }
                Some([0xFF, ..]) | Some([]) | None => {
                    self.padding += 8;
                    0
                }
                Some([byte, ..]) => {
                    self.at += 1;
                    *byte
                }
            };
            self.window |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline]
    fn drop(&mut self, count: u32) {
        self.window <<= count;
        self.count -= count;
    }

    /// The next symbol.
    #[inline]
    pub fn symbol(&mut self, table: &Huffman) -> Result<u8, Fault> {
        self.fill();
        let entry = table.fast[(self.window >> (64 - FAST)) as usize];
        if entry != 0 {
            self.drop(u32::from(entry >> 8));
            return Ok(entry as u8);
        }
        self.long_symbol(table)
    }

    fn long_symbol(&mut self, table: &Huffman) -> Result<u8, Fault> {
        let next = (self.window >> 48) as u32;
        let length = (FAST as usize + 1..=16).find(|&length| next < table.limits[length]);
        let length = length.ok_or_else(|| self.fault("Huffman code that is not in its table"))?;
        let at = (next >> (16 - length)) as i32 + table.offsets[length];
        let symbol = usize::try_from(at).ok().and_then(|at| table.symbols.get(at)).copied();
        self.drop(length as u32);
        symbol.ok_or(Fault::Corrupt("Huffman code that is not in its table"))
    }

    /// `count` bits, at most 16, right behind a symbol.
    #[inline]
    pub fn bits(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        let bits = (self.window >> (64 - count)) as u32;
        self.drop(count);
        bits
    }

    /// One bit anywhere.
    #[inline]
    pub fn bit(&mut self) -> bool {
        self.fill();
        self.bits(1) == 1
    }

    /// A number of `count` bits right behind a symbol, where a first bit of 0 says that it is negative.
    #[inline]
    pub fn signed(&mut self, count: u32) -> i32 {
        let value = self.bits(count) as i32;
        if count > 0 && value >> (count - 1) == 0 { value - (1 << count) + 1 } else { value }
    }

    /// Adds `bit` to a coefficient's distance from zero where the next bit is 1.
    #[inline]
    pub fn refine(&mut self, coefficient: &mut i16, bit: i16) {
        if self.bit() && *coefficient & bit == 0 {
            *coefficient = coefficient.wrapping_add(if *coefficient > 0 { bit } else { -bit });
        }
    }

    /// An error where more was read than there is.
    #[inline]
    pub fn check(&self) -> Result<(), Fault> {
        if self.count < self.padding { Err(self.fault("data that end before the picture does")) } else { Ok(()) }
    }

    /// What ran out: the file, or only this part of it.
    fn fault(&self, reason: &'static str) -> Fault {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if self.padding > 0 && rest.len() < 2 { Fault::Truncated } else { Fault::Corrupt(reason) }
    }

    /// Goes on behind restart marker `number`, from 0 to 7.
    pub fn restart(&mut self, number: usize) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        // Bits that fill up the last byte are dropped; libjpeg passes over whole bytes too.
        let start = rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF));
        let start = start.ok_or(Fault::Truncated)?;
        if usize::from(rest[start + 1]) != 0xD0 + number {
            return Err(Fault::Corrupt("restart markers out of order"));
        }
        *self = Self::new(self.bytes, self.at + start + 2);
        Ok(())
    }
}
