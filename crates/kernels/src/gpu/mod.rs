//! The same operations as shaders, through Burn's extension point. Each gives `None` where a tensor is not on the GPU or no shader fits,
//! and the caller goes on with Burn's own.

mod launch;
mod template;

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{Int, Tensor};

use crate::Act;
use crate::arithmetic::{Meet, Then};
use crate::attention::Look;
use crate::cpu::{Conv, Steps, four};
use crate::resident::Form;
use crate::rows::Counted;
use launch::{Constants, CubeTensor, Shader, cube, cube_ids, cubes, line, run};

const ACTIVATION: &str = include_str!("../wgsl/activation.wgsl");
/// What goes into a product and what becomes of it.
const PRODUCT: &str = include_str!("../wgsl/product.wgsl");
/// The beginning of shaders with a thread for each number.
const EACH: &str = include_str!("../wgsl/each.wgsl");

macro_rules! shader {
    ($name:literal, $constants:expr) => {
        Shader {
            name: $name,
            parts: &[ACTIVATION, include_str!(concat!("../wgsl/", $name, ".wgsl"))],
            constants: $constants,
        }
    };
    (product $name:literal, $constants:expr) => {
        Shader {
            name: $name,
            parts: &[ACTIVATION, PRODUCT, include_str!(concat!("../wgsl/", $name, ".wgsl"))],
            constants: $constants,
        }
    };
    (each $name:literal, $constants:expr) => {
        Shader { name: $name, parts: &[EACH, include_str!(concat!("../wgsl/", $name, ".wgsl"))], constants: $constants }
    };
    (each act $name:literal, $constants:expr) => {
        Shader {
            name: $name,
            parts: &[ACTIVATION, EACH, include_str!(concat!("../wgsl/", $name, ".wgsl"))],
            constants: $constants,
        }
    };
    (plain $name:literal, $constants:expr) => {
        Shader { name: $name, parts: &[include_str!(concat!("../wgsl/", $name, ".wgsl"))], constants: $constants }
    };
}

/// Whether the adapter has many cores, as every real GPU has, or is a CPU that plays one.
static MANY_CORES: AtomicBool = AtomicBool::new(true);

/// Says what kind of adapter there is: one with few cores does best with large tiles in registers, one with many wants shared memory.
pub fn set_many_cores(many: bool) {
    MANY_CORES.store(many, Ordering::Relaxed);
}

/// As `activation.wgsl` counts them; 0 is none.
fn code(act: Option<Act>) -> u32 {
    match act {
        None => 0,
        Some(Act::Gelu) => 1,
        Some(Act::GeluTanh) => 2,
        Some(Act::QuickGelu) => 3,
        Some(Act::Relu) => 4,
        Some(Act::Silu) => 5,
        Some(Act::Mish) => 6,
    }
}

fn there<T>(value: &Option<T>) -> u32 {
    u32::from(value.is_some())
}

/// Rows a thread makes. With many cores few where there are few, so that all have work; a CPU that plays a GPU wants large tiles.
fn rows_of(m: usize, many: bool) -> usize {
    match (m, many) {
        (0..=2, _) => 1,
        (3..=8, _) => 2,
        (9..=24, true) => 4,
        (64.., false) => 16,
        _ => 8,
    }
}

pub(crate) fn linear<const D: usize>(
    x: &Tensor<D>,
    weight: &Tensor<2>,
    form: Form,
    bias: Option<&Tensor<1>>,
    add: Option<&Tensor<D>>,
    act: Option<Act>,
) -> Option<Tensor<D>> {
    let mut shape = x.dims();
    let (k, n) = (shape[D - 1], weight.dims()[1]);
    let m = shape.iter().product::<usize>() / k.max(1);
    let (x, weight, bias, add) = (cube(x)?, cube(weight)?, cubes(bias)?, cubes(add)?);
    if m * n == 0 {
        return None;
    }
    shape[D - 1] = n;
    let constants = vec![("ACT", code(act)), ("BIAS", there(&bias)), ("ADD", there(&add))];
    if k % 4 != 0 || n % 4 != 0 {
        let info = [m as u32, k as u32, n as u32];
        let inputs = vec![Some(x), Some(weight), bias, add];
        let groups = [n.div_ceil(32), m.div_ceil(4), 1];
        return Some(run(shader!("linear_any", constants), inputs, shape, &info, groups));
    }
    let inputs = [x, weight].into_iter().map(Some).chain([bias, add]).collect();
    Some(product(constants, form, inputs, shape, [m, k, n], 1))
}

/// Three weights over one input, in one launch: `[3, …, n]`. Not on an adapter that is a CPU: it takes ten seconds to compile the choice between
/// the weights in its wide loop, and gains nothing.
pub(crate) fn linear_three(
    x: &Tensor<3>,
    weights: [&Tensor<2>; 3],
    biases: Option<[&Tensor<1>; 3]>,
    form: Form,
) -> Option<Tensor<4>> {
    let [batch, tokens, k] = x.dims();
    let (m, n) = (batch * tokens, weights[0].dims()[1]);
    if m * n == 0 || k % 4 != 0 || n % 4 != 0 || !MANY_CORES.load(Ordering::Relaxed) {
        return None;
    }
    let constants = vec![("ACT", 0), ("BIAS", there(&biases)), ("ADD", 0), ("THREE", 1)];
    let mut inputs = vec![Some(cube(x)?)];
    for weight in weights {
        inputs.push(Some(cube(weight)?));
    }
    for bias in biases.into_iter().flatten() {
        inputs.push(Some(cube(bias)?));
    }
    Some(product(constants, form, inputs, [3, batch, tokens, n], [m, k, n], 3))
}

/// Launches the product that suits the adapter and the number of rows; all widths divide by four.
fn product<const D: usize>(
    mut constants: Constants,
    form: Form,
    inputs: Vec<Option<CubeTensor>>,
    shape: [usize; D],
    sizes: [usize; 3],
    parts: usize,
) -> Tensor<D> {
    let [m, _, n] = sizes;
    let info = sizes.map(|size| size as u32);
    let kind = match form {
        Form::Half => 1,
        Form::Int8 => 2,
        Form::Plain | Form::Panels => 0,
    };
    constants.push(("WEIGHT", kind));
    let many = MANY_CORES.load(Ordering::Relaxed);
    if many && m >= 64 {
        let groups = [n.div_ceil(64), m.div_ceil(64), parts];
        return run(shader!(product "linear_tiled", constants), inputs, shape, &info, groups);
    }
    let rows = rows_of(m, many);
    constants.extend([("ROWS", rows as u32), ("WIDE", u32::from(!many))]);
    let groups = [(n / 4).div_ceil(32), m.div_ceil(rows), parts];
    run(shader!(product "linear", constants), inputs, shape, &info, groups)
}

/// Whether heads so wide suit the blocks of `attention.wgsl`.
pub(crate) fn heads_fit(size: usize) -> bool {
    size.is_multiple_of(4) && size <= 160
}

pub(crate) fn attention(
    query: &Tensor<3>,
    key: &Tensor<3>,
    value: &Tensor<3>,
    heads: usize,
    scale: f32,
    look: &Look,
) -> Option<Tensor<3>> {
    let [batch, queries, hidden] = query.dims();
    let keys = key.dims()[1];
    let size = hidden / heads;
    if batch * queries * keys == 0 {
        return None;
    }
    let (q, k, v, mask) = (cube(query)?, cube(key)?, cube(value)?, cubes(look.padding.as_ref())?);
    let mut constants = vec![("MASK", there(&mask)), ("CAUSAL", u32::from(look.causal))];
    let inputs = vec![Some(q), Some(k), Some(v), mask];
    if !heads_fit(size) {
        let info = [batch, heads, queries, keys, size].map(|size| size as u32);
        let info = [&info[..], &[scale.to_bits()]].concat();
        let groups = [queries.div_ceil(32), heads, batch];
        return Some(run(shader!(plain "attention_any", constants), inputs, query.dims(), &info, groups));
    }
    constants.push(("D4", (size / 4) as u32));
    let row = (hidden / 4) as u32;
    let sizes = [batch as u32, heads as u32, queries as u32, keys as u32];
    let info: Vec<u32> = [&sizes[..], &[row, 0, row, 0, row, 0, scale.to_bits()]].concat();
    let groups = [queries.div_ceil(32), heads, batch];
    Some(run(shader!(plain "attention", constants), inputs, query.dims(), &info, groups))
}

/// Of queries, keys and values in one tensor: `[3, batch, tokens, hidden]`.
pub(crate) fn attention_of(three: &Tensor<4>, heads: usize, scale: f32, look: &Look) -> Option<Tensor<3>> {
    let [_, batch, tokens, hidden] = three.dims();
    let size = hidden / heads;
    if batch * tokens == 0 || !heads_fit(size) {
        return None;
    }
    let (all, mask) = (cube(three)?, cubes(look.padding.as_ref())?);
    let constants = vec![("MASK", there(&mask)), ("CAUSAL", u32::from(look.causal)), ("D4", (size / 4) as u32)];
    let row = hidden / 4;
    let part = batch * tokens * row;
    let sizes = [batch, heads, tokens, tokens, row, 0, row, part, row, 2 * part].map(|size| size as u32);
    let info = [&sizes[..], &[scale.to_bits()]].concat();
    let groups = [tokens.div_ceil(32), heads, batch];
    let inputs = vec![Some(all.clone()), Some(all.clone()), Some(all), mask];
    Some(run(shader!(plain "attention", constants), inputs, [batch, tokens, hidden], &info, groups))
}

pub(crate) fn layer_norm<const D: usize>(
    x: &Tensor<D>,
    gamma: &Tensor<1>,
    beta: Option<&Tensor<1>>,
    eps: f32,
) -> Option<Tensor<D>> {
    let shape = x.dims();
    let cols = shape[D - 1];
    let rows = shape.iter().product::<usize>() / cols.max(1);
    if rows * cols == 0 {
        return None;
    }
    let (x, gamma, beta) = (cube(x)?, cube(gamma)?, cubes(beta)?);
    let constants = vec![("ADD", 0), ("KEEP", 0), ("BETA", there(&beta)), ("V4", u32::from(cols.is_multiple_of(4)))];
    let info = [rows as u32, cols as u32, eps.to_bits()];
    let groups = line(rows.div_ceil(4));
    Some(run(shader!(plain "layer_norm", constants), vec![Some(x), Some(gamma), beta], shape, &info, groups))
}

pub(crate) fn group_norm(
    x: &Tensor<4>,
    affine: Option<(&Tensor<1>, &Tensor<1>)>,
    shift: Option<&Tensor<2>>,
    groups: usize,
    eps: f32,
    act: Option<Act>,
) -> Option<Tensor<4>> {
    let shape = x.dims();
    let [batch, channels, height, width] = shape;
    let pixels = height * width;
    if batch * channels * pixels == 0 {
        return None;
    }
    let (x, shift) = (cube(x)?, cubes(shift)?);
    let (gamma, beta) = (cubes(affine.map(|(gamma, _)| gamma))?, cubes(affine.map(|(_, beta)| beta))?);
    let constants = vec![
        ("ACT", code(act)),
        ("AFFINE", there(&gamma)),
        ("SHIFT", there(&shift)),
        ("V4", u32::from(pixels % 4 == 0)),
    ];
    let info = [batch as u32, channels as u32, pixels as u32, groups as u32, eps.to_bits()];
    let inputs = vec![Some(x), gamma, beta, shift];
    Some(run(shader!("group_norm", constants), inputs, shape, &info, line(batch * groups)))
}

pub(crate) fn activate<const D: usize>(x: &Tensor<D>, act: Act) -> Option<Tensor<D>> {
    let shape = x.dims();
    let length: usize = shape.iter().product();
    if length == 0 {
        return None;
    }
    let x = cube(x)?;
    let four = length.is_multiple_of(4);
    let constants = vec![("ACT", code(Some(act))), ("V4", u32::from(four))];
    let groups = line((if four { length / 4 } else { length }).div_ceil(64));
    Some(run(shader!(each act "activate", constants), vec![Some(x)], shape, &[length as u32], groups))
}

/// Threads for `rows` of `cols`, four columns each where they divide: that, and the workgroups.
fn by_columns(rows: usize, cols: usize) -> (u32, [usize; 3]) {
    let four = cols.is_multiple_of(4);
    (u32::from(four), line((rows * if four { cols / 4 } else { cols }).div_ceil(64)))
}

pub(crate) fn embed(
    words: &Tensor<2>,
    ids: &Tensor<2, Int>,
    places: &Tensor<2>,
    segments: Option<&Tensor<2>>,
    counted: Counted,
) -> Option<Tensor<3>> {
    let [batch, tokens] = ids.dims();
    let [vocabulary, hidden] = words.dims();
    if batch * tokens * hidden == 0 || vocabulary == 0 {
        return None;
    }
    let (words, places, segments, ids) = (cube(words)?, cube(places)?, cubes(segments)?, cube_ids(ids)?);
    let (four, groups) = by_columns(batch * tokens, hidden);
    let first = counted.first() as u32;
    let constants = vec![("SEGMENT", there(&segments)), ("FIRST", first), ("V4", four)];
    let info = [batch * tokens, hidden, tokens, vocabulary].map(|size| size as u32);
    let inputs = vec![Some(ids), Some(words), Some(places), segments];
    Some(run(shader!(each "embed", constants), inputs, [batch, tokens, hidden], &info, groups))
}

pub(crate) fn add_places(patches: &Tensor<3>, class: &Tensor<1>, places: &Tensor<2>) -> Option<Tensor<3>> {
    let [batch, count, hidden] = patches.dims();
    if batch * hidden == 0 {
        return None;
    }
    let inputs = vec![Some(cube(patches)?), Some(cube(class)?), Some(cube(places)?)];
    let (four, groups) = by_columns(batch * (1 + count), hidden);
    let info = [batch, 1 + count, hidden].map(|size| size as u32);
    Some(run(shader!(each "add_places", vec![("V4", four)]), inputs, [batch, 1 + count, hidden], &info, groups))
}

pub(crate) fn mean_tokens(hidden: &Tensor<3>, weights: Option<&Tensor<2>>, used: usize) -> Option<Tensor<2>> {
    let [batch, tokens, width] = hidden.dims();
    if batch * tokens * width == 0 {
        return None;
    }
    let (hidden, weights) = (cube(hidden)?, cubes(weights)?);
    let (four, groups) = by_columns(batch, width);
    let constants = vec![("WEIGHTS", there(&weights)), ("V4", four)];
    let info = [batch, tokens, used, width].map(|size| size as u32);
    Some(run(shader!(each "mean_tokens", constants), vec![Some(hidden), weights], [batch, width], &info, groups))
}

pub(crate) fn blend<const D: usize>(
    x: &Tensor<D>,
    steps: &Steps,
    other: Option<(&Tensor<D>, &Steps)>,
    meet: Meet,
    then: Then,
    shape: [usize; D],
) -> Option<Tensor<D>> {
    let [_, b, c, d] = four(shape);
    let total: usize = shape.iter().product();
    if total == 0 {
        return None;
    }
    let y = cubes(other.map(|(y, _)| y))?;
    let (two, [first, second, constant]) = match (other, meet) {
        (None, Meet::Sum(factors)) => (0, factors),
        (Some(_), Meet::Sum(factors)) => (1, factors),
        (_, Meet::Product) => (2, [0.0; 3]),
    };
    let (function, low, high) = match then {
        Then::Nothing => (0, 0.0, 0.0),
        Then::Clamp(low, high) => (1, low, high),
        Then::Exp => (2, 0.0, 0.0),
        Then::Tanh => (3, 0.0, 0.0),
    };
    let sizes = [total, b, c, d].map(|size| size as u32);
    let step = |by: isize| by as i32 as u32;
    let of_x = [steps.start].into_iter().chain(steps.by).map(step);
    let of_y = other.map_or([0; 4], |(_, steps)| steps.by).map(step);
    let numbers = [first, second, constant, low, high].map(f32::to_bits);
    let info: Vec<u32> = sizes.into_iter().chain(of_x).chain(of_y).chain(numbers).collect();
    let constants = vec![("TWO", two), ("FUNCTION", function)];
    Some(run(shader!(each "blend", constants), vec![Some(cube(x)?), y], shape, &info, line(total.div_ceil(64))))
}

pub(crate) fn join<const D: usize>(
    x: &Tensor<D>,
    y: &Tensor<D>,
    rows: usize,
    [first, second]: [usize; 2],
    shape: [usize; D],
) -> Option<Tensor<D>> {
    if rows * first * second == 0 {
        return None;
    }
    let info = [rows, first, second].map(|size| size as u32);
    let groups = line((rows * (first + second)).div_ceil(64));
    Some(run(shader!(each "join", vec![]), vec![Some(cube(x)?), Some(cube(y)?)], shape, &info, groups))
}

pub(crate) fn nearest(x: &Tensor<4>, shape: [usize; 4]) -> Option<Tensor<4>> {
    let [batch, channels, height, width] = x.dims();
    let [_, _, high, wide] = shape;
    if batch * channels * height * width * high * wide == 0 {
        return None;
    }
    let info = [batch * channels, height, width, high, wide].map(|size| size as u32);
    let groups = line((batch * channels * high * wide).div_ceil(64));
    Some(run(shader!(each "nearest", vec![]), vec![Some(cube(x)?)], shape, &info, groups))
}

pub(crate) fn geglu(x: &Tensor<3>) -> Option<Tensor<3>> {
    let [batch, tokens, both] = x.dims();
    let (rows, n) = (batch * tokens, both / 2);
    if rows * n == 0 {
        return None;
    }
    let x = cube(x)?;
    let four = n % 4 == 0;
    let constants = vec![("ACT", 1), ("V4", u32::from(four))];
    let groups = line((rows * if four { n / 4 } else { n }).div_ceil(64));
    Some(run(shader!(each act "geglu", constants), vec![Some(x)], [batch, tokens, n], &[rows as u32, n as u32], groups))
}

pub(crate) fn conv2d(
    x: &Tensor<4>,
    weight: &Tensor<4>,
    bias: Option<&Tensor<1>>,
    add: Option<&Tensor<4>>,
    conv: &Conv,
) -> Option<Tensor<4>> {
    let batch = x.dims()[0];
    let [high, wide] = conv.out_size();
    let shape = [batch, conv.out_channels, high, wide];
    if shape.contains(&0) {
        return None;
    }
    let inputs = vec![Some(cube(x)?), Some(cube(weight)?), cubes(bias)?, cubes(add)?];
    let Conv { channels, height, width, out_channels, kernel, stride, padding, dilation } = conv;
    let sizes = [
        [batch, *channels, *height, *width],
        [*out_channels, kernel[0], kernel[1], stride[0]],
        [stride[1], padding[0], padding[1], dilation[0]],
        [dilation[1], high, wide, 0],
    ];
    let info = sizes.concat().into_iter().map(|size| size as u32).take(15).collect::<Vec<_>>();
    let mut constants = vec![("BIAS", u32::from(bias.is_some())), ("ADD", u32::from(add.is_some()))];
    let pixels = high * wide;
    let out = [8, 4].into_iter().find(|out| out_channels % out == 0);
    let like_one = *kernel == [1, 1] && *stride == [1, 1] && *padding == [0; 4];
    let square = stride[0] == stride[1] && stride[0] <= 2 && padding[0] == 1 && padding[1] == 1;
    let like_three = *kernel == [3, 3] && *dilation == [1, 1] && square && width % 4 == 0 && wide % 4 == 0;
    let like_three = like_three && wide == width / stride[1];
    match out {
        Some(out) if like_one && pixels % 4 == 0 => {
            constants.push(("OUT", out as u32));
            let groups = [(pixels / 4).div_ceil(32), out_channels / out, batch];
            Some(run(shader!(plain "conv1x1", constants), inputs, shape, &info, groups))
        }
        Some(out) if like_three => {
            constants.extend([("STRIDE", stride[0] as u32), ("OUT", out as u32)]);
            let tiles = wide / 4 * high.div_ceil(4);
            let groups = [tiles.div_ceil(16), out_channels / out, batch];
            Some(run(shader!(plain "conv3x3", constants), inputs, shape, &info, groups))
        }
        _ => {
            let groups = [pixels.div_ceil(64), out_channels.div_ceil(4), batch];
            Some(run(shader!(plain "conv", constants), inputs, shape, &info, groups))
        }
    }
}
