//! Where a tensor lies, and its numbers where they can be had.

use burn::backend::tensor::FloatTensor;
use burn::backend::{DispatchDevice, Flex};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// Whose code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Burn's Flex: memory of the program, one thread.
    Cpu,
    /// WebGPU, or wgpu on a native driver.
    Gpu,
    /// Any other, and any device that keeps gradients: Burn's own operations.
    Elsewhere,
}

impl Place {
    /// Of a device.
    pub fn of(device: &Device) -> Self {
        match device.as_dispatch() {
            DispatchDevice::Flex(_) => Self::Cpu,
            #[cfg(feature = "webgpu")]
            DispatchDevice::Cube(_) => Self::Gpu,
            #[allow(unreachable_patterns)] // which there are is decided by Burn's features
            _ => Self::Elsewhere,
        }
    }
}

/// The bytes that the largest tensor of a device may have, where so many are more than that.
pub fn largest_tensor(device: &Device, bytes: u64) -> Option<u64> {
    // Every WebGPU device takes those; only beyond them it is asked.
    if Place::of(device) != Place::Gpu || bytes <= crate::table::LARGEST_PART {
        return None;
    }
    #[cfg(feature = "webgpu")]
    return crate::gpu::largest(device).filter(|limit| bytes > *limit);
    #[cfg(not(feature = "webgpu"))]
    None
}

/// A tensor of the CPU, row by row.
pub(crate) struct Held(FloatTensor<Flex>);

impl Held {
    /// `None` for another device or another type of number than `f32`.
    pub(crate) fn of<const D: usize>(x: &Tensor<D>) -> Option<Self> {
        if Place::of(&x.device()) != Place::Cpu || x.dtype() != DType::F32 {
            return None;
        }
        let held = x.clone().try_into_primitive::<Flex>().ok()?;
        Some(Self(if held.is_contiguous() { held } else { held.to_contiguous() }))
    }

    /// Its numbers.
    pub(crate) fn values(&self) -> &[f32] {
        self.0.as_slice().unwrap_or(&[])
    }
}

/// Of an optional tensor: `None` where it is there, but not on the CPU.
pub(crate) fn held<const D: usize>(x: &Option<Tensor<D>>) -> Option<Option<Held>> {
    match x {
        None => Some(None),
        Some(x) => Held::of(x).map(Some),
    }
}

/// Ids of the CPU as places in a table, row by row; `None` for another device. What is below 0 counts as 0.
pub(crate) fn ids_of(ids: &Tensor<2, Int>) -> Option<Vec<usize>> {
    if Place::of(&ids.device()) != Place::Cpu {
        return None;
    }
    let held = ids.clone().try_into_primitive::<Flex>().ok()?;
    let held = if held.is_contiguous() { held } else { held.to_contiguous() };
    match ids.dtype() {
        DType::I32 => Some(held.as_slice::<i32>()?.iter().map(|&id| id.max(0) as usize).collect()),
        DType::I64 => Some(held.as_slice::<i64>()?.iter().map(|&id| id.max(0) as usize).collect()),
        _ => None,
    }
}

/// Numbers made on the CPU as a tensor.
pub(crate) fn made<const D: usize>(values: Vec<f32>, shape: [usize; D], like: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), like)
}
