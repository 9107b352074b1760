//! The lessons' exports: questions and answers of `kindling_lessons`, whose types web/types.lessons.d.ts has for JavaScript.

use kindling_lessons::map::{ProjectSettings, Projecting};
use kindling_lessons::training::Fit as Fitting;
use kindling_lessons::vectors::{ClusterSettings, Vectors};
use kindling_lessons::{map, points, polynomial, vectors};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::{give, take};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../../web/types.lessons.d.ts");

/// What a table holds: points for a plot.
#[derive(Deserialize)]
struct ReadQuestion {
    text: String,
    task: points::LessonTask,
}

#[derive(Deserialize)]
struct TruthQuestion {
    shape: points::RegressionShape,
}

type Given = Result<JsValue, JsValue>;

/// Questions that are answered at once.
#[wasm_bindgen]
pub struct Lessons;

#[wasm_bindgen]
impl Lessons {
    /// Points drawn from a known shape.
    #[wasm_bindgen(unchecked_return_type = "LessonPoints")]
    pub fn points(#[wasm_bindgen(unchecked_param_type = "PointsQuestion")] question: JsValue) -> Given {
        Ok(give(&points::points(take(question)?).map_err(Error::from)?)?)
    }

    /// The shape itself at the places of a curve.
    pub fn truth(
        #[wasm_bindgen(unchecked_param_type = "{ shape: RegressionShape }")] question: JsValue,
    ) -> Result<Vec<f64>, JsValue> {
        Ok(points::truth(take::<TruthQuestion>(question)?.shape))
    }

    /// Rows for training, validation and test.
    #[wasm_bindgen(unchecked_return_type = "LessonSplit")]
    pub fn split(#[wasm_bindgen(unchecked_param_type = "SplitQuestion")] question: JsValue) -> Given {
        Ok(give(&points::split(&take(question)?).map_err(Error::from)?)?)
    }

    /// Points from CSV, TSV or lines of numbers.
    #[wasm_bindgen(js_name = readPoints, unchecked_return_type = "ReadPoints")]
    pub fn read_points(
        #[wasm_bindgen(unchecked_param_type = "{ text: string; task: LessonTask }")] question: JsValue,
    ) -> Given {
        let ReadQuestion { text, task } = take(question)?;
        let table = kindling_inputs::read_table(&text).map_err(Error::from)?;
        let first_line =
            1 + usize::from(text.lines().filter(|line| !line.trim().is_empty()).count() > table.rows.len());
        Ok(give(&points::read_points(&table.rows, task, first_line).map_err(Error::from)?)?)
    }

    /// The U-curve.
    #[wasm_bindgen(unchecked_return_type = "CapacityAnswer")]
    pub fn capacity(#[wasm_bindgen(unchecked_param_type = "CapacityQuestion")] question: JsValue) -> Given {
        Ok(give(&polynomial::capacity(&take(question)?).map_err(Error::from)?)?)
    }

    /// Cross-validation.
    #[wasm_bindgen(unchecked_return_type = "FoldsAnswer")]
    pub fn folds(#[wasm_bindgen(unchecked_param_type = "FoldsQuestion")] question: JsValue) -> Given {
        Ok(give(&polynomial::folds(&take(question)?).map_err(Error::from)?)?)
    }

    /// Bias, variance and noise.
    #[wasm_bindgen(unchecked_return_type = "SpreadAnswer")]
    pub fn spread(#[wasm_bindgen(unchecked_param_type = "SpreadQuestion")] question: JsValue) -> Given {
        Ok(give(&polynomial::spread(&take(question)?).map_err(Error::from)?)?)
    }

    /// k-means by direction. `values`: `[count × dim]`
    #[wasm_bindgen(unchecked_return_type = "ClusterAnswer")]
    pub fn cluster(
        values: &[f32],
        #[wasm_bindgen(unchecked_param_type = "Omit<ClusterQuestion, \"vectors\">")] settings: JsValue,
    ) -> Given {
        let ClusterSettings { count, dim, k, seed } = take(settings)?;
        let vectors = Vectors::new(values, count, dim).map_err(Error::from)?;
        Ok(give(&vectors::cluster(&vectors, k, seed))?)
    }
}

/// A projection to two dimensions that goes on step by step.
#[wasm_bindgen]
pub struct Projection {
    values: Vec<f32>,
    count: usize,
    dim: usize,
    projecting: Projecting,
}

impl Projection {
    fn vectors(&self) -> Result<Vectors<'_>, Error> {
        Ok(Vectors::new(&self.values, self.count, self.dim)?)
    }
}

#[wasm_bindgen]
impl Projection {
    /// `values`: `[count × dim]`
    #[wasm_bindgen(constructor)]
    pub fn new(
        values: Vec<f32>,
        #[wasm_bindgen(unchecked_param_type = "Omit<ProjectQuestion, \"vectors\">")] settings: JsValue,
    ) -> Result<Projection, JsValue> {
        let settings: ProjectSettings = take(settings)?;
        let (count, dim) = (settings.count, settings.dim);
        let vectors = Vectors::new(&values, count, dim).map_err(Error::from)?;
        let projecting = Projecting::new(&vectors, settings);
        Ok(Self { values, count, dim, projecting })
    }

    /// Goes on by less than a tenth of a second; says whether it is done.
    pub fn step(&mut self) -> Result<bool, JsValue> {
        let vectors = Vectors::new(&self.values, self.count, self.dim).map_err(Error::from)?;
        self.projecting.step(&vectors);
        Ok(self.projecting.is_done())
    }

    /// Whether there is nothing left to do.
    #[wasm_bindgen(js_name = isDone)]
    pub fn is_done(&self) -> bool {
        self.projecting.is_done()
    }

    /// Steps done and steps in all; positions as they are: `[count × 2]`.
    #[wasm_bindgen(unchecked_return_type = "ProjectFrame")]
    pub fn frame(&self) -> Given {
        let map::ProjectFrame { step, steps, positions } = self.projecting.frame();
        let frame = js_sys::Object::new();
        let set = |name: &str, value: JsValue| js_sys::Reflect::set(&frame, &name.into(), &value).map(drop);
        set("step", (step as f64).into())?;
        set("steps", (steps as f64).into())?;
        set("positions", js_sys::Float32Array::from(&positions[..]).into())?;
        Ok(frame.into())
    }

    /// The answer, as far as it has come.
    #[wasm_bindgen(unchecked_return_type = "ProjectAnswer")]
    pub fn answer(&self) -> Given {
        self.vectors()?;
        let mut answer = self.projecting.answer();
        let positions = js_sys::Float32Array::from(&std::mem::take(&mut answer.positions)[..]);
        let given: JsValue = give(&answer)?;
        js_sys::Reflect::set(&given, &"positions".into(), &positions)?;
        Ok(given)
    }
}

/// A model that is fitted epoch by epoch.
#[wasm_bindgen]
pub struct Fit(Fitting);

#[wasm_bindgen]
impl Fit {
    /// Ready for the first epoch.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_param_type = "FitQuestion")] question: JsValue) -> Result<Fit, JsValue> {
        Ok(Self(Fitting::new(take(question)?).map_err(Error::from)?))
    }

    /// Once over the training rows; says whether it is over.
    pub fn epoch(&mut self) -> bool {
        self.0.epoch();
        self.0.ended().is_some()
    }

    /// What is new since the last frame, without the time that a step takes.
    #[wasm_bindgen(unchecked_return_type = "Omit<FitFrame, \"step_millis\"> & { steps_per_epoch: number }")]
    pub fn frame(&mut self) -> Given {
        let mut frame = self.0.frame();
        let surface = js_sys::Float32Array::from(&std::mem::take(&mut frame.surface)[..]);
        let given: JsValue = give(&frame)?;
        js_sys::Reflect::set(&given, &"surface".into(), &surface)?;
        Ok(given)
    }
}
