//! The lessons' exports for pictures of digits and for networks' capacity. Pixels and weights cross as typed arrays.

use js_sys::{Float32Array, Object, Reflect, Uint8Array};
use kindling_lessons::pictures::{self, DigitsQuestion, PictureSplitQuestion, Pictures, ReadPictures};
use kindling_lessons::training::{
    Advance, NetworkCapacity as Capacity, PictureFit as Fitting, PictureSettings, Trainer as Training,
};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::lessons::Lessons;
use crate::{give, take};

type Given = Result<JsValue, JsValue>;

#[derive(Deserialize)]
struct RowsQuestion {
    text: String,
    most: Option<usize>,
}

fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) -> Result<(), JsValue> {
    Reflect::set(object, &name.into(), &value.into()).map(drop)
}

fn given(pictures: &Pictures) -> Given {
    let object: JsValue = Object::new().into();
    set(&object, "count", pictures.labels.len() as u32)?;
    set(&object, "pixels", Uint8Array::from(&pictures.pixels[..]))?;
    set(&object, "labels", Uint8Array::from(&pictures.labels[..]))?;
    Ok(object)
}

fn given_read(read: &ReadPictures) -> Given {
    let object = given(&read.pictures)?;
    set(&object, "found", read.found as u32)?;
    set(&object, "side", give::<_, JsValue>(&read.side)?)?;
    set(&object, "skipped", give::<_, JsValue>(&read.skipped)?)?;
    Ok(object)
}

#[wasm_bindgen]
impl Lessons {
    /// Digits of a pen that varies.
    #[wasm_bindgen(unchecked_return_type = "Pictures")]
    pub fn digits(#[wasm_bindgen(unchecked_param_type = "DigitsQuestion")] question: JsValue) -> Given {
        given(&pictures::digits(&take::<DigitsQuestion>(question)?).map_err(Error::from)?)
    }

    /// MNIST's own files, unpacked.
    #[wasm_bindgen(js_name = readIdx, unchecked_return_type = "ReadPictures")]
    pub fn read_idx(images: &[u8], labels: &[u8], most: Option<u32>) -> Given {
        given_read(&pictures::read_idx(images, labels, most.map(|most| most as usize)).map_err(Error::from)?)
    }

    /// Lines of a label and 784 numbers.
    #[wasm_bindgen(js_name = readDigitRows, unchecked_return_type = "ReadPictures")]
    pub fn read_digit_rows(#[wasm_bindgen(unchecked_param_type = "DigitRowsQuestion")] question: JsValue) -> Given {
        let RowsQuestion { text, most } = take(question)?;
        given_read(&pictures::read_rows(&text, most).map_err(Error::from)?)
    }

    /// Rows of pictures for training, validation and test.
    #[wasm_bindgen(js_name = splitPictures, unchecked_return_type = "LessonSplit")]
    pub fn split_pictures(
        labels: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Omit<PictureSplitQuestion, \"labels\">")] settings: JsValue,
    ) -> Given {
        let question: PictureSplitQuestion = take(settings)?;
        Ok(give(&pictures::split_pictures(labels, &question).map_err(Error::from)?)?)
    }

    /// A drawing where MNIST's digits stand; nothing where there is no ink.
    pub fn centre(pixels: &[u8], width: usize, height: usize) -> Result<Option<Vec<u8>>, JsValue> {
        Ok(pictures::centre(pixels, width, height).map_err(Error::from)?)
    }
}

/// A network that learns pictures piece by piece.
#[wasm_bindgen]
pub struct PictureFit(Fitting);

#[wasm_bindgen]
impl PictureFit {
    /// Ready for its first look. `pixels`: `[count, 784]`; `labels`: `[count]`
    #[wasm_bindgen(constructor)]
    pub fn new(
        pixels: Vec<u8>,
        labels: Vec<u8>,
        #[wasm_bindgen(unchecked_param_type = "Omit<PictureQuestion, \"pictures\">")] settings: JsValue,
    ) -> Result<PictureFit, JsValue> {
        let settings: PictureSettings = take(settings)?;
        Ok(Self(Fitting::new(pixels, labels, settings).map_err(Error::from)?))
    }

    /// One short piece of work, and what it was.
    #[wasm_bindgen(unchecked_return_type = "\"part\" | \"step\" | \"looking\" | \"looked\" | \"over\"")]
    pub fn advance(&mut self) -> JsValue {
        let name = match self.0.advance() {
            Advance::Part => "part",
            Advance::Step => "step",
            Advance::Looking => "looking",
            Advance::Looked => "looked",
            Advance::Over => "over",
        };
        name.into()
    }

    /// What is new since the last frame, without the time that a step takes.
    #[wasm_bindgen(unchecked_return_type = "Omit<PictureFrame, \"step_millis\">")]
    pub fn frame(&mut self) -> Given {
        let mut frame = self.0.frame();
        let values = Float32Array::from(&std::mem::take(&mut frame.filters.values)[..]);
        let said = Uint8Array::from(&std::mem::take(&mut frame.said)[..]);
        let sure = Float32Array::from(&std::mem::take(&mut frame.sure)[..]);
        let given: JsValue = give(&frame)?;
        set(&given, "said", said)?;
        set(&given, "sure", sure)?;
        set(&Reflect::get(&given, &"filters".into())?, "values", values)?;
        Ok(given)
    }

    /// What the network makes of a picture of 28 × 28 as it is now.
    #[wasm_bindgen(unchecked_return_type = "PictureReading")]
    pub fn read(&mut self, pixels: &[u8]) -> Given {
        let reading = self.0.read(pixels).map_err(Error::from)?;
        let object: JsValue = Object::new().into();
        set(&object, "probabilities", Float32Array::from(&reading.probabilities[..]))?;
        let layers = js_sys::Array::new();
        for layer in &reading.layers {
            let one: JsValue = Object::new().into();
            set(&one, "kind", layer.kind)?;
            set(&one, "shape", give::<_, JsValue>(&layer.shape)?)?;
            set(&one, "values", Float32Array::from(&layer.values[..]))?;
            layers.push(&one);
        }
        set(&object, "layers", layers)?;
        Ok(object)
    }
}

/// The U-curve of networks, epoch by epoch.
#[wasm_bindgen]
pub struct NetworkCapacity(Capacity);

#[wasm_bindgen]
impl NetworkCapacity {
    /// Ready for the first epoch of the first width.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "NetworkCapacityQuestion")] question: JsValue,
    ) -> Result<NetworkCapacity, JsValue> {
        Ok(Self(Capacity::new(take(question)?).map_err(Error::from)?))
    }

    /// One epoch; says whether all is done.
    pub fn step(&mut self) -> Result<bool, JsValue> {
        Ok(self.0.step().map_err(Error::from)?)
    }

    /// The answer, as far as it has come.
    #[wasm_bindgen(unchecked_return_type = "NetworkCapacityFrame")]
    pub fn frame(&self) -> Given {
        Ok(give(&self.0.frame())?)
    }
}

/// Layers that learn classes of any rows of numbers, step by step.
#[wasm_bindgen]
pub struct Trainer(Training);

#[wasm_bindgen]
impl Trainer {
    /// With weights drawn from a seed.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(
            unchecked_param_type = "{ widths: number[]; activation: \"tanh\" | \"relu\"; optimiser: FitQuestion[\"optimiser\"]; rate: number; l2: number; seed: number }"
        )]
        settings: JsValue,
    ) -> Result<Trainer, JsValue> {
        Ok(Self(Training::new(take(settings)?).map_err(Error::from)?))
    }

    /// One step; the mean cross-entropy of the rows before it. `inputs`: `[rows, widths[0]]`; `labels`: `[rows]`
    pub fn step(&mut self, inputs: &[f32], labels: &[u8]) -> Result<f64, JsValue> {
        Ok(self.0.step(inputs, labels).map_err(Error::from)?)
    }

    /// Shares of the classes, `[rows, classes]`, of `[rows, widths[0]]`.
    pub fn probabilities(&mut self, inputs: &[f32]) -> Result<Vec<f32>, JsValue> {
        Ok(self.0.probabilities(inputs).map_err(Error::from)?)
    }
}
