//! Digits drawn by a pen that varies from picture to picture: its form, slant, proportions, bends and thickness.

use serde::Deserialize;

use super::forms::{FORMS, Stroke};
use super::{CLASSES, MOST_PICTURES, PIXELS, Pictures, centre};
use crate::error::LessonError;
use crate::points::in_range;
use crate::random::Random;

/// What digits to draw.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct DigitsQuestion {
    /// Pictures, [`MOST_PICTURES`] at most.
    pub count: usize,
    /// Same seed, same pictures.
    pub seed: u64,
    /// How far everything varies, from 0 to 1, which is also the default.
    pub variety: Option<f64>,
}

/// Pixels along a side of the paper, before a digit is brought to its place; it is written in the middle, this much tall.
const PAPER: usize = 64;
const TALL: f64 = 40.0;
/// Pieces of a curve between two of its points.
const PIECES: usize = 6;
/// Waves that bend a digit.
const WAVES: usize = 3;

/// Draws digits, each as often as the others to within one. Every picture has draws of its own: a longer sample begins with the shorter one.
///
/// # Errors
/// [`LessonError::Setting`] for a variety outside 0 … 1; [`LessonError::TooManyRows`].
pub fn digits(question: &DigitsQuestion) -> Result<Pictures, LessonError> {
    let DigitsQuestion { count, seed, variety } = *question;
    let variety = in_range("variety", variety.unwrap_or(1.0), 0.0, 1.0)?;
    if count > MOST_PICTURES {
        return Err(LessonError::TooManyRows { found: count, limit: MOST_PICTURES });
    }
    let mut pictures = Pictures { pixels: Vec::with_capacity(count * PIXELS), labels: Vec::with_capacity(count) };
    let mut paper = vec![0; PAPER * PAPER];
    for row in 0..count {
        let digit = row % CLASSES;
        let mut random = Random::stream(seed, 0x0D16_1700 + row as u64);
        paper.fill(0);
        write(digit, variety, &mut random, &mut paper);
        let centred = centre(&paper, PAPER, PAPER)?;
        pictures.pixels.extend(centred.unwrap_or_else(|| vec![0; PIXELS]));
        pictures.labels.push(digit as u8);
    }
    Ok(pictures)
}

/// Writes one digit on paper.
fn write(digit: usize, variety: f64, random: &mut Random, paper: &mut [u8]) {
    let forms = FORMS[digit];
    // Without variety, everybody writes the first form.
    let form = if variety > 0.0 { random.below(forms.len()) } else { 0 };
    let hand = Hand::draw(variety, random);
    for stroke in forms[form] {
        let way: Vec<[f64; 2]> = match stroke {
            Stroke::Straight(points) => along(points, straight),
            Stroke::Curve(points) => along(points, curve),
        };
        let way: Vec<[f64; 2]> = way.into_iter().map(|point| hand.moved(point)).collect();
        for pair in way.windows(2) {
            line(paper, pair[0], pair[1], hand.thick / 2.0);
        }
    }
}

/// The point at a share of the way from one of the points to the next.
type Between = fn(&[(f64, f64)], usize, f64) -> [f64; 2];

/// A way in small pieces.
fn along(points: &[(f64, f64)], between: Between) -> Vec<[f64; 2]> {
    let pieces = points.len().saturating_sub(1) * PIECES;
    (0..=pieces)
        .map(|piece| {
            let from = (piece / PIECES).min(points.len().saturating_sub(2));
            between(points, from, (piece - from * PIECES) as f64 / PIECES as f64)
        })
        .collect()
}

fn straight(points: &[(f64, f64)], from: usize, share: f64) -> [f64; 2] {
    let (a, b) = (points[from], points[from + 1]);
    [a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share]
}

/// Catmull and Rom's spline (1974); one that ends where it begins is closed.
fn curve(points: &[(f64, f64)], from: usize, share: f64) -> [f64; 2] {
    let (first, last) = (points[0], points[points.len() - 1]);
    let closed = first == last;
    let (b, c) = (points[from], points[from + 1]);
    let a = if from > 0 {
        points[from - 1]
    } else if closed {
        points[points.len() - 2]
    } else {
        b
    };
    let d = points.get(from + 2).copied().unwrap_or(if closed { points[1] } else { c });
    let one = |a: f64, b: f64, c: f64, d: f64| {
        let (second, third) = (2.0 * a - 5.0 * b + 4.0 * c - d, 3.0 * b - a - 3.0 * c + d);
        b + 0.5 * share * (c - a + share * (second + share * third))
    };
    [one(a.0, b.0, c.0, d.0), one(a.1, b.1, c.1, d.1)]
}

/// How somebody writes.
struct Hand {
    /// Of a point around the middle: x from x and y, y from x and y.
    affine: [f64; 4],
    /// Way, speed and start of each wave, and how far it moves x and y.
    waves: [[f64; 5]; WAVES],
    /// In pixels of the paper.
    thick: f64,
}

impl Hand {
    fn draw(variety: f64, random: &mut Random) -> Self {
        let mut normal = |deviation: f64| (random.normal().clamp(-2.2, 2.2)) * deviation * variety;
        let (turn, slant, wide) = (normal(0.17), normal(0.3), normal(0.25).exp());
        let thick = 4.4 * normal(0.35).exp();
        let (sin, cos) = turn.sin_cos();
        // Wider, then slanted, then turned.
        let affine = [cos * wide, cos * slant - sin, sin * wide, sin * slant + cos];
        let waves = std::array::from_fn(|_| {
            let (far_x, far_y) = (normal(0.055), normal(0.055));
            let (x, y) = (normal(4.0), normal(4.0));
            [x, y, normal(3.0), far_x, far_y]
        });
        Self { affine, waves, thick }
    }

    /// Where a point of the box comes to lie on the paper.
    fn moved(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (mut px, mut py) = (x - 0.5, y - 0.5);
        for [along_x, along_y, start, far_x, far_y] in self.waves {
            let wave = (along_x * x + along_y * y + start).sin();
            px += far_x * wave;
            py += far_y * wave;
        }
        // A digit is narrower than tall.
        let px = 0.72 * px;
        let [a, b, c, d] = self.affine;
        let middle = PAPER as f64 / 2.0;
        [middle + TALL * (a * px + b * py), middle + TALL * (c * px + d * py)]
    }
}

/// Ink along a line, `reach` to either side, with edges as wide as a pixel.
fn line(paper: &mut [u8], from: [f64; 2], to: [f64; 2], reach: f64) {
    let range = |axis: usize| {
        let (low, high) = (from[axis].min(to[axis]) - reach - 1.0, from[axis].max(to[axis]) + reach + 1.0);
        (low.floor().clamp(0.0, PAPER as f64) as usize)..(high.ceil().clamp(0.0, PAPER as f64) as usize)
    };
    let (columns, rows) = (range(0), range(1));
    let way = [to[0] - from[0], to[1] - from[1]];
    let share_of = 1.0 / (way[0] * way[0] + way[1] * way[1]).max(1e-12);
    let furthest = (reach + 0.5) * (reach + 0.5);
    for y in rows {
        for x in columns.clone() {
            let away = [x as f64 + 0.5 - from[0], y as f64 + 0.5 - from[1]];
            let share = ((away[0] * way[0] + away[1] * way[1]) * share_of).clamp(0.0, 1.0);
            let (dx, dy) = (away[0] - share * way[0], away[1] - share * way[1]);
            let square = dx * dx + dy * dy;
            if square < furthest {
                let ink = (reach + 0.5 - square.sqrt()).min(1.0) * 255.0;
                let pixel = &mut paper[y * PAPER + x];
                *pixel = (*pixel).max(ink as u8);
            }
        }
    }
}
