//! Scaled dot-product attention over several heads, written once for every tower.
//!
//! Source: Vaswani et al. 2017, "Attention Is All You Need", equation 1.

#[cfg(feature = "webgpu")]
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::Tensor;
#[cfg(feature = "burn-ops")]
use burn::tensor::{Device, TensorData, activation::softmax};

use crate::cpu::{self, Rows};
#[cfg(feature = "webgpu")]
use crate::gpu;
use crate::place::{Held, held, made};

/// What a query may look at. Hidden scores get −1e9 and not −inf: a row of padding only stays finite.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// `[batch, keys]`, 1 for a token and 0 for padding; `None` where nothing is padded.
    pub padding: Option<Tensor<2>>,
    /// Whether no token looks ahead.
    pub causal: bool,
}

#[cfg(feature = "burn-ops")]
impl Look {
    /// What to add to the scores: broadcast to `[batch, heads, queries, keys]`.
    fn bias(&self, queries: usize, keys: usize, device: &Device) -> Option<Tensor<4>> {
        let padding = self.padding.clone().map(|mask| {
            let [batch, keys] = mask.dims();
            ((mask - 1.0) * 1e9).reshape([batch, 1, 1, keys])
        });
        let ahead = self.causal.then(|| {
            let value = |at: usize| if at % keys > at / keys { -1e9 } else { 0.0f32 };
            let values: Vec<f32> = (0..queries * keys).map(value).collect();
            Tensor::from_data(TensorData::new(values, [1, 1, queries, keys]), device)
        });
        match (padding, ahead) {
            (Some(padding), Some(ahead)) => Some(padding + ahead),
            (padding, ahead) => padding.or(ahead),
        }
    }
}

/// `softmax(QKᵀ / √d) V` in every head.
///
/// # Shapes
/// - `query`: `[batch, queries, heads × head_dim]`
/// - `key`, `value`: `[batch, keys, heads × head_dim]`
/// - returns `[batch, queries, heads × head_dim]`
pub fn attention(query: Tensor<3>, key: Tensor<3>, value: Tensor<3>, heads: usize, look: &Look) -> Tensor<3> {
    let [batch, queries, hidden] = query.dims();
    let keys = key.dims()[1];
    let head_dim = hidden / heads;
    let scale = 1.0 / (head_dim as f32).sqrt();
    if let (Some(q), Some(k), Some(v), Some(mask)) =
        (Held::of(&query), Held::of(&key), Held::of(&value), held(&look.padding))
    {
        let mut out = vec![0.0; batch * queries * hidden];
        let [q, k, v] = [&q, &k, &v].map(|held| Rows { values: held.values(), stride: hidden, at: 0 });
        let mask = mask.as_ref().map(Held::values);
        cpu::attention(q, k, v, batch, heads, head_dim, queries, keys, scale, mask, look.causal, &mut out);
        return made(out, [batch, queries, hidden], &query.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(y) = gpu::attention(&query, &key, &value, heads, scale, look) {
        return y;
    }
    elsewhere!({
        let bias = look.bias(queries, keys, &query.device());
        let [query, key, value] = [query, key, value].map(|x| split_heads(x, heads));
        merge_heads(plain(query, key, value, scale, bias))
    })
}

/// The same where queries, keys and values come of one sequence: three projections of `x` in one launch, and attention between them.
///
/// # Shapes
/// - `x`: `[batch, tokens, in]`; each layer: `[in, heads × head_dim]`
/// - returns `[batch, tokens, heads × head_dim]`
pub fn self_attention(layers: [&Linear; 3], x: Tensor<3>, heads: usize, look: &Look) -> Tensor<3> {
    #[cfg(feature = "webgpu")]
    if let Some(y) = projected(layers, &x, heads, look) {
        return y;
    }
    let [query, key, value] = layers.map(|layer| crate::linear(layer, x.clone()));
    attention(query, key, value, heads, look)
}

/// In two launches on the GPU, where the three layers are alike.
#[cfg(feature = "webgpu")]
fn projected(layers: [&Linear; 3], x: &Tensor<3>, heads: usize, look: &Look) -> Option<Tensor<3>> {
    let weights = layers.map(|layer| layer.weight.val());
    let [one, two, three] = weights.each_ref().map(Tensor::dims);
    // Asked before anything is launched: what attention cannot read would be projected twice.
    if one != two || one != three || !gpu::heads_fit(one[1] / heads) {
        return None;
    }
    let biases = layers.map(|layer| layer.bias.as_ref().map(Param::val));
    let biases = match &biases {
        [Some(first), Some(second), Some(third)] => Some([first, second, third]),
        [None, None, None] => None,
        _ => return None,
    };
    let form = crate::resident::form(one[0], x.dims()[2]);
    let all = gpu::linear_three(x, weights.each_ref(), biases, form)?; // [3, batch, tokens, hidden]
    gpu::attention_of(&all, heads, 1.0 / ((one[1] / heads) as f32).sqrt(), look)
}

#[cfg(feature = "burn-ops")]
/// Most scores at once, in numbers: 64 MiB, half of what WebGPU binds by default.
const MOST_SCORES: usize = 1 << 24;

#[cfg(feature = "burn-ops")]
/// By Burn's own operations, some queries at a time where there are many: a picture's pixels have as many scores as their number squared.
fn plain(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, scale: f32, bias: Option<Tensor<4>>) -> Tensor<4> {
    let [batch, heads, queries, _] = query.dims();
    let most = (MOST_SCORES / (batch * heads * key.dims()[2]).max(1)).max(1);
    let key = key.swap_dims(2, 3); // [batch, heads, head_dim, keys]
    let part = |from: usize| {
        let some = most.min(queries - from);
        let scores = (query.clone().narrow(2, from, some) * scale).matmul(key.clone()); // [batch, heads, some, keys]
        let scores = match &bias {
            Some(bias) if bias.dims()[2] == 1 => scores + bias.clone(),
            Some(bias) => scores + bias.clone().narrow(2, from, some),
            None => scores,
        };
        softmax(scores, 3).matmul(value.clone()) // [batch, heads, some, head_dim]
    };
    if queries <= most {
        return part(0);
    }
    Tensor::cat((0..queries).step_by(most).map(part).collect(), 2)
}

#[cfg(feature = "burn-ops")]
/// `[batch, tokens, hidden]` → `[batch, heads, tokens, hidden / heads]`
fn split_heads(x: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, tokens, hidden] = x.dims();
    x.reshape([batch, tokens, heads, hidden / heads]).swap_dims(1, 2) // [batch, heads, tokens, head_dim]
}

#[cfg(feature = "burn-ops")]
/// `[batch, heads, tokens, head_dim]` → `[batch, tokens, heads × head_dim]`
fn merge_heads(x: Tensor<4>) -> Tensor<3> {
    let [batch, heads, tokens, head_dim] = x.dims();
    x.swap_dims(1, 2).reshape([batch, tokens, heads * head_dim]) // [batch, tokens, hidden]
}
