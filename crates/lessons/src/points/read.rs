//! Points from somebody's table: which columns to take, and their scale.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LessonPoints, LessonTask, MAX_POINTS};
use crate::error::LessonError;

/// Fewest points from which anything is learned.
const FEWEST: usize = 3;
/// Most skipped lines that are named.
const NAMED: usize = 20;

/// Values that −1 and 1 stand for, of each axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Smallest and largest x.
    pub x: (f64, f64),
    /// Smallest and largest y.
    pub y: (f64, f64),
}

/// Points found in a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadPoints {
    /// The points, scaled to −1 … 1 on both axes.
    pub points: LessonPoints,
    /// What the table's own values were.
    pub scale: Scale,
    /// Lines that were left out because a cell is no number or no class, from 1; the first 20 of them.
    pub skipped: Vec<usize>,
}

/// Finds points in the rows of a table.
///
/// Regression takes the first two columns of numbers as x and y. Classification looks for classes in the last column
/// that has two different values and no others, and takes the first two columns of numbers beside it as x and y; of the
/// two values, the smaller one (by number, else by letters) is class 0. A column counts as numbers when at least half
/// of its filled cells are numbers. Rows may be of unlike lengths.
///
/// `first_line`: the line in which the first row stands, from 1: 2 where a header was taken off before. A header that is
/// still there is left out by itself.
///
/// # Errors
/// [`LessonError::NoNumbers`], [`LessonError::Classes`], [`LessonError::TooFewRows`], [`LessonError::TooManyRows`],
/// [`LessonError::ConstantColumn`].
pub fn read_points(rows: &[Vec<String>], task: LessonTask, first_line: usize) -> Result<ReadPoints, LessonError> {
    let (rows, first_line) = without_header(rows, first_line);
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let numbers: Vec<usize> = (0..width).filter(|&column| is_numeric(rows, column)).collect();
    let classes = match task {
        LessonTask::Regression => None,
        LessonTask::Classification => Some(find_classes(rows, width, &numbers)?),
    };
    let own = classes.as_ref().map(|(column, _)| *column);
    let mut axes = numbers.iter().copied().filter(|&column| Some(column) != own);
    let (Some(first), Some(second)) = (axes.next(), axes.next()) else {
        let found = numbers.iter().filter(|&&column| Some(column) != own).count();
        return Err(LessonError::NoNumbers { found, needed: 2 });
    };
    let (mut x, mut y, mut labels, mut skipped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, row) in rows.iter().enumerate() {
        let label = classes.as_ref().map(|(column, names)| names.get(cell(row, *column)).copied());
        match (number(cell(row, first)), number(cell(row, second)), label) {
            (Some(first), Some(second), None | Some(Some(_))) => {
                x.push(first);
                y.push(second);
                labels.extend(label.flatten());
            }
            _ => skipped.push(index + first_line),
        }
    }
    if x.len() < FEWEST {
        return Err(LessonError::TooFewRows { found: x.len(), needed: FEWEST });
    }
    if x.len() > MAX_POINTS {
        return Err(LessonError::TooManyRows { found: x.len(), limit: MAX_POINTS });
    }
    skipped.truncate(NAMED);
    if classes.is_some() && labels.iter().all(|&label| label == labels[0]) {
        return Err(LessonError::Classes { found: 1 }); // all rows of the other were left out
    }
    let scale = Scale { x: rescale(&mut x, "x")?, y: rescale(&mut y, "y")? };
    let classes = classes.map(|_| labels);
    Ok(ReadPoints { points: LessonPoints { task, x, y, classes }, scale, skipped })
}

/// A first row without any number, before rows with some, names the columns.
fn without_header(rows: &[Vec<String>], first_line: usize) -> (&[Vec<String>], usize) {
    let has_number = |row: &Vec<String>| row.iter().any(|cell| number(cell).is_some());
    match rows.split_first() {
        Some((first, rest)) if !has_number(first) && rest.iter().any(has_number) => (rest, first_line + 1),
        _ => (rows, first_line),
    }
}

fn cell(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", |cell| cell.trim())
}

/// A number as people write it: with a typographic minus, or a comma where there is no point.
fn number(cell: &str) -> Option<f64> {
    let mut text = cell.trim().replace('\u{2212}', "-");
    if !text.contains('.') && text.matches(',').count() == 1 {
        text = text.replace(',', ".");
    }
    // "inf" and "nan" are numbers to the parser.
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let filled = rows.iter().map(|row| cell(row, column)).filter(|cell| !cell.is_empty());
    let (mut numbers, mut others) = (0_usize, 0_usize);
    filled.for_each(|cell| if number(cell).is_some() { numbers += 1 } else { others += 1 });
    numbers > 0 && numbers >= others
}

/// The column of classes, with the class that each of its two values stands for.
fn find_classes<'a>(
    rows: &'a [Vec<String>],
    width: usize,
    numbers: &[usize],
) -> Result<(usize, BTreeMap<&'a str, u8>), LessonError> {
    let values = |column: usize| {
        let mut values: Vec<&str> = rows.iter().map(|row| cell(row, column)).filter(|cell| !cell.is_empty()).collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let Some(last) = width.checked_sub(1) else { return Err(LessonError::NoNumbers { found: 0, needed: 2 }) };
    let Some(column) = (0..width).rev().find(|&column| values(column).len() == 2) else {
        // Two columns of numbers and no third: what is missing is the classes.
        let looks = (0..width).rev().find(|column| !numbers.contains(column)).unwrap_or(last);
        return Err(LessonError::Classes { found: if width <= 2 { 0 } else { values(looks).len() } });
    };
    let mut two = values(column);
    if let (Some(first), Some(second)) = (number(two[0]), number(two[1]))
        && first > second
    {
        two.reverse();
    }
    Ok((column, two.into_iter().zip([0, 1]).collect()))
}

/// Scales to −1 … 1; gives what was smallest and largest.
fn rescale(values: &mut [f64], axis: &'static str) -> Result<(f64, f64), LessonError> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // By halves: the difference of the largest numbers is not finite.
    let half = high / 2.0 - low / 2.0;
    if half.is_nan() || half <= 0.0 {
        return Err(LessonError::ConstantColumn { axis });
    }
    for value in values.iter_mut() {
        *value = ((*value / 2.0 - low / 2.0) / half * 2.0 - 1.0).clamp(-1.0, 1.0);
    }
    Ok((low, high))
}
