//! Tensors as what a sampler works on.

use burn::tensor::Tensor;
use kindling_kernels as kernels;

use super::scheduler::Latents;

impl Latents for Tensor<4> {
    fn times(&self, factor: f64) -> Self {
        kernels::scale(self.clone(), factor, 0.0)
    }

    fn plus(self, other: Self) -> Self {
        kernels::add(self, other)
    }

    fn cut(self, limit: f64) -> Self {
        kernels::clamp(self, -limit, limit)
    }
}
