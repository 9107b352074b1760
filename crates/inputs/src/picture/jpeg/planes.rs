//! From colour planes to RGB: chroma brought to full size, colours converted.
//!
//! Source: libjpeg-turbo's `jdsample.c` ("fancy upsampling", its default) and `jdcolor.c`; for CMYK, Pillow's
//! `Convert.c`.

use super::frame::{Component, Frame};
use super::markers::Colours;

/// How a plane is brought to the size of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Enlarge {
    /// Nearer samples weigh 3/4, farther ones 1/4.
    Across,
    Down,
    Both,
    /// Each sample repeated so many times across and down; 1 and 1 where the plane has full size.
    Repeat(usize, usize),
}

impl Enlarge {
    fn of(component: &Component, frame: &Frame) -> Self {
        match (frame.across / component.across, frame.down / component.down) {
            (2, 1) if component.width > 2 => Self::Across,
            (2, 2) if component.width > 2 => Self::Both,
            (1, 2) => Self::Down,
            (across, down) => Self::Repeat(across, down),
        }
    }
}

/// The rows of one plane, at the size of the picture.
struct Rows {
    component: Component,
    enlarge: Enlarge,
    /// Sums of two rows.
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Rows {
    fn of(component: Component, frame: &Frame) -> Self {
        let enlarge = Enlarge::of(&component, frame);
        let (sums, row) = (vec![0; component.width], vec![0; component.width * frame.across / component.across]);
        Self { component, enlarge, sums, row }
    }

    /// Row `y` of the picture, in this plane.
    fn at(&mut self, y: usize) -> &[u8] {
        let Self { component, enlarge, sums, row } = self;
        let stored = |y: usize| &component.samples[y * component.stride()..][..component.width];
        // Above the first row and below the last lie copies of them.
        let other = |y: usize| {
            if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(component.height - 1) }
        };
        match *enlarge {
            Enlarge::Repeat(1, down) => return stored(y / down),
            Enlarge::Repeat(across, down) => {
                for (out, &sample) in row.chunks_exact_mut(across).zip(stored(y / down)) {
                    out.fill(sample);
                }
            }
            Enlarge::Across => {
                for (sum, &sample) in sums.iter_mut().zip(stored(y)) {
                    *sum = u16::from(sample);
                }
                spread(sums, row, 2, [1, 2]);
            }
            Enlarge::Both => {
                for ((sum, &near), &far) in sums.iter_mut().zip(stored(y / 2)).zip(stored(other(y))) {
                    *sum = u16::from(near) * 3 + u16::from(far);
                }
                spread(sums, row, 4, [8, 7]);
            }
            Enlarge::Down => {
                let bias = 1 + (y % 2) as u16;
                for ((out, &near), &far) in row.iter_mut().zip(stored(y / 2)).zip(stored(other(y))) {
                    *out = ((u16::from(near) * 3 + u16::from(far) + bias) >> 2) as u8;
                }
            }
        }
        row
    }
}

/// Two samples from each: 3/4 of it and 1/4 of its neighbour on the left, then on the right. `biases` take turns,
/// so that rounding does not pull one way.
fn spread(from: &[u16], to: &mut [u8], shift: u32, [left, right]: [u16; 2]) {
    let last = from.len() - 1;
    for (pair, window) in to[2..].as_chunks_mut::<2>().0.iter_mut().zip(from.windows(3)) {
        let near = window[1] * 3;
        *pair = [((near + window[0] + left) >> shift) as u8, ((near + window[2] + right) >> shift) as u8];
    }
    to[0] = ((from[0] * 4 + left) >> shift) as u8;
    to[1] = ((from[0] * 3 + from[1] + right) >> shift) as u8;
    to[last * 2] = ((from[last] * 3 + from[last - 1] + left) >> shift) as u8;
    to[last * 2 + 1] = ((from[last] * 4 + right) >> shift) as u8;
}

/// `[height × width × 3]`
pub(super) fn to_rgb(mut frame: Frame, colours: Colours) -> Vec<u8> {
    let (width, height) = (frame.width, frame.height);
    let components = std::mem::take(&mut frame.components);
    let mut planes: Vec<Rows> = components.into_iter().map(|component| Rows::of(component, &frame)).collect();
    let mut rgb = vec![0; width * height * 3];
    for (y, line) in rgb.chunks_exact_mut(width * 3).enumerate() {
        let pixels = line.as_chunks_mut::<3>().0.iter_mut();
        match (colours, planes.as_mut_slice()) {
            (Colours::Grey, [grey, ..]) => pixels.zip(grey.at(y)).for_each(|(pixel, &grey)| *pixel = [grey; 3]),
            (Colours::Rgb | Colours::YCbCr, [a, b, c]) => {
                let samples = a.at(y).iter().zip(b.at(y)).zip(c.at(y));
                let samples = pixels.zip(samples.map(|((&a, &b), &c)| [a, b, c]));
                match colours {
                    Colours::Rgb => samples.for_each(|(pixel, sample)| *pixel = sample),
                    _ => samples.for_each(|(pixel, sample)| *pixel = ycc(sample)),
                }
            }
            (_, [a, b, c, d]) => {
                let samples = a.at(y).iter().zip(b.at(y)).zip(c.at(y)).zip(d.at(y));
                for (pixel, (((&a, &b), &c), &black)) in pixels.zip(samples) {
                    // Inverted: `left` is what each ink leaves of the light.
                    let left = if colours == Colours::Ycck { ycc([a, b, c]).map(|ink| 255 - ink) } else { [a, b, c] };
                    *pixel = left.map(|left| under_black(left, black));
                }
            }
            _ => {}
        }
    }
    rgb
}

/// Source: `jdcolor.c`, 16 fractional bits.
#[inline(always)]
fn ycc([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + ((91_881 * cr + HALF) >> 16);
    let green = y + ((-22_554 * cb - 46_802 * cr + HALF) >> 16);
    let blue = y + ((116_130 * cb + HALF) >> 16);
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}

/// Source: Pillow's `cmyk2rgb`.
fn under_black(left: u8, black: u8) -> u8 {
    let product = u32::from(255 - left) * u32::from(black) + 128;
    let ink = ((product >> 8) + product) >> 8;
    u32::from(black).saturating_sub(ink) as u8
}
