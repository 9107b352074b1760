//! What linear layers do: products of matrices with what usually follows.

use std::sync::atomic::Ordering;

use burn::tensor::Tensor;

use super::launch::{Constants, CubeTensor, Shader, cube, cubes, run};
use super::{ACTIVATION, MANY_CORES, PRODUCT, code, there};
use crate::Act;
use crate::resident::Form;

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
