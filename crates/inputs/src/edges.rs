//! Edges of a picture, as a ControlNet for edges was trained on them.
//!
//! Source: Canny, "A computational approach to edge detection", 1986, in the integers of OpenCV's `cv::Canny` with an
//! aperture of 3: every edge pixel is OpenCV's.

use crate::InputError;
use crate::picture::Picture;

/// tan 22.5° with 15 fractional bits, as OpenCV writes it: between which neighbours a gradient points.
const TAN_22: i32 = 13_573;
/// Of a pixel: no edge; an edge if another leads to it; an edge.
const NONE: u8 = 1;
const WEAK: u8 = 0;
const STRONG: u8 = 2;

/// How the strength of a gradient is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gradient {
    /// |x| + |y|: OpenCV's default.
    #[default]
    L1,
    /// √(x² + y²): OpenCV's `L2gradient=true`.
    L2,
}

/// Gradients of one row, of each pixel in the colour that changes most; one pixel without any at either end.
#[derive(Default, Clone)]
struct Row {
    strength: Vec<i32>,
    dx: Vec<i32>,
    dy: Vec<i32>,
}

/// White edges on black: pixels whose gradient is a maximum across the edge, above `high`, or above `low` and joined
/// to such a one. What OpenCV's `Canny(rgb, low, high, L2gradient=…)` finds; a grey picture gives what the source
/// finds in one channel.
///
/// The thresholds are on OpenCV's scale, where the 3 × 3 gradients of 8-bit colours reach 1020 on either axis; the
/// smaller one is taken as `low`, whatever the order.
///
/// # Errors
/// [`InputError::EdgeThreshold`] for one that is negative, infinite or not a number.
pub fn edges(picture: &Picture, low: f64, high: f64, gradient: Gradient) -> Result<Picture, InputError> {
    for (field, value) in [("edge_low", low), ("edge_high", high)] {
        if !value.is_finite() || value < 0.0 {
            let reason = format!("{value}, where a number from 0 up is expected");
            return Err(InputError::EdgeThreshold { field: field.to_owned(), reason });
        }
    }
    let threshold = |value: f64| match gradient {
        Gradient::L1 => value.floor() as i32,
        Gradient::L2 => value.min(32_767.0).powi(2).floor() as i32,
    };
    let (low, high) = (threshold(low.min(high)), threshold(low.max(high)));
    let mut map = Map::of(picture);
    map.thin(picture, low, high, gradient);
    map.grow();
    let rgb = map.pixels().flat_map(|kind| [if kind == STRONG { 255 } else { 0 }; 3]).collect();
    Ok(Picture { rgb, ..*picture })
}

/// What each pixel is, with a border of one pixel that is no edge.
struct Map {
    stride: usize,
    kinds: Vec<u8>,
    /// Edge pixels whose neighbours are still to be looked at.
    stack: Vec<usize>,
}

impl Map {
    fn of(picture: &Picture) -> Self {
        let stride = picture.width as usize + 2;
        Self { stride, kinds: vec![NONE; stride * (picture.height as usize + 2)], stack: Vec::new() }
    }

    /// Keeps what is stronger than its neighbours on either side of the edge.
    fn thin(&mut self, picture: &Picture, low: i32, high: i32, gradient: Gradient) {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let nothing = Row { strength: vec![0; width + 2], dx: vec![0; width + 2], dy: vec![0; width + 2] };
        // Three rows at a time: a whole picture of gradients would take twelve times its memory.
        let [mut above, mut here, mut below] = [nothing.clone(), nothing.clone(), nothing];
        if height > 0 {
            here.measure(picture, 0, gradient);
        }
        for y in 0..height {
            match y + 1 < height {
                true => below.measure(picture, y + 1, gradient),
                false => below.strength.fill(0),
            }
            let start = (y + 1) * self.stride;
            for x in 1..=width {
                let strength = here.strength[x];
                if strength > low && is_ridge([&above, &here, &below], x) {
                    let strong = strength > high;
                    self.kinds[start + x] = if strong { STRONG } else { WEAK };
                    if strong {
                        self.stack.push(start + x);
                    }
                }
            }
            (above, here, below) = (here, below, above);
        }
    }

    /// Makes edges of the weak pixels that touch one, by a side or a corner.
    fn grow(&mut self) {
        while let Some(at) = self.stack.pop() {
            for line in [at - self.stride, at, at + self.stride] {
                for neighbour in line - 1..=line + 1 {
                    if self.kinds[neighbour] == WEAK {
                        self.kinds[neighbour] = STRONG;
                        self.stack.push(neighbour);
                    }
                }
            }
        }
    }

    /// Without the border, rows from the top.
    fn pixels(&self) -> impl Iterator<Item = u8> {
        let rows = self.kinds.chunks_exact(self.stride);
        let height = rows.len().saturating_sub(2);
        rows.skip(1).take(height).flat_map(|row| &row[1..row.len() - 1]).copied()
    }
}

/// Whether no neighbour in the gradient's direction, one of four, is stronger.
fn is_ridge([above, here, below]: [&Row; 3], x: usize) -> bool {
    let (strength, dx, dy) = (here.strength[x], here.dx[x], here.dy[x]);
    let (across, up) = (dx.abs() * TAN_22, dy.abs() << 15);
    // On a tie the pixel on the left or above is the edge; across corners, none is.
    if up < across {
        strength > here.strength[x - 1] && strength >= here.strength[x + 1]
    } else if up > across + (dx.abs() << 16) {
        strength > above.strength[x] && strength >= below.strength[x]
    } else if (dx ^ dy) < 0 {
        strength > above.strength[x + 1] && strength > below.strength[x - 1]
    } else {
        strength > above.strength[x - 1] && strength > below.strength[x + 1]
    }
}

impl Row {
    /// Sobel's gradients of row `y`; beyond the borders, the outermost pixels go on.
    fn measure(&mut self, picture: &Picture, y: usize, gradient: Gradient) {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let line = |y: usize| &picture.rgb[y * width * 3..][..width * 3];
        let [above, here, below] = [line(y.saturating_sub(1)), line(y), line((y + 1).min(height - 1))];
        for x in 0..width {
            let [left, middle, right] = [x.saturating_sub(1) * 3, x * 3, (x + 1).min(width - 1) * 3];
            let mut best = (-1, 0, 0);
            for colour in 0..3 {
                let at = |row: &[u8], x: usize| i32::from(row[x + colour]);
                let column = |x: usize| at(above, x) + 2 * at(here, x) + at(below, x);
                let row = |row: &[u8]| at(row, left) + 2 * at(row, middle) + at(row, right);
                let (dx, dy) = (column(right) - column(left), row(below) - row(above));
                let strength = match gradient {
                    Gradient::L1 => dx.abs() + dy.abs(),
                    Gradient::L2 => dx * dx + dy * dy,
                };
                if strength > best.0 {
                    best = (strength, dx, dy);
                }
            }
            (self.strength[x + 1], self.dx[x + 1], self.dy[x + 1]) = best;
        }
    }
}
