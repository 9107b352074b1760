//! Number by number, and numbers that change place.

use burn::tensor::Tensor;

use super::launch::{Shader, cube, cubes, line, run};
use super::{ACTIVATION, EACH, code};
use crate::Act;
use crate::arithmetic::{Meet, Then};
use crate::cpu::{Steps, four};

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
