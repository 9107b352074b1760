//! Integers for the int8 product: pairs of i16 along k, multiplied and added in one instruction (`i32x4.dot_i16x8_s`, SSE2's `pmaddwd`).

use super::lanes::Lanes;

#[cfg(target_feature = "simd128")]
mod register {
    use core::arch::wasm32::*;

    #[derive(Clone, Copy)]
    pub(super) struct Register(v128);

    impl Register {
        // Through words of 64 bits: two of them fold into one v128.load, sixteen reads of a byte do not.
        #[inline(always)]
        pub(super) fn widen(values: &[[i8; 8]; 2]) -> [Self; 2] {
            let [low, high] = values.map(|half| u64::from_le_bytes(half.map(|value| value as u8)));
            let numbers = u64x2(low, high);
            [Self(i16x8_extend_low_i8x16(numbers)), Self(i16x8_extend_high_i8x16(numbers))]
        }

        #[inline(always)]
        pub(super) fn splat(value: i32) -> Self {
            Self(i32x4_splat(value))
        }

        #[inline(always)]
        pub(super) fn add_dot(self, a: Self, b: Self) -> Self {
            Self(i32x4_add(self.0, i32x4_dot_i16x8(a.0, b.0)))
        }

        #[inline(always)]
        pub(super) fn floats(self) -> [f32; 4] {
            let v = f32x4_convert_i32x4(self.0);
            [
                f32x4_extract_lane::<0>(v),
                f32x4_extract_lane::<1>(v),
                f32x4_extract_lane::<2>(v),
                f32x4_extract_lane::<3>(v),
            ]
        }
    }
}

#[cfg(not(target_feature = "simd128"))]
mod register {
    /// Four i32, or eight i16 in pairs: the low half of a word is the first of its pair.
    #[derive(Clone, Copy)]
    pub(super) struct Register([i32; 4]);

    impl Register {
        #[inline(always)]
        pub(super) fn widen(values: &[[i8; 8]; 2]) -> [Self; 2] {
            values.map(|v| Self(core::array::from_fn(|i| super::pair(v[2 * i].into(), v[2 * i + 1].into()))))
        }

        #[inline(always)]
        pub(super) fn splat(value: i32) -> Self {
            Self([value; 4])
        }

        #[inline(always)]
        pub(super) fn add_dot(self, a: Self, b: Self) -> Self {
            let low = |word: i32| i32::from(word as i16);
            let dot = |i: usize| low(a.0[i]) * low(b.0[i]) + (a.0[i] >> 16) * (b.0[i] >> 16);
            Self(core::array::from_fn(|i| self.0[i].wrapping_add(dot(i))))
        }

        #[inline(always)]
        pub(super) fn floats(self) -> [f32; 4] {
            self.0.map(|sum| sum as f32)
        }
    }
}

use register::Register;

/// Two numbers that are neighbours along k, in one word.
#[inline(always)]
pub(super) fn pair(first: i16, second: i16) -> i32 {
    i32::from(first) & 0xFFFF | i32::from(second) << 16
}

/// Four pairs: of four columns, or one of a row four times.
#[derive(Clone, Copy)]
pub(super) struct Pairs(Register);

impl Pairs {
    /// The pairs of eight columns.
    #[inline(always)]
    pub(super) fn widen(values: &[[i8; 8]; 2]) -> [Self; 2] {
        Register::widen(values).map(Self)
    }

    #[inline(always)]
    pub(super) fn splat(pair: i32) -> Self {
        Self(Register::splat(pair))
    }
}

/// Four sums in i32.
#[derive(Clone, Copy)]
pub(super) struct Sums(Register);

impl Sums {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        Self(Register::splat(0))
    }

    #[inline(always)]
    pub(super) fn add_dot(self, a: Pairs, b: Pairs) -> Self {
        Self(self.0.add_dot(a.0, b.0))
    }

    #[inline(always)]
    pub(super) fn lanes(self) -> Lanes {
        Lanes::load(&self.0.floats())
    }
}
