//! Images and labels: CLIP at the browser's edge. Bytes of a file come in; no canvas touches a colour on the way to the model.

use std::rc::Rc;

use kindling_inputs::Thumbnail;
use kindling_tasks::{ClipFiles, ImageText};
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::files::weights;
use crate::give;
use crate::playground::{Playground, bytes, required};
use crate::types;

/// Sets a property of a fresh object.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<(), Error> {
    js_sys::Reflect::set(object, &name.into(), value).map(drop).map_err(|_| Error::new("worker", "a frozen object"))
}

pub(crate) fn raster(picture: &Thumbnail) -> Result<JsValue, Error> {
    let object = js_sys::Object::new().into();
    set(&object, "width", &picture.width.into())?;
    set(&object, "height", &picture.height.into())?;
    // Typed arrays can be transferred to the page instead of copied.
    let rgba = js_sys::Uint8ClampedArray::from(picture.rgba.as_slice());
    set(&object, "rgba", &rgba)?;
    Ok(object)
}

impl Playground {
    pub(crate) fn clip(&self) -> Result<Rc<ImageText>, Error> {
        self.clip.borrow().clone().ok_or_else(|| Error::new("no_model", "no CLIP loaded"))
    }
}

#[wasm_bindgen]
impl Playground {
    /// Loads a CLIP or Chinese-CLIP; an earlier one goes.
    #[wasm_bindgen(js_name = loadClip)]
    pub async fn load_clip(&self, files: types::ClipFiles) -> Result<types::ClipInfo, JsValue> {
        // First the old one goes: two models at once may not fit.
        self.clip.replace(None);
        let files = ClipFiles {
            config: required("config.json", files.config())?,
            tokenizer: types::tokenizer_files(&files),
            weights: weights(files.weights(), files.index(), files.store_as(), files.on_progress())?,
            preprocessor: bytes(files.preprocessor()),
            compute: types::compute(files.precision())?,
        };
        let clip = ImageText::load(files, &self.device).map_err(Error::from)?;
        let info = give(clip.info())?;
        self.clip.replace(Some(Rc::new(clip)));
        Ok(info)
    }

    /// Frees the CLIP.
    #[wasm_bindgen(js_name = unloadClip)]
    pub fn unload_clip(&self) {
        self.clip.replace(None);
    }

    /// What a picture is, from its header alone.
    #[wasm_bindgen(js_name = probePicture)]
    pub fn probe_picture(&self, bytes: &[u8]) -> Result<types::PictureInfo, JsValue> {
        Ok(give(&kindling_inputs::probe_picture(bytes).map_err(Error::from)?)?)
    }

    /// Bytes of a PNG, JPEG, WebP or GIF to a vector, with what became of the picture on the way.
    #[wasm_bindgen(js_name = embedImage)]
    pub async fn embed_image(&self, bytes: Vec<u8>) -> Result<types::ImageAnswer, JsValue> {
        let image = self.clip()?.embed_image(&bytes).await.map_err(Error::from)?;
        let facts = serde_json::json!({
            "format": image.format, "width": image.width, "height": image.height, "crop": image.crop,
        });
        let answer: JsValue = give(&facts)?;
        set(&answer, "vector", &js_sys::Float32Array::from(image.vector.as_slice()))?;
        set(&answer, "thumbnail", &raster(&image.thumbnail)?)?;
        set(&answer, "seen", &raster(&image.seen)?)?;
        Ok(answer.unchecked_into())
    }

    /// One vector a label, one after the other: `[texts × dim]`. The template is the caller's.
    #[wasm_bindgen(js_name = embedLabels)]
    pub async fn embed_labels(&self, texts: Vec<String>) -> Result<js_sys::Float32Array, JsValue> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let labels = self.clip()?.embed_labels(&texts).await.map_err(Error::from)?;
        Ok(js_sys::Float32Array::from(labels.vectors.as_slice()))
    }

    /// Tokens of a label over its graphemes.
    #[wasm_bindgen(js_name = clipTokens)]
    pub fn clip_tokens(&self, text: &str) -> Result<types::TokenView, JsValue> {
        Ok(give(&self.clip()?.tokens(text).map_err(Error::from)?)?)
    }

    /// The vision tower alone, for benchmarks: `[count × 3 × size × size]` → `[count × dim]`.
    #[wasm_bindgen(js_name = embedPixels)]
    pub async fn embed_pixels(&self, pixels: Vec<f32>, count: usize) -> Result<js_sys::Float32Array, JsValue> {
        let vectors = self.clip()?.embed_pixels(pixels, count).await.map_err(Error::from)?;
        Ok(js_sys::Float32Array::from(vectors.as_slice()))
    }

    /// The text tower alone, for benchmarks: `[rows × cols]` ids without padding → `[rows × dim]`.
    #[wasm_bindgen(js_name = embedLabelIds)]
    pub async fn embed_label_ids(
        &self,
        ids: Vec<u32>,
        rows: usize,
        cols: usize,
    ) -> Result<js_sys::Float32Array, JsValue> {
        let mask = vec![1; ids.len()];
        let vectors = self.clip()?.embed_label_ids(&ids, &mask, rows, cols).await.map_err(Error::from)?;
        Ok(js_sys::Float32Array::from(vectors.as_slice()))
    }
}
