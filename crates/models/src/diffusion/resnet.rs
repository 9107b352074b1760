//! The convolutional parts that the U-Net, ControlNet and the autoencoder share.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Linear};
use burn::tensor::{Device, Tensor};
use kindling_kernels::{self as kernels, Act, Window};

/// A convolution that keeps height and width: odd kernel, stride 1.
pub(super) fn conv(from: usize, to: usize, kernel: usize, device: &Device) -> Conv2d {
    kernels::conv_layer([from, to], kernel, Window::around(kernel / 2), true, device)
}

pub(super) fn group_norm(groups: usize, channels: usize, eps: f64, device: &Device) -> GroupNorm {
    kernels::group_norm_layer(groups, channels, eps, device)
}

/// Two convolutions, each after a norm and a non-linearity, with a shortcut past them (He et al. 2016, as Ho et al. 2020 use it).
#[derive(Module, Debug)]
pub struct ResnetBlock2D {
    /// Before the first convolution.
    pub norm1: GroupNorm,
    /// `[out, in, 3, 3]`
    pub conv1: Conv2d,
    /// `[time, out]`, or twice as wide where time scales and shifts; none in an autoencoder.
    pub time_emb_proj: Option<Linear>,
    /// Before the second convolution.
    pub norm2: GroupNorm,
    /// `[out, out, 3, 3]`
    pub conv2: Conv2d,
    /// `[out, in, 1, 1]`, where the number of channels changes.
    pub conv_shortcut: Option<Conv2d>,
    #[module(skip)]
    act: Act,
    #[module(skip)]
    scale_shift: bool,
    #[module(skip)]
    divisor: f64,
}

/// What all blocks of one model have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub groups: usize,
    pub eps: f64,
    pub act: Act,
    /// Width of the time embedding; none in an autoencoder.
    pub time: Option<usize>,
    /// Time scales and shifts what the second norm gives, instead of being added before it.
    pub scale_shift: bool,
    /// What the sum with the shortcut is divided by.
    pub divisor: f64,
}

impl ResnetBlock2D {
    pub(super) fn new(from: usize, to: usize, style: &Style, device: &Device) -> Self {
        let wide = if style.scale_shift { 2 * to } else { to };
        Self {
            norm1: group_norm(style.groups, from, style.eps, device),
            conv1: conv(from, to, 3, device),
            time_emb_proj: style.time.map(|time| kernels::linear_layer(time, wide, true, device)),
            norm2: group_norm(style.groups, to, style.eps, device),
            conv2: conv(to, to, 3, device),
            conv_shortcut: (from != to).then(|| conv(from, to, 1, device)),
            act: style.act,
            scale_shift: style.scale_shift,
            divisor: style.divisor,
        }
    }

    /// `x`: `[batch, in, height, width]`; `time`: `[batch, time]`; returns `[batch, out, height, width]`
    pub fn forward(&self, x: Tensor<4>, time: Option<Tensor<2>>) -> Tensor<4> {
        let hidden = kernels::group_norm(&self.norm1, x.clone(), None, Some(self.act)); // [batch, in, height, width]
        let hidden = kernels::conv2d(&self.conv1, hidden); // [batch, out, height, width]
        let project = |project: &Linear| time.map(|time| kernels::linear(project, self.act.forward(time)));
        let time = self.time_emb_proj.as_ref().and_then(project); // [batch, out or 2 out]
        let hidden = match time {
            Some(time) if self.scale_shift => {
                let [batch, wide] = time.dims();
                let [scale, shift]: [Tensor<4>; 2] = halves(time.reshape([batch, wide, 1, 1]), 1);
                let normed = kernels::group_norm(&self.norm2, hidden, None, None);
                let scaled = kernels::multiply(normed, kernels::scale(scale, 1.0, 1.0));
                self.act.forward(kernels::add(scaled, shift))
            }
            time => kernels::group_norm(&self.norm2, hidden, time, Some(self.act)),
        };
        let past = match &self.conv_shortcut {
            Some(shortcut) => kernels::conv2d(shortcut, x),
            None => x,
        };
        let sum = kernels::conv2d_add(&self.conv2, hidden, past); // [batch, out, height, width]
        if self.divisor == 1.0 { sum } else { kernels::scale(sum, 1.0 / self.divisor, 0.0) }
    }
}

/// The first and the second half of an axis of even length.
pub(super) fn halves<const D: usize>(x: Tensor<D>, axis: usize) -> [Tensor<D>; 2] {
    let half = x.dims()[axis] / 2;
    [kernels::part(x.clone(), axis, 0, half), kernels::part(x, axis, half, half)]
}

/// Half the height and width.
#[derive(Module, Debug)]
pub struct Downsample2D {
    /// `[channels, channels, 3, 3]`, stride 2
    pub conv: Conv2d,
}

impl Downsample2D {
    /// `padding` 1 all around; 0 stands for the autoencoder's one row and column after the last.
    pub(super) fn new(channels: usize, padding: usize, device: &Device) -> Self {
        let padding = match padding {
            0 => [0, 0, 1, 1],
            around => [around; 4],
        };
        let window = Window { stride: [2; 2], padding, dilation: [1; 2] };
        Self { conv: kernels::conv_layer([channels, channels], 3, window, true, device) }
    }

    /// `[batch, channels, height, width]` → `[batch, channels, height / 2, width / 2]`, rounded up
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        kernels::conv2d(&self.conv, x)
    }
}

/// Twice the height and width.
#[derive(Module, Debug)]
pub struct Upsample2D {
    /// `[channels, channels, 3, 3]`
    pub conv: Conv2d,
}

impl Upsample2D {
    pub(super) fn new(channels: usize, device: &Device) -> Self {
        Self { conv: conv(channels, channels, 3, device) }
    }

    /// `[batch, channels, height, width]` → `[batch, channels, …]` of the size asked for, or of twice the size
    pub fn forward(&self, x: Tensor<4>, size: Option<[usize; 2]>) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        kernels::conv2d(&self.conv, kernels::nearest(x, size.unwrap_or([height * 2, width * 2])))
    }
}
