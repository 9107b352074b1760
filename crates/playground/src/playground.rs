//! One device and the models on it, for the worker that owns both.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::Device;
use kindling_tasks::{Encoder, ImageText};
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::files::{precision, sources, weights};
use crate::generate::Pictures;
use crate::pictures::set;
use crate::{give, take, types};

/// A device with its models.
#[wasm_bindgen]
pub struct Playground {
    pub(crate) device: Device,
    kind: &'static str,
    // Counted, so that unloading during a run frees the model when the run ends.
    encoder: RefCell<Option<Rc<Encoder>>>,
    pub(crate) clip: RefCell<Option<Rc<ImageText>>>,
    pub(crate) pictures: Pictures,
}

pub(crate) fn bytes(file: Option<js_sys::Uint8Array>) -> Option<Vec<u8>> {
    file.map(|array| array.to_vec())
}

pub(crate) fn required(name: &str, file: Option<js_sys::Uint8Array>) -> Result<Vec<u8>, Error> {
    bytes(file).ok_or_else(|| Error::new("input", format!("missing file {name}")))
}

async fn open(kind: &str) -> Result<(Device, &'static str), Error> {
    match kind {
        "cpu" => Ok((Device::flex(), "cpu")),
        #[cfg(feature = "webgpu")]
        "webgpu" => {
            // Asynchronous on purpose: the first tensor on a device that is not ready would block, and a page cannot.
            let device = Device::wgpu_options()
                .init_async()
                .await
                .map_err(|error| Error::new("device", format!("{error:?}")))?;
            kindling_kernels::set_many_cores(!plays_a_gpu().await);
            Ok((device, "webgpu"))
        }
        other => Err(Error::new("device", format!("no device {other:?} in this bundle"))),
    }
}

/// Whether the adapter is a CPU: kernels cut their work differently for one. What cannot be told counts as a GPU.
#[cfg(feature = "webgpu")]
async fn plays_a_gpu() -> bool {
    async fn asked() -> Result<bool, JsValue> {
        let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into());
        let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
        let request: js_sys::Function = get(&gpu, "requestAdapter")?.dyn_into()?;
        let promise: js_sys::Promise = request.call0(&gpu)?.dyn_into()?;
        let info = get(&wasm_bindgen_futures::JsFuture::from(promise).await?, "info")?;
        let software = get(&info, "architecture")?.as_string().is_some_and(|name| name == "swiftshader");
        Ok(software || get(&info, "isFallbackAdapter")?.is_truthy())
    }
    asked().await.unwrap_or(false)
}

#[wasm_bindgen]
impl Playground {
    /// Opens a device. `webgpu` is only in the bundle that was built with it.
    pub async fn open(device: types::DeviceKind) -> Result<Playground, JsValue> {
        let name = JsValue::from(device).as_string().unwrap_or_default();
        let (device, kind) = open(&name).await?;
        Ok(Playground {
            device,
            kind,
            encoder: RefCell::new(None),
            clip: RefCell::new(None),
            pictures: Pictures::default(),
        })
    }

    /// The device that was opened.
    pub fn device(&self) -> Result<types::DeviceInfo, JsValue> {
        let name = if self.kind == "cpu" { "Flex, simd128" } else { "WebGPU" };
        Ok(give(&serde_json::json!({"kind": self.kind, "name": name}))?)
    }

    /// Has a GPU compile what a model will need, by its `config.json` and by how its file stores matrices, while the weights are on their way.
    pub fn warm(&self, config: &[u8], stored: types::Stored) -> Result<(), JsValue> {
        let stored = precision(&JsValue::from(stored).as_string().unwrap_or_default())?;
        kindling_tasks::warm(config, stored, &self.device);
        Ok(())
    }

    /// Loads a sentence encoder; an earlier one goes.
    #[wasm_bindgen(js_name = loadEncoder)]
    pub async fn load_encoder(&self, files: types::EncoderFiles) -> Result<types::ModelInfo, JsValue> {
        // First the old one goes: two models at once may not fit.
        self.encoder.replace(None);
        let files = kindling_tasks::EncoderFiles {
            config: required("config.json", files.config())?,
            tokenizer: types::tokenizer_files(&files),
            weights: weights(files.weights(), files.index(), files.store_as(), files.on_progress())?,
            modules: bytes(files.modules()),
            dense: sources(&files.dense()),
            pooling: bytes(files.pooling()),
            sentence: bytes(files.sentence()),
            sentence_transformers: bytes(files.sentence_transformers()),
            compute: types::compute(files.precision())?,
        };
        let encoder = Encoder::load(files, &self.device).map_err(Error::from)?;
        let info = give(encoder.info())?;
        self.encoder.replace(Some(Rc::new(encoder)));
        Ok(info)
    }

    /// Frees the encoder.
    #[wasm_bindgen(js_name = unloadEncoder)]
    pub fn unload_encoder(&self) {
        self.encoder.replace(None);
    }

    pub(crate) fn encoder(&self) -> Result<Rc<Encoder>, Error> {
        self.encoder.borrow().clone().ok_or_else(|| Error::new("no_model", "no model loaded"))
    }

    /// Tokens over graphemes.
    pub fn tokens(&self, text: &str) -> Result<types::TokenView, JsValue> {
        Ok(give(&self.encoder()?.tokens(text).map_err(Error::from)?)?)
    }

    /// One vector a text, one after the other: `[texts × dim]`.
    pub async fn embed(&self, texts: Vec<String>) -> Result<js_sys::Float32Array, JsValue> {
        let encoder = self.encoder()?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let embeddings = encoder.embed(&texts).await.map_err(Error::from)?;
        Ok(js_sys::Float32Array::from(embeddings.vectors.as_slice()))
    }

    /// The model alone, without its tokenizer, for benchmarks: `ids` and `mask` are `[rows × cols]`.
    #[wasm_bindgen(js_name = embedIds)]
    pub async fn embed_ids(
        &self,
        ids: Vec<u32>,
        mask: Vec<u32>,
        rows: usize,
        cols: usize,
    ) -> Result<js_sys::Float32Array, JsValue> {
        let encoder = self.encoder()?;
        if ids.len() != rows * cols || mask.len() != ids.len() {
            return Err(Error::new("input", "ids and mask of another size than rows × cols").into());
        }
        let ids: Vec<i32> = ids.into_iter().map(|id| id as i32).collect();
        let padded = mask.contains(&0);
        let mask: Vec<f32> = mask.into_iter().map(|m| m as f32).collect();
        let vectors = encoder.embed_ids(&ids, padded.then_some(&mask), rows, cols).await.map_err(Error::from)?;
        Ok(js_sys::Float32Array::from(vectors.as_slice()))
    }

    /// Cosines of texts with labels.
    pub async fn sentiment(&self, question: types::SentimentQuestion) -> Result<types::SentimentAnswer, JsValue> {
        let encoder = self.encoder()?;
        let question = take::<kindling_tasks::SentimentQuestion>(question)?;
        Ok(give(&encoder.sentiment(&question).await.map_err(Error::from)?)?)
    }

    /// The same texts under many wordings of the labels.
    pub async fn sweep(&self, question: types::SweepQuestion) -> Result<types::SweepAnswer, JsValue> {
        let encoder = self.encoder()?;
        let question = take::<kindling_tasks::SweepQuestion>(question)?;
        Ok(give(&encoder.sweep(&question).await.map_err(Error::from)?)?)
    }

    /// Attention weights of one text, in every head of every layer.
    pub async fn attention(&self, text: String) -> Result<types::Attention, JsValue> {
        let found = self.encoder()?.attention(&text).await.map_err(Error::from)?;
        let facts = serde_json::json!({ "layers": found.layers, "heads": found.heads, "tokens": found.tokens });
        let answer: JsValue = give(&facts)?;
        set(&answer, "view", &give::<_, JsValue>(&found.view)?)?;
        set(&answer, "weights", &js_sys::Float32Array::from(found.weights.as_slice()))?;
        Ok(answer.unchecked_into())
    }

    /// Reads CSV, TSV or plain lines.
    #[wasm_bindgen(js_name = readTable)]
    pub fn read_table(&self, text: &str) -> Result<types::Table, JsValue> {
        Ok(give(&kindling_inputs::read_table(text).map_err(Error::from)?)?)
    }

    /// Writes CSV; cells that a spreadsheet would run as formulas are escaped.
    #[wasm_bindgen(js_name = writeTable)]
    pub fn write_table(&self, columns: Vec<String>, rows: types::Rows) -> Result<String, JsValue> {
        let rows: Vec<Vec<String>> = take(rows)?;
        Ok(kindling_inputs::write_table(&columns, &rows).map_err(Error::from)?)
    }

    /// Accuracy and the rest, where labels are known.
    pub fn evaluate(&self, truth: Vec<String>, predicted: Vec<String>) -> Result<types::ClassReport, JsValue> {
        let report =
            kindling_lessons::ClassReport::new(&truth, &predicted).map_err(|error| Error::new("input", error))?;
        Ok(give(&report)?)
    }

    /// A Rust panic on purpose: the tests' way to show that a poisoned worker is replaced.
    #[wasm_bindgen(js_name = panic)]
    pub fn panic_on_purpose(&self) {
        panic!("a panic on purpose");
    }
}
