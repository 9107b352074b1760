//! The browser edge: typed exports, device choice. The only crate that knows wasm-bindgen.
//!
//! Built three times: models on the CPU alone, with the feature `webgpu` on both, and lessons that train in the page.
#![cfg(target_family = "wasm")]

mod error;
#[cfg(feature = "models")]
mod files;
#[cfg(feature = "models")]
mod generate;
#[cfg(feature = "lessons")]
mod lessons;
#[cfg(feature = "lessons")]
mod lessons_pictures;
#[cfg(feature = "models")]
mod pictures;
#[cfg(feature = "models")]
mod playground;
#[cfg(feature = "models")]
mod self_check;
#[cfg(feature = "models")]
mod types;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use crate::error::Error;

/// Rust to JavaScript: plain objects, numbers, `null` for nothing.
pub(crate) fn give<T: Serialize, J: JsCast>(value: &T) -> Result<J, Error> {
    let plain = serde_wasm_bindgen::Serializer::json_compatible();
    Ok(value.serialize(&plain)?.unchecked_into())
}

pub(crate) fn take<T: DeserializeOwned>(value: impl Into<JsValue>) -> Result<T, Error> {
    Ok(serde_wasm_bindgen::from_value(value.into())?)
}

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
