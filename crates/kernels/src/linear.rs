//! `y = x W + b`, with what usually follows.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::Tensor;

use crate::Act;
use crate::cpu::{self, Epilogue};
#[cfg(feature = "webgpu")]
use crate::gpu;
use crate::place::{Held, held, made};
use crate::resident::{self, Form};

/// `[…, in]` → `[…, out]`
pub fn linear<const D: usize>(layer: &Linear, x: Tensor<D>) -> Tensor<D> {
    project(layer, x, None, None)
}

/// The same, then a non-linearity.
pub fn linear_act<const D: usize>(layer: &Linear, x: Tensor<D>, act: Act) -> Tensor<D> {
    project(layer, x, Some(act), None)
}

/// The same, and `add`, of the result's shape, added: the way past a block.
pub fn linear_add<const D: usize>(layer: &Linear, x: Tensor<D>, add: Tensor<D>) -> Tensor<D> {
    project(layer, x, None, Some(add))
}

fn project<const D: usize>(layer: &Linear, x: Tensor<D>, act: Option<Act>, add: Option<Tensor<D>>) -> Tensor<D> {
    let mut shape = x.dims();
    let k = shape[D - 1];
    let weight = layer.weight.val();
    let [rows, n] = weight.dims();
    let form = resident::form(rows, k);
    shape[D - 1] = n;
    let bias = layer.bias.as_ref().map(Param::val);
    if let (Some(values), Some(weight), Some(bias), Some(add)) =
        (Held::of(&x), Held::of(&weight), held(&bias), held(&add))
    {
        let m = values.values().len() / k.max(1);
        let mut out = vec![0.0; m * n];
        let epilogue = Epilogue {
            column_bias: bias.as_ref().map(Held::values),
            add: add.as_ref().map(Held::values),
            act,
            ..Epilogue::default()
        };
        let (values, weight) = (values.values(), weight.values());
        match form {
            Form::Int8 => {
                let (numbers, scales) = resident::int8_parts(weight, k, n);
                cpu::gemm_i8(values, numbers, scales, m, k, n, &epilogue, &mut out);
            }
            Form::Panels => cpu::gemm(values, &weight[..k * n], m, k, n, &epilogue, &mut out),
            Form::Plain | Form::Half => cpu::gemm(values, &cpu::pack(weight, k, n), m, k, n, &epilogue, &mut out),
        }
        return made(out, shape, &x.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(y) = gpu::linear(&x, &weight, form, bias.as_ref(), add.as_ref(), act) {
        return y;
    }
    elsewhere!({
        let y = burn::tensor::module::linear(x, weight, bias);
        let y = match act {
            Some(act) => act.plain(y),
            None => y,
        };
        match add {
            Some(add) => y + add,
            None => y,
        }
    })
}
