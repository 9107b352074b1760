//! Normalisation over features and over groups of channels.

use burn::module::{Module, Param};
use burn::nn::GroupNorm;
use burn::tensor::{Device, Tensor};

use crate::Act;
use crate::cpu;
#[cfg(feature = "webgpu")]
use crate::gpu;
use crate::place::{Held, held, made};

/// Over the last axis (Ba et al. 2016). Burn's module, with an ε that can be read.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[width]`
    pub gamma: Param<Tensor<1>>,
    /// `[width]`
    pub beta: Option<Param<Tensor<1>>>,
    #[module(skip)]
    eps: f64,
}

impl LayerNorm {
    /// With ones and zeros.
    pub fn new(width: usize, eps: f64, device: &Device) -> Self {
        let GroupNorm { gamma, beta, .. } = crate::group_norm_layer(1, width, eps, device);
        Self { gamma: gamma.unwrap_or_else(|| crate::parameter([width], device)), beta, eps }
    }

    /// `[…, width]` → the same
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (gamma, beta) = (self.gamma.val(), self.beta.as_ref().map(Param::val));
        let width = gamma.dims()[0];
        if let (Some(values), Some(gamma), Some(beta)) = (Held::of(&x), Held::of(&gamma), held(&beta)) {
            let mut out = vec![0.0; values.values().len()];
            let beta = beta.as_ref().map(Held::values);
            cpu::layer_norm(values.values(), None, gamma.values(), beta, self.eps as f32, width, &mut out, None);
            return made(out, x.dims(), &x.device());
        }
        #[cfg(feature = "webgpu")]
        if let Some(y) = gpu::layer_norm(&x, &gamma, beta.as_ref(), self.eps as f32) {
            return y;
        }
        elsewhere!(burn::tensor::module::layer_norm(x, gamma, beta, self.eps))
    }
}

/// Over groups of channels and all pixels (Wu & He 2018), and a non-linearity.
///
/// # Shapes
/// - `x`: `[batch, channels, height, width]`; returns the same
/// - `shift`: `[batch, channels]`, added to every pixel before the norm
pub fn group_norm(norm: &GroupNorm, x: Tensor<4>, shift: Option<Tensor<2>>, act: Option<Act>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let gamma = norm.gamma.as_ref().map(Param::val);
    let beta = norm.beta.as_ref().map(Param::val);
    #[cfg(feature = "webgpu")]
    {
        let affine = gamma.as_ref().zip(beta.as_ref());
        if let Some(y) = gpu::group_norm(&x, affine, shift.as_ref(), norm.num_groups, norm.epsilon as f32, act) {
            return y;
        }
    }
    let x = match shift {
        Some(shift) => x + shift.reshape([batch, channels, 1, 1]),
        None => x,
    };
    if let (Some(values), Some(gamma), Some(beta)) = (Held::of(&x), held(&gamma), held(&beta)) {
        let mut out = vec![0.0; values.values().len()];
        let (gamma, beta) = (gamma.as_ref().map(Held::values), beta.as_ref().map(Held::values));
        let (pixels, eps) = (height * width, norm.epsilon as f32);
        cpu::group_norm(values.values(), gamma, beta, batch, channels, pixels, norm.num_groups, eps, act, &mut out);
        return made(out, x.dims(), &x.device());
    }
    elsewhere!({
        let x = norm.forward(x);
        match act {
            Some(act) => act.plain(x),
            None => x,
        }
    })
}
