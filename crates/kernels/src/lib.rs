//! What models spend their time on, behind the names that papers use.
//!
//! Each function looks at where its tensors lie. On the CPU it runs the code of [`cpu`] on their memory; on WebGPU it launches a shader of
//! `src/wgsl`; anywhere else, and where gradients are wanted, it is Burn's own operations, which also say what the result has to be.

mod activation;
mod attention;
mod conv;
pub mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;
mod linear;
mod norm;
mod place;
pub mod resident;

#[cfg(feature = "webgpu")]
pub use gpu::set_many_cores;

pub use activation::{Act, geglu};
pub use attention::{Look, attention};
pub use conv::{Window, conv2d, conv2d_add, convolve};
pub use linear::{linear, linear_act, linear_add};
pub use norm::{LayerNorm, group_norm};
pub use place::Place;
