//! Convolution over height and width.

use burn::module::Param;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
#[cfg(feature = "burn-ops")]
use burn::tensor::{module, ops::ConvOptions};

use crate::Place;
use crate::cpu::{self, Conv, Epilogue};
#[cfg(feature = "webgpu")]
use crate::gpu;
use crate::place::{Held, held, made};

/// How the kernel goes over its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Pixels from one place to the next, down and across.
    pub stride: [usize; 2],
    /// Zeros around the input: top, left, bottom, right.
    pub padding: [usize; 4],
    /// Pixels between the kernel's own, 1 where they touch.
    pub dilation: [usize; 2],
}

impl Window {
    /// Of stride 1, with the same number of zeros on all sides.
    pub fn around(padding: usize) -> Self {
        Self { stride: [1; 2], padding: [padding; 4], dilation: [1; 2] }
    }
}

/// `[batch, in, height, width]` → `[batch, out, …]`
pub fn conv2d(layer: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    layered(layer, x, None)
}

/// The same, and `add`, of the result's shape, added.
pub fn conv2d_add(layer: &Conv2d, x: Tensor<4>, add: Tensor<4>) -> Tensor<4> {
    layered(layer, x, Some(add))
}

fn layered(layer: &Conv2d, x: Tensor<4>, add: Option<Tensor<4>>) -> Tensor<4> {
    match (&layer.padding, layer.groups) {
        (&PaddingConfig2d::Explicit(top, left, bottom, right), 1) => {
            let padding = [top, left, bottom, right];
            let window = Window { stride: layer.stride, padding, dilation: layer.dilation };
            convolve(x, layer.weight.val(), layer.bias.as_ref().map(Param::val), window, add)
        }
        _ => elsewhere!(added(layer.forward(x), add)),
    }
}

#[cfg(feature = "burn-ops")]
fn added(y: Tensor<4>, add: Option<Tensor<4>>) -> Tensor<4> {
    match add {
        Some(add) => y + add,
        None => y,
    }
}

/// A convolution without groups.
///
/// # Shapes
/// - `x`: `[batch, in, height, width]`
/// - `weight`: `[out, in, kernel height, kernel width]`; `bias`: `[out]`
/// - `add`: of the result's shape, added to it
/// - returns `[batch, out, …]`
pub fn convolve(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    window: Window,
    add: Option<Tensor<4>>,
) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let [out_channels, _, high, wide] = weight.dims();
    let Window { stride, padding, dilation } = window;
    let conv = Conv { channels, height, width, out_channels, kernel: [high, wide], stride, padding, dilation };
    if let (Some(values), Some(kernel), Some(bias), Some(past)) =
        (Held::of(&x), Held::of(&weight), held(&bias), held(&add))
    {
        let [high, wide] = conv.out_size();
        let mut out = vec![0.0; batch * out_channels * high * wide];
        let (row_bias, add) = (bias.as_ref().map(Held::values), past.as_ref().map(Held::values));
        let epilogue = Epilogue { row_bias, add, ..Epilogue::default() };
        cpu::conv2d(values.values(), kernel.values(), batch, &conv, &epilogue, &mut out);
        return made(out, [batch, out_channels, high, wide], &x.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(y) = gpu::conv2d(&x, &weight, bias.as_ref(), add.as_ref(), &conv) {
        return y;
    }
    elsewhere!({
        let [top, left, bottom, right] = padding;
        let options = ConvOptions::new_with_padding(stride, [(top, bottom), (left, right)], dilation, 1);
        added(module::conv2d(x, weight, bias, options), add)
    })
}

/// A convolution whose stride is the size of its kernel, row by row of patches; a rest narrower than a patch is not looked at.
///
/// # Shapes
/// - `x`: `[batch, channels, height, width]`
/// - `weight`: `[out, channels, patch, patch]`
/// - returns `[batch, rows × cols, out]`
pub fn embed_patches(x: Tensor<4>, weight: Tensor<4>) -> Tensor<3> {
    let [out, _, high, wide] = weight.dims();
    if Place::of(&x.device()) != Place::Elsewhere {
        let window = Window { stride: [high, wide], ..Window::around(0) };
        let patches = convolve(x, weight, None, window, None); // [batch, out, rows, cols]
        let [batch, _, rows, cols] = patches.dims();
        return patches.reshape([batch, out, rows * cols]).swap_dims(1, 2); // [batch, rows × cols, out]
    }
    elsewhere!(multiply_patches(x, weight))
}

/// The same as one product, whose gradient is quick.
#[cfg(feature = "burn-ops")]
fn multiply_patches(x: Tensor<4>, weight: Tensor<4>) -> Tensor<3> {
    let [out, channels, high, wide] = weight.dims();
    let [batch, _, height, width] = x.dims();
    let (rows, cols) = (height / high, width / wide);
    let patches = x
        .narrow(2, 0, rows * high)
        .narrow(3, 0, cols * wide)
        .reshape([batch, channels, rows, high, cols, wide])
        .permute([0, 2, 4, 1, 3, 5]) // [batch, rows, cols, channels, patch, patch]
        .reshape([batch, rows * cols, channels * high * wide]);
    patches.matmul(weight.reshape([out, channels * high * wide]).transpose().unsqueeze())
}
