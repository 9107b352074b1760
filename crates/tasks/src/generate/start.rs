//! From options to a run that stands at its first step: prompts, noise, and the pictures that come along.

use std::rc::Rc;

use burn::tensor::{Device, Tensor, TensorData};
use kindling_inputs::{
    Fit, Gradient, Picture, Thumbnail, TorchGenerator, control_pixels, decode_picture, edges, fitted, init_pixels,
    mask, mask_latents,
};
use kindling_kernels as kernels;
use kindling_models::diffusion::scheduler::{Run, Schedule};
use kindling_models::diffusion::sinusoidal;
use serde::Serialize;

use super::options::refused;
use super::parts::Autoencoder;
use super::run::{Generation, Guide, Inpaint, RunParts};
use super::{GenerateInputs, GenerateOptions, Generator};
use crate::TaskError;

/// What will happen, said before it does.
#[derive(Debug, Clone, Serialize)]
pub struct GenerationPlan {
    /// Passes of the U-Net; with guidance each is of a batch of two.
    pub evaluations: usize,
    /// Where image-to-image begins; 0 from noise.
    pub first_step: usize,
    /// Steps as asked for.
    pub steps: usize,
    /// What the U-Net is told at each pass.
    pub timesteps: Vec<f64>,
    /// How much of the latents is noise at each pass: its weight where picture and noise together have length 1, √(1 − ᾱ).
    pub noise: Vec<f64>,
    /// Tokens of the prompt, before it was cut.
    pub tokens: usize,
    /// Whether the prompt or the negative prompt was cut.
    pub truncated: bool,
    /// The picture to start from, as it fits.
    #[serde(skip)]
    pub seen: Option<Thumbnail>,
    /// What the ControlNet is shown.
    #[serde(skip)]
    pub edges: Option<Thumbnail>,
    /// What is painted anew, white.
    #[serde(skip)]
    pub mask: Option<Thumbnail>,
}

/// Noise of variance 1 for each picture, each from its own generator: `[batch, channels, rows, columns]`.
#[derive(Debug)]
pub(super) struct Noise {
    generators: Vec<TorchGenerator>,
    shape: [usize; 3],
    device: Device,
}

impl Noise {
    fn new(options: &GenerateOptions, shape: [usize; 3], device: &Device) -> Self {
        let generators = (0..options.batch as u64).map(|at| TorchGenerator::new(options.seed.wrapping_add(at)));
        Self { generators: generators.collect(), shape, device: device.clone() }
    }

    pub(super) fn draw(&mut self) -> Tensor<4> {
        let [channels, rows, columns] = self.shape;
        let values: Vec<f32> =
            self.generators.iter_mut().flat_map(|generator| generator.randn(channels * rows * columns)).collect();
        let shape = [self.generators.len(), channels, rows, columns];
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }
}

/// The size of a run, in pixels.
struct Frame {
    width: u32,
    height: u32,
    fit: Fit,
}

impl Frame {
    fn fitted(&self, picture: &Picture) -> Picture {
        fitted(picture, self.width, self.height, self.fit)
    }
}

/// What every picture of a run is measured by.
struct Given<'a> {
    frame: &'a Frame,
    options: &'a GenerateOptions,
}

/// 1 where it is painted anew: `[height × width]`.
fn mask_pixels(picture: &Picture, frame: &Frame, plan: &mut GenerationPlan) -> Vec<f32> {
    let hidden = mask(picture, frame.width, frame.height, frame.fit);
    let rgba = hidden.iter().flat_map(|&on| [(on * 255.0) as u8; 3].into_iter().chain([255])).collect();
    plan.mask = Some(Thumbnail { width: frame.width, height: frame.height, rgba });
    hidden
}

fn opaque(picture: &Picture) -> Thumbnail {
    picture.thumbnail(picture.width.max(picture.height))
}

impl Generator {
    /// Checks options and pictures, encodes prompts, draws noise. Nothing of the loop has run yet.
    ///
    /// # Errors
    /// [`TaskError::Option`] names the knob; a refused picture; [`TaskError::NoControlNet`]; [`TaskError::Device`].
    pub fn start(
        self: &Rc<Self>,
        options: &GenerateOptions,
        inputs: &GenerateInputs,
    ) -> Result<(Generation, GenerationPlan), TaskError> {
        options.check(self.info.factor, self.info.train_steps)?;
        let frame = Frame { width: options.width as u32, height: options.height as u32, fit: options.fit.into() };
        let picture = inputs.init.as_deref().map(decode_picture).transpose()?;
        let mask_picture = inputs.mask.as_deref().map(decode_picture).transpose()?;
        if mask_picture.is_some() && picture.is_none() {
            return Err(refused("mask", "a mask without a picture"));
        }
        if self.info.inpainting && mask_picture.is_none() {
            return Err(refused("mask", "missing: this checkpoint paints into masked pictures only"));
        }
        let asked = options.schedule(picture.is_some());
        if picture.is_some() && (asked.steps as f64 * asked.strength) < 1.0 {
            return Err(refused("strength", format!("{}: not one of {} steps is left", asked.strength, asked.steps)));
        }
        let schedule = Schedule::new(&self.scheduler, options.sampler, &asked)?;
        let mut noise = self.noise(options);
        let encoded = self.encode_prompts(options)?;
        let mut plan = GenerationPlan {
            evaluations: schedule.steps.len(),
            first_step: schedule.first_step,
            steps: options.steps,
            timesteps: schedule.steps.iter().map(|step| step.timestep).collect(),
            noise: schedule
                .steps
                .iter()
                .map(|step| step.level.noise / step.level.signal.hypot(step.level.noise))
                .collect(),
            tokens: encoded.tokens,
            truncated: encoded.truncated,
            seen: None,
            edges: None,
            mask: None,
        };
        let hint = match &inputs.control {
            Some(bytes) => Some(self.hint(bytes, &frame, options, &mut plan)?),
            None => None,
        };
        let given = Given { frame: &frame, options };
        let (run, inpaint, beside) = match (picture, mask_picture) {
            (None, _) => (Run::from_noise(schedule, &noise.draw()), None, None),
            (Some(picture), None) => {
                let latents = self.encode(&picture, &given, &mut noise, None);
                plan.seen = Some(opaque(&frame.fitted(&picture)));
                (Run::from_picture(schedule, &latents, &noise.draw()), None, None)
            }
            (Some(picture), Some(mask)) => {
                plan.seen = Some(opaque(&frame.fitted(&picture)));
                let hidden = mask_pixels(&mask, &frame, &mut plan);
                self.inpaint(&picture, &hidden, &given, schedule, &mut noise)
            }
        };
        let guide = Guide {
            states: encoded.states,
            scale: options.guidance,
            guided: encoded.guided,
            condition: self.condition(options),
        };
        let parts = RunParts { run, noise, guide, hint, inpaint, beside };
        Ok((Generation::new(Rc::clone(self), parts, options), plan))
    }

    fn noise(&self, options: &GenerateOptions) -> Noise {
        let factor = self.info.factor;
        let shape = [self.info.channels, options.height / factor, options.width / factor];
        Noise::new(options, shape, &self.device)
    }

    /// The guidance scale as a distilled model is told it: Luo et al. 2023, section 4.2; diffusers'
    /// `get_guidance_scale_embedding`.
    fn condition(&self, options: &GenerateOptions) -> Option<Tensor<2>> {
        let width = self.unet_config.time_cond_proj_dim?;
        let told = (options.guidance - 1.0) as f32 * 1000.0;
        let one = sinusoidal(&[told], width, false, 1.0, &self.device);
        Some(kernels::expand(one, [options.batch, width]))
    }

    /// Latents of a picture, scaled, `[batch, channels, rows, columns]`; where pixels of `hidden` are 1 it is grey.
    fn encode(&self, picture: &Picture, given: &Given<'_>, noise: &mut Noise, hidden: Option<&[f32]>) -> Tensor<4> {
        let Frame { width, height, fit } = *given.frame;
        let mut pixels = init_pixels(picture, width, height, fit);
        if let Some(hidden) = hidden {
            for plane in pixels.chunks_mut(hidden.len()) {
                plane.iter_mut().zip(hidden).for_each(|(pixel, hidden)| *pixel *= 1.0 - hidden);
            }
        }
        let shape = [1, 3, height as usize, width as usize];
        let pixels = Tensor::<4>::from_data(TensorData::new(pixels, shape), &self.device);
        let latents = match &self.vae {
            Autoencoder::Kl(vae) => {
                let [mean, std] = vae.encode(pixels); // [1, channels, rows, columns]
                kernels::add(mean, kernels::multiply(std, noise.draw())) // [batch, channels, rows, columns]
            }
            Autoencoder::Tiny(vae) => {
                let latents = vae.encode(pixels);
                let [_, channels, rows, columns] = latents.dims();
                kernels::expand(latents, [given.options.batch, channels, rows, columns])
            }
        };
        // The reference's pipelines do not look at a shift.
        kernels::scale(latents, self.vae_config.scaling(), 0.0)
    }

    /// What is not hidden stays: put back after each pass, or read beside the latents by a U-Net of nine channels.
    fn inpaint(
        &self,
        picture: &Picture,
        hidden: &[f32],
        given: &Given<'_>,
        schedule: Schedule,
        noise: &mut Noise,
    ) -> (Run<Tensor<4>>, Option<Inpaint>, Option<Tensor<4>>) {
        let Frame { width, height, .. } = *given.frame;
        let (factor, batch) = (self.info.factor as u32, given.options.batch);
        let shape = [1, 1, (height / factor) as usize, (width / factor) as usize];
        let values = mask_latents(hidden, width, height, factor);
        let mask = Tensor::<4>::from_data(TensorData::new(values, shape), &self.device);
        let whole = given.options.strength >= 1.0;
        // The reference draws in this order: the picture's sample, the start, the masked picture's sample.
        let latents = (!self.info.inpainting || !whole).then(|| self.encode(picture, given, noise, None));
        let start = noise.draw();
        let run = match (&latents, whole) {
            (Some(latents), false) => Run::from_picture(schedule, latents, &start),
            _ => Run::from_noise(schedule, &start),
        };
        let masked = self.encode(picture, given, noise, Some(hidden));
        if self.info.inpainting {
            let mask = kernels::expand(mask, [batch, 1, shape[2], shape[3]]);
            return (run, None, Some(kernels::join(mask, masked, 1)));
        }
        (run, latents.map(|picture| Inpaint { mask, picture, noise: start }), None)
    }

    /// `[1, first width of the ControlNet, rows, columns]`
    fn hint(
        &self,
        bytes: &[u8],
        frame: &Frame,
        options: &GenerateOptions,
        plan: &mut GenerationPlan,
    ) -> Result<Tensor<4>, TaskError> {
        let controlnet = self.controlnet.as_ref().ok_or(TaskError::NoControlNet)?;
        let Frame { width, height, fit } = *frame;
        let mut picture = frame.fitted(&decode_picture(bytes)?);
        if !options.control_ready {
            picture = edges(&picture, options.edge_low, options.edge_high, Gradient::L1)?;
        }
        plan.edges = Some(opaque(&picture));
        let shape = [1, 3, height as usize, width as usize];
        let values = control_pixels(&picture, width, height, fit);
        Ok(controlnet.hint(Tensor::from_data(TensorData::new(values, shape), &self.device)))
    }
}
