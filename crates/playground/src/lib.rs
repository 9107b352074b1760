//! The browser edge: typed exports, device choice. The only crate that knows wasm-bindgen.
//!
//! Built twice: for the CPU alone, and with the feature `webgpu` for both.
#![cfg(target_family = "wasm")]

mod error;
mod generate;
mod pictures;
mod playground;
mod types;

use wasm_bindgen::prelude::*;

/// Runs once, when the module is instantiated.
#[wasm_bindgen(start)]
pub fn start() {
    // CubeCL registers types through linker constructors. Unless the program itself calls `__wasm_call_ctors`, the linker
    // wraps every export in a run of all of them, which makes each call into wasm up to ten times dearer.
    #[allow(unsafe_code)]
    {
        unsafe extern "C" {
            fn __wasm_call_ctors();
        }
        // SAFETY: the linker defines it, and this is the one place that calls it, before anything else runs.
        unsafe { __wasm_call_ctors() };
    }
    console_error_panic_hook::set_once();
}
