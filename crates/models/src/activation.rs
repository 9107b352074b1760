//! Non-linearities under the names that `hidden_act` or `act_fn` of a checkpoint's configuration uses.

use burn::tensor::{Tensor, activation};

/// The non-linearity between the two halves of a feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Gelu,
    GeluTanh,
    QuickGelu,
    Relu,
    Silu,
    Mish,
}

impl Act {
    /// What the field may be, for error messages.
    pub(crate) const NAMES: &str = "gelu, gelu_new, quick_gelu, relu, silu or mish";

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "gelu" => Some(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Some(Self::GeluTanh),
            "quick_gelu" => Some(Self::QuickGelu),
            "relu" => Some(Self::Relu),
            "silu" | "swish" => Some(Self::Silu),
            "mish" => Some(Self::Mish),
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
            Self::Silu => activation::silu(x),
            Self::Mish => activation::mish(x),
        }
    }
}
