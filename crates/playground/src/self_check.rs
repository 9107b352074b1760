//! Whether the device computes what the CPU computes, asked of a loaded model.

use kindling_tasks::SelfCheck;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::files::weights;
use crate::give;
use crate::playground::Playground;
use crate::types;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/**
 * `difference`: the largest, as a share of the CPU's largest number; `Infinity` where the device gives no number. `left_out` was too large
 * for a copy on the CPU. `passed`: every difference is within `tolerance`.
 */
export interface SelfCheck {
  stages: { name: string; difference: number }[]; left_out: string[]; tolerance: number; passed: boolean; millis: number;
}
export type CheckedFiles = Pick<EncoderFiles, "weights" | "index" | "storeAs">;
export type SelfChecked = "encoder" | "clip" | "text2image";
"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "SelfCheck")]
    pub type SelfCheckAnswer;
    #[wasm_bindgen(typescript_type = "SelfChecked")]
    pub type SelfChecked;
    #[wasm_bindgen(typescript_type = "CheckedFiles")]
    pub type CheckedFiles;
}

#[derive(Serialize)]
struct Timed {
    #[serde(flatten)]
    check: SelfCheck,
    millis: f64,
}

#[wasm_bindgen]
impl Playground {
    /// Compares a loaded model with a copy on the CPU, stage by stage, on a small fixed input. Of `files` it reads `weights`,
    /// `index` and `storeAs`, which it was loaded with; of a text-to-image model those of the U-Net.
    #[wasm_bindgen(js_name = selfCheck)]
    pub async fn self_check(&self, model: SelfChecked, files: CheckedFiles) -> Result<SelfCheckAnswer, JsValue> {
        let files: types::EncoderFiles = files.unchecked_into();
        let weights = weights(files.weights(), files.index(), files.store_as(), None)?;
        let started = js_sys::Date::now();
        let check = match JsValue::from(model).as_string().unwrap_or_default().as_str() {
            "encoder" => self.encoder()?.self_check(weights).await,
            "clip" => self.clip()?.self_check(weights).await,
            "text2image" => self.pictures.generator()?.self_check(weights).await,
            other => return Err(Error::new("input", format!("no model {other:?} to check")).into()),
        };
        Ok(give(&Timed { check: check.map_err(Error::from)?, millis: js_sys::Date::now() - started })?)
    }
}
