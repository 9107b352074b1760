//! How much each token of a text looks at each other one: the weights of every head in every layer.
//!
//! `softmax(QKᵀ / √d)`, Vaswani et al. 2017, equation 1. Queries and keys come from the model's own pass; the softmax is
//! repeated here on plain numbers, because the device never writes it down.

use burn::tensor::{Int, Tensor, TensorData};
use kindling_inputs::TokenView;

use crate::encoder::read;
use crate::{Encoder, TaskError};

/// Tokens of a text whose weights are given: 128 × 128 × 36 heads are 2.4 MB.
const MOST_TOKENS: usize = 128;

/// The answer to [`Encoder::attention`].
#[derive(Debug, Clone)]
pub struct Attention {
    /// The text's tokens, all that the model read.
    pub view: TokenView,
    /// Layers.
    pub layers: usize,
    /// Heads in a layer.
    pub heads: usize,
    /// Tokens whose weights are given, from the first one: all of them in texts of up to 128. Where some are left out, a row
    /// lacks what its token takes from those.
    pub tokens: usize,
    /// `[layers × heads × tokens × tokens]`, 0 to 1: the last index is the token looked at.
    pub weights: Vec<f32>,
}

impl Encoder {
    /// The attention weights of one text.
    ///
    /// # Errors
    /// A refused text; [`TaskError::NotFinite`]; [`TaskError::Device`].
    pub async fn attention(&self, text: &str) -> Result<Attention, TaskError> {
        let view = self.tokens(text)?;
        let ids: Vec<i32> = view.tokens.iter().map(|token| token.id as i32).collect();
        let (all, heads) = (ids.len(), self.model.heads());
        let tokens = all.min(MOST_TOKENS);
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, all]), &self.device); // [1, all]
        let pairs = self.model.queries_and_keys(ids);
        let layers = pairs.len();
        let mut weights = Vec::with_capacity(layers * heads * tokens * tokens);
        for [query, key] in pairs {
            let (query, key) = (read(query).await?, read(key).await?); // [all × hidden]
            for head in 0..heads {
                for row in 0..tokens {
                    weights.extend_from_slice(&shares(&query, &key, all, (head, heads), row)[..tokens]);
                }
            }
        }
        if !weights.iter().all(|weight| weight.is_finite()) {
            return Err(TaskError::NotFinite { row: 0 });
        }
        Ok(Attention { view, layers, heads, tokens, weights })
    }
}

/// What one token takes from each, in one head of so many: they add up to 1.
///
/// # Shapes
/// `query`, `key`: `[tokens × hidden]`, the heads side by side. Returns `[tokens]`.
fn shares(query: &[f32], key: &[f32], tokens: usize, (head, heads): (usize, usize), row: usize) -> Vec<f32> {
    let hidden = key.len() / tokens.max(1);
    let width = hidden / heads.max(1);
    let part = |token: usize| token * hidden + head * width..token * hidden + (head + 1) * width;
    let dot = |q: &[f32], k: &[f32]| q.iter().zip(k).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let scores: Vec<f64> =
        (0..tokens).map(|other| dot(&query[part(row)], &key[part(other)]) / (width as f64).sqrt()).collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.into_iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| (power / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_sees_its_own_part_alone_and_its_shares_add_up_to_one() {
        // Two tokens, two heads of width 1: the first head tells them apart, the second does not.
        let (query, key) = ([2.0, 1.0, 0.0, 1.0], [3.0, 5.0, 1.0, 5.0]);
        let first = shares(&query, &key, 2, (0, 2), 0);
        let expected = 1.0 / (1.0 + (-4.0f32).exp()); // scores 6 and 2
        assert!((first[0] - expected).abs() < 1e-6, "{first:?}");
        assert!((first.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert_eq!(shares(&query, &key, 2, (1, 2), 0), [0.5, 0.5]);
        assert_eq!(shares(&query, &key, 2, (0, 2), 1), [0.5, 0.5]);
    }

    #[test]
    fn large_scores_do_not_overflow() {
        let found = shares(&[1e3], &[1e3], 1, (0, 1), 0);
        assert_eq!(found, [1.0]);
    }
}
