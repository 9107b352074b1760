//! Every kernel against Burn's own operations on random shapes, odd ones included. A device that keeps gradients runs Burn's.

mod common;
mod products;
mod sequences;

use burn::module::Param;
use burn::nn::{GroupNorm, GroupNormConfig};
use burn::tensor::{Device, Tensor, TensorData};
use kindling_kernels as kernels;
use kindling_kernels::{Act, LayerNorm, Look, attention, geglu, group_norm};
use proptest::prelude::*;

use common::{Numbers, alike};

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
}
