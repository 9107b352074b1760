//! Layers with weights still to be loaded, made on first use only if nothing is loaded: at random as Burn makes them, or zeros where
//! Burn's own operations are left out, as random kernels would be the largest thing in a bundle that never draws a number.

use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{Embedding, GroupNorm, Linear, PaddingConfig2d};
use burn::tensor::{Device, Tensor};

use crate::Window;

#[cfg(not(feature = "burn-ops"))]
fn value<const D: usize>(shape: [usize; D], device: &Device, value: f32) -> Param<Tensor<D>> {
    let id = burn::module::ParamId::new();
    Param::uninitialized(id, move |device, _| Tensor::full(shape, value, device), device.clone(), true, shape.into())
}

/// Of any shape: normal with a deviation of 0.02, CLIP's own.
#[cfg(feature = "burn-ops")]
pub fn parameter<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    burn::module::Initializer::Normal { mean: 0.0, std: 0.02 }.init(shape, device)
}

/// Of any shape.
#[cfg(not(feature = "burn-ops"))]
pub fn parameter<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    value(shape, device, 0.0)
}

/// `[…, from]` → `[…, to]`
pub fn linear_layer(from: usize, to: usize, bias: bool, device: &Device) -> Linear {
    #[cfg(feature = "burn-ops")]
    return burn::nn::LinearConfig::new(from, to).with_bias(bias).init(device);
    #[cfg(not(feature = "burn-ops"))]
    Linear { weight: value([from, to], device, 0.0), bias: bias.then(|| value([to], device, 0.0)) }
}

/// Ids to rows of `[rows, width]`.
pub fn embedding(rows: usize, width: usize, device: &Device) -> Embedding {
    #[cfg(feature = "burn-ops")]
    return burn::nn::EmbeddingConfig::new(rows, width).init(device);
    #[cfg(not(feature = "burn-ops"))]
    Embedding { weight: value([rows, width], device, 0.0) }
}

/// Over `groups` of the channels.
pub fn group_norm_layer(groups: usize, channels: usize, eps: f64, device: &Device) -> GroupNorm {
    #[cfg(feature = "burn-ops")]
    return burn::nn::GroupNormConfig::new(groups, channels).with_epsilon(eps).init(device);
    #[cfg(not(feature = "burn-ops"))]
    GroupNorm {
        gamma: Some(value([channels], device, 1.0)),
        beta: Some(value([channels], device, 0.0)),
        num_groups: groups,
        num_channels: channels,
        epsilon: eps,
        affine: true,
    }
}

/// A convolution from so many channels to so many.
pub fn conv_layer([from, to]: [usize; 2], kernel: usize, window: Window, bias: bool, device: &Device) -> Conv2d {
    let Window { stride, padding: [top, left, bottom, right], dilation } = window;
    let padding = PaddingConfig2d::Explicit(top, left, bottom, right);
    #[cfg(feature = "burn-ops")]
    return burn::nn::conv::Conv2dConfig::new([from, to], [kernel; 2])
        .with_stride(stride)
        .with_padding(padding)
        .with_dilation(dilation)
        .with_bias(bias)
        .init(device);
    #[cfg(not(feature = "burn-ops"))]
    Conv2d {
        weight: value([to, from, kernel, kernel], device, 0.0),
        bias: bias.then(|| value([to], device, 0.0)),
        stride,
        kernel_size: [kernel; 2],
        dilation,
        groups: 1,
        padding,
    }
}
