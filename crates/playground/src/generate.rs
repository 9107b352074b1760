//! Pictures from prompts at the browser's edge. One call is one pass of the U-Net, so that the worker can stop between two.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use kindling_inputs::{Fit, Gradient, Thumbnail};
use kindling_tasks::{GenerateInputs, GenerateOptions, Generation, Generator, GeneratorFiles, UNet};
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::files::{precision, sources, watch};
use crate::pictures::{raster, set};
use crate::playground::Playground;
use crate::types;
use crate::{give, take};

/// The text-to-image model and the run under way.
#[derive(Default)]
pub(crate) struct Pictures {
    generator: RefCell<Option<Rc<Generator>>>,
    /// Out of here while a pass is under way.
    generation: RefCell<Option<Generation>>,
    /// Counts runs, so that a pass that ends after its run was dropped does not bring it back.
    run: Cell<u32>,
    /// A U-Net by itself, for benchmarks.
    unet: RefCell<Option<Rc<UNet>>>,
}

impl Pictures {
    pub(crate) fn generator(&self) -> Result<Rc<Generator>, Error> {
        self.generator.borrow().clone().ok_or_else(|| Error::new("no_model", "no text-to-image model loaded"))
    }

    fn forget(&self) {
        self.run.set(self.run.get().wrapping_add(1));
        self.generation.replace(None);
    }

    fn out(&self) -> Result<Generation, Error> {
        self.generation.take().ok_or_else(|| Error::new("no_run", "no run under way"))
    }

    fn back(&self, run: u32, generation: Generation) {
        if self.run.get() == run {
            self.generation.replace(Some(generation));
        }
    }
}

fn rasters(pictures: &[Thumbnail]) -> Result<JsValue, Error> {
    let list = js_sys::Array::new();
    for picture in pictures {
        list.push(&raster(picture)?);
    }
    Ok(list.into())
}

fn optional(picture: Option<&Thumbnail>) -> Result<JsValue, Error> {
    picture.map_or(Ok(JsValue::NULL), raster)
}

fn object(properties: &[(&str, JsValue)]) -> Result<JsValue, Error> {
    let object = js_sys::Object::new().into();
    properties.iter().try_for_each(|(name, value)| set(&object, name, value))?;
    Ok(object)
}

/// Pairs of strings out of an array of arrays.
fn pairs(list: &js_sys::Array) -> Result<Vec<(String, String)>, Error> {
    let text = |value: JsValue| value.as_string().ok_or_else(|| Error::new("input", "a text that is no string"));
    let pair = |entry: JsValue| {
        let pair = js_sys::Array::from(&entry);
        Ok((text(pair.get(0))?, text(pair.get(1))?))
    };
    list.iter().map(pair).collect()
}

#[wasm_bindgen]
impl Playground {
    /// Loads a folder in the layout of Stable Diffusion, by paths; an earlier model goes.
    #[wasm_bindgen(js_name = loadGenerator)]
    pub async fn load_generator(
        &self,
        files: types::GeneratorFiles,
        store_as: Option<types::Stored>,
        on_progress: Option<types::OnProgress>,
    ) -> Result<types::GeneratorInfo, JsValue> {
        // First the old one goes: two models at once may not fit.
        self.unload_generator();
        let store_as = store_as.and_then(|stored| JsValue::from(stored).as_string());
        let store_as = store_as.as_deref().map(precision).transpose()?;
        let progress = watch(on_progress.and_then(|told| JsValue::from(told).dyn_into().ok()));
        let files = GeneratorFiles { files: sources(&files), store_as, progress, ..GeneratorFiles::default() };
        let generator = Generator::load(files, &self.device).map_err(Error::from)?;
        let info = give(generator.info())?;
        self.pictures.generator.replace(Some(Rc::new(generator)));
        Ok(info)
    }

    /// Frees the text-to-image model and its run.
    #[wasm_bindgen(js_name = unloadGenerator)]
    pub fn unload_generator(&self) {
        self.pictures.forget();
        self.pictures.generator.replace(None);
    }

    /// Tokens of a prompt over its graphemes.
    #[wasm_bindgen(js_name = generatorTokens)]
    pub fn generator_tokens(&self, text: &str) -> Result<types::TokenView, JsValue> {
        Ok(give(&self.pictures.generator()?.tokens(text).map_err(Error::from)?)?)
    }

    /// Begins a run; an earlier one goes. Bytes are those of picture files; a mask is white where it is painted anew.
    #[wasm_bindgen(js_name = startGeneration)]
    pub async fn start_generation(
        &self,
        options: types::GenerateOptions,
        init: Option<Vec<u8>>,
        mask: Option<Vec<u8>>,
        control: Option<Vec<u8>>,
    ) -> Result<types::GenerationPlan, JsValue> {
        self.pictures.forget();
        let options: GenerateOptions = take(options)?;
        let inputs = GenerateInputs { init, mask, control };
        let (generation, plan) = self.pictures.generator()?.start(&options, &inputs).map_err(Error::from)?;
        let answer: JsValue = give(&plan)?;
        for (name, picture) in [("seen", &plan.seen), ("edges", &plan.edges), ("mask", &plan.mask)] {
            set(&answer, name, &optional(picture.as_ref())?)?;
        }
        self.pictures.generation.replace(Some(generation));
        Ok(answer.unchecked_into())
    }

    /// One pass of the U-Net.
    #[wasm_bindgen(js_name = stepGeneration)]
    pub async fn step_generation(&self) -> Result<types::StepDone, JsValue> {
        let run = self.pictures.run.get();
        let mut generation = self.pictures.out()?;
        let done = generation.step().await;
        self.pictures.back(run, generation);
        Ok(give(&done.map_err(Error::from)?)?)
    }

    /// The picture as the last pass predicted it.
    #[wasm_bindgen(js_name = previewGeneration)]
    pub async fn preview_generation(&self) -> Result<types::GenerationPreview, JsValue> {
        let run = self.pictures.run.get();
        let generation = self.pictures.out()?;
        let preview = generation.preview().await;
        self.pictures.back(run, generation);
        let preview = preview.map_err(Error::from)?;
        let panels = match &preview.panels {
            Some(panels) => object(&[
                ("conditional", raster(&panels.conditional)?),
                ("unconditional", raster(&panels.unconditional)?),
                ("guided", raster(&panels.guided)?),
            ])?,
            None => JsValue::NULL,
        };
        let latents = object(&[("mean", preview.mean.into()), ("std", preview.std.into())])?;
        let answer = object(&[("images", rasters(&preview.images)?), ("panels", panels), ("latents", latents)])?;
        Ok(answer.unchecked_into())
    }

    /// Decodes the pictures and ends the run.
    #[wasm_bindgen(js_name = finishGeneration)]
    pub async fn finish_generation(&self) -> Result<types::GenerationImages, JsValue> {
        let images = self.pictures.out()?.finish().await.map_err(Error::from)?;
        Ok(object(&[("images", rasters(&images)?)])?.unchecked_into())
    }

    /// Forgets the run under way, if there is one.
    #[wasm_bindgen(js_name = stopGeneration)]
    pub fn stop_generation(&self) {
        self.pictures.forget();
    }

    /// The latents of the run under way, row by row, for tests and benchmarks.
    #[wasm_bindgen(js_name = generationLatents)]
    pub async fn generation_latents(&self) -> Result<js_sys::Float32Array, JsValue> {
        let run = self.pictures.run.get();
        let generation = self.pictures.out()?;
        let latents = generation.latents().await;
        self.pictures.back(run, generation);
        Ok(js_sys::Float32Array::from(latents.map_err(Error::from)?.as_slice()))
    }

    /// White edges on black, as a ControlNet is shown them. Thresholds as OpenCV's Canny names them.
    pub fn edges(&self, bytes: &[u8], width: u32, height: u32, low: f64, high: f64) -> Result<types::Raster, JsValue> {
        const MOST: u32 = 4096;
        if !(1..=MOST).contains(&width) || !(1..=MOST).contains(&height) {
            return Err(Error::new("input", format!("edges of {width} × {height} pixels, not 1 to {MOST}")).into());
        }
        let picture = kindling_inputs::decode_picture(bytes).map_err(Error::from)?;
        let fitted = kindling_inputs::fitted(&picture, width, height, Fit::Crop);
        let edges = kindling_inputs::edges(&fitted, low, high, Gradient::L1).map_err(Error::from)?;
        Ok(raster(&edges.thumbnail(width.max(height)))?.unchecked_into())
    }

    /// A PNG with texts inside, each under its key.
    #[wasm_bindgen(js_name = writePng)]
    pub fn write_png(&self, width: u32, height: u32, rgba: &[u8], text: types::TextPairs) -> Result<Vec<u8>, JsValue> {
        let text = pairs(text.unchecked_ref())?;
        Ok(kindling_inputs::write_png(width, height, rgba, &text).map_err(Error::from)?)
    }

    /// The texts inside a PNG, each with its key.
    #[wasm_bindgen(js_name = readPngText)]
    pub fn read_png_text(&self, bytes: &[u8]) -> Result<types::TextPairs, JsValue> {
        Ok(give(&kindling_inputs::read_png_text(bytes).map_err(Error::from)?)?)
    }

    /// Loads a U-Net by itself, for benchmarks.
    #[wasm_bindgen(js_name = loadUnet)]
    pub async fn load_unet(&self, config: &[u8], weights: Vec<u8>) -> Result<(), JsValue> {
        self.pictures.unet.replace(None);
        let unet = UNet::load(config, weights.into(), &self.device).map_err(Error::from)?;
        self.pictures.unet.replace(Some(Rc::new(unet)));
        Ok(())
    }

    /// Frees that U-Net.
    #[wasm_bindgen(js_name = unloadUnet)]
    pub fn unload_unet(&self) {
        self.pictures.unet.replace(None);
    }

    /// One pass of that U-Net: `[batch × channels × height × width]` and `[batch × tokens × width]`.
    #[wasm_bindgen(js_name = unetStep)]
    pub async fn unet_step(
        &self,
        latents: Vec<f32>,
        shape: Vec<u32>,
        timestep: f32,
        states: Vec<f32>,
        states_shape: Vec<u32>,
    ) -> Result<js_sys::Float32Array, JsValue> {
        let unet = self.pictures.unet.borrow().clone().ok_or_else(|| Error::new("no_model", "no U-Net loaded"))?;
        let sized = |shape: Vec<u32>| shape.into_iter().map(|side| side as usize).collect::<Vec<_>>();
        let wrong = |_| Error::new("input", "a shape of another number of sides");
        let shape = <[usize; 4]>::try_from(sized(shape)).map_err(wrong)?;
        let states_shape = <[usize; 3]>::try_from(sized(states_shape)).map_err(wrong)?;
        let out = unet.step((latents, shape), timestep, (states, states_shape)).await.map_err(Error::from)?;
        Ok(js_sys::Float32Array::from(out.as_slice()))
    }
}
