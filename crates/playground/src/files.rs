//! Files as JavaScript has them: bytes in memory, or a `Blob` that is read in pieces as they are wanted.

use std::collections::BTreeMap;

use js_sys::{Array, ArrayBuffer, Object, Uint8Array};
use kindling_tasks::{Precision, Source, WeightFiles};
use wasm_bindgen::prelude::*;

use crate::error::Error;

#[wasm_bindgen]
extern "C" {
    /// Only what is needed: web-sys would bring its own of everything.
    #[derive(Debug)]
    type Blob;
    #[wasm_bindgen(method, getter)]
    fn size(this: &Blob) -> f64;
    #[wasm_bindgen(method)]
    fn slice(this: &Blob, start: f64, end: f64) -> Blob;

    /// There in workers alone.
    #[derive(Debug)]
    type FileReaderSync;
    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<FileReaderSync, JsValue>;
    #[wasm_bindgen(method, catch, js_name = readAsArrayBuffer)]
    fn read(this: &FileReaderSync, blob: &Blob) -> Result<ArrayBuffer, JsValue>;
}

/// Bytes that stay on JavaScript's side.
#[derive(Debug)]
struct Held(Uint8Array);

impl Source for Held {
    fn size(&self) -> u64 {
        u64::from(self.0.length())
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
        let end = at + into.len() as u64;
        if end > self.size() {
            return Err("the file ends before".into());
        }
        self.0.subarray(at as u32, end as u32).copy_to(into);
        Ok(())
    }
}

#[derive(Debug)]
struct OnDisk {
    blob: Blob,
    reader: FileReaderSync,
}

impl Source for OnDisk {
    fn size(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
        let piece = self.blob.slice(at as f64, at as f64 + into.len() as f64);
        let read = self.reader.read(&piece).map_err(|error| words(&error))?;
        let bytes = Uint8Array::new(&read);
        if bytes.length() as usize != into.len() {
            return Err("the file ends before".into());
        }
        bytes.copy_to(into);
        Ok(())
    }
}

/// What a browser says of an error: that a file has changed since it was picked, for instance.
fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}

/// `FileBytes` of TypeScript.
pub(crate) fn source(value: JsValue) -> Option<Box<dyn Source>> {
    match value.dyn_into::<Uint8Array>() {
        Ok(bytes) => Some(Box::new(Held(bytes))),
        Err(value) => {
            let blob = value.dyn_into::<Blob>().ok()?;
            Some(Box::new(OnDisk { blob, reader: FileReaderSync::new().ok()? }))
        }
    }
}

/// The properties of an object that are files, by name.
pub(crate) fn sources(object: &JsValue) -> BTreeMap<String, Box<dyn Source>> {
    let file = |entry: JsValue| {
        let entry = Array::from(&entry);
        Some((entry.get(0).as_string()?, source(entry.get(1))?))
    };
    object
        .dyn_ref::<Object>()
        .map_or_else(BTreeMap::new, |object| Object::entries(object).iter().filter_map(file).collect())
}

/// `WeightBytes` of TypeScript.
pub(crate) fn weights(
    value: JsValue,
    index: Option<Uint8Array>,
    store_as: Option<String>,
) -> Result<WeightFiles, Error> {
    let store_as = store_as.as_deref().map(precision).transpose()?;
    let mut files = WeightFiles { index: index.map(|index| index.to_vec()), store_as, ..WeightFiles::default() };
    match source(value.clone()) {
        Some(source) => drop(files.shards.insert("model.safetensors".into(), source)),
        None => files.shards = sources(&value),
    }
    if files.shards.is_empty() {
        return Err(Error::new("input", "missing file model.safetensors"));
    }
    Ok(files)
}

/// `Stored` of TypeScript.
pub(crate) fn precision(name: &str) -> Result<Precision, Error> {
    match name {
        "f32" => Ok(Precision::F32),
        "f16" => Ok(Precision::F16),
        "int8" => Ok(Precision::Int8),
        other => Err(Error::new("input", format!("unknown type of numbers {other:?}"))),
    }
}
