//! What models spend their time on, behind the names that papers use.
//!
//! Each function looks at where its tensors lie. On the CPU it runs the code of [`cpu`] on their memory; on WebGPU it launches a shader of
//! `src/wgsl`; anywhere else, and where gradients are wanted, it is Burn's own operations, which also say what the result has to be
//! (feature `burn-ops`).

/// Burn's own operations where they are part of the build; without them there is no way to get here but an empty tensor on the GPU.
macro_rules! elsewhere {
    ($work:expr) => {{
        #[cfg(feature = "burn-ops")]
        {
            $work
        }
        #[cfg(not(feature = "burn-ops"))]
        panic!("no kernel for this device")
    }};
}

mod activation;
mod arithmetic;
mod attention;
mod conv;
pub mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;
mod layers;
mod linear;
mod norm;
mod place;
pub mod resident;
mod rows;
pub mod table;

#[cfg(feature = "webgpu")]
pub use gpu::set_many_cores;

pub use activation::{Act, geglu};
pub use arithmetic::{add, clamp, exp_of, expand, join, mix, multiply, nearest, part, reversed, scale, tanh_of};
pub use attention::{Look, attention, self_attention};
pub use conv::{Window, conv2d, conv2d_add, convolve, embed_patches};
pub use layers::{conv_layer, embedding, group_norm_layer, linear_layer, parameter};
pub use linear::{linear, linear_act, linear_add};
pub use norm::{LayerNorm, group_norm};
pub use place::{Place, largest_tensor};
pub use rows::{Counted, add_places, embed_tokens, first_token, keep_patches, mean_tokens};
pub use table::Table;
