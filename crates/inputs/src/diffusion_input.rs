//! Pictures and masks as a diffusion model reads them.
//!
//! Source: `VaeImageProcessor` of diffusers, whose defaults resize with Pillow's Lanczos filter. Transparency is laid
//! over white by [`crate::decode_picture`], where the source ignores it.

use crate::picture::Picture;
use crate::resample::{Filter, Side, resize};

/// How a picture of another shape is made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// Both sides are resized on their own; diffusers' `resize_mode="default"`.
    #[default]
    Stretch,
    /// Resized until it covers the wanted size, and cut around its centre; diffusers' `resize_mode="crop"`.
    Crop,
}

impl Fit {
    /// From the picture's size to the wanted one, columns and rows.
    fn sides(self, picture: &Picture, width: u32, height: u32) -> (Side, Side) {
        let (to_width, to_height) = match self {
            Self::Stretch => (width, height),
            Self::Crop => cover((picture.width, picture.height), (width, height)),
        };
        let side = |from: u32, to: u32, wanted: u32| {
            // Both halves are rounded down, as the source does.
            let start = (to / 2).saturating_sub(wanted / 2).min(to - wanted);
            Side { from, to, window: start..start + wanted }
        };
        (side(picture.width, to_width, width), side(picture.height, to_height, height))
    }
}

/// The size that keeps the shape of `from` and leaves no part of `wanted` empty; the longer side is cut to whole
/// pixels.
fn cover(from: (u32, u32), wanted: (u32, u32)) -> (u32, u32) {
    let ((from_width, from_height), (width, height)) = (from, wanted);
    // width ÷ height against from_width ÷ from_height, without a rounding.
    let wider = u64::from(width) * u64::from(from_height) > u64::from(from_width) * u64::from(height);
    let scaled = |side: u32, by: u32, over: u32| {
        u32::try_from(u64::from(side) * u64::from(by) / u64::from(over.max(1))).unwrap_or(u32::MAX)
    };
    if wider {
        (width, scaled(from_height, width, from_width).max(height))
    } else {
        (scaled(from_width, height, from_height).max(width), height)
    }
}

/// A picture at the size that a model is to paint, still as a picture. Both sides of it and of the result are above
/// 0, else the result is empty.
pub fn fitted(picture: &Picture, width: u32, height: u32, fit: Fit) -> Picture {
    let rgb = if [picture.width, picture.height, width, height].contains(&0) {
        Vec::new()
    } else {
        let (columns, rows) = fit.sides(picture, width, height);
        resize(&picture.rgb, &columns, &rows, Filter::Lanczos)
    };
    Picture { width, height, rgb, format: picture.format }
}

/// What an autoencoder encodes: the picture to start from, in the range −1 to 1.
///
/// # Shapes
/// returns `[3 × height × width]`, channels first
pub fn init_pixels(picture: &Picture, width: u32, height: u32, fit: Fit) -> Vec<f32> {
    channels_first(&fitted(picture, width, height, fit), |share| 2.0 * share - 1.0)
}

/// What a ControlNet reads, such as edges: in the range 0 to 1.
///
/// # Shapes
/// returns `[3 × height × width]`, channels first
pub fn control_pixels(picture: &Picture, width: u32, height: u32, fit: Fit) -> Vec<f32> {
    channels_first(&fitted(picture, width, height, fit), |share| share)
}

/// What is to be painted anew: 1 where the mask is nearer to white than to black, else 0.
///
/// # Shapes
/// returns `[height × width]`
pub fn mask(picture: &Picture, width: u32, height: u32, fit: Fit) -> Vec<f32> {
    let resized = fitted(picture, width, height, fit);
    resized.rgb.as_chunks().0.iter().map(|&pixel| if luma(pixel) >= 128 { 1.0 } else { 0.0 }).collect()
}

/// A mask on the grid of latents, each `factor` pixels of it one: the value of the pixel in the top left corner, as
/// `torch.nn.functional.interpolate` takes it. Sides that are no multiple of `factor` lose the rest. Empty where a
/// size is 0 or `mask` has fewer values than `width × height`.
///
/// # Shapes
/// `mask`: `[height × width]`; returns `[height ÷ factor × width ÷ factor]`
pub fn mask_latents(mask: &[f32], width: u32, height: u32, factor: u32) -> Vec<f32> {
    let (width, height, factor) = (width as usize, height as usize, factor as usize);
    if factor == 0 || mask.len() < width.saturating_mul(height) {
        return Vec::new();
    }
    let (columns, rows) = (width / factor, height / factor);
    // The source maps the whole side, rest included, and in single precision.
    let source = |index: usize, from: usize, to: usize| {
        ((index as f32 * (from as f32 / to as f32)) as usize).min(from.saturating_sub(1))
    };
    let row = |y: usize| &mask[source(y, height, rows) * width..][..width];
    (0..rows).flat_map(|y| (0..columns).map(move |x| row(y)[source(x, width, columns)])).collect()
}

/// Brightness of a pixel by ITU-R 601-2, with the 16 fractional bits of Pillow's conversion to `L`.
pub fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000;
    (sum >> 16) as u8
}

fn channels_first(picture: &Picture, scale: impl Fn(f32) -> f32) -> Vec<f32> {
    let value = |value: &u8| scale(f32::from(*value) / 255.0);
    (0..3).flat_map(|colour| picture.rgb.iter().skip(colour).step_by(3).map(value)).collect()
}
