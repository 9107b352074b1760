//! Files as JavaScript has them: bytes in memory, or a `Blob` or an open file that is read in pieces as they are wanted.

use std::collections::BTreeMap;

use js_sys::{Array, ArrayBuffer, Function, Object, Uint8Array};
use kindling_tasks::{Precision, Source, Watch, WeightFiles};
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

    /// A file of the origin's own, opened for reading in a worker.
    #[derive(Debug)]
    type FileSystemSyncAccessHandle;
    #[wasm_bindgen(method, catch, js_name = getSize)]
    fn get_size(this: &FileSystemSyncAccessHandle) -> Result<f64, JsValue>;
    /// Writes into the program's own memory: no buffer lies between.
    #[wasm_bindgen(method, catch, js_name = read)]
    fn read_at(this: &FileSystemSyncAccessHandle, into: &mut [u8], options: &At) -> Result<f64, JsValue>;

    /// `FileSystemReadWriteOptions`.
    #[derive(Debug)]
    #[wasm_bindgen(extends = Object)]
    type At;
    #[wasm_bindgen(method, setter, js_name = at)]
    fn set_at(this: &At, at: f64);
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

impl Source for FileSystemSyncAccessHandle {
    fn size(&self) -> u64 {
        self.get_size().map_or(0, |bytes| bytes as u64)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
        let from: At = Object::new().unchecked_into();
        from.set_at(at as f64);
        let read = self.read_at(into, &from).map_err(|error| words(&error))?;
        if read as usize != into.len() {
            return Err("the file ends before".into());
        }
        Ok(())
    }
}

/// What a browser says of an error: that a file has changed since it was picked, for instance.
fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}

/// `FileBytes` of TypeScript.
pub(crate) fn source(value: JsValue) -> Option<Box<dyn Source>> {
    let value = match value.dyn_into::<Uint8Array>() {
        Ok(bytes) => return Some(Box::new(Held(bytes))),
        Err(value) => value,
    };
    match value.dyn_into::<FileSystemSyncAccessHandle>() {
        Ok(handle) => Some(Box::new(handle)),
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

/// `OnProgress` of TypeScript. What it throws is its own affair.
pub(crate) fn watch(told: Option<Function>) -> Option<Watch> {
    told.map(|told| {
        Watch::new(move |done, total| {
            let _ = told.call2(&JsValue::NULL, &JsValue::from(done as f64), &JsValue::from(total as f64));
        })
    })
}

/// `WeightBytes` of TypeScript.
pub(crate) fn weights(
    value: JsValue,
    index: Option<Uint8Array>,
    store_as: Option<String>,
    progress: Option<Function>,
) -> Result<WeightFiles, Error> {
    let mut files = WeightFiles {
        index: index.map(|index| index.to_vec()),
        store_as: store_as.as_deref().map(precision).transpose()?,
        progress: watch(progress),
        ..WeightFiles::default()
    };
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
