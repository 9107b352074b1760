//! Pictures of digits as MNIST has them: 28 × 28, ink from 0 to 255, in a box of 20 × 20 with its centre of mass in the middle. Drawn here by a pen that
//! varies, read from somebody's files, or drawn by hand.

mod centre;
mod draw;
mod forms;
mod read;
#[cfg(test)]
mod tests;

pub use centre::{MOST_SIDE, centre};
pub use draw::{DigitsQuestion, digits};
pub use read::{MOST_IDX_SIDE, ReadPictures, read_idx, read_rows};

use serde::Deserialize;

use crate::error::LessonError;
use crate::points::LessonSplit;
use crate::random::Random;

/// Rows and columns of a picture.
pub const SIDE: usize = 28;
/// Pixels of a picture.
pub const PIXELS: usize = SIDE * SIDE;
/// Digits that there are.
pub const CLASSES: usize = 10;
/// Most pictures that a lesson takes.
pub const MOST_PICTURES: usize = 20_000;

/// Pictures and what they show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pictures {
    /// `[count, 28 · 28]`, 0 is paper and 255 ink.
    pub pixels: Vec<u8>,
    /// `[count]`, 0 to 9.
    pub labels: Vec<u8>,
}

/// How many pictures go into each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct PictureSplitQuestion {
    /// To learn from.
    pub train: usize,
    /// To stop by.
    pub validation: usize,
    /// Only to measure on.
    pub test: usize,
    /// Same seed, same parts.
    pub seed: u64,
}

/// Parts pictures by chance, every digit about as often in each part as the data allow. Test and validation are taken first, so that they do not depend on
/// how many there are to learn from, and fewer to learn from are a part of more.
///
/// # Errors
/// [`LessonError::TooFewRows`] where there are fewer pictures than asked for.
pub fn split_pictures(labels: &[u8], question: &PictureSplitQuestion) -> Result<LessonSplit, LessonError> {
    let PictureSplitQuestion { train, validation, test, seed } = *question;
    let needed = train.saturating_add(validation).saturating_add(test);
    if needed > labels.len() {
        return Err(LessonError::TooFewRows { found: labels.len(), needed });
    }
    let mut order: Vec<usize> = (0..labels.len()).collect();
    Random::stream(seed, 4).shuffle(&mut order);
    // The first of every digit, the second of every digit, and so on.
    let mut seen = [0usize; 256];
    let mut ranked: Vec<(usize, usize)> = Vec::with_capacity(order.len());
    for row in order {
        let count = &mut seen[usize::from(labels[row])];
        ranked.push((*count, row));
        *count += 1;
    }
    ranked.sort_by_key(|&(rank, _)| rank); // stable: by chance within each round
    let mut rows = ranked.into_iter().map(|(_, row)| row);
    let mut part = |count: usize| {
        let mut rows: Vec<usize> = rows.by_ref().take(count).collect();
        rows.sort_unstable();
        rows
    };
    let (test, validation) = (part(test), part(validation));
    Ok(LessonSplit { train: part(train), validation, test })
}
