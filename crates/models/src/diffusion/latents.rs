//! Tensors as what a sampler works on.

use burn::tensor::Tensor;

use super::scheduler::Latents;

impl Latents for Tensor<4> {
    fn times(&self, factor: f64) -> Self {
        self.clone() * factor
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn cut(self, limit: f64) -> Self {
        self.clamp(-limit, limit)
    }
}
