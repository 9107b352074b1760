//! Kernels for the CPU: plain functions on slices of f32, one thread, safe Rust that becomes simd128 in a browser and SSE2 natively.
//!
//! One microkernel serves linear layers, convolutions and attention: rows as they lie in memory times columns packed in panels
//! ([`pack`]), in blocks of k that stay in the cache.

mod attention;
mod conv;
mod elementwise;
mod gemm;
mod gemm_i8;
mod gradients;
mod lanes;
mod norm;
mod pairs;
mod panels;
mod rows;
mod strided;
#[cfg(test)]
mod testing;
mod tile;
mod winograd;

pub use attention::{Rows, attention};
pub use conv::{Conv, conv2d};
pub use elementwise::{activate, geglu, softmax_rows};
pub use gemm::{Epilogue, gemm};
pub use gemm_i8::{gemm_i8, pack_i8, quantise_rows};
pub use gradients::{gemm_over_rows, pack_into, tanh, turn};
pub use norm::{group_norm, layer_norm};
pub use panels::{NR, pack, pack_transposed, pack_transposed_with, unpack};
pub use rows::{Words, add_places, embed, mean_tokens};
pub(crate) use strided::blend;
pub use strided::{Steps, four, join, nearest, read};
