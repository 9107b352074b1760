//! The loop, one pass of the U-Net at a time: whoever runs it may stop between two.

use std::rc::Rc;

use burn::tensor::Tensor;
use kindling_inputs::Thumbnail;
use kindling_kernels as kernels;
use kindling_models::diffusion::Extra;
use kindling_models::diffusion::scheduler::Run;
use serde::Serialize;

use super::start::Noise;
use super::{GenerateOptions, Generator};
use crate::TaskError;
use crate::encoder::read;

/// A run between two passes.
#[derive(Debug)]
pub struct Generation {
    model: Rc<Generator>,
    parts: RunParts,
    control_weight: f64,
    panels: bool,
    seen: Option<Seen>,
}

/// What a run is made of before it starts.
#[derive(Debug)]
pub(super) struct RunParts {
    pub run: Run<Tensor<4>>,
    pub noise: Noise,
    pub guide: Guide,
    /// What a ControlNet is shown: `[1, its first width, rows, columns]`
    pub hint: Option<Tensor<4>>,
    pub inpaint: Option<Inpaint>,
    /// What a U-Net of nine channels reads beside the latents: `[batch, channels + 1, rows, columns]`
    pub beside: Option<Tensor<4>>,
}

/// Where the prompt pulls.
#[derive(Debug)]
pub(super) struct Guide {
    /// `[batch, tokens, width]`, or twice as many with those of the negative prompt first
    pub states: Tensor<3>,
    pub scale: f64,
    pub guided: bool,
    pub condition: Option<Tensor<2>>,
}

/// What is known of the picture, to be put back after each pass.
#[derive(Debug)]
pub(super) struct Inpaint {
    /// 1 where it is painted anew: `[1, 1, rows, columns]`
    pub mask: Tensor<4>,
    pub picture: Tensor<4>,
    pub noise: Tensor<4>,
}

/// What the last pass predicted: the picture without noise.
#[derive(Debug)]
struct Seen {
    denoised: Tensor<4>,
    /// Of the first picture: by the prompt alone, by the negative prompt alone.
    panels: Option<[Tensor<4>; 2]>,
}

/// A pass that is done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StepDone {
    /// Passes done.
    pub done: usize,
    /// Passes in all.
    pub of: usize,
    /// What the U-Net was told.
    pub timestep: f64,
    /// Whether that was the last.
    pub finished: bool,
}

/// The picture as it is predicted in the middle of a run.
#[derive(Debug, Clone)]
pub struct Preview {
    /// One for each picture of the batch.
    pub images: Vec<Thumbnail>,
    /// Where they were asked for and there is guidance.
    pub panels: Option<Panels>,
    /// Mean of the noisy latents.
    pub mean: f64,
    /// Standard deviation of the noisy latents.
    pub std: f64,
}

/// What each prompt would give by itself, and what guidance makes of both.
#[derive(Debug, Clone)]
pub struct Panels {
    /// The prompt's.
    pub conditional: Thumbnail,
    /// The negative prompt's.
    pub unconditional: Thumbnail,
    /// Both, as the run goes on.
    pub guided: Thumbnail,
}

impl Generation {
    pub(super) fn new(model: Rc<Generator>, parts: RunParts, options: &GenerateOptions) -> Self {
        Self { model, parts, control_weight: options.control_weight, panels: options.panels, seen: None }
    }

    /// The latents now: `[batch, channels, rows, columns]`, row by row.
    ///
    /// # Errors
    /// [`TaskError::Device`].
    pub async fn latents(&self) -> Result<Vec<f32>, TaskError> {
        read(self.parts.run.sample.clone()).await
    }

    /// One pass of the U-Net and what follows from it. The device has finished when this comes back.
    ///
    /// # Errors
    /// [`TaskError::NotFiniteStep`], with the last preview kept; [`TaskError::Device`]; [`TaskError::Question`] after the last pass.
    pub async fn step(&mut self) -> Result<StepDone, TaskError> {
        let Some(step) = self.parts.run.step() else {
            return Err(TaskError::Question { reason: "a step after the last" });
        };
        let (timestep, [of_sample, of_output]) = (step.timestep, step.denoised);
        let (conditional, unconditional) = self.predict(timestep as f32);
        let panels = unconditional.as_ref().filter(|_| self.panels).map(|unconditional| {
            let first = |x: &Tensor<4>| kernels::part(x.clone(), 0, 0, 1);
            let sample = first(&self.parts.run.sample);
            let alone = |output: &Tensor<4>| kernels::mix(sample.clone(), of_sample, first(output), of_output);
            [alone(&conditional), alone(unconditional)]
        });
        let output = match unconditional {
            Some(unconditional) => {
                // unconditional + scale · (conditional − unconditional)
                let scale = self.parts.guide.scale;
                kernels::mix(conditional, scale, unconditional, 1.0 - scale)
            }
            None => conditional,
        };
        let RunParts { run, noise, inpaint, .. } = &mut self.parts;
        let denoised = run.advance(output, || noise.draw());
        if let Some(Inpaint { mask, picture, noise }) = inpaint {
            let known = run.known(picture, noise);
            let away = kernels::mix(run.sample.clone(), 1.0, known.clone(), -1.0);
            run.sample = kernels::add(known, kernels::multiply(away, mask.clone()));
        }
        let (done, of) = (run.done(), run.schedule().steps.len());
        // A line of means comes back: it tells whether all are finite, and that the device is done.
        let [batch, channels, rows, columns] = run.sample.dims();
        let lines = run.sample.clone().reshape([1, batch * channels * rows, columns]);
        let means = read(kernels::mean_tokens(lines, None)).await?;
        if !means.iter().all(|mean| mean.is_finite()) {
            return Err(TaskError::NotFiniteStep { step: done });
        }
        self.seen = denoised.map(|denoised| Seen { denoised, panels });
        Ok(StepDone { done, of, timestep, finished: done == of })
    }

    /// What the U-Net says to the prompt, and to the negative prompt where there is guidance, in one batch:
    /// `[batch, channels, rows, columns]` each.
    fn predict(&self, timestep: f32) -> (Tensor<4>, Option<Tensor<4>>) {
        let RunParts { run, guide, hint, beside, .. } = &self.parts;
        let batch = run.sample.dims()[0];
        let twice = |x: Tensor<4>| if guide.guided { kernels::join(x.clone(), x, 0) } else { x };
        let latents = twice(run.input()); // [batch or 2 batch, channels, rows, columns]
        let residuals = match (&self.model.controlnet, hint) {
            (Some(controlnet), Some(hint)) => {
                let states = guide.states.clone();
                Some(controlnet.forward(latents.clone(), &[timestep], states, hint.clone(), self.control_weight))
            }
            _ => None,
        };
        let input = match beside {
            Some(beside) => kernels::join(latents, twice(beside.clone()), 1), // [.., 2 channels + 1, rows, columns]
            None => latents,
        };
        let extra = Extra { residuals, condition: guide.condition.clone() };
        let output = self.model.unet.forward(input, &[timestep], guide.states.clone(), extra);
        if !guide.guided {
            return (output, None);
        }
        (kernels::part(output.clone(), 0, batch, batch), Some(kernels::part(output, 0, 0, batch)))
    }

    /// The picture as the last pass predicted it, decoded.
    ///
    /// # Errors
    /// [`TaskError::Question`] before the first pass; [`TaskError::Device`].
    pub async fn preview(&self) -> Result<Preview, TaskError> {
        let Some(Seen { denoised, panels }) = &self.seen else {
            return Err(TaskError::Question { reason: "a preview before the first step" });
        };
        let images = self.decode(denoised.clone()).await?;
        let panels = match (panels, images.first()) {
            (Some([conditional, unconditional]), Some(guided)) => Some(Panels {
                conditional: self.decode(conditional.clone()).await?.remove(0),
                unconditional: self.decode(unconditional.clone()).await?.remove(0),
                guided: guided.clone(),
            }),
            _ => None,
        };
        let latents = self.latents().await?;
        let count = latents.len() as f64;
        let mean = latents.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = latents.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        Ok(Preview { images, panels, mean, std: variance.sqrt() })
    }

    /// The finished pictures, one for each of the batch.
    ///
    /// # Errors
    /// [`TaskError::Device`].
    pub async fn finish(&self) -> Result<Vec<Thumbnail>, TaskError> {
        self.decode(self.parts.run.sample.clone()).await
    }

    /// The finished pictures before they become bytes: `[batch, 3, height, width]`, 0…1, row by row.
    ///
    /// # Errors
    /// [`TaskError::Device`].
    pub async fn pixels(&self) -> Result<Vec<f32>, TaskError> {
        let mut all = Vec::new();
        for at in 0..self.parts.run.sample.dims()[0] {
            all.extend(self.decoded(&self.parts.run.sample, at).await?.0);
        }
        Ok(all)
    }

    /// One picture's pixels, 0…1, with its width and height. One by one: an autoencoder wants much memory.
    async fn decoded(&self, latents: &Tensor<4>, at: usize) -> Result<(Vec<f32>, u32, u32), TaskError> {
        let model = &self.model;
        let latents = kernels::scale(kernels::part(latents.clone(), 0, at, 1), 1.0 / model.vae_config.scaling(), 0.0);
        let pixels = kernels::clamp(kernels::scale(model.vae.decode(latents), 0.5, 0.5), 0.0, 1.0); // [1, 3, height, width]
        let [_, _, height, width] = pixels.dims();
        Ok((read(pixels).await?, width as u32, height as u32))
    }

    async fn decode(&self, latents: Tensor<4>) -> Result<Vec<Thumbnail>, TaskError> {
        let mut images = Vec::new();
        for at in 0..latents.dims()[0] {
            let (pixels, width, height) = self.decoded(&latents, at).await?;
            if pixels.iter().any(|value| !value.is_finite()) {
                return Err(TaskError::NotFiniteStep { step: self.parts.run.done() });
            }
            let plane = pixels.len() / 3;
            let byte = |value: f32| (value * 255.0).round_ties_even() as u8;
            let pixel = |i: usize| [0, 1, 2].map(|colour| byte(pixels[colour * plane + i]));
            let rgba = (0..plane).flat_map(|i| pixel(i).into_iter().chain([255])).collect();
            images.push(Thumbnail { width, height, rgba });
        }
        Ok(images)
    }
}
