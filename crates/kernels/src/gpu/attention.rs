//! Attention, its queries, keys and values apart or in one tensor.

use burn::tensor::Tensor;

use super::launch::{Shader, cube, cubes, run};
use super::there;
use crate::attention::Look;

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
