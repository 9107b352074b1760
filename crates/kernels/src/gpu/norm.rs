//! Norms over a row, and over groups of channels.

use burn::tensor::Tensor;

use super::launch::{Shader, cube, cubes, line, run};
use super::{ACTIVATION, code, there};
use crate::Act;

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
