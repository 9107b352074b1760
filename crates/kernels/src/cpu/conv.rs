//! Convolution as a product (implicit GEMM): the checkpoint's weights are the rows, and the columns, eight pixels to a panel, are gathered
//! on the fly, one panel of one block of k at a time. The whole matrix of patches never exists.

use std::borrow::Cow;
use std::ops::Range;

use super::gemm::Epilogue;
use super::panels::NR;
use super::tile::{KC, Start, multiply, pack_rows};
use super::winograd;

/// Pixels that a block of the weights meets before the next block, so that it comes from the second-level cache.
const PIXELS: usize = 128;
/// Values of packed weights that are held at once: 2 MiB.
const HELD: usize = 1 << 19;

/// The sizes of a two-dimensional convolution without groups.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    /// Of the input.
    pub channels: usize,
    /// Of the input, in pixels.
    pub height: usize,
    /// Of the input, in pixels.
    pub width: usize,
    /// Of the output.
    pub out_channels: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Down and across.
    pub stride: [usize; 2],
    /// Zeros at the top, the left, the bottom and the right.
    pub padding: [usize; 4],
    /// Down and across; 1 leaves no gap.
    pub dilation: [usize; 2],
}

impl Conv {
    /// Height and width of the output; 0 where the kernel does not fit.
    pub fn out_size(&self) -> [usize; 2] {
        let [height, width] = self.padded_size();
        let along = |axis: usize, size: usize| {
            let reach = self.dilation[axis] * (self.kernel[axis].saturating_sub(1)) + 1;
            size.checked_sub(reach).map_or(0, |left| left / self.stride[axis] + 1)
        };
        [along(0, height), along(1, width)]
    }

    pub(super) fn padded_size(&self) -> [usize; 2] {
        let [top, left, bottom, right] = self.padding;
        [self.height + top + bottom, self.width + left + right]
    }

    /// `x`, `[channels, height, width]`, with its border of zeros.
    pub(super) fn pad<'a>(&self, x: &'a [f32]) -> Cow<'a, [f32]> {
        if self.padding == [0; 4] {
            return Cow::Borrowed(x);
        }
        let [height, width] = self.padded_size();
        let mut padded = vec![0.0; self.channels * height * width];
        let [top, left, ..] = self.padding;
        for (row, values) in x.chunks_exact(self.width.max(1)).enumerate() {
            let (c, y) = (row / self.height, row % self.height);
            padded[(c * height + top + y) * width + left..][..self.width].copy_from_slice(values);
        }
        Cow::Owned(padded)
    }

    /// For each step of k (channel, then row, then column of the kernel): how far it lies from an output pixel's first value.
    fn steps(&self) -> Vec<usize> {
        let [height, width] = self.padded_size();
        let [down, across] = self.dilation;
        let mut steps = Vec::with_capacity(self.channels * self.kernel[0] * self.kernel[1]);
        for c in 0..self.channels {
            for y in 0..self.kernel[0] {
                steps.extend((0..self.kernel[1]).map(|x| (c * height + y * down) * width + x * across));
            }
        }
        steps
    }
}

/// `out = epilogue(weight * x)`, the cross-correlation that networks call a convolution: `x` `[batch, channels, height, width]`, `weight`
/// `[out_channels, channels, kernel height, kernel width]`, `out` `[batch, out_channels, height, width]` of [`Conv::out_size`]. In the
/// epilogue, `row_bias` is the bias, `[out_channels]`, `column_bias` one for each pixel, and `add` is shaped like `out`.
pub fn conv2d(x: &[f32], weight: &[f32], batch: usize, shape: &Conv, epilogue: &Epilogue, out: &mut [f32]) {
    let [height, width] = shape.out_size();
    let (m, k, pixels) = (shape.out_channels, shape.channels * shape.kernel[0] * shape.kernel[1], height * width);
    let image = shape.channels * shape.height * shape.width;
    assert_eq!(x.len(), batch * image, "{batch} x {shape:?}");
    assert_eq!(weight.len(), m * k, "weights of {shape:?}");
    assert_eq!(out.len(), batch * m * pixels, "{batch} outputs of {shape:?}");
    assert!(epilogue.row_bias.is_none_or(|bias| bias.len() == m), "a bias for each of {m} channels");
    assert!(epilogue.column_bias.is_none_or(|bias| bias.len() == pixels), "a bias for each of {pixels} pixels");
    assert!(epilogue.add.is_none_or(|add| add.len() == out.len()), "a residual shaped like the output");
    if out.is_empty() {
        return;
    }
    if winograd::fits(shape, epilogue) {
        return winograd::convolve(x, weight, batch, shape, epilogue, out);
    }
    let steps = shape.steps();
    // Whole tiles of weights, as many rows as may be held; all of them unless there are more than a thousand channels.
    let held = (HELD / k.max(1)).max(32) / 4 * 4;
    for first in (0..m).step_by(held) {
        let rows = first..m.min(first + held);
        let weights = Weights::pack(weight, k, rows.clone());
        for b in 0..batch {
            let padded = shape.pad(&x[b * image..][..image]);
            let columns = Columns { padded: &padded, steps: &steps, shape, width, pixels };
            let at = (b * m + first) * pixels;
            let out = &mut out[at..][..rows.len() * pixels];
            let biases = Epilogue { row_bias: epilogue.row_bias.map(|bias| &bias[rows.clone()]), ..*epilogue };
            weights.times(&columns, &biases, at, out);
        }
    }
}

/// Packed rows of the weights, block of k by block of k.
struct Weights {
    blocks: Vec<(Range<usize>, Vec<f32>)>,
    rows: usize,
}

impl Weights {
    fn pack(weight: &[f32], k: usize, rows: Range<usize>) -> Self {
        // At least one block, though empty, so that a product over no k still writes the biases.
        let blocks = (0..k.max(1)).step_by(KC).map(|k0| {
            let block = k0..k.min(k0 + KC);
            let mut packed = Vec::new();
            pack_rows(&weight[rows.start * k..], k, rows.len(), block.clone(), &mut packed);
            (block, packed)
        });
        Self { blocks: blocks.collect(), rows: rows.len() }
    }

    /// `at` is where `out`, `[rows, pixels]`, lies within the whole output.
    fn times(&self, columns: &Columns, epilogue: &Epilogue, at: usize, out: &mut [f32]) {
        let pixels = columns.pixels;
        let mut panel = vec![0.0; NR * KC.min(columns.steps.len())];
        for first in (0..pixels).step_by(PIXELS) {
            let group = first..pixels.min(first + PIXELS);
            for (block, packed) in &self.blocks {
                for pixel in group.clone().step_by(NR) {
                    let panel = &mut panel[..block.len() * NR];
                    let width = NR.min(pixels - pixel);
                    columns.gather(pixel, width, block.clone(), panel);
                    let start = match block.start {
                        0 => Start::Bias {
                            columns: epilogue.column_bias.map(|bias| &bias[pixel..][..width]),
                            rows: epilogue.row_bias,
                        },
                        _ => Start::Out,
                    };
                    multiply(packed, self.rows, panel, start, &mut out[pixel..], pixels, width);
                }
            }
            if epilogue.act.is_some() || epilogue.add.is_some() {
                for (row, out) in out.chunks_exact_mut(pixels).enumerate() {
                    epilogue.finish(at + row * pixels + first, &mut out[group.clone()]);
                }
            }
        }
    }
}

/// The patches of one padded picture, as columns.
struct Columns<'a> {
    padded: &'a [f32],
    steps: &'a [usize],
    shape: &'a Conv,
    /// Of the output.
    width: usize,
    pixels: usize,
}

impl Columns<'_> {
    /// The panel of `count` pixels from `pixel` on, `[steps of the block][NR]`; lanes beyond `count` hold values that nobody reads.
    fn gather(&self, pixel: usize, count: usize, block: Range<usize>, panel: &mut [f32]) {
        let [down, across] = self.shape.stride;
        let [_, padded_width] = self.shape.padded_size();
        let starts: [usize; NR] = core::array::from_fn(|lane| {
            let pixel = pixel + lane.min(count - 1);
            pixel / self.width * down * padded_width + pixel % self.width * across
        });
        let (panel, _) = panel.as_chunks_mut::<NR>();
        let steps = &self.steps[block];
        if starts.iter().enumerate().all(|(lane, start)| *start == starts[0] + lane) {
            // Neighbours in one row, the usual case.
            for (lanes, step) in panel.iter_mut().zip(steps) {
                lanes.copy_from_slice(&self.padded[starts[0] + step..][..NR]);
            }
        } else {
            for (lanes, step) in panel.iter_mut().zip(steps) {
                let patch = &self.padded[*step..];
                *lanes = starts.map(|start| patch[start]);
            }
        }
    }
}

#[cfg(test)]
#[path = "conv_tests.rs"]
mod tests;
