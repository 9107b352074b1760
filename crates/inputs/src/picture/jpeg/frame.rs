//! The frame: what a picture is made of, and the room that decoding fills.

use super::idct;

/// Samples on a side of a block.
pub(super) const SIDE: usize = 8;

/// One colour plane.
#[derive(Debug, Clone, Default)]
pub(super) struct Component {
    pub id: u8,
    /// Sampling factors: blocks in an interleaved unit, across and down.
    pub across: usize,
    pub down: usize,
    /// Which table the frame header names.
    pub selector: usize,
    /// The table as it was when the first pass over this plane began; later ones do not count.
    pub quantization: Option<[u16; 64]>,
    /// Samples of the plane that belong to the picture.
    pub width: usize,
    pub height: usize,
    /// Blocks of the plane, with those that fill up the last interleaved units.
    pub columns: usize,
    pub rows: usize,
    /// `[rows × 8 × columns × 8]`
    pub samples: Vec<u8>,
    /// `[rows × columns × 64]` in reading order; progressive pictures only.
    pub coefficients: Vec<i16>,
}

impl Component {
    /// Blocks of its own across and down: what a pass over this plane alone holds.
    pub fn own(&self) -> (usize, usize) {
        (self.width.div_ceil(SIDE), self.height.div_ceil(SIDE))
    }

    pub fn blocks(&self) -> usize {
        let (across, down) = self.own();
        across * down
    }

    pub fn stride(&self) -> usize {
        self.columns * SIDE
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub width: usize,
    pub height: usize,
    pub progressive: bool,
    pub components: Vec<Component>,
    /// The largest sampling factors.
    pub across: usize,
    pub down: usize,
    /// Interleaved units in a row, and rows of them.
    pub units_across: usize,
    pub units_down: usize,
}

impl Frame {
    /// Fills in what follows from the size and the sampling factors.
    pub fn measure(&mut self) {
        self.across = self.components.iter().map(|component| component.across).max().unwrap_or(1);
        self.down = self.components.iter().map(|component| component.down).max().unwrap_or(1);
        self.units_across = self.width.div_ceil(self.across * SIDE);
        self.units_down = self.height.div_ceil(self.down * SIDE);
        for component in &mut self.components {
            component.width = (self.width * component.across).div_ceil(self.across);
            component.height = (self.height * component.down).div_ceil(self.down);
            component.columns = self.units_across * component.across;
            component.rows = self.units_down * component.down;
        }
    }

    pub fn make_room(&mut self) {
        for component in &mut self.components {
            let blocks = component.columns * component.rows;
            if self.progressive {
                component.coefficients = vec![0; blocks * 64];
            } else {
                component.samples = vec![0; blocks * 64];
            }
        }
    }

    /// Turns the coefficients of a progressive picture into samples, plane by plane, so that room is given back.
    pub fn finish(&mut self) {
        for component in self.components.iter_mut().filter(|_| self.progressive) {
            let coefficients = std::mem::take(&mut component.coefficients);
            component.samples = vec![0; coefficients.len()];
            let (stride, columns) = (component.stride(), component.columns);
            let table = component.quantization.unwrap_or([1; 64]);
            for (at, block) in coefficients.as_chunks::<64>().0.iter().enumerate() {
                let corner = (at / columns) * SIDE * stride + (at % columns) * SIDE;
                idct::transform(block, &table, &mut component.samples[corner..], stride);
            }
        }
    }
}
