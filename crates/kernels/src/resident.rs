//! How a linear layer's weight lies in a device's memory when nothing but inference is wanted.
//!
//! A weight keeps its name and its rank, so that a module stays the checkpoint's; the number of its rows says which form it has, given
//! the width `k` of what it multiplies. Whole words of bits travel as `f32` and are never computed with.
//!
//! | form | rows × columns | what lies there |
//! |---|---|---|
//! | plain | k × n | numbers, as Burn's `Linear` has them |
//! | panels | (k + 1) × n | [`cpu::pack`]ed numbers, then a row that is not used |
//! | half | ⌈k / 2⌉ × n | two IEEE halves a word: rows 2i (low) and 2i + 1 |
//! | int8 | (k / 4 + 1) × n | four numbers of −127 to 127 a word, then one scale a column |

use burn::tensor::Device;

use crate::{Place, cpu};

/// One of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As Burn's `Linear` has it.
    Plain,
    /// In the order in which the CPU reads it.
    Panels,
    /// f16, on the GPU.
    Half,
    /// int8 and scales.
    Int8,
}

/// Below this width nothing is packed: row counts of two forms could be the same.
pub(crate) const LEAST: usize = 16;

/// What numbers are computed with on the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compute {
    /// f32, whatever the file holds. The GPU still keeps int8 and f16 files as they are: there it is only memory.
    #[default]
    Full,
    /// Linear layers multiply int8 by int8, activations rounded row by row: quicker, and off by about 1 %.
    Int8,
}

/// A weight as a file holds it, `[n, k]`, PyTorch's order.
pub enum Stored {
    /// Numbers, and whether they were halves.
    Floats(Vec<f32>, bool),
    /// −127 to 127, and one scale a row.
    Int8(Vec<i8>, Vec<f32>),
}

impl Stored {
    /// As numbers.
    pub fn floats(self, k: usize) -> Vec<f32> {
        match self {
            Self::Floats(values, _) => values,
            Self::Int8(values, scales) => {
                let rows = values.chunks(k.max(1)).zip(scales);
                rows.flat_map(|(row, scale)| row.iter().map(move |&value| f32::from(value) * scale)).collect()
            }
        }
    }
}

/// The form of a weight of so many rows where `k` numbers come in.
pub fn form(rows: usize, k: usize) -> Form {
    match rows {
        _ if rows == k || k < LEAST => Form::Plain,
        _ if rows == k + 1 => Form::Panels,
        _ if rows == k.div_ceil(2) => Form::Half,
        _ => Form::Int8,
    }
}

/// Words and their rows and columns, for a device; `None` where the weight should stay plain there.
pub fn hold(stored: &Stored, [n, k]: [usize; 2], compute: Compute, device: &Device) -> Option<(Vec<f32>, [usize; 2])> {
    if k < LEAST || n == 0 {
        return None;
    }
    match (Place::of(device), stored, compute) {
        (Place::Cpu, stored, Compute::Int8) if k % 4 == 0 && n % cpu::NR == 0 => Some(match stored {
            Stored::Int8(values, scales) => (int8_panels(values, scales, n, k), [k / 4 + 1, n]),
            Stored::Floats(values, _) => {
                let (values, scales) = cpu::quantise_rows(values, n, k);
                (int8_panels(&values, &scales, n, k), [k / 4 + 1, n])
            }
        }),
        (Place::Cpu, Stored::Floats(values, _), _) if n % cpu::NR == 0 => Some(panels(values, n, k)),
        (Place::Gpu, Stored::Int8(values, scales), _) if k % 4 == 0 && n % 4 == 0 => {
            Some((int8_words(values, scales, n, k), [k / 4 + 1, n]))
        }
        (Place::Gpu, Stored::Floats(values, true), _) if k % 4 == 0 && n % 4 == 0 => {
            Some((half_words(values, n, k), [k / 2, n]))
        }
        _ => None,
    }
}

fn panels(values: &[f32], n: usize, k: usize) -> (Vec<f32>, [usize; 2]) {
    (cpu::pack_transposed_with(values, n, k, n), [k + 1, n])
}

fn int8_panels(values: &[i8], scales: &[f32], n: usize, k: usize) -> Vec<f32> {
    let packed = cpu::pack_i8(values, n, k);
    let mut words = vec![0.0f32; (k / 4 + 1) * n];
    let (numbers, last) = words.split_at_mut(k / 4 * n);
    bytemuck::cast_slice_mut(numbers).copy_from_slice(&packed);
    last.copy_from_slice(scales);
    words
}

/// The numbers and the scales of a weight in the CPU's int8 form.
pub(crate) fn int8_parts(words: &[f32], k: usize, n: usize) -> (&[i8], &[f32]) {
    let (numbers, scales) = words.split_at(k / 4 * n);
    (bytemuck::cast_slice(numbers), scales)
}

/// Word (i, c): rows 4i to 4i + 3 of column c, the first in the lowest byte.
fn int8_words(values: &[i8], scales: &[f32], n: usize, k: usize) -> Vec<f32> {
    let mut words = Vec::with_capacity((k / 4 + 1) * n);
    for i in 0..k / 4 {
        for c in 0..n {
            let at = c * k + 4 * i;
            words.push(four_bytes([0, 1, 2, 3].map(|j| values[at + j])));
        }
    }
    words.extend_from_slice(scales);
    words
}

/// Four numbers in a word, the first in the lowest byte.
pub(crate) fn four_bytes(numbers: [i8; 4]) -> f32 {
    f32::from_bits(u32::from_le_bytes(numbers.map(|number| number as u8)))
}

/// Two halves in a word, the first one low.
pub(crate) fn two_halves(low: f32, high: f32) -> f32 {
    let half = |value: f32| u32::from(burn::tensor::f16::from_f32(value).to_bits());
    f32::from_bits(half(low) | half(high) << 16)
}

/// Word (i, c): rows 2i (low) and 2i + 1 of column c.
fn half_words(values: &[f32], n: usize, k: usize) -> Vec<f32> {
    let mut words = Vec::with_capacity(k / 2 * n);
    for i in 0..k / 2 {
        for c in 0..n {
            let at = c * k + 2 * i;
            words.push(two_halves(values[at], values[at + 1]));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_take_no_more_room_than_they_fill() {
        // A tensor keeps the vector that it is made of, and one that grew has twice its length.
        let cpu = Device::flex();
        let (n, k) = (2 * cpu::NR, 20);
        for (stored, compute) in [
            (Stored::Floats(vec![0.5; n * k], false), Compute::Full),
            (Stored::Floats(vec![0.5; n * k], false), Compute::Int8),
            (Stored::Int8(vec![3; n * k], vec![0.5; n]), Compute::Int8),
        ] {
            let Some((words, [rows, columns])) = hold(&stored, [n, k], compute, &cpu) else { panic!("no form") };
            assert_eq!((words.len(), words.capacity()), (rows * columns, rows * columns));
        }
        for words in [int8_words(&vec![3; n * k], &vec![0.5; n], n, k), half_words(&vec![0.5; n * k], n, k)] {
            assert_eq!(words.capacity(), words.len());
        }
    }
}
