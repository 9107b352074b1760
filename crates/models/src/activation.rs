//! Non-linearities under the names that `hidden_act` of a checkpoint's configuration uses.

use burn::tensor::{Tensor, activation};

/// The non-linearity between the two halves of a feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Gelu,
    GeluTanh,
    QuickGelu,
    Relu,
}

impl Act {
    /// What `hidden_act` may be, for error messages.
    pub(crate) const NAMES: &str = "gelu, gelu_new, quick_gelu or relu";

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "gelu" => Some(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Some(Self::GeluTanh),
            "quick_gelu" => Some(Self::QuickGelu),
            "relu" => Some(Self::Relu),
            _ => None,
        }
    }

    pub(crate) fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Gelu => activation::gelu(x),
            Self::GeluTanh => activation::gelu_approximate(x),
            // x · σ(1.702 x): Hendrycks & Gimpel 2016, section 2; what OpenAI trained CLIP with.
            Self::QuickGelu => x.clone() * activation::sigmoid(x * 1.702),
            Self::Relu => activation::relu(x),
        }
    }
}
