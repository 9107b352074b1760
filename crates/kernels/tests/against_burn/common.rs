//! Numbers, devices, and what is alike.

use burn::tensor::{Device, Tensor, TensorData};
use kindling_kernels::resident::Stored;
use proptest::prelude::*;

/// Numbers between −2 and 2 that look random and are the same in every run.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 22) as f32 - 2.0
    }

    pub fn many(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }

    pub fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> TensorData {
        TensorData::new(self.many(shape.iter().product()), shape)
    }
}

pub fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    let data = pollster::block_on(x.into_data_async()).expect("a readback");
    data.try_to_vec::<f32>().expect("f32")
}

/// Devices that run kernels of ours: the CPU, and a GPU where the `webgpu` feature and an adapter are there.
pub fn ours() -> &'static [Device] {
    static DEVICES: std::sync::OnceLock<Vec<Device>> = std::sync::OnceLock::new();
    DEVICES.get_or_init(|| [Some(Device::flex()), gpu()].into_iter().flatten().collect())
}

#[cfg(not(feature = "webgpu"))]
fn gpu() -> Option<Device> {
    None
}

#[cfg(feature = "webgpu")]
fn gpu() -> Option<Device> {
    let open = || {
        let device = Device::wgpu(burn::tensor::DeviceKind::DefaultDevice);
        values(Tensor::<1>::zeros([1], &device)); // opens it
        device
    };
    let device = std::panic::catch_unwind(open).ok();
    println!("{}", if device.is_some() { "on a GPU adapter too" } else { "SKIPPED on the GPU: no adapter" });
    device
}

pub fn burns() -> Device {
    Device::flex().autodiff()
}

/// The results of our devices and of Burn's operations, the largest difference relative to the largest value at most `tolerance`.
pub fn alike<const D: usize>(work: impl Fn(&Device) -> Tensor<D>, tolerance: f32) -> Result<(), TestCaseError> {
    let wanted = values(work(&burns()));
    for device in ours() {
        close(&values(work(device)), &wanted, tolerance)?;
    }
    Ok(())
}

pub fn close(ours: &[f32], burns: &[f32], tolerance: f32) -> Result<(), TestCaseError> {
    prop_assert_eq!(ours.len(), burns.len());
    // At least 1: a sum of numbers up to 4 that happens to cancel out is no better known than its parts.
    let largest = burns.iter().fold(1.0f32, |most, value| most.max(value.abs()));
    for (at, (one, other)) in ours.iter().zip(burns).enumerate() {
        prop_assert!((one - other).abs() <= tolerance * largest, "at {}: {} and {}", at, one, other);
    }
    Ok(())
}
/// A weight as files of bytes have it, a scale a row.
pub fn int8(numbers: &mut Numbers, n: usize, k: usize) -> Stored {
    let weight = numbers.many(n * k).iter().map(|value| (value * 63.0) as i8).collect();
    Stored::Int8(weight, numbers.many(n).iter().map(|value| (value.abs() + 0.1) / 100.0).collect())
}
