//! Every kernel against Burn's own operations on random shapes, odd ones included. A device that keeps gradients runs Burn's.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{EmbeddingConfig, GroupNorm, GroupNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_kernels as kernels;
use kindling_kernels::resident::{Compute, Form, Stored, form, hold};
use kindling_kernels::{
    Act, Counted, LayerNorm, Look, Window, add_places, attention, conv2d_add, convolve, embed_tokens, first_token,
    geglu, group_norm, linear, linear_act, linear_add, mean_tokens,
};
use proptest::prelude::*;

/// Numbers between −2 and 2 that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 22) as f32 - 2.0
    }

    fn many(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }

    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> TensorData {
        TensorData::new(self.many(shape.iter().product()), shape)
    }
}

fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    let data = pollster::block_on(x.into_data_async()).expect("a readback");
    data.try_to_vec::<f32>().expect("f32")
}

/// Devices that run kernels of ours: the CPU, and a GPU where the `webgpu` feature and an adapter are there.
fn ours() -> &'static [Device] {
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

fn burns() -> Device {
    Device::flex().autodiff()
}

/// The results of our devices and of Burn's operations, the largest difference relative to the largest value at most `tolerance`.
fn alike<const D: usize>(work: impl Fn(&Device) -> Tensor<D>, tolerance: f32) -> Result<(), TestCaseError> {
    let wanted = values(work(&burns()));
    for device in ours() {
        close(&values(work(device)), &wanted, tolerance)?;
    }
    Ok(())
}

fn close(ours: &[f32], burns: &[f32], tolerance: f32) -> Result<(), TestCaseError> {
    prop_assert_eq!(ours.len(), burns.len());
    // At least 1: a sum of numbers up to 4 that happens to cancel out is no better known than its parts.
    let largest = burns.iter().fold(1.0f32, |most, value| most.max(value.abs()));
    for (at, (one, other)) in ours.iter().zip(burns).enumerate() {
        prop_assert!((one - other).abs() <= tolerance * largest, "at {}: {} and {}", at, one, other);
    }
    Ok(())
}

fn layer(numbers: &mut Numbers, k: usize, n: usize, bias: bool) -> (TensorData, Option<TensorData>) {
    (numbers.tensor([k, n]), bias.then(|| numbers.tensor([n])))
}

fn linear_of((weight, bias): &(TensorData, Option<TensorData>), device: &Device) -> Linear {
    let [k, n] = weight.shape().dims();
    let mut layer = LinearConfig::new(k, n).with_bias(bias.is_some()).init(device);
    layer.weight = Param::from_tensor(Tensor::from_data(weight.clone(), device));
    layer.bias = bias.clone().map(|bias| Param::from_tensor(Tensor::from_data(bias, device)));
    layer
}

fn int8(numbers: &mut Numbers, n: usize, k: usize) -> Stored {
    let weight = numbers.many(n * k).iter().map(|value| (value * 63.0) as i8).collect();
    Stored::Int8(weight, numbers.many(n).iter().map(|value| (value.abs() + 0.1) / 100.0).collect())
}

fn transposed(values: &[f32], n: usize, k: usize) -> Vec<f32> {
    (0..k * n).map(|at| values[at % n * k + at / n]).collect()
}

const ACTS: [Act; 6] = [Act::Gelu, Act::GeluTanh, Act::QuickGelu, Act::Relu, Act::Silu, Act::Mish];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn activations(seed in any::<u64>(), count in 1usize..700, act in 0usize..6, wide in 1f32..40.0) {
        let x = Numbers(seed).tensor([count]);
        alike(|device| ACTS[act].forward(Tensor::<1>::from_data(x.clone(), device) * wide), 2e-6)?;
    }

    #[test]
    fn gated(seed in any::<u64>(), batch in 1usize..3, tokens in 1usize..9, width in 1usize..70) {
        let x = Numbers(seed).tensor([batch, tokens, 2 * width]);
        alike(|device| geglu(Tensor::from_data(x.clone(), device)), 2e-6)?;
    }

    #[test]
    fn layer_norms(seed in any::<u64>(), rows in 1usize..20, width in 8usize..300, far in -10f32..10.0) {
        let x = Numbers(seed).tensor([rows, width]);
        alike(|device| LayerNorm::new(width, 1e-5, device).forward(Tensor::<2>::from_data(x.clone(), device) + far), 2e-4)?;
    }

    #[test]
    fn group_norms(
        seed in any::<u64>(), batch in 1usize..3, groups in 1usize..5, each in 1usize..5, side in 2usize..9, act in 0usize..7, shifted: bool,
    ) {
        let mut numbers = Numbers(seed);
        let channels = groups * each;
        let (x, shift) = (numbers.tensor([batch, channels, side, side + 1]), numbers.tensor([batch, channels]));
        let (gamma, beta) = (numbers.tensor([channels]), numbers.tensor([channels]));
        alike(|device| {
            let mut norm: GroupNorm = GroupNormConfig::new(groups, channels).init(device);
            norm.gamma = Some(Param::from_tensor(Tensor::from_data(gamma.clone(), device)));
            norm.beta = Some(Param::from_tensor(Tensor::from_data(beta.clone(), device)));
            let shift = shifted.then(|| Tensor::from_data(shift.clone(), device));
            group_norm(&norm, Tensor::from_data(x.clone(), device), shift, ACTS.get(act).copied())
        }, 1e-4)?;
    }

    #[test]
    fn attentions(
        seed in any::<u64>(), batch in 1usize..3, heads in 1usize..4, size in 1usize..41, queries in 1usize..40, keys in 1usize..40,
        padded: bool, causal: bool,
    ) {
        let mut numbers = Numbers(seed);
        let keys = if causal { queries } else { keys };
        let hidden = heads * size;
        let q = numbers.tensor([batch, queries, hidden]);
        let (k, v) = (numbers.tensor([batch, keys, hidden]), numbers.tensor([batch, keys, hidden]));
        let mask: Vec<f32> = (0..batch * keys).map(|at| f32::from(at % keys == 0 || numbers.next() > -1.0)).collect();
        alike(|device| {
            let padding = padded.then(|| Tensor::from_data(TensorData::new(mask.clone(), [batch, keys]), device));
            let [q, k, v] = [&q, &k, &v].map(|data| Tensor::from_data(data.clone(), device));
            attention(q, k, v, heads, &Look { padding, causal })
        }, 1e-5)?;
    }

    #[test]
    fn linears_that_are_plain(seed in any::<u64>(), m in 1usize..20, k in 1usize..50, n in 1usize..50, bias: bool, act in 0usize..6) {
        let mut numbers = Numbers(seed);
        let (x, layer) = (numbers.tensor([m, k]), layer(&mut numbers, k, n, bias));
        alike(|device| linear_act(&linear_of(&layer, device), Tensor::<2>::from_data(x.clone(), device), ACTS[act]), 1e-5)?;
    }

    #[test]
    fn linears_in_the_forms_of_devices(
        seed in any::<u64>(), m in 1usize..40, fours in 4usize..200, eights in 1usize..20, kind in 0usize..3, bias: bool, added: bool,
    ) {
        let mut numbers = Numbers(seed);
        let (n, k) = (8 * eights, 4 * fours);
        let (x, past) = (numbers.tensor([m, k]), numbers.tensor([m, n]));
        let bias = bias.then(|| numbers.tensor([n]));
        let stored = || match kind {
            0 => Stored::Floats(Numbers(seed ^ 1).many(n * k), false),
            // Numbers that are halves already, so that nothing is rounded.
            1 => Stored::Floats(Numbers(seed ^ 1).many(n * k).iter().map(|value| (value * 256.0).round() / 256.0).collect(), true),
            _ => int8(&mut Numbers(seed ^ 1), n, k),
        };
        let run = |layer: &Linear, device: &Device| {
            let x = Tensor::<2>::from_data(x.clone(), device);
            let past = Tensor::from_data(past.clone(), device);
            values(if added { linear_add(layer, x, past) } else { linear(layer, x) })
        };
        let plain = transposed(&stored().floats(k), n, k);
        let wanted = run(&linear_of(&(TensorData::new(plain.clone(), [k, n]), bias.clone()), &burns()), &burns());
        for device in ours() {
            let (words, shape) = hold(&stored(), [n, k], Compute::Full, device).unwrap_or((plain.clone(), [k, n]));
            let mut layer = LinearConfig::new(k, n).with_bias(bias.is_some()).init(device);
            layer.weight = Param::from_tensor(Tensor::from_data(TensorData::new(words, shape), device));
            layer.bias = bias.clone().map(|bias| Param::from_tensor(Tensor::from_data(bias, device)));
            close(&run(&layer, device), &wanted, 1e-5)?;
        }
    }

    #[test]
    fn linears_in_int8(seed in any::<u64>(), m in 1usize..40, fours in 4usize..200, eights in 1usize..20) {
        let mut numbers = Numbers(seed);
        let (n, k) = (8 * eights, 4 * fours);
        let x = numbers.tensor([m, k]);
        let stored = int8(&mut numbers, n, k);
        let cpu = Device::flex();
        let (words, shape) = hold(&stored, [n, k], Compute::Int8, &cpu).expect("a form");
        prop_assert_eq!(form(shape[0], k), Form::Int8);
        let mut layer = LinearConfig::new(k, n).with_bias(false).init(&cpu);
        layer.weight = Param::from_tensor(Tensor::from_data(TensorData::new(words, shape), &cpu));
        let exact = Tensor::<2>::from_data(TensorData::new(transposed(&stored.floats(k), n, k), [k, n]), &cpu);
        let exact = Tensor::<2>::from_data(x.clone(), &cpu).matmul(exact);
        // Activations are rounded to 127 steps a row: an error of half a step in each of k products, at random.
        close(&values(linear(&layer, Tensor::<2>::from_data(x, &cpu))), &values(exact), 0.08)?;
    }

    #[test]
    fn convolutions(
        seed in any::<u64>(), batch in 1usize..3, channels in 1usize..90, out in 1usize..70, height in 1usize..12, width in 1usize..12,
        kernel in 1usize..4, stride in 1usize..3, padding in 0usize..2, dilation in 1usize..3, bias: bool, added: bool, uneven: bool,
    ) {
        let mut numbers = Numbers(seed);
        let reach = (kernel - 1) * dilation + 1;
        let (height, width) = (height.max(reach), width.max(reach));
        let x = numbers.tensor([batch, channels, height, width]);
        let weight = numbers.tensor([out, channels, kernel, kernel]);
        let bias = bias.then(|| numbers.tensor([out]));
        let window = Window { stride: [stride; 2], padding: [padding, padding, padding, padding + usize::from(uneven)], dilation: [dilation; 2] };
        alike(|device| {
            let bias = bias.clone().map(|bias| Tensor::from_data(bias, device));
            let [x, weight] = [&x, &weight].map(|data| Tensor::<4>::from_data(data.clone(), device));
            let y = convolve(x.clone(), weight.clone(), bias.clone(), window, None);
            if added { convolve(x, weight, bias, window, Some(y)) } else { y }
        }, 1e-5)?;
    }
}

#[test]
fn a_convolution_adds_what_goes_past() {
    let mut numbers = Numbers(3);
    let (x, past) = (numbers.tensor([2, 5, 9, 7]), numbers.tensor([2, 6, 9, 7]));
    let weight = numbers.tensor([6, 5, 3, 3]);
    let work = |device: &Device| {
        let config = Conv2dConfig::new([5, 6], [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1));
        let mut layer: Conv2d = config.init(device);
        layer.weight = Param::from_tensor(Tensor::from_data(weight.clone(), device));
        layer.bias = None;
        conv2d_add(&layer, Tensor::from_data(x.clone(), device), Tensor::from_data(past.clone(), device))
    };
    alike(work, 1e-5).expect("alike");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn sums_and_products(seed in any::<u64>(), shape in [1usize..4, 1usize..5, 1usize..6, 1usize..9], still in [any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()]) {
        let mut numbers = Numbers(seed);
        let other: [usize; 4] = std::array::from_fn(|axis| if still[axis] { 1 } else { shape[axis] });
        let (x, y) = (numbers.tensor(shape), numbers.tensor(other));
        let of = |data: &TensorData, device: &Device| Tensor::<4>::from_data(data.clone(), device);
        alike(|device| kernels::mix(of(&x, device), 0.7, of(&y, device), -1.3), 1e-6)?;
        alike(|device| kernels::multiply(of(&y, device), of(&x, device)), 1e-6)?;
        alike(|device| kernels::add(of(&x, device), of(&y, device)), 1e-6)?;
        alike(|device| kernels::expand(of(&y, device), shape), 0.0)?;
        alike(|device| kernels::scale(of(&x, device), -0.4, 1.5), 1e-6)?;
        alike(|device| kernels::clamp(of(&x, device), -0.5, 1.0), 0.0)?;
        alike(|device| kernels::exp_of(of(&x, device), 0.5), 2e-6)?;
        alike(|device| kernels::tanh_of(kernels::scale(of(&x, device), 20.0, 0.0), 0.3), 2e-6)?;
    }

    #[test]
    fn parts_and_wholes(seed in any::<u64>(), shape in [1usize..4, 1usize..5, 1usize..6, 1usize..9], axis in 0usize..4, more in 1usize..5, cut in [0.0f64..1.0, 0.0..1.0]) {
        let mut numbers = Numbers(seed);
        let mut other = shape;
        other[axis] = more;
        let (x, y) = (numbers.tensor(shape), numbers.tensor(other));
        let of = |data: &TensorData, device: &Device| Tensor::<4>::from_data(data.clone(), device);
        let from = (cut[0] * shape[axis] as f64) as usize;
        let length = 1 + (cut[1] * (shape[axis] - from) as f64) as usize;
        let length = length.min(shape[axis] - from);
        alike(|device| kernels::part(of(&x, device), axis, from, length), 0.0)?;
        alike(|device| kernels::reversed(of(&x, device), axis), 0.0)?;
        alike(|device| kernels::join(of(&x, device), of(&y, device), axis), 0.0)?;
        // Of what lies in memory another way, too.
        alike(|device| kernels::part(of(&x, device).swap_dims(0, 3), 3 - axis, 0, 1), 0.0)?;
        let size = [shape[2] * more, shape[3] + more];
        alike(|device| kernels::nearest(of(&x, device), size), 0.0)?;
    }

    #[test]
    fn tokens_to_vectors(seed in any::<u64>(), batch in 1usize..4, tokens in 1usize..20, width in 1usize..70, rows in 1usize..50, segment in any::<bool>(), padding in proptest::option::of(0usize..9)) {
        let mut numbers = Numbers(seed);
        let [words, places, segments] = [rows, tokens + 10, 2].map(|rows| numbers.tensor([rows, width]));
        let ids: Vec<i32> = numbers.many(batch * tokens).iter().map(|x| ((x + 2.0) * 1e4) as i32 % rows as i32).collect();
        alike(|device| {
            let table = |data: &TensorData| {
                let mut table = EmbeddingConfig::new(data.shape()[0], width).init(device);
                table.weight = Param::from_tensor(Tensor::from_data(data.clone(), device));
                table
            };
            let ids = Tensor::<2, Int>::from_data(TensorData::new(ids.clone(), [batch, tokens]), device);
            embed_tokens(&table(&words), ids, &table(&places), segment.then(|| table(&segments)).as_ref(), padding.map_or(Counted::All, Counted::Without))
        }, 1e-6)?;
    }

    #[test]
    fn patches_to_a_sequence(seed in any::<u64>(), batch in 1usize..4, count in 1usize..12, width in 1usize..70) {
        let mut numbers = Numbers(seed);
        let (patches, class, places) = (numbers.tensor([batch, count, width]), numbers.tensor([width]), numbers.tensor([1 + count, width]));
        let on = |device: &Device| {
            let (class, places) = (Tensor::from_data(class.clone(), device), Tensor::from_data(places.clone(), device));
            add_places(Tensor::from_data(patches.clone(), device), class, places)
        };
        alike(on, 1e-6)?;
    }

    #[test]
    fn sequences_to_a_vector(seed in any::<u64>(), batch in 1usize..4, tokens in 1usize..30, width in 1usize..70, weighed in any::<bool>()) {
        let mut numbers = Numbers(seed);
        let hidden = numbers.tensor([batch, tokens, width]);
        // The last text has no token at all.
        let weights: Vec<f32> = (0..batch * tokens).map(|at| f32::from(u8::from(at / tokens + 1 < batch && at % 3 != 1))).collect();
        let of = |device: &Device| Tensor::<3>::from_data(hidden.clone(), device);
        alike(|device| {
            let weights = Tensor::from_data(TensorData::new(weights.clone(), [batch, tokens]), device);
            mean_tokens(of(device), weighed.then_some(weights))
        }, 1e-5)?;
        alike(|device| first_token(of(device)), 1e-6)?;
    }
}
