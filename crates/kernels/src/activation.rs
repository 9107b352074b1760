//! Non-linearities under the names that `hidden_act` or `act_fn` of a checkpoint's configuration uses.

use burn::tensor::Tensor;
#[cfg(feature = "burn-ops")]
use burn::tensor::activation;

use crate::cpu;
#[cfg(feature = "webgpu")]
use crate::gpu;
use crate::place::{Held, made};

/// The non-linearity between the two halves of a feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// x · Φ(x), exactly: Hendrycks & Gimpel 2016.
    Gelu,
    /// The same through tanh, as GPT-2 has it.
    GeluTanh,
    /// x · σ(1.702 x): Hendrycks & Gimpel 2016, section 2; what OpenAI trained CLIP with.
    QuickGelu,
    /// max(x, 0)
    Relu,
    /// x · σ(x)
    Silu,
    /// x · tanh(ln(1 + eˣ)): Misra 2019.
    Mish,
}

impl Act {
    /// What the field may be, for error messages.
    pub const NAMES: &str = "gelu, gelu_new, quick_gelu, relu, silu or mish";

    /// By the name that a configuration uses.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "gelu" | "gelu_python" => Some(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Some(Self::GeluTanh),
            "quick_gelu" => Some(Self::QuickGelu),
            "relu" => Some(Self::Relu),
            "silu" | "swish" => Some(Self::Silu),
            "mish" => Some(Self::Mish),
            _ => None,
        }
    }

    /// Of every number.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        if let Some(held) = Held::of(&x) {
            let mut values = held.values().to_vec();
            cpu::activate(&mut values, self);
            return made(values, x.dims(), &x.device());
        }
        #[cfg(feature = "webgpu")]
        if let Some(y) = gpu::activate(&x, self) {
            return y;
        }
        elsewhere!(self.plain(x))
    }

    /// By Burn's own operations.
    #[cfg(feature = "burn-ops")]
    pub(crate) fn plain<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Gelu => activation::gelu(x),
            Self::GeluTanh => activation::gelu_approximate(x),
            Self::QuickGelu => x.clone() * activation::sigmoid(x * 1.702),
            Self::Relu => activation::relu(x),
            Self::Silu => activation::silu(x),
            Self::Mish => activation::mish(x),
        }
    }
}

/// `value · gelu(gate)` of the two halves of the last axis (Shazeer 2020, "GLU Variants Improve Transformer").
///
/// `[batch, tokens, 2 × width]` → `[batch, tokens, width]`
pub fn geglu(x: Tensor<3>) -> Tensor<3> {
    let [batch, tokens, both] = x.dims();
    let width = both / 2;
    if let Some(held) = Held::of(&x) {
        let mut out = vec![0.0; batch * tokens * width];
        cpu::geglu(held.values(), batch * tokens, width, &mut out);
        return made(out, [batch, tokens, width], &x.device());
    }
    #[cfg(feature = "webgpu")]
    if let Some(y) = gpu::geglu(&x) {
        return y;
    }
    elsewhere!(x.clone().narrow(2, 0, width) * activation::gelu(x.narrow(2, width, width)))
}
