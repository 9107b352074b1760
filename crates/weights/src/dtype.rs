//! Types of numbers in a file, and their bytes as numbers that are computed with.

use half::{bf16, f16};
use serde::Serialize;

use crate::{TensorEntry, WeightsError};

/// A type of number that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Dtype {
    /// IEEE 754 single.
    F32,
    /// IEEE 754 half.
    F16,
    /// The upper half of a single.
    Bf16,
    /// IEEE 754 double.
    F64,
    /// Signed byte.
    I8,
    /// Unsigned byte.
    U8,
    /// Signed, four bytes.
    I32,
    /// Signed, eight bytes.
    I64,
    /// 0 or 1 in a byte.
    Bool,
}

/// Every type that is read, for messages.
pub(crate) const READABLE: &str = "F32, F16, BF16, F64, I8, U8, I32, I64 or BOOL";

impl Dtype {
    /// The type by its name in a header.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            "F64" => Self::F64,
            "I8" => Self::I8,
            "U8" => Self::U8,
            "I32" => Self::I32,
            "I64" => Self::I64,
            "BOOL" => Self::Bool,
            _ => return None,
        })
    }

    /// Its name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::F64 => "F64",
            Self::I8 => "I8",
            Self::U8 => "U8",
            Self::I32 => "I32",
            Self::I64 => "I64",
            Self::Bool => "BOOL",
        }
    }

    /// Bytes of one number.
    pub fn size(self) -> u64 {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }
}

/// A tensor's bytes as `f32`, row-major, every one finite.
///
/// F16 and BF16 widen exactly; F64 is rounded to nearest.
///
/// # Errors
/// [`WeightsError::Dtype`] for integers, [`WeightsError::SizeMismatch`] where `bytes` are not the tensor's,
/// [`WeightsError::NotFinite`] at the first NaN or infinity, one that rounding made included.
pub fn to_f32(entry: &TensorEntry, bytes: &[u8]) -> Result<Vec<f32>, WeightsError> {
    check_size(entry, bytes)?;
    expect_floats(entry)?;
    let mut values = Vec::with_capacity(entry.elements());
    widen(entry, 0, bytes, &mut values)?;
    Ok(values)
}

/// Whether a tensor holds numbers with fractions.
///
/// # Errors
/// [`WeightsError::Dtype`].
pub(crate) fn expect_floats(entry: &TensorEntry) -> Result<(), WeightsError> {
    match entry.dtype {
        Dtype::F32 | Dtype::F16 | Dtype::Bf16 | Dtype::F64 => Ok(()),
        _ => Err(wrong(entry, "F32, F16, BF16 or F64")),
    }
}

/// Appends a piece of a tensor's bytes; `first` is the place in the tensor of the first number of all.
pub(crate) fn widen(
    entry: &TensorEntry,
    first: usize,
    bytes: &[u8],
    values: &mut Vec<f32>,
) -> Result<(), WeightsError> {
    let before = values.len();
    match entry.dtype {
        Dtype::F16 => append(values, bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
        Dtype::Bf16 => append(values, bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        Dtype::F64 => append(values, bytes, |bytes| f64::from_le_bytes(bytes) as f32),
        _ => append(values, bytes, f32::from_le_bytes),
    }
    match values[before..].iter().position(|number| !number.is_finite()) {
        None => Ok(()),
        Some(at) => Err(WeightsError::NotFinite { name: entry.name.clone(), index: first + before + at }),
    }
}

fn append<const N: usize>(values: &mut Vec<f32>, bytes: &[u8], read: impl Fn([u8; N]) -> f32) {
    values.extend(bytes.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)));
}

/// A quantised tensor's bytes, row-major.
///
/// # Errors
/// [`WeightsError::Dtype`] for anything but I8, [`WeightsError::SizeMismatch`] where `bytes` are not the tensor's.
pub fn to_i8(entry: &TensorEntry, bytes: &[u8]) -> Result<Vec<i8>, WeightsError> {
    check_size(entry, bytes)?;
    match entry.dtype {
        Dtype::I8 => Ok(numbers(bytes, i8::from_le_bytes)),
        _ => Err(wrong(entry, "I8")),
    }
}

/// An integer tensor's bytes, row-major.
///
/// # Errors
/// [`WeightsError::Dtype`] for anything but I32 and I64, [`WeightsError::SizeMismatch`] where `bytes` are not the tensor's.
pub fn to_i64(entry: &TensorEntry, bytes: &[u8]) -> Result<Vec<i64>, WeightsError> {
    check_size(entry, bytes)?;
    match entry.dtype {
        Dtype::I64 => Ok(numbers(bytes, i64::from_le_bytes)),
        Dtype::I32 => Ok(numbers(bytes, |bytes| i64::from(i32::from_le_bytes(bytes)))),
        _ => Err(wrong(entry, "I32 or I64")),
    }
}

fn numbers<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| read(*chunk)).collect()
}

fn check_size(entry: &TensorEntry, bytes: &[u8]) -> Result<(), WeightsError> {
    let (expected, found) = (entry.bytes(), bytes.len() as u64);
    if expected != found {
        return Err(WeightsError::SizeMismatch { name: entry.name.clone(), expected, found });
    }
    Ok(())
}

fn wrong(entry: &TensorEntry, expected: &str) -> WeightsError {
    WeightsError::Dtype {
        name: entry.name.clone(),
        found: entry.dtype.name().to_owned(),
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entry(dtype: Dtype, count: usize) -> TensorEntry {
        let range = 100..100 + count as u64 * dtype.size();
        TensorEntry { name: "w".into(), dtype, shape: vec![count], range }
    }

    fn refused(dtype: Dtype, bytes: &[u8]) -> usize {
        match to_f32(&entry(dtype, bytes.len() / dtype.size() as usize), bytes) {
            Err(WeightsError::NotFinite { name, index }) if name == "w" => index,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn floats_become_singles() {
        let values = [1.0f32, -0.5, 0.0, 65504.0];
        let f32s: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let f16s: Vec<u8> = values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
        let bf16s: Vec<u8> = values[..3].iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect();
        let f64s: Vec<u8> = values.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect();
        assert_eq!(to_f32(&entry(Dtype::F32, 4), &f32s).unwrap(), values);
        assert_eq!(to_f32(&entry(Dtype::F16, 4), &f16s).unwrap(), values);
        assert_eq!(to_f32(&entry(Dtype::Bf16, 3), &bf16s).unwrap(), values[..3]);
        assert_eq!(to_f32(&entry(Dtype::F64, 4), &f64s).unwrap(), values);
        assert_eq!(to_f32(&entry(Dtype::F32, 0), &[]).unwrap(), Vec::<f32>::new());
    }

    #[test]
    fn numbers_that_are_not_finite_are_named() {
        let nan = [1.0f32, 2.0, f32::NAN].map(f32::to_le_bytes).concat();
        assert_eq!(refused(Dtype::F32, &nan), 2);
        assert_eq!(refused(Dtype::F16, &f16::INFINITY.to_le_bytes()), 0);
        assert_eq!(refused(Dtype::Bf16, &bf16::NEG_INFINITY.to_le_bytes()), 0);
        assert_eq!(refused(Dtype::F64, &[1.0f64, 1e300].map(f64::to_le_bytes).concat()), 1);
    }

    #[test]
    fn bytes_keep_their_sign() {
        assert_eq!(to_i8(&entry(Dtype::I8, 3), &[0, 127, 128]).unwrap(), [0, 127, -128]);
    }

    #[test]
    fn other_types_and_sizes_are_refused() {
        assert!(matches!(to_f32(&entry(Dtype::I8, 1), &[0]), Err(WeightsError::Dtype { found, .. }) if found == "I8"));
        assert!(matches!(to_i8(&entry(Dtype::U8, 1), &[0]), Err(WeightsError::Dtype { .. })));
        let short = WeightsError::SizeMismatch { name: "w".into(), expected: 8, found: 7 };
        assert_eq!(to_f32(&entry(Dtype::F32, 2), &[0; 7]), Err(short));
    }

    #[test]
    fn names_go_round() {
        for name in ["F32", "F16", "BF16", "F64", "I8", "U8", "I32", "I64", "BOOL"] {
            assert_eq!(Dtype::parse(name).unwrap().name(), name);
            assert!(READABLE.contains(name));
        }
        assert_eq!(Dtype::parse("F8_E4M3"), None);
    }
}
