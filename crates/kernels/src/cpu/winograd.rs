//! 3 × 3 convolutions as Winograd's F(2 × 2, 3 × 3) (Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section
//! 4.1): sixteen products where the plain form has thirty-six. Its matrices hold only 0, ±1 and ±1/2, so little precision is lost.
//! What is not finite spreads to the other pixels of its 4 × 4 patches.

use std::ops::Range;

use super::conv::Conv;
use super::gemm::Epilogue;
use super::lanes::Lanes;
use super::panels::NR;
use super::tile::{MR, Start, multiply};

/// Values of a transformed 4 × 4 patch.
const SPOTS: usize = 16;
/// Patches, of 2 × 2 output pixels each, that are transformed at once: four panels.
const PATCHES: usize = 32;
/// Output channels that are multiplied before their results are transformed back, while those are in the cache.
const ROWS: usize = 64;
/// Values of transformed weights that are held at once: 4 MiB.
const HELD: usize = 1 << 20;

/// Whether this form can be used and pays: a 3 × 3 kernel over neighbours, whole quads of patches, and channels enough to be worth the
/// transforms.
pub(super) fn fits(shape: &Conv, epilogue: &Epilogue) -> bool {
    let [height, width] = shape.out_size();
    (shape.kernel, shape.stride, shape.dilation) == ([3, 3], [1, 1], [1, 1])
        && epilogue.column_bias.is_none()
        && width.is_multiple_of(2 * Lanes::COUNT)
        && height.is_multiple_of(2)
        && shape.out_channels.is_multiple_of(MR)
        && shape.out_channels >= 16
        && shape.channels >= 16
}

/// [`super::conv2d`] for what [`fits`], with sizes checked.
pub(super) fn convolve(x: &[f32], weight: &[f32], batch: usize, shape: &Conv, epilogue: &Epilogue, out: &mut [f32]) {
    let [height, width] = shape.out_size();
    let (m, channels, pixels) = (shape.out_channels, shape.channels, height * width);
    let image = channels * shape.height * shape.width;
    let held = (HELD / (SPOTS * channels)).max(ROWS) / MR * MR;
    let mut scratch = Scratch::new(channels);
    for first in (0..m).step_by(held) {
        let rows = first..m.min(first + held);
        let weights = transform_weights(&weight[rows.start * channels * 9..rows.end * channels * 9], channels);
        for b in 0..batch {
            let picture = Picture::split(&x[b * image..][..image], shape);
            let at = (b * m + first) * pixels;
            let out = &mut out[at..][..rows.len() * pixels];
            for quads in groups(picture.across * picture.down) {
                scratch.transform(&picture, quads.clone());
                for part in (0..rows.len()).step_by(ROWS) {
                    let count = ROWS.min(rows.len() - part);
                    scratch.multiply(&weights, part..part + count, rows.len(), quads.len());
                    let bias = epilogue.row_bias.map(|bias| &bias[first + part..][..count]);
                    scratch.transform_back(&picture, quads.clone(), bias, &mut out[part * pixels..][..count * pixels]);
                }
            }
            epilogue.finish(at, out);
        }
    }
}

/// Quads of patches, a group at a time.
fn groups(quads: usize) -> impl Iterator<Item = Range<usize>> {
    let most = PATCHES / Lanes::COUNT;
    (0..quads).step_by(most).map(move |first| first..quads.min(first + most))
}

/// `G g Gᵀ` of each kernel, `[SPOTS][tiles of MR rows][channels][MR]`, from `[rows, channels, 3, 3]`.
fn transform_weights(weight: &[f32], channels: usize) -> Vec<f32> {
    let rows = weight.len() / (channels * 9);
    let mut out = vec![0.0; SPOTS * rows * channels];
    let spot_size = rows * channels;
    let (kernels, _) = weight.as_chunks::<9>();
    for (t, tile) in kernels.chunks_exact(MR * channels).enumerate() {
        for c in 0..channels {
            let lane = |i: usize| Lanes::load(&core::array::from_fn(|row| tile[row * channels + c][i]));
            let columns = [0, 1, 2].map(|x| expand([lane(x), lane(3 + x), lane(6 + x)]));
            let spots = [0, 1, 2, 3].map(|y| expand([columns[0][y], columns[1][y], columns[2][y]]));
            for (spot, value) in spots.as_flattened().iter().enumerate() {
                if let Some(four) = out[spot * spot_size + (t * channels + c) * MR..].first_chunk_mut() {
                    value.store(four);
                }
            }
        }
    }
    out
}

/// `G`: three taps to four values.
#[inline(always)]
fn expand([a, b, c]: [Lanes; 3]) -> [Lanes; 4] {
    let half = Lanes::splat(0.5);
    let (outer, inner) = ((a + c) * half, b * half);
    [a, outer + inner, outer - inner, c]
}

/// `Bᵀ`: four inputs to four values.
#[inline(always)]
fn spread([a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
    [a - c, b + c, c - b, b - d]
}

/// `Aᵀ`: four values to two outputs.
#[inline(always)]
fn collect([a, b, c, d]: [Lanes; 4]) -> [Lanes; 2] {
    [a + b + c, b - c - d]
}

/// A padded picture with even and odd columns apart, so that the same column of neighbouring patches lies side by side:
/// `[channels][rows][2][half a row]`.
struct Picture {
    values: Vec<f32>,
    rows: usize,
    half: usize,
    /// Quads of patches in a row.
    across: usize,
    /// Rows of patches.
    down: usize,
}

impl Picture {
    fn split(x: &[f32], shape: &Conv) -> Self {
        let [height, width] = shape.out_size();
        let (rows, half) = (height + 2, width / 2 + 1);
        let mut values = vec![0.0; shape.channels * rows * 2 * half];
        let [top, left, ..] = shape.padding;
        for (row, line) in x.chunks_exact(shape.width).enumerate() {
            let (c, y) = (row / shape.height, row % shape.height);
            let (even, odd) = values[(c * rows + top + y) * 2 * half..][..2 * half].split_at_mut(half);
            let [even, odd] = if left % 2 == 0 { [even, &mut odd[..]] } else { [odd, &mut even[1..]] };
            let (twos, last) = line.as_chunks::<2>();
            for ((even, odd), two) in even[left / 2..].iter_mut().zip(&mut odd[left / 2..]).zip(twos) {
                (*even, *odd) = (two[0], two[1]);
            }
            if let ([last], Some(value)) = (last, even[left / 2..].get_mut(twos.len())) {
                *value = *last;
            }
        }
        Self { values, rows, half, across: width / 2 / Lanes::COUNT, down: height / 2 }
    }

    /// The 4 × 4 patches of a quad, transformed.
    #[inline(always)]
    fn patches(&self, channel: usize, quad: usize) -> [[Lanes; 4]; 4] {
        let (y, x) = (quad / self.across * 2, quad % self.across * Lanes::COUNT);
        let rows = [0, 1, 2, 3].map(|row| {
            let line = &self.values[(channel * self.rows + y + row) * 2 * self.half..][..2 * self.half];
            let at = |x: usize| line[x..].first_chunk().map_or(Lanes::splat(0.0), Lanes::load);
            spread([at(x), at(self.half + x), at(x + 1), at(self.half + x + 1)])
        });
        let columns = [0, 1, 2, 3].map(|x| spread([rows[0][x], rows[1][x], rows[2][x], rows[3][x]]));
        [0, 1, 2, 3].map(|y| [columns[0][y], columns[1][y], columns[2][y], columns[3][y]])
    }
}

/// One group of patches on its way.
struct Scratch {
    channels: usize,
    /// `[SPOTS][PATCHES / NR][channels][NR]`
    patches: Vec<f32>,
    /// `[SPOTS][ROWS][PATCHES]`
    products: Vec<f32>,
}

impl Scratch {
    fn new(channels: usize) -> Self {
        Self { channels, patches: vec![0.0; SPOTS * PATCHES * channels], products: vec![0.0; SPOTS * ROWS * PATCHES] }
    }

    fn transform(&mut self, picture: &Picture, quads: Range<usize>) {
        for (q, quad) in quads.enumerate() {
            let (panel, half) = (q * Lanes::COUNT / NR, q * Lanes::COUNT % NR);
            for c in 0..self.channels {
                let values = picture.patches(c, quad);
                for (spot, value) in values.as_flattened().iter().enumerate() {
                    let at = spot * PATCHES * self.channels + (panel * self.channels + c) * NR + half;
                    if let Some(four) = self.patches[at..].first_chunk_mut() {
                        value.store(four);
                    }
                }
            }
        }
    }

    /// A lane that no patch of this group filled holds one of the group before, and is not read.
    fn multiply(&mut self, weights: &[f32], part: Range<usize>, rows: usize, quads: usize) {
        let (k, none) = (self.channels, Start::Bias { columns: None, rows: None });
        for spot in 0..SPOTS {
            let weights = &weights[(spot * rows + part.start) * k..(spot * rows + part.end) * k];
            let products = &mut self.products[spot * ROWS * PATCHES..][..ROWS * PATCHES];
            let patches = &self.patches[spot * PATCHES * k..][..PATCHES * k];
            for (p, panel) in patches.chunks_exact(k * NR).take((quads * Lanes::COUNT).div_ceil(NR)).enumerate() {
                multiply(weights, part.len(), panel, none, &mut products[p * NR..], PATCHES, NR);
            }
        }
    }

    fn transform_back(&self, picture: &Picture, quads: Range<usize>, bias: Option<&[f32]>, out: &mut [f32]) {
        let width = picture.across * Lanes::COUNT * 2;
        let pixels = picture.down * 2 * width;
        for (row, out) in out.chunks_exact_mut(pixels).enumerate() {
            let bias = Lanes::splat(bias.map_or(0.0, |bias| bias[row]));
            for (q, quad) in quads.clone().enumerate() {
                let value = |spot: usize| {
                    let at = (spot * ROWS + row) * PATCHES + q * Lanes::COUNT;
                    self.products[at..].first_chunk().map_or(Lanes::splat(0.0), Lanes::load)
                };
                let columns = [0, 1, 2, 3].map(|x| collect([value(x), value(4 + x), value(8 + x), value(12 + x)]));
                let at = quad / picture.across * 2 * width + quad % picture.across * Lanes::COUNT * 2;
                for y in 0..2 {
                    let [even, odd] = collect([columns[0][y], columns[1][y], columns[2][y], columns[3][y]]);
                    if let Some(eight) = out[at + y * width..].first_chunk_mut() {
                        interleave(even + bias, odd + bias, eight);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn interleave(even: Lanes, odd: Lanes, out: &mut [f32; 2 * Lanes::COUNT]) {
    let (mut a, mut b) = ([0.0; Lanes::COUNT], [0.0; Lanes::COUNT]);
    even.store(&mut a);
    odd.store(&mut b);
    *out = [a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]];
}
