//! Weights and inputs from a formula that `tests/reference/formula.py` has too, bit for bit, so that a model of full size needs
//! no file: the number at `index` of the tensor `name` depends on these two alone.
//!
//! Everything is exact in f32: 24 random bits less one half, times a power of two, plus 0 or 1.

const LOGIT_SCALE: f32 = 2.6592;

fn fnv1a64(name: &str) -> u64 {
    name.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |found: u64, byte| (found ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// 24 random bits for each index, by the finaliser of splitmix64.
fn bits(name: &str) -> impl Iterator<Item = u64> {
    let start = fnv1a64(name);
    (0u64..).map(move |index| {
        let x = start ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) >> 40
    })
}

/// −0.5 to 0.5
fn uniform(name: &str) -> impl Iterator<Item = f32> {
    bits(name).map(|bits| bits as f32 / 16_777_216.0 - 0.5)
}

/// Norms near 1, biases near 0, and matrices such that activations keep their size over twelve layers.
fn offset_and_scale(name: &str, shape: &[usize]) -> (f32, f32) {
    if name.ends_with(".bias") {
        return (0.0, 0.125);
    }
    if shape.len() == 1 && name.ends_with(".weight") {
        return (1.0, 0.25);
    }
    let inputs: usize = shape.iter().skip(1).product();
    (0.0, if inputs < 1024 { 0.125 } else { 0.0625 })
}

/// A tensor of a checkpoint, row by row.
pub fn weights(name: &str, shape: &[usize]) -> Vec<f32> {
    let count = shape.iter().product();
    if name == "logit_scale" {
        return vec![LOGIT_SCALE; count];
    }
    let (offset, scale) = offset_and_scale(name, shape);
    uniform(name).take(count).map(|value| offset + scale * value).collect()
}

/// `[images, 3, size, size]`: a grid of 7 × 7 colours with noise over it, so that two pictures differ in what a patch sees and
/// not only in noise, which attention would average away.
pub fn pixel_values(images: usize, size: usize) -> Vec<f32> {
    let cell = size.div_ceil(7);
    let coarse: Vec<f32> = uniform("pixel_values.coarse").take(images * 3 * 49).collect();
    let place = |at: usize| {
        let (x, y, channel) = (at % size, at / size % size, at / size / size);
        channel * 49 + y / cell * 7 + x / cell
    };
    let fine = uniform("pixel_values").take(images * 3 * size * size);
    fine.enumerate().map(|(at, fine)| 4.0 * coarse[place(at)] + 2.0 * fine).collect()
}

/// `[ends, cols]`: `begin`, random ids, and `end` from each row's place on, as CLIP's tokenizer pads.
pub fn input_ids(ends: &[usize], cols: usize, begin: i64, end: i64) -> Vec<i64> {
    let random = bits("input_ids").take(ends.len() * cols);
    random
        .enumerate()
        .map(|(at, bits)| match at % cols {
            0 => begin,
            col if col >= ends[at / cols] => end,
            _ => 320 + (bits % 49_000) as i64,
        })
        .collect()
}
