//! Pictures from files: MNIST's own format, and rows of numbers.

use super::centre::resampled;
use super::{CLASSES, MOST_PICTURES, PIXELS, Pictures, SIDE};
use crate::error::LessonError;
use crate::points::in_range;

/// Most rows or columns of a picture in a file.
pub const MOST_IDX_SIDE: usize = 64;
/// Lines that are named.
const MOST_NAMED: usize = 20;

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPictures {
    /// The first of them.
    pub pictures: Pictures,
    /// How many there are in the file.
    pub found: usize,
    /// Their rows and columns in the file.
    pub side: [usize; 2],
    /// Lines that hold no digit, by number from 1, at most 20 of them.
    pub skipped: Vec<usize>,
}

/// A file of the format that MNIST's authors describe (yann.lecun.com/exdb/mnist): a magic number, sizes, bytes.
struct Idx<'a> {
    sizes: Vec<usize>,
    values: &'a [u8],
}

impl<'a> Idx<'a> {
    fn read(file: &'static str, bytes: &'a [u8], axes: usize) -> Result<Self, LessonError> {
        let found = bytes.len();
        let word = |at: usize| {
            let short = LessonError::IdxShort { file, found, needed: 4 * (at + 1) };
            let word = bytes.get(4 * at..4 * at + 4).ok_or(short)?;
            Ok(word.iter().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte)))
        };
        let magic = word(0)?;
        // Two zeros, 8 for bytes, and the number of axes.
        if magic != 0x0800 + axes as u32 {
            return Err(LessonError::IdxMagic { file, found: magic });
        }
        let sizes = (1..=axes).map(|at| word(at).map(|size| size as usize)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { sizes, values: &bytes[4 * (axes + 1)..] })
    }

    /// The bytes of `count` items of `size`, which must all be there.
    fn items(&self, file: &'static str, count: usize, size: usize) -> Result<&'a [u8], LessonError> {
        let head = 4 * (self.sizes.len() + 1);
        let needed = count.saturating_mul(size);
        let short =
            LessonError::IdxShort { file, found: head + self.values.len(), needed: needed.saturating_add(head) };
        self.values.get(..needed).ok_or(short)
    }
}

/// Reads MNIST's files of pictures and labels, unpacked. Pictures of other sides than 28 are brought to it.
///
/// # Errors
/// [`LessonError::IdxMagic`] for another kind of file, [`LessonError::IdxShort`] for one cut off, [`LessonError::IdxCounts`] for files that do not belong
/// together, [`LessonError::IdxSide`], [`LessonError::Label`]; [`LessonError::TooFewRows`] where there is none, [`LessonError::Setting`] for `most`.
pub fn read_idx(images: &[u8], labels: &[u8], most: Option<usize>) -> Result<ReadPictures, LessonError> {
    let most = asked(most)?;
    let (pictures, said) = (Idx::read("images", images, 3)?, Idx::read("labels", labels, 1)?);
    let [found, rows, columns] = pictures.sizes[..] else {
        return Err(LessonError::IdxMagic { file: "images", found: 0 });
    };
    if [rows, columns].iter().any(|side| !(1..=MOST_IDX_SIDE).contains(side)) {
        return Err(LessonError::IdxSide { rows, columns });
    }
    if said.sizes != [found] {
        return Err(LessonError::IdxCounts { images: found, labels: said.sizes.first().copied().unwrap_or_default() });
    }
    let values = pictures.items("images", found, rows * columns)?;
    let labels = said.items("labels", found, 1)?;
    if found == 0 {
        return Err(LessonError::TooFewRows { found, needed: 1 });
    }
    let count = found.min(most);
    if let Some(row) = labels[..count].iter().position(|&label| usize::from(label) >= CLASSES) {
        return Err(LessonError::Label { row, found: labels[row].to_string() });
    }
    let pixels = values[..count * rows * columns].chunks_exact(rows * columns);
    let pixels = pixels.flat_map(|picture| brought(picture, rows, columns)).collect();
    let pictures = Pictures { pixels, labels: labels[..count].to_vec() };
    Ok(ReadPictures { pictures, found, side: [rows, columns], skipped: Vec::new() })
}

fn asked(most: Option<usize>) -> Result<usize, LessonError> {
    let most = most.unwrap_or(MOST_PICTURES);
    in_range("most", most as f64, 1.0, MOST_PICTURES as f64)?;
    Ok(most)
}

/// A picture as large as fits into 28 × 28, in the middle.
fn brought(picture: &[u8], rows: usize, columns: usize) -> Vec<u8> {
    if (rows, columns) == (SIDE, SIDE) {
        return picture.to_vec();
    }
    let step = rows.max(columns) as f64 / SIDE as f64;
    let from = [columns, rows].map(|side| (side as f64 - SIDE as f64 * step) / 2.0);
    resampled(picture, columns, from, step).into_iter().map(|value| (value + 0.5) as u8).collect()
}

/// Reads lines of a label and 784 numbers, 0 to 255, or all of them 0 to 1; a line of names before them is passed over.
///
/// # Errors
/// [`LessonError::NoDigits`] where no line is one; [`LessonError::Setting`] for `most`.
pub fn read_rows(text: &str, most: Option<usize>) -> Result<ReadPictures, LessonError> {
    let most = asked(most)?;
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    let (mut skipped, mut found, mut lines) = (Vec::new(), 0, 0);
    let mut largest = 0.0f32;
    for (at, line) in
        text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
    {
        lines += 1;
        let Some((label, row)) = digit_of(line) else {
            let names = lines == 1 && line.chars().any(char::is_alphabetic);
            if !names && skipped.len() < MOST_NAMED {
                skipped.push(at + 1);
            }
            continue;
        };
        found += 1;
        if labels.len() < most {
            largest = row.iter().copied().fold(largest, f32::max);
            labels.push(label);
            values.extend(row);
        }
    }
    if labels.is_empty() {
        return Err(LessonError::NoDigits { lines });
    }
    let scale = if largest <= 1.0 { 255.0 } else { 1.0 };
    let pixels = values.into_iter().map(|value| (value * scale).round() as u8).collect();
    Ok(ReadPictures { pictures: Pictures { pixels, labels }, found, side: [SIDE; 2], skipped })
}

/// The label and the pixels of a line.
fn digit_of(line: &str) -> Option<(u8, Vec<f32>)> {
    let cells =
        line.split([',', ';', '\t', ' ']).map(|cell| cell.trim().trim_matches('"')).filter(|cell| !cell.is_empty());
    let mut numbers = cells.map(|cell| cell.parse::<f32>().ok());
    let label = numbers.next()??;
    if !(0.0..CLASSES as f32).contains(&label) || label.fract() != 0.0 {
        return None;
    }
    let row = numbers.take(PIXELS + 1).collect::<Option<Vec<f32>>>()?;
    (row.len() == PIXELS && row.iter().all(|value| (0.0..=255.0).contains(value))).then_some((label as u8, row))
}
