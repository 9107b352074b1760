//! The same operations as shaders, through Burn's extension point. Each gives `None` where a tensor is not on the GPU or no shader fits,
//! and the caller goes on with Burn's own.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::Act;

const ACTIVATION: &str = include_str!("../wgsl/activation.wgsl");
/// What goes into a product and what becomes of it.
const PRODUCT: &str = include_str!("../wgsl/product.wgsl");
/// The beginning of shaders with a thread for each number.
const EACH: &str = include_str!("../wgsl/each.wgsl");

macro_rules! shader {
    ($name:literal, $constants:expr) => {
        Shader {
            name: $name,
            parts: &[ACTIVATION, include_str!(concat!("../wgsl/", $name, ".wgsl"))],
            constants: $constants,
        }
    };
    (product $name:literal, $constants:expr) => {
        Shader {
            name: $name,
            parts: &[ACTIVATION, PRODUCT, include_str!(concat!("../wgsl/", $name, ".wgsl"))],
            constants: $constants,
        }
    };
    (each $name:literal, $constants:expr) => {
        Shader { name: $name, parts: &[EACH, include_str!(concat!("../wgsl/", $name, ".wgsl"))], constants: $constants }
    };
    (each act $name:literal, $constants:expr) => {
        Shader {
            name: $name,
            parts: &[ACTIVATION, EACH, include_str!(concat!("../wgsl/", $name, ".wgsl"))],
            constants: $constants,
        }
    };
    (plain $name:literal, $constants:expr) => {
        Shader { name: $name, parts: &[include_str!(concat!("../wgsl/", $name, ".wgsl"))], constants: $constants }
    };
}

mod attention;
mod conv;
mod elementwise;
mod launch;
mod norm;
mod product;
mod rows;
mod template;

pub(crate) use attention::{attention, attention_of, heads_fit};
pub(crate) use conv::conv2d;
pub(crate) use elementwise::{activate, blend, geglu, join, nearest};
pub(crate) use launch::largest;
pub(crate) use norm::{group_norm, layer_norm};
pub(crate) use product::{linear, linear_three};
pub(crate) use rows::{add_places, embed, mean_tokens};

/// Whether the adapter has many cores, as every real GPU has, or is a CPU that plays one.
static MANY_CORES: AtomicBool = AtomicBool::new(true);

/// Says what kind of adapter there is: one with few cores does best with large tiles in registers, one with many wants shared memory.
pub fn set_many_cores(many: bool) {
    MANY_CORES.store(many, Ordering::Relaxed);
}

/// As `activation.wgsl` counts them; 0 is none.
fn code(act: Option<Act>) -> u32 {
    match act {
        None => 0,
        Some(Act::Gelu) => 1,
        Some(Act::GeluTanh) => 2,
        Some(Act::QuickGelu) => 3,
        Some(Act::Relu) => 4,
        Some(Act::Silu) => 5,
        Some(Act::Mish) => 6,
    }
}

fn there<T>(value: &Option<T>) -> u32 {
    u32::from(value.is_some())
}
