//! Kernels for the CPU: plain functions on slices of f32, one thread, safe Rust that becomes simd128 in a browser and SSE2 natively.
//!
//! One microkernel serves linear layers, convolutions and attention: rows as they lie in memory times columns packed in panels
//! ([`pack`]), in blocks of k that stay in the cache.

mod attention;
mod elementwise;
mod gemm;
mod lanes;
mod norm;
mod panels;
#[cfg(test)]
mod testing;
mod tile;

pub use attention::{Rows, attention};
pub use elementwise::{activate, geglu, softmax_rows};
pub use gemm::{Epilogue, gemm};
pub use norm::{group_norm, layer_norm};
pub use panels::{NR, pack, pack_transposed, unpack};

mod standin {
    //! Until the real ones are there.
    #![allow(missing_docs, unused_variables, clippy::all)]
    use super::Epilogue;
    use crate::Act;
    pub fn gemm_i8(rows: &[f32], packed: &[i8], scales: &[f32], m: usize, k: usize, n: usize, epilogue: &Epilogue, out: &mut [f32]) {}
    pub fn pack_i8(w: &[i8], n: usize, k: usize) -> Vec<i8> { w.to_vec() }
    pub fn quantise_rows(w: &[f32], n: usize, k: usize) -> (Vec<i8>, Vec<f32>) { (vec![], vec![]) }
    pub struct Conv { pub channels: usize, pub height: usize, pub width: usize, pub out_channels: usize, pub kernel: [usize; 2], pub stride: [usize; 2], pub padding: [usize; 4], pub dilation: [usize; 2] }
    impl Conv { pub fn out_size(&self) -> [usize; 2] { [0, 1].map(|a| { let (size, pad) = if a == 0 { (self.height, self.padding[0] + self.padding[2]) } else { (self.width, self.padding[1] + self.padding[3]) }; (size + pad - self.dilation[a] * (self.kernel[a] - 1) - 1) / self.stride[a] + 1 }) } }
    pub fn conv2d(x: &[f32], weight: &[f32], batch: usize, shape: &Conv, epilogue: &Epilogue, out: &mut [f32]) {}
}
pub use standin::*;
