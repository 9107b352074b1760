//! Number by number: sums, products and what they are made of, on tensors of up to four axes. An axis of size 1 is repeated where the other has
//! more.
//!
//! Burn has all of these. Its own, on WebGPU, come with code for quantised tensors and for compiling kernels of every shape, a fifth of the
//! bundle, and each is a pipeline more to compile; here one shader serves them all.

use burn::tensor::Tensor;

use crate::cpu::{self, Steps};
#[cfg(feature = "webgpu")]
use crate::gpu;
use crate::place::{Held, made};

/// What becomes of a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Then {
    Nothing,
    Clamp(f32, f32),
    Exp,
    Tanh,
}

impl Then {
    pub(crate) fn of(self, value: f32) -> f32 {
        match self {
            Self::Nothing => value,
            Self::Clamp(low, high) => value.clamp(low, high),
            Self::Exp => value.exp(),
            Self::Tanh => value.tanh(),
        }
    }
}

/// How the second tensor meets the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Meet {
    /// `x · first + y · second + constant`
    Sum([f32; 3]),
    /// `x · y`
    Product,
}

/// `x · factor + constant`
pub fn scale<const D: usize>(x: Tensor<D>, factor: f64, constant: f64) -> Tensor<D> {
    map(x, [factor, constant], Then::Nothing)
}

/// No less than `low`, no more than `high`.
pub fn clamp<const D: usize>(x: Tensor<D>, low: f64, high: f64) -> Tensor<D> {
    map(x, [1.0, 0.0], Then::Clamp(low as f32, high as f32))
}

/// `exp(x · factor)`
pub fn exp_of<const D: usize>(x: Tensor<D>, factor: f64) -> Tensor<D> {
    map(x, [factor, 0.0], Then::Exp)
}

/// `tanh(x · factor)`
pub fn tanh_of<const D: usize>(x: Tensor<D>, factor: f64) -> Tensor<D> {
    map(x, [factor, 0.0], Then::Tanh)
}

/// `x + y`
pub fn add<const D: usize>(x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
    mix(x, 1.0, y, 1.0)
}

/// `x · first + y · second`
pub fn mix<const D: usize>(x: Tensor<D>, first: f64, y: Tensor<D>, second: f64) -> Tensor<D> {
    two(x, y, Meet::Sum([first as f32, second as f32, 0.0]))
}

/// `x · y`
pub fn multiply<const D: usize>(x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
    two(x, y, Meet::Product)
}

/// Axes of size 1 repeated until the tensor has that shape.
pub fn expand<const D: usize>(x: Tensor<D>, shape: [usize; D]) -> Tensor<D> {
    if x.dims() == shape {
        return x;
    }
    match read(&x, Steps::repeated(x.dims(), shape), shape) {
        Some(out) => out,
        None => elsewhere!(x.expand(shape)),
    }
}

/// `length` of an axis, from `from` on.
pub fn part<const D: usize>(x: Tensor<D>, axis: usize, from: usize, length: usize) -> Tensor<D> {
    let mut shape = x.dims();
    let steps = Steps::of(shape).from(axis + 4 - D, from);
    if (from, length) == (0, shape[axis]) {
        return x;
    }
    shape[axis] = length;
    match read(&x, steps, shape) {
        Some(out) => out,
        None => elsewhere!(x.narrow(axis, from, length)),
    }
}

/// The other way round along an axis.
pub fn reversed<const D: usize>(x: Tensor<D>, axis: usize) -> Tensor<D> {
    let shape = x.dims();
    match read(&x, Steps::of(shape).turned(axis + 4 - D, shape[axis]), shape) {
        Some(out) => out,
        None => elsewhere!(x.flip([axis as isize])),
    }
}

/// One after the other along an axis, on which alone they may differ.
pub fn join<const D: usize>(x: Tensor<D>, y: Tensor<D>, axis: usize) -> Tensor<D> {
    let (mut shape, other) = (x.dims(), y.dims());
    #[cfg(feature = "webgpu")]
    let rows: usize = shape[..axis].iter().product();
    let widths = [&shape, &other].map(|shape| shape[axis..].iter().product::<usize>());
    shape[axis] += other[axis];
    if let (Some(first), Some(second)) = (Held::of(&x), Held::of(&y)) {
        return made(cpu::join(first.values(), second.values(), widths), shape, &x.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(out) = gpu::join(&x, &y, rows, widths, shape) {
        return out;
    }
    elsewhere!(Tensor::cat(vec![x, y], axis))
}

/// The nearest pixel of `x` at each place of a picture of `high` × `wide` (PyTorch's `interpolate`, mode `nearest`).
///
/// `[batch, channels, height, width]` → `[batch, channels, high, wide]`
pub fn nearest(x: Tensor<4>, [high, wide]: [usize; 2]) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    if [high, wide] == [height, width] {
        return x;
    }
    let shape = [batch, channels, high, wide];
    if let Some(values) = Held::of(&x) {
        return made(cpu::nearest(values.values(), [height, width], [high, wide]), shape, &x.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(out) = gpu::nearest(&x, shape) {
        return out;
    }
    elsewhere!({
        use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
        let options = InterpolateOptions::new(InterpolateMode::Nearest).with_output_size([high, wide]);
        burn::tensor::module::interpolate(x, options)
    })
}

/// The numbers of `x` as a tensor of `shape`, read in `steps`; `None` where no kernel of ours runs.
fn read<const D: usize>(x: &Tensor<D>, steps: Steps, shape: [usize; D]) -> Option<Tensor<D>> {
    if let Some(values) = Held::of(x) {
        return Some(made(cpu::read(values.values(), &steps, cpu::four(shape)), shape, &x.device()));
    }
    #[cfg(feature = "webgpu")]
    return gpu::blend(x, &steps, None, Meet::Sum([1.0, 0.0, 0.0]), Then::Nothing, shape);
    #[cfg(not(feature = "webgpu"))]
    None
}

fn map<const D: usize>(x: Tensor<D>, [factor, constant]: [f64; 2], then: Then) -> Tensor<D> {
    let shape = x.dims();
    if let Some(values) = Held::of(&x) {
        let (factor, constant) = (factor as f32, constant as f32);
        let out = values.values().iter().map(|value| then.of(value * factor + constant)).collect();
        return made(out, shape, &x.device());
    }
    #[cfg(feature = "webgpu")]
    {
        let sum = Meet::Sum([factor as f32, 0.0, constant as f32]);
        if let Some(out) = gpu::blend(&x, &Steps::of(shape), None, sum, then, shape) {
            return out;
        }
    }
    elsewhere!({
        let x = x * factor + constant;
        match then {
            Then::Nothing => x,
            Then::Clamp(low, high) => x.clamp(low, high),
            Then::Exp => x.exp(),
            Then::Tanh => x.tanh(),
        }
    })
}

fn two<const D: usize>(x: Tensor<D>, y: Tensor<D>, meet: Meet) -> Tensor<D> {
    let (of_x, of_y) = (x.dims(), y.dims());
    let shape: [usize; D] = std::array::from_fn(|axis| of_x[axis].max(of_y[axis]));
    let steps = [of_x, of_y].map(|dims| Steps::repeated(dims, shape));
    if let (Some(first), Some(second)) = (Held::of(&x), Held::of(&y)) {
        let values = [first.values(), second.values()];
        return made(cpu::blend(values, &steps, meet, cpu::four(shape)), shape, &x.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(out) = gpu::blend(&x, &steps[0], Some((&y, &steps[1])), meet, Then::Nothing, shape) {
        return out;
    }
    elsewhere!(match meet {
        Meet::Sum([first, second, constant]) => x * first + y * second + constant,
        Meet::Product => x * y,
    })
}
