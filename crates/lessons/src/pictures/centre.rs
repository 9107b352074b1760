//! A drawing brought to where MNIST's digits stand: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III-A.

use super::{PIXELS, SIDE};
use crate::error::LessonError;

/// Most rows or columns of a drawing.
pub const MOST_SIDE: usize = 4096;
/// Longer side of what is drawn, in pixels of the picture.
const BOX: f64 = 20.0;
/// What is fainter is paper.
const PAPER: u8 = 12;

/// The ink of a drawing in a box of 20 × 20, its centre of mass in the middle of 28 × 28, its darkest pixel black. `None` without ink.
///
/// # Shapes
/// - `pixels`: `[height, width]`, 0 is paper and 255 ink
/// - returns `[28 · 28]`
///
/// # Errors
/// [`LessonError::Shape`]; [`LessonError::IdxSide`] where a side is 0 or above [`MOST_SIDE`].
pub fn centre(pixels: &[u8], width: usize, height: usize) -> Result<Option<Vec<u8>>, LessonError> {
    if [width, height].iter().any(|side| !(1..=MOST_SIDE).contains(side)) {
        return Err(LessonError::IdxSide { rows: height, columns: width });
    }
    if pixels.len() != width * height {
        return Err(LessonError::Shape { values: pixels.len(), count: height, dim: width });
    }
    let Some(ink) = Ink::of(pixels, width) else { return Ok(None) };
    let scale = BOX / (ink.right - ink.left).max(ink.bottom - ink.top);
    // The middle goes to the centre of mass, as far as nothing of the box is cut off.
    let place = |mass: f64, low: f64, high: f64| {
        let half = SIDE as f64 / 2.0 / scale;
        mass.clamp((high - half).min(low + half), (low + half).max(high - half))
    };
    let middle = [place(ink.mass[0], ink.left, ink.right), place(ink.mass[1], ink.top, ink.bottom)];
    let from = middle.map(|middle| middle - SIDE as f64 / 2.0 / scale);
    let mut values = resampled(pixels, width, from, 1.0 / scale);
    let most = values.iter().copied().fold(0.0, f64::max);
    if most > 0.0 {
        values.iter_mut().for_each(|value| *value *= 255.0 / most);
    }
    Ok(Some(values.into_iter().map(|value| (value + 0.5) as u8).collect()))
}

/// Where the ink is.
struct Ink {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// x, y
    mass: [f64; 2],
}

impl Ink {
    fn of(pixels: &[u8], width: usize) -> Option<Self> {
        let mut ink: Option<Self> = None;
        let mut total = 0.0;
        for (row, line) in pixels.chunks_exact(width).enumerate() {
            for (column, &value) in line.iter().enumerate().filter(|&(_, &value)| value > PAPER) {
                let (x, y, weight) = (column as f64, row as f64, f64::from(value));
                let ink = ink.get_or_insert(Self { left: x, right: x + 1.0, top: y, bottom: y + 1.0, mass: [0.0; 2] });
                (ink.left, ink.right) = (ink.left.min(x), ink.right.max(x + 1.0));
                (ink.top, ink.bottom) = (ink.top.min(y), ink.bottom.max(y + 1.0));
                ink.mass[0] += weight * (x + 0.5);
                ink.mass[1] += weight * (y + 0.5);
                total += weight;
            }
        }
        let mut ink = ink?;
        ink.mass = ink.mass.map(|mass| mass / total);
        Some(ink)
    }
}

/// Means over squares of the drawing with sides of `step`, `[28 · 28]`, the first of which begins at `from`; outside there is paper.
pub(super) fn resampled(pixels: &[u8], width: usize, from: [f64; 2], step: f64) -> Vec<f64> {
    let height = pixels.len() / width.max(1);
    // For each place along a side: which pixels it covers, and how much of each.
    let shares = |from: f64, count: usize| -> Vec<Vec<(usize, f64)>> {
        let covered = |place: usize| {
            let (low, high) = (from + place as f64 * step, from + (place + 1) as f64 * step);
            let first = low.floor().max(0.0) as usize;
            let last = high.ceil().clamp(0.0, count as f64) as usize;
            let share = |at: usize| (high.min(at as f64 + 1.0) - low.max(at as f64)) / step;
            (first..last).map(|at| (at, share(at))).filter(|&(_, share)| share > 0.0).collect()
        };
        (0..SIDE).map(covered).collect()
    };
    let (columns, rows) = (shares(from[0], width), shares(from[1], height));
    let mut values = vec![0.0; PIXELS];
    // Across first, only along the lines that count; then down.
    let (first, last) = (rows.iter().flatten().map(|&(y, _)| y).min(), rows.iter().flatten().map(|&(y, _)| y).max());
    let (Some(first), Some(last)) = (first, last) else { return values };
    let across: Vec<[f64; SIDE]> = (first..=last)
        .map(|y| {
            let line = &pixels[y * width..][..width];
            std::array::from_fn(|at| columns[at].iter().map(|&(x, share)| share * f64::from(line[x])).sum())
        })
        .collect();
    for (out, row) in values.chunks_exact_mut(SIDE).zip(&rows) {
        for &(y, share) in row {
            out.iter_mut().zip(&across[y - first]).for_each(|(out, value)| *out += share * value);
        }
    }
    values
}
