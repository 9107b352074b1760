//! Linear layers, in every form of their weights, and convolutions.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData};
use kindling_kernels::resident::{Compute, Form, Stored, form, hold};
use kindling_kernels::{Window, conv2d_add, convolve, linear, linear_act, linear_add};
use proptest::prelude::*;

use crate::ACTS;
use crate::common::{Numbers, alike, burns, close, int8, ours, values};

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
fn transposed(values: &[f32], n: usize, k: usize) -> Vec<f32> {
    (0..k * n).map(|at| values[at % n * k + at / n]).collect()
}
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

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
