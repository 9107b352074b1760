//! Scaled dot-product attention over several heads, written once for every tower.
//!
//! Source: Vaswani et al. 2017, "Attention Is All You Need", equation 1.

use burn::tensor::{Device, Tensor, TensorData, activation::softmax};

/// What to add to the scores so that padding is never looked at: 0 where `mask` is 1, −1e9 where it is 0.
///
/// # Shapes
/// - `mask`: `[batch, tokens]`, 1 for a token and 0 for padding
/// - returns `[batch, 1, 1, tokens]`, to be broadcast over heads and queries
pub fn padding_bias(mask: Tensor<2>) -> Tensor<4> {
    let [batch, tokens] = mask.dims();
    // −1e9, not −inf: a row of padding only stays finite.
    ((mask - 1.0) * 1e9).reshape([batch, 1, 1, tokens]) // [batch, 1, 1, tokens]
}

/// What to add to the scores so that a token never looks ahead: 0 on and below the diagonal, −1e9 above.
///
/// # Shapes
/// returns `[1, 1, tokens, tokens]`, to be broadcast over batch and heads
pub fn causal_bias(tokens: usize, device: &Device) -> Tensor<4> {
    let place = |at: usize| if at % tokens > at / tokens { -1e9 } else { 0.0f32 };
    let values: Vec<f32> = (0..tokens * tokens).map(place).collect();
    Tensor::from_data(TensorData::new(values, [1, 1, tokens, tokens]), device)
}

/// The weights of attention: `softmax(QKᵀ / √d)`.
///
/// # Shapes
/// - `query`, `key`: `[batch, heads, tokens, head_dim]`
/// - `bias`: broadcast to `[batch, heads, tokens, tokens]`, see [`padding_bias`] and [`causal_bias`]
/// - returns `[batch, heads, tokens, tokens]`; every row adds up to 1
pub fn attention_weights(query: Tensor<4>, key: Tensor<4>, bias: Option<Tensor<4>>) -> Tensor<4> {
    let head_dim = query.dims()[3];
    let query = query * (1.0 / (head_dim as f32).sqrt());
    let scores = query.matmul(key.swap_dims(2, 3)); // [batch, heads, tokens, tokens]
    let scores = match bias {
        Some(bias) => scores + bias,
        None => scores,
    };
    softmax(scores, 3)
}

/// Most scores at once, in numbers: 64 MiB, half of what WebGPU binds by default.
const MOST_SCORES: usize = 1 << 24;

/// `softmax(QKᵀ / √d) V`, some queries at a time where there are many: a picture's pixels have as many scores as their number squared.
///
/// # Shapes
/// - `query`: `[batch, heads, queries, head_dim]`
/// - `key`, `value`: `[batch, heads, tokens, head_dim]`
/// - returns `[batch, heads, queries, head_dim]`
pub fn attention(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>) -> Tensor<4> {
    let [batch, heads, queries, _] = query.dims();
    let row = batch * heads * key.dims()[2];
    let most = (MOST_SCORES / row.max(1)).max(1);
    if queries <= most {
        return attention_weights(query, key, None).matmul(value);
    }
    let part = |from| {
        let query = query.clone().narrow(2, from, most.min(queries - from));
        attention_weights(query, key.clone(), None).matmul(value.clone()) // [batch, heads, part, head_dim]
    };
    Tensor::cat((0..queries).step_by(most).map(part).collect(), 2)
}

/// `[batch, tokens, hidden]` → `[batch, heads, tokens, hidden / heads]`
pub fn split_heads(x: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, tokens, hidden] = x.dims();
    x.reshape([batch, tokens, heads, hidden / heads]).swap_dims(1, 2) // [batch, heads, tokens, head_dim]
}

/// `[batch, heads, tokens, head_dim]` → `[batch, tokens, heads × head_dim]`
pub fn merge_heads(x: Tensor<4>) -> Tensor<3> {
    let [batch, heads, tokens, head_dim] = x.dims();
    x.swap_dims(1, 2).reshape([batch, tokens, heads * head_dim]) // [batch, tokens, hidden]
}
