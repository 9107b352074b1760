//! The inverse transform, from coefficients to samples.
//!
//! Source: libjpeg's `jidctint.c`, the accurate integer method after Loeffler, Ligtenberg and Moschytz 1989. Every
//! rounding is as there, so that every sample is.

use std::num::Wrapping;

/// Fractional bits of the constants, and those kept between the two passes.
const CONSTANT_BITS: usize = 13;
const PASS_BITS: usize = 2;

/// Corrupt files hold coefficients that overflow; they may, without a panic.
type Number = Wrapping<i32>;

const fn fixed(value: i32) -> Number {
    Wrapping(value)
}

// The constants of the method, times 2^13.
const C_0_298631336: Number = fixed(2446);
const C_0_390180644: Number = fixed(3196);
const C_0_541196100: Number = fixed(4433);
const C_0_765366865: Number = fixed(6270);
const C_0_899976223: Number = fixed(7373);
const C_1_175875602: Number = fixed(9633);
const C_1_501321110: Number = fixed(12299);
const C_1_847759065: Number = fixed(15137);
const C_1_961570560: Number = fixed(16069);
const C_2_053119869: Number = fixed(16819);
const C_2_562915447: Number = fixed(20995);
const C_3_072711026: Number = fixed(25172);

/// One dimension: eight numbers in, eight out, `shift` bits dropped with rounding.
#[inline(always)]
fn eight(input: [Number; 8], shift: usize) -> [Number; 8] {
    // Even part.
    let z1 = (input[2] + input[6]) * C_0_541196100;
    let t2 = z1 - input[6] * C_1_847759065;
    let t3 = z1 + input[2] * C_0_765366865;
    let t0 = (input[0] + input[4]) << CONSTANT_BITS;
    let t1 = (input[0] - input[4]) << CONSTANT_BITS;
    let even = [t0 + t3, t1 + t2, t1 - t2, t0 - t3];

    // Odd part.
    let (t0, t1, t2, t3) = (input[7], input[5], input[3], input[1]);
    let z5 = (t0 + t2 + t1 + t3) * C_1_175875602;
    let z1 = (t0 + t3) * -C_0_899976223;
    let z2 = (t1 + t2) * -C_2_562915447;
    let z3 = (t0 + t2) * -C_1_961570560 + z5;
    let z4 = (t1 + t3) * -C_0_390180644 + z5;
    let odd = [
        t3 * C_1_501321110 + z1 + z4,
        t2 * C_3_072711026 + z2 + z3,
        t1 * C_2_053119869 + z2 + z4,
        t0 * C_0_298631336 + z1 + z3,
    ];

    let round = Wrapping(1 << (shift - 1));
    let mut out = [Wrapping(0); 8];
    for k in 0..4 {
        out[k] = (even[k] + odd[k] + round) >> shift;
        out[7 - k] = (even[k] - odd[k] + round) >> shift;
    }
    out
}

fn sample(value: Number) -> u8 {
    (value.0.saturating_add(128)).clamp(0, 255) as u8
}

/// One block into the plane whose rows are `stride` apart, from its corner at the start of `samples`.
pub(super) fn transform(block: &[i16; 64], table: &[u16; 64], samples: &mut [u8], stride: usize) {
    let value = |at: usize| Wrapping(i32::from(block[at])) * Wrapping(i32::from(table[at]));
    if block[1..].iter().all(|&coefficient| coefficient == 0) {
        let flat = sample(((value(0) << PASS_BITS) + Wrapping(1 << (PASS_BITS + 2))) >> (PASS_BITS + 3));
        samples.chunks_mut(stride).take(8).for_each(|row| row[..8].fill(flat));
        return;
    }
    let mut middle = [Wrapping(0); 64];
    for column in 0..8 {
        let input: [Number; 8] = std::array::from_fn(|row| value(row * 8 + column));
        let output = eight(input, CONSTANT_BITS - PASS_BITS);
        for (row, number) in output.into_iter().enumerate() {
            middle[row * 8 + column] = number;
        }
    }
    for (line, row) in middle.as_chunks::<8>().0.iter().zip(samples.chunks_mut(stride)) {
        for (out, number) in row.iter_mut().zip(eight(*line, CONSTANT_BITS + PASS_BITS + 3)) {
            *out = sample(number);
        }
    }
}
