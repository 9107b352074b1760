//! Four f32 lanes: one `v128` on wasm simd128, an array elsewhere that LLVM keeps in one register. The same operations in the same
//! order on both, so results are equal to the bit.

use core::ops::{Add, Div, Mul, Sub};

/// `1.5 · 2^23`: added to `|x| < 2^22` it leaves `x` rounded to the nearest integer (ties to even) in the low bits.
pub(super) const ROUND: f32 = 12_582_912.0;

#[cfg(target_feature = "simd128")]
mod register {
    use core::arch::wasm32::*;

    #[derive(Clone, Copy)]
    pub(super) struct Register(v128);

    impl Register {
        // The four reads fold into one v128.load, the four writes into one v128.store.
        #[inline(always)]
        pub(super) fn new(values: [f32; 4]) -> Self {
            Self(f32x4(values[0], values[1], values[2], values[3]))
        }

        #[inline(always)]
        pub(super) fn array(self) -> [f32; 4] {
            let v = self.0;
            [
                f32x4_extract_lane::<0>(v),
                f32x4_extract_lane::<1>(v),
                f32x4_extract_lane::<2>(v),
                f32x4_extract_lane::<3>(v),
            ]
        }

        #[inline(always)]
        pub(super) fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        #[inline(always)]
        pub(super) fn add(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub(super) fn sub(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        pub(super) fn mul(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }

        #[inline(always)]
        pub(super) fn div(self, other: Self) -> Self {
            Self(f32x4_div(self.0, other.0))
        }

        // pmin and pmax are one instruction on x64 and keep a NaN on the left; min and max take six.
        #[inline(always)]
        pub(super) fn at_most(self, limit: Self) -> Self {
            Self(f32x4_pmin(self.0, limit.0))
        }

        #[inline(always)]
        pub(super) fn at_least(self, limit: Self) -> Self {
            Self(f32x4_pmax(self.0, limit.0))
        }

        #[inline(always)]
        pub(super) fn two_to_the(self, round: f32) -> Self {
            let bias = i32x4_splat(127 - round.to_bits() as i32);
            Self(i32x4_shl(i32x4_add(self.0, bias), 23))
        }
    }
}

#[cfg(not(target_feature = "simd128"))]
mod register {
    #[derive(Clone, Copy)]
    pub(super) struct Register([f32; 4]);

    #[inline(always)]
    fn both(a: [f32; 4], b: [f32; 4], f: impl Fn(f32, f32) -> f32) -> Register {
        Register([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }

    impl Register {
        #[inline(always)]
        pub(super) fn new(values: [f32; 4]) -> Self {
            Self(values)
        }

        #[inline(always)]
        pub(super) fn array(self) -> [f32; 4] {
            self.0
        }

        #[inline(always)]
        pub(super) fn splat(value: f32) -> Self {
            Self([value; 4])
        }

        #[inline(always)]
        pub(super) fn add(self, other: Self) -> Self {
            both(self.0, other.0, |a, b| a + b)
        }

        #[inline(always)]
        pub(super) fn sub(self, other: Self) -> Self {
            both(self.0, other.0, |a, b| a - b)
        }

        #[inline(always)]
        pub(super) fn mul(self, other: Self) -> Self {
            both(self.0, other.0, |a, b| a * b)
        }

        #[inline(always)]
        pub(super) fn div(self, other: Self) -> Self {
            both(self.0, other.0, |a, b| a / b)
        }

        #[inline(always)]
        pub(super) fn at_most(self, limit: Self) -> Self {
            both(self.0, limit.0, |a, b| if b < a { b } else { a })
        }

        #[inline(always)]
        pub(super) fn at_least(self, limit: Self) -> Self {
            both(self.0, limit.0, |a, b| if a < b { b } else { a })
        }

        #[inline(always)]
        pub(super) fn two_to_the(self, round: f32) -> Self {
            Self(self.0.map(|x| f32::from_bits(x.to_bits().wrapping_sub(round.to_bits()).wrapping_add(127) << 23)))
        }
    }
}

use register::Register;

/// Four f32 that are worked on at once.
#[derive(Clone, Copy)]
pub(super) struct Lanes(Register);

impl Lanes {
    pub(super) const COUNT: usize = 4;

    #[inline(always)]
    pub(super) fn load(values: &[f32; 4]) -> Self {
        Self(Register::new(*values))
    }

    #[inline(always)]
    pub(super) fn store(self, values: &mut [f32; 4]) {
        *values = self.0.array();
    }

    #[inline(always)]
    pub(super) fn splat(value: f32) -> Self {
        Self(Register::splat(value))
    }

    /// Each lane, and `limit` where the lane is greater; a NaN stays.
    #[inline(always)]
    pub(super) fn at_most(self, limit: Self) -> Self {
        Self(self.0.at_most(limit.0))
    }

    /// Each lane, and `limit` where the lane is less; a NaN stays.
    #[inline(always)]
    pub(super) fn at_least(self, limit: Self) -> Self {
        Self(self.0.at_least(limit.0))
    }

    /// Rounds lanes within ±2^22 to integers `n`, and gives `2^n` for n in [-127, 128]; the ends give 0 and infinity.
    #[inline(always)]
    pub(super) fn round_and_power(self) -> (Self, Self) {
        let shifted = self + Self::splat(ROUND);
        (shifted - Self::splat(ROUND), Self(shifted.0.two_to_the(ROUND)))
    }

    /// `self · scale + add`, rounded twice, as wasm without relaxed SIMD has it.
    #[inline(always)]
    pub(super) fn scale_add(self, scale: Self, add: Self) -> Self {
        self * scale + add
    }

    #[inline(always)]
    pub(super) fn sum(self) -> f32 {
        let [a, b, c, d] = self.0.array();
        (a + c) + (b + d)
    }

    /// The greatest lane; NaN lanes may be passed over.
    #[inline(always)]
    pub(super) fn greatest(self) -> f32 {
        let [a, b, c, d] = self.0.array();
        // By comparison: f32::max has a NaN to think of, which takes V8 a branch.
        let greater = |a: f32, b: f32| if b > a { b } else { a };
        greater(greater(a, b), greater(c, d))
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0))
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0.sub(other.0))
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0.mul(other.0))
    }
}

impl Div for Lanes {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(self.0.div(other.0))
    }
}
