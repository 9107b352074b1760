//! A table of vectors, ids to rows: in parts that a device can bind, and in the form in which the file has it.
//!
//! Cut by rows when it is made. Each part is a tensor of its own, and the number of its columns says which form it has; whole words of bits
//! travel as `f32` and are never computed with.
//!
//! | form | columns | what lies there |
//! |---|---|---|
//! | plain | width | numbers |
//! | half | width / 2 | two IEEE halves a word, the first one low |
//! | int8 | width / 4 + 1 | four numbers of −127 to 127 a word, the first in the lowest byte, then the row's scale |

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::resident::{Form, LEAST, Stored, form, four_bytes, two_halves};
use crate::{Place, embedding};

/// Bytes of a part on a GPU. Every WebGPU device can bind that (`maxStorageBufferBindingSize` is 128 MiB at least), and a part on its way lies in the
/// program's memory and in the browser's as well: a quarter of the limit keeps that small, for a launch more a part.
pub const LARGEST_PART: u64 = 32 << 20;

/// `[rows, width]`, in parts of some rows each.
#[derive(Module, Debug)]
pub struct Table {
    /// The parts, in order.
    pub weight: Vec<Param<Tensor<2>>>,
    #[module(skip)]
    rows: usize,
    #[module(skip)]
    width: usize,
    #[module(skip)]
    each: usize,
}

impl Table {
    /// With weights still to be loaded, in parts of at most [`LARGEST_PART`] on a GPU and as a whole elsewhere.
    pub fn new(rows: usize, width: usize, device: &Device) -> Self {
        let most = if Place::of(device) == Place::Gpu { LARGEST_PART } else { u64::MAX };
        Self::cut(rows, width, most, device)
    }

    /// In parts of at most `most` bytes as `f32`, and of one row at least.
    pub fn cut(rows: usize, width: usize, most: u64, device: &Device) -> Self {
        let each = (most / (4 * width.max(1)) as u64).clamp(1, rows.max(1) as u64) as usize;
        let part = |from| embedding(each.min(rows - from), width, device).weight;
        let weight = if rows == 0 { vec![part(0)] } else { (0..rows).step_by(each).map(part).collect() };
        Self { weight, rows, width, each }
    }

    /// Rows and width.
    pub fn dims(&self) -> [usize; 2] {
        [self.rows, self.width]
    }

    /// Rows of every part but the last, which may have fewer.
    pub fn each(&self) -> usize {
        self.each
    }

    /// The form of its parts.
    pub fn form(&self) -> Form {
        form(self.weight[0].lazy_shape()[1], self.width)
    }

    /// Its parts as they lie on the device.
    pub(crate) fn parts(&self) -> Vec<Tensor<2>> {
        self.weight.iter().map(Param::val).collect()
    }
}

/// Rows of a table of a device's, as words: begun by the first block of rows, which says what form all of them have.
#[derive(Debug)]
pub struct Rows {
    form: Form,
    width: usize,
    words: Vec<f32>,
}

impl Rows {
    /// With room for `rows` of the form that suits the device and what `first`, a block of them, is stored as.
    pub fn new(first: &Stored, rows: usize, width: usize, device: &Device) -> Self {
        let fits = Place::of(device) != Place::Elsewhere && width.is_multiple_of(4) && width >= LEAST;
        let form = match first {
            Stored::Int8(..) if fits => Form::Int8,
            Stored::Floats(_, true) if fits => Form::Half,
            _ => Form::Plain,
        };
        Self { form, width, words: Vec::with_capacity(rows * columns(form, width)) }
    }

    /// Appends a block, stored as the first.
    pub fn push(&mut self, block: Stored) {
        let words = &mut self.words;
        match (self.form, block) {
            (Form::Int8, Stored::Int8(values, scales)) => {
                for (row, scale) in values.chunks_exact(self.width).zip(scales) {
                    words.extend(row.as_chunks().0.iter().map(|&four| four_bytes(four)));
                    words.push(scale);
                }
            }
            (Form::Half, Stored::Floats(values, _)) => {
                words.extend(values.as_chunks().0.iter().map(|&[low, high]| two_halves(low, high)));
            }
            (_, stored) => words.extend(stored.floats(self.width)),
        }
    }

    /// The words, and their columns.
    pub fn done(self) -> (Vec<f32>, usize) {
        (self.words, columns(self.form, self.width))
    }
}

/// Words of a row.
pub(crate) fn columns(form: Form, width: usize) -> usize {
    match form {
        Form::Plain | Form::Panels => width,
        Form::Half => width / 2,
        Form::Int8 => width / 4 + 1,
    }
}
