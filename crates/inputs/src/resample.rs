//! Resizing as Pillow does it, to the last bit.
//!
//! Source: Pillow's `Resample.c` and, for [`Filter::Nearest`], `Geometry.c`. The reference processors resize with
//! Pillow, so that a model was trained on exactly these numbers: two passes, each a convolution with weights of 22
//! fractional bits, rounded to 8 bits after either pass. Only the window that is asked for is
//! computed, which changes no value in it and bounds the memory for pictures of extreme shape.

use std::ops::Range;

/// Fractional bits of the weights.
const PRECISION: u32 = 22;

/// The interpolation, numbered in `preprocessor_config.json` as Pillow numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Nearest,
    Lanczos,
    Bilinear,
    Bicubic,
    Box,
    Hamming,
}

impl Filter {
    /// Pillow's number for it: `PIL.Image.Resampling`.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        [Self::Nearest, Self::Lanczos, Self::Bilinear, Self::Bicubic, Self::Box, Self::Hamming]
            .get(usize::try_from(number).ok()?)
            .copied()
    }

    /// Half the width of the filter, in pixels of the coarser grid.
    fn support(self) -> f64 {
        match self {
            Self::Nearest | Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// The filter's height at distance `x`.
    fn at(self, x: f64) -> f64 {
        let near = x.abs();
        match self {
            Self::Nearest | Self::Box => f64::from(x > -0.5 && x <= 0.5),
            Self::Bilinear => (1.0 - near).max(0.0),
            Self::Hamming if near == 0.0 => 1.0,
            Self::Hamming if near >= 1.0 => 0.0,
            // The constants are single precision in the source.
            Self::Hamming => {
                let angle = near * std::f64::consts::PI;
                angle.sin() / angle * (f64::from(0.54_f32) + f64::from(0.46_f32) * angle.cos())
            }
            Self::Bicubic => {
                const A: f64 = -0.5;
                if near < 1.0 {
                    ((A + 2.0) * near - (A + 3.0)) * near * near + 1.0
                } else if near < 2.0 {
                    (((near - 5.0) * near + 8.0) * near - 4.0) * A
                } else {
                    0.0
                }
            }
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let angle = x * std::f64::consts::PI;
    angle.sin() / angle
}

/// How one side is resized: from how many pixels to how many, and which of the latter are wanted.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub from: u32,
    pub to: u32,
    pub window: Range<u32>,
}

/// For each wanted pixel, the first source pixel and the weights from there on.
struct Weights {
    starts: Vec<usize>,
    counts: Vec<usize>,
    weights: Vec<i32>,
    stride: usize,
}

impl Weights {
    fn of(side: &Side, filter: Filter) -> Self {
        let scale = f64::from(side.from) / f64::from(side.to);
        let stretch = scale.max(1.0); // antialiasing: the filter widens where the picture shrinks
        let support = filter.support() * stretch;
        let stride = support.ceil() as usize * 2 + 1;
        let wanted = side.window.len();
        let mut this = Self {
            starts: Vec::with_capacity(wanted),
            counts: Vec::with_capacity(wanted),
            weights: Vec::new(),
            stride,
        };
        this.weights.resize(wanted * stride, 0);
        let mut heights = vec![0.0; stride];
        for (at, row) in side.window.clone().zip(this.weights.chunks_exact_mut(stride)) {
            let centre = (f64::from(at) + 0.5) * scale;
            let start = (centre - support + 0.5).max(0.0) as usize;
            let end = ((centre + support + 0.5) as usize).min(side.from as usize);
            let count = end.saturating_sub(start).min(stride);
            let inverse = 1.0 / stretch;
            let mut total = 0.0;
            for (index, height) in heights[..count].iter_mut().enumerate() {
                *height = filter.at(((index + start) as f64 - centre + 0.5) * inverse);
                total += *height;
            }
            for (weight, height) in row.iter_mut().zip(&heights[..count]) {
                let share = if total == 0.0 { *height } else { height / total };
                *weight = (share * f64::from(1 << PRECISION) + if share < 0.0 { -0.5 } else { 0.5 }) as i32;
            }
            this.starts.push(start);
            this.counts.push(count);
        }
        this
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[i32])> {
        let rows = self.weights.chunks_exact(self.stride);
        self.starts.iter().zip(&self.counts).zip(rows).map(|((&start, &count), row)| (start, &row[..count]))
    }

    /// The source pixels that any wanted pixel needs.
    fn reach(&self) -> Range<usize> {
        let ends = self.starts.iter().zip(&self.counts).map(|(start, count)| start + count);
        self.starts.iter().copied().min().unwrap_or(0)..ends.max().unwrap_or(0)
    }
}

fn round(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// The wanted window of the resized picture, RGB rows.
///
/// # Shapes
/// `rgb`: `[rows.from × columns.from × 3]`; returns `[rows.window × columns.window × 3]`
pub(crate) fn resize(rgb: &[u8], columns: &Side, rows: &Side, filter: Filter) -> Vec<u8> {
    if filter == Filter::Nearest {
        return nearest(rgb, columns, rows);
    }
    let width = columns.from as usize * 3;
    // A side that keeps its length is not filtered at all.
    let horizontal = (columns.from != columns.to).then(|| Weights::of(columns, filter));
    let vertical = (rows.from != rows.to).then(|| Weights::of(rows, filter));
    let across = |source: &[u8]| match &horizontal {
        Some(weights) => across(source, width, weights),
        None => cut(source, width, columns),
    };
    match vertical {
        None => across(&rgb[rows.window.start as usize * width..rows.window.end as usize * width]),
        Some(weights) if rows_first(columns, rows) => {
            let needed = weights.reach();
            let narrow = across(&rgb[needed.start * width..needed.end * width]);
            down(&narrow, columns.window.len() * 3, needed.start, &weights)
        }
        Some(weights) => across(&down(rgb, width, 0, &weights)),
    }
}

/// Which pass goes first decides on the last bit. Pillow before version 13 always took rows first; since then it
/// takes columns first where the height shrinks by more than twice as many pixels as the width.
fn rows_first(columns: &Side, rows: &Side) -> bool {
    let shrinks = |side: &Side| i64::from(side.from) - i64::from(side.to);
    shrinks(rows) <= 0 || shrinks(rows) <= 2 * shrinks(columns)
}

/// The wanted columns of rows that are not filtered.
fn cut(source: &[u8], width: usize, columns: &Side) -> Vec<u8> {
    let window = columns.window.start as usize * 3..columns.window.end as usize * 3;
    source.chunks_exact(width).flat_map(|row| &row[window.clone()]).copied().collect()
}

/// The pass over each row.
fn across(source: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    let mut narrow = Vec::with_capacity(source.len() / width * weights.starts.len() * 3);
    for row in source.chunks_exact(width) {
        for (start, weights) in weights.iter() {
            let mut sums = [1_i32 << (PRECISION - 1); 3];
            for (pixel, weight) in row[start * 3..].chunks_exact(3).zip(weights) {
                sums[0] += i32::from(pixel[0]) * weight;
                sums[1] += i32::from(pixel[1]) * weight;
                sums[2] += i32::from(pixel[2]) * weight;
            }
            narrow.extend(sums.map(round));
        }
    }
    narrow
}

/// The pass over each column; `first` is the row of the picture with which `source` begins.
fn down(source: &[u8], width: usize, first: usize, weights: &Weights) -> Vec<u8> {
    let mut out = Vec::with_capacity(weights.starts.len() * width);
    let mut sums = vec![0_i32; width];
    for (start, weights) in weights.iter() {
        sums.fill(1 << (PRECISION - 1));
        for (row, weight) in source[(start - first) * width..].chunks_exact(width).zip(weights) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += i32::from(value) * weight;
            }
        }
        out.extend(sums.iter().map(|&sum| round(sum)));
    }
    out
}

/// The pixel under the middle of each wanted one.
fn nearest(rgb: &[u8], columns: &Side, rows: &Side) -> Vec<u8> {
    let (left, top) = (middles(columns), middles(rows));
    let width = columns.from as usize * 3;
    let pixel = |row: usize, column: usize| &rgb[row * width + column * 3..][..3];
    top.iter().flat_map(|&row| left.iter().flat_map(move |&column| pixel(row, column))).copied().collect()
}

fn middles(side: &Side) -> Vec<usize> {
    let step = f64::from(side.from) / f64::from(side.to);
    // Added up, not multiplied, as the source does.
    let mut at = step * 0.5;
    let mut middles = Vec::with_capacity(side.window.len());
    for index in 0..side.window.end {
        if index >= side.window.start {
            middles.push((at as usize).min(side.from as usize - 1));
        }
        at += step;
    }
    middles
}
