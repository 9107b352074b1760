//! From one vector a token to one vector a text, as a sentence encoder's `1_Pooling/config.json` says.
//!
//! Source: Reimers & Gurevych 2019, "Sentence-BERT", and its reference implementation `sentence_transformers.models.Pooling`.

use burn::tensor::Tensor;
use kindling_kernels::{first_token, mean_tokens};

/// How the token vectors of a text become its one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over the tokens that are not padding.
    Mean,
    /// The vector of the first token.
    Cls,
}

impl Pooling {
    /// # Shapes
    /// - `hidden`: `[batch, tokens, hidden]`
    /// - `mask`: `[batch, tokens]`, 1 for a token and 0 for padding; `None` when nothing is padded
    /// - returns `[batch, hidden]`
    pub fn forward(self, hidden: Tensor<3>, mask: Option<Tensor<2>>) -> Tensor<2> {
        match self {
            Pooling::Cls => first_token(hidden),
            Pooling::Mean => mean_tokens(hidden, mask),
        }
    }
}

/// Scales every row to length 1 (`torch.nn.functional.normalize`, eps 1e-12).
///
/// # Shapes
/// `[batch, hidden]` → `[batch, hidden]`
pub fn normalise(x: Tensor<2>) -> Tensor<2> {
    // 1e-24 under the root, not 1e-12 after it: the same guard, and the gradient at zero stays finite.
    let length = ((x.clone() * x.clone()).sum_dim(1) + 1e-24).sqrt(); // [batch, 1]
    x.div(length)
}
