//! Single kernels, of the sizes that the models have.

use burn::module::Param;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, TensorData};
use kindling_kernels::resident::{Compute, Stored, hold};
use kindling_kernels::{
    Act, LayerNorm, Look, Window, attention, conv_layer, conv2d, group_norm, group_norm_layer, linear, linear_layer,
    scale,
};

use crate::Case;

/// A name, and what makes the case on a device.
pub type Maker = (String, Box<dyn Fn(&Device) -> Case>);

/// Numbers between −0.5 and 0.5.
pub fn numbers(count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// A tensor of such numbers.
pub fn tensor<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers(shape.iter().product()), shape), device)
}

/// How a weight is stored, and bytes a number.
const FORMS: [(&str, f64); 3] = [("f32", 4.0), ("f16", 2.0), ("int8", 1.0)];

fn layer([n, k]: [usize; 2], form: &str, device: &Device) -> Linear {
    let mut layer = linear_layer(k, n, true, device);
    let stored = match form {
        "int8" => Stored::Int8(numbers(n * k).iter().map(|x| (x * 254.0) as i8).collect(), vec![1.0 / 254.0; n]),
        form => Stored::Floats(numbers(n * k), form == "f16"),
    };
    let (words, shape) = hold(&stored, [n, k], Compute::Full, device).unwrap_or_else(|| (stored.floats(k), [k, n]));
    layer.weight = Param::from_tensor(Tensor::from_data(TensorData::new(words, shape), device));
    layer
}

fn product([m, k, n]: [usize; 3], (form, each): (&'static str, f64)) -> Maker {
    let name = format!("linear {m}×{k} · {k}×{n}, {form}");
    let make = move |device: &Device| {
        let (layer, x) = (layer([n, k], form, device), tensor([m, k], device));
        let bytes = 4.0 * (m * k + m * n) as f64 + each * (k * n) as f64;
        let run = move || linear(&layer, x.clone()).reshape([-1]);
        Case {
            name: format!("linear {m}×{k} · {k}×{n}, {form}"),
            bytes,
            flops: 2.0 * (m * k * n) as f64,
            run: Box::new(run),
        }
    };
    (name, Box::new(make))
}

fn looks(batch: usize, queries: usize, keys: usize, heads: usize, size: usize) -> Maker {
    let name = format!("attention {batch}×{queries}×{keys}, {heads} heads of {size}");
    let own = name.clone();
    let make = move |device: &Device| {
        let hidden = heads * size;
        let (q, k) = (tensor([batch, queries, hidden], device), tensor([batch, keys, hidden], device));
        let v = tensor([batch, keys, hidden], device);
        let bytes = 4.0 * (batch * hidden * 2 * (queries + keys)) as f64;
        let flops = 4.0 * (batch * queries * keys * hidden) as f64;
        let run = move || attention(q.clone(), k.clone(), v.clone(), heads, &Look::default()).reshape([-1]);
        Case { name: own.clone(), bytes, flops, run: Box::new(run) }
    };
    (name, Box::new(make))
}

fn convolution(channels: [usize; 2], side: usize, kernel: usize) -> Maker {
    let [from, to] = channels;
    let name = format!("convolution {kernel}×{kernel}, {from} → {to} channels, {side}×{side}");
    let own = name.clone();
    let make = move |device: &Device| {
        let mut layer: Conv2d = conv_layer(channels, kernel, Window::around(kernel / 2), true, device);
        layer.weight = Param::from_tensor(tensor([to, from, kernel, kernel], device));
        let x = tensor([1, from, side, side], device);
        let bytes = 4.0 * (from * to * kernel * kernel + (from + to) * side * side) as f64;
        let flops = 2.0 * (from * to * kernel * kernel * side * side) as f64;
        let run = move || conv2d(&layer, x.clone()).reshape([-1]);
        Case { name: own.clone(), bytes, flops, run: Box::new(run) }
    };
    (name, Box::new(make))
}

fn layer_norm(rows: usize, width: usize) -> Maker {
    let name = format!("layer norm {rows}×{width}");
    let own = name.clone();
    let make = move |device: &Device| {
        let (norm, x) = (LayerNorm::new(width, 1e-5, device), tensor([rows, width], device));
        let run = move || norm.forward(x.clone()).reshape([-1]);
        Case {
            name: own.clone(),
            bytes: 8.0 * (rows * width) as f64,
            flops: 8.0 * (rows * width) as f64,
            run: Box::new(run),
        }
    };
    (name, Box::new(make))
}

fn group_norm_silu(channels: usize, side: usize) -> Maker {
    let name = format!("group norm + SiLU, {channels} channels, {side}×{side}");
    let own = name.clone();
    let make = move |device: &Device| {
        let norm = group_norm_layer(32, channels, 1e-5, device);
        let x = tensor([1, channels, side, side], device);
        let count = (channels * side * side) as f64;
        let run = move || group_norm(&norm, x.clone(), None, Some(Act::Silu)).reshape([-1]);
        Case { name: own.clone(), bytes: 8.0 * count, flops: 12.0 * count, run: Box::new(run) }
    };
    (name, Box::new(make))
}

/// Kernels at the sizes of MiniLM (1×16, 8×64), CLIP ViT-B/32 and Stable Diffusion 1.5.
pub fn all() -> Vec<Maker> {
    let mut cases = Vec::new();
    for form in FORMS {
        for size in [[16, 384, 1536], [512, 384, 1536], [512, 1536, 384], [50, 768, 3072], [4096, 320, 1280]] {
            cases.push(product(size, form));
        }
    }
    cases.extend([looks(1, 16, 16, 12, 32), looks(8, 64, 64, 12, 32), looks(1, 50, 50, 12, 64)]);
    cases.extend([looks(2, 1024, 1024, 8, 80), looks(2, 4096, 77, 8, 40)]);
    cases.extend([convolution([320, 320], 64, 3), convolution([640, 640], 32, 3), convolution([320, 640], 32, 1)]);
    cases.extend([layer_norm(512, 384), layer_norm(4096, 320), group_norm_silu(320, 64), group_norm_silu(1280, 16)]);
    cases
}

/// What tells the rate of copying: 64 MiB read, 64 MiB written.
pub fn copying(device: &Device) -> Case {
    let x = tensor([1 << 24], device);
    let bytes = 8.0 * f64::from(1 << 24);
    Case { name: "copy".into(), bytes, flops: 0.0, run: Box::new(move || scale(x.clone(), 0.5, 0.0)) }
}

/// Memory's own rate of copying in units of 1e9 bytes a second, without what it costs to ask the system for memory.
pub fn copied() -> f64 {
    let (from, mut to) = (vec![1u8; 1 << 26], vec![0u8; 1 << 26]);
    let time = |_| {
        let started = std::time::Instant::now();
        to.copy_from_slice(std::hint::black_box(&from));
        started.elapsed().as_secs_f64()
    };
    2.0 * from.len() as f64 / 1e9 / (0..10).map(time).fold(f64::INFINITY, f64::min)
}

/// What tells the rate of multiplying: a large matrix product.
pub fn multiplying(device: &Device) -> Case {
    (product([1024, 1024, 1024], FORMS[0]).1)(device)
}
